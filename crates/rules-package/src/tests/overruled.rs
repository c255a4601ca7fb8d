//! What is no finding because the distribution denies it is told.

use super::cases::{database, known, package};
use crate::judge;

#[test]
fn a_vulnerability_that_the_distribution_denies_and_another_source_affirms_is_told_once() {
    let tracker = r#"{"curl": {"CVE-2030-1": {"releases": {"bookworm": {"status": "resolved", "repositories": {}, "fixed_version": "0"}}},
        "CVE-2030-2": {"releases": {"bookworm": {"status": "resolved", "repositories": {}, "fixed_version": "0"}}}}}"#;
    let osv = r#"{"id": "CVE-2030-1", "affected": [{"package": {"ecosystem": "Debian:12", "name": "curl"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#;
    let database = database(&[("json", tracker), ("json", osv)], &["Debian"]);
    let packages = [
        package("deb curl 7.88.1-10 distribution=debian:12"),
        package("deb libcurl4 7.88.1-10 source=curl/7.88.1-10 distribution=debian:12"),
    ];
    let ids = ["a".to_owned(), "b".to_owned()];
    let judged = judge("t", &packages, &ids, Some(&known(&database)));
    assert!(judged.outcome.findings.is_empty(), "{:?}", judged.outcome.findings);
    assert_eq!(
        judged.overruled,
        [
            "CVE-2030-1 is no finding in curl: Debian says that it is not affected (DEBIAN-CVE-2030-1), though CVE-2030-1 names it"
        ]
    );
}
