//! PodSecurityPolicies, which Kubernetes 1.25 removed, as levels of the Pod Security Standards: what each comes to, who may
//! use it, and which level of a namespace follows. The steps are those of
//! <https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/>.

mod grants;
mod policy;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use api::{ConvertedPolicy, NamespaceLevel, PolicySubject};
use manifest::{Node, Object, WrongType};
use model::{ObjectRef, Place};

use crate::around::namespace_of;
use crate::pod_security::{Level, Version, evaluate};
use crate::workload::Pod;
use grants::{Grants, Holder, Use};

/// The label of a namespace that a level is enforced by.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The account that pods have which name none.
const DEFAULT_ACCOUNT: &str = "default";

/// Groups of every service account.
const EVERYBODY: &[&str] = &["system:authenticated", "system:serviceaccounts"];

/// Why pods are there that no account's policy admits.
const UNEXPLAINED: &str =
    "no account may use a policy, so that its pods come by the rights of who makes them";

/// What could not be known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubtful {
    /// Where, `deploy/rbac.yaml:3`.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// What came of an input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Converted {
    /// Policies, by name.
    pub policies: Vec<ConvertedPolicy>,
    /// Who may use them.
    pub subjects: Vec<PolicySubject>,
    /// Namespaces.
    pub namespaces: Vec<NamespaceLevel>,
    /// What could not be known.
    pub doubts: Vec<Doubtful>,
}

/// The policies, roles, bindings, accounts and workloads of an input, shown one by one.
#[derive(Debug, Default)]
pub struct Conversion {
    policies: BTreeMap<String, (ConvertedPolicy, Width)>,
    grants: Grants,
    namespaces: BTreeMap<String, Seen>,
    doubts: Vec<Doubtful>,
    /// A doubt could widen the level of any namespace.
    uncertain: bool,
}

/// How wide a policy is: its level, and that but for SELinux and AppArmor where it leaves these to the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Width {
    level: Level,
    but_for_node_profiles: Level,
}

/// What is known of a namespace.
#[derive(Debug, Default)]
struct Seen {
    accounts: BTreeSet<String>,
    now: Option<String>,
    workloads: Option<Level>,
    uncertain: bool,
}

impl Conversion {
    /// Looks at an object of a file; `path` is empty for objects of a cluster.
    pub fn see(&mut self, path: &str, object: &Object) {
        let seen = match (object.group(), &*object.kind) {
            ("policy" | "extensions", "PodSecurityPolicy") => self.policy(path, object),
            (grants::GROUP, _) => self.grants.see(path, object),
            ("", "Namespace") => {
                let label = object.node.at_path(&["metadata", "labels", ENFORCE]);
                self.namespace(object.name()).now = label.and_then(Node::text).map(str::to_owned);
                Ok(())
            }
            ("", "ServiceAccount") => {
                let name = object.name().to_owned();
                self.namespace(namespace_of(object)).accounts.insert(name);
                Ok(())
            }
            _ => self.workload(object),
        };
        if let Err(e) = seen {
            let name = format!("{} {}", object.kind, object.name());
            // What cannot be read may grant anything to anybody.
            self.uncertain = true;
            let reason = format!("{name}: {e}");
            self.doubts.push(Doubtful { place: grants::place(path, &object.node, &name), reason });
        }
    }

    /// Notes that a part of the input could not be read.
    pub fn miss(&mut self) {
        self.uncertain = true;
    }

    fn namespace(&mut self, name: &str) -> &mut Seen {
        self.namespaces.entry(name.to_owned()).or_default()
    }

    fn policy(&mut self, path: &str, object: &Object) -> Result<(), WrongType> {
        let mapped = policy::map(object)?;
        let at = object.node.at;
        let known = at.line != 0 && !path.is_empty();
        let place = Place {
            path: path.into(),
            line: known.then_some(at.line),
            column: known.then_some(at.column),
            object: Some(ObjectRef {
                api_version: object.api_version.to_string().into(),
                kind: object.kind.to_string().into(),
                namespace: "".into(),
                name: object.name().into(),
                field: None,
            }),
            ..Place::default()
        };
        let mut remainder = mapped.remainder;
        if !known {
            remainder.iter_mut().for_each(|r| r.line = None);
        }
        let (name, level) = (object.name().to_owned(), mapped.level);
        let width = Width { level, but_for_node_profiles: mapped.but_for_node_profiles.unwrap_or(level) };
        let converted = ConvertedPolicy {
            name: name.clone(),
            r#where: place,
            level: mapped.level.to_string(),
            but_for_node_profiles: mapped.but_for_node_profiles.map(|l| l.to_string()),
            remainder,
        };
        if self.policies.insert(name.clone(), (converted, width)).is_some() {
            self.uncertain = true;
            let reason = format!("PodSecurityPolicy {name} stands twice in this input: the last counts");
            self.doubts.push(Doubtful { place: grants::place(path, &object.node, &name), reason });
        }
        Ok(())
    }

    fn workload(&mut self, object: &Object) -> Result<(), WrongType> {
        let Some(pod) = Pod::of(object)? else { return Ok(()) };
        let keeps = |level: Level| {
            let evaluation = evaluate(level, Version::Latest, &pod);
            evaluation.forbidden.is_empty() && evaluation.unknown.is_empty()
        };
        let level = [Level::Restricted, Level::Baseline].into_iter().find(|l| keeps(*l));
        let level = level.unwrap_or(Level::Privileged);
        let old = pod.spec.text_field("serviceAccount")?;
        let account =
            pod.spec.text_field("serviceAccountName")?.or(old).unwrap_or(DEFAULT_ACCOUNT).to_owned();
        let seen = self.namespace(namespace_of(object));
        seen.workloads = Some(seen.workloads.map_or(level, |l| l.min(level)));
        seen.accounts.insert(account);
        Ok(())
    }

    /// What follows from everything that was seen.
    #[must_use]
    pub fn finish(mut self) -> Converted {
        let (uses, unknown) = self.grants.uses();
        for used in &uses {
            let named = used.policies.iter().flatten().filter(|p| !self.policies.contains_key(*p));
            for name in named {
                let reason = format!("PodSecurityPolicy {name} is not in this input, or cannot be read");
                self.doubts.push(Doubtful { place: used.through.clone(), reason });
            }
        }
        // Whoever has no policies at hand cannot say that nobody may use one.
        self.uncertain |= self.policies.is_empty();
        self.name_namespaces(&uses);
        for one in unknown {
            match one.within.as_str() {
                "" => self.uncertain = true,
                within => self.namespace(within).uncertain = true,
            }
            self.doubts.push(Doubtful { place: one.place, reason: one.reason });
        }
        let levels = self.policies.iter().map(|(name, (_, width))| (name.as_str(), *width)).collect();
        let subjects = subjects(&uses, &levels);
        let mut namespaces = Vec::new();
        for (name, seen) in &self.namespaces {
            let row = level_of(name, seen, &uses, &levels, self.uncertain);
            let is_told = self.uncertain || seen.uncertain || seen.workloads.is_none();
            if !is_told && row.because.iter().any(|b| b == UNEXPLAINED) {
                let reason = format!("Namespace {name}: {UNEXPLAINED}");
                self.doubts.push(Doubtful { place: name.clone(), reason });
            }
            namespaces.push(row);
        }
        self.doubts.sort();
        self.doubts.dedup();
        Converted {
            policies: self.policies.into_values().map(|(policy, _)| policy).collect(),
            subjects,
            namespaces,
            doubts: self.doubts,
        }
    }

    /// Takes note of the namespaces and accounts that bindings name, and that a policy which is not there may widen.
    fn name_namespaces(&mut self, uses: &[Use]) {
        for Use { holder, within, policies, .. } in uses {
            let lacks = policies.iter().flatten().any(|p| !self.policies.contains_key(p));
            match within.as_str() {
                "" => self.uncertain |= lacks,
                within => self.namespace(within).uncertain |= lacks,
            }
            if holder.kind == "ServiceAccount" && !holder.namespace.is_empty() {
                let name = holder.name.clone();
                self.namespace(&holder.namespace).accounts.insert(name);
            }
        }
    }
}

type Levels<'p> = BTreeMap<&'p str, Width>;

/// Policies and the bindings that grant them.
type Held<'u> = (BTreeMap<&'u str, Width>, BTreeSet<&'u str>);

/// The policies of a use that are there, and their levels.
fn granted<'p>(used: &Use, levels: &Levels<'p>) -> Vec<(&'p str, Width)> {
    let is_meant = |name: &str| used.policies.as_ref().is_none_or(|p| p.contains(name));
    levels.iter().filter(|(name, _)| is_meant(name)).map(|(name, level)| (*name, *level)).collect()
}

fn subjects(uses: &[Use], levels: &Levels<'_>) -> Vec<PolicySubject> {
    let mut by: BTreeMap<(Holder, &str), Held<'_>> = BTreeMap::new();
    for used in uses {
        let (policies, through) = by.entry((used.holder.clone(), &used.within)).or_default();
        policies.extend(granted(used, levels));
        through.insert(&used.through);
    }
    by.into_iter()
        .filter(|(_, (policies, _))| !policies.is_empty())
        .map(|((holder, within), (policies, through))| PolicySubject {
            kind: holder.kind,
            namespace: holder.namespace,
            name: holder.name,
            within: within.to_owned(),
            level: policies.values().map(|w| w.level).min().unwrap_or(Level::Restricted).to_string(),
            policies: policies.into_keys().map(str::to_owned).collect(),
            through: through.into_iter().map(str::to_owned).collect(),
        })
        .collect()
}

/// The widest level that the accounts of a namespace may need.
fn level_of(name: &str, seen: &Seen, uses: &[Use], levels: &Levels<'_>, uncertain: bool) -> NamespaceLevel {
    let mut needed: BTreeSet<(Width, String)> = BTreeSet::new();
    let mut accounts = seen.accounts.clone();
    accounts.insert(DEFAULT_ACCOUNT.to_owned());
    for used in uses.iter().filter(|u| u.within.is_empty() || u.within == name) {
        let of_group = format!("system:serviceaccounts:{name}");
        let who = match used.holder.kind.as_str() {
            "ServiceAccount" if used.holder.namespace == name && accounts.contains(&used.holder.name) => {
                used.holder.name.clone()
            }
            // An account of elsewhere that is bound here makes pods here.
            "ServiceAccount" if used.within == name => {
                format!("{} of namespace {}", used.holder.name, used.holder.namespace)
            }
            "Group" if EVERYBODY.contains(&used.holder.name.as_str()) || used.holder.name == of_group => {
                "every account".to_owned()
            }
            _ => continue,
        };
        for (policy, width) in granted(used, levels) {
            needed.insert((width, format!("{who}: {} by policy {policy}", width.level)));
        }
    }
    let level = needed.first().map_or(Level::Restricted, |(width, _)| width.level);
    let but = needed.iter().map(|(width, _)| width.but_for_node_profiles).min().filter(|but| level < *but);
    // Its pods come by the rights of those who make them, which no account of it has.
    let unexplained = needed.is_empty() && seen.workloads.is_some();
    let because = match needed.is_empty() {
        // Kubernetes 1.25 and later has none, and admits pods all the same.
        true if levels.is_empty() => {
            vec![
                "there is no PodSecurityPolicy that could decide here: what admits pods is not known"
                    .to_owned(),
            ]
        }
        true if unexplained => vec![UNEXPLAINED.to_owned()],
        true => vec!["no account may use a policy, so that no pod is admitted here".to_owned()],
        false => needed.into_iter().map(|(_, text)| text).collect(),
    };
    NamespaceLevel {
        name: name.to_owned(),
        level: level.to_string(),
        but_for_node_profiles: but.map(|l| l.to_string()),
        labels: BTreeMap::from([(ENFORCE.to_owned(), level.to_string())]),
        because,
        now: seen.now.clone(),
        workloads: seen.workloads.map(|l| l.to_string()),
        uncertain: uncertain || seen.uncertain || unexplained,
    }
}
