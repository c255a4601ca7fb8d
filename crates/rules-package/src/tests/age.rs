//! Advisories that are too old to answer.

use std::sync::Arc;

use advisory::db::{Builder, Database, FeedInfo};

use super::cases::{database, package};
use crate::{Knowledge, MaxAge, judge};

const DAY: i64 = 86_400;

fn record(id: &str, ecosystem: &str, modified: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"{modified}T00:00:00Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"x"}},"versions":["1"]}}]}}"#
    )
}

/// Reasons of the doubts about `line`, and how many packages the rule passed.
fn doubts(line: &str, end_of_life: Option<&str>, max_age: MaxAge) -> (Vec<String>, u64) {
    let all = [
        record("X-1", "Alpine:v3.18", "2025-02-16"),
        record("X-2", "Hex", "2026-08-01"),
        record("X-3", "npm", "2026-11-20"),
    ];
    let database = database(&[("list.json", &format!("[{}]", all.join(",")))], &["Alpine", "Hex", "npm"]);
    let mut package = package(line);
    if let Some(distribution) = &mut package.distribution {
        distribution.end_of_life = end_of_life.map(str::to_owned);
    }
    let knowledge = Knowledge {
        database: &database,
        as_of: "2026-11-25".parse().unwrap(),
        max_age,
        min_package_age: None,
    };
    let judged = judge("t", &[package], &["a".into()], Some(&knowledge));
    let passed = judged.outcome.rules.iter().map(|r| r.passed).sum();
    (judged.outcome.doubts.into_iter().map(|d| d.reason).collect(), passed)
}

const ALPINE: &str = "apk musl 1.2-r0 source=musl/1.2-r0 distribution=alpine:3.18.9";

#[test]
fn complete_advisories_that_are_old_are_in_doubt() {
    let (reasons, passed) = doubts(ALPINE, None, MaxAge::Usual);
    let expected = "the advisories for Alpine are 647 days old (newest of 2025-02-16), more than 30 days allowed: what was \
                    published since is not known";
    assert_eq!((reasons, passed), (vec![expected.to_owned()], 0));
    assert_eq!(doubts("npm left 1.0.0", None, MaxAge::Usual).0, Vec::<String>::new());
}

#[test]
fn a_quiet_registry_may_be_quiet_and_a_dead_release_stay_as_it_is() {
    assert!(doubts("hex plug 1.0.0", None, MaxAge::Usual).0.is_empty());
    assert!(doubts(ALPINE, Some("2025-02-20"), MaxAge::Usual).0.is_empty());
    assert_eq!(doubts(ALPINE, Some("2025-05-09"), MaxAge::Usual).0.len(), 1);
}

#[test]
fn a_bound_in_writing_holds_for_all_and_none_for_none() {
    assert!(doubts("npm left 1.0.0", None, MaxAge::AtMost(7 * DAY)).0.is_empty());
    let (reasons, _) = doubts("npm left 1.0.0", None, MaxAge::AtMost(DAY / 2));
    assert!(reasons[0].contains("more than 12 hours allowed"), "{reasons:?}");
    assert_eq!(doubts("hex plug 1.0.0", None, MaxAge::AtMost(7 * DAY)).0.len(), 1);
    assert_eq!(doubts(ALPINE, Some("2025-02-20"), MaxAge::AtMost(7 * DAY)).0.len(), 1);
    assert!(doubts(ALPINE, None, MaxAge::Any).0.is_empty());
}

#[test]
fn a_target_names_who_answered_and_of_when() {
    let list = format!("[{}]", record("X-1", "Alpine:v3.18", "2025-02-16"));
    let database = database(&[("list.json", &list)], &["Alpine"]);
    let knowledge = Knowledge {
        database: &database,
        as_of: "2026-11-25".parse().unwrap(),
        max_age: MaxAge::Usual,
        min_package_age: None,
    };
    let packages = [package(ALPINE), package("npm left 1.0.0"), package(ALPINE)];
    let ids = ["a".into(), "b".into(), "c".into()];
    let sources = judge("t", &packages, &ids, Some(&knowledge)).sources;
    assert_eq!(sources.len(), 1);
    assert_eq!(
        (sources[0].ecosystem.as_str(), sources[0].age_days, sources[0].packages),
        ("Alpine", Some(647), 2)
    );
}

#[test]
fn advisories_without_dates_are_of_unknown_age() {
    let text = r#"[{"id":"X-1","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1"]}]}]"#;
    let database = database(&[("list.json", text)], &["npm"]);
    let knowledge = Knowledge {
        database: &database,
        as_of: "2026-11-25".parse().unwrap(),
        max_age: MaxAge::Usual,
        min_package_age: None,
    };
    let judged = judge("t", &[package("npm left 1.0.0")], &["a".into()], Some(&knowledge));
    assert!(judged.outcome.doubts[0].reason.contains("is not known: their records carry no dates"));
    assert_eq!(judged.sources[0].age_days, None);
}

/// A database of Debian from two feeds, the tracker of `tracker` and OSV's of `osv`.
fn of_two_feeds(tracker: Option<&str>, osv: &str) -> Database {
    let mut builder = Builder::new();
    let list = format!("[{}]", record("X-1", "Debian:12", "2026-11-20"));
    builder.add(advisory::read("list.json", list.as_bytes()));
    builder.declare("Debian", advisory::Coverage::Complete);
    for (name, ecosystem, modified) in [
        ("debian-tracker", "Debian", tracker),
        ("osv-debian", "Debian", Some(osv)),
        ("osv-npm", "npm", Some("2020-01-01")),
        ("debian-next", "Debian:13", Some("2020-01-01")),
    ] {
        let modified = modified.map(|day| day.parse().unwrap());
        let ecosystem = Some(ecosystem.to_owned());
        builder.feed(FeedInfo {
            name: name.to_owned(),
            ecosystem,
            modified,
            records: 1,
            ..FeedInfo::default()
        });
    }
    Database::open(Arc::new(builder.finish().unwrap().bytes)).unwrap()
}

#[test]
fn a_feed_that_stands_still_does_not_hide_behind_a_fresh_one() {
    let asked = |database: &Database, max_age| {
        let as_of = "2026-11-25".parse().unwrap();
        let knowledge = Knowledge { database, as_of, max_age, min_package_age: None };
        let package = package("deb zlib1g 1.2 source=zlib/1.2 distribution=debian:12");
        let judged = judge("t", &[package], &["a".into()], Some(&knowledge));
        let feed = judged.sources[0].oldest_feed.as_ref().map(|f| f.name.clone());
        (judged.outcome.doubts.into_iter().map(|d| d.reason).collect::<Vec<_>>(), feed)
    };
    let week = MaxAge::AtMost(7 * DAY);
    let still = of_two_feeds(Some("2026-11-24"), "2026-10-01");
    let (reasons, feed) = asked(&still, week);
    assert_eq!(feed.as_deref(), Some("osv-debian"));
    assert!(
        reasons[0].starts_with("the advisories for Debian of the feed `osv-debian` are 55 days old"),
        "{reasons:?}"
    );
    assert_eq!(asked(&still, MaxAge::Usual).0.len(), 1);
    assert!(asked(&still, MaxAge::Any).0.is_empty());
    let undated = asked(&of_two_feeds(None, "2026-11-24"), week).0;
    let why = "how old the advisories for Debian of the feed `debian-tracker` are is not known: its date is not known";
    assert_eq!(undated, [why]);
    assert!(asked(&of_two_feeds(Some("2026-11-24"), "2026-11-23"), week).0.is_empty());
}
