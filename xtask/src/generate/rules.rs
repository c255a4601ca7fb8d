//! The lists of rules and the pages under `docs/rules`, written from the rules themselves.
//!
//! A rule is a folder `crates/rules-X/src/rules/NAME/` whose `mod.rs` begins with the user's page (`//!`) and holds
//! `const RULE: Rule<Subject>`. The list is explicit, ordered by id and committed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::identifiers;

/// rustfmt's `max_width`, in characters.
const WIDTH_MAX: usize = 110;

/// One rule, as its source says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    module: String,
    id: String,
    control: String,
    title: String,
    severity: String,
    subject: String,
    page: String,
}

/// Path to content of every list and page.
pub(crate) fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut all = Vec::new();
    for room in rooms(root)? {
        let mut entries = read_room(root, &room)?;
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        if entries.is_empty() {
            continue;
        }
        files.insert(format!("crates/{room}/src/rules/list.rs"), list(&entries)?);
        all.extend(entries);
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = all.windows(2).find(|p| p[0].id == p[1].id) {
        bail!("two rules are called `{}`", pair[0].id);
    }
    let identifiers = identifiers::read(root)?;
    for entry in &all {
        let text = page(entry) + &identifiers.line(&entry.id);
        files.insert(format!("docs/rules/{}.md", entry.id), text);
    }
    let ids = all.iter().map(|e| e.id.as_str()).collect();
    files.insert("docs/rules/identifiers.md".to_owned(), identifiers.page(&ids)?);
    files.insert("docs/rules/README.md".to_owned(), index(&all));
    Ok(files)
}

fn rooms(root: &Path) -> Result<Vec<String>> {
    let mut rooms = Vec::new();
    for entry in std::fs::read_dir(root.join("crates")).context("`crates` cannot be read")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("rules-") {
            rooms.push(name);
        }
    }
    rooms.sort();
    Ok(rooms)
}

fn read_room(root: &Path, room: &str) -> Result<Vec<Entry>> {
    let dir = root.join("crates").join(room).join("src/rules");
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for folder in std::fs::read_dir(&dir).with_context(|| format!("`{}` cannot be read", dir.display()))? {
        let folder = folder?.path();
        let source = folder.join("mod.rs");
        if !source.is_file() {
            continue;
        }
        let module = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(&source)
            .with_context(|| format!("`{}` cannot be read", source.display()))?;
        entries
            .push(entry(&module, &text).with_context(|| format!("crates/{room}/src/rules/{module}/mod.rs"))?);
    }
    Ok(entries)
}

fn entry(module: &str, text: &str) -> Result<Entry> {
    let code = text.split_once("RULE: Rule<").context("no `const RULE: Rule<…>`")?.1;
    let (subject, body) = code.split_once("> =").context("`RULE` has no value")?;
    let entry = Entry {
        module: module.to_owned(),
        id: string_field(body, "id")?,
        control: string_field(body, "control")?,
        title: string_field(body, "title")?,
        severity: word_after(body, "severity: Severity::")?.to_lowercase(),
        subject: subject.to_owned(),
        page: doc_page(text),
    };
    if entry.id.replace('-', "_") != module {
        bail!("the rule `{}` lives in the folder `{module}`", entry.id);
    }
    if entry.page.trim().is_empty() {
        bail!("no page: begin the file with `//!`");
    }
    Ok(entry)
}

fn string_field(body: &str, name: &str) -> Result<String> {
    let start = format!("{name}: \"");
    let rest =
        body.split_once(start.as_str()).with_context(|| format!("`RULE` has no `{name}` in plain text"))?.1;
    let end = rest.match_indices('"').map(|(i, _)| i).find(|i| !rest[..*i].ends_with('\\'));
    Ok(rest[..end.context("an open text")?].replace("\\\"", "\""))
}

fn word_after(body: &str, start: &str) -> Result<String> {
    let rest = body.split_once(start).with_context(|| format!("`RULE` has no `{start}…`"))?.1;
    Ok(rest.chars().take_while(|c| c.is_alphanumeric()).collect())
}

/// The `//!` lines at the head of a file, without their marks.
fn doc_page(text: &str) -> String {
    let lines = text.lines().map_while(|l| l.strip_prefix("//!"));
    lines.map(|l| l.strip_prefix(' ').unwrap_or(l).trim_end().to_owned() + "\n").collect()
}

fn list(entries: &[Entry]) -> Result<String> {
    let subject = &entries[0].subject;
    if let Some(other) = entries.iter().find(|e| &e.subject != subject) {
        bail!("`{}` judges `{}`, the others of its room `{subject}`", other.id, other.subject);
    }
    let base: String = subject.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut modules: Vec<&str> = entries.iter().map(|e| e.module.as_str()).collect();
    modules.sort_unstable();
    let mut out =
        String::from("//! Every rule of this room, in order of its id. Rewritten by `cargo xtask gen`.\n\n");
    out.push_str(&format!("use eval::Rule;\n\nuse crate::{base};\n\n"));
    for module in modules {
        out.push_str(&format!("mod {module};\n"));
    }
    out.push_str("\n/// The rules.\n");
    let head = format!("pub static RULES: &[Rule<{subject}>] =");
    let items: Vec<String> = entries.iter().map(|e| format!("{}::RULE", e.module)).collect();
    let one_line = format!("&[{}];", items.join(", "));
    // As rustfmt lays it out: on the line, on the next, or an item a line.
    if head.len() + 1 + one_line.len() <= WIDTH_MAX {
        out.push_str(&format!("{head} {one_line}\n"));
    } else if 4 + one_line.len() <= WIDTH_MAX {
        out.push_str(&format!("{head}\n    {one_line}\n"));
    } else {
        out.push_str(&format!("{head} &[\n    {},\n];\n", items.join(",\n    ")));
    }
    Ok(out)
}

fn page(entry: &Entry) -> String {
    let head = format!(
        "# {}\n\n`{}` · control `{}` · severity {}\n\n",
        entry.title, entry.id, entry.control, entry.severity
    );
    head + entry.page.trim_end() + "\n"
}

fn index(entries: &[Entry]) -> String {
    let mut out = String::from(
        "# Rules\n\nOne page a rule, written by `cargo xtask gen` from the rule's own source. [What others call \
         them](identifiers.md).\n\n",
    );
    out.push_str("| rule | control | severity | what it asks |\n|---|---|---|---|\n");
    for e in entries {
        out.push_str(&format!(
            "| [`{0}`]({0}.md) | `{1}` | {2} | {3} |\n",
            e.id,
            e.control,
            e.severity,
            e.title.replace('|', "\\|")
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "//! Asks who the image runs as.\n//!\n//! More.\n\nuse eval::Rule;\n\npub const RULE: Rule<Subject> = Rule {\n    id: \"root-user\",\n    control: \"image-hardening\",\n    title: \"Runs as \\\"root\\\"\",\n    severity: Severity::Medium,\n};\n";

    #[test]
    fn a_rule_is_read_from_its_source() {
        let entry = entry("root_user", RULE).unwrap();
        assert_eq!((entry.id.as_str(), entry.severity.as_str()), ("root-user", "medium"));
        assert_eq!(entry.title, "Runs as \"root\"");
        assert_eq!(entry.page, "Asks who the image runs as.\n\nMore.\n");
        assert!(page(&entry).starts_with("# Runs as \"root\"\n\n`root-user` · control `image-hardening`"));
    }

    #[test]
    fn a_folder_is_named_for_its_rule() {
        assert!(entry("other", RULE).unwrap_err().to_string().contains("lives in the folder"));
    }

    #[test]
    fn the_list_is_ordered_and_explicit() {
        let entry = entry("root_user", RULE).unwrap();
        let text = list(&[entry]).unwrap();
        assert!(text.ends_with(
            "mod root_user;\n\n/// The rules.\npub static RULES: &[Rule<Subject>] = &[root_user::RULE];\n"
        ));
    }
}
