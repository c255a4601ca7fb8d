//! Files below a folder that somebody else fills: no link in it leads out, not even one that is exchanged meanwhile.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// Whether links in the path's directories may be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Not at all: the path was walked.
    Refused,
    /// As a process inside would, never out.
    Inside,
}

/// Opens the regular file `path` below `root`; its last component is never followed, and nobody who writes to a fifo
/// is waited for.
pub(crate) fn open(root: &Path, path: &Path, links: Links) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = match links {
        Links::Refused => ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS,
        Links::Inside => ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
    };
    let dir = File::options().read(true).custom_flags(OFlags::DIRECTORY.bits() as i32).open(root)?;
    let file = match rustix::fs::openat2(&dir, path, flags, Mode::empty(), resolve) {
        Ok(file) => File::from(file),
        // Linux before 5.6, or a filter of system calls that does not know it.
        Err(Errno::NOSYS | Errno::PERM) => checked(root, path, flags)?,
        Err(e) => return Err(e.into()),
    };
    disk::only_regular(file)
}

/// The same without the kernel's help: the folder that holds it is looked up first.
fn checked(root: &Path, path: &Path, flags: OFlags) -> io::Result<File> {
    let full = root.join(path);
    let dir = full.parent().unwrap_or(&full);
    if !fs::canonicalize(dir)?.starts_with(fs::canonicalize(root)?) {
        return Err(io::Error::other("its directory leads out of the root"));
    }
    File::options().read(true).custom_flags(flags.bits() as i32).open(full)
}
