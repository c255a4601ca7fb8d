//! Programs of others that the live checks compare with: looked for in the cache's `peers` folder, else built from
//! their Go modules at a fixed version.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace;

/// How a tool is built.
enum Source {
    /// A Go module of this repository, below the root, quick to build.
    Own(&'static str),
    /// One that leans on much: minutes of building, left out in CI.
    Heavy(&'static str),
    /// A package of a published Go module and its version: minutes of building, left out in CI.
    Published(&'static str, &'static str),
}

const TOOLS: &[(&str, Source)] = &[
    ("rpmlist", Source::Own("xtask/peers/rpmlist")),
    ("podsecurity", Source::Heavy("xtask/peers/podsecurity")),
    ("syft", Source::Published("github.com/anchore/syft/cmd/syft", "v1.57.1")),
    ("trivy", Source::Published("github.com/aquasecurity/trivy/cmd/trivy", "v0.74.0")),
];

/// Trivy imports `encoding/json/v2`, which Go 1.26 has behind an experiment.
const EXPERIMENT: &str = "jsonv2";

/// A tool, or why there is none.
pub(crate) enum Tool {
    /// The program.
    At(PathBuf),
    /// Why it is not compared with.
    Missing(String),
}

/// Finds or builds the tool `name`.
///
/// # Errors
/// If a build begins and fails: that is a fault of the machine to be seen, not a reason to skip.
pub(crate) fn tool(root: &Path, name: &str) -> Result<Tool> {
    let peers = workspace::cache()?.join("peers");
    let program = peers.join(name);
    if program.is_file() {
        return Ok(Tool::At(program));
    }
    let (_, source) =
        TOOLS.iter().find(|(n, _)| *n == name).with_context(|| format!("no tool is called `{name}`"))?;
    if !workspace::installed("go") {
        return Ok(Tool::Missing(format!("{name} is not at hand and Go, which builds it, is not installed")));
    }
    if !matches!(source, Source::Own(_)) && std::env::var_os("CI").is_some() {
        return Ok(Tool::Missing(format!(
            "{name} is not in the cache's `peers` folder, and CI does not take the minutes to build it"
        )));
    }
    println!("live: building {name} with Go, once");
    std::fs::create_dir_all(&peers).with_context(|| format!("`{}` cannot be made", peers.display()))?;
    let unfinished = peers.join(format!(".{name}.{}", std::process::id()));
    match source {
        Source::Own(folder) | Source::Heavy(folder) => build(&root.join(folder), ".", &unfinished)?,
        Source::Published(package, version) => {
            let module = peers.join(format!(".{name}.module"));
            std::fs::create_dir_all(&module)?;
            std::fs::write(module.join("go.mod"), format!("module peers/{name}\n"))?;
            let mut get = Command::new("go");
            get.current_dir(&module).args(["get", &format!("{package}@{version}")]);
            get.env("GOEXPERIMENT", EXPERIMENT);
            workspace::run(&mut get, "go get")?;
            build(&module, package, &unfinished)?;
            std::fs::remove_dir_all(&module)?;
        }
    }
    std::fs::rename(&unfinished, &program).with_context(|| format!("`{}`", program.display()))?;
    Ok(Tool::At(program))
}

fn build(module: &Path, package: &str, out: &Path) -> Result<()> {
    let mut go = Command::new("go");
    go.env("GOEXPERIMENT", EXPERIMENT);
    go.current_dir(module).args(["build", "-mod=mod", "-ldflags=-s -w", "-o"]).arg(out).arg(package);
    workspace::run(&mut go, "go build")
}
