//! The committed floors: what passed once must pass for good, and every case that does not pass has a reason.

use anyhow::Result;
use serde::Deserialize;

use crate::SuiteResult;

/// `yardsticks.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floors {
    suite: Vec<Floor>,
}

/// The floor of one suite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    suite: String,
    passed: u64,
    total: u64,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Why a case does not pass.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// How the case's line begins.
    case: String,
    reason: String,
}

/// What is wrong with `results` by the floors in `text`; empty is good.
///
/// A tree with another number of cases than the floor's has no floor to fall below: it is held to the exceptions alone.
pub(crate) fn check(text: &str, results: &[SuiteResult]) -> Result<Vec<String>> {
    let floors: Floors = toml::from_str(text)?;
    let mut complaints = Vec::new();
    for result in results {
        match floors.suite.iter().find(|f| f.suite == result.suite) {
            Some(floor) => check_suite(floor, result, &mut complaints),
            None => complaints.push(format!("{}: has no floor", result.suite)),
        }
    }
    Ok(complaints)
}

fn check_suite(floor: &Floor, result: &SuiteResult, complaints: &mut Vec<String>) {
    let name = &result.suite;
    let same_tree = floor.total == result.total;
    if same_tree && result.passed < floor.passed {
        complaints.push(format!("{name}: {} cases pass, the floor is {}", result.passed, floor.passed));
    }
    if same_tree && floor.passed < result.passed {
        complaints.push(format!("{name}: {} cases pass: raise the floor of {}", result.passed, floor.passed));
    }
    for case in &result.failed {
        if !floor.exceptions.iter().any(|e| case.starts_with(&e.case)) {
            complaints.push(format!("{name}: without a reason: {case}"));
        }
    }
    for exception in &floor.exceptions {
        if exception.reason.trim().is_empty() {
            complaints.push(format!("{name}: exception `{}` gives no reason", exception.case));
        }
        if same_tree && !result.failed.iter().any(|case| case.starts_with(&exception.case)) {
            complaints.push(format!("{name}: exception `{}` passes now: remove it", exception.case));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::SuiteResult;

    const FLOORS: &str = "
        [[suite]]
        suite = 'colours'
        passed = 2
        total = 3
        exceptions = [{ case = 'blue', reason = 'the sea says otherwise' }]
    ";

    fn result(passed: u64, failed: &[&str]) -> SuiteResult {
        SuiteResult {
            suite: "colours".to_owned(),
            passed,
            total: passed + failed.len() as u64,
            failed: failed.iter().map(|s| (*s).to_owned()).collect(),
        }
    }

    #[test]
    fn a_floor_holds_rises_and_never_falls() {
        let complaints = |r: SuiteResult| check(FLOORS, &[r]).unwrap();
        assert_eq!(complaints(result(2, &["blue: got green"])), Vec::<String>::new());
        assert_eq!(complaints(result(1, &["blue: x", "red: y"])).len(), 2);
        let better = complaints(result(3, &[]));
        assert_eq!(better.len(), 2, "{better:?}");
        // Another tree: no floor, but every failure still needs its reason.
        assert_eq!(complaints(result(7, &["blue: x", "grey: y"])), ["colours: without a reason: grey: y"]);
    }
}
