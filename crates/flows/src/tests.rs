//! The verbs on fakes of the ports: what a user asks, and what the report says.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{GateOutcome, Report, Status, VerdictOutcome};
use inventory::{Target, TargetKind};
use model::{DoubtKind, Ledger, Severity};
use oci::TreeBuilder;
use ports::source::{
    Content, Files, Location, Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec,
};

use crate::fakes::{KeepAll, Memory, request, world};
use crate::{FlowError, NamedBytes, ReadRequest, SbomFormat, ScanRequest, World};

const STATUS: &str = "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u1\n\nPackage: unrated\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n";
const OS: &str = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian 12\"\n";

const ALPINE: &str = "ID=alpine\nVERSION_ID=3.20.1\n";
const MUSL: &str = "P:musl\nV:1.2.5-r0\nA:x86_64\n\n";

const PRIVILEGED: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {pod-security.kubernetes.io/enforce: baseline}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n    - name: web\n      securityContext: {privileged: true}\n";
const BROKEN: &str = "apiVersion: v1\nkind: Pod\nspec: [\n";
const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {{ toYaml .Values.meta }}\n";

/// Root file systems by name; `broken` exists and cannot be read.
struct FakeSources(BTreeMap<String, Vec<(&'static str, &'static str)>>);

impl Sources for FakeSources {
    fn open(
        &self,
        spec: &TargetSpec,
        analyzer: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let Location::Path(path) = &spec.location else {
            return Err(SourceError::Usage("no standard input here".to_owned()));
        };
        if path == "broken" {
            return Err(SourceError::Unreadable("the disk says no".to_owned()));
        }
        let files = self.0.get(path).ok_or_else(|| SourceError::Usage(format!("there is no `{path}`")))?;
        let mut builder = TreeBuilder::default();
        for (path, text) in files {
            let analyzer = if path.ends_with(".yaml") { &KeepAll } else { analyzer };
            builder.file(path, 0o644, text.as_bytes(), analyzer);
        }
        let kind = spec.kind.unwrap_or(TargetKind::Rootfs);
        let target = Target::new(format!("{}:{path}", kind.as_str()), kind, path.clone());
        let files = Files { facts_key: Some(path.clone()), ..Files::of(Arc::new(builder.build(None))) };
        let ledger = Ledger { files: 2, ..Ledger::default() };
        let whole = self.0.get(path).and_then(|f| f.first()).filter(|_| path.ends_with(".yaml"));
        let objects = whole.map(|(_, text)| Content::Objects(text.as_bytes().into()));
        let content = objects.unwrap_or(Content::Files(Box::new(files)));
        Ok(vec![Opened { ledger, ..Opened::whole(target, content) }])
    }
}

fn with_world<T>(cache: &Memory, act: impl FnOnce(&World<'_>) -> T) -> T {
    let debian = vec![("etc/os-release", OS), ("var/lib/dpkg/status", STATUS)];
    let shop =
        vec![("deploy/pod.yaml", PRIVILEGED), ("deploy/broken.yaml", BROKEN), ("chart/pod.yaml", TEMPLATE)];
    let sources = FakeSources(
        [
            ("debian", debian),
            ("alpine", vec![("etc/os-release", ALPINE), ("lib/apk/db/installed", MUSL)]),
            ("shop", shop),
            ("pod.yaml", vec![("pod.yaml", PRIVILEGED)]),
        ]
        .map(|(name, files)| (name.to_owned(), files))
        .into(),
    );
    act(&world(&sources, cache))
}

fn scan(request: &ScanRequest) -> Result<Report, FlowError> {
    with_world(&Memory::default(), |world| crate::scan(world, request))
}

#[test]
fn a_vulnerable_package_is_one_finding_under_its_cve() {
    let report = scan(&request(&["rootfs:debian"])).unwrap();
    let found: Vec<_> = report.findings.iter().filter(|f| f.vulnerability.is_some()).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    let vulnerability = found[0].vulnerability.as_ref().unwrap();
    assert_eq!(vulnerability.id, "CVE-2026-9001");
    assert_eq!(vulnerability.fixed, ["3.0.11-1~deb12u2"]);
    assert_eq!(found[0].severity, Severity::Critical);
    assert_eq!(report.verdict.outcome, VerdictOutcome::Ungated);
    assert_eq!(report.verdict.exit, 0);
    let package = report.packages.iter().find(|p| p.name == "openssl").unwrap();
    assert_eq!(found[0].packages, std::slice::from_ref(&package.id));
}

#[test]
fn a_gate_fails_on_what_is_known_and_says_on_what() {
    let mut asked = request(&["rootfs:debian"]);
    asked.gates = vec!["severity>=high && fixable".to_owned()];
    let report = scan(&asked).unwrap();
    assert_eq!(report.verdict.exit, 1);
    assert_eq!(report.verdict.gates[0].outcome, GateOutcome::Fail);
    assert!(!report.verdict.gates[0].matched.is_empty());
}

#[test]
fn an_accepted_finding_stays_in_the_report_and_passes_the_gate() {
    let mut asked = request(&["rootfs:debian"]);
    asked.gates = vec!["id == CVE-2026-9001".to_owned()];
    asked.ignore = Some(NamedBytes {
        name: "plimsoll-ignore.toml".to_owned(),
        bytes: b"[[ignore]]\nid = \"CVE-2026-9001\"\nreason = \"not reachable here\"\nowner = \"platform\"\n"
            .to_vec(),
    });
    let report = scan(&asked).unwrap();
    let finding = report.findings.iter().find(|f| f.vulnerability.is_some()).unwrap();
    assert_eq!(finding.status, Status::Suppressed);
    assert_eq!(finding.suppression.as_ref().unwrap().reason, "not reachable here");
    assert_ne!(report.verdict.exit, 1);
}

#[test]
fn a_target_that_cannot_be_read_is_a_doubt_and_exit_code_three() {
    let report = scan(&request(&["rootfs:broken", "rootfs:debian"])).unwrap();
    assert_eq!(report.verdict.exit, 3);
    assert_eq!(report.targets.len(), 2);
    assert!(report.doubts.iter().any(|d| d.reason.contains("the disk says no")));
    assert!(!report.findings.is_empty(), "the readable target is still judged");
}

#[test]
fn what_could_not_be_read_is_unknown_to_every_control() {
    for control in ["image-scanning", "image-hardening", "secrets", "dependencies"] {
        let mut asked = request(&["rootfs:broken"]);
        asked.gates = vec![format!("control == {control}")];
        assert_eq!(scan(&asked).unwrap().verdict.exit, 3, "{control}");
        asked.controls = vec![control.to_owned()];
        let report = with_world(&Memory::default(), |w| crate::assess(w, &asked)).unwrap();
        let see = &report.controls.iter().find(|c| c.id == control).unwrap().see;
        assert_eq!((see.outcome, report.verdict.exit), (api::CellOutcome::Unknown, 3), "{control}");
    }
    let report = scan(&request(&["rootfs:broken"])).unwrap();
    assert!(report.ledger.unread.iter().any(|u| u.r#where == "rootfs:broken"), "{:?}", report.ledger);
}

#[test]
fn a_gate_on_a_control_that_was_not_asked_for_is_not_decided() {
    let exit = |control: &str, gate: &str| {
        let mut asked = request(&["rootfs:debian"]);
        asked.controls = vec![control.to_owned()];
        asked.gates = vec![gate.to_owned()];
        scan(&asked).map(|r| r.verdict.exit)
    };
    assert_eq!(exit("image-hardening", "control == image-hardening && severity>=critical").unwrap(), 0);
    assert_eq!(exit("image-hardening", "control == secrets").unwrap(), 3);
    assert_eq!(exit("isolation", "control == isolation").unwrap(), 3);
    assert!(matches!(exit("secrets", "control == secretz"), Err(FlowError::Usage(_))));
}

#[test]
fn slips_of_the_user_are_usage_errors_before_anything_is_read() {
    let mut gate = request(&["rootfs:debian"]);
    gate.gates = vec!["severity >".to_owned()];
    let mut control = request(&["rootfs:debian"]);
    control.controls = vec!["image-scaning".to_owned()];
    let mut database = request(&["rootfs:debian"]);
    database.database = Some("missing.db".to_owned());
    for asked in [gate, control, database, request(&["rootfs:nowhere"]), request(&[])] {
        assert!(matches!(scan(&asked), Err(FlowError::Usage(_))), "{asked:?}");
    }
}

#[test]
fn a_control_filter_runs_its_rules_alone() {
    let mut asked = request(&["rootfs:debian"]);
    asked.controls = vec!["image-hardening".to_owned()];
    let report = scan(&asked).unwrap();
    assert!(report.database.is_none(), "no rule asked for advisories");
    assert!(report.rules.iter().all(|r| r.control == "image-hardening"));
    assert!(report.findings.iter().all(|f| f.control == "image-hardening"));
}

#[test]
fn kept_facts_give_the_same_report_byte_for_byte() {
    let cache = Memory::default();
    let json = |r: Report| serde_json::to_string(&r).unwrap();
    let first = with_world(&cache, |w| json(crate::scan(w, &request(&["rootfs:debian"])).unwrap()));
    assert!(!cache.0.lock().unwrap().is_empty(), "the facts are kept");
    let second = with_world(&cache, |w| json(crate::scan(w, &request(&["rootfs:debian"])).unwrap()));
    assert_eq!(first, second);
    cache.0.lock().unwrap().values_mut().for_each(|v| v.truncate(20));
    let third = with_world(&cache, |w| json(crate::scan(w, &request(&["rootfs:debian"])).unwrap()));
    assert_eq!(first, third, "a damaged entry is made again");
}

#[test]
fn a_target_named_twice_is_two_targets() {
    let report = scan(&request(&["rootfs:debian", "rootfs:debian"])).unwrap();
    let ids: Vec<_> = report.targets.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids, ["rootfs:debian", "rootfs:debian#2"]);
}

#[test]
fn the_scorecard_has_nineteen_controls_and_counts_only_what_was_judged() {
    let report = with_world(&Memory::default(), |w| crate::assess(w, &request(&["rootfs:debian"]))).unwrap();
    assert_eq!(report.controls.len(), 19);
    let scanning = report.controls.iter().find(|c| c.id == "image-scanning").unwrap();
    assert_eq!(scanning.see.outcome, api::CellOutcome::Fail);
    let score = report.score.unwrap();
    assert!(score.value <= score.of && score.of < 57, "{score:?}");
}

#[test]
fn a_bill_of_materials_is_read_back_with_every_package() {
    let bills = with_world(&Memory::default(), |w| {
        crate::sbom(
            w,
            "rootfs:debian",
            &ReadRequest::default(),
            SbomFormat::CycloneDxJson(crate::CycloneDxVersion::default()),
            "2026-11-25".parse().unwrap(),
        )
    })
    .unwrap();
    let (document, flaws) = sbom::read(bills[0].text.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    assert_eq!(document.packages.len(), 2);
}

#[test]
fn the_framework_names_nineteen_controls_and_only_rules_that_exist() {
    let framework = crate::framework().unwrap();
    assert_eq!(framework.control_ids().count(), 19);
    let rules = crate::rules();
    let known: Vec<_> = rules.iter().map(|r| (r.control, r.id)).collect();
    assert_eq!(framework.disagreements(&known), Vec::<String>::new());
}

#[test]
fn advisories_must_be_as_fresh_as_was_demanded() {
    let mut asked = request(&["rootfs:debian"]);
    // The newest record is of 2026-01-02, the scan of 2026-11-25.
    asked.max_age = crate::MaxAge::AtMost(400 * 86_400);
    let report = scan(&asked).unwrap();
    assert_eq!(report.verdict.gates.last().map(|g| g.outcome), Some(GateOutcome::Pass));
    assert_eq!(report.verdict.outcome, VerdictOutcome::Pass);
    asked.max_age = crate::MaxAge::AtMost(7 * 86_400);
    let report = scan(&asked).unwrap();
    let gate = report.verdict.gates.last().unwrap();
    assert_eq!((gate.outcome, report.verdict.exit), (GateOutcome::Incomplete, 3));
    assert_eq!(gate.expression, "max-database-age 7d");
    assert!(gate.because.contains("Debian is of 2026-01-02, 327 days old"), "{}", gate.because);
    assert!(report.doubts.iter().any(|d| d.reason.contains("more than 7 days allowed")));
    assert_eq!(report.targets[0].sources[0].ecosystem, "Debian");
}

#[test]
fn a_demand_for_freshness_that_nobody_answers_is_incomplete_and_one_without_packages_not_applicable() {
    let asked = |target: &str| {
        let max_age = crate::MaxAge::AtMost(7 * 86_400);
        scan(&ScanRequest { max_age, ..request(&[target]) }).unwrap()
    };
    let report = asked("rootfs:alpine");
    let gate = report.verdict.gates.last().unwrap();
    assert_eq!((gate.outcome, report.verdict.exit), (GateOutcome::Incomplete, 3));
    assert_eq!(gate.because, "no source answered about 1 package");
    let report = asked("manifests:pod.yaml");
    let gate = report.verdict.gates.last().unwrap();
    assert_eq!(gate.outcome, GateOutcome::Pass);
    assert!(gate.because.starts_with("not applicable"), "{}", gate.because);
}

#[test]
fn the_oldest_answer_of_an_ecosystem_decides_and_is_named() {
    let max_age = crate::MaxAge::AtMost(400 * 86_400);
    let mut report = scan(&ScanRequest { max_age, ..request(&["rootfs:debian"]) }).unwrap();
    let demand = |report: &mut Report| {
        crate::fresh::demand(report, 400 * 86_400);
        report.verdict.gates.last().unwrap().because.clone()
    };
    // An earlier report of the same ecosystem comes after the present one.
    let mut earlier = report.targets[0].clone();
    earlier.sources[0].snapshot = Some("2024-01-01".parse().unwrap());
    report.targets.push(earlier);
    assert_eq!(demand(&mut report), "too old: Debian is of 2024-01-01, 1059 days old");
    report.targets.pop();
    let feed =
        api::SourceFeed { name: "debian-tracker".into(), modified: Some("2025-01-01".parse().unwrap()) };
    report.targets[0].sources[0].oldest_feed = Some(feed);
    assert_eq!(demand(&mut report), "too old: Debian (feed `debian-tracker`) is of 2025-01-01, 693 days old");
}

#[test]
fn manifests_of_a_project_are_judged_and_those_that_cannot_be_read_are_unknown() {
    let report = with_world(&Memory::default(), |w| crate::assess(w, &request(&["dir:shop"]))).unwrap();
    let found = report.findings.iter().find(|f| f.rule == "pod-privileged").unwrap();
    assert_eq!((found.r#where.path.as_str(), found.r#where.line), ("deploy/pod.yaml", Some(13)));
    let object = found.r#where.object.as_ref().unwrap();
    assert_eq!(
        (object.kind.as_str(), object.namespace.as_str(), object.name.as_str()),
        ("Pod", "shop", "web")
    );
    assert_eq!(object.field.as_deref(), Some("spec.containers[0].securityContext.privileged"));
    let doubt = |file: &str| report.doubts.iter().find(|d| d.r#where.starts_with(file)).unwrap();
    assert_eq!(doubt("deploy/broken.yaml").kind, DoubtKind::Target);
    assert_eq!(doubt("chart/pod.yaml").kind, DoubtKind::Knowledge);
    let unread = report.doubts.iter().filter(|d| d.r#where.starts_with("deploy/broken.yaml"));
    let concerned: Vec<&str> = unread.map(|d| d.control.as_str()).collect();
    let every: Vec<&str> =
        std::collections::BTreeSet::from_iter(rules_cluster::RULES.iter().map(|r| r.control))
            .into_iter()
            .collect();
    assert_eq!(concerned, every, "what was not read may hold objects of every kind");
    let row = report.controls.iter().find(|c| c.id == "pod-security").unwrap();
    assert_eq!((row.see.outcome, row.hold.outcome), (api::CellOutcome::Fail, api::CellOutcome::Pass));
    assert_eq!((report.ledger.objects, report.verdict.exit), (2, 3));
}

#[test]
fn a_conversion_without_policies_says_so_and_is_incomplete() {
    let convert = |target: &str| {
        with_world(&Memory::default(), |w| crate::convert(w, &[target.to_owned()], &request(&[]).read))
            .unwrap()
    };
    let found = convert("shop");
    assert_eq!((found.exit, found.ledger.objects), (3, 2));
    assert!(found.doubts.iter().any(|d| d.reason.contains("no PodSecurityPolicy")), "{:?}", found.doubts);
    assert!(found.namespaces.iter().all(|n| n.uncertain), "{:?}", found.namespaces);
    let says_so = |n: &api::NamespaceLevel| n.because.iter().all(|b| b.contains("no PodSecurityPolicy"));
    assert!(found.namespaces.iter().all(says_so), "{:?}", found.namespaces);
    let broken = convert("manifests:broken");
    assert!(broken.doubts.iter().any(|d| d.reason == "the disk says no"), "{:?}", broken.doubts);
}

#[test]
fn manifests_are_a_target_of_their_own() {
    let assess = |target| with_world(&Memory::default(), |w| crate::assess(w, &request(&[target]))).unwrap();
    let folder = assess("manifests:shop");
    let cells = |report: &Report, control: &str| {
        let row = report.controls.iter().find(|c| c.id == control).unwrap();
        (row.see.outcome, row.hold.outcome)
    };
    assert_eq!(cells(&folder, "pod-security"), (api::CellOutcome::Fail, api::CellOutcome::Pass));
    assert_eq!(
        cells(&folder, "image-scanning").1,
        api::CellOutcome::NotApplicable,
        "no pipeline is asked for"
    );
    assert_eq!((folder.packages.len(), folder.ledger.objects), (0, 2));
    let whole = assess("manifests:pod.yaml");
    let found = whole.findings.iter().find(|f| f.rule == "pod-privileged").unwrap();
    assert_eq!((found.r#where.path.as_str(), found.target.as_str()), ("pod.yaml", "manifests:pod.yaml"));
    assert_eq!(whole.verdict.exit, 0);
    let nothing = assess("manifests:debian");
    assert_eq!(nothing.verdict.exit, 3, "no object at all is not a pass");
    assert!(
        nothing.doubts.iter().all(|d| d.reason == "no Kubernetes object is in it"),
        "{:?}",
        nothing.doubts
    );
    let bill = with_world(&Memory::default(), |w| {
        let format = SbomFormat::CycloneDxJson(crate::CycloneDxVersion::default());
        crate::sbom(w, "manifests:shop", &ReadRequest::default(), format, "2026-11-25".parse().unwrap())
    });
    assert!(matches!(bill, Err(FlowError::Usage(_))));
}

#[test]
fn a_baseline_makes_only_what_is_new_fail() {
    let before = scan(&request(&["rootfs:debian"])).unwrap();
    let mut asked = request(&["rootfs:debian"]);
    asked.gates = vec!["new && severity>=high && known(new)".to_owned()];
    let named =
        |report: Report| Some(Arc::new(crate::NamedReport { name: "before.json".to_owned(), report }));
    asked.baseline = named(before.clone());
    let report = scan(&asked).unwrap();
    assert_eq!(report.verdict.gates[0].outcome, GateOutcome::Pass, "{}", report.verdict.gates[0].because);
    let mut fewer = before;
    fewer.findings.clear();
    asked.baseline = named(fewer);
    assert_eq!(scan(&asked).unwrap().verdict.exit, 1);
    asked.baseline = None;
    assert_eq!(scan(&asked).unwrap().verdict.exit, 3);
}
