//! Suite `polaris`: objects that a check of Polaris must pass (`success*`) or fail (`failure*`), a folder a check. A
//! case passes if one of our rules that ask the same fails an object of the file where the check does, and none where it
//! passes. The table `frameworks/scanners.toml` says which rules those are; a check without one is a case that fails, and is argued. `mutated*` is
//! what Polaris would write, `check.yaml` a check that somebody configured: neither is a case.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use eval::identifiers::{SCANNERS, scanners};
use rules_cluster::{RULES, Subject, Surroundings};

use crate::{SuiteResult, walk};

/// Checks of Polaris and the rules that ask the same, from the table of what other scanners call our rules.
fn rules_of() -> Result<BTreeMap<String, Vec<String>>> {
    let scanners = scanners(SCANNERS).map_err(|e| anyhow!("frameworks/scanners.toml: {e}"))?;
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (rule, checks) in scanners.into_iter().filter(|s| s.name == "polaris").flat_map(|s| s.rules) {
        checks.into_iter().for_each(|check| out.entry(check).or_default().push(rule.clone()));
    }
    Ok(out)
}

/// Runs every case under `suites/polaris`.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("polaris");
    let rules_of = rules_of()?;
    let root = shared.join("suites/polaris/checks");
    for file in walk::files(&root)? {
        let name = walk::name(&root, &file);
        let Some((check, case_name)) = name.split_once('/') else { continue };
        let wanted = match (case_name.starts_with("success"), case_name.starts_with("failure")) {
            (true, _) => true,
            (_, true) => false,
            _ => continue,
        };
        let answer = match rules_of.get(check) {
            Some(rules) => case(&walk::read(&file)?, rules, wanted),
            None => Err("no rule asks this".to_owned()),
        };
        result.case(&name, answer);
    }
    Ok(result)
}

fn case(text: &str, rules: &[String], wanted: bool) -> Result<(), String> {
    let mut objects = Vec::new();
    let summary = manifest::read(text.as_bytes(), &mut |o| objects.push(o));
    if !summary.flaws.is_empty() {
        return Err(format!("{:?}", summary.flaws));
    }
    let mut around = Surroundings::default();
    objects.iter().for_each(|object| around.see(object));
    let mut faults = Vec::new();
    for object in &objects {
        let subject = Subject::of("case.yaml", object, &around);
        for rule in RULES.iter().filter(|r| rules.iter().any(|id| id == r.id)) {
            faults.extend(
                (rule.judge)(&subject).faults.into_iter().map(|f| format!("{}: {}", rule.id, f.message)),
            );
        }
    }
    match (wanted, faults.first()) {
        (true, Some(fault)) => Err(format!("must pass: {fault}")),
        (false, None) => Err(format!("must fail: {}", rules.join(", "))),
        _ => Ok(()),
    }
}
