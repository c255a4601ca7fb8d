//! Suite `pod-security`: pods that a level of a version of the Pod Security Standards must allow or refuse, as
//! `LEVEL/VERSION/{pass,fail}/*.yaml`. A case passes if the Pod and every kind that can carry it answer alike; one that
//! is refused must besides be let in once its text is mended.

use std::path::Path;

use anyhow::Result;
use manifest::edit::Sheet;
use manifest::{Entry, Node, Object, Position, Value};
use rules_cluster::pod_security::{Level, Version, evaluate};
use rules_cluster::remedy::{Wishes, bring_to};
use rules_cluster::workload::Pod;

use crate::{SuiteResult, walk};

/// Kinds a pod is wrapped into: `apiVersion`, kind, fields down to the template.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("v1", "PodTemplate", &["template"]),
    ("v1", "ReplicationController", &["spec", "template"]),
    ("apps/v1", "DaemonSet", &["spec", "template"]),
    ("apps/v1", "Deployment", &["spec", "template"]),
    ("apps/v1", "ReplicaSet", &["spec", "template"]),
    ("apps/v1", "StatefulSet", &["spec", "template"]),
    ("batch/v1", "Job", &["spec", "template"]),
    ("batch/v1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
];

/// Runs every case under `suites/pod-security`.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("pod-security");
    let root = shared.join("suites/pod-security");
    for file in walk::files(&root)?.iter().filter(|f| f.extension().is_some_and(|e| e == "yaml")) {
        let name = walk::name(&root, file);
        let [level, version, wanted, _] = *name.split('/').collect::<Vec<_>>().as_slice() else { continue };
        let answer = match (Level::parse(level), Version::parse(version)) {
            (Some(level), Some(version)) => case(&walk::read(file)?, level, version, wanted == "pass"),
            _ => Err(format!("no level and version: `{level}/{version}`")),
        };
        result.case(&name, answer);
    }
    Ok(result)
}

fn case(text: &str, level: Level, version: Version, wanted: bool) -> Result<(), String> {
    let mut objects = Vec::new();
    let summary = manifest::read(text.as_bytes(), &mut |o| objects.push(o));
    let ([object], []) = (objects.as_slice(), summary.flaws.as_slice()) else {
        return Err(format!("{} objects, {:?}", objects.len(), summary.flaws));
    };
    let wrapped = KINDS.iter().map(|kind| wrap(object, kind));
    for object in std::iter::once(object.clone()).chain(wrapped) {
        let pod = Pod::of(&object).map_err(|e| e.to_string())?;
        let pod = pod.ok_or_else(|| format!("{}: no pod", object.kind))?;
        let evaluation = evaluate(level, version, &pod);
        if !evaluation.unknown.is_empty() {
            return Err(format!("{}: unknown: {:?}", object.kind, evaluation.unknown));
        }
        if evaluation.is_allowed() != wanted {
            return Err(format!("{}: wanted {wanted}: {}", object.kind, evaluation.message()));
        }
    }
    if wanted { Ok(()) } else { mended(text, level, version) }
}

/// Whether the case is let in once it is mended, with every line that was not to be changed where it was.
fn mended(text: &str, level: Level, version: Version) -> Result<(), String> {
    let mut sheet = Sheet::read(text.as_bytes()).map_err(|e| e.to_string())?;
    let addresses = sheet.objects();
    let [address] = addresses.as_slice() else { return Err(format!("{} objects to mend", addresses.len())) };
    let wishes = Wishes { empty_volumes: true, ..Wishes::default() };
    let notes = bring_to((level, version), &mut sheet, address, &wishes);
    notes.map_err(|why| format!("mended: {why}"))?;
    let mut allowed = false;
    let bytes = sheet.bytes();
    drop(manifest::read(&bytes, &mut |object| {
        allowed = matches!(Pod::of(&object), Ok(Some(pod)) if evaluate(level, version, &pod).is_allowed());
    }));
    if allowed { Ok(()) } else { Err("mended, and still refused".to_owned()) }
}

/// An object of another kind around the same pod.
fn wrap(pod: &Object, (api_version, kind, path): &(&str, &str, &[&str])) -> Object {
    let at = Position::default();
    let mut node = pod.node.clone();
    for key in path.iter().rev() {
        let entry = Entry { key: (*key).into(), at, value: node };
        node = Node { value: Value::Map(vec![entry]), at };
    }
    Object { api_version: (*api_version).into(), kind: (*kind).into(), node }
}
