//! What a gate of ours holds: a gate that no finding of a control could ever match does not enforce that control.

use std::sync::Arc;

use api::{Epss, Finding, Fix, FixKind, GateOutcome, Kev, PackageRow, Status, Vulnerability};
use eval::gate::{Baseline, Evidence, Expression, evaluate};
use eval::suppress;
use model::{PackageType, Place, Severity, Timestamp};

use super::shell::Ends;

/// Of `controls`, those that one of the gates could fail on, and whether the gates can be read.
pub(super) fn holds(gates: &[&str], controls: Vec<&'static str>) -> (Vec<&'static str>, Ends) {
    let mut read = Vec::new();
    for text in gates {
        match Expression::parse(text) {
            Ok(gate) => read.push(gate),
            Err(_) if text.contains(['$', '%']) => {
                return (controls, Ends::perhaps(format!("its gate `{text}` is known only when it runs")));
            }
            Err(_) => return (controls, Ends::no(format!("its gate `{text}` is none"))),
        }
    }
    let held: Vec<&'static str> =
        controls.iter().copied().filter(|c| read.iter().any(|g| could_fail(g, c, true))).collect();
    match held.is_empty() && !controls.is_empty() {
        true => (controls, Ends::no(format!("no vulnerability matches its gate `{}`", gates.join("`, `")))),
        false => (held, Ends::Yes),
    }
}

/// Whether one of the gates fails on what an earlier report has as well.
pub(super) fn fails_on_known(gates: &[&str]) -> bool {
    let read: Vec<Expression> = gates.iter().filter_map(|text| Expression::parse(text).ok()).collect();
    super::tools::both().iter().all(|control| {
        let held = |new| read.iter().any(|gate| could_fail(gate, control, new));
        held(false) || !held(true)
    })
}

/// Whether the gate would fail, or could not be decided, on the worst finding of the control, fixed or not; one that is
/// `new`, or that nobody sees for the first time.
fn could_fail(gate: &Expression, control: &str, new: bool) -> bool {
    [true, false].into_iter().any(|fixed| {
        let (finding, package) = trial(control, fixed);
        // What is `new` to a gate.
        let baseline = match new {
            true => Baseline {
                findings: [("".into(), String::new())].into(),
                packages: [(String::new(), package.id.clone())].into(),
                ..Baseline::default()
            },
            false => Baseline::default(),
        };
        let evidence = |findings, packages| Evidence {
            findings,
            doubts: &[],
            packages,
            targets: &[],
            workloads: None,
            rules: &[],
            controls: &[],
            database: None,
            as_of: Timestamp(FAR),
            baseline: Some(&baseline),
        };
        let gates = std::slice::from_ref(gate);
        let outcome = |evidence| evaluate(gates, &evidence).pop().map(|g| g.outcome);
        // A gate that answers as if the finding were not there does not stop it, whatever it answers.
        let (findings, packages) = ([finding], [package]);
        let met = outcome(evidence(&findings, &packages));
        met != Some(GateOutcome::Pass) && met != outcome(evidence(&[], &[]))
    })
}

/// Whether an ignore file accepts the worst findings there could be, of both controls, whatever they are about.
pub(super) fn swallows(name: &str, bytes: &[u8], as_of: Timestamp) -> bool {
    let Ok(ignore) = suppress::parse_ignore(name, bytes) else { return false };
    let accepted = |control: &&str| {
        let (finding, package) = trial(control, true);
        let mut findings = [Finding { r#where: Place::file("some/where"), ..finding }];
        let context = suppress::Context {
            ignores: std::slice::from_ref(&ignore),
            inlines: &[],
            vex: &[],
            targets: &[],
            packages: &[package],
            as_of,
        };
        suppress::apply(&mut findings, &context);
        findings.iter().all(|f| f.status == Status::Suppressed)
    };
    super::tools::both().iter().any(accepted)
}

/// The worst finding of a control, and its package.
fn trial(control: &str, fixed: bool) -> (Finding, PackageRow) {
    let kind = if control == super::tools::IMAGES { PackageType::Deb } else { PackageType::Npm };
    let package = PackageRow {
        id: "package".to_owned(),
        target: String::new(),
        name: "package".to_owned(),
        version: "1".to_owned(),
        kind,
        purl: format!("pkg:{}/package@1", kind.as_str()),
        source: None,
        architecture: None,
        licenses: vec!["LicenseRef-none".to_owned()],
        paths: vec!["some/where".to_owned()],
        layer: None,
        instruction: None,
        direct: Some(true),
        development: false,
        reached: Some(true),
    };
    (worst(control, fixed), package)
}

/// A moment long after the worst finding was published, in seconds.
const FAR: i64 = 1_000_000_000;

fn worst(control: &str, fixed: bool) -> Finding {
    let fix = Fix { kind: FixKind::Upgrade, command: None, patch: None, version: Some("2".to_owned()) };
    let rule =
        if control == super::tools::IMAGES { "os-package-vulnerable" } else { "dependency-vulnerable" };
    Finding {
        id: String::new(),
        control: control.into(),
        rule: rule.into(),
        severity: Severity::Critical,
        title: "".into(),
        message: String::new(),
        target: "".into(),
        r#where: Place::default(),
        packages: vec!["package".to_owned()],
        vulnerability: Some(Arc::new(Vulnerability {
            id: "CVE-0000-0000".to_owned(),
            aliases: Vec::new(),
            summary: None,
            cvss: vec![api::Cvss {
                version: "3.1".to_owned(),
                vector: String::new(),
                score: 10.0,
                source: String::new(),
            }],
            epss: Some(Epss { score: 1.0, percentile: 1.0 }),
            kev: Some(Kev { added: String::new(), due: None, ransomware: true }),
            published: Some(Timestamp(0)),
            modified: Some(Timestamp(0)),
            range: String::new(),
            fixed: if fixed { vec!["2".to_owned()] } else { Vec::new() },
            urls: Vec::new(),
        })),
        because: Vec::new(),
        fix: fixed.then_some(Box::new(fix)),
        status: Status::Open,
        suppression: None,
    }
}
