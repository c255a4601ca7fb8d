//! Gates in the words that users write, against findings in the words of the domain.

use std::sync::Arc;

use api::{
    Cell, CellOutcome, ControlRow, DatabaseInfo, DatabaseSource, Epss, Finding, Fix, FixKind, Gate,
    GateOutcome, Kev, PackageRow, RuleRow, Status, VerdictOutcome, Vulnerability,
};
use model::{Doubt, DoubtKind, PackageType, Place, Severity, Timestamp};

use super::lex::EXPRESSION_CHARS_MAX;
use super::parse::DEPTH_MAX;
use super::{Evidence, Expression, ParseError, evaluate, verdict};

/// A report in the making.
#[derive(Default)]
struct Scan {
    findings: Vec<Finding>,
    doubts: Vec<Doubt>,
    packages: Vec<PackageRow>,
    rules: Vec<RuleRow>,
    controls: Vec<ControlRow>,
    feeds: Vec<&'static str>,
    baseline: Option<super::Baseline>,
}

impl Scan {
    fn with(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    fn doubt(mut self, control: &str, kind: DoubtKind, place: &str) -> Self {
        let (reason, remedy) = ("unclear".to_owned(), "look again".to_owned());
        let (target, r#where) = ("oci:app".to_owned(), place.to_owned());
        self.doubts.push(Doubt {
            control: control.to_owned(),
            rule: None,
            target,
            kind,
            r#where,
            reason,
            remedy,
        });
        self
    }

    fn package(mut self, name: &str, edit: impl FnOnce(&mut PackageRow)) -> Self {
        let mut row = PackageRow {
            id: name.to_owned(),
            target: "oci:app".to_owned(),
            name: name.to_owned(),
            version: "1.0".to_owned(),
            kind: PackageType::Npm,
            purl: format!("pkg:npm/{name}@1.0"),
            source: None,
            architecture: None,
            licenses: Vec::new(),
            paths: vec![format!("app/node_modules/{name}/package.json")],
            layer: None,
            instruction: None,
            direct: None,
            development: false,
            reached: None,
        };
        edit(&mut row);
        self.packages.push(row);
        self
    }

    fn control(mut self, id: &str, see: CellOutcome, hold: CellOutcome) -> Self {
        let cell = |outcome| Cell { outcome, findings: Vec::new(), because: "so it was".to_owned() };
        let (see, fix, hold) = (cell(see), cell(CellOutcome::NotApplicable), cell(hold));
        let row =
            ControlRow { id: id.to_owned(), domain: String::new(), title: String::new(), see, fix, hold };
        self.controls.push(row);
        self
    }

    fn rule(mut self, id: &str, control: &str) -> Self {
        self.rules.push(RuleRow { id: id.to_owned(), control: control.to_owned(), ..RuleRow::default() });
        self
    }

    fn feed(mut self, name: &'static str) -> Self {
        self.feeds.push(name);
        self
    }

    fn gate(&self, expression: &str) -> Gate {
        let at: Timestamp = "2026-11-25".parse().unwrap();
        let source = |name: &&str| DatabaseSource {
            name: (*name).to_owned(),
            snapshot: at,
            records: 1,
            coverage: api::Coverage::Complete,
        };
        let sources = self.feeds.iter().map(source).collect();
        let database = DatabaseInfo { id: String::new(), built: at, sources };
        let evidence = Evidence {
            findings: &self.findings,
            doubts: &self.doubts,
            packages: &self.packages,
            targets: &[],
            workloads: None,
            rules: &self.rules,
            controls: &self.controls,
            database: Some(&database),
            as_of: at,
            baseline: self.baseline.as_ref(),
        };
        evaluate(&[Expression::parse(expression).unwrap()], &evidence).remove(0)
    }

    #[track_caller]
    fn expect(&self, expression: &str, outcome: GateOutcome) {
        let gate = self.gate(expression);
        assert_eq!(gate.outcome, outcome, "{expression}: {}", gate.because);
    }

    fn exit(&self, expressions: &[&str]) -> u8 {
        verdict(expressions.iter().map(|e| self.gate(e)).collect(), &self.doubts).exit
    }
}

pub(super) fn finding(rule: &str, control: &str, severity: Severity) -> Finding {
    Finding {
        id: format!("id-{rule}"),
        control: control.into(),
        rule: rule.into(),
        severity,
        title: "".into(),
        message: String::new(),
        target: "oci:app".into(),
        r#where: Place::file("usr/bin/su"),
        packages: Vec::new(),
        vulnerability: None,
        because: Vec::new(),
        fix: None,
        status: Status::Open,
        suppression: None,
    }
}

fn vulnerable(id: &str, package: &str, severity: Severity, edit: impl FnOnce(&mut Vulnerability)) -> Finding {
    let mut vulnerability = Vulnerability { id: id.to_owned(), ..Vulnerability::default() };
    edit(&mut vulnerability);
    let fix = vulnerability.fixed.first().map(|version| Fix {
        kind: FixKind::Upgrade,
        command: None,
        patch: None,
        version: Some(version.clone()),
    });
    Finding {
        id: format!("id-{id}"),
        r#where: Place::file(format!("app/node_modules/{package}/package.json")),
        packages: vec![package.to_owned()],
        vulnerability: Some(Arc::new(vulnerability)),
        fix: fix.map(Box::new),
        ..finding("vulnerable-dependency", "dependencies", severity)
    }
}

fn refused(expression: &str) -> ParseError {
    Expression::parse(expression).unwrap_err()
}

use GateOutcome::{Fail, Incomplete, Pass};

#[test]
fn severity_and_fixable_fail_only_together() {
    let fixed = |v: &mut Vulnerability| v.fixed = vec!["1.2".to_owned()];
    let scan = Scan::default()
        .with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}))
        .with(vulnerable("CVE-2026-2", "right", Severity::Low, fixed));
    scan.expect("severity>=high && fixable", Pass);
    scan.expect("severity>=high or fixable", Fail);
    scan.expect("severity>=low && fixable", Fail);
    scan.expect("severity in (low, medium) && !fixable", Pass);
    scan.expect("severity != low", Fail);
    let gate = scan.gate("severity>=low && fixable");
    assert_eq!(gate.matched, ["id-CVE-2026-2"]);
    assert!(gate.because.contains("CVE-2026-2"), "{}", gate.because);
    assert!(gate.because.contains("severity is low, fixed in 1.2"), "{}", gate.because);
}

#[test]
fn a_severity_that_nobody_knows_may_be_any() {
    let scan = Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::Unknown, |_| {}));
    scan.expect("severity>=critical", Incomplete);
    scan.expect("severity == low", Incomplete);
    scan.expect("known(severity) && severity>=low", Pass);
    scan.expect("severity == unknown", Fail);
    scan.expect("severity != unknown", Pass);
    scan.expect("unknown(severity)", Fail);
    scan.expect("severity>=low && fixable", Pass);
}

#[test]
fn an_absent_epss_score_leaves_a_gate_incomplete_unless_it_says_otherwise() {
    let scan = Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}));
    scan.expect("epss>0.1", Incomplete);
    scan.expect("known(epss) && epss>0.1", Pass);
    let because = scan.gate("epss>10%").because;
    assert!(because.contains("CVE-2026-1") && because.contains("EPSS is not known"), "{because}");
    let score = |v: &mut Vulnerability| v.epss = Some(Epss { score: 0.42, percentile: 0.97 });
    let scan = scan.with(vulnerable("CVE-2026-2", "right", Severity::Low, score));
    scan.expect("epss>10%", Fail);
    scan.expect("known(epss) && epss > 0.5", Pass);
    scan.expect("known(epss) && epss-percentile >= 95%", Fail);
}

#[test]
fn age_counts_from_publication_to_the_moment_asked_about() {
    let on = |day: &'static str| move |v: &mut Vulnerability| v.published = Some(day.parse().unwrap());
    let scan = Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::High, on("2026-10-25")));
    scan.expect("age>30d", Fail);
    scan.expect("age>31d", Pass);
    scan.expect("age>=31d", Fail);
    scan.expect("age>5w", Pass);
    scan.expect("age>743h", Fail);
    let scan = Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}));
    scan.expect("age>30d", Incomplete);
    scan.expect("severity>=critical && age>30d", Pass);
}

#[test]
fn kev_is_known_only_with_the_catalogue() {
    let entry = |v: &mut Vulnerability| {
        v.kev = Some(Kev { added: "2026-01-02".to_owned(), due: None, ransomware: false });
    };
    let plain = || Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}));
    plain().expect("kev", Incomplete);
    plain().feed("KEV").expect("kev", Pass);
    plain().feed("kev").with(vulnerable("CVE-2026-2", "right", Severity::Low, entry)).expect("kev", Fail);
    plain().feed("kev").expect("ransomware", Pass);
    plain().feed("kev").expect("!kev", Fail);
}

#[test]
fn words_about_vulnerabilities_are_false_of_other_findings() {
    let scan = Scan::default().with(finding("setuid-file", "image-hardening", Severity::Medium));
    let scan = scan.rule("setuid-file", "image-hardening").rule("os-package-vulnerable", "image-scanning");
    for gate in ["kev", "epss>0", "epss<1", "age>0d", "cvss<10", "package == x", "direct", "license in (MIT)"]
    {
        scan.expect(gate, Pass);
    }
    scan.expect("severity>=medium && !kev", Fail);
    scan.expect("control == image-hardening", Fail);
    scan.expect("control == image-scanning", Pass);
    scan.expect("rule == setuid-file", Fail);
    scan.expect("path ~ usr/bin/*", Fail);
    scan.expect("path ~ usr/*", Pass);
    scan.expect("path !~ usr/**", Pass);
}

#[test]
fn ids_and_packages_are_compared_by_every_name_they_have() {
    let alias = |v: &mut Vulnerability| v.aliases = vec!["GHSA-aaaa-bbbb-cccc".to_owned()];
    let scan = Scan::default()
        .with(vulnerable("CVE-2026-1", "left", Severity::High, alias))
        .package("left", |p| p.direct = Some(true));
    scan.expect("id in (CVE-2000-1, ghsa-AAAA-bbbb-cccc)", Fail);
    scan.expect("id not in (CVE-2026-1)", Pass);
    scan.expect("id ~ CVE-2026-*", Fail);
    scan.expect("package == left", Fail);
    scan.expect("package ~ l*t and type = npm", Fail);
    scan.expect("type in (deb, rpm)", Pass);
    scan.expect("direct", Fail);
    scan.expect("purl == 'pkg:npm/left@1.0'", Fail);
    scan.expect("version == 1.0 && source == none", Pass);
}

#[test]
fn a_package_that_does_not_say_whether_it_is_direct_is_unknown() {
    let scan = Scan::default()
        .with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}))
        .package("left", |_| {});
    scan.expect("direct", Incomplete);
    scan.expect("known(direct) && direct", Pass);
    scan.expect("severity>=critical && direct", Pass);
    scan.expect("severity>=high && !development", Fail);
    let scan = scan.package("left", |p| p.development = true);
    scan.expect("severity>=high && !development", Pass);
    scan.expect("development", Fail);
}

#[test]
fn licences_are_asked_of_every_package() {
    let scan = Scan::default()
        .package("left", |p| p.licenses = vec!["MIT OR GPL-3.0-only".to_owned()])
        .package("right", |p| p.licenses = vec!["Apache-2.0".to_owned()]);
    scan.expect("license in (GPL-3.0-only, AGPL-3.0-only)", Fail);
    assert_eq!(scan.gate("license ~ GPL-*").matched, ["left"]);
    scan.expect("licence == BSD-3-Clause", Pass);
    scan.expect("license == Apache-2.0 && package == left", Pass);
    let scan = scan.package("bare", |_| {});
    scan.expect("license == BSD-3-Clause", Incomplete);
    scan.expect("known(license) && license == BSD-3-Clause", Pass);
}

#[test]
fn a_licence_beside_a_word_about_findings_asks_for_findings_in_packages_of_that_licence() {
    let scan = Scan::default()
        .with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}))
        .with(vulnerable("CVE-2026-2", "right", Severity::Critical, |_| {}))
        .package("left", |p| p.licenses = vec!["Apache-2.0".to_owned(), "MIT OR GPL-3.0-only".to_owned()])
        .package("right", |p| p.licenses = vec!["Apache-2.0".to_owned()])
        .package("quiet", |p| p.licenses = vec!["GPL-3.0-only".to_owned()]);
    let gate = scan.gate("license in (GPL-3.0-only) && severity>=high");
    assert_eq!((gate.outcome, gate.matched.len()), (Fail, 1), "{}", gate.because);
    assert!(
        gate.because
            .contains("CVE-2026-1 in left 1.0 (its licence is MIT OR GPL-3.0-only, severity is high)")
    );
    scan.expect("license in (GPL-3.0-only) && severity>=critical", Pass);
    // A finding whose package names no licence could be in one of that licence.
    let scan =
        scan.with(vulnerable("CVE-2026-3", "bare", Severity::Critical, |_| {})).package("bare", |_| {});
    scan.expect("license in (GPL-3.0-only) && severity>=critical", Incomplete);
    // A licence and a cell meet in the findings of that control.
    let scan = scan.control("dependencies", CellOutcome::Fail, CellOutcome::Fail);
    scan.expect("license in (GPL-3.0-only) && hold == fail", Fail);
}

#[test]
fn a_cell_without_a_scorecard_is_not_known() {
    let scan = Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {}));
    scan.expect("hold == fail", Incomplete);
    scan.expect("severity>=high && see == fail", Incomplete);
    scan.expect("severity>=high || see == fail", Fail);
}

#[test]
fn a_doubt_of_a_control_that_the_gate_covers_leaves_it_incomplete() {
    let scan = Scan::default().rule("setuid-file", "image-hardening");
    let scan = scan.doubt("dependencies", DoubtKind::Knowledge, "app/poetry.lock:3");
    scan.expect("severity>=critical", Incomplete);
    scan.expect("kev", Incomplete);
    scan.expect("control == dependencies && severity>=high", Incomplete);
    let scan = scan.rule("vulnerable-dependency", "dependencies");
    scan.expect("control == dependencies", Incomplete);
    scan.expect("control == dependencies && unknown", Fail);
    scan.expect("control == image-hardening && severity>=high", Pass);
    scan.expect("severity>=high && !unknown", Pass);
    scan.expect("path ~ app/** && severity>=high", Incomplete);
    scan.expect("severity>=high && !(path ~ app/**)", Pass);
    let because = scan.gate("severity>=critical").because;
    assert!(because.contains("app/poetry.lock:3: unclear (look again)"), "{because}");
    let scan = Scan::default().doubt("image-hardening", DoubtKind::Target, "etc/passwd");
    scan.expect("kev", Pass);
    scan.expect("epss>0.1 || package == x", Pass);
    scan.expect("severity>=high", Incomplete);
    scan.expect("control-failed", Incomplete);
    let scan = scan.rule("setuid-file", "image-hardening").rule("vulnerable-dependency", "dependencies");
    scan.expect("rule == vulnerable-dependency", Pass);
    scan.expect("rule == setuid-file", Incomplete);
}

#[test]
fn a_doubt_without_a_control_is_one_of_every_control() {
    let scan = Scan::default().doubt("", DoubtKind::Target, "layer 3");
    scan.expect("control == secrets", Incomplete);
    scan.expect("kev", Incomplete);
}

#[test]
fn known_matches_beat_doubts() {
    let scan = Scan::default().with(vulnerable("CVE-2026-1", "left", Severity::High, |_| {})).doubt(
        "dependencies",
        DoubtKind::Target,
        "x",
    );
    scan.expect("severity>=high", Fail);
    assert_eq!(scan.exit(&["severity>=high"]), 1);
    assert_eq!(scan.exit(&["epss>0.1"]), 3);
}

#[test]
fn the_word_unknown_makes_doubts_fail_and_exits_3() {
    let scan = Scan::default().rule("credential-file", "secrets");
    let scan = scan.doubt("dependencies", DoubtKind::Knowledge, "x");
    scan.expect("unknown", Fail);
    scan.expect("unknown && control == secrets", Pass);
    scan.expect("severity>=high || unknown", Fail);
    assert_eq!(scan.exit(&["unknown"]), 3);
    Scan::default().expect("unknown", Pass);
}

#[test]
fn suppressed_findings_do_not_count() {
    let mut covered = finding("setuid-file", "image-hardening", Severity::Critical);
    covered.status = Status::Suppressed;
    Scan::default().with(covered).expect("severity>=low", Pass);
}

#[test]
fn failed_controls_come_from_the_scorecard_or_else_from_open_findings() {
    let found = || Scan::default().with(finding("setuid-file", "image-hardening", Severity::Low));
    found().expect("control-failed", Fail);
    found().rule("credential-file", "secrets").expect("control-failed && control == secrets", Pass);
    let card = Scan::default().control("image-scanning", CellOutcome::Pass, CellOutcome::Fail).control(
        "rbac",
        CellOutcome::NotImplemented,
        CellOutcome::NotImplemented,
    );
    card.expect("control-failed", Pass);
    card.expect("hold == fail", Fail);
    assert_eq!(card.gate("hold == fail").matched, ["image-scanning"]);
    card.expect("see == fail || kev", Pass);
    let failed = found().control("image-hardening", CellOutcome::Fail, CellOutcome::NotImplemented).control(
        "secrets",
        CellOutcome::Unknown,
        CellOutcome::NotImplemented,
    );
    assert_eq!(failed.gate("control-failed").matched, ["image-hardening"]);
    assert_eq!(failed.gate("control-failed && severity>=info").matched, ["id-setuid-file"]);
    failed.expect("control-failed && control == secrets", Incomplete);
    failed.expect("control-failed && severity>=high", Pass);
}

#[test]
fn a_rule_that_did_not_run_leaves_its_gate_incomplete() {
    let scan = Scan::default().rule("setuid-file", "image-hardening");
    scan.expect("rule == setuid-file", Pass);
    scan.expect("rule == setuid-fiel", Incomplete);
    let gate = Expression::parse("rule in (a, b) || !(rule == c)").unwrap();
    assert_eq!(gate.named_rules().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn a_control_that_nobody_answered_leaves_its_gate_incomplete() {
    let scan = Scan::default().rule("setuid-file", "image-hardening");
    for gate in ["control == image-hardening", "control == IMAGE-HARDENING", "control ~ image-*"] {
        scan.expect(gate, Pass);
    }
    let silent = [
        "control == secrets",
        "control in (image-hardening, secrets)",
        "control ~ net*",
        "!!control == secrets",
    ];
    for gate in silent {
        scan.expect(gate, Incomplete);
    }
    Scan::default().expect("control == isolation && severity>=low", Incomplete);
    for gate in ["control != secrets", "!(control == secrets) && severity>=low", "control !~ net*"] {
        scan.expect(gate, Pass);
    }
    let because = scan.gate("severity>=high && control == secrets").because;
    assert!(because.contains("no rule of control `secrets` ran"), "{because}");
}

#[test]
fn exit_codes_follow_the_contract() {
    let clean = Scan::default();
    assert_eq!(clean.exit(&[]), 0);
    assert_eq!(verdict(Vec::new(), &[]).outcome, VerdictOutcome::Ungated);
    assert_eq!(clean.exit(&["severity>=high"]), 0);
    let knowledge = Scan::default().doubt("dependencies", DoubtKind::Knowledge, "x");
    assert_eq!(knowledge.exit(&[]), 0);
    assert_eq!(knowledge.exit(&["severity>=high"]), 3);
    let target = Scan::default().rule("credential-file", "secrets");
    let target = target.doubt("image-scanning", DoubtKind::Target, "layer 1");
    assert_eq!(target.exit(&[]), 3);
    assert_eq!(verdict(Vec::new(), &target.doubts).outcome, VerdictOutcome::Incomplete);
    assert_eq!(target.exit(&["control == secrets"]), 0);
    let both = target.with(finding("setuid-file", "image-hardening", Severity::Low));
    assert_eq!(both.exit(&["control == image-scanning", "rule == setuid-file"]), 1);
}

#[test]
fn every_spelling_of_the_operators_is_read() {
    for gate in [
        "NOT kev AND (fixable OR direct)",
        "not kev and fixable or direct",
        "!kev&&fixable||direct",
        "kev == true",
        "kev != true",
        "Severity >= HIGH",
        "severity>=important",
        "control = secrets",
        "any && !(unknown)",
        "id not in ('CVE-1', \"CVE-2\")",
        "((((kev))))",
    ] {
        assert!(Expression::parse(gate).is_ok(), "{gate}");
    }
    assert_eq!(Expression::parse(" kev ").unwrap().text(), "kev");
}

#[test]
fn and_binds_more_tightly_than_or() {
    let scan = Scan::default().with(finding("setuid-file", "image-hardening", Severity::Low));
    scan.expect("severity==low || kev && kev", Fail);
    scan.expect("(severity==low || kev) && kev", Pass);
    scan.expect("!kev && severity==low", Fail);
}

#[test]
fn mistakes_are_shown_where_they_are_with_what_was_meant() {
    for (gate, column, suggestion) in [
        ("", 1, "`severity>=high`"),
        ("severty>=high", 1, "`severity`"),
        ("kev && high", 8, "`severity>=high`"),
        ("CVE-2026-1", 1, "`id == CVE-2026-1`"),
        ("severity>=hihg", 11, "`high`"),
        ("severity", 1, "`severity>=high`"),
        ("severity => high", 10, "`>=`"),
        ("kev & fixable", 5, "`&&`, or quotes around a value that holds `&`"),
        ("kev fixable", 5, "`&&` or `||` between them"),
        ("control == image-scaning", 12, "`image-scanning`"),
        ("type == dep", 9, "`deb`"),
        ("age>30", 5, "`age>30d`"),
        ("age>1m", 5, "`age>1d`"),
        ("epss>1.5", 6, "`epss>0.1`"),
        ("severity>unknown", 10, "`severity == unknown`"),
        ("kev > 1", 5, "`kev` or `!kev`"),
        ("package > a", 1, "`package == a` or `package ~ a`"),
        ("known(path)", 7, "leave `known( )` out"),
        ("see == failed", 8, "`see == fail`"),
    ] {
        let error = refused(gate);
        assert_eq!(
            (error.column, error.suggestion.as_deref()),
            (column, Some(suggestion)),
            "{gate}: {error}"
        );
    }
    for (gate, column) in [
        ("(kev", 1),
        ("kev)", 4),
        ("kev &&", 7),
        ("id in (a", 7),
        ("id in (a b)", 10),
        ("path ~ 'a", 8),
        ("path ~ a[", 8),
        ("'kev'", 1),
        ("&& kev", 1),
        ("known(epss", 11),
        ("id in ()", 8),
    ] {
        assert_eq!(refused(gate).column, column, "{gate}: {}", refused(gate));
    }
    let shown = refused("kev && severty>=high").to_string();
    assert!(shown.ends_with("\n  kev && severty>=high\n         ^"), "{shown}");
}

#[test]
fn length_and_depth_are_bounded() {
    assert!(refused(&" ".repeat(EXPRESSION_CHARS_MAX + 1)).message.contains("longer than"));
    let nested = |n: usize| format!("{}kev{}", "(".repeat(n), ")".repeat(n));
    assert!(Expression::parse(&nested(DEPTH_MAX - 1)).is_ok());
    assert!(refused(&nested(DEPTH_MAX)).message.contains("nested more than"));
    assert!(refused(&("!".repeat(DEPTH_MAX) + "kev")).message.contains("nested more than"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn no_row_of_words_makes_the_parser_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "kev", "severity", ">=", "high", "(", ")", "&&", "||", "!", "in", ",", "id", "known", "~", "a*", "'x'",
                "not", "age", "30d", "==", "epss", "0.1", "unknown",
            ]),
            0..20,
        )
    ) {
        if let Ok(gate) = Expression::parse(&words.join(" ")) {
            let _ = Scan::default().with(finding("a", "secrets", Severity::Low)).gate(gate.text());
        }
    }
}

#[test]
fn what_is_new_needs_an_earlier_report_and_unclear_is_not_new() {
    let high = || finding("a", "dependencies", Severity::High);
    let mut scan = Scan::default().with(high());
    scan.expect("new", GateOutcome::Incomplete);
    scan.expect("severity>=low && new", GateOutcome::Incomplete);
    let key = (scan.findings[0].target.clone(), scan.findings[0].id.clone());
    scan.baseline = Some(super::Baseline::default());
    scan.expect("new", GateOutcome::Pass);
    scan.expect("!new && severity==high", GateOutcome::Fail);
    scan.baseline = Some(super::Baseline { findings: [key.clone()].into(), ..Default::default() });
    scan.expect("new", GateOutcome::Fail);
    scan.expect("new && severity>=critical", GateOutcome::Pass);
    scan.baseline = Some(super::Baseline { unclear: [key].into(), ..Default::default() });
    scan.expect("new", GateOutcome::Incomplete);
    scan.expect("known(new) && new", GateOutcome::Pass);
}
