//! Objects that grant rights: roles and their bindings.

use std::fmt::Display;

use eval::{Fault, Judgement};
use manifest::{Node, Object, WrongType};

use crate::Subject;
use crate::look::{self, Found, Wrong};
use crate::pod_security::texts;
use crate::workload::Spot;

/// The group of roles and bindings.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";

/// Judges an object of this group that is one of `kinds` by what `find` finds in it; `remedy` is what would make known
/// what it cannot read.
pub(crate) fn judge<E: Display>(
    subject: &Subject<'_>,
    kinds: [&str; 2],
    remedy: &str,
    find: fn(&Subject<'_>) -> Result<Option<Fault>, E>,
) -> Judgement {
    let object = subject.object;
    if object.group() != GROUP || !kinds.contains(&&*object.kind) {
        return Judgement::not_applicable();
    }
    let mut judgement = Judgement::clean();
    let place = format!("{}: {}", subject.path, subject.name());
    judgement.check(&place, remedy, || find(subject));
    judgement
}

/// Whether Kubernetes brought the object itself (its documentation, "Default roles and role bindings").
pub(crate) fn brought(object: &Object) -> bool {
    object.node.at_path(&["metadata", "labels", "kubernetes.io/bootstrapping"]).is_some()
}

/// Whether the rules of a role are written by a cluster, and it comes from none: what does has a uid, and the rules in it.
pub(crate) fn gathered_elsewhere(role: &Object) -> bool {
    role.node.get("aggregationRule").is_some() && role.node.at_path(&["metadata", "uid"]).is_none()
}

/// The fields among `keys` in the rules of a role that hold the word `*`.
///
/// # Errors
/// [`WrongType`] if the rules are not of the types that they must be.
pub(crate) fn wildcards(role: &Node, keys: [&str; 2]) -> Result<Vec<Spot>, WrongType> {
    let mut found = Vec::new();
    for (index, rule) in role.list_field("rules")?.iter().enumerate() {
        for key in keys {
            for word in rule.list_field(key)? {
                let text = word.text().ok_or_else(|| WrongType {
                    field: key.to_owned(),
                    wanted: "a list of texts",
                    found: word.value.kind(),
                    at: word.at,
                })?;
                if text == "*" {
                    found.push(Spot { field: format!("rules[{index}].{key}"), at: word.at });
                }
            }
        }
    }
    Ok(found)
}

/// Verbs on resources of a group that are more than they look.
pub(crate) struct Right {
    /// Group; empty for the core.
    pub(crate) group: &'static str,
    /// Resources.
    pub(crate) resources: &'static [&'static str],
    /// Verbs, each of which is enough.
    pub(crate) verbs: &'static [&'static str],
}

/// Judges a role by what its rules grant.
pub(crate) fn judge_rights(subject: &Subject<'_>, rights: &[Right], remedy: &str) -> Judgement {
    judge_role(subject, remedy, |subject| granted(&subject.object.node, rights))
}

/// Judges a role that Kubernetes did not bring and whose rules stand in it.
pub(crate) fn judge_role(
    subject: &Subject<'_>,
    remedy: &str,
    find: impl FnOnce(&Subject<'_>) -> Found,
) -> Judgement {
    let is_role = subject.object.group() == GROUP && matches!(&*subject.object.kind, "Role" | "ClusterRole");
    if brought(subject.object) || !is_role {
        return Judgement::not_applicable();
    }
    if gathered_elsewhere(subject.object) {
        let reason = "the rules of an aggregated role are gathered by the cluster";
        return look::unknown(subject, reason, "scan the role as the cluster has it");
    }
    look::answer(subject, remedy, find(subject))
}

fn granted(role: &Node, rights: &[Right]) -> Found {
    let mut found = Vec::new();
    for (index, rule) in role.list_field("rules")?.iter().enumerate() {
        let (groups, resources) = (texts(rule, "apiGroups")?, texts(rule, "resources")?);
        let verbs = texts(rule, "verbs")?;
        if !rule.list_field("resourceNames")?.is_empty() {
            continue;
        }
        for right in rights.iter().filter(|r| groups.iter().any(|g| *g == r.group || *g == "*")) {
            let resource = resources.iter().find(|r| right.resources.contains(r));
            let verb = verbs.iter().find(|v| right.verbs.contains(v) || **v == "*");
            if let (Some(resource), Some(verb)) = (resource, verb) {
                let at = rule.entry("resources").map_or(rule.at, |e| e.at);
                let spot = Spot { field: format!("rules[{index}].resources"), at };
                let what = format!("`rules[{index}]` grants {verb} on {resource}");
                found.push(Wrong::keyed(format!("{verb} {resource}"), spot, what));
            }
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found.dedup_by(|a, b| a.key == b.key);
    Ok(found)
}

/// Who is bound to what.
pub(crate) struct Bound<'b> {
    /// `User`, `Group` or `ServiceAccount`.
    pub(crate) kind: &'b str,
    /// Name.
    pub(crate) name: &'b str,
    /// Name of the role.
    pub(crate) role: &'b str,
}

/// The service accounts that a binding names, as far as it can be read: name, namespace (empty if none is said), role.
pub(crate) fn accounts(binding: &Object) -> Vec<(&str, &str, &str)> {
    fn text<'n>(node: &'n Node, key: &str) -> &'n str {
        node.get(key).and_then(Node::text).unwrap_or("")
    }
    let role = binding.node.at_path(&["roleRef", "name"]).and_then(Node::text).unwrap_or("");
    let subjects = binding.node.get("subjects").map(Node::items).unwrap_or_default().iter();
    let accounts = subjects.filter(|s| text(s, "kind") == "ServiceAccount");
    let of = |namespace| match namespace {
        "" => binding.namespace(),
        own => own,
    };
    accounts.map(|s| (text(s, "name"), of(text(s, "namespace")), role)).collect()
}

/// Judges a binding by whom it binds.
pub(crate) fn judge_bound(
    subject: &Subject<'_>,
    remedy: &str,
    is_meant: impl Fn(&Bound<'_>) -> bool,
) -> Judgement {
    look::object(subject, (GROUP, &["ClusterRoleBinding", "RoleBinding"]), remedy, || {
        let binding = &subject.object.node;
        let role = binding.map_field("roleRef")?.map(|r| r.text_field("name")).transpose()?.flatten();
        let mut found = Vec::new();
        for (index, each) in binding.list_field("subjects")?.iter().enumerate() {
            let (kind, name) =
                (each.text_field("kind")?.unwrap_or(""), each.text_field("name")?.unwrap_or(""));
            if is_meant(&Bound { kind, name, role: role.unwrap_or("") }) {
                let spot = Spot { field: format!("subjects[{index}]"), at: each.at };
                let what =
                    format!("`subjects[{index}]` is {kind} {name}, bound to {}", role.unwrap_or("no role"));
                found.push(Wrong::keyed(format!("{kind} {name}"), spot, what));
            }
        }
        Ok(found)
    })
}
