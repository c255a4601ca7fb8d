//! Feeds, sound and broken.

use super::{database, sound};
use crate::{Coverage, Event, Kind, Rating, read};

#[test]
fn a_record_of_osv_is_read_whole() {
    let parsed = sound(
        "a.json",
        r#"{"schema_version":"1.6.0","id":"GHSA-1","modified":"2030-01-02T03:04:05.678Z","published":"2030-01-01T00:00:00Z",
        "aliases":["CVE-1"],"related":["CVE-9"],"summary":"A  bug","details":"long","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected":[{"package":{"ecosystem":"PyPI","name":"Foo_Bar"},"ranges":[
          {"type":"GIT","events":[{"introduced":"0"}]},
          {"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2"}]}],"versions":["1.0","1.1","1.3"]}],
        "references":[{"type":"WEB","url":"https://b"},{"type":"ADVISORY","url":"https://a"},{"type":"WEB","url":"ftp://c"}],
        "database_specific":{"severity":"CRITICAL","cwe_ids":["CWE-1"]}}"#,
    );
    let record = &parsed.records[0];
    assert_eq!((record.id.as_str(), record.summary.as_str()), ("GHSA-1", "A bug"));
    assert_eq!(record.related, [""; 0], "what a plain record is related to is not itself");
    assert_eq!(record.urls, ["https://a", "https://b"]);
    assert_eq!(record.ratings.len(), 2);
    assert_eq!(record.ratings[1], Rating::Word("CRITICAL".into()));
    let affected = &record.affected[0];
    assert_eq!(affected.name, "foo-bar");
    assert_eq!(affected.versions, ["1.3"], "versions that the range covers are said once");
    assert_eq!(affected.ranges.len(), 1, "ranges of commits say nothing of versions");
    assert_eq!(affected.ranges[0].events[1], Event { kind: Kind::Fixed, version: "1.2".into() });
}

#[test]
fn null_numbers_and_empty_packages_do_not_lose_a_record() {
    let parsed = sound(
        "a.json",
        r#"{"id":"X-1","aliases":null,"severity":null,"database_specific":null,"withdrawn":null,"affected":[
        {"package":{},"versions":null},{"package":null},
        {"package":{"ecosystem":"npm","name":"a"},"ecosystem_specific":{"severity":{"x":1}},"versions":[1.5]}]}"#,
    );
    assert_eq!(parsed.records[0].affected.len(), 1);
    assert_eq!(parsed.records[0].affected[0].versions, ["1.5"]);
}

#[test]
fn yaml_keeps_versions_as_they_are_written() {
    let parsed = sound(
        "PYSEC-1.yaml",
        "id: PYSEC-1\nmodified: \"2030-01-01T00:00:00Z\"\nsummary: null\naffected:\n- package: {name: a, ecosystem: PyPI}\n  versions:\n  - 1.10\n  - \"1.0\"\n  - 2e3\n",
    );
    assert_eq!(parsed.records[0].affected[0].versions, ["1.10", "1.0", "2e3"]);
}

#[test]
fn a_list_and_a_sequence_of_records_are_read() {
    assert_eq!(sound("a.json", r#"[{"id":"A-1"},{"id":"A-2"}]"#).records.len(), 2);
    assert_eq!(sound("a.jsonl", "{\"id\":\"A-1\"}\n{\"id\":\"A-2\"}\n").records.len(), 2);
}

#[test]
fn what_cannot_be_read_is_named_with_its_reason() {
    for (name, text, reason) in [
        ("a.json", "{", "no OSV record"),
        ("a.json", "{\"ident\": 1}", "missing field `id`"),
        ("a.json", "{\"id\": \" \"}", "without id"),
        ("a.json", "{\"id\": \"A\", \"modified\": \"soon\"}", "not a time"),
        ("a.yaml", "id: [", "no YAML"),
        ("a.yaml", "id: &a x\naliases: [*a]", "alias"),
        ("a.txt", "hello", "neither OSV"),
        ("a.json", "", "empty"),
        ("a.json.gz", "\u{1f}\u{8b}", "neither OSV"),
    ] {
        let problems = read(name, text.as_bytes()).problems;
        assert!(problems.iter().any(|p| p.reason.contains(reason)), "{text}: {problems:?}");
    }
    assert!(read("a.json.gz", &[0x1f, 0x8b, 8, 0]).problems[0].reason.contains("gzip"));
}

#[test]
fn a_security_database_of_alpine_names_fixes_by_package() {
    let parsed = sound(
        "main.json",
        r#"{"apkurl":"x","reponame":"main","urlprefix":"https://dl","distroversion":"v3.18","packages":[
        {"pkg":{"name":"a","secfixes":{"1.0-r1":["CVE-2030-1 (+ regression fix)","XSA-1"],"1.0-r10":["cve-2030-1"],
        "0":["CVE-2030-2"],"1.0-r2":["CVE-2030-3 XSA-3"],"1.0-r3":null}}}]}"#,
    );
    let said: Vec<(String, String, Vec<String>)> = parsed
        .records
        .iter()
        .map(|r| {
            let range = r.affected[0].ranges.first().map(|range| range.events[1].version.clone());
            (r.id.clone(), range.unwrap_or_else(|| "none".to_owned()), r.aliases.clone())
        })
        .collect();
    let row = |id: &str, fixed: &str, aliases: &[&str]| {
        (id.to_owned(), fixed.to_owned(), aliases.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(
        said,
        [
            row("CVE-2030-1", "1.0-r10", &[]),
            row("CVE-2030-2", "none", &[]),
            row("CVE-2030-3", "1.0-r2", &["XSA-3"]),
            row("XSA-1", "1.0-r1", &[])
        ]
    );
}

#[test]
fn a_catalogue_that_holds_all_it_counts_is_complete() {
    let whole = sound(
        "kev.json",
        r#"{"catalogVersion":"1","dateReleased":"2030-01-01","count":1,"vulnerabilities":[{"cveID":"CVE-1","dateAdded":"2030-01-02","knownRansomwareCampaignUse":"Known"}]}"#,
    );
    assert_eq!(whole.coverage, [("kev".to_owned(), Coverage::Complete)]);
    assert!(whole.kev[0].ransomware);
    assert_eq!(whole.snapshots[0].1.date(), "2030-01-02");
    let part = sound("kev.json", r#"{"catalogVersion":"1","count":2,"vulnerabilities":[{"cveID":"CVE-1"}]}"#);
    assert_eq!(part.coverage, [("kev".to_owned(), Coverage::Partial)]);
}

#[test]
fn rows_of_epss_are_exact_and_broken_ones_are_told() {
    let parsed = read("e.csv", b"#model_version:v1,score_date:2030-01-06T00:00:00+0000\ncve,epss,percentile\nCVE-1,0.03351,0.8765\nCVE-2,x,1\nCVE-3,1.5,1\n");
    assert_eq!(parsed.epss, [("CVE-1".to_owned(), 33_510_000, 876_500_000)]);
    assert_eq!(parsed.problems.len(), 2);
    assert_eq!(parsed.problems[0].r#where, "e.csv:4");
}

#[test]
fn the_severity_comes_from_the_newest_cvss_and_names_its_source() {
    let v3 = r#"{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}"#;
    let v4 =
        r#"{"type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}"#;
    let v2 = r#"{"type":"CVSS_V2","score":"AV:N/AC:L/Au:N/C:C/I:C/A:C"}"#;
    let of = |id: &str, list: &str| {
        format!(
            r#"{{"id":"{id}","aliases":["CVE-1"],"severity":[{list}],"affected":[{{"package":{{"ecosystem":"npm","name":"a"}},"versions":["1"]}}]}}"#
        )
    };
    let detail = |documents: &[&str]| {
        let database = database(documents);
        let entry = database.lookup("npm", "a").unwrap()[0].advisory;
        database.detail(database.advisory(entry).unwrap().vulnerabilities[0]).unwrap()
    };
    let (a, b) = (of("GHSA-1", v3), of("PYSEC-1", &format!("{v2},{v4}")));
    let found = detail(&[&a, &b]);
    let severity = found.severity.unwrap();
    assert_eq!((severity.severity.as_str(), severity.source.as_str()), ("critical", "PYSEC-1"));
    assert_eq!(found.cvss.iter().map(|c| c.version.as_str()).collect::<Vec<_>>(), ["4.0", "3.1", "2.0"]);
    assert!((found.cvss[2].score - 10.0).abs() < 1e-9);
    let word = r#"{"id":"GHSA-1","database_specific":{"severity":"MODERATE"},"affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["1"]}]}"#;
    assert_eq!(detail(&[word]).severity.unwrap().how, "rated MODERATE");
}

#[test]
fn the_tracker_of_arch_says_what_is_fixed_open_and_not_affected() {
    let parsed = sound(
        "all.json",
        r#"[{"name":"AVG-1","packages":["pam","lib32-pam"],"status":"Fixed","severity":"Medium","type":"denial of service",
             "affected":"1.5.3-1","fixed":"1.6.0-1","ticket":null,"issues":["CVE-2024-22365"],"advisories":["ASA-202401-1"]},
            {"name":"AVG-2","packages":["vim"],"status":"Vulnerable","severity":"High","affected":"9-1","fixed":null,
             "issues":["CVE-2024-1","CVE-2024-22365"],"advisories":[]},
            {"name":"AVG-3","packages":["grub"],"status":"Not affected","severity":"Unknown","affected":"1-1","fixed":"2-1",
             "issues":["CVE-2024-2"],"advisories":[]},
            {"name":"AVG-4","packages":["zlib"],"status":"Unknown","severity":"Unknown","affected":"1-1","fixed":null,
             "issues":["CVE-2024-3"],"advisories":[]}]"#,
    );
    let of = |id: &str| parsed.records.iter().find(|r| r.id == id).unwrap();
    let shared = of("CVE-2024-22365");
    assert_eq!(shared.related, ["AVG-1", "ASA-202401-1", "AVG-2"]);
    let names: Vec<&str> = shared.affected.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["pam", "lib32-pam", "vim"]);
    assert_eq!(
        shared.affected[0].ranges[0].events[1],
        Event { kind: Kind::Fixed, version: "1.6.0-1".into() }
    );
    assert_eq!(shared.affected[0].ratings, [Rating::Word("Medium".into())]);
    assert_eq!(shared.affected[2].ranges[0].events.len(), 1, "not fixed yet");
    let stance = |id: &str| of(id).affected[0].statement.as_ref().unwrap().stance;
    assert_eq!(stance("CVE-2024-2"), crate::Stance::NotAffected);
    assert_eq!(stance("CVE-2024-3"), crate::Stance::Undetermined);
    assert_eq!(parsed.coverage, [("Arch Linux".to_owned(), Coverage::Partial)]);
    let broken = r#"[{"name":"AVG-1","packages":["a"],"status":"Fixed","issues":["CVE-1"]},
                     {"name":"AVG-2","packages":["a"],"status":"Odd","issues":["CVE-1"]},
                     {"name":"AVG-3","packages":[],"status":"Fixed","fixed":"1","issues":[]}]"#;
    assert_eq!(read("all.json", broken.as_bytes()).problems.len(), 3);
}

#[test]
fn the_feed_of_photon_names_its_release_in_its_versions_and_a_fix_counts_above_a_denial() {
    let row = |id: &str, package: &str, fixed: &str, status: &str| {
        format!(
            r#"{{"cve_id":"{id}","pkg":"{package}","cve_score":7.5,"aff_ver":"all versions before {fixed} are vulnerable","res_ver":"{fixed}"{status}}}"#
        )
    };
    let fixed = r#","status":"Fixed""#;
    let denied = r#","status":"Not Affected""#;
    let rows = [
        row("CVE-2024-1", "expat", "NA", denied),
        row("CVE-2024-1", "curl", "8.1.2-3.ph5", fixed),
        row("CVE-2024-2", "curl", "NA", denied),
        row("CVE-2024-2", "curl", "8.1.2-4.ph5", ""),
        row("BDSA-2024-1", "curl", "8.1.2-4.ph5", fixed),
    ];
    let parsed = sound("cve_data_photon5.0.json", &format!("[{}]", rows.join(",")));
    assert_eq!(parsed.records.len(), 2);
    let first = &parsed.records[0].affected;
    assert!(first.iter().all(|a| a.ecosystem == "Photon OS:5.0" && a.primary));
    assert!(first[0].name == "curl" && first[1].statement.is_some());
    let second = &parsed.records[1].affected;
    assert_eq!(second[0].ranges[0].events[1], Event { kind: Kind::Fixed, version: "8.1.2-4.ph5".into() });
    let odd = format!("[{},{}]", row("CVE-1", "a", "NA", fixed), row("CVE-1", "b", "1-1.ph4", fixed));
    assert_eq!(read("a.json", odd.as_bytes()).problems.len(), 1);
    let nothing = format!("[{}]", row("CVE-1", "a", "NA", denied));
    assert!(read("a.json", nothing.as_bytes()).problems[0].reason.contains("release"));
}
