//! Who may use which policies: the verb `use` on `podsecuritypolicies`, by roles and their bindings
//! (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/>).

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Node, Object, WrongType};

use crate::around::namespace_of;
use crate::pod_security::texts;

/// The group of roles and bindings.
pub(super) const GROUP: &str = "rbac.authorization.k8s.io";

/// What a role grants of policies.
#[derive(Debug, Default)]
struct Grant {
    all: bool,
    names: BTreeSet<String>,
    /// Its rules are gathered by the cluster and are not in the input.
    hidden: bool,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// A binding.
#[derive(Debug)]
struct Binding {
    /// `RoleBinding shop/policies`.
    label: String,
    /// `deploy/rbac.yaml:3` or the label.
    place: String,
    /// Empty for every namespace.
    within: String,
    role: (&'static str, String),
    holders: Vec<Holder>,
}

/// That somebody may use policies.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) holder: Holder,
    /// Empty for every namespace.
    pub(super) within: String,
    /// `None` for every policy.
    pub(super) policies: Option<BTreeSet<String>>,
    /// `RoleBinding shop/policies -> ClusterRole restricted`.
    pub(super) through: String,
}

/// A binding of which it is not known what it grants.
#[derive(Debug)]
pub(super) struct Unknown {
    pub(super) place: String,
    pub(super) reason: String,
    /// Empty for every namespace.
    pub(super) within: String,
}

/// Roles and bindings of an input.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// By namespace, empty for cluster roles, and name.
    roles: BTreeMap<(String, String), Grant>,
    bindings: Vec<Binding>,
}

/// Roles that every cluster has, and that say nothing of policies.
const OF_THE_CLUSTER: &[&str] = &["admin", "edit", "view"];

impl Grants {
    /// Takes note of a role or a binding.
    ///
    /// # Errors
    /// [`WrongType`] if a field is of another type.
    pub(super) fn see(&mut self, path: &str, object: &Object) -> Result<(), WrongType> {
        match &*object.kind {
            "Role" => self.role(namespace_of(object), object),
            "ClusterRole" => self.role("", object),
            "RoleBinding" => self.binding(path, namespace_of(object), object),
            "ClusterRoleBinding" => self.binding(path, "", object),
            _ => Ok(()),
        }
    }

    fn role(&mut self, namespace: &str, object: &Object) -> Result<(), WrongType> {
        let rules = object.node.list_field("rules")?;
        let hidden = object.node.get("aggregationRule").is_some() && rules.is_empty();
        let mut grant = Grant { hidden, ..Grant::default() };
        for rule in rules {
            let holds = |key: &str, words: &[&str]| -> Result<bool, WrongType> {
                Ok(texts(rule, key)?.iter().any(|w| *w == "*" || words.contains(w)))
            };
            let is_about = holds("apiGroups", &["policy", "extensions"])?
                && holds("resources", &["podsecuritypolicies"])?
                && holds("verbs", &["use"])?;
            let names = texts(rule, "resourceNames")?;
            grant.all |= is_about && names.is_empty();
            if is_about {
                grant.names.extend(names.into_iter().map(str::to_owned));
            }
        }
        self.roles.insert((namespace.to_owned(), object.name().to_owned()), grant);
        Ok(())
    }

    fn binding(&mut self, path: &str, within: &str, object: &Object) -> Result<(), WrongType> {
        let Some(role) = object.node.map_field("roleRef")? else { return Ok(()) };
        let kind = if role.text_field("kind")? == Some("Role") { "Role" } else { "ClusterRole" };
        let role = (kind, role.text_field("name")?.unwrap_or("").to_owned());
        let mut holders = Vec::new();
        for subject in object.node.list_field("subjects")? {
            let text = |key: &str| Ok::<_, WrongType>(subject.text_field(key)?.unwrap_or("").to_owned());
            let (kind, name) = (text("kind")?, text("name")?);
            let namespace = match kind.as_str() {
                "ServiceAccount" => {
                    Some(text("namespace")?).filter(|n| !n.is_empty()).unwrap_or(within.to_owned())
                }
                _ => String::new(),
            };
            holders.push(account(&kind, &name).unwrap_or(Holder { kind, namespace, name }));
        }
        let label = match within {
            "" => format!("ClusterRoleBinding {}", object.name()),
            namespace => format!("RoleBinding {namespace}/{}", object.name()),
        };
        let place = place(path, &object.node, &label);
        self.bindings.push(Binding { label, place, within: within.to_owned(), role, holders });
        Ok(())
    }

    /// Every use that a binding grants, and the bindings of which it is not known.
    pub(super) fn uses(&self) -> (Vec<Use>, Vec<Unknown>) {
        let (mut uses, mut unknown) = (Vec::new(), Vec::new());
        for Binding { label, place, within, role: (kind, name), holders } in &self.bindings {
            let namespace = if *kind == "Role" { within.as_str() } else { "" };
            let through = format!("{label} -> {kind} {name}");
            let found = self.roles.get(&(namespace.to_owned(), name.clone()));
            let policies = match found {
                Some(grant) if grant.all => None,
                Some(grant) if grant.hidden => {
                    let reason = format!("{through}: the role's rules are gathered by the cluster");
                    unknown.push(Unknown { place: place.clone(), reason, within: within.clone() });
                    continue;
                }
                Some(grant) if grant.names.is_empty() => continue,
                Some(grant) => Some(grant.names.clone()),
                None if name == "cluster-admin" => None,
                None if name.starts_with("system:") || OF_THE_CLUSTER.contains(&name.as_str()) => continue,
                None => {
                    let reason = format!("{through}: the role is not in this input");
                    unknown.push(Unknown { place: place.clone(), reason, within: within.clone() });
                    continue;
                }
            };
            let within = within.clone();
            uses.extend(holders.iter().map(|holder| Use {
                holder: holder.clone(),
                within: within.clone(),
                policies: policies.clone(),
                through: through.clone(),
            }));
        }
        (uses, unknown)
    }
}

/// A user who is a service account by name, `system:serviceaccount:shop:web`.
fn account(kind: &str, name: &str) -> Option<Holder> {
    let (namespace, name) =
        name.strip_prefix("system:serviceaccount:").filter(|_| kind == "User")?.split_once(':')?;
    Some(Holder { kind: "ServiceAccount".to_owned(), namespace: namespace.to_owned(), name: name.to_owned() })
}

/// Where an object stands, `deploy/rbac.yaml:3`; its name where that is no file.
pub(super) fn place(path: &str, node: &Node, name: &str) -> String {
    match (path, node.at.line) {
        ("", _) | (_, 0) => name.to_owned(),
        (path, line) => format!("{path}:{line}"),
    }
}
