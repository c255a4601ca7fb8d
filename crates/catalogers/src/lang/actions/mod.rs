//! GitHub Actions: what workflows and composite actions use from other repositories.

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::files::split;
use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

const REMEDY: &str = "pin it by its commit, with the version as a comment: `@COMMIT # v1.2.3`";

/// Digits of a commit.
const COMMIT_DIGITS: usize = 40;

/// True for `.github/workflows/*.yml` and the `action.yml` of an action.
pub(super) fn is(dir: &str, stem: &str, extension: &str) -> bool {
    let is_yaml = matches!(extension, "yml" | "yaml");
    is_yaml && (stem == "action" || dir == ".github/workflows" || dir.ends_with("/.github/workflows"))
}

/// Reads a workflow or a composite action. The version of an action that is pinned by its commit is the one that the
/// comment behind it names, as those who update such pins write it.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let document = match (text::yaml(bytes), split(path).1.starts_with("action.")) {
        // Other programs use the name `action.yml` too.
        (Ok(action), true) if action.get("runs").is_none() => return Ok(Harvest::default()),
        (Err(_), true) => return Ok(Harvest::default()),
        (read, _) => read?,
    };
    let mut used = Vec::new();
    for (_, job) in text::table(&document, "jobs") {
        used.extend(text::text(job, "uses"));
        steps(job, &mut used);
    }
    if let Some(runs) = document.get("runs") {
        steps(runs, &mut used);
    }
    let text = text::decode(bytes)?;
    let mut locked = Locked::new(PackageType::Github, "github workflow", path);
    for uses in used {
        add(&mut locked, uses, &text);
    }
    Ok(locked.finish())
}

fn steps<'v>(of: &'v Value, used: &mut Vec<&'v str>) {
    used.extend(text::list(of, "steps").iter().filter_map(|step| text::text(step, "uses")));
}

/// `owner/repository[/path]@reference`; what begins otherwise lies in the project, or is an image.
fn add(locked: &mut Locked<'_>, uses: &str, text: &str) {
    if uses.starts_with(['.', '/']) || uses.contains("://") {
        return;
    }
    let Some((place, reference)) = uses.rsplit_once('@') else {
        return locked.nameless();
    };
    let mut parts = place.splitn(3, '/');
    let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else {
        return locked.nameless();
    };
    let name = format!("{owner}/{repository}");
    if uses.contains("${{") {
        return locked.unknown(format!("`{uses}` is known only when it runs"), REMEDY);
    }
    if is_commit(reference) {
        match comment(text, uses) {
            Some(version) => drop(locked.add(&name, version)),
            None => locked.unknown(format!("no comment names the version of `{uses}`"), REMEDY),
        }
    } else if is_whole_version(reference) {
        locked.add(&name, reference);
    } else {
        locked.unknown(format!("`{uses}` is whatever its owner makes it tomorrow"), REMEDY);
    }
}

fn is_commit(reference: &str) -> bool {
    reference.len() == COMMIT_DIGITS && reference.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `v1.2.3` and `1.2.3`, with or without a label; `v1` and `v1.2` are moved with each release.
fn is_whole_version(text: &str) -> bool {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let numbers = plain.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = numbers.split('.').collect();
    3 <= parts.len() && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// The version in the comment of the line that uses it.
fn comment<'t>(text: &'t str, uses: &str) -> Option<&'t str> {
    let line = text
        .lines()
        .find(|l| l.contains(uses) && l.trim_start().trim_start_matches("- ").starts_with("uses"))?;
    let comment = line.split_once(uses)?.1.split_once('#')?.1;
    let words = comment.split_whitespace().map(|w| w.rsplit(['@', '=']).next().unwrap_or(w));
    words.into_iter().find(|w| is_whole_version(w))
}
