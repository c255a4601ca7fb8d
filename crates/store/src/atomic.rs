//! A file is written whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Age from which a new file that nobody renamed was left by a run that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(3_600);

/// Writes `bytes` to `path`: into a new file beside it, flushed to the disk, then renamed over it. Readers see the old
/// file or the new one, never a part. New files that killed runs left there are removed.
///
/// # Errors
/// Whatever the file system refuses; the new file is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
    };
    let stem = format!(".{}.", name.to_string_lossy());
    remove_left_behind(directory, &stem);
    // In a container every run has the same number; the time tells this run's file from the last one's.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let beside = directory.join(format!("{stem}{}-{now:x}.new", std::process::id()));
    let written = write_new(&beside, bytes)
        .and_then(|()| keep_owner_and_mode(path, &beside))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell; a file that was never made cannot be removed.
        let _ = std::fs::remove_file(&beside);
        return written;
    }
    // The rename lasts once the directory is on the disk; some file systems cannot flush one, which harms nobody.
    if let Ok(handle) = File::open(directory) {
        let _ = handle.sync_all();
    }
    Ok(())
}

/// A file that cannot be removed costs space and nothing else.
fn remove_left_behind(directory: &Path, stem: &str) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|n| n.starts_with(stem) && n.ends_with(".new"));
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if ours && age().is_some_and(|age| LEFT_BEHIND < age) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Gives the new file the mode of the one that it replaces, and its owner and group, if this user may give files away.
fn keep_owner_and_mode(old: &Path, new: &Path) -> io::Result<()> {
    match std::fs::metadata(old) {
        Ok(data) if data.is_file() => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::{MetadataExt, chown};
                let own = std::fs::metadata(new)?;
                if (own.uid(), own.gid()) != (data.uid(), data.gid()) {
                    // Who is not root gives away to no other; the file is theirs then, as with any editor.
                    let _ = chown(new, Some(data.uid()), Some(data.gid()));
                }
            }
            // Behind the owner, whose change takes the bits of other users away.
            std::fs::set_permissions(new, data.permissions())
        }
        _ => Ok(()),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_file_is_replaced_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        let mut mode = std::fs::metadata(&path).unwrap().permissions();
        mode.set_readonly(true);
        std::fs::set_permissions(&path, mode).unwrap();
        write_atomically(&path, b"three").unwrap();
        assert!(std::fs::metadata(&path).unwrap().permissions().readonly(), "the mode is kept");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_another_run_writes_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let [left, busy] = [".db.1-0.new", ".db.2-0.new"].map(|n| directory.path().join(n));
        for file in [&left, &busy] {
            std::fs::write(file, b"half").unwrap();
        }
        let hours_ago = SystemTime::now() - 2 * LEFT_BEHIND;
        File::options().write(true).open(&left).unwrap().set_modified(hours_ago).unwrap();
        write_atomically(&directory.path().join("db"), b"whole").unwrap();
        assert!(!left.exists() && busy.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_stays_with_its_owner() {
        use std::os::unix::fs::{MetadataExt, chown};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("web.yaml");
        std::fs::write(&path, b"one").unwrap();
        // Only root may give it to somebody else; whoever is not finds their own file as it was.
        drop(chown(&path, Some(65_534), Some(65_534)));
        let before = std::fs::metadata(&path).unwrap();
        write_atomically(&path, b"two").unwrap();
        let after = std::fs::metadata(&path).unwrap();
        assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        assert!(write_atomically(&directory.path().join("no/db"), b"x").is_err());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
