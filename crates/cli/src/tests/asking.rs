//! The verbs that answer questions: `explain`, `rules`, `config`, `db`, `sbom`, `completions`, help.

use serde_json::Value;

use crate::tests::fakes::Shell;

fn finding_id(shell: &Shell) -> String {
    let ran = shell.run(&["scan", "a", "-q", "--format", "json=report.json"]);
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&shell.read("report.json")).unwrap();
    report["findings"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_finding_is_explained_from_a_report_or_by_scanning_again() {
    let shell = Shell::new();
    let id = finding_id(&shell);
    let by_id = shell.run(&["explain", &id, "--report", "report.json"]);
    assert_eq!(by_id.exit, 0, "{}", by_id.err);
    for words in ["CVE-2025-0001", "GHSA-aaaa-bbbb-cccc", "left-pad", "1.2.0", "Why", "The rule"] {
        assert!(by_id.out.contains(words), "{words}: {}", by_id.out);
    }
    assert_eq!(shell.run(&["explain", &id[..6], "--report", "report.json"]).out, by_id.out);
    assert_eq!(shell.run(&["explain", "cve-2025-0001", "--report", "report.json"]).out, by_id.out);
    assert_eq!(shell.run(&["explain", &id, "a", "-q"]).out, by_id.out);
}

#[test]
fn explain_says_what_it_needs() {
    let shell = Shell::new();
    finding_id(&shell);
    shell.file("other.json", "{\"schema\": 1}");
    for (line, words) in [
        (vec!["explain", "abcd"], "no report was given"),
        (vec!["explain", "abcd", "--report", "report.json"], "no finding of this report is called `abcd`"),
        (vec!["explain", "abcd", "--report", "none.json"], "`none.json` cannot be read"),
        (vec!["explain", "abcd", "--report", "other.json"], "`other.json` is no report of `--format json`"),
        (vec!["explain", "abcd", "a", "--report", "report.json"], "not both"),
    ] {
        let ran = shell.run(&line);
        assert_eq!(ran.exit, 2, "{line:?}");
        assert!(ran.err.contains(words), "{line:?}: {}", ran.err);
    }
}

#[test]
fn rules_are_listed_and_shown() {
    let shell = Shell::new();
    let list: Value = serde_json::from_str(&shell.run(&["rules", "list", "--format", "json"]).out).unwrap();
    let rules = list.as_array().unwrap();
    assert!(!rules.is_empty());
    let table = shell.run(&["rules", "list"]).out;
    assert_eq!(table.lines().count(), rules.len() + 1);
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let page = shell.run(&["rules", "show", id]);
        assert_eq!(page.exit, 0);
        assert!(page.out.starts_with(id) && page.out.lines().count() > 3, "{id} has a page");
        assert!(!page.out.contains("//!"), "{id}");
    }
    let shown = shell.run(&["rules", "show", "pod-privileged"]).out;
    assert!(
        shown.contains("\n\nCheckov: CKV_K8S_16\n") && shown.contains("\nPolaris: runAsPrivileged\n"),
        "{shown}"
    );
    let shown = shell.run(&["rules", "show", "pod-privileged", "--format", "json"]).out;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["identifiers"][0], serde_json::json!({ "of": "checkov", "ids": ["CKV_K8S_16"] }));
    let unknown = shell.run(&["rules", "show", "nonsense"]);
    assert_eq!(unknown.exit, 2);
    assert!(unknown.err.contains("`plimsoll rules list` lists them"));
    assert_eq!(shell.run(&["rules", "list", "--control", "nonsense"]).exit, 2);
}

#[test]
fn the_effective_configuration_says_where_each_value_came_from() {
    let mut shell = Shell::new();
    shell.file("plimsoll.toml", "jobs = 3\ndatabase = \"a.db\"\n");
    shell.file("below/keep", "");
    shell.set("PLIMSOLL_FAIL_ON", "kev");
    let ran = shell.run_in("below", &["config", "show", "--color", "never"]);
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let line = |start: &str| ran.out.lines().find(|l| l.starts_with(start)).unwrap_or_default().to_owned();
    assert!(line("jobs = 3").ends_with("# from ../plimsoll.toml:1"), "{}", ran.out);
    assert!(line("database = \"../a.db\"").ends_with("# from ../plimsoll.toml:2"), "{}", ran.out);
    assert!(line("fail-on = [\"kev\"]").ends_with("# from environment PLIMSOLL_FAIL_ON"), "{}", ran.out);
    assert!(line("color = \"never\"").ends_with("# from flag --color"), "{}", ran.out);
    assert!(line("# platform").contains("default"), "{}", ran.out);
    let json: Value = serde_json::from_str(&shell.run(&["config", "show", "--format", "json"]).out).unwrap();
    assert_eq!(json.as_array().unwrap().len(), config::KEYS.len());
}

#[test]
fn every_flag_has_a_key() {
    use clap::CommandFactory;
    // Choices of one run: what a person accepts or asks for once, no file goes on accepting. `--source` is `db.sources`.
    const ONCE: [&str; 7] =
        ["accept-smaller", "against", "insecure-unsigned", "list", "older", "rematch", "source"];
    fn walk(command: &clap::Command, missing: &mut Vec<String>) {
        for flag in command.get_arguments().filter_map(|a| a.get_long()) {
            let own = format!("{}.{flag}", command.get_name());
            let known = config::KEYS.iter().any(|k| {
                k.name == flag
                    || k.name == own
                    || k.name.split_once('.').is_some_and(|(_, last)| last == flag)
            });
            if !known && !ONCE.contains(&flag) && !matches!(flag, "help" | "version" | "config") {
                missing.push(format!("{} --{flag}", command.get_name()));
            }
        }
        command.get_subcommands().for_each(|c| walk(c, missing));
    }
    let mut missing = Vec::new();
    walk(&crate::args::Cli::command(), &mut missing);
    assert!(missing.is_empty(), "{missing:?}");
    crate::args::Cli::command().debug_assert();
}

#[test]
fn the_database_is_described_searched_built_and_verified() {
    let shell = Shell::new();
    let info = shell.run(&["db", "info"]);
    assert_eq!(info.exit, 0, "{}", info.err);
    assert!(info.out.contains("demonstration") && info.out.contains("plimsoll db build"), "{}", info.out);
    let json: Value = serde_json::from_str(&shell.run(&["db", "info", "--format", "json"]).out).unwrap();
    assert_eq!(json["vulnerabilities"], 1);
    let found = shell.run(&["db", "search", "CVE-2025-0001"]);
    assert!(found.out.contains("npm left-pad"), "{}", found.out);
    let nothing = shell.run(&["db", "search", "CVE-1999-1"]);
    assert!(nothing.out.is_empty() && nothing.err.contains("does not mean"), "{}", nothing.err);
    assert!(shell.run(&["db", "verify", "--database", "x.db"]).out.contains("every checksum holds"));
    assert_eq!(shell.run(&["db", "info", "--database", "missing.db"]).exit, 2);
    assert_eq!(shell.run(&["db", "build"]).exit, 2);
    let built = shell.run(&["db", "build", "--from", "one", "two", "--out", "out.db"]);
    assert_eq!(built.exit, 3, "{}", built.err);
    assert!(
        built.out.contains("out.db") && built.err.contains("not read: b.json"),
        "{} {}",
        built.out,
        built.err
    );
}

#[test]
fn a_bill_of_materials_goes_where_it_is_told() {
    let shell = Shell::new();
    let ran = shell.run(&["sbom", "a", "-q"]);
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["bomFormat"], "CycloneDX");
    assert_eq!(shell.run(&["sbom", "a", "--format", "spdx-json", "--output", "a.spdx.json"]).exit, 0);
    assert_eq!(serde_json::from_str::<Value>(&shell.read("a.spdx.json")).unwrap()["spdxVersion"], "SPDX-2.3");
    let two = shell.run(&["sbom", "two"]);
    assert_eq!(two.exit, 2);
    assert!(two.err.contains("sbom:two/a") && two.err.contains("--output DIR/"), "{}", two.err);
    let two = shell.run(&["sbom", "two", "--output", "bills/"]);
    assert_eq!(two.out, "bills/sbom_two_a.cdx.json\nbills/sbom_two_b.cdx.json\n");
    assert_eq!(shell.run(&["sbom", "broken", "-q"]).exit, 3, "the bill may lack packages");
    assert!(shell.run(&["sbom", "a", "--format", "spdx-tag", "-q"]).out.starts_with("SPDXVersion: SPDX-2.3"));
    let xml = shell.run(&["sbom", "a", "--format", "cyclonedx-xml", "--spec-version", "1.5", "-q"]);
    assert!(xml.out.contains("http://cyclonedx.org/schema/bom/1.5"), "{}", xml.out);
    assert!(shell.run(&["sbom", "a", "--spec-version", "1.2"]).err.contains("1.3, 1.4, 1.5, 1.6, 1.7"));
    let spdx = shell.run(&["sbom", "a", "--format", "spdx-json", "--spec-version", "1.5"]);
    assert!(spdx.exit == 2 && spdx.err.contains("2.3 alone"), "{}", spdx.err);
}

#[test]
fn every_verb_has_help_and_every_shell_completions() {
    let shell = Shell::new();
    for line in [
        vec!["--help"],
        vec!["-h"],
        vec!["help"],
        vec!["help", "scan"],
        vec!["scan", "--help"],
        vec!["assess", "-h"],
        vec!["sbom", "--help"],
        vec!["db", "--help"],
        vec!["db", "build", "--help"],
        vec!["rules", "show", "--help"],
        vec!["explain", "--help"],
        vec!["config", "show", "--help"],
    ] {
        let ran = shell.run(&line);
        assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{line:?}");
        assert!(ran.out.contains("Usage:"), "{line:?}");
    }
    assert_eq!(shell.run(&["--version"]).out, "plimsoll 9.9.9\n");
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(shell.run(&["completions", name]).out.contains("plimsoll"), "{name}");
    }
}

#[test]
fn a_difference_is_shown_gated_and_written_where_it_is_told() {
    let shell = Shell::new();
    assert_ne!(shell.run(&["scan", "a", "-q", "--format", "json=before.json"]).exit, 2);
    let same = shell.run(&["diff", "before.json", "a", "-q"]);
    assert!(same.out.contains("Findings: no change"), "{}{}", same.out, same.err);
    let json = shell.run(&["diff", "before.json", "before.json", "-q", "--format", "json,markdown=diff.md"]);
    assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap()["schema"], "plimsoll.diff/1");
    assert!(shell.read("diff.md").contains("### Findings: no change"));
    assert!(shell.run(&["diff", "a", "a", "--format", "sarif"]).err.contains("table, json, markdown"));
    assert!(shell.run(&["diff", "a", "a", "--fail-on", "newer"]).err.contains("gate, column 1"));
    assert!(shell.run(&["diff", "a"]).exit == 2);
    let based = shell.run(&[
        "scan",
        "a",
        "-q",
        "--baseline",
        "before.json",
        "--fail-on",
        "new && known(new) && !unknown",
    ]);
    assert_eq!(based.exit, 0, "{}{}", based.out, based.err);
    assert_eq!(shell.run(&["scan", "a", "--baseline", "missing.json"]).exit, 2);
}

#[test]
fn an_ignore_file_becomes_openvex_and_what_cannot_is_said() {
    let shell = Shell::new();
    shell.file(
        "ignore.toml",
        "[[ignore]]\nid = 'CVE-1'\npackage = 'pkg:npm/a'\nreason = 'x'\n[[ignore]]\nid = 'CVE-2'\nreason = 'y'\n",
    );
    let ran = shell.run(&["vex", "--from", "ignore.toml"]);
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["statements"][0]["status"], "affected");
    assert!(ran.err.contains("ignore.toml:5") && ran.err.contains("not written"), "{}", ran.err);
    let taken =
        shell.run(&["vex", "--from", "ignore.toml", "--accepted-as", "not_affected", "--author", "us"]);
    let document: Value = serde_json::from_str(&taken.out).unwrap();
    assert_eq!(
        (&document["statements"][0]["status"], &document["author"]),
        (&"not_affected".into(), &"us".into())
    );
    assert_eq!(shell.run(&["vex"]).exit, 2);
    assert_eq!(shell.run(&["vex", "--from", "ignore.toml", "--accepted-as", "fine"]).exit, 2);
}

#[test]
fn a_blank_gate_beside_another_is_not_dropped() {
    let shell = Shell::new();
    for words in [["--fail-on", "", "--fail-on", "kev"], ["--control", " ", "--control", "dependencies"]] {
        let ran = shell.run(&[&["scan", "a"][..], &words[..]].concat());
        assert_eq!(ran.exit, 2, "{}", ran.out);
        assert!(ran.err.contains("is given and empty: give a value"), "{}", ran.err);
    }
}
