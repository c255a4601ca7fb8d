//! What others call what a rule asks: checks of other scanners, and controls of the frameworks that name the rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::assess::Framework;

/// The table of other scanners that is in the program.
pub const SCANNERS: &str = include_str!("../../../frameworks/scanners.toml");

/// Another scanner.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// Id.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Where its ids were looked up, with the version.
    pub source: String,
    /// Every check that it has for Kubernetes objects.
    pub ids: Vec<String>,
    /// Its checks by the rule that asks the same or a part of it.
    pub rules: BTreeMap<String, Vec<String>>,
}

/// What somebody calls a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identifiers {
    /// Id of the scanner or framework: `polaris`, `cis-kubernetes`.
    pub of: String,
    /// Its name for people.
    pub title: String,
    /// Ids, in their order there.
    pub ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scanner: Vec<Scanner>,
}

/// The scanners of the table.
///
/// # Errors
/// In words, what is wrong with the text, which a test rules out for [`SCANNERS`].
pub fn scanners(text: &str) -> Result<Vec<Scanner>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
    for scanner in &file.scanner {
        let known: BTreeSet<&String> = scanner.ids.iter().collect();
        let (rules, name) = (&scanner.rules, &scanner.name);
        if let Some(id) = rules.values().flatten().find(|id| !known.contains(id)) {
            return Err(format!("`{name}` has no check `{id}`"));
        }
        if let Some((rule, _)) = rules.iter().find(|(_, ids)| ids.is_empty()) {
            return Err(format!("`{name}`: `{rule}` is given no check; leave it out"));
        }
    }
    Ok(file.scanner)
}

/// What scanners and frameworks call each rule, by rule id, scanners first.
#[must_use]
pub fn of_rules(scanners: &[Scanner], frameworks: &[Framework]) -> BTreeMap<String, Vec<Identifiers>> {
    let mut out: BTreeMap<String, Vec<Identifiers>> = BTreeMap::new();
    for Scanner { name, title, rules, .. } in scanners {
        for (rule, ids) in rules {
            let ids = ids.clone();
            let row = Identifiers { of: name.clone(), title: title.clone(), ids };
            out.entry(rule.clone()).or_default().push(row);
        }
    }
    for framework in frameworks {
        let mut by_rule: BTreeMap<&String, Vec<String>> = BTreeMap::new();
        for control in framework.controls() {
            let rules: BTreeSet<&String> = control.see.iter().flat_map(|q| &q.rules).collect();
            rules.into_iter().for_each(|rule| by_rule.entry(rule).or_default().push(control.id.clone()));
        }
        for (rule, ids) in by_rule {
            let (of, title) = (framework.name.clone(), framework.title.clone());
            out.entry(rule.clone()).or_default().push(Identifiers { of, title, ids });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::{OTHERS, PLIMSOLL};

    fn frameworks() -> Vec<Framework> {
        let own = Framework::parse(PLIMSOLL).unwrap();
        OTHERS.iter().map(|(_, text)| Framework::parse_other(text, &own).unwrap()).collect()
    }

    #[test]
    fn every_rule_of_the_table_is_one_and_every_id_is_known() {
        let own = Framework::parse(PLIMSOLL).unwrap();
        let rules: BTreeSet<&String> = own.controls().flat_map(|c| &c.see).flat_map(|q| &q.rules).collect();
        let scanners = scanners(SCANNERS).unwrap();
        for scanner in &scanners {
            for rule in scanner.rules.keys() {
                assert!(rules.contains(rule), "{}: there is no rule `{rule}`", scanner.name);
            }
            let mut sorted = scanner.ids.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(scanner.ids, sorted, "{}: in order, each once", scanner.name);
        }
        let names: Vec<&str> = scanners.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["checkov", "kube-score", "polaris"]);
    }

    #[test]
    fn a_rule_is_called_by_scanners_and_by_the_controls_that_name_it() {
        let all = of_rules(&scanners(SCANNERS).unwrap(), &frameworks());
        let privileged = &all["pod-privileged"];
        let of: Vec<&str> = privileged.iter().map(|i| i.of.as_str()).collect();
        assert!(of.starts_with(&["checkov", "kube-score", "polaris", "cis-kubernetes"]), "{of:?}");
        assert_eq!(privileged[2].ids, ["runAsPrivileged"]);
    }

    #[test]
    fn an_id_that_nobody_has_is_refused() {
        let text = |ids: &str| {
            format!(
                "[[scanner]]\nname = \"a\"\ntitle = \"A\"\nsource = \"s\"\nids = [\"x\"]\nrules = {{ r = [{ids}] }}\n"
            )
        };
        assert!(scanners(&text("\"x\"")).is_ok());
        assert_eq!(scanners(&text("\"y\"")).unwrap_err(), "`a` has no check `y`");
        assert!(scanners(&text("")).unwrap_err().contains("leave it out"));
        assert!(scanners("scanner = 1").is_err());
    }
}
