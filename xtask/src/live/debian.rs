//! Programs of Debian's packages, unpacked into the cache's `peers` folder and not installed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::workspace;

/// The folder that holds what the packages hold, under a name of its own; or why there is none.
pub(crate) fn unpacked(name: &str, packages: &[&str]) -> Result<Result<PathBuf, String>> {
    let peers = workspace::cache()?.join("peers");
    let folder = peers.join(format!("debian-{name}"));
    if folder.is_dir() {
        return Ok(Ok(folder));
    }
    let list = packages.join("`, `");
    if !workspace::installed("apt-get") || !workspace::installed("dpkg") {
        return Ok(Err(format!("there is no `apt-get` to fetch `{list}`")));
    }
    let unpack = peers.join(format!(".debian-{name}.{}", std::process::id()));
    fs::create_dir_all(&unpack)?;
    let mut download = Command::new("apt-get");
    download.current_dir(&unpack).args(["download", "-qq"]).args(packages);
    if !download.status().is_ok_and(|s| s.success()) {
        fs::remove_dir_all(&unpack)?;
        return Ok(Err(format!("`apt-get download` does not give `{list}`")));
    }
    for entry in fs::read_dir(&unpack)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "deb") {
            workspace::run(Command::new("dpkg").arg("-x").arg(&path).arg(&unpack), "dpkg -x")?;
            fs::remove_file(&path)?;
        }
    }
    fs::rename(&unpack, &folder)?;
    Ok(Ok(folder))
}
