//! Pages: links that lead somewhere, commands that are run, cases beside every rule.

use std::path::Path;

use super::Text;
use crate::howto;

/// Every fault of every page, and every rule without its cases.
pub(crate) fn faults(root: &Path, texts: &[Text], files: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for text in texts.iter().filter(|t| t.path.ends_with(".md")) {
        faults.extend(dead_links(root, text));
        if text.path.starts_with("docs/how/") {
            faults.extend(unrun(text));
        }
    }
    faults.extend(missing_cases(files));
    faults
}

/// Relative links whose file is not there.
fn dead_links(root: &Path, text: &Text) -> Vec<String> {
    let dir = Path::new(&text.path).parent().unwrap_or(Path::new(""));
    let mut faults = Vec::new();
    let mut fenced = false;
    for (n, line) in text.text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let link = line[at + 2..].split([')', ' ']).next().unwrap_or_default();
            let file = link.split('#').next().unwrap_or_default();
            let outside = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !outside && !root.join(dir).join(file).exists() {
                faults.push(format!("{}:{}: the link `{link}` leads nowhere", text.path, n + 1));
            }
        }
    }
    faults
}

/// Blocks of shell that are neither run nor say why not.
fn unrun(text: &Text) -> Vec<String> {
    let blocks = howto::blocks(&text.text);
    let bad = blocks
        .iter()
        .filter(|b| b.commands.is_empty() || b.not_run.as_deref().is_some_and(|r| r.trim().is_empty()));
    bad.map(|b| {
        format!("{}:{}: a block of shell with no command, or not run without a reason", text.path, b.line)
    })
    .collect()
}

/// Folders of rules without `cases.md`.
fn missing_cases(files: &[String]) -> Vec<String> {
    let folder = |f: &str| -> Option<String> {
        let dir = f.strip_suffix("/mod.rs")?;
        let (before, name) = dir.rsplit_once("/src/rules/")?;
        (before.starts_with("crates/rules-") && !name.contains('/')).then(|| dir.to_owned())
    };
    let rules = files.iter().filter_map(|f| folder(f));
    rules
        .filter(|dir| !files.contains(&format!("{dir}/cases.md")))
        .map(|dir| format!("{dir}: a rule without `cases.md`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_named_and_a_live_one_is_not() {
        let root = crate::workspace::root().unwrap();
        let page = |t: &str| Text { path: "docs/style.md".into(), text: t.into() };
        assert_eq!(
            dead_links(&root, &page("[a](nowhere.md) [b](../Cargo.toml#x) [c](https://example.com)\n")).len(),
            1
        );
    }

    #[test]
    fn a_rule_brings_its_cases() {
        let files = [
            "crates/rules-image/src/rules/no_user/mod.rs".to_owned(),
            "crates/rules-image/src/rules/mod.rs".to_owned(),
        ];
        assert_eq!(missing_cases(&files).len(), 1);
    }
}
