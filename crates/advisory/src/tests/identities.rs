//! One vulnerability, one identity; copies of an id.

use super::{about, built, database, npm};

#[test]
fn aliases_join_whatever_names_whom() {
    let a = npm("GHSA-1", r#""CVE-2030-1""#, "a");
    let b = npm("PYSEC-1", r#""GHSA-1""#, "a");
    let c = npm("OSV-1", r#""PYSEC-1""#, "a");
    assert_eq!(about(&database(&[&a, &b, &c]), "npm", "a"), ["CVE-2030-1"]);
}

#[test]
fn without_a_cve_id_the_best_known_name_stands() {
    let a = npm("PYSEC-1", r#""GHSA-1""#, "a");
    assert_eq!(about(&database(&[&a]), "npm", "a"), ["GHSA-1"]);
    let b = npm("MAL-1", r#""GHSA-1""#, "a");
    assert_eq!(about(&database(&[&a, &b]), "npm", "a"), ["MAL-1"]);
}

#[test]
fn a_record_with_two_cve_ids_is_about_both_and_joins_neither() {
    let a = npm("GO-1", r#""CVE-1","CVE-2","GHSA-1","GHSA-2""#, "a");
    let b = npm("GHSA-1", r#""CVE-1""#, "b");
    let c = npm("GHSA-2", r#""CVE-2""#, "c");
    let database = database(&[&a, &b, &c]);
    assert_eq!(about(&database, "npm", "a"), ["CVE-1", "CVE-2"]);
    assert_eq!(about(&database, "npm", "b"), ["CVE-1"]);
    assert_eq!(about(&database, "npm", "c"), ["CVE-2"]);
}

#[test]
fn advisories_of_distributions_stand_for_what_they_name() {
    let of = |id: &str, field: &str, names: &str| {
        format!(
            r#"{{"id":"{id}","{field}":[{names}],"affected":[{{"package":{{"ecosystem":"Debian:12","name":"a"}},"versions":["1"]}}]}}"#
        )
    };
    for (id, field, names, expected) in [
        ("DSA-1-1", "related", r#""CVE-1","CVE-2""#, vec!["CVE-1", "CVE-2"]),
        ("DLA-1-1", "upstream", r#""CVE-1""#, vec!["CVE-1"]),
        ("ALSA-2030:1", "related", r#""CVE-3""#, vec!["CVE-3"]),
        ("DEBIAN-CVE-2030-4", "upstream", "", vec!["CVE-2030-4"]),
        ("USN-1-1", "upstream", r#""UBUNTU-CVE-2030-5","CVE-2030-6""#, vec!["CVE-2030-5", "CVE-2030-6"]),
        ("DSA-2-1", "related", "", vec!["DSA-2-1"]),
        ("SUSE-SU-2030:1-1", "related", r#""CVE-7""#, vec!["CVE-7"]),
    ] {
        assert_eq!(about(&database(&[&of(id, field, names)]), "Debian:12", "a"), expected, "{id}");
    }
    let ghsa = npm("GHSA-1", r#""CVE-9""#, "a");
    let named = of("DSA-3-1", "related", r#""GHSA-1""#);
    assert_eq!(about(&database(&[&named, &ghsa]), "Debian:12", "a"), ["CVE-9"]);
}

#[test]
fn an_erratum_that_names_no_vulnerability_is_left_out_and_counted() {
    let text = |related: &str| {
        format!(
            r#"{{"id":"ALBA-1","related":[{related}],"affected":[{{"package":{{"ecosystem":"AlmaLinux:9","name":"a"}},"versions":["1"]}}]}}"#
        )
    };
    let other = npm("GHSA-1", "", "b");
    assert_eq!(built(&[&text(""), &other]).summary.not_about_security, 1);
    assert_eq!(about(&database(&[&text(r#""CVE-1""#)]), "AlmaLinux:9", "a"), ["CVE-1"]);
}

fn copy(modified: &str, extra: &str, affected: &[(&str, &str, &str)]) -> String {
    let affected: Vec<String> = affected
        .iter()
        .map(|(ecosystem, name, fixed)| {
            format!(r#"{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}"#)
        })
        .collect();
    format!(r#"{{"id":"CVE-1","modified":"{modified}"{extra},"affected":[{}]}}"#, affected.join(","))
}

fn fixes(documents: &[&str], ecosystem: &str, name: &str) -> Vec<String> {
    let database = database(documents);
    let entries = database.lookup(ecosystem, name).unwrap();
    entries.iter().flat_map(|e| &e.ranges).map(|r| r.last().unwrap().1.to_owned()).collect()
}

#[test]
fn the_newest_copy_wins_for_each_ecosystem_and_package_and_the_rest_is_kept() {
    let old = copy("2030-01-01T00:00:00Z", "", &[("Debian:12", "a", "1"), ("Alpine:v3.18", "a", "1-r1")]);
    let new = copy("2030-02-01T00:00:00Z", "", &[("Debian:12", "a", "2"), ("Debian:12", "b", "3")]);
    for documents in [[old.as_str(), &new], [&new, &old]] {
        assert_eq!(fixes(&documents, "Debian:12", "a"), ["2"]);
        assert_eq!(fixes(&documents, "Debian:12", "b"), ["3"]);
        assert_eq!(fixes(&documents, "Alpine:v3.18", "a"), ["1-r1"]);
    }
}

#[test]
fn a_withdrawal_counts_if_it_is_the_newest_word() {
    let alive = |time: &str| copy(time, "", &[("Debian:12", "a", "1")]);
    let taken = |time: &str| copy(time, r#","withdrawn":"2030-01-01T00:00:00Z""#, &[("Debian:12", "a", "1")]);
    let other = npm("GHSA-1", "", "b");
    assert!(fixes(&[&alive("2030-01-01"), &taken("2030-02-01"), &other], "Debian:12", "a").is_empty());
    assert_eq!(fixes(&[&alive("2030-02-01"), &taken("2030-01-01"), &other], "Debian:12", "a"), ["1"]);
}

#[test]
fn the_order_of_documents_does_not_show() {
    let documents =
        [npm("GHSA-1", r#""CVE-1""#, "a"), npm("GHSA-2", "", "b"), npm("PYSEC-1", r#""GHSA-1""#, "a")];
    let all: Vec<&str> = documents.iter().map(String::as_str).collect();
    let mut back = all.clone();
    back.reverse();
    assert!(built(&all).bytes == built(&back).bytes);
}

#[test]
fn a_search_finds_by_any_name_by_package_and_by_words() {
    let record = npm("GHSA-aaaa-bbbb-cccc", r#""CVE-2030-1""#, "left")
        .replace(r#""affected""#, r#""summary":"Pads to the right","affected""#);
    let database = database(&[&record]);
    for text in
        ["CVE-2030-1", "cve-2030-1", "ghsa-AAAA-bbbb-cccc", "DEBIAN-CVE-2030-1", "left", "LEFT", "right pads"]
    {
        let found = database.search(text, 10).unwrap();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].detail.id, "CVE-2030-1");
        assert_eq!(found[0].affected[0].range, "< 1.2.0");
    }
    assert!(database.search("nothing", 10).unwrap().is_empty());
    assert!(database.search("", 10).unwrap().is_empty());
}

#[test]
fn a_date_far_ahead_of_a_thousand_others_is_told_and_not_believed() {
    let of = |n: usize, modified: &str| {
        npm(&format!("GHSA-{n}"), "", "a").replacen('{', &format!(r#"{{"modified":"{modified}","#), 1)
    };
    let mut records: Vec<String> = (0..1000).map(|n| of(n, "2030-01-01T00:00:00Z")).collect();
    records.push(of(1000, "2030-02-01T00:00:00Z"));
    let list = format!("[{}]", records.join(","));
    assert_eq!(database(&[&list]).info().built.date(), "2030-02-01");
    records.extend([of(1001, "2031-07-01T00:00:00Z"), of(1002, "2031-07-02T00:00:00Z")]);
    let list = format!("[{}]", records.join(","));
    assert_eq!(database(&[&list]).info().built.date(), "2030-02-01");
    assert_eq!(built(&[&list]).summary.problems.len(), 2);
}
