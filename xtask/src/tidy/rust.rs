//! Tidiness of Rust files: length, unnumbered promises, silenced lints.

use super::{Exceptions, Text};
use crate::source;

/// Lines a file may have.
const LINES_MAX: usize = 600;

/// Every fault of every Rust file.
pub(crate) fn faults(texts: &[Text], exceptions: &Exceptions) -> Vec<String> {
    let mut faults = Vec::new();
    for text in texts.iter().filter(|t| t.path.ends_with(".rs")) {
        faults.extend(length_fault(text, exceptions));
        faults.extend(promises(text));
        faults.extend(silenced(text));
    }
    faults.extend(stale(texts, exceptions));
    faults
}

fn length_fault(text: &Text, exceptions: &Exceptions) -> Option<String> {
    let lines = text.text.lines().count();
    let exception = exceptions.long_files.iter().find(|e| e.path == text.path);
    match exception {
        None if LINES_MAX < lines => {
            Some(format!("{}: {lines} lines; a file has at most {LINES_MAX}", text.path))
        }
        Some(e) if e.lines < lines => Some(format!(
            "{}: {lines} lines; its exception allows {} and may only shrink",
            text.path, e.lines
        )),
        Some(e) if lines < e.lines => Some(format!(
            "{}: {lines} lines now; lower its exception in `xtask/tidy.toml` from {}",
            text.path, e.lines
        )),
        _ => None,
    }
}

fn stale(texts: &[Text], exceptions: &Exceptions) -> Vec<String> {
    let lines = |path: &str| texts.iter().find(|t| t.path == path).map_or(0, |t| t.text.lines().count());
    exceptions
        .long_files
        .iter()
        .filter(|e| lines(&e.path) <= LINES_MAX || e.reason.trim().is_empty())
        .map(|e| format!("xtask/tidy.toml: `{}` needs no exception, or gives no reason", e.path))
        .collect()
}

/// A promise without the number of the issue that keeps it.
fn promises(text: &Text) -> Vec<String> {
    let words = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME"];
    let mut faults = Vec::new();
    for (n, line) in text.text.lines().enumerate() {
        for word in &words {
            let broken = line.match_indices(word.as_str()).any(|(at, _)| {
                let name = |c: char| c.is_alphanumeric() || c == '_';
                let inside = line[..at].ends_with(name) || line[at + word.len()..].starts_with(name);
                !inside && !line[at + word.len()..].starts_with("(#")
            });
            if broken {
                faults.push(format!(
                    "{}:{}: `{word}` without an issue number: write `{word}(#N)`",
                    text.path,
                    n + 1
                ));
            }
        }
    }
    faults
}

fn silenced(text: &Text) -> Vec<String> {
    let code = source::code_only(&text.text);
    let silence = |l: &str| l.contains("#[allow") || l.contains("#![allow");
    let lines = code.lines().enumerate().filter(|(_, l)| silence(l));
    lines
        .map(|(n, _)| format!("{}:{}: write `#[expect(.., reason = \"..\")]`, never allow", text.path, n + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::LongFile;
    use super::*;

    fn text(path: &str, text: impl Into<String>) -> Text {
        Text { path: path.to_owned(), text: text.into() }
    }

    #[test]
    fn a_long_file_needs_an_exception_that_only_shrinks() {
        let long = text("a.rs", "x\n".repeat(700));
        let allow = |lines| Exceptions {
            long_files: vec![LongFile { path: "a.rs".into(), lines, reason: "a list".into() }],
        };
        assert!(faults(&[text("a.rs", "x\n".repeat(601))], &Exceptions::default())[0].contains("601 lines"));
        assert!(faults(std::slice::from_ref(&long), &allow(700)).is_empty());
        assert!(faults(std::slice::from_ref(&long), &allow(699))[0].contains("may only shrink"));
        assert!(faults(&[long], &allow(701))[0].contains("lower its exception"));
        assert!(faults(&[text("a.rs", "x\n")], &allow(601))[1].contains("needs no exception"));
    }

    #[test]
    fn a_promise_names_its_issue_and_nothing_is_silenced() {
        let word = "TO".to_owned() + "DO";
        let bad = text("a.rs", format!("// {word}: later\n#[{}(dead_code)]\nfn a() {{}}\n", "allow"));
        assert_eq!(faults(&[bad], &Exceptions::default()).len(), 2);
        let good = text("a.rs", format!("// {word}(#12): later\nlet a = \"#[{}\";\n", "allow"));
        assert!(faults(&[good], &Exceptions::default()).is_empty());
    }
}
