//! Evidence that a project's pipeline enforces a control: a step that fails the build on what a scanner finds.
//!
//! A scanner that is called is no evidence; one whose answer ends the build is. So a call is read as the shell and the
//! pipeline would: its own options, what becomes of its answer (`|| true`), the settings of its step and job
//! (`continue-on-error`, `allow_failure`), and whether they run with a change at all (`rules`, `on`, `if`, `when`). It
//! must look at this project, or at an image that its pipelines make, and at all of it. What does not enforce is
//! evidence as well, of a gate that holds nothing; what the file does not tell is unknown.

mod builtin;
mod choose;
mod flow;
mod gate;
mod github;
mod gitlab;
mod jenkins;
mod lex;
mod look;
mod other;
mod ours;
mod parse;
mod settings;
mod shell;
mod step;
#[cfg(test)]
mod tests;
mod tools;
mod tree;
mod value;
mod weigh;

use std::collections::BTreeMap;

use api::CellOutcome;
use eval::assess::{EvidenceKind, HoldEvidence};

pub use look::Project;

use look::Surroundings;
use shell::Ends;
use step::Step;
use tree::{Kind, Node};

/// Bytes of the largest pipeline file that is read.
pub const PIPELINE_BYTES_MAX: u64 = 1 << 20;

/// Workflows that call one another.
const CALLS_MAX: usize = 8;

/// Variables of all pipelines that are filled in; one beyond stays a variable, of which nothing is known.
const VARIABLES_MAX: usize = 512;

/// Our own configuration, whose gates count where a command names none.
const CONFIGURATION: &str = "plimsoll.toml";

/// Whether a path (relative to the project's root) is a pipeline file that [`evidence`] reads, or the configuration that
/// may set our own gates.
#[must_use]
pub fn is_pipeline(path: &str) -> bool {
    const FILES: [&str; 15] = [
        CONFIGURATION,
        ".gitlab-ci.yml",
        ".gitlab-ci.yaml",
        ".travis.yml",
        ".drone.yml",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        ".circleci/config.yml",
        ".buildkite/pipeline.yml",
        "azure-pipelines.yml",
        "azure-pipelines.yaml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "Jenkinsfile",
    ];
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    let within = |dir: &str| yaml && path.strip_prefix(dir).is_some_and(|rest| !rest.contains('/'));
    let jenkins = path.rsplit('/').next().is_some_and(|f| f.starts_with("Jenkinsfile"));
    FILES.contains(&path)
        || is_ignore(path)
        || jenkins
        || within(".github/workflows/")
        || (yaml && path.starts_with(".gitlab/ci/"))
}

/// Whether a file may be an ignore file of ours, by its name.
fn is_ignore(path: &str) -> bool {
    path.ends_with("ignore.toml")
}

/// What the pipeline files of `project` enforce and what they only look at, in the order of files and lines; empty if
/// no scanner is called.
#[must_use]
pub fn evidence(files: &[(String, Vec<u8>)], project: &Project) -> Vec<HoldEvidence> {
    let mut out = Vec::new();
    let mut read: Vec<(&str, Content)> = Vec::new();
    let (ours, pipelines): (Vec<_>, Vec<_>) = files
        .iter()
        .map(|(p, b)| (p.as_str(), b.as_slice()))
        .partition(|(p, _)| *p == CONFIGURATION || is_ignore(p));
    for (path, bytes) in pipelines {
        match content(path, bytes) {
            Ok(content) => read.push((path, content)),
            Err(why) => out.extend([tools::IMAGES, tools::DEPENDENCIES].map(|control| HoldEvidence {
                control: control.to_owned(),
                kind: EvidenceKind::PipelineGate,
                outcome: CellOutcome::Unknown,
                because: format!("`{path}` could not be read: {why}"),
            })),
        }
    }
    let mut around = Surroundings::default();
    for (_, content) in &read {
        if let Content::Trees(trees) = content {
            trees.iter().for_each(|tree| variables(tree, &mut around.variables));
        }
    }
    let called = called(&read);
    let gitlab: Vec<(&str, &[Node])> = read
        .iter()
        .filter(|(path, _)| path.starts_with(".gitlab"))
        .filter_map(|(path, content)| match content {
            Content::Trees(trees) => Some((*path, trees.as_slice())),
            Content::Groovy(_) => None,
        })
        .collect();
    let mut steps: Vec<(&str, Step)> = gitlab::steps(&gitlab);
    for (path, content) in read.iter().filter(|(path, _)| !path.starts_with(".gitlab")) {
        steps.extend(self::steps(path, content, &called).into_iter().map(|step| (*path, step)));
    }
    // Files in the order in which they were given, whatever language they are in.
    let order: BTreeMap<&str, usize> = read.iter().enumerate().map(|(n, (path, _))| (*path, n)).collect();
    steps.sort_by_key(|(path, _)| order.get(path).copied());
    out.extend(weigh::weigh(&steps, around, project, &ours));
    out
}

enum Content {
    Trees(Vec<Node>),
    Groovy(String),
}

fn content(path: &str, bytes: &[u8]) -> Result<Content, String> {
    if PIPELINE_BYTES_MAX < bytes.len() as u64 {
        return Err(format!("larger than {PIPELINE_BYTES_MAX} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.starts_with("Jenkinsfile") {
        true => Ok(Content::Groovy(text.to_owned())),
        false => Ok(Content::Trees(tree::read(text)?)),
    }
}

fn steps(path: &str, content: &Content, called: &BTreeMap<String, Ends>) -> Vec<Step> {
    let trees = match content {
        Content::Groovy(text) => return jenkins::steps(text),
        Content::Trees(trees) => trees,
    };
    match path {
        _ if path.starts_with(".github/workflows/") => {
            trees.iter().flat_map(|t| github::steps(t, called.get(path))).collect()
        }
        _ => trees.iter().flat_map(|t| other::steps(t, path)).collect(),
    }
}

/// Which workflow files are called by others, and whether a call ends the build.
fn called(read: &[(&str, Content)]) -> BTreeMap<String, Ends> {
    let mut out: BTreeMap<String, Ends> = BTreeMap::new();
    for _ in 0..CALLS_MAX {
        let before = out.clone();
        for (path, content) in read.iter().filter(|(path, _)| path.starts_with(".github/workflows/")) {
            let Content::Trees(trees) = content else { continue };
            for (callee, ends) in trees.iter().flat_map(|t| github::calls(t, before.get(*path))) {
                let better = match (out.get(&callee), &ends) {
                    (Some(Ends::Yes), _) => false,
                    (Some(Ends::Perhaps(_)), ends) => *ends == Ends::Yes,
                    _ => true,
                };
                if better {
                    out.insert(callee, ends);
                }
            }
        }
        if out == before {
            break;
        }
    }
    out
}

/// Every variable that a file sets, wherever it stands.
fn variables(node: &Node, out: &mut BTreeMap<String, String>) {
    if VARIABLES_MAX <= out.len() {
        return;
    }
    if let Kind::List(items) = &node.kind {
        items.iter().for_each(|item| variables(item, out));
    }
    for (key, value) in node.entries() {
        if matches!(key.as_str(), "variables" | "env" | "environment") {
            for (name, value) in value.entries() {
                if let Some(text) = value.text().or(value.get("value").and_then(Node::text)) {
                    out.entry(name.clone()).or_insert_with(|| text.to_owned());
                }
            }
        }
        variables(value, out);
    }
}
