//! Ignore files and VEX documents, and what they do to findings.

use std::sync::Arc;

use api::{Finding, Note, NoteKind, PackageRow, Status, TargetRow, Vulnerability};
use model::{PackageType, Place, Severity, SourcePackage};
use serde_json::{Value, json};

use super::{Account, Context, IGNORE_BYTES_MAX, SuppressError, apply, parse_ignore, parse_vex};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const IMAGE: &str = "oci:shop:1";

/// An image with OpenSSL (two packages of one source) and a jar that lies in a jar.
pub(super) struct Scan {
    pub(super) findings: Vec<Finding>,
    pub(super) packages: Vec<PackageRow>,
    pub(super) targets: Vec<TargetRow>,
}

fn package(purl: &str, name: &str, version: &str, kind: PackageType, path: &str) -> PackageRow {
    PackageRow {
        id: purl.to_owned(),
        target: IMAGE.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        kind,
        purl: purl.to_owned(),
        source: None,
        architecture: None,
        licenses: Vec::new(),
        paths: vec![path.to_owned()],
        layer: None,
        instruction: None,
        direct: None,
        development: false,
        reached: None,
    }
}

pub(super) const LIBSSL: &str = "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12";
pub(super) const OPENSSL: &str = "pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12";
pub(super) const APP: &str = "pkg:maven/com.example/app@1.0";
pub(super) const LOG4J: &str = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1";

impl Scan {
    pub(super) fn new() -> Self {
        let status = "var/lib/dpkg/status";
        let mut openssl = [
            package(LIBSSL, "libssl3", "3.0.11-1", PackageType::Deb, status),
            package(OPENSSL, "openssl", "3.0.11-1", PackageType::Deb, status),
        ];
        for row in &mut openssl {
            row.source = Some(SourcePackage { name: "openssl".to_owned(), version: "3.0.11-1".to_owned() });
        }
        let mut packages = openssl.to_vec();
        packages.push(package(APP, "com.example:app", "1.0", PackageType::Maven, "srv/app.jar"));
        let inner = "srv/app.jar!/lib/log4j-core.jar";
        packages.push(package(
            LOG4J,
            "org.apache.logging.log4j:log4j-core",
            "2.14.1",
            PackageType::Maven,
            inner,
        ));
        let target = TargetRow {
            runs_in: Vec::new(),
            matched: None,
            id: IMAGE.to_owned(),
            kind: "oci".to_owned(),
            name: "shop:1".to_owned(),
            digest: Some(DIGEST.to_owned()),
            platform: Some("linux/amd64".to_owned()),
            distribution: None,
            sources: Vec::new(),
        };
        let findings = vec![
            found("CVE-2026-1", &[LIBSSL, OPENSSL], status),
            found("CVE-2021-44228", &[LOG4J], inner),
            Finding {
                id: "00000000000000aa".to_owned(),
                rule: "setuid-file".into(),
                vulnerability: None,
                packages: Vec::new(),
                r#where: Place::file("usr/bin/su"),
                ..found("x", &[], "")
            },
        ];
        Self { findings, packages, targets: vec![target] }
    }

    pub(super) fn run(&mut self, ignores: &[&str], vex: &[Value]) -> Account {
        let ignores: Vec<_> =
            ignores.iter().map(|t| parse_ignore("plimsoll-ignore.toml", t.as_bytes()).unwrap()).collect();
        let vex: Vec<_> =
            vex.iter().map(|v| parse_vex("shop.vex.json", v.to_string().as_bytes()).unwrap()).collect();
        let context = Context {
            ignores: &ignores,
            inlines: &[],
            vex: &vex,
            targets: &self.targets,
            packages: &self.packages,
            as_of: "2026-11-25T12:00:00Z".parse().unwrap(),
        };
        apply(&mut self.findings, &context)
    }

    /// Which of the three findings a run suppresses.
    pub(super) fn suppressed(&self) -> Vec<&str> {
        let covered = self.findings.iter().filter(|f| f.status == Status::Suppressed);
        covered.map(|f| f.vulnerability.as_ref().map_or(f.rule.as_str(), |v| v.id.as_str())).collect()
    }
}

fn found(id: &str, packages: &[&str], path: &str) -> Finding {
    let aliases = if id == "CVE-2021-44228" { vec!["GHSA-jfh8-c2jp-5v3q".to_owned()] } else { Vec::new() };
    Finding {
        id: format!("{id}-finding"),
        control: "image-scanning".into(),
        rule: "vulnerable".into(),
        severity: Severity::High,
        title: "".into(),
        message: String::new(),
        target: IMAGE.into(),
        r#where: Place::file(path),
        packages: packages.iter().map(|p| (*p).to_owned()).collect(),
        vulnerability: Some(Arc::new(Vulnerability {
            id: id.to_owned(),
            aliases,
            ..Vulnerability::default()
        })),
        because: Vec::new(),
        fix: None,
        status: Status::Open,
        suppression: None,
    }
}

fn ignore(body: &str) -> String {
    format!("[[ignore]]\n{body}\nreason = \"accepted\"\n")
}

#[track_caller]
fn ignored(body: &str, expected: &[&str]) -> Account {
    let mut scan = Scan::new();
    let account = scan.run(&[&ignore(body)], &[]);
    assert_eq!(scan.suppressed(), expected, "{body}: {account:?}");
    account
}

#[test]
fn an_entry_covers_what_everything_it_names_fits() {
    ignored("id = 'CVE-2026-1'", &["CVE-2026-1"]);
    ignored("id = ['cve-2026-1', 'ghsa-JFH8-c2jp-5v3q']", &["CVE-2026-1", "CVE-2021-44228"]);
    ignored("id = '00000000000000aa'", &["setuid-file"]);
    ignored("rule = 'setuid-file'", &["setuid-file"]);
    ignored("path = 'srv/**'", &["CVE-2021-44228"]);
    ignored("path = 'usr/bin/*'", &["setuid-file"]);
    ignored("package = 'openssl'", &["CVE-2026-1"]);
    ignored("package = '*:log4j-core'", &["CVE-2021-44228"]);
    ignored("package = 'openssl@3.0.11-1'", &["CVE-2026-1"]);
    ignored("package = 'openssl@3.0.9'", &[]);
    ignored("package = 'pkg:maven/org.apache.logging.log4j/log4j-core'", &["CVE-2021-44228"]);
    ignored("id = 'CVE-2026-1'\npath = 'srv/**'", &[]);
    ignored("rule = 'setuid-file'\npath = 'usr/bin/passwd'", &[]);
}

#[test]
fn an_entry_for_one_of_two_packages_does_not_cover_both() {
    let account = ignored("id = 'CVE-2026-1'\npackage = 'pkg:deb/debian/openssl'", &[]);
    assert_eq!(account.traces[0].why, "it names `pkg:deb/debian/openssl`, not libssl3");
}

#[test]
fn a_suppressed_finding_says_who_why_and_until_when() {
    let mut scan = Scan::new();
    let text = "# our list\n[[ignore]]\nid = \"CVE-2026-1\"\nreason = \"not reachable\"\nowner = \"ann\"\nuntil = 2026-11-25\n";
    let account = scan.run(&[text], &[]);
    let suppression = scan.findings[0].suppression.clone().unwrap();
    assert_eq!(suppression.by, "plimsoll-ignore.toml:2");
    assert_eq!((suppression.reason.as_str(), suppression.owner.as_deref()), ("not reachable", Some("ann")));
    assert_eq!(suppression.until.as_deref(), Some("2026-11-25"));
    assert!(account.notes.is_empty());
    let step = scan.findings[0].because.last().unwrap();
    assert_eq!(
        (step.what.as_str(), step.from.as_str()),
        ("suppressed: not reachable", "plimsoll-ignore.toml:2")
    );
}

#[test]
fn an_expired_entry_opens_its_findings_again_and_is_reported() {
    let account = ignored("id = 'CVE-2026-1'\nuntil = '2026-11-24'\nowner = 'ann'", &[]);
    let message = "held until 2026-11-24; 1 finding is open again; ask ann".to_owned();
    let r#where = "plimsoll-ignore.toml:1".to_owned();
    assert_eq!(account.notes, [Note { kind: NoteKind::ExpiredIgnore, r#where, message }]);
    assert_eq!(account.traces[0].why, "the entry held until 2026-11-24");
    let gone = ignored("id = 'CVE-2000-1'\nexpires = 2026-01-01", &[]);
    assert_eq!(gone.notes[0].message, "held until 2026-01-01 and covers nothing; remove it");
}

#[test]
fn an_unused_entry_is_reported_with_what_kept_it_from_fitting() {
    let account = ignored("id = 'CVE-2000-1'", &[]);
    assert_eq!(account.notes[0].kind, NoteKind::UnusedIgnore);
    assert_eq!(account.notes[0].message, "covers nothing; remove it");
    let account = ignored("id = 'CVE-2021-44228'\npath = 'opt/**'", &[]);
    assert_eq!(
        account.notes[0].message,
        "covers nothing, though it is meant for 1 finding: `srv/app.jar!/lib/log4j-core.jar` does not fit the path \
         `opt/**`; correct it or remove it"
    );
}

fn ignore_error(text: &str) -> SuppressError {
    parse_ignore("i.toml", text.as_bytes()).unwrap_err()
}

#[test]
fn slips_in_an_ignore_file_are_refused_with_their_line() {
    for (text, line, words) in [
        ("[[ignore]]\nid = 'a'\nreason = 'r'\nunitl = '2026-01-01'\n", 4, "unknown field `unitl`"),
        ("\n[[ignroe]]\nid = 'a'\n", 2, "unknown field `ignroe`"),
        ("[[ignore]]\nid = 'a'\n", 1, "no `reason`"),
        ("[[ignore]]\nid = 'a'\nreason = ' '\n", 1, "no `reason`"),
        ("\n\n[[ignore]]\nreason = 'r'\n", 3, "covers everything"),
        ("[[ignore]]\nid = []\nreason = 'r'\n", 1, "empty list"),
        ("[[ignore]]\nid = ''\nreason = 'r'\n", 1, "empty text"),
        ("[[ignore]]\npath = 'a['\nreason = 'r'\n", 2, "without `]`"),
        ("[[ignore]]\npackage = 'pkg:'\nreason = 'r'\n", 2, "package URL type"),
        ("[[ignore]]\nid = 'a'\nreason = 'r'\nuntil = '2026-13-01'\n", 4, "is no day"),
        ("[[ignore]]\nid = 'a'\nreason = 'r'\nuntil = 5\n", 4, "not integer"),
        ("[[ignore]\n", 1, ""),
    ] {
        let error = ignore_error(text);
        assert_eq!(error.line, Some(line), "{text}: {error}");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    assert!(ignore_error(&" ".repeat(IGNORE_BYTES_MAX + 1)).message.contains("larger"));
    assert_eq!(parse_ignore("i.toml", b"\n[[\xff").unwrap_err().line, Some(2));
    assert!(parse_ignore("i.toml", b"").unwrap().entries.is_empty());
}

fn vex(statements: Value) -> Value {
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "Example",
        "timestamp": "2026-10-01T00:00:00Z",
        "version": 1,
        "statements": statements,
    })
}

fn statement(products: Value) -> Value {
    json!({
        "vulnerability": {"name": "CVE-2021-44228"},
        "products": products,
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    })
}

#[track_caller]
fn covers(products: Value, expected: Result<(), &str>) {
    let mut scan = Scan::new();
    let account = scan.run(&[], &[vex(json!([statement(products.clone())]))]);
    let why = account.traces.first().map_or("", |t| t.why.as_str());
    match expected {
        Ok(()) => assert_eq!(scan.suppressed(), ["CVE-2021-44228"], "{products}: {account:?}"),
        Err(words) => {
            assert!(scan.suppressed().is_empty(), "{products}: {account:?}");
            assert!(why.contains(words), "{products}: {why}");
            assert_eq!(account.notes[0].kind, NoteKind::UnusedStatement, "{products}");
        }
    }
}

#[test]
fn a_product_is_the_package_the_image_or_what_the_package_lies_in() {
    covers(json!([{"@id": LOG4J}]), Ok(()));
    covers(json!([{"@id": "pkg:maven/org.apache.logging.log4j/log4j-core"}]), Ok(()));
    covers(json!([{"identifiers": {"purl": LOG4J}}]), Ok(()));
    covers(json!([{"@id": "pkg:maven/com.example/app@1.0"}]), Ok(()));
    covers(json!([{"@id": format!("pkg:oci/shop@{}", DIGEST.replace(':', "%3A"))}]), Ok(()));
    covers(json!([{"@id": "pkg:oci/shop?tag=1"}]), Ok(()));
    covers(json!([{"@id": "pkg:docker/shop@1"}]), Ok(()));
    covers(json!([{"@id": format!("registry.example.com/shop@{DIGEST}")}]), Ok(()));
    covers(
        json!([{"@id": "https://x/y", "hashes": {"sha-256": DIGEST.trim_start_matches("sha256:")}}]),
        Ok(()),
    );
    covers(json!([{"@id": "shop:1"}]), Ok(()));
    covers(json!([{"@id": "pkg:npm/other"}, {"@id": LOG4J}]), Ok(()));
}

#[test]
fn a_product_that_is_another_one_says_why() {
    let log4j = "pkg:maven/org.apache.logging.log4j/log4j-core";
    covers(
        json!([{"@id": format!("{log4j}@2.17.0")}]),
        Err("is about log4j-core 2.17.0, and 2.14.1 is installed"),
    );
    covers(
        json!([{"@id": format!("{LOG4J}?classifier=x")}]),
        Err("`classifier=x` of log4j-core, here is none"),
    );
    covers(json!([{"@id": "pkg:maven/com.example/app@2.0"}]), Err("it names"));
    covers(json!([{"@id": "pkg:maven/com.example/log4j-core@2.14.1"}]), Err("it names"));
    covers(
        json!([{"@id": format!("pkg:oci/shop@sha256%3A{}", "b".repeat(64))}]),
        Err("names digest sha256:bbb"),
    );
    covers(json!([{"@id": "pkg:oci/shop?tag=2"}]), Err("names tag 2 of shop, here is 1"));
    covers(json!([{"@id": "pkg:oci/shop?repository_url=registry.example.com/shop"}]), Err("name the digest"));
    covers(json!([{"@id": "pkg:oci/shop?arch=arm64"}]), Err("architecture arm64, here is linux/amd64"));
    covers(json!([{"@id": "pkg:oci/other"}]), Err("it names"));
}

#[test]
fn what_is_said_after_the_scans_date_is_not_applied() {
    let dated = |at: &str| {
        let mut one = statement(json!([{"@id": LOG4J}]));
        one["timestamp"] = json!(at);
        one
    };
    let mut scan = Scan::new();
    let account = scan.run(&[], &[vex(json!([dated("2026-11-26T00:00:00Z")]))]);
    assert!(scan.suppressed().is_empty());
    let why = "it says not_affected, but is of 2026-11-26T00:00:00Z, later than the scan's date 2026-11-25T12:00:00Z";
    assert_eq!(account.traces[0].why, why);
    assert!(account.notes[0].message.contains("later than the scan's date"), "{:?}", account.notes);
    // The document's own date counts where a statement has none.
    let mut whole = vex(json!([statement(json!([{"@id": LOG4J}]))]));
    whole["timestamp"] = json!("2027-01-01T00:00:00Z");
    assert!(Scan::new().run(&[], &[whole]).traces.iter().all(|t| !t.suppressed));
    // A later word neither suppresses nor opens again what an earlier one has closed.
    let mut later = dated("2026-12-24T00:00:00Z");
    later["status"] = json!("affected");
    later["action_statement"] = json!("upgrade");
    let mut scan = Scan::new();
    scan.run(&[], &[vex(json!([dated("2026-11-25T12:00:00Z"), later]))]);
    assert_eq!(scan.suppressed(), ["CVE-2021-44228"]);
}

#[test]
fn an_entry_holds_from_its_first_day_on() {
    let entry = |days: &str| format!("[[ignore]]\nid = 'CVE-2026-1'\nreason = 'r'\n{days}\n");
    let mut scan = Scan::new();
    let account = scan.run(&[&entry("since = 2026-11-26")], &[]);
    assert!(scan.suppressed().is_empty());
    assert_eq!(account.traces[0].why, "the entry holds from 2026-11-26 on, the scan is of 2026-11-25");
    assert_eq!(account.notes[0].message, "holds from 2026-11-26 on, and the scan is of 2026-11-25");
    let mut scan = Scan::new();
    scan.run(&[&entry("since = 2026-11-25\nuntil = 2026-11-25")], &[]);
    assert_eq!(scan.suppressed(), ["CVE-2026-1"]);
    assert!(ignore_error(&entry("since = 2026-11-25\nuntil = 2026-11-24")).message.contains("never holds"));
}

#[test]
fn subcomponents_narrow_a_product() {
    let image = "pkg:oci/shop?tag=1";
    covers(json!([{"@id": image, "subcomponents": [{"@id": LOG4J}]}]), Ok(()));
    let other = json!([{"@id": image, "subcomponents": [{"@id": "pkg:npm/other@1"}]}]);
    covers(other, Err("none of its subcomponents does: it names `pkg:npm/other@1`"));
    let unreadable = json!([{"@id": image, "subcomponents": [{"name": "log4j"}]}]);
    let mut scan = Scan::new();
    let account = scan.run(&[], &[vex(json!([statement(unreadable)]))]);
    assert!(scan.suppressed().is_empty());
    assert_eq!(account.notes.len(), 2);
}

#[test]
fn the_older_shape_has_plain_texts() {
    let mut scan = Scan::new();
    let document = json!({
        "@context": "https://openvex.dev/ns",
        "statements": [{
            "vulnerability": "GHSA-JFH8-C2JP-5V3Q",
            "products": ["pkg:oci/shop?tag=1"],
            "subcomponents": [LOG4J],
            "status": "fixed",
        }],
    });
    let account = scan.run(&[], &[document]);
    assert_eq!(scan.suppressed(), ["CVE-2021-44228"], "{account:?}");
    assert_eq!(account.traces[0].why, "fixed");
}

#[test]
fn a_vulnerability_is_known_by_name_alias_and_address() {
    for vulnerability in [
        json!({"name": "CVE-2021-44228"}),
        json!({"name": "VENDOR-1", "aliases": ["GHSA-jfh8-c2jp-5v3q"]}),
        json!({"@id": "https://nvd.nist.gov/vuln/detail/CVE-2021-44228"}),
    ] {
        let mut scan = Scan::new();
        let mut one = statement(json!([{"@id": LOG4J}]));
        one["vulnerability"] = vulnerability;
        scan.run(&[], &[vex(json!([one]))]);
        assert_eq!(scan.suppressed(), ["CVE-2021-44228"]);
    }
}

#[test]
fn of_several_statements_the_newest_decides() {
    let at = |time: &str, status: &str| {
        let mut one = statement(json!([{"@id": LOG4J}]));
        one["timestamp"] = json!(time);
        one["status"] = json!(status);
        one
    };
    let run = |statements: Value| {
        let mut scan = Scan::new();
        let account = scan.run(&[], &[vex(statements)]);
        (scan.suppressed().len(), account.traces)
    };
    let (older, newer) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    assert_eq!(run(json!([at(older, "under_investigation"), at(newer, "not_affected")])).0, 1);
    let (covered, traces) = run(json!([at(newer, "affected"), at(older, "not_affected")]));
    assert_eq!((covered, traces[0].why.as_str()), (0, "the newest statement says affected"));
    assert_eq!(run(json!([at(newer, "fixed"), at(newer, "under_investigation")])).0, 0);
}

#[test]
fn a_statement_must_cover_every_package_of_a_finding() {
    let one = |products: Value| {
        let mut one = statement(products);
        one["vulnerability"]["name"] = json!("CVE-2026-1");
        one
    };
    let mut scan = Scan::new();
    let account = scan.run(&[], &[vex(json!([one(json!([{"@id": "pkg:deb/debian/openssl"}]))]))]);
    assert!(scan.suppressed().is_empty());
    assert_eq!(account.traces[0].why, "the statement does not cover libssl3, which shares the finding");
    let both = json!([{"@id": "pkg:deb/debian/openssl"}, {"@id": "pkg:deb/debian/libssl3?distro=debian-12"}]);
    let mut scan = Scan::new();
    scan.run(&[], &[vex(json!([one(both)]))]);
    assert_eq!(scan.suppressed(), ["CVE-2026-1"]);
    let mut scan = Scan::new();
    scan.run(&[], &[vex(json!([one(json!([{"@id": "pkg:deb/debian/openssl@3.0.11-1?arch=source"}]))]))]);
    assert_eq!(scan.suppressed(), ["CVE-2026-1"], "a source package stands for what was built from it");
}

#[test]
fn statements_that_break_the_rules_are_reported_and_not_applied() {
    let products = json!([{"@id": LOG4J}]);
    for (edit, words) in [
        (json!({"status": "harmless"}), "`harmless` is no status"),
        (json!({"justification": null}), "without `justification` or `impact_statement`; not applied"),
        (json!({"justification": "because"}), "`because` is no justification"),
        (json!({"vulnerability": null}), "names no vulnerability"),
        (json!({"products": []}), "names no product"),
        (json!({"products": [{"@id": "pkg:"}]}), "package URL type"),
    ] {
        let mut one = statement(products.clone());
        for (key, value) in edit.as_object().unwrap() {
            one[key] = value.clone();
        }
        let mut scan = Scan::new();
        let account = scan.run(&[], &[vex(json!([one]))]);
        assert!(scan.suppressed().is_empty(), "{words}");
        let note = &account.notes[0];
        assert_eq!(
            (note.kind, note.r#where.as_str()),
            (NoteKind::InvalidStatement, "shop.vex.json#/statements/0")
        );
        assert!(note.message.contains(words), "{}", note.message);
    }
    let mut impact = statement(products);
    impact["justification"] = Value::Null;
    impact["impact_statement"] = json!("never called");
    let mut scan = Scan::new();
    scan.run(&[], &[vex(json!([impact]))]);
    assert_eq!(scan.findings[1].suppression.clone().unwrap().reason, "not_affected: never called");
    assert_eq!(scan.findings[1].suppression.clone().unwrap().owner.as_deref(), Some("Example"));
}

#[test]
fn what_is_no_vex_document_is_refused() {
    for (document, words) in [
        ("{", "not JSON"),
        ("{}", "`@context`"),
        (r#"{"bomFormat": "CycloneDX"}"#, "`vulnerabilities`"),
        (r#"{"document": {"category": "csaf_vex"}}"#, "CSAF version"),
        (r#"{"@context": "https://openvex.dev/ns/v0.2.0"}"#, "`statements`"),
        (r#"[]"#, "`@context`"),
    ] {
        let error = parse_vex("x", document.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{document}: {error}");
    }
}

#[test]
fn an_ignore_entry_comes_before_a_statement_and_both_count_as_used() {
    let mut scan = Scan::new();
    let account =
        scan.run(&[&ignore("id = 'CVE-2021-44228'")], &[vex(json!([statement(json!([{"@id": LOG4J}]))]))]);
    assert_eq!(scan.findings[1].suppression.clone().unwrap().by, "plimsoll-ignore.toml:1");
    assert!(account.notes.is_empty());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = parse_ignore("x", &bytes);
        let _ = parse_vex("x", &bytes);
    }

    #[test]
    fn no_statement_makes_the_reader_panic(id in "(pkg:)?\\PC{0,20}", status in "(fixed|affected|\\PC{0,5})") {
        let one = json!({"vulnerability": id, "products": [id, {"@id": id, "subcomponents": [id]}], "status": status});
        let _ = Scan::new().run(&[], &[vex(json!([one]))]);
    }
}

#[test]
fn an_openvex_of_a_version_that_nobody_knows_is_refused() {
    let of = |context: &str| {
        let text = format!("{{\"@context\":\"{context}\",\"statements\":[]}}");
        parse_vex("v.json", text.as_bytes()).map(|_| ()).map_err(|e| e.to_string())
    };
    for known in ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.0.1", "https://openvex.dev/ns/v0.2.0"]
    {
        assert_eq!(of(known), Ok(()), "{known}");
    }
    assert!(of("https://openvex.dev/ns/v9.9.0").unwrap_err().contains("OpenVEX v9.9.0 is not known"));
}
