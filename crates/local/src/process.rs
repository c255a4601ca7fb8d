//! The root of a running process, and the file systems in it that are the kernel's and hold no files.

use std::io;
use std::path::{Path, PathBuf};

use ports::source::SourceError;

/// Magic numbers of file systems that show the kernel (Linux, `include/uapi/linux/magic.h` and the file systems' own
/// sources): proc, sysfs, devpts, cgroup and cgroup2, debugfs, tracefs, securityfs, bpf, pstore, efivarfs, configfs,
/// mqueue, hugetlbfs, binfmt_misc, selinuxfs, nsfs, fusectl, autofs, rpc_pipefs, smackfs.
const PSEUDO: [u32; 20] = [
    0x0000_9fa0,
    0x6265_6572,
    0x0000_1cd1,
    0x0027_e0eb,
    0x6367_7270,
    0x6462_6720,
    0x7472_6163,
    0x7363_6673,
    0xcafe_4a11,
    0x6165_676c,
    0xde5e_81e4,
    0x6265_6570,
    0x1980_0202,
    0x9584_58f6,
    0x4249_4e4d,
    0xf97c_ff8c,
    0x6e73_6673,
    0x6573_5543,
    0x0000_0187,
    0x6759_6969,
];

/// True for a mount of such a file system.
pub(crate) fn is_pseudo(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|found| {
        // The field is signed on some machines; the numbers have 32 bits.
        let number = found.f_type as u32;
        PSEUDO.contains(&number)
    })
}

/// The folder that a process sees as its root.
pub(crate) fn root(id: u32) -> Result<PathBuf, SourceError> {
    let process = PathBuf::from(format!("/proc/{id}"));
    if !process.is_dir() {
        return Err(SourceError::Usage(format!("`proc:{id}`: no such process")));
    }
    let root = process.join("root");
    match std::fs::read_dir(&root) {
        Ok(_) => Ok(root),
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Err(SourceError::Unreadable(format!(
            "`proc:{id}`: {e}: its root can be read by its own user and by root only"
        ))),
        Err(e) => Err(SourceError::Unreadable(format!("`proc:{id}`: {e}"))),
    }
}
