//! What the source of a wing may not say.

use std::path::Path;

use anyhow::Result;

use super::arrows::Crate;
use super::plan::{Plan, Wing};
use crate::{source, workspace};

/// Adds the faults of every pure file; answers how many files were read.
pub(crate) fn check(root: &Path, plan: &Plan, crates: &[Crate], faults: &mut Vec<String>) -> Result<usize> {
    let files = workspace::files(root)?;
    let mut read = 0;
    for one in crates {
        let Some(wing) = plan.floor(&one.name).map(|f| f.wing) else { continue };
        let words: Vec<&str> = plan
            .words
            .iter()
            .filter(|w| w.wings.contains(&wing))
            .flat_map(|w| w.words.iter().map(String::as_str))
            .collect();
        if words.is_empty() {
            continue;
        }
        let prefix = format!("{}/src/", one.dir);
        let own: Vec<&String> =
            files.iter().filter(|f| f.starts_with(&prefix) && f.ends_with(".rs")).collect();
        let mut tests = Vec::new();
        for file in &own {
            let text = super::read_text(&root.join(file))?;
            tests.extend(source::test_modules(&text).iter().map(|m| module_prefix(file, m)));
        }
        for file in own.into_iter().filter(|f| !tests.iter().any(|t| is_in_module(f, t))) {
            let text = super::read_text(&root.join(file))?;
            faults.extend(file_faults(file, &source::code_only(&text), &words, wing));
            read += 1;
        }
    }
    Ok(read)
}

/// Path, without `.rs`, of the module `name` declared in `file`.
fn module_prefix(file: &str, name: &str) -> String {
    let dir = match file.rsplit_once('/') {
        Some((dir, "lib.rs" | "main.rs" | "mod.rs")) => dir.to_owned(),
        _ => file.trim_end_matches(".rs").to_owned(),
    };
    format!("{dir}/{name}")
}

fn is_in_module(file: &str, module: &str) -> bool {
    file.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn file_faults(file: &str, code: &str, words: &[&str], wing: Wing) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, line) in code.lines().enumerate() {
        for word in words.iter().filter(|w| has_word(line, w)) {
            faults.push(format!(
                "{file}:{}: `{word}`: this wing touches no file, clock, environment, thread or chance",
                n + 1
            ));
        }
    }
    if matches!(wing, Wing::Pure | Wing::Flow) {
        faults.extend(hash_order(code).into_iter().map(|(line, name)| {
            format!("{file}:{line}: `{name}` is a hash map and its order reaches the outside; sort, or use a BTreeMap")
        }));
    }
    faults
}

/// True if `word` stands in `line` with no letter of a longer name before or after it.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part_of_name);
        let after = line[at + word.len()..].chars().next().is_some_and(part_of_name);
        !(before || after && word.ends_with(part_of_name))
    })
}

/// Lines that walk over a variable or field declared as a hash map or set. By name and within one file: enough to
/// catch the slip, not a proof.
fn hash_order(code: &str) -> Vec<(usize, String)> {
    let names = hash_names(code);
    let mut found = Vec::new();
    for (n, line) in code.lines().enumerate() {
        for name in &names {
            let walked = [
                "iter()",
                "keys()",
                "values()",
                "into_iter()",
                "drain()",
                "into_keys()",
                "into_values()",
                "iter_mut()",
                "values_mut()",
            ]
            .iter()
            .any(|m| has_word(line, &format!("{name}.{m}")));
            let looped = ["", "&", "&mut ", "self.", "&self."].iter().any(|p| {
                let head = format!(" in {p}{name} {{");
                line.contains(&head)
            });
            if walked || looped {
                found.push((n + 1, name.clone()));
            }
        }
    }
    found
}

fn hash_names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in code.lines() {
        let Some(at) = line.find("HashMap").or_else(|| line.find("HashSet")) else { continue };
        let before = line[..at].trim_end_matches("std::collections::").trim_end();
        let before = before.trim_end_matches("&mut").trim_end_matches('&').trim_end();
        let Some(rest) = before.strip_suffix(':').or_else(|| before.strip_suffix('=')) else { continue };
        let name: String =
            rest.trim_end().chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let name: String = name.chars().rev().collect();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole_and_only_in_code() {
        let code = source::code_only(
            "use std::fs;\n// std::fs\nlet x = my_std::fsx();\nlet i = Instantly;\nInstant::now();\n",
        );
        let faults = file_faults("a.rs", &code, &["std::fs", "Instant"], Wing::Pure);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("a.rs:1:") && faults[1].starts_with("a.rs:5:"), "{faults:?}");
    }

    #[test]
    fn walking_over_a_hash_map_is_found_and_looking_up_is_not() {
        let code = "let seen: HashSet<u8> = HashSet::new();\nif seen.contains(&1) {}\nfor s in &seen {\n}\nlet m = HashMap::new();\nm.keys().count();\n";
        assert_eq!(hash_order(code), [(3, "seen".to_owned()), (6, "m".to_owned())]);
    }

    #[test]
    fn a_tests_file_is_not_asked() {
        assert_eq!(module_prefix("crates/a/src/lib.rs", "tests"), "crates/a/src/tests");
        assert_eq!(module_prefix("crates/a/src/b.rs", "tests"), "crates/a/src/b/tests");
        assert!(is_in_module("crates/a/src/tests/x.rs", "crates/a/src/tests"));
        assert!(!is_in_module("crates/a/src/testsuite.rs", "crates/a/src/tests"));
    }
}
