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
    /// A program that a published Go module has as a library: package, what starts it, version.
    Library(&'static str, &'static str, &'static str),
    /// A program of Kubernetes: what makes its command in `k8s.io/kubernetes/cmd/NAME/app`.
    Kubernetes(&'static str),
}

const TOOLS: &[(&str, Source)] = &[
    ("rpmlist", Source::Own("xtask/peers/rpmlist")),
    ("lazylayer", Source::Heavy("xtask/peers/lazylayer")),
    ("podsecurity", Source::Heavy("xtask/peers/podsecurity")),
    ("etcd", Source::Library("go.etcd.io/etcd/server/v3/etcdmain", ETCD_MAIN, "v3.6.8")),
    ("kube-apiserver", Source::Kubernetes("NewAPIServerCommand()")),
    ("kube-controller-manager", Source::Kubernetes("NewControllerManagerCommand()")),
    ("kube-scheduler", Source::Kubernetes("NewSchedulerCommand()")),
    ("kubelet", Source::Kubernetes("NewKubeletCommand(context.Background())")),
    ("helm", Source::Published("helm.sh/helm/v4/cmd/helm", "v4.3.1")),
    ("kube-score", Source::Published("github.com/zegl/kube-score/cmd/kube-score", "v1.20.0")),
    ("kustomize", Source::Published("sigs.k8s.io/kustomize/kustomize/v5", "v5.8.2")),
    ("syft", Source::Published("github.com/anchore/syft/cmd/syft", "v1.57.1")),
    ("trivy", Source::Published("github.com/aquasecurity/trivy/cmd/trivy", "v0.74.0")),
];

const ETCD_MAIN: &str = "package main

import (
\t\"os\"

\t\"go.etcd.io/etcd/server/v3/etcdmain\"
)

func main() { etcdmain.Main(os.Args) }
";

/// The version of the programs of Kubernetes.
const KUBERNETES: &str = "v1.36.3";

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
    // Where the tools of Kubernetes' own controllers look for a control plane.
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(|dir| PathBuf::from(dir).join(name));
    if let Some(program) = assets.filter(|p| p.is_file()) {
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
        Source::Library(package, main, version) => {
            let module = peers.join(format!(".{name}.module"));
            std::fs::create_dir_all(&module)?;
            std::fs::write(module.join("main.go"), main)?;
            let root = package.rsplit_once('/').map_or(*package, |(root, _)| root);
            let text = format!("module peers/{name}\n\nrequire {root} {version}\n");
            std::fs::write(module.join("go.mod"), text)?;
            workspace::run(Command::new("go").current_dir(&module).args(["mod", "tidy"]), "go mod tidy")?;
            build(&module, ".", &unfinished)?;
            std::fs::remove_dir_all(&module)?;
        }
        Source::Kubernetes(_) => {
            let module = kubernetes(&peers)?;
            let mut go = Command::new("go");
            go.env("GOEXPERIMENT", EXPERIMENT).current_dir(&module);
            go.args(["build", "-mod=mod", &linked(), "-o"]).arg(&unfinished).arg(format!("./{name}"));
            workspace::run(&mut go, "go build")?;
        }
    }
    std::fs::rename(&unfinished, &program).with_context(|| format!("`{}`", program.display()))?;
    Ok(Tool::At(program))
}

/// One module for all programs of Kubernetes, so that what they share is built once. Its own parts are published one by one
/// (`staging`).
fn kubernetes(peers: &Path) -> Result<PathBuf> {
    let module = peers.join(format!(".kubernetes-{KUBERNETES}.module"));
    if module.join("go.sum").is_file() {
        return Ok(module);
    }
    let mut download = Command::new("go");
    download.args(["mod", "download", "-json", &format!("k8s.io/kubernetes@{KUBERNETES}")]);
    let answer: serde_json::Value =
        serde_json::from_str(&workspace::output(&mut download, "go mod download")?)?;
    let path = answer["GoMod"].as_str().context("no `GoMod`")?;
    let theirs = std::fs::read_to_string(path).with_context(|| format!("`{path}`"))?;
    let go = theirs.lines().find(|l| l.starts_with("go ")).unwrap_or("go 1.26");
    let part = KUBERNETES.replace("v1.", "v0.");
    let mut text = format!("module peers/kubernetes\n\n{go}\n\nrequire k8s.io/kubernetes {KUBERNETES}\n");
    for line in theirs.lines().filter_map(|l| l.trim().split_once(" => ./staging")) {
        let part_of = line.0.trim_start_matches("replace ").trim();
        text.push_str(&format!("\nreplace {part_of} => {part_of} {part}\n"));
    }
    std::fs::create_dir_all(&module)?;
    std::fs::write(module.join("go.mod"), text)?;
    for (name, source) in TOOLS {
        let Source::Kubernetes(command) = source else { continue };
        std::fs::create_dir_all(module.join(name))?;
        std::fs::write(module.join(name).join("main.go"), main_of(name, command))?;
    }
    workspace::run(Command::new("go").current_dir(&module).args(["mod", "tidy"]), "go mod tidy")?;
    Ok(module)
}

/// What starts a program of Kubernetes.
fn main_of(name: &str, command: &str) -> String {
    let context = if command.contains("context.") { "\t\"context\"\n" } else { "" };
    format!(
        "package main\n\nimport (\n{context}\t\"os\"\n\n\t\"k8s.io/component-base/cli\"\n\
         \t_ \"k8s.io/component-base/metrics/prometheus/clientgo\"\n\
         \t_ \"k8s.io/component-base/metrics/prometheus/version\"\n\
         \t\"k8s.io/kubernetes/cmd/{name}/app\"\n)\n\nfunc main() {{ os.Exit(cli.Run(app.{command})) }}\n"
    )
}

/// The linker's flags: the programs say their version only if it is linked in.
fn linked() -> String {
    let mut flags = "-ldflags=-s -w".to_owned();
    let minor = KUBERNETES.split('.').nth(1).unwrap_or_default();
    for package in ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"] {
        for (name, value) in
            [("gitVersion", KUBERNETES), ("gitMajor", "1"), ("gitMinor", minor), ("gitTreeState", "clean")]
        {
            flags.push_str(&format!(" -X {package}.{name}={value}"));
        }
    }
    flags
}

fn build(module: &Path, package: &str, out: &Path) -> Result<()> {
    let mut go = Command::new("go");
    go.env("GOEXPERIMENT", EXPERIMENT);
    go.current_dir(module).args(["build", "-mod=mod", "-ldflags=-s -w", "-o"]).arg(out).arg(package);
    workspace::run(&mut go, "go build")
}
