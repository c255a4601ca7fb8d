//! Which variables a pipeline sets, and for what: those beside a step, those around it, and what only the run decides.

use super::ours::PREFIX;
use super::tree::{Kind, Node};

/// Keys whose entries are variables of all that stands beside and below them.
const KEYS: [&str; 3] = ["variables", "env", "environment"];

/// Variables by name; the later of two wins.
pub(super) type Variables = Vec<(String, String)>;

/// The language of a pipeline file, as far as its variables differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Azure,
    Circle,
    CloudBuild,
    Travis,
    Other,
}

fn language(path: &str) -> Language {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file {
        _ if file.starts_with("azure-pipelines") => Language::Azure,
        _ if path.starts_with(".circleci/") => Language::Circle,
        "cloudbuild.yaml" | "cloudbuild.yml" => Language::CloudBuild,
        ".travis.yml" => Language::Travis,
        _ => Language::Other,
    }
}

/// The variables that a mapping sets for all below it, of those that scanners heed; `root` is the file's.
pub(super) fn set(node: &Node, root: &Node, path: &str) -> Variables {
    let language = language(path);
    let mut found = Variables::new();
    if language == Language::Circle {
        executor(node, root, &mut found);
    }
    if language == Language::CloudBuild
        && let Some(env) = node.get("options").and_then(|options| options.get("env"))
    {
        named(env, language, true, &mut found);
    }
    for value in KEYS.iter().filter_map(|key| node.get(key)) {
        match language {
            Language::Travis => travis(value, &mut found),
            _ => named(value, language, true, &mut found),
        }
    }
    found
}

/// A job of CircleCI runs in its first container, whose variables are its own, or in a named executor's.
fn executor(node: &Node, root: &Node, out: &mut Variables) {
    let name = node.get("executor").and_then(|e| e.text().or(e.get("name").and_then(Node::text)));
    let shared = name.and_then(|name| root.get("executors")?.get(name));
    if let Some(shared) = shared {
        container(shared, out);
        if let Some(environment) = shared.get("environment") {
            named(environment, Language::Circle, true, out);
        }
    }
    container(node, out);
}

fn container(node: &Node, out: &mut Variables) {
    let first = node.get("docker").and_then(|docker| docker.items().into_iter().next());
    if let Some(environment) = first.and_then(|first| first.get("environment")) {
        named(environment, Language::Circle, true, out);
    }
}

/// Travis: `global` holds for all jobs; of several lines elsewhere each is a job of its own.
fn travis(env: &Node, out: &mut Variables) {
    let parts = ["global", "jobs", "matrix"];
    if !parts.iter().any(|key| env.get(key).is_some()) {
        return named(env, Language::Travis, env.items().len() == 1, out);
    }
    for (key, value) in env.entries() {
        named(value, Language::Travis, key == "global" || value.items().len() == 1, out);
    }
}

/// The variables that stand in a mapping, in a list of mappings or texts, or in a text; unless `sure`, their values are
/// known only when it runs.
fn named(node: &Node, language: Language, sure: bool, out: &mut Variables) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| named(item, language, sure, out)),
        Kind::Text(text) => assignments(text, language, sure, out),
        Kind::Map(_) if node.get("name").is_some() && node.get("value").is_some() => {
            push(node.str("name"), node.get("value").and_then(Node::text), language, sure, out);
        }
        Kind::Map(entries) => {
            for (name, value) in entries {
                match name.starts_with("${{") {
                    // Azure's `${{ if … }}:` around variables.
                    true => named(value, language, false, out),
                    false => {
                        let text = value.text().or(value.get("value").and_then(Node::text));
                        push(name, text, language, sure, out);
                    }
                }
            }
        }
        Kind::Reference(_) => {}
    }
}

/// `A=b`, and in Travis several of them.
fn assignments(text: &str, language: Language, sure: bool, out: &mut Variables) {
    let several = language == Language::Travis;
    let mut rest = text.trim();
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim_start_matches("export ").trim();
        let quote = value.chars().next().filter(|c| several && matches!(c, '"' | '\''));
        let (value, behind) = match quote {
            Some(quote) => value.get(1..).and_then(|inside| inside.split_once(quote)).unwrap_or((value, "")),
            None if several => value.split_once(char::is_whitespace).unwrap_or((value, "")),
            None => (value, ""),
        };
        push(name, Some(value), language, sure, out);
        rest = behind.trim_start();
    }
}

fn push(name: &str, value: Option<&str>, language: Language, sure: bool, out: &mut Variables) {
    // Azure hands `plimsoll.control` to programs as `PLIMSOLL_CONTROL`.
    let name = match language {
        Language::Azure => name.to_ascii_uppercase().replace(['.', ' '], "_"),
        _ => name.to_owned(),
    };
    if name.starts_with(PREFIX) || name == "TRIVY_EXIT_CODE" {
        let value = value.filter(|_| sure).map_or_else(|| format!("${name}"), str::to_owned);
        out.push((name, value));
    }
}
