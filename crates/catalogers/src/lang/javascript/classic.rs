//! The text format of `yarn.lock` version 1: two levels of indentation, quoted or bare words.

use crate::lang::text::Broken;

/// Entries of one lockfile.
const ENTRIES_MAX: usize = 200_000;

/// One entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// `name@range` patterns that it answers.
    pub(super) patterns: Vec<String>,
    /// The version.
    pub(super) version: String,
    /// Name and range of what it depends on.
    pub(super) dependencies: Vec<(String, String)>,
}

/// Reads every entry.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, Broken> {
    if text.trim().is_empty() {
        return Err(Broken::new("the file is empty: nothing was installed by it"));
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut in_dependencies = false;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if content.starts_with("<<<<<<<") || content.starts_with(">>>>>>>") {
            return Err(Broken::new(format!("line {}: a merge conflict is not resolved", index + 1)));
        }
        let indent = line.len() - line.trim_start().len();
        match (indent, entries.last_mut()) {
            (0, _) => {
                let patterns = content.strip_suffix(':').ok_or_else(|| {
                    Broken::new(format!("line {}: an entry that does not end with a colon", index + 1))
                })?;
                if ENTRIES_MAX <= entries.len() {
                    return Err(Broken::new(format!("more than {ENTRIES_MAX} entries")));
                }
                entries.push(Entry { patterns: patterns_of(patterns), ..Entry::default() });
                in_dependencies = false;
            }
            (_, None) => {
                return Err(Broken::new(format!("line {}: a field before the first entry", index + 1)));
            }
            (1..=3, Some(entry)) => {
                in_dependencies = matches!(content, "dependencies:" | "optionalDependencies:");
                if let Some(version) = content.strip_prefix("version ") {
                    entry.version = unquote(version).to_owned();
                }
            }
            (_, Some(entry)) if in_dependencies => entry.dependencies.extend(pair(content)),
            _ => {}
        }
    }
    Ok(entries)
}

/// `a@^1, "b@1 || 2"`: commas stand within quotes as well.
fn patterns_of(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => {
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

/// `name "range"`, `"@scope/name" "range"`.
fn pair(text: &str) -> Option<(String, String)> {
    let (name, range) = match text.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => text.split_once(' ')?,
    };
    Some((name.to_owned(), unquote(range.trim()).to_owned()))
}

fn unquote(text: &str) -> &str {
    text.trim().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read() {
        let entries = read(
            "# yarn lockfile v1\n\n\"@s/a@^1.0.0\", \"@s/a@1 || 2, x\":\n  version \"1.2.3\"\n  resolved \"x\"\n  \
             dependencies:\n    b \"~2\"\n    \"@s/c\" \"^3\"\n  optionalDependencies:\n    d \"*\"\n\nb@~2:\n  version \"2.0.1\"\n",
        )
        .expect("entries");
        assert_eq!(entries[0].patterns, ["@s/a@^1.0.0", "@s/a@1 || 2, x"]);
        assert_eq!(entries[0].version, "1.2.3");
        let names: Vec<_> = entries[0].dependencies.iter().map(|(n, r)| format!("{n} {r}")).collect();
        assert_eq!(names, ["b ~2", "@s/c ^3", "d *"]);
        assert_eq!(entries[1].version, "2.0.1");
    }

    #[test]
    fn what_is_no_lockfile_is_refused() {
        assert!(read("a@1\n  version \"1\"\n").is_err());
        assert!(read("  version \"1\"\n").is_err());
        assert!(read("<<<<<<< HEAD\na@1:\n").is_err());
    }
}
