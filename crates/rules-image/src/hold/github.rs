//! GitHub's workflows: triggers, jobs, steps, conditions.

use std::rc::Rc;

use super::shell::{Ends, Shell};
use super::step::{Step, Work, continues, variables};
use super::tree::{Kind, Node};

/// Events that come with every change, before it is taken or shipped.
const CHANGES: [&str; 9] = [
    "push",
    "pull_request",
    "pull_request_target",
    "merge_group",
    "release",
    "create",
    "deployment",
    "registry_package",
    "check_suite",
];

/// The steps of a workflow; `called` are the workflow files that others call.
pub(super) fn steps(root: &Node, called: Option<&Ends>) -> Vec<Step> {
    let trigger = trigger(root, called);
    let mut out = Vec::new();
    for (id, job) in root.get("jobs").map_or(&[][..], Node::entries) {
        let of_job = trigger.clone().and(condition(job, id)).and(continues(job)).and(waits(root, job));
        let shell = shell(root, shell(job, ""));
        let folder = folder(job).or(folder(root)).unwrap_or_default();
        let levels = [Some(root), Some(job), job.get("container")];
        let around: Rc<[_]> = levels.into_iter().flat_map(|level| variables(level, "env")).collect();
        for step in job.get("steps").map_or_else(Vec::new, Node::items) {
            let mut ends = of_job.clone().and(condition(step, "the step")).and(continues(step));
            let work = match (step.get("run"), step.get("uses")) {
                (Some(run), _) => {
                    let own = step.get("shell").and_then(Node::text).unwrap_or(shell);
                    let (shell, known) = named(own.trim());
                    ends = ends.and(known);
                    Work::Script { texts: texts(run), shell }
                }
                (None, Some(uses)) => Work::Action {
                    line: uses.line,
                    uses: uses.text().unwrap_or("").to_owned(),
                    with: inputs(step),
                },
                (None, None) => continue,
            };
            let place = step.get("working-directory").and_then(Node::text).unwrap_or(&folder).to_owned();
            let settings = variables(Some(step), "env");
            out.push(Step { ends, work, folder: place, job: job.line, around: around.clone(), settings });
        }
    }
    out
}

/// The files that jobs of a workflow call, `./.github/workflows/scan.yml`, with whether the call ends the build.
pub(super) fn calls(root: &Node, called: Option<&Ends>) -> Vec<(String, Ends)> {
    let trigger = trigger(root, called);
    let jobs = root.get("jobs").map_or(&[][..], Node::entries);
    let of = |(id, job): &(String, Node)| {
        let path = job.str("uses").strip_prefix("./")?.to_owned();
        Some((path, trigger.clone().and(condition(job, id))))
    };
    jobs.iter().filter_map(of).collect()
}

/// A job whose forerunner never runs is skipped with it.
fn waits(root: &Node, job: &Node) -> Ends {
    let own = job.str("if");
    if own.contains("always()") || own.contains("!cancelled()") {
        return Ends::Yes;
    }
    let jobs = root.get("jobs");
    let needed = job.get("needs").map(Node::words).unwrap_or_default();
    let found = needed.into_iter().filter_map(|name| Some((name, jobs?.get(name)?)));
    found.fold(Ends::Yes, |sum, (name, other)| {
        sum.and(match condition(other, name) {
            Ends::No(why) => Ends::no(format!("it waits for `{name}`, and {why}")),
            other => other,
        })
    })
}

/// How a step's shell treats failures, and whether its script can be read as a shell's. `bash -e {0}` runs it where none
/// is named, `bash --noprofile --norc -eo pipefail {0}` with `shell: bash`, `sh -e {0}` with `shell: sh`; any other text
/// is the command itself (workflow syntax, `jobs.<job_id>.steps[*].shell`).
fn named(shell: &str) -> (Shell, Ends) {
    let words: Vec<&str> = shell.split_whitespace().collect();
    let program = words.first().map_or("", |w| w.rsplit('/').next().unwrap_or(w));
    let errexit = match words.as_slice() {
        [] | ["bash" | "sh"] => true,
        [_, options @ ..] => {
            let short = |o: &&str| o.starts_with('-') && !o.starts_with("--") && o.contains('e');
            options.iter().any(|o| short(o) || *o == "errexit")
        }
    };
    let read = Shell { errexit, pipefail: words == ["bash"] || words.contains(&"pipefail") };
    match program {
        "" | "bash" | "sh" | "dash" | "zsh" | "ksh" => (read, Ends::Yes),
        _ => (read, Ends::perhaps(format!("its script is one of `{shell}`, which is not read here"))),
    }
}

fn texts(node: &Node) -> Vec<(usize, String)> {
    node.texts().into_iter().map(|(line, text)| (line, text.to_owned())).collect()
}

fn inputs(step: &Node) -> Vec<(String, String)> {
    let with = step.get("with").map_or(&[][..], Node::entries);
    with.iter().filter_map(|(k, v)| Some((k.clone(), v.text()?.trim().to_owned()))).collect()
}

fn shell<'n>(node: &'n Node, outer: &'n str) -> &'n str {
    let run = node.get("defaults").and_then(|d| d.get("run"));
    run.and_then(|r| r.get("shell")).and_then(Node::text).unwrap_or(outer)
}

fn folder(node: &Node) -> Option<String> {
    let run = node.get("defaults").and_then(|d| d.get("run"))?;
    run.get("working-directory")?.text().map(str::to_owned)
}

/// Whether the workflow runs with every change, or only when somebody or a clock starts it.
fn trigger(root: &Node, called: Option<&Ends>) -> Ends {
    // YAML 1.1 reads a bare `on` as true; our reader keeps the text.
    let Some(on) = root.get("on").or(root.get("true")) else {
        return Ends::no("its workflow has no trigger");
    };
    let events: Vec<(&str, Option<&Node>)> = match &on.kind {
        Kind::Map(entries) => entries.iter().map(|(k, v)| (k.as_str(), Some(v))).collect(),
        _ => on.words().into_iter().map(|w| (w, None)).collect(),
    };
    let mut best: Option<Ends> = None;
    for (event, settings) in &events {
        let ends = match *event {
            "workflow_call" => called.cloned().unwrap_or_else(|| Ends::perhaps("no workflow here calls it")),
            event if CHANGES.contains(&event) => filtered(event, settings.unwrap_or(&Node::default())),
            _ => continue,
        };
        best = Some(match (best, ends) {
            (Some(Ends::Yes), _) | (_, Ends::Yes) => Ends::Yes,
            (Some(Ends::Perhaps(why)), _) | (_, Ends::Perhaps(why)) => Ends::Perhaps(why),
            (_, no) => no,
        });
    }
    best.unwrap_or_else(|| {
        let names: Vec<String> = events.iter().map(|(e, _)| format!("`{e}`")).collect();
        Ends::no(format!("its workflow runs on {} alone, not with every change", names.join(", ")))
    })
}

/// What a trigger leaves out: files, branches, moments in the life of a pull request.
fn filtered(event: &str, settings: &Node) -> Ends {
    let words = |key: &str| settings.get(key).map(Node::words).unwrap_or_default();
    let all = |words: &[&str]| words.iter().any(|w| matches!(*w, "**" | "**/*" | "*"));
    let named = |words: &[&str]| format!("`{}`", words.join("`, `"));
    let (paths, without) = (words("paths"), words("paths-ignore"));
    let mut ends = Ends::Yes;
    if !paths.is_empty() && !all(&paths) {
        ends = Ends::perhaps(format!("its workflow runs only when {} changes", named(&paths)));
    }
    if all(&without) {
        ends = ends.and(Ends::no("its workflow ignores every file (`paths-ignore`)"));
    } else if !without.iter().all(|path| is_prose(path)) {
        ends = ends.and(Ends::perhaps(format!("its workflow ignores changes of {}", named(&without))));
    }
    if all(&words("branches-ignore")) {
        ends = ends.and(Ends::no("its workflow ignores every branch"));
    }
    match settings.get("branches") {
        Some(Node { kind: Kind::List(branches), .. }) if branches.is_empty() => {
            ends = ends.and(Ends::perhaps("its workflow names no branch (`branches: []`)"));
        }
        Some(_) => {}
        None if settings.get("tags").or(settings.get("tags-ignore")).is_some()
            && settings.get("branches-ignore").is_none() =>
        {
            ends = ends.and(Ends::perhaps("its workflow runs only when something is tagged (`tags`)"));
        }
        None => {}
    }
    let types = words("types");
    if event.starts_with("pull_request") && !types.is_empty() && !types.contains(&"synchronize") {
        ends = ends.and(match types.iter().all(|t| *t == "closed") {
            true => Ends::no("its workflow runs only after a pull request is closed"),
            false => {
                Ends::perhaps(format!("its workflow runs only when a pull request is {}", named(&types)))
            }
        });
    }
    ends
}

/// Files in which nothing is found.
fn is_prose(path: &str) -> bool {
    path.starts_with("docs/")
        || [".md", ".rst", ".adoc", "LICENSE", ".gitignore", "CODEOWNERS"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// `if:` of a job or a step.
fn condition(node: &Node, what: &str) -> Ends {
    let Some(text) = node.get("if").and_then(Node::text) else { return Ends::Yes };
    let bare: String = text
        .trim()
        .trim_start_matches("${{")
        .trim_end_matches("}}")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .replace('"', "'");
    let bare = bare.as_str();
    let names = |words: &[&str]| words.iter().any(|w| bare.contains(w));
    let started = ["schedule", "workflow_dispatch", "repository_dispatch", "workflow_run"];
    let only = started.iter().any(|e| bare.contains(&format!("event_name=='{e}'")));
    let change = names(&[
        "'push'",
        "'pull_request'",
        "'merge_group'",
        "github.ref",
        "github.head_ref",
        "github.base_ref",
    ]);
    match bare {
        "" | "true" | "always()" | "success()" | "!cancelled()" => Ends::Yes,
        "false" => Ends::no("it never runs (`if: false`)"),
        "!failure()" | "!failure()&&!cancelled()" | "success()||failure()" => Ends::Yes,
        _ if names(&["failure()", "cancelled()"])
            && !names(&["!failure()", "!cancelled()", "always()", "success()"]) =>
        {
            Ends::no(format!("{what} runs only after something failed (`if: {}`)", text.trim()))
        }
        _ if bare.starts_with("false&&") || bare.ends_with("&&false") => {
            Ends::no("it never runs (`if: false`)")
        }
        _ if only && !change => {
            Ends::no(format!("it runs only when a clock or somebody starts it (`if: {}`)", text.trim()))
        }
        _ if names(&["actor", "sender", ".login"]) => {
            Ends::perhaps(format!("it runs only for some people (`if: {}`)", text.trim()))
        }
        _ if change || names(&["github.event.pull_request", "github.repository", "always()"]) => Ends::Yes,
        _ if names(&["event_name!='"]) && !names(&["inputs.", "vars.", "secrets.", "env."]) => Ends::Yes,
        _ => Ends::perhaps(format!("whether it runs depends on `if: {}`", text.trim())),
    }
}
