//! What official checks of formats need and the repository does not carry: SARIF's schema, which the source of the
//! crate `serde-sarif` holds, and the SPDX consortium's validator, PyPI's `spdx-tools`. Both are fetched once into the
//! cache, at fixed versions; without a network the tests that ask for them say that they were skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// PyPI's validator of SPDX documents.
const SPDX: &str = "spdx-tools==0.8.3";

/// Stands in an environment of Python that is whole, and holds what was installed.
const INSTALLED: &str = "installed";

/// The crate whose source holds SARIF's schema.
const SARIF: (&str, &str) = ("serde-sarif", "0.8.0");

/// Fetches what is missing and lets `command` find it.
pub(crate) fn offer(command: &mut Command) -> Result<()> {
    let peers = workspace::cache()?.join("peers");
    std::fs::create_dir_all(&peers).with_context(|| format!("`{}` cannot be made", peers.display()))?;
    match python("spdx-tools", SPDX) {
        Ok(programs) => {
            let mut path = programs.into_os_string();
            if let Some(rest) = std::env::var_os("PATH") {
                path.push(":");
                path.push(rest);
            }
            command.env("PATH", path);
        }
        Err(e) => println!("note: `{SPDX}` is not at hand: {e:#}"),
    }
    if let Err(e) = sarif(&peers) {
        println!("note: the source of `{}` is not at hand: {e:#}", SARIF.0);
    }
    Ok(())
}

/// The folder of the programs of what was installed below `name`.
pub(crate) fn python_at_hand(name: &str) -> Result<Option<PathBuf>> {
    let home = workspace::cache()?.join("peers").join(name);
    Ok(home.join(INSTALLED).is_file().then(|| home.join("bin")))
}

/// The folder of the programs of `package`, a requirement of PyPI's, in a Python environment of its own below `name`.
///
/// # Errors
/// If there is no Python, or it cannot be installed.
pub(crate) fn python(name: &str, package: &str) -> Result<PathBuf> {
    if let Some(programs) = python_at_hand(name)? {
        return Ok(programs);
    }
    let peers = workspace::cache()?.join("peers");
    std::fs::create_dir_all(&peers).with_context(|| format!("`{}` cannot be made", peers.display()))?;
    let home = peers.join(name);
    let programs = home.join("bin");
    if !workspace::installed("python3") {
        bail!("`python3` is not installed");
    }
    println!("test: installing {package}, once");
    // What an interrupted installation left is begun anew.
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    quiet(Command::new("python3").args(["-m", "venv"]).arg(&home), "python3 -m venv")?;
    let mut pip = Command::new(programs.join("pip"));
    quiet(pip.args(["install", "--quiet", "--disable-pip-version-check", package]), "pip install")?;
    std::fs::write(home.join(INSTALLED), package)?;
    Ok(programs)
}

/// Lets cargo fetch and unpack the crate, unless it has.
fn sarif(peers: &Path) -> Result<()> {
    let (name, version) = SARIF;
    let done = peers.join(format!(".{name}-{version}"));
    if done.join("fetched").is_file() {
        return Ok(());
    }
    println!("test: fetching {name} {version}, once");
    std::fs::create_dir_all(done.join("src"))?;
    std::fs::write(done.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"schema\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\n{name} = \"={version}\"\n[workspace]\n"
    );
    std::fs::write(done.join("Cargo.toml"), manifest)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    quiet(cargo.current_dir(&done).args(["fetch", "--quiet"]), "cargo fetch")?;
    std::fs::write(done.join("fetched"), "")?;
    Ok(())
}

fn quiet(command: &mut Command, what: &str) -> Result<()> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("{what} could not be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what} failed: {}", said.lines().last().unwrap_or("no word why"));
    }
    Ok(())
}
