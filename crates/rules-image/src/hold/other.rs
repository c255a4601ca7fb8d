//! Pipelines in YAML that share no more than their habits: commands under well-known keys, settings beside them.

use std::rc::Rc;

use super::settings::{self, Variables};
use super::shell::{Ends, Shell};
use super::step::{Step, Work, continues};
use super::tools::is_scanner_image;
use super::tree::{Kind, Node};

/// Keys whose texts are commands.
const COMMANDS: [&str; 13] = [
    "args",
    "bash",
    "before_script",
    "cmd",
    "command",
    "commands",
    "powershell",
    "pwsh",
    "run",
    "script",
    "sh",
    "after_success",
    "after-script",
];

/// Events that no change starts (Drone, Woodpecker).
const STARTED: [&str; 6] = ["cron", "custom", "promote", "rollback", "deployment", "manual"];

/// Every text under a key that holds commands.
pub(super) fn steps(root: &Node, path: &str) -> Vec<Step> {
    // Azure runs `script` and `bash` without `-e`: the last command's answer counts.
    let azure = path.rsplit('/').next().is_some_and(|f| f.starts_with("azure-pipelines"));
    let shell = Shell { errexit: !azure, pipefail: path.starts_with(".circleci/") };
    let mut out = Vec::new();
    let file = File { root, path, shell };
    let outer = Outer { ends: of_file(root, path), settings: Variables::new() };
    match (path.starts_with(".circleci/"), root.get("workflows"), root.get("jobs")) {
        (true, Some(workflows), Some(jobs)) => {
            for (name, job) in jobs.entries() {
                let ends = outer.ends.clone().and(in_workflows(workflows, name));
                walk(job, &Outer { ends, ..outer.clone() }, &file, &mut out);
            }
        }
        _ => walk(root, &outer, &file, &mut out),
    }
    out
}

/// The file that is walked through.
struct File<'n> {
    root: &'n Node,
    path: &'n str,
    shell: Shell,
}

/// What the nodes around a step say of it.
#[derive(Clone)]
struct Outer {
    ends: Ends,
    settings: Variables,
}

/// Whether a workflow of CircleCI runs a job, and not only when a clock starts it.
fn in_workflows(workflows: &Node, job: &str) -> Ends {
    let mut found = Ends::no("no workflow runs its job");
    for (_, workflow) in workflows.entries() {
        let jobs = workflow.get("jobs").map(Node::items).unwrap_or_default();
        let runs = |item: &&Node| item.text() == Some(job) || item.get(job).is_some();
        if !jobs.iter().any(runs) {
            continue;
        }
        let triggers = workflow.get("triggers").map(Node::items).unwrap_or_default();
        let scheduled = !triggers.is_empty() && triggers.iter().all(|t| t.get("schedule").is_some());
        match (scheduled, workflow.get("when").or(workflow.get("unless"))) {
            (true, _) => found = Ends::no("its workflow runs only when a clock starts it"),
            (false, None) => return Ends::Yes,
            (false, Some(_)) => found = Ends::perhaps("whether its workflow runs depends on a condition"),
        }
    }
    found
}

/// What the file as a whole says: pipelines that only a clock or a person starts.
fn of_file(root: &Node, path: &str) -> Ends {
    if path.starts_with("azure-pipelines") && root.str("trigger") == "none" && root.str("pr") == "none" {
        return Ends::no(
            "its pipeline runs only when a clock or somebody starts it (`trigger: none`, `pr: none`)",
        );
    }
    let trigger =
        root.get("trigger").filter(|_| path.starts_with(".drone") || path.starts_with(".woodpecker"));
    trigger.map_or(Ends::Yes, events)
}

fn walk(node: &Node, outer: &Outer, file: &File<'_>, out: &mut Vec<Step>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| walk(item, outer, file, out)),
        Kind::Map(entries) => {
            let mut here = outer.clone();
            here.ends = here.ends.and(continues(node)).and(when(node));
            here.settings.extend(settings::set(node, file.root, file.path));
            for (key, value) in entries {
                if COMMANDS.contains(&key.as_str()) && !value.texts().is_empty() {
                    out.push(step(node, key, value, &here, file.shell));
                    continue;
                }
                let mut below = here.clone();
                // Bitbucket's `custom` pipelines are started by hand or by a clock.
                if key == "custom" && !value.entries().is_empty() {
                    let by_hand = Ends::no("it runs only when a clock or somebody starts it (`custom`)");
                    below.ends = below.ends.and(by_hand);
                }
                walk(value, &below, file, out);
            }
        }
        Kind::Text(_) | Kind::Reference(_) => {}
    }
}

/// The step whose commands stand under `key` of `node`.
fn step(node: &Node, key: &str, value: &Node, around: &Outer, shell: Shell) -> Step {
    let lost = match key {
        "after_success" | "after-script" => {
            Ends::no(format!("what fails in `{key}` does not fail the build"))
        }
        _ => Ends::Yes,
    };
    let texts = value.texts().into_iter().map(|(line, text)| (line, text.to_owned())).collect();
    let own = [node.str("name"), node.str("image")].into_iter().find(|i| is_scanner_image(i));
    let texts = joined(key, texts, own.filter(|_| node.get("entrypoint").is_none()));
    let folder = ["working-directory", "workingDirectory", "working_directory", "dir"];
    let folder = folder.iter().map(|k| node.str(k)).find(|f| !f.is_empty()).unwrap_or("");
    Step {
        ends: around.ends.clone().and(lost),
        work: Work::Script { texts, shell },
        folder: folder.to_owned(),
        job: 0,
        around: Rc::default(),
        settings: around.settings.clone(),
    }
}

/// `args: ["image", "--exit-code", "1"]` is one command; the items of `script:` are several.
/// Those of a scanner's own image begin with the scanner.
fn joined(key: &str, texts: Vec<(usize, String)>, scanner: Option<&str>) -> Vec<(usize, String)> {
    let one =
        matches!(key, "args" | "cmd") || (key == "command" && texts.iter().all(|(_, t)| !t.contains(' ')));
    match texts.first().map(|(line, _)| *line) {
        Some(line) if one => {
            let words = texts.into_iter().map(|(_, t)| t).collect::<Vec<_>>().join(" ");
            vec![(line, scanner.map_or(words.clone(), |s| format!("{s} {words}")))]
        }
        _ => texts,
    }
}

fn when(node: &Node) -> Ends {
    let mut ends = Ends::Yes;
    if let Some(when) = node.get("when") {
        ends = ends.and(match when.text() {
            Some("manual") => Ends::no("it runs only when somebody starts it (`when: manual`)"),
            Some("never") => Ends::no("it never runs (`when: never`)"),
            Some("on_fail" | "on_failure") => Ends::no("it runs only after something failed"),
            Some(_) => Ends::Yes,
            None => events(when),
        });
    }
    if node.str("trigger") == "manual" {
        ends = ends.and(Ends::no("it runs only when somebody starts it (`trigger: manual`)"));
    }
    if node.str("enabled") == "false" {
        ends = ends.and(Ends::no("it never runs (`enabled: false`)"));
    }
    for key in ["if", "condition"] {
        let text = node.str(key).trim();
        let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        ends = ends.and(match bare.as_str() {
            "" | "true" | "always()" | "succeeded()" | "succeededOrFailed()" => Ends::Yes,
            "false" => Ends::no(format!("it never runs (`{key}: false`)")),
            "failed()" => Ends::no("it runs only after something failed"),
            b if b.contains("'Schedule'") || b.contains("'Manual'") => {
                Ends::no(format!("it runs only when a clock or somebody starts it (`{key}: {text}`)"))
            }
            b if b.contains("branch") || b.contains("Branch") || b.contains("Build.Reason") => Ends::Yes,
            _ => Ends::perhaps(format!("whether it runs depends on `{key}: {text}`")),
        });
    }
    ends
}

/// `event: [cron]` of Drone and Woodpecker.
fn events(node: &Node) -> Ends {
    let mut all = Vec::new();
    for item in node.items() {
        let event = item.get("event");
        let included = event.and_then(|e| e.get("include"));
        all.extend(included.or(event).map(Node::words).unwrap_or_default());
    }
    match !all.is_empty() && all.iter().all(|e| STARTED.contains(e)) {
        true => Ends::no(format!("it runs only for `{}`", all.join("`, `"))),
        false => Ends::Yes,
    }
}
