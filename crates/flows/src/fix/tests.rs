//! Manifests mended, on fakes of the ports.

use std::path::Path;
use std::sync::Arc;

use inventory::{Target, TargetKind};
use oci::TreeBuilder;
use ports::source::{Content, Files, Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec};

use super::{Amounts, FixRequest, Fixed, fix};
use crate::fakes::{KeepAll, Memory, world};
use crate::{FlowError, NamedBytes, ReadRequest};

/// A folder of files; a folder of one that is called `-` is standard input.
struct Folder(Vec<(String, Vec<u8>)>);

impl Sources for Folder {
    fn open(
        &self,
        _: &TargetSpec,
        _: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let mut builder = TreeBuilder::default();
        for (path, bytes) in &self.0 {
            builder.file(path, 0o644, bytes, &KeepAll);
        }
        let content = match self.0.first().filter(|(name, _)| name == "-") {
            Some((_, bytes)) => Content::Objects(bytes.as_slice().into()),
            None => Content::Files(Box::new(Files::of(Arc::new(builder.build(None))))),
        };
        let target = Target::new("manifests:deploy".to_owned(), TargetKind::Manifests, "deploy".to_owned());
        Ok(vec![Opened::whole(target, content)])
    }
}

fn request(target: &str) -> FixRequest {
    FixRequest {
        target: target.to_owned(),
        select: None,
        level: None,
        run_as_user: None,
        read_only_root: false,
        empty_volumes: false,
        amounts: Amounts::default(),
        usage: Vec::new(),
        digests: Vec::new(),
        reports: Vec::new(),
        ignore: None,
        as_of: "2026-11-25".parse().unwrap(),
        read: ReadRequest::default(),
    }
}

fn run(files: &[(&str, &str)], request: &FixRequest) -> Result<Fixed, FlowError> {
    let files = files.iter().map(|(n, t)| ((*n).to_owned(), t.as_bytes().to_vec())).collect();
    run_on(files, request)
}

fn run_on(files: Vec<(String, Vec<u8>)>, request: &FixRequest) -> Result<Fixed, FlowError> {
    fix(&world(&Folder(files), &Memory::default()), request)
}

const POD: &str = "# ours\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  hostPID: true # to see all\n  containers:\n    - name: web\n      image: shop/web:1\n      securityContext: {privileged: true}\n";

fn text(fixed: &Fixed, index: usize) -> String {
    String::from_utf8(fixed.files[index].after.clone()).unwrap()
}

#[test]
fn what_is_selected_is_closed_and_nothing_else_is_touched() {
    let asked = FixRequest { select: Some("rule==pod-privileged".to_owned()), ..request("manifests:deploy") };
    let fixed = run(&[("web.yaml", POD), ("other.yaml", "a: 1\n")], &asked).unwrap();
    assert_eq!(text(&fixed, 0), POD.replace("privileged: true", "privileged: false"));
    assert_eq!(fixed.files[0].path, "deploy/web.yaml");
    assert_eq!((fixed.report.closed.len(), fixed.report.open.len(), fixed.report.exit), (1, 0, 0));
    assert_eq!(fixed.report.closed[0].edits, ["spec.containers[0].securityContext.privileged"]);
    assert!(fixed.report.files[0].diff.contains("\n+      securityContext: {privileged: false}\n"));
}

#[test]
fn what_was_selected_and_stays_open_is_exit_one_with_its_reason() {
    let asked = FixRequest { select: Some("rule==image-digest-missing".to_owned()), ..request("deploy") };
    let fixed = run(&[("web.yaml", POD)], &asked).unwrap();
    assert_eq!((fixed.files.len(), fixed.report.exit), (0, 1));
    assert!(fixed.report.open[0].reason.contains("--digest shop/web:1="), "{:?}", fixed.report.open);
    let digest = format!("shop/web:1=sha256:{}", "a".repeat(64));
    let fixed = run(&[("web.yaml", POD)], &FixRequest { digests: vec![digest], ..asked }).unwrap();
    assert!(text(&fixed, 0).contains("image: shop/web:1@sha256:aaa"));
    assert_eq!(fixed.report.exit, 0);
}

#[test]
fn a_level_is_asked_for_and_what_lies_beyond_it_is_not() {
    let asked = FixRequest { level: Some("baseline".to_owned()), ..request("deploy") };
    let select = |s: &str| FixRequest { select: Some(s.to_owned()), ..asked.clone() };
    let fixed = run(&[("web.yaml", POD)], &select("rule~'pod-*' && rule!=pod-best-effort")).unwrap();
    let after =
        POD.replace("  hostPID: true # to see all\n", "").replace("privileged: true", "privileged: false");
    assert_eq!(text(&fixed, 0), after);
    let slip = run(&[], &FixRequest { level: Some("strict".to_owned()), ..asked.clone() });
    assert!(slip.unwrap_err().to_string().contains("restricted, baseline"));
    assert!(run(&[("web.yaml", POD)], &select("rule==no-such-rule")).is_err(), "a slip closes nothing");
}

#[test]
fn what_was_accepted_is_left_as_it_is() {
    let ignore =
        "[[ignore]]\nrule = \"pod-privileged\"\nreason = \"it drives the disk\"\nowner = \"storage\"\n";
    let ignore = NamedBytes { name: "ignore.toml".to_owned(), bytes: ignore.as_bytes().to_vec() };
    let asked = FixRequest {
        ignore: Some(ignore),
        select: Some("control==pod-security".to_owned()),
        ..request("deploy")
    };
    let fixed = run(&[("web.yaml", POD)], &asked).unwrap();
    assert!(text(&fixed, 0).contains("privileged: true") && !text(&fixed, 0).contains("hostPID"));
    let open: Vec<&str> = fixed.report.open.iter().map(|o| o.finding.rule.as_str()).collect();
    assert!(open.contains(&"pod-privilege-escalation"), "which the API server refuses beside it: {open:?}");
}

#[test]
fn a_document_that_cannot_be_read_costs_itself_and_is_told() {
    let broken = format!("{POD}---\na: [\n");
    let fixed = run(&[("web.yaml", &broken)], &request("deploy")).unwrap();
    assert_eq!((fixed.files.len(), fixed.report.exit), (1, 3));
    assert!(text(&fixed, 0).contains("privileged: false") && text(&fixed, 0).ends_with("---\na: [\n"));
    assert!(!fixed.report.doubts.is_empty());
    let directive = format!("%YAML 1.1\n---\n{POD}");
    let fixed = run(&[("web.yaml", &directive)], &request("deploy")).unwrap();
    assert_eq!(fixed.files.len(), 0);
    assert!(fixed.report.open.iter().all(|o| o.reason.contains("left alone")));
    let nothing = run(&[("notes.txt", "")], &request("deploy"));
    assert!(nothing.unwrap_err().to_string().contains("no Kubernetes manifest"));
    assert!(run(&[], &request("cluster:")).is_err());
}

#[test]
fn usage_that_is_not_used_is_said_and_what_cannot_be_read_of_it_is_unknown() {
    let row = |pod: &str, used: &str| {
        format!(r#"{{"metric":{{"namespace":"shop","pod":"{pod}","container":"web"}},"value":[1,"{used}"]}}"#)
    };
    let asked = |rows: &[String]| {
        let text = format!(r#"{{"data":{{"result":[{}]}}}}"#, rows.join(","));
        let file = NamedBytes { name: "cpu.json".to_owned(), bytes: text.into_bytes() };
        let select = Some("rule==pod-best-effort".to_owned());
        let request = FixRequest { select, usage: vec![(Some("cpu".to_owned()), file)], ..request("deploy") };
        run(&[("web.yaml", POD)], &request).unwrap().report
    };
    let report = asked(&[row("web", "0.2")]);
    assert_eq!((report.notes.len(), report.doubts.len(), report.exit), (0, 0, 0));
    let report = asked(&["a", "b", "c", "d", "web"].map(|pod| row(pod, "0.2")));
    let left =
        "`--usage` names containers that are not in the target: 4 (shop/a/web, shop/b/web, shop/c/web, …)";
    assert_eq!((report.notes, report.exit), (vec![left.to_owned()], 0));
    let report = asked(&[row("web", "0,2")]);
    assert_eq!(report.notes, ["`--usage`: cpu.json: it says nothing of any container"]);
    assert_eq!(report.doubts[0].r#where, "cpu.json: data.result[0] (shop/web/web)");
    assert_eq!(report.exit, 3, "what was given was not all read");
    let sum = r#"{"metric":{"pod":"web"},"value":[1,"7"]}"#.to_owned();
    let report = asked(&[sum, row("api", "1")]);
    assert!(report.notes[0].contains("rows that name no container of a pod, passed over: 1"));
    let notes = &report.closed[0].notes;
    assert!(notes.iter().any(|n| n.contains("for what was used does not name it")), "{notes:?}");
}

#[test]
fn an_anchor_that_others_use_is_not_changed_under_them() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec:\n  containers:\n    - name: a\n      securityContext: &s {privileged: true}\n    - name: b\n      securityContext: *s\nx: *s\n";
    let asked = FixRequest { select: Some("rule==pod-privileged".to_owned()), ..request("deploy") };
    let fixed = run(&[("web.yaml", text)], &asked).unwrap();
    assert_eq!(fixed.files.len(), 0);
    assert!(fixed.report.open[0].reason.contains("anchor"), "{:?}", fixed.report.open);
    let shared = text.replace("x: *s\n", "");
    let fixed = run(&[("web.yaml", &shared)], &asked).unwrap();
    assert_eq!(self::text(&fixed, 0), shared.replace("true", "false"), "both uses wish the same");
}

#[test]
fn standard_input_is_mended_by_its_diff() {
    let fixed = run(&[("-", POD)], &request("-")).unwrap();
    assert_eq!(fixed.files.len(), 1);
    assert!(fixed.report.closed.iter().any(|c| c.finding.rule == "pod-best-effort"));
}

#[test]
fn a_patch_of_kustomize_merges_by_name_or_counts() {
    let asked = FixRequest {
        select: Some("rule in (pod-privileged, pod-host-port)".to_owned()),
        ..request("deploy")
    };
    let fixed = run(&[("web.yaml", POD)], &asked).unwrap();
    let wanted = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - deploy/web.yaml\npatches:\n  - patch: |-\n      apiVersion: v1\n      kind: Pod\n      metadata:\n        name: web\n        namespace: shop\n      spec:\n        containers:\n          - name: web\n            securityContext:\n              privileged: false\n";
    assert_eq!(fixed.kustomization, wanted);
    let ports =
        POD.replace("securityContext: {privileged: true}", "ports: [{containerPort: 80, hostPort: 80}]");
    let fixed = run(&[("web.yaml", &ports)], &asked).unwrap();
    let wanted = "  - target:\n      version: v1\n      kind: Pod\n      name: web\n      namespace: shop\n    patch: |-\n      - op: remove\n        path: /spec/containers/0/ports/0/hostPort\n";
    assert!(fixed.kustomization.ends_with(wanted), "{}", fixed.kustomization);
}

#[test]
fn what_is_laid_over_an_object_is_no_object_to_be_mended() {
    let overlay = "resources: [web.yaml]\npatches: [{path: over.yaml}]\n";
    let files = [("kustomization.yaml", overlay), ("web.yaml", POD), ("over.yaml", POD)];
    let fixed = run(&files, &request("deploy")).unwrap();
    let paths: Vec<&str> = fixed.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["deploy/web.yaml"]);
    assert!(
        fixed.report.open.iter().any(|o| o.finding.r#where.path == "over.yaml" && o.reason.contains("patch"))
    );
    let patch = POD.replace(
        "securityContext: {privileged: true}",
        "securityContext: {privileged: true, $patch: replace}",
    );
    assert_ne!(patch, POD);
    assert!(run(&[("web.yaml", &patch)], &request("deploy")).unwrap().files.is_empty());
}

#[test]
fn every_faulty_manifest_of_the_shop_is_brought_to_the_restricted_level() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop/deploy");
    let mut files = Vec::new();
    for folder in ["dev", "prod"] {
        for entry in std::fs::read_dir(deploy.join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            files.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
    files.sort();
    let digest = |name: &str| format!("images.shop.example/{name}=sha256:{}", "0".repeat(64));
    let asked = FixRequest { digests: vec![digest("gateway:3.1.4")], ..request("deploy") };
    let fixed = run_on(files.clone(), &asked).unwrap();
    let (closed, open) = (fixed.report.closed.len(), fixed.report.open.len());
    assert_eq!((closed, open, fixed.files.len()), (82, 44, 10));
    assert!(fixed.report.open.iter().all(|o| !o.reason.contains("it brings")), "{:#?}", fixed.report.open);
    // What was mended is all that a second run does not find.
    for file in &fixed.files {
        let own = files.iter_mut().find(|(name, _)| file.path.ends_with(name.as_str())).unwrap();
        own.1.clone_from(&file.after);
    }
    let again = run_on(files, &asked).unwrap();
    assert_eq!((again.report.closed.len(), again.report.open.len(), again.files.len()), (0, open, 0));
    assert!(again.report.open.iter().all(|o| o.finding.control != "resources"));
    let left: Vec<&str> = again
        .report
        .open
        .iter()
        .filter(|o| o.finding.control == "pod-security")
        .map(|o| o.finding.rule.as_str())
        .collect();
    assert!(left.iter().all(|rule| *rule == "root-filesystem-writable"), "{left:?}");
}
