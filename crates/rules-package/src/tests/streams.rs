//! What a vendor says of one stream of a module holds for that stream alone.

use super::cases::{database, known, package};
use crate::judge;

const VEX: &str = r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "Red Hat Product Security"},
  "tracking": {"id": "CVE-2030-1"}},
 "product_tree": {"branches": [
   {"name": "8", "product": {"name": "8", "product_id": "8", "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:8"}}},
   {"name": "a", "product": {"name": "a", "product_id": "nodejs:18/nodejs", "product_identification_helper": {"purl": "pkg:rpmmod/redhat/nodejs:18/nodejs"}}},
   {"name": "b", "product": {"name": "b", "product_id": "nodejs:20/nodejs", "product_identification_helper": {"purl": "pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:20"}}}],
  "relationships": [
   {"full_product_name": {"name": "x", "product_id": "8:nodejs:18/nodejs"}, "product_reference": "nodejs:18/nodejs", "relates_to_product_reference": "8"},
   {"full_product_name": {"name": "x", "product_id": "8:nodejs:20/nodejs"}, "product_reference": "nodejs:20/nodejs", "relates_to_product_reference": "8"}]},
 "vulnerabilities": [{"cve": "CVE-2030-1", "product_status": {"known_affected": ["8:nodejs:18/nodejs"], "known_not_affected": ["8:nodejs:20/nodejs"]},
   "remediations": [{"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["8:nodejs:18/nodejs"]}]}]}"#;

/// An announcement about a stream that the vendor's own feed does not speak of.
const ANNOUNCED: &str = r#"{"id": "RHSA-2030:1", "summary": "Red Hat Security Advisory: nodejs:22 security update", "related": ["CVE-2030-1"],
  "affected": [{"package": {"ecosystem": "Red Hat:enterprise_linux:8", "name": "nodejs"},
  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1:22.2-1.module+el8"}]}]}]}"#;

#[test]
fn each_stream_of_a_module_has_its_own_answer() {
    let database = database(&[("vex.json", VEX), ("announced.json", ANNOUNCED)], &["Red Hat"]);
    let judged = |line: &str| {
        let judged = judge("t", &[package(line)], &["a".to_owned()], Some(&known(&database)));
        let found = judged.outcome.findings.iter().map(|f| f.message.clone());
        found.chain(judged.outcome.doubts.iter().map(|d| d.reason.clone())).collect::<Vec<_>>().join("; ")
    };
    let node = |version: &str, module: &str| {
        judged(&format!("rpm nodejs {version} {module} distribution=rhel:8.10"))
    };
    let affected = node("1:18.1-1.module+el8", "module=nodejs:18:8010:abc");
    assert!(affected.contains("Red Hat will not fix it"), "{affected}");
    assert_eq!(node("1:20.1-1.module+el8", "module=nodejs:20:8010:abc"), "");
    let announced = node("1:22.1-1.module+el8", "module=nodejs:22:8010:abc");
    assert!(
        announced.contains("Fixed in 1:22.2-1.module+el8"),
        "silence of the feed denies nothing: {announced}"
    );
    let unknown = node("1:18.1-1.module+el8", "");
    assert!(unknown.contains("module stream it was built for is not known"), "{unknown}");
    assert_eq!(node("1:18.1-1.el8", ""), "", "a package outside of modules");
}
