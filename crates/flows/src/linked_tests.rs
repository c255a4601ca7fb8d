//! `--images` on fakes: what workloads run is had, judged once, and linked both ways.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{MatchedBy, Report, TargetRow, VerdictOutcome};
use inventory::{Target, TargetKind};
use model::{Digest, Doubt, DoubtKind, EVERY_CONTROL, Severity};
use oci::TreeBuilder;
use ports::source::{
    Content, Files, Listed, Location, Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec,
};

use crate::fakes::{Memory, request, world};
use crate::{Documents, FlowError, ImageSource, ImagesRequest, ScanRequest};

const OS: &str = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian 12\"\n";
const STATUS: &str =
    "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u1\n";

/// A web server behind an Ingress, with a setup before it, and a privileged agent of the same image.
const SHOP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: setup, image: 'images.example/tools:1'}]
      containers: [{name: web, image: 'images.example/web:2'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers: [{name: agent, image: 'images.example/tools:1', securityContext: {privileged: true}}]
";

/// Images by the name after `registry:` and by target in a layout; manifests by path. Notes what is opened.
struct Fakes {
    manifests: BTreeMap<&'static str, &'static str>,
    registry: Vec<&'static str>,
    /// What the registry refuses to send.
    refuses: &'static str,
    listed: Vec<Listed>,
    opened: Mutex<Vec<String>>,
}

fn digest(name: &str) -> Digest {
    Digest([name.bytes().fold(0, u8::wrapping_add); 32])
}

impl Sources for Fakes {
    fn open(
        &self,
        spec: &TargetSpec,
        analyzer: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        self.opened.lock().unwrap().push(spec.written.clone());
        let (kind, name) = match &spec.location {
            Location::Path(path) => match self.manifests.get(path.as_str()) {
                Some(text) => {
                    let kind = TargetKind::Manifests;
                    let target = Target::new(spec.written.clone(), kind, path.clone());
                    return Ok(vec![Opened::whole(target, Content::Objects(text.as_bytes().into()))]);
                }
                None => (TargetKind::Oci, path.clone()),
            },
            Location::Registry(name) if name == self.refuses => {
                let target = Target::new(spec.written.clone(), TargetKind::Registry, name.clone());
                let doubt = Doubt {
                    control: EVERY_CONTROL.to_owned(),
                    rule: None,
                    target: target.id.clone(),
                    kind: DoubtKind::Target,
                    r#where: name.clone(),
                    reason: "401".to_owned(),
                    remedy: "log in".to_owned(),
                };
                let bill = Content::Document(Vec::new());
                return Ok(vec![Opened { doubts: vec![doubt], ..Opened::whole(target, bill) }]);
            }
            Location::Registry(name) if self.registry.contains(&name.as_str()) => {
                (TargetKind::Registry, name.clone())
            }
            _ => return Err(SourceError::Usage(format!("`{}`: there is no such image", spec.written))),
        };
        let mut builder = TreeBuilder::default();
        builder.file("etc/os-release", 0o644, OS.as_bytes(), analyzer);
        builder.file("var/lib/dpkg/status", 0o644, STATUS.as_bytes(), analyzer);
        let files = Files::of(Arc::new(builder.build(None)));
        let digest = Some(digest(name.trim_start_matches("registry:")));
        let target = Target { digest, ..Target::new(spec.written.clone(), kind, name) };
        Ok(vec![Opened::whole(target, Content::Files(Box::new(files)))])
    }

    fn images(&self, spec: &TargetSpec, _: &ReadOptions) -> Result<Vec<Listed>, SourceError> {
        match spec.written.as_str() {
            "oci:layout" => Ok(self.listed.clone()),
            "oci:broken" => Err(SourceError::Unreadable("`oci:broken`: the disk says no".to_owned())),
            _ => Ok(Vec::new()),
        }
    }
}

fn fakes() -> Fakes {
    let listed =
        |called: &str| Listed { called: vec![called.to_owned()], target: format!("oci:layout:{called}") };
    Fakes {
        manifests: [("shop.yaml", SHOP)].into(),
        registry: vec!["images.example/web:2", "images.example/tools:1"],
        refuses: "",
        listed: vec![listed("images.example/tools:1"), listed("2")],
        opened: Mutex::default(),
    }
}

fn scan(fakes: &Fakes, request: &ScanRequest) -> Result<Report, FlowError> {
    crate::scan(&world(fakes, &Memory::default()), request)
}

fn asking(images: ImagesRequest) -> ScanRequest {
    ScanRequest { images: Some(images), ..request(&["manifests:shop.yaml"]) }
}

fn target<'r>(report: &'r Report, id: &str) -> &'r TargetRow {
    let ids: Vec<&str> = report.targets.iter().map(|t| t.id.as_str()).collect();
    report.targets.iter().find(|t| t.id == id).unwrap_or_else(|| panic!("no {id}: {ids:?}"))
}

#[test]
fn images_come_from_their_registry_once_each_and_are_linked_both_ways() {
    let fakes = fakes();
    let report = scan(&fakes, &asking(ImagesRequest { registry: true, from: Vec::new() })).unwrap();
    let opened = fakes.opened.lock().unwrap().clone();
    assert_eq!(
        opened,
        ["manifests:shop.yaml", "registry:images.example/tools:1", "registry:images.example/web:2"]
    );
    let web = target(&report, "registry:images.example/web:2");
    let run = &web.runs_in[0];
    assert_eq!((run.exposed, run.privileged), (Some(true), Some(false)));
    assert_eq!(run.exposed_by, ["Service shop/web (NodePort)"]);
    assert_eq!(
        web.matched.as_ref().map(|m| (m.by, m.from.as_str())),
        Some((MatchedBy::Reference, "registry"))
    );
    let tools = target(&report, "registry:images.example/tools:1");
    let runs: Vec<_> =
        tools.runs_in.iter().map(|r| (r.object.kind.as_str(), r.privileged, r.exposed)).collect();
    assert_eq!(
        runs,
        [("DaemonSet", Some(true), Some(false)), ("Deployment", Some(false), Some(false))],
        "an init container is not reached"
    );
    let rows = report.workloads.as_ref().unwrap();
    let deployment = rows.iter().find(|r| r.object.kind == "Deployment").unwrap();
    assert_eq!(deployment.id, "manifests:shop.yaml Deployment shop/web");
    assert_eq!((deployment.exposed, deployment.privileged), (Some(true), Some(false)));
    assert_eq!(deployment.findings[&Severity::Critical], 2, "one in each of two images");
    assert_eq!(deployment.worst[0].what, "CVE-2026-9001");
    assert_eq!(deployment.worst[0].fixed.as_deref(), Some("3.0.11-1~deb12u2"));
    assert_eq!((deployment.fixable, deployment.worst.len()), (2, 1), "one vulnerability is named once");
    let runs = report.links.iter().filter(|l| l.kind == "runs" && l.from == deployment.id).count();
    assert_eq!(runs, 2);
}

#[test]
fn without_images_nothing_is_linked() {
    let fakes = fakes();
    let report = scan(&fakes, &request(&["manifests:shop.yaml"])).unwrap();
    assert_eq!((report.targets.len(), &report.workloads), (1, &None));
    assert_eq!(fakes.opened.lock().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_had_is_unknown_and_concerns_images_alone() {
    let fakes = Fakes { registry: vec!["images.example/tools:1"], ..fakes() };
    let images = ImagesRequest { registry: true, from: Vec::new() };
    let mut asked = asking(images);
    asked.gates = vec![
        "unknown && control == image-scanning".to_owned(),
        "unknown && control == pod-security".to_owned(),
    ];
    let report = scan(&fakes, &asked).unwrap();
    let web = target(&report, "registry:images.example/web:2");
    assert_eq!((web.runs_in.len(), &web.matched), (1, &None));
    let unread = report.ledger.unread.iter().find(|u| u.r#where == "images.example/web:2").unwrap();
    assert!(unread.reason.contains("there is no such image"), "{}", unread.reason);
    assert_eq!((report.verdict.outcome, report.verdict.exit), (VerdictOutcome::Incomplete, 3));
    let outcomes: Vec<_> = report.verdict.gates.iter().map(|g| g.outcome).collect();
    assert_eq!(outcomes, [api::GateOutcome::Fail, api::GateOutcome::Pass]);
}

#[test]
fn a_layout_gives_what_it_names_and_the_registry_is_asked_for_the_rest() {
    let fakes = fakes();
    let layout = |name: Option<&str>| ImageSource::Images {
        target: "oci:layout".to_owned(),
        name: name.map(str::to_owned),
    };
    let from = vec![layout(None)];
    let report = scan(&fakes, &asking(ImagesRequest { registry: true, from })).unwrap();
    let tools = target(&report, "oci:layout:images.example/tools:1");
    assert_eq!(tools.matched.as_ref().unwrap().from, "oci:layout");
    assert_eq!(target(&report, "registry:images.example/web:2").runs_in.len(), 1, "`2` alone names nothing");
    let from = vec![layout(Some("images.example/web"))];
    let report = scan(&fakes, &asking(ImagesRequest { registry: false, from })).unwrap();
    assert_eq!(target(&report, "oci:layout:2").runs_in.len(), 1, "its tags are those of that repository");
    let from = vec![ImageSource::Images { target: "oci:elsewhere".to_owned(), name: None }];
    let slip = scan(&fakes, &asking(ImagesRequest { registry: false, from })).unwrap_err();
    assert!(slip.to_string().contains("`oci:elsewhere` is no image layout"), "{slip}");
}

struct Kept(Vec<String>, Vec<Vec<u8>>);

impl Documents for Kept {
    fn names(&self) -> &[String] {
        &self.0
    }
    fn read(&self, n: usize) -> Result<Vec<u8>, String> {
        self.1.get(n).cloned().ok_or_else(|| "there is none".to_owned())
    }
}

fn kept(reports: &[&Report]) -> ImageSource {
    let names = (0..reports.len()).map(|n| format!("{n}.json")).collect();
    let bytes = reports.iter().map(|r| serde_json::to_vec(r).unwrap()).collect();
    ImageSource::Reports(Arc::new(Kept(names, bytes)))
}

#[test]
fn an_earlier_report_gives_what_it_knows_and_its_age_is_told() {
    let fakes = fakes();
    let mut web = scan(&fakes, &request(&["registry:images.example/web:2"])).unwrap();
    web.findings.iter_mut().for_each(|f| f.status = api::Status::Suppressed);
    let tools = scan(&fakes, &request(&["registry:images.example/tools:1"])).unwrap();
    fakes.opened.lock().unwrap().clear();
    let images = |reports: &[&Report]| ImagesRequest { registry: false, from: vec![kept(reports)] };
    let report = scan(&fakes, &asking(images(&[&web, &tools]))).unwrap();
    assert_eq!(fakes.opened.lock().unwrap().len(), 1, "only the manifests");
    let row = target(&report, "registry:images.example/web:2");
    let matched = row.matched.as_ref().unwrap();
    assert_eq!((matched.from.as_str(), matched.as_of), ("0.json", Some(web.as_of)));
    assert_eq!(row.runs_in.len(), 1);
    let deployment = &report.workloads.as_ref().unwrap()[1];
    assert_eq!(deployment.findings[&Severity::Critical], 2, "what was accepted then is open again");
    assert!(report.rules.iter().any(|r| r.id == "os-package-vulnerable" && r.failed == 2));

    web.as_of = "2026-01-01".parse().unwrap();
    let asked = |max_age| ScanRequest { max_age, ..asking(images(&[&web, &tools])) };
    let old = |report: &Report| report.doubts.iter().filter(|d| d.reason.contains("days old")).count();
    assert_eq!(old(&scan(&fakes, &asked(crate::MaxAge::Usual)).unwrap()), 2);
    assert_eq!(old(&scan(&fakes, &asked(crate::MaxAge::Any)).unwrap()), 0);
    let lacks = scan(&fakes, &asking(images(&[&tools]))).unwrap();
    assert_eq!(lacks.verdict.exit, 3);
    assert!(lacks.ledger.unread.iter().any(|u| u.reason.contains("no place that `--images-from` names")));
}

#[test]
fn an_image_among_the_targets_is_not_read_again() {
    let fakes = fakes();
    let mut asked = asking(ImagesRequest { registry: true, from: Vec::new() });
    asked.targets.insert(0, "registry:images.example/web:2".to_owned());
    let report = scan(&fakes, &asked).unwrap();
    assert_eq!(report.targets.len(), 3);
    let web = target(&report, "registry:images.example/web:2");
    assert_eq!((web.matched.as_ref().unwrap().from.as_str(), web.runs_in.len()), ("target", 1));
}

#[test]
fn two_names_of_one_content_are_one_target() {
    let text: &'static str = Box::leak(
        SHOP.replace("web:2", "web:2@sha256:DIGEST")
            .replace("DIGEST", &digest("images.example/tools:1").hex())
            .into_boxed_str(),
    );
    let fakes = Fakes { manifests: [("shop.yaml", text)].into(), ..fakes() };
    let report = scan(&fakes, &asking(ImagesRequest { registry: true, from: Vec::new() })).unwrap();
    let tools = target(&report, "registry:images.example/tools:1");
    assert_eq!((report.targets.len(), tools.runs_in.len()), (2, 3));
}

#[test]
fn a_place_that_cannot_be_read_is_why_an_image_is_unknown_and_hides_no_other_place() {
    let fakes = Fakes { registry: vec!["images.example/tools:1"], ..fakes() };
    let broken = ImageSource::Images { target: "oci:broken".to_owned(), name: None };
    let report = scan(&fakes, &asking(ImagesRequest { registry: true, from: vec![broken] })).unwrap();
    assert!(target(&report, "registry:images.example/tools:1").matched.is_some());
    let unread = report.ledger.unread.iter().find(|u| u.r#where == "images.example/web:2").unwrap();
    assert!(unread.reason.starts_with("`oci:broken`: the disk says no; "), "{}", unread.reason);
}

#[test]
fn what_a_registry_refuses_is_had_by_nobody() {
    let fakes = Fakes { refuses: "images.example/web:2", ..fakes() };
    let report = scan(&fakes, &asking(ImagesRequest { registry: true, from: Vec::new() })).unwrap();
    let web = target(&report, "registry:images.example/web:2");
    assert_eq!((web.runs_in.len(), &web.matched), (1, &None));
    let of_web = report.doubts.iter().filter(|d| d.target == web.id && d.reason == "401");
    let controls: Vec<&str> = of_web.map(|d| d.control.as_str()).collect();
    assert!(controls.contains(&"image-scanning") && !controls.contains(&""), "{controls:?}");
}
