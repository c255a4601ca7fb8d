//! Files of this machine: opened without waiting for anybody, read up to a bound. Programs of it likewise.

mod ask;

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

pub use ask::{Heard, ask, hear};

/// Opens the regular file at `path`, links followed. A fifo, a device and a socket are refused at once: whoever should
/// write to them is not waited for, and nothing happens to a terminal.
///
/// # Errors
/// Those of opening; [`io::ErrorKind::IsADirectory`] for a directory, [`io::ErrorKind::InvalidInput`] for what is no
/// regular file otherwise.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, OFlags::empty())
}

/// As [`open`], but a link at the end of `path` is refused.
///
/// # Errors
/// As [`open`].
pub fn open_no_link(path: &Path) -> io::Result<File> {
    open_with(path, OFlags::NOFOLLOW)
}

fn open_with(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | more;
    let file = File::options().read(true).custom_flags(flags.bits() as i32).open(path)?;
    only_regular(file)
}

/// Hands on a file that is a regular one.
///
/// # Errors
/// As [`open`].
pub fn only_regular(file: File) -> io::Result<File> {
    let kind = file.metadata()?.file_type();
    match () {
        () if kind.is_file() => Ok(file),
        () if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        () => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
    }
}

/// Reads the regular file at `path`, whole, if it has at most `bytes_max` bytes.
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::FileTooLarge`] for one that is longer.
pub fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    read_from(open(path)?, bytes_max)
}

/// As [`read`], of what the user names on the command line: a fifo is read as well, as the shell's `<(…)` makes one.
///
/// # Errors
/// As [`read`].
pub fn read_named(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    read_from(File::open(path)?, bytes_max)
}

fn read_from(file: File, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes_max < bytes.len() as u64 {
        let text = format!("it is larger than {bytes_max} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode};

    #[test]
    fn only_regular_files_are_opened_and_nobody_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), b"four").unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        rustix::fs::mknodat(CWD, at("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        let kind = |name: &str| open(&at(name)).map(drop).map_err(|e| e.kind());
        assert_eq!(kind("file"), Ok(()));
        assert_eq!(kind("link"), Ok(()));
        assert_eq!(kind("fifo"), Err(io::ErrorKind::InvalidInput));
        assert_eq!(kind("."), Err(io::ErrorKind::IsADirectory));
        assert_eq!(kind("none"), Err(io::ErrorKind::NotFound));
        assert!(open(Path::new("/dev/zero")).is_err());
        assert!(open_no_link(&at("link")).is_err() && open_no_link(&at("file")).is_ok());
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"four").unwrap();
        assert_eq!(read(&file, 4).unwrap(), b"four");
        assert_eq!(read(&file, 3).map_err(|e| e.kind()), Err(io::ErrorKind::FileTooLarge));
        assert!(read_named(Path::new("/dev/zero"), 1000).is_err());
    }
}
