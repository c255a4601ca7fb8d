//! Where the workspace is, and how its tools are started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The workspace's root, asked of cargo at run time: a target directory may be shared between clones.
pub(crate) fn root() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("CARGO_MANIFEST_DIR")
        && let Some(parent) = Path::new(&dir).ancestors().find(|d| d.join("Cargo.lock").is_file())
    {
        return Ok(parent.to_path_buf());
    }
    let here = std::env::current_dir().context("the working directory cannot be read")?;
    match here.ancestors().find(|d| d.join("Cargo.lock").is_file()) {
        Some(dir) => Ok(dir.to_path_buf()),
        None => bail!("no `Cargo.lock` above `{}`: run inside the workspace", here.display()),
    }
}

/// The material of other projects that some checks read: `$PLIMSOLL_SHARED`, else `../shared`; `None` if absent.
pub(crate) fn shared(root: &Path) -> Option<PathBuf> {
    let dir = match std::env::var_os("PLIMSOLL_SHARED") {
        Some(dir) => PathBuf::from(dir),
        None => root.parent()?.join("shared"),
    };
    dir.is_dir().then_some(dir)
}

/// The user's cache of this project.
pub(crate) fn cache() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("XDG_CACHE_HOME").filter(|d| !d.is_empty()) {
        return Ok(PathBuf::from(dir).join("plimsoll"));
    }
    let home = std::env::var_os("HOME").context("neither `XDG_CACHE_HOME` nor `HOME` is set")?;
    Ok(PathBuf::from(home).join(".cache/plimsoll"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// `cargo`, the one that runs us, in the workspace's root.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Runs a command to its end; any exit code but 0 is an error that names `what`.
pub(crate) fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("{what} could not be started"))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Standard output of a command that must succeed.
pub(crate) fn output(command: &mut Command, what: &str) -> Result<String> {
    let output = command.output().with_context(|| format!("{what} could not be started"))?;
    if !output.status.success() {
        bail!("{what} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what} wrote no UTF-8"))
}

/// True if a program of this name is on the path.
pub(crate) fn installed(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// The committed files and those that would be committed, relative to the root, sorted.
pub(crate) fn files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = output(&mut git, "git ls-files")?;
    let mut files: Vec<String> = list.split('\0').filter(|f| !f.is_empty()).map(str::to_owned).collect();
    files.retain(|f| root.join(f).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}
