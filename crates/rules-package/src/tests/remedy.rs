//! Packages judged again where their findings send them.

use std::collections::BTreeSet;

use super::cases::{database, package};
use crate::{Memory, Raised, Wanted, raise};

/// An advisory about Go's library that `fixes` end, a pair of versions each.
fn record(id: &str, fixes: &[(&str, &str)]) -> String {
    let ranges: Vec<String> = fixes
        .iter()
        .map(|(from, fixed)| {
            format!(r#"{{"type":"SEMVER","events":[{{"introduced":"{from}"}},{{"fixed":"{fixed}"}}]}}"#)
        })
        .collect();
    format!(
        r#"{{"id":"{id}","modified":"2026-11-20T00:00:00Z","affected":[{{"package":{{"ecosystem":"Go","name":"stdlib"}},"ranges":[{}]}}]}}"#,
        ranges.join(",")
    )
}

fn raised(line: &str, fixed: &[&str], branches: &[&str]) -> Raised {
    let all = [
        record("GO-1", &[("0", "1.25.4"), ("1.26.0-0", "1.26.2")]),
        record("GO-2", &[("1.26.0-0", "1.26.5")]),
        record("GO-3", &[("1.27.0-0", "1.28.1")]),
    ];
    let database = database(&[("list.json", &format!("[{}]", all.join(",")))], &["Go"]);
    let mut memory = Memory::new(&database, None);
    let wanted =
        Wanted { fixed: fixed.iter().copied().collect(), branches: branches.iter().copied().collect() };
    raise(&mut memory, &package(line), &wanted, &BTreeSet::new()).unwrap()
}

#[test]
fn a_branch_is_judged_at_the_release_that_nothing_affects() {
    let old = "golang stdlib 1.20.3";
    assert_eq!(raised(old, &[], &["1.26"]), Raised::Clean("1.26.5".into()));
    assert_eq!(raised(old, &["1.25.4"], &["1.26"]), Raised::Clean("1.26.5".into()));
    assert_eq!(raised(old, &["1.25.4"], &[]), Raised::Clean("1.25.4".into()));
    // What no release of the branch fixes stays, and a version that fixes one finding is not left for another.
    assert_eq!(raised(old, &[], &["1.27"]), Raised::Affected("1.27".into(), vec!["GO-3".into()]));
    assert_eq!(raised(old, &["1.26.2"], &[]), Raised::Affected("1.26.2".into(), vec!["GO-2".into()]));
}

#[test]
fn a_branch_of_what_no_advisory_speaks_of_is_unknown() {
    let said = raised("generic node 20.1.0 path=usr/bin/node", &[], &["24"]);
    assert_eq!(said, Raised::Unknown("whether anything affects 24 is not known".into()));
}
