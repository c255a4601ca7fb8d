//! Places that give trouble: a disk that is too small, and one that nobody may write. Both are a `tmpfs` of our own,
//! which takes root to mount.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A small disk of our own; it goes with this value.
pub(super) struct Disk {
    /// Where it is mounted.
    pub(super) path: PathBuf,
}

impl Disk {
    /// Mounts one of `kib` KiB; `None` where that is not allowed.
    pub(super) fn of(kib: u64, path: &Path) -> Result<Option<Self>> {
        std::fs::create_dir_all(path).with_context(|| format!("`{}`", path.display()))?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(path);
        let done = mount.stderr(std::process::Stdio::null()).status().is_ok_and(|s| s.success());
        Ok(done.then(|| Self { path: path.to_owned() }))
    }

    /// Changes it while it is in use: `ro`, `size=40m`.
    pub(super) fn remount(&self, option: &str) -> Result<()> {
        let options = format!("remount,{option}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.path).status()?;
        if status.success() { Ok(()) } else { bail!("`mount -o {options}` ended with {status}") }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What stays mounted goes with the machine.
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}

/// The command under a limit on the size of every file that it writes, in KiB.
pub(super) fn limited(command: &Command, kib: u64) -> Command {
    let mut limited = Command::new("bash");
    limited.args(["-c", "ulimit -f \"$0\" && exec \"$@\""]).arg(kib.to_string());
    limited.arg(command.get_program()).args(command.get_args());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        limited.current_dir(directory);
    }
    limited
}
