//! CSAF and CycloneDX VEX, and OpenVEX written from an ignore file: the same matching and trace as OpenVEX.

use api::{Report, Status, Tool};
use serde_json::{Value, json};

use super::tests::{APP, LIBSSL, LOG4J, OPENSSL, Scan};
use super::{Accepted, parse_ignore, write_openvex};

fn csaf(product_status: &Value, more: &Value) -> Value {
    let package = |id: &str, purl: &str| {
        json!({"category": "product_version", "name": id, "product":
        {"product_id": id, "name": id, "product_identification_helper": {"purl": purl}}})
    };
    let mut vulnerability = json!({"cve": "CVE-2021-44228", "product_status": product_status});
    for (key, value) in more.as_object().unwrap() {
        vulnerability[key] = value.clone();
    }
    json!({
        "document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "Vendor"},
            "tracking": {"current_release_date": "2026-11-01T00:00:00Z"}},
        "product_tree": {
            "branches": [{"category": "vendor", "name": "v", "branches": [
                package("log4j", LOG4J), package("other", "pkg:maven/org.apache.logging.log4j/log4j-core@2.17.0"),
                package("unversioned", "pkg:maven/org.apache.logging.log4j/log4j-core"),
                {"category": "product_name", "name": "platform", "product": {"product_id": "platform", "name": "Platform 9"}}]}],
            "relationships": [
                {"category": "default_component_of", "product_reference": "log4j", "relates_to_product_reference": "platform",
                 "full_product_name": {"product_id": "platform:log4j", "name": "log4j of Platform 9"}},
                {"category": "default_component_of", "product_reference": "unversioned", "relates_to_product_reference": "platform",
                 "full_product_name": {"product_id": "platform:unversioned", "name": "any log4j of Platform 9"}}],
            "product_groups": [{"group_id": "all", "product_ids": ["log4j", "platform:log4j"]}]},
        "vulnerabilities": [vulnerability]})
}

#[track_caller]
fn covers(document: &Value, expected: &[&str]) -> super::Account {
    let mut scan = Scan::new();
    let account = scan.run(&[], std::slice::from_ref(document));
    assert_eq!(scan.suppressed(), expected, "{account:#?}");
    account
}

#[test]
fn a_csaf_statement_covers_the_product_it_names_with_its_reason() {
    let flag = json!({"flags": [{"label": "vulnerable_code_not_in_execute_path", "group_ids": ["all"]}]});
    let mut scan = Scan::new();
    scan.run(&[], &[csaf(&json!({"known_not_affected": ["log4j"]}), &flag)]);
    assert_eq!(scan.suppressed(), ["CVE-2021-44228"]);
    let suppression = scan.findings[1].suppression.clone().unwrap();
    assert_eq!(suppression.reason, "not_affected: vulnerable_code_not_in_execute_path");
    assert_eq!(suppression.owner.as_deref(), Some("Vendor"));
    assert_eq!(suppression.by, "shop.vex.json#/vulnerabilities/0");
    covers(&csaf(&json!({"known_not_affected": ["platform:log4j"]}), &flag), &["CVE-2021-44228"]);
    covers(&csaf(&json!({"fixed": ["log4j"]}), &json!({})), &["CVE-2021-44228"]);
    covers(&csaf(&json!({"known_affected": ["log4j"]}), &json!({})), &[]);
    covers(&csaf(&json!({"under_investigation": ["log4j"]}), &json!({})), &[]);
}

#[test]
fn a_csaf_statement_never_covers_more_than_it_says() {
    let flag = json!({"flags": [{"label": "component_not_present"}]});
    let other = covers(&csaf(&json!({"known_not_affected": ["other"]}), &flag), &[]);
    assert!(other.traces.iter().any(|t| t.why.contains("2.17.0")), "{other:#?}");
    let bare = covers(&csaf(&json!({"known_not_affected": ["log4j"]}), &json!({})), &[]);
    assert!(bare.notes.iter().any(|n| n.message.contains("without a flag")), "{bare:#?}");
    let wide = covers(&csaf(&json!({"known_not_affected": ["platform:unversioned"]}), &flag), &[]);
    assert!(wide.notes.iter().any(|n| n.message.contains("Platform 9")), "{wide:#?}");
    let both = csaf(&json!({"known_not_affected": ["log4j"], "known_affected": ["log4j"]}), &flag);
    assert!(covers(&both, &[]).notes.iter().any(|n| n.message.contains("at once")));
    let missing = covers(&csaf(&json!({"fixed": ["nowhere"]}), &json!({})), &[]);
    assert!(missing.notes.iter().any(|n| n.message.contains("product tree")));
}

fn cyclonedx(analysis: &Value, affects: &Value) -> Value {
    json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"timestamp": "2026-11-01T00:00:00Z"},
        "components": [{"type": "library", "bom-ref": "log", "name": "log4j-core", "purl": LOG4J}],
        "vulnerabilities": [{"id": "GHSA-jfh8-c2jp-5v3q", "analysis": analysis, "affects": affects}]})
}

#[test]
fn a_cyclonedx_analysis_covers_what_it_affects() {
    let not =
        json!({"state": "not_affected", "justification": "code_not_reachable", "detail": "never called"});
    let link = format!("urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#{}", LOG4J.replace('@', "%40"));
    for reference in ["log", LOG4J, link.as_str()] {
        covers(&cyclonedx(&not, &json!([{"ref": reference}])), &["CVE-2021-44228"]);
    }
    let mut scan = Scan::new();
    scan.run(&[], &[cyclonedx(&not, &json!([{"ref": "log"}]))]);
    let reason = scan.findings[1].suppression.clone().unwrap().reason;
    assert_eq!(reason, "not_affected: vulnerable_code_not_in_execute_path: never called");
    covers(&cyclonedx(&json!({"state": "false_positive"}), &json!([{"ref": "log"}])), &["CVE-2021-44228"]);
    covers(&cyclonedx(&json!({"state": "resolved"}), &json!([{"ref": "log"}])), &["CVE-2021-44228"]);
    for state in ["exploitable", "in_triage"] {
        covers(&cyclonedx(&json!({"state": state}), &json!([{"ref": "log"}])), &[]);
    }
}

#[test]
fn a_cyclonedx_analysis_of_other_versions_or_without_reason_covers_nothing() {
    let not = json!({"state": "not_affected", "detail": "x"});
    covers(&cyclonedx(&not, &json!([{"ref": "log", "versions": [{"version": "2.17.0"}]}])), &[]);
    covers(
        &cyclonedx(&not, &json!([{"ref": "log", "versions": [{"version": "2.14.1"}]}])),
        &["CVE-2021-44228"],
    );
    let range =
        covers(&cyclonedx(&not, &json!([{"ref": "log", "versions": [{"range": "vers:maven/<2.15"}]}])), &[]);
    assert!(range.notes.iter().any(|n| n.message.contains("range")));
    let bare = covers(&cyclonedx(&json!({"state": "not_affected"}), &json!([{"ref": "log"}])), &[]);
    assert!(bare.notes.iter().any(|n| n.message.contains("without `justification`")));
    let nowhere = covers(&cyclonedx(&not, &json!([{"ref": "nowhere"}])), &[]);
    assert!(nowhere.notes.iter().any(|n| n.message.contains("`nowhere`")));
}

fn report(scan: &Scan) -> Report {
    Report {
        schema: api::SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: "0".to_owned() },
        as_of: "2026-11-25".parse().unwrap(),
        database: None,
        targets: scan.targets.clone(),
        packages: scan.packages.clone(),
        rules: Vec::new(),
        links: Vec::new(),
        workloads: None,
        findings: scan.findings.clone(),
        doubts: Vec::new(),
        ledger: model::Ledger::default(),
        notes: Vec::new(),
        controls: Vec::new(),
        score: None,
        framework: None,
        verdict: crate::gate::verdict(Vec::new(), &[]),
    }
}

const ENTRIES: &str = "[[ignore]]\nid = 'CVE-2021-44228'\nreason = 'lookups are off'\nowner = 'payments'\n\
                       justification = 'vulnerable_code_not_in_execute_path'\n\
                       [[ignore]]\nid = 'CVE-2026-1'\nreason = 'we live with it'\nuntil = 2027-01-01\n\
                       [[ignore]]\nrule = 'setuid-file'\nreason = 'no vulnerability'\n";

#[test]
fn what_is_written_from_an_ignore_file_is_read_back_with_the_same_decisions() {
    let file = parse_ignore("plimsoll-ignore.toml", ENTRIES.as_bytes()).unwrap();
    let as_of = "2026-11-25".parse().unwrap();
    let reports = [report(&Scan::new())];
    let honest = write_openvex(&file, &reports, None, Accepted::Affected, as_of, "0.1.0");
    assert_eq!(honest.statements, 2);
    let document: Value = serde_json::from_str(&honest.text).unwrap();
    assert_eq!(document["author"], "payments");
    let mut scan = Scan::new();
    let account = scan.run(&[], &[document]);
    assert!(account.notes.iter().all(|n| !n.message.contains("not applied")), "{account:#?}");
    // What is only accepted is not said to do no harm.
    assert_eq!(scan.suppressed(), ["CVE-2021-44228"]);
    assert!(honest.notes.iter().any(|n| n.contains("as `affected`")), "{honest:#?}");
    assert!(honest.notes.iter().any(|n| n.contains("covers no finding about a vulnerability")));
    let asked = write_openvex(&file, &reports, Some("us"), Accepted::NotAffected, as_of, "0.1.0");
    let mut scan = Scan::new();
    scan.run(&[], &[serde_json::from_str(&asked.text).unwrap()]);
    assert_eq!(scan.suppressed(), ["CVE-2026-1", "CVE-2021-44228"]);
    assert!(scan.findings.iter().filter(|f| f.status == Status::Open).all(|f| f.vulnerability.is_none()));
}

#[test]
fn without_a_report_only_what_an_entry_says_by_itself_is_written() {
    let text = format!(
        "[[ignore]]\nid = 'CVE-2021-44228'\npackage = '{LOG4J}'\nreason = 'x'\n\
         [[ignore]]\nid = 'CVE-2026-1'\npackage = 'openssl'\nreason = 'x'\n\
         [[ignore]]\nid = 'CVE-2026-1'\npackage = '{OPENSSL}'\npath = 'a/**'\nreason = 'x'\n\
         [[ignore]]\nid = 'CVE-2026-1'\npackage = '{LIBSSL}'\nreason = 'x'\nuntil = 2020-01-01\n\
         [[ignore]]\npackage = '{APP}'\nreason = 'x'\n"
    );
    let file = parse_ignore("i.toml", text.as_bytes()).unwrap();
    let as_of = "2026-11-25".parse().unwrap();
    let written = write_openvex(&file, &[], None, Accepted::NotAffected, as_of, "0.1.0");
    assert_eq!(written.statements, 1, "{}", written.text);
    assert_eq!(written.notes.len(), 4, "{:#?}", written.notes);
}

#[test]
fn a_justification_that_is_none_is_refused_with_its_line() {
    let text = "[[ignore]]\nid = 'CVE-1'\nreason = 'x'\njustification = 'because'\n";
    let error = parse_ignore("i.toml", text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("`because` is no justification"), "{error}");
}
