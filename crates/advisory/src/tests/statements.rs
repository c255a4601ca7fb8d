//! What distributions say beyond versions: the tracker of Debian, CSAF of Red Hat and SUSE, OpenVEX of Ubuntu,
//! updateinfo of Amazon, and version 0 of Alpine.

use super::sound;
use crate::{Affected, Parsed, Record, Stance, read};

fn record<'p>(parsed: &'p Parsed, id: &str) -> &'p Record {
    parsed.records.iter().find(|r| r.id == id).unwrap_or_else(|| panic!("{id} in {parsed:?}"))
}

fn affected<'r>(record: &'r Record, ecosystem: &str, name: &str) -> &'r Affected {
    let mut found = record.affected.iter().filter(|a| a.ecosystem == ecosystem && a.name == name);
    let one = found.next().unwrap_or_else(|| panic!("{ecosystem} {name} in {record:?}"));
    assert!(found.next().is_none(), "{ecosystem} {name} is said once");
    one
}

/// `< VERSION`, `all`, `none`; then what is said beyond it.
fn said(affected: &Affected) -> String {
    let range = match affected.ranges.as_slice() {
        [] => "none".to_owned(),
        [one] => one.events.get(1).map_or("all".to_owned(), |e| format!("< {}", e.version)),
        more => format!("{} ranges", more.len()),
    };
    assert!(affected.primary, "{affected:?}");
    match &affected.statement {
        Some(s) => format!("{range}, {:?}: {}", s.stance, s.reason),
        None => range,
    }
}

const TRACKER: &str = r#"{"demo": {
  "CVE-2030-0001": {"description": "A bug. More of it.", "scope": "remote", "releases": {
    "bookworm": {"status": "resolved", "repositories": {"bookworm": "1.2-3"}, "fixed_version": "1.2-3+deb12u1", "urgency": "not yet assigned"},
    "bullseye": {"status": "open", "repositories": {"bullseye": "1.0-1"}, "urgency": "unimportant", "nodsa": "Minor issue", "nodsa_reason": "ignored"},
    "trixie": {"status": "open", "repositories": {}, "urgency": "low", "nodsa": "wait for upstream", "nodsa_reason": "postponed"},
    "forky": {"status": "resolved", "repositories": {}, "fixed_version": "0", "urgency": "unimportant"},
    "sid": {"status": "undetermined", "repositories": {}, "urgency": "not yet assigned"},
    "buster": {"status": "open", "repositories": {}, "urgency": "not yet assigned", "nodsa": "Minor issue", "nodsa_reason": ""}}}},
 "other": {"TEMP-0000000-ABC": {"releases": {"bookworm": {"status": "open", "repositories": {}, "urgency": "medium**"}}}}}"#;

#[test]
fn the_tracker_of_debian_says_what_will_not_be_fixed_and_what_was_never_affected() {
    let parsed = sound("json", TRACKER);
    let cve = record(&parsed, "DEBIAN-CVE-2030-0001");
    for (ecosystem, what) in [
        ("Debian:12", "< 1.2-3+deb12u1"),
        ("Debian:11", "all, WillNotFix: Minor issue"),
        ("Debian:13", "all, Postponed: wait for upstream"),
        ("Debian:14", "none, NotAffected: "),
        ("Debian:unstable", "all, Undetermined: "),
        ("Debian:10", "all, NoAnnouncement: Minor issue"),
    ] {
        assert_eq!(said(affected(cve, ecosystem, "demo")), what, "{ecosystem}");
    }
    assert_eq!(affected(cve, "Debian:11", "demo").urgency.as_deref(), Some("unimportant"));
    assert_eq!(cve.urls, ["https://security-tracker.debian.org/tracker/CVE-2030-0001"]);
    let temporary = affected(record(&parsed, "TEMP-0000000-ABC"), "Debian:12", "other");
    assert_eq!((said(temporary), temporary.urgency.as_deref()), ("all".to_owned(), Some("medium")));
}

#[test]
fn a_tracker_cut_off_keeps_what_came_before_and_says_so() {
    let cut = &TRACKER[..TRACKER.len() - 60];
    let parsed = read("json", cut.as_bytes());
    assert_eq!(parsed.problems.len(), 1, "{:?}", parsed.problems);
    assert!(parsed.problems[0].reason.contains("no tracker of Debian"), "{:?}", parsed.problems);
    assert_eq!(parsed.records.len(), 1);
}

#[test]
fn a_broken_entry_of_the_tracker_is_named_and_the_others_are_kept() {
    let text = r#"{"demo": {"CVE-2030-1": {"releases": {"bookworm": {"status": "resolved", "repositories": {}},
        "bullseye": {"status": "puzzled", "repositories": {}}, "trixie": {"status": "open", "repositories": {}}}}}}"#;
    let parsed = read("json", text.as_bytes());
    let reasons: Vec<&str> = parsed.problems.iter().map(|p| p.reason.as_str()).collect();
    assert_eq!(reasons, ["resolved without a fixed version", "`puzzled` is no status"]);
    assert_eq!(said(affected(&parsed.records[0], "Debian:13", "demo")), "all");
}

const RED_HAT: &str = r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0",
  "publisher": {"category": "vendor", "name": "Red Hat Product Security", "namespace": "https://www.redhat.com"},
  "title": "demo: a bug", "tracking": {"id": "CVE-2030-0002", "status": "final", "version": "3",
   "initial_release_date": "2030-01-01T00:00:00+00:00", "current_release_date": "2030-02-01T10:00:00+00:00"}},
 "product_tree": {"branches": [{"category": "vendor", "name": "Red Hat", "branches": [
  {"category": "product_family", "name": "Red Hat Enterprise Linux", "branches": [
   {"category": "product_name", "name": "Red Hat Enterprise Linux BaseOS (v. 9)", "product": {"name": "Red Hat Enterprise Linux BaseOS (v. 9)",
     "product_id": "BaseOS-9.5.0", "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"}}},
   {"category": "product_name", "name": "Red Hat Enterprise Linux 8", "product": {"name": "Red Hat Enterprise Linux 8",
     "product_id": "red_hat_enterprise_linux_8", "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:8"}}}]},
  {"category": "architecture", "name": "src", "branches": [
   {"category": "product_version", "name": "demo-0:1.2-5.el9.src", "product": {"name": "demo-0:1.2-5.el9.src", "product_id": "demo-0:1.2-5.el9.src",
     "product_identification_helper": {"purl": "pkg:rpm/redhat/demo@1.2-5.el9?arch=src"}}},
   {"category": "product_version", "name": "demo", "product": {"name": "demo", "product_id": "demo",
     "product_identification_helper": {"purl": "pkg:rpm/redhat/demo?arch=src"}}},
   {"category": "product_version", "name": "side", "product": {"name": "side", "product_id": "side",
     "product_identification_helper": {"purl": "pkg:rpm/redhat/side?arch=src"}}},
   {"category": "product_version", "name": "late", "product": {"name": "late", "product_id": "late",
     "product_identification_helper": {"purl": "pkg:rpm/redhat/late?arch=src"}}}]},
  {"category": "architecture", "name": "x86_64", "branches": [
   {"category": "product_version", "name": "demo-libs-1:1.2-5.el9.x86_64", "product": {"name": "demo-libs-1:1.2-5.el9.x86_64", "product_id": "demo-libs-1:1.2-5.el9.x86_64",
     "product_identification_helper": {"purl": "pkg:rpm/redhat/demo-libs@1.2-5.el9?arch=x86_64&epoch=1"}}}]}]}],
  "relationships": [
   {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "BaseOS-9.5.0:demo-0:1.2-5.el9.src"},
    "product_reference": "demo-0:1.2-5.el9.src", "relates_to_product_reference": "BaseOS-9.5.0"},
   {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "BaseOS-9.5.0:demo-libs-1:1.2-5.el9.x86_64"},
    "product_reference": "demo-libs-1:1.2-5.el9.x86_64", "relates_to_product_reference": "BaseOS-9.5.0"},
   {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "red_hat_enterprise_linux_8:demo"},
    "product_reference": "demo", "relates_to_product_reference": "red_hat_enterprise_linux_8"},
   {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "red_hat_enterprise_linux_8:late"},
    "product_reference": "late", "relates_to_product_reference": "red_hat_enterprise_linux_8"},
   {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "red_hat_enterprise_linux_8:side"},
    "product_reference": "side", "relates_to_product_reference": "red_hat_enterprise_linux_8"}]},
 "vulnerabilities": [{"cve": "CVE-2030-0002", "title": "demo: a bug in it",
  "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["red_hat_enterprise_linux_8:side"]}],
  "notes": [{"category": "description", "text": "A flaw was found."}],
  "product_status": {"fixed": ["BaseOS-9.5.0:demo-0:1.2-5.el9.src", "BaseOS-9.5.0:demo-libs-1:1.2-5.el9.x86_64"],
   "known_affected": ["red_hat_enterprise_linux_8:demo", "red_hat_enterprise_linux_8:late", "nobody:knows"],
   "known_not_affected": ["red_hat_enterprise_linux_8:side"]},
  "remediations": [{"category": "vendor_fix", "details": "update", "product_ids": ["BaseOS-9.5.0:demo-0:1.2-5.el9.src"], "url": "https://access.redhat.com/errata/RHSA-2030:1"},
   {"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["red_hat_enterprise_linux_8:demo"]},
   {"category": "none_available", "details": "Fix deferred", "product_ids": ["red_hat_enterprise_linux_8:late"]}],
  "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "version": "3.1"}, "products": ["red_hat_enterprise_linux_8:demo"]}],
  "threats": [{"category": "impact", "details": "Moderate", "product_ids": ["red_hat_enterprise_linux_8:demo"]}]}]}"#;

#[test]
fn vex_of_red_hat_says_fixed_will_not_fix_deferred_and_not_affected() {
    let parsed = sound("cve-2030-0002.json", RED_HAT);
    let cve = record(&parsed, "REDHAT-CVE-2030-0002");
    assert_eq!(cve.summary, "demo: a bug in it");
    assert_eq!(cve.modified.map(|t| t.to_string()).as_deref(), Some("2030-02-01T10:00:00Z"));
    for (ecosystem, name, what) in [
        ("Red Hat:enterprise_linux:9::baseos", "demo", "< 1.2-5.el9"),
        ("Red Hat:enterprise_linux:9::baseos", "demo-libs", "< 1:1.2-5.el9"),
        ("Red Hat:enterprise_linux:8", "demo", "all, WillNotFix: Will not fix"),
        ("Red Hat:enterprise_linux:8", "late", "all, Postponed: Fix deferred"),
        ("Red Hat:enterprise_linux:8", "side", "none, NotAffected: vulnerable code not present"),
    ] {
        assert_eq!(said(affected(cve, ecosystem, name)), what, "{ecosystem} {name}");
    }
    assert_eq!(cve.affected.len(), 5);
}

#[test]
fn vex_of_suse_names_packages_by_file_names() {
    let text = r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "SUSE Product Security Team"},
      "title": "CVE-2030-0003", "tracking": {"id": "CVE-2030-0003", "current_release_date": "2030-02-01T00:00:00Z"}},
     "product_tree": {"branches": [{"category": "vendor", "name": "SUSE", "branches": [
       {"category": "product_name", "name": "SLES", "product": {"name": "SUSE Linux Enterprise Server 15 SP5", "product_id": "SUSE Linux Enterprise Server 15 SP5",
         "product_identification_helper": {"cpe": "cpe:/o:suse:sles:15:sp5"}}},
       {"category": "product_name", "name": "Leap", "product": {"name": "openSUSE Leap 15.6", "product_id": "openSUSE Leap 15.6"}},
       {"category": "product_version", "name": "lib-demo1-1.2.3-150400.5.1", "product": {"name": "lib-demo1-1.2.3-150400.5.1", "product_id": "lib-demo1-1.2.3-150400.5.1"}},
       {"category": "product_version", "name": "demo", "product": {"name": "demo", "product_id": "demo"}}]}],
      "relationships": [
       {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "SUSE Linux Enterprise Server 15 SP5:lib-demo1-1.2.3-150400.5.1"},
        "product_reference": "lib-demo1-1.2.3-150400.5.1", "relates_to_product_reference": "SUSE Linux Enterprise Server 15 SP5"},
       {"category": "default_component_of", "full_product_name": {"name": "x", "product_id": "openSUSE Leap 15.6:demo"},
        "product_reference": "demo", "relates_to_product_reference": "openSUSE Leap 15.6"}]},
     "vulnerabilities": [{"cve": "CVE-2030-0003", "product_status": {
       "recommended": ["SUSE Linux Enterprise Server 15 SP5:lib-demo1-1.2.3-150400.5.1"], "known_not_affected": ["openSUSE Leap 15.6:demo"]}}]}"#;
    let parsed = sound("cve-2030-0003.json", text);
    let cve = record(&parsed, "SUSE-CVE-2030-0003");
    assert_eq!(said(affected(cve, "SUSE:Linux Enterprise Server 15 SP5", "lib-demo1")), "< 1.2.3-150400.5.1");
    assert_eq!(said(affected(cve, "openSUSE:Leap 15.6", "demo")), "none, NotAffected: ");
}

/// A document of `publisher`, whose `products` (id, CPE) have `packages` (id, package URL), each by its `status`.
fn csaf(publisher: &str, products: &[(&str, &str)], packages: &[(&str, &str)], status: &[&str]) -> String {
    use serde_json::{Value, json};
    let branch = |id: &str, helper: Value| json!({"category": "x", "name": id, "product": {"name": id, "product_id": id, "product_identification_helper": helper}});
    let branches = products.iter().map(|(id, cpe)| branch(id, json!({"cpe": cpe})));
    let branches = branches.chain(packages.iter().map(|(id, purl)| branch(id, json!({"purl": purl}))));
    let mut by_status: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    let mut relationships = Vec::new();
    for (product, _) in products {
        for ((package, _), what) in packages.iter().zip(status) {
            let id = format!("{product}:{package}");
            relationships.push(json!({"category": "default_component_of", "full_product_name": {"name": "x", "product_id": id},
                "product_reference": package, "relates_to_product_reference": product}));
            by_status.entry(what).or_default().push(id);
        }
    }
    json!({"document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": publisher}, "title": "CVE-2030-0009",
            "notes": [{"category": "description", "text": "Demo loses data."}], "tracking": {"id": "CVE-2030-0009"}},
           "product_tree": {"branches": branches.collect::<Vec<_>>(), "relationships": relationships},
           "vulnerabilities": [{"cve": "CVE-2030-0009", "product_status": by_status}]})
    .to_string()
}

#[test]
fn a_package_of_a_module_is_known_however_its_package_url_is_written() {
    let status = ["known_affected", "known_affected", "known_affected", "fixed"];
    let text = csaf(
        "Red Hat Product Security",
        &[("red_hat_enterprise_linux_8", "cpe:/o:redhat:enterprise_linux:8")],
        &[
            ("ruby:2.6/ruby", "pkg:rpmmod/redhat/ruby:2.6/ruby"),
            ("squid:4/squid", "pkg:rpm/redhat/squid?arch=src&rpmmod=squid:4"),
            ("php:7.4/php", ""),
            (
                "nodejs-1:18.1-1.module+el8.src::nodejs:18",
                "pkg:rpm/redhat/nodejs@18.1-1.module%2Bel8?arch=src&epoch=1&rpmmod=nodejs:18:8010:abc",
            ),
        ],
        &status,
    );
    // Some products have no package URL at all.
    let text = text.replace(r#"{"purl":""}"#, "{}");
    let parsed = sound("cve.json", &text);
    let cve = record(&parsed, "REDHAT-CVE-2030-0009");
    for (name, stream, what) in [
        ("ruby", "ruby:2.6", "all"),
        ("squid", "squid:4", "all"),
        ("php", "php:7.4", "all"),
        ("nodejs", "nodejs:18", "< 1:18.1-1.module+el8"),
    ] {
        let affected = affected(cve, "Red Hat:enterprise_linux:8", name);
        assert_eq!((affected.stream.as_deref(), said(affected).as_str()), (Some(stream), what));
    }
}

#[test]
fn what_suse_names_without_a_version_has_none_and_a_source_whose_packages_are_fixed_is() {
    let text = csaf(
        "SUSE Product Security Team",
        &[("SUSE Linux Enterprise Server 15 SP5", "cpe:/o:suse:sles:15:sp5")],
        &[
            ("libjavascriptcoregtk-4_0-18", "pkg:rpm/suse/libjavascriptcoregtk@4_0-18"),
            ("side", "pkg:rpm/suse/side@?upstream=side.src.rpm"),
            ("libxml2", "pkg:rpm/suse/libxml2@"),
            (
                "libxml2-2-2.10.3-150500.5.1",
                "pkg:rpm/suse/libxml2-2@2.10.3-150500.5.1?upstream=libxml2-2.10.3-150500.5.1.src.rpm",
            ),
            ("late", "pkg:rpm/suse/late@"),
        ],
        &["known_affected", "known_not_affected", "known_affected", "recommended", "known_affected"],
    );
    let parsed = sound("cve.json", &text);
    let cve = record(&parsed, "SUSE-CVE-2030-0009");
    assert_eq!(cve.summary, "Demo loses data.");
    for (name, what) in [
        ("libjavascriptcoregtk-4_0-18", "all"),
        ("side", "none, NotAffected: "),
        ("libxml2-2", "< 2.10.3-150500.5.1"),
        ("late", "all"),
    ] {
        assert_eq!(said(affected(cve, "SUSE:Linux Enterprise Server 15 SP5", name)), what, "{name}");
    }
    assert_eq!(cve.affected.len(), 4);
}

#[test]
fn csaf_of_somebody_else_is_refused_by_name() {
    let text =
        r#"{"document": {"csaf_version": "2.0", "publisher": {"name": "ACME"}}, "vulnerabilities": []}"#;
    let parsed = read("a.json", text.as_bytes());
    assert!(parsed.problems[0].reason.contains("`ACME`"), "{:?}", parsed.problems);
}

#[test]
fn openvex_of_ubuntu_speaks_of_source_packages_and_releases() {
    let text = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "Canonical", "timestamp": "2030-03-01T00:00:00Z", "version": 1,
     "statements": [
      {"vulnerability": {"@id": "https://ubuntu.com/security/CVE-2030-0004", "name": "CVE-2030-0004", "description": "Demo breaks."},
       "products": [{"@id": "pkg:deb/ubuntu/demo@1.2-3ubuntu0.1?arch=source&distro=jammy"}, {"@id": "pkg:deb/ubuntu/libdemo1@1.2-3ubuntu0.1?arch=amd64&distro=jammy"}], "status": "fixed"},
      {"vulnerability": {"name": "CVE-2030-0004"}, "products": [{"@id": "pkg:deb/ubuntu/demo@2%3A1.9?arch=source&distro=noble"}],
       "status": "not_affected", "justification": "vulnerable_code_not_present"},
      {"vulnerability": {"name": "CVE-2030-0004"}, "products": [{"@id": "pkg:deb/ubuntu/demo@1.0?arch=source&distro=focal"}],
       "status": "affected", "action_statement": "This package (for the given release) is vulnerable to the CVE, the problem is understood, but the Ubuntu Security Team decided to not fix it."},
      {"vulnerability": {"name": "CVE-2030-0004"}, "products": [{"@id": "pkg:deb/ubuntu/demo@0.9?arch=source&distro=trusty/esm"}],
       "status": "affected", "action_statement": "This package (for the given release) needs fixing."},
      {"vulnerability": {"name": "CVE-2030-0004"}, "products": [{"@id": "pkg:deb/ubuntu/demo@0.9?arch=source&distro=fips-updates/focal"}],
       "status": "affected"},
      {"vulnerability": {"name": "CVE-2030-0004"}, "products": [{"@id": "pkg:deb/ubuntu/demo?arch=source&distro=esm-apps/bionic"}],
       "status": "not_affected", "justification": "component_not_present"},
      {"vulnerability": {"name": "CVE-2030-0004"}, "products": [{"@id": "pkg:deb/ubuntu/demo@1.0?arch=source&distro=esm-infra/bionic"}],
       "status": "under_investigation"}]}"#;
    let parsed = sound("cve.json", text);
    let cve = record(&parsed, "UBUNTU-CVE-2030-0004");
    assert_eq!(cve.summary, "Demo breaks.");
    for (ecosystem, what) in [
        ("Ubuntu:24.04:LTS", "none, NotAffected: vulnerable code not present"),
        ("Ubuntu:Pro:14.04:LTS", "all"),
        ("Ubuntu:Pro:fips-updates:20.04:LTS", "all"),
        ("Ubuntu:Pro:18.04:LTS", "all, Undetermined: "),
    ] {
        assert_eq!(said(affected(cve, ecosystem, "demo")), what, "{ecosystem}");
    }
    let focal = said(affected(cve, "Ubuntu:20.04:LTS", "demo"));
    assert!(focal.starts_with("all, WillNotFix: This package"), "{focal}");
    assert_eq!(
        cve.affected.len(),
        5,
        "binary packages repeat their source, and what is fixed says no version"
    );
}

#[test]
fn updateinfo_of_amazon_is_announcements_with_fixed_packages() {
    let text = r#"<?xml version="1.0" ?><updates><update author="linux-security@amazon.com" from="x" status="final" type="security" version="1.4">
      <id>ALAS2023-2030-001</id><title>Amazon Linux 2023 - ALAS2023-2030-001: important priority package update for demo</title>
      <issued date="2030-01-02 03:04"/><updated date="2030-01-03 00:00"/><severity>important</severity>
      <description>Package updates &amp; more: CVE-2030-0005: a bug.</description>
      <references><reference href="https://cve.example/CVE-2030-0005" id="CVE-2030-0005" title="" type="cve"/></references>
      <pkglist><collection short="amazon-linux-2023"><name>Amazon Linux 2023</name>
       <package arch="x86_64" epoch="1" name="demo" release="1.amzn2023" version="2.0"><filename>demo.rpm</filename></package>
       <package arch="aarch64" epoch="1" name="demo" release="1.amzn2023" version="2.0"><filename>demo.rpm</filename></package>
       <package arch="x86_64" epoch="0" name="demo-libs" release="1.amzn2023" version="2.0"/></collection></pkglist></update>
     <update type="bugfix"><id>ALAS2023-2030-002</id></update></updates>"#;
    let parsed = sound("updateinfo.xml", text);
    assert_eq!(parsed.records.len(), 1, "an erratum that fixes bugs is not about security");
    let update = record(&parsed, "ALAS2023-2030-001");
    assert_eq!(update.related, ["CVE-2030-0005"]);
    assert_eq!(update.published.map(|t| t.to_string()).as_deref(), Some("2030-01-02T00:00:00Z"));
    assert_eq!(said(affected(update, "Amazon Linux:2023", "demo")), "< 1:2.0-1.amzn2023");
    assert_eq!(said(affected(update, "Amazon Linux:2023", "demo-libs")), "< 2.0-1.amzn2023");
    let extra = text.replace("ALAS2023-2030-001", "ALAS2NGINX1-2030-001");
    let extra = sound("updateinfo.xml", &extra);
    assert_eq!(record(&extra, "ALAS2NGINX1-2030-001").affected[0].ecosystem, "Amazon Linux:2");
    let cut = read("updateinfo.xml", &text.as_bytes()[..text.len() - 12]);
    assert!(
        cut.problems.iter().any(|p| p.reason.contains("cut off") || p.reason.contains("damaged")),
        "{:?}",
        cut.problems
    );
}

#[test]
fn version_0_of_alpine_says_that_no_version_is_affected() {
    let text = r#"{"apkurl": "x", "reponame": "main", "urlprefix": "https://dl-cdn.alpinelinux.org/alpine", "distroversion": "v3.20",
     "packages": [{"pkg": {"name": "demo", "secfixes": {"0": ["CVE-2030-0006", "CVE-2030-0007"], "1.2-r0": ["CVE-2030-0007"]}}}]}"#;
    let parsed = sound("main.json", text);
    let never = affected(record(&parsed, "CVE-2030-0006"), "Alpine:v3.20", "demo");
    assert_eq!(never.statement.as_ref().map(|s| s.stance), Some(Stance::NotAffected));
    assert_eq!(said(affected(record(&parsed, "CVE-2030-0007"), "Alpine:v3.20", "demo")), "< 1.2-r0");
}
