//! GitLab's pipelines: hidden jobs, `extends`, `rules`, `only` and `except`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::shell::{Ends, Shell};
use super::step::{Step, Work, continues, variables};
use super::tree::{Kind, Node};

/// Keys of the file that are no jobs.
const KEYWORDS: [&str; 12] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// Jobs that one job may extend, and they in turn.
const EXTENDS_MAX: usize = 16;

/// References within references.
const REFERENCES_MAX: usize = 10;

/// The entries of the file by name.
type Index<'n> = BTreeMap<&'n str, &'n Node>;

/// What a `!reference` names.
fn found<'n>(jobs: &Index<'n>, path: &[String]) -> Option<&'n Node> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(*jobs.get(first.as_str())?, |at, key| at.get(key))
}

/// The main file, whose `workflow` holds for all that it includes.
const MAIN: [&str; 2] = [".gitlab-ci.yml", ".gitlab-ci.yaml"];

/// The scripts of every job that runs, of all files together: what one file hides another may extend.
pub(super) fn steps<'p>(files: &[(&'p str, &[Node])]) -> Vec<(&'p str, Step)> {
    let roots = || files.iter().flat_map(|(_, trees)| trees.iter());
    let jobs: Index<'_> = roots().flat_map(Node::entries).map(|(name, node)| (name.as_str(), node)).collect();
    let main = files.iter().find(|(path, _)| MAIN.contains(path)).map(|(_, trees)| *trees);
    let rules = roots().find_map(|root| root.get("workflow")?.get("rules"));
    let workflow = rules.map_or(Ends::Yes, |rules| by_rules(&jobs, rules));
    let outer: Rc<[_]> = roots().flat_map(|root| variables(Some(root), "variables")).collect();
    let mut out = Vec::new();
    for (path, trees) in files {
        let part = match main {
            Some(main) if !MAIN.contains(path) && !includes(main, path) => {
                Ends::perhaps(format!("no pipeline here includes `{path}`"))
            }
            _ => Ends::Yes,
        };
        let ends = workflow.clone().and(part);
        for root in *trees {
            out.extend(of_file(root, &jobs, &ends, &outer).into_iter().map(|step| (*path, step)));
        }
    }
    out
}

/// Whether an `include` of the main file names a file of the project, or a pattern that may.
fn includes(main: &[Node], path: &str) -> bool {
    let named = main.iter().filter_map(|root| root.get("include")).flat_map(Node::items);
    let texts = named.flat_map(|item| {
        let local = item.get("local").map(Node::words).unwrap_or_default();
        if item.text().is_some() { item.words() } else { local }
    });
    texts.map(|t| t.trim_start_matches("./").trim_start_matches('/')).any(|text| match text.split_once('*') {
        Some((before, _)) => path.starts_with(before),
        None => text == path || text.contains('$'),
    })
}

fn of_file(root: &Node, jobs: &Index<'_>, workflow: &Ends, outer: &Rc<[(String, String)]>) -> Vec<Step> {
    let default = root.get("default").or(jobs.get("default").copied());
    let mut out = Vec::new();
    for (name, job) in root.entries() {
        // A hidden job runs only as a part of those that extend it.
        if name.starts_with('.') || KEYWORDS.contains(&name.as_str()) || job.entries().is_empty() {
            continue;
        }
        let job = whole(jobs, job);
        let ends = workflow.clone().and(when(jobs, &job)).and(continues(&job));
        let before =
            [Some(&job), default, Some(root)].into_iter().flatten().find_map(|n| n.get("before_script"));
        let mut texts = before.map_or_else(Vec::new, |n| scripts(jobs, n, 0));
        texts.extend(job.get("script").map_or_else(Vec::new, |n| scripts(jobs, n, 0)));
        let shell = Shell { errexit: true, pipefail: false };
        let mut settings = variables(Some(&job), "variables");
        // A rule may set others, where it fits.
        let rules = job.get("rules").map_or_else(Vec::new, |rules| flat(jobs, rules, 0));
        let named = rules.into_iter().flat_map(|rule| variables(Some(rule), "variables"));
        settings.extend(named.map(|(name, _)| (name.clone(), format!("${name}"))));
        out.push(Step {
            ends: ends.clone(),
            work: Work::Script { texts, shell },
            folder: String::new(),
            job: 0,
            around: Rc::clone(outer),
            settings: settings.clone(),
        });
        let after =
            [Some(&job), default, Some(root)].into_iter().flatten().find_map(|n| n.get("after_script"));
        if let Some(after) = after {
            let lost = ends.and(Ends::no("what fails in `after_script` does not fail the job"));
            let work = Work::Script { texts: scripts(jobs, after, 0), shell };
            out.push(Step {
                ends: lost,
                work,
                folder: String::new(),
                job: 0,
                around: Rc::clone(outer),
                settings,
            });
        }
    }
    out
}

/// A job with what it extends laid under it.
fn whole(jobs: &Index<'_>, job: &Node) -> Node {
    let mut out = job.clone();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut wanted: Vec<String> = parents(job);
    // The last of several parents wins over those before it, and the job over all.
    while let Some(name) = wanted.pop() {
        if EXTENDS_MAX <= seen.len() || !seen.insert(name.clone()) {
            continue;
        }
        let Some(parent) = jobs.get(name.as_str()).copied() else { continue };
        out = laid_over(parent, &out);
        wanted.extend(parents(parent));
    }
    out
}

fn parents(job: &Node) -> Vec<String> {
    job.get("extends").map_or_else(Vec::new, |e| e.words().into_iter().map(str::to_owned).collect())
}

/// Mappings are united, anything else is replaced (GitLab, "extends").
fn laid_over(under: &Node, over: &Node) -> Node {
    let (Kind::Map(below), Kind::Map(above)) = (&under.kind, &over.kind) else { return over.clone() };
    let mut entries = below.clone();
    for (key, node) in above {
        match entries.iter_mut().find(|(k, _)| k == key) {
            Some((_, old)) => *old = laid_over(old, node),
            None => entries.push((key.clone(), node.clone())),
        }
    }
    Node { line: over.line, kind: Kind::Map(entries) }
}

/// The lines of a script, with what `!reference` puts there.
fn scripts(jobs: &Index<'_>, node: &Node, depth: usize) -> Vec<(usize, String)> {
    match &node.kind {
        Kind::Text(text) => vec![(node.line, text.clone())],
        Kind::List(items) => items.iter().flat_map(|n| scripts(jobs, n, depth)).collect(),
        Kind::Reference(path) if depth < REFERENCES_MAX => {
            found(jobs, path).map_or_else(Vec::new, |n| scripts(jobs, n, depth + 1))
        }
        Kind::Reference(_) | Kind::Map(_) => Vec::new(),
    }
}

/// Whether a job runs with every change.
fn when(jobs: &Index<'_>, job: &Node) -> Ends {
    if let Some(rules) = job.get("rules") {
        return by_rules(jobs, rules);
    }
    let ends = match job.str("when") {
        "manual" => Ends::no("it runs only when somebody starts it (`when: manual`)"),
        "never" => Ends::no("it never runs (`when: never`)"),
        "on_failure" => Ends::no("it runs only after something failed (`when: on_failure`)"),
        _ => Ends::Yes,
    };
    ends.and(only(job)).and(except(job))
}

/// Sources of pipelines that no change starts.
const STARTED: [&str; 9] =
    ["schedules", "schedule", "web", "api", "triggers", "trigger", "chat", "external", "pipelines"];

fn only(job: &Node) -> Ends {
    let Some(only) = job.get("only") else { return Ends::Yes };
    let refs = only.get("refs").unwrap_or(only).words();
    if !refs.is_empty() && refs.iter().all(|r| STARTED.contains(r)) {
        return Ends::no(format!("it runs only for `{}` (`only`)", refs.join("`, `")));
    }
    match only.get("variables").or(only.get("changes")) {
        Some(node) => Ends::perhaps(format!("it runs only for `{}` (`only`)", node.words().join("`, `"))),
        None => Ends::Yes,
    }
}

fn except(job: &Node) -> Ends {
    let Some(except) = job.get("except") else { return Ends::Yes };
    let refs = except.get("refs").unwrap_or(except).words();
    let changes =
        refs.contains(&"branches") && (refs.contains(&"merge_requests") || job.get("only").is_none());
    if changes { Ends::no("it runs for no branch (`except`)") } else { Ends::Yes }
}

/// What the rules of a job or workflow say: the first that fits decides (GitLab, "rules").
fn by_rules(jobs: &Index<'_>, rules: &Node) -> Ends {
    let mut lost: Option<Ends> = None;
    let mut perhaps: Option<Ends> = None;
    for rule in flat(jobs, rules, 0) {
        let unconditional = ["if", "changes", "exists"].iter().all(|k| rule.get(k).is_none());
        let ends = outcome(rule).and(continues(rule)).and(condition(rule));
        match ends {
            Ends::Yes => return Ends::Yes,
            Ends::Perhaps(_) => perhaps = perhaps.or(Some(ends)),
            Ends::No(_) => lost = lost.or(Some(ends)),
        }
        if unconditional {
            break;
        }
    }
    perhaps.or(lost).unwrap_or_else(|| Ends::no("none of its `rules` lets it run"))
}

fn flat<'n>(jobs: &Index<'n>, rules: &'n Node, depth: usize) -> Vec<&'n Node> {
    match &rules.kind {
        Kind::List(items) => items.iter().flat_map(|n| flat(jobs, n, depth)).collect(),
        Kind::Map(_) => vec![rules],
        Kind::Reference(path) if depth < REFERENCES_MAX => {
            let found = found(jobs, path);
            found.map_or_else(Vec::new, |n| flat(jobs, n, depth + 1))
        }
        Kind::Reference(_) | Kind::Text(_) => Vec::new(),
    }
}

fn outcome(rule: &Node) -> Ends {
    match rule.str("when") {
        "never" => Ends::no("its rules never let it run with a change (`when: never`)"),
        "manual" => Ends::no("it runs only when somebody starts it (`when: manual`)"),
        "on_failure" => Ends::no("it runs only after something failed (`when: on_failure`)"),
        _ => Ends::Yes,
    }
}

fn condition(rule: &Node) -> Ends {
    let files = rule.get("changes").or(rule.get("exists")).map(|node| {
        let paths = node.get("paths").unwrap_or(node).words();
        Ends::perhaps(format!("it runs only where `{}` changes or exists", paths.join("`, `")))
    });
    let Some(text) = rule.get("if").and_then(Node::text) else { return files.unwrap_or(Ends::Yes) };
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().replace('\'', "\"");
    const CHANGES: [&str; 9] = [
        "\"merge_request_event\"",
        "\"push\"",
        "\"external_pull_request_event\"",
        "$CI_COMMIT_BRANCH",
        "$CI_COMMIT_REF",
        "$CI_COMMIT_TAG",
        "$CI_DEFAULT_BRANCH",
        "$CI_MERGE_REQUEST",
        "$CI_OPEN_MERGE_REQUESTS",
    ];
    let change = CHANGES.iter().any(|c| bare.contains(c));
    let started = STARTED.iter().any(|s| bare.contains(&format!("$CI_PIPELINE_SOURCE==\"{s}\"")));
    let own = match bare.as_str() {
        _ if started && !change => {
            Ends::no(format!("it runs only when a clock or somebody starts it (`{text}`)"))
        }
        "$CI" | "$GITLAB_CI" | "true" | "\"true\"" => Ends::Yes,
        _ if change || bare.contains("$CI_PIPELINE_SOURCE!=") || bare == "$CI_PIPELINE_SOURCE" => Ends::Yes,
        "false" | "\"false\"==\"true\"" => Ends::no("it never runs (`if: false`)"),
        _ => Ends::perhaps(format!("whether it runs depends on `{text}`")),
    };
    own.and(files.unwrap_or(Ends::Yes))
}
