//! Objects that a controller made of others: a finding is reported once, on the topmost object that is there, unless the
//! one below differs from its template.

use std::collections::{BTreeMap, BTreeSet};

use api::{Finding, Run};
use manifest::{Node, Object, Value};
use model::Text;

/// Controllers of controllers that are followed upwards; Kubernetes has three.
const STEPS_MAX: usize = 16;

/// Kind, namespace, name.
type Key = (Text, Text, Text);

/// Who made what, by the uids that a cluster gives.
#[derive(Default)]
pub(crate) struct Owners {
    by_uid: BTreeMap<String, Key>,
    owner: BTreeMap<Key, String>,
}

impl Owners {
    /// Takes note of an object; one that never was in a cluster has no uid and no owner.
    pub(crate) fn see(&mut self, object: &Object) {
        let text = |path: &[&str]| object.node.at_path(path).and_then(Node::text);
        let Some(uid) = text(&["metadata", "uid"]) else { return };
        let key = ((*object.kind).into(), object.namespace().into(), object.name().into());
        self.by_uid.insert(uid.to_owned(), key.clone());
        let owners = object.node.at_path(&["metadata", "ownerReferences"]).map(Node::items);
        let controls = |o: &&Node| o.get("controller").is_some_and(|c| c.value == Value::Bool(true));
        let owner = owners.unwrap_or_default().iter().find(controls).and_then(|o| o.get("uid")?.text());
        if let Some(owner) = owner {
            self.owner.insert(key, owner.to_owned());
        }
    }

    /// The topmost object that made `key`; none if nothing that is there did.
    fn topmost(&self, key: &Key) -> Option<&Key> {
        let mut top = None;
        let mut at = key;
        for _ in 0..STEPS_MAX {
            match self.owner.get(at).and_then(|uid| self.by_uid.get(uid)) {
                Some(above) if above != key => (top, at) = (Some(above), above),
                _ => break,
            }
        }
        top
    }

    /// Leaves out what an object above says already.
    pub(crate) fn fold(&self, findings: &mut Vec<Finding>) {
        if self.owner.is_empty() {
            return;
        }
        let said: BTreeSet<(Text, Key, String)> = findings
            .iter()
            .filter_map(|f| named(f).map(|(key, field)| (f.rule.clone(), key, field)))
            .collect();
        findings.retain(|finding| {
            let Some((key, field)) = named(finding) else { return true };
            let above = self.topmost(&key);
            above.is_none_or(|top| !said.contains(&(finding.rule.clone(), top.clone(), field)))
        });
    }

    /// Leaves out a container whose like an object above runs already, with the same image.
    pub(crate) fn fold_runs(&self, runs: &mut Vec<Run>) {
        if self.owner.is_empty() {
            return;
        }
        let key = |r: &Run| (r.object.kind.clone(), r.object.namespace.clone(), r.object.name.clone());
        let like = |r: &Run| (r.role, r.container.clone(), r.image.clone(), r.privileged, r.exposed);
        let known: BTreeSet<(Key, _)> = runs.iter().map(|r| (key(r), like(r))).collect();
        runs.retain(|run| {
            let above = self.topmost(&key(run));
            above.is_none_or(|top| !known.contains(&(top.clone(), like(run))))
        });
    }
}

/// The object of a finding, and the field as its pod has it.
fn named(finding: &Finding) -> Option<(Key, String)> {
    let object = finding.r#where.object.as_ref()?;
    let field = object.field.as_deref().unwrap_or_default();
    let field = field.rsplit_once("emplate.").map_or(field, |(_, of_pod)| of_pod);
    Some(((object.kind.clone(), object.namespace.clone(), object.name.clone()), field.to_owned()))
}
