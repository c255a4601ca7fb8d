//! The port `Render` over programs of this machine: Helm, Kustomize, kubectl.
//!
//! What they read may be anybody's, so they get an environment of our own making: no path to other programs (Kustomize
//! fetches with git), a proxy at which nobody answers, and none of the user's settings, plugins or credentials.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ports::render::{Form, Render, Rendered, Unrendered, Wanted};

/// Seconds that a program may take to render one chart or kustomization.
const RENDER_SECONDS_MAX: u64 = 60;

/// Bytes of what one chart or kustomization comes to.
const RENDERED_BYTES_MAX: u64 = 64 << 20;

/// Seconds that a program may take to say its version.
const VERSION_SECONDS_MAX: u64 = 20;

/// Bytes of a version.
const VERSION_BYTES_MAX: u64 = 4096;

/// Characters of what a program says that are repeated.
const SAID_CHARS_MAX: usize = 300;

/// Where nothing is and nothing can be made, not even by root: Helm takes a file that is not there for none.
const NOWHERE: &str = "/proc/none";

/// A port of this machine on which nobody listens (RFC 863 names it for discarding).
const NO_PROXY: &str = "http://127.0.0.1:9";

/// Programs of this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct LocalRender {
    /// Folders in which programs are looked for.
    pub(crate) path: Vec<PathBuf>,
}

impl LocalRender {
    /// The programs on the user's path. Folders that are not absolute are left out: they may lie in what is scanned.
    pub(crate) fn of_user() -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        Self { path: env::split_paths(&path).filter(|p| p.is_absolute()).collect() }
    }

    /// The program that the user named, or else the first of `names` on the path.
    fn program(&self, named: Option<&str>, names: &[&str]) -> Result<PathBuf, String> {
        let find = |name: &str| self.path.iter().map(|dir| dir.join(name)).find(|p| is_program(p));
        let Some(named) = named else {
            let found = names.iter().find_map(|name| find(name));
            return found.ok_or_else(|| format!("no `{}` is on the path", names.join("` and no `")));
        };
        let found = match named.contains('/') {
            true => std::path::absolute(named).ok().filter(|p| is_program(p)),
            false => find(named),
        };
        found.ok_or_else(|| format!("`{named}` is no program"))
    }
}

impl Render for LocalRender {
    fn render(&self, wanted: &Wanted<'_>) -> Result<Rendered, Unrendered> {
        let programs = wanted.programs;
        let (named, names, flag): (_, &[&str], _) = match wanted.form {
            Form::Chart => (programs.helm.as_deref(), &["helm"], "--helm"),
            Form::Kustomization => (programs.kustomize.as_deref(), &["kustomize", "kubectl"], "--kustomize"),
        };
        let program = self.program(named, names).map_err(|reason| Unrendered {
            reason: format!("not rendered: {reason}"),
            remedy: format!("install {}, or name it with `{flag}`", names.join(" or ")),
        })?;
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let failed = |what: String| Unrendered {
            reason: format!("not rendered: {name}: {what}"),
            remedy: "mend it, or render it by hand and scan the result".to_owned(),
        };
        let root = std::path::absolute(wanted.root).map_err(|e| failed(e.to_string()))?;
        let mut command = command(&program, &root);
        command.args(arguments(wanted, is_kubectl(&name)).map_err(|e| failed(e.to_string()))?);
        let limit = Duration::from_secs(RENDER_SECONDS_MAX);
        let heard = disk::hear(&mut command, RENDERED_BYTES_MAX, limit).map_err(|e| failed(e.to_string()))?;
        if !heard.status.success() {
            let said = said(&heard.errors, &root);
            let colon = if said.is_empty() { "" } else { ": " };
            return Err(failed(format!("it ended with {}{colon}{said}", heard.status)));
        }
        let by = format!("{name} {}", version(&program, &root, wanted.form, is_kubectl(&name)));
        Ok(Rendered { bytes: heard.output, by: by.trim_end().to_owned() })
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

fn is_kubectl(name: &str) -> bool {
    name.starts_with("kubectl")
}

fn command(program: &Path, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).env_clear();
    command.envs([
        ("PATH", NOWHERE),
        ("HOME", NOWHERE),
        ("KUBECONFIG", NOWHERE),
        ("XDG_CONFIG_HOME", NOWHERE),
    ]);
    for name in [
        "HELM_CACHE_HOME",
        "HELM_CONFIG_HOME",
        "HELM_CONTENT_CACHE",
        "HELM_DATA_HOME",
        "HELM_PLUGINS",
        "HELM_REGISTRY_CONFIG",
        "HELM_REPOSITORY_CACHE",
        "HELM_REPOSITORY_CONFIG",
    ] {
        command.env(name, NOWHERE);
    }
    command.envs([("HTTP_PROXY", NO_PROXY), ("HTTPS_PROXY", NO_PROXY)]);
    command
}

/// Of Helm no cluster is asked unless it is told to, and nothing fetched; Kustomize keeps its bounds for files and runs
/// neither plugins nor Helm unless it is told to.
fn arguments(wanted: &Wanted<'_>, kubectl: bool) -> io::Result<Vec<std::ffi::OsString>> {
    let folder = match wanted.folder {
        "" => ".".to_owned(),
        folder => format!("./{folder}"),
    };
    let mut out: Vec<std::ffi::OsString> = Vec::new();
    match wanted.form {
        Form::Kustomization if kubectl => out.extend(["kustomize".into(), folder.into()]),
        Form::Kustomization => out.extend(["build".into(), folder.into()]),
        Form::Chart => {
            out.extend(["template".into(), wanted.release.into(), folder.into(), "--include-crds".into()]);
            for values in &wanted.programs.values {
                out.extend([OsStr::new("--values").to_owned(), std::path::absolute(values)?.into()]);
            }
        }
    }
    Ok(out)
}

/// The version that a program says it has; empty if it says none.
fn version(program: &Path, root: &Path, form: Form, kubectl: bool) -> String {
    let arguments: &[&str] = match form {
        Form::Chart => &["version", "--short"],
        Form::Kustomization if kubectl => &["version", "--client"],
        Form::Kustomization => &["version"],
    };
    let mut command = command(program, root);
    let limit = Duration::from_secs(VERSION_SECONDS_MAX);
    let heard = disk::hear(command.args(arguments), VERSION_BYTES_MAX, limit);
    let text = heard.ok().filter(|h| h.status.success()).map(|h| h.output).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or_default();
    let word = line.strip_prefix("Client Version:").unwrap_or(line).trim();
    word.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The end of what a program says, where it says why, on one line: without the place of the target on this machine and
/// without what stands before the `@` of an address.
fn said(errors: &[u8], root: &Path) -> String {
    let text = String::from_utf8_lossy(errors).replace(&*root.to_string_lossy(), ".");
    let words: Vec<String> = text.split_whitespace().map(without_login).collect();
    let text: String = words.join(" ").chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    // Before these kubectl writes the time and the number of its process, and Helm its warnings.
    let begin = ["Error: ", "\"command failed\" err=", "\"command failed\" error="]
        .iter()
        .find_map(|word| Some(text.find(word)? + word.len()));
    let from = begin.unwrap_or_default();
    let text = text.get(from..).unwrap_or_default();
    match text.char_indices().nth(SAID_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn without_login(word: &str) -> String {
    let parts = word.split_once("://").and_then(|(scheme, rest)| {
        let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, _) = authority.rsplit_once('@')?;
        Some((scheme, rest.get(login.len() + 1..)?))
    });
    parts.map_or_else(|| word.to_owned(), |(scheme, rest)| format!("{scheme}://{rest}"))
}
