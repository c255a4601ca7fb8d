//! Evidence that a cluster would enforce the Pod Security Standards: the labels of the namespaces that workloads run in.

use std::collections::{BTreeMap, BTreeSet};

use api::CellOutcome;
use eval::assess::{EvidenceKind, HoldEvidence};
use manifest::Node;

use crate::Subject;
use crate::pod_security::{Configuration, Level, NamespacePolicy, configuration_of, policy_of};
use crate::workload::template_of;

/// The label that enforces a level.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Namespaces that a message names.
const NAMES_SHOWN_MAX: usize = 5;

/// Namespaces seen: those that say what they enforce, and those that workloads are put into.
#[derive(Debug, Default)]
pub struct Labels {
    /// `None` where no label says so.
    enforced: BTreeMap<String, Option<Level>>,
    /// What the controller is told, each that the input holds; `None` for one that cannot be read.
    configurations: Vec<Option<Configuration>>,
    used: BTreeSet<String>,
}

impl Labels {
    /// Looks at an object.
    pub fn see(&mut self, subject: &Subject<'_>) {
        let object = subject.object;
        if object.group().is_empty() && &*object.kind == "Namespace" {
            let labels = object.node.at_path(&["metadata", "labels"]);
            let labels = labels.map_or(&[][..], Node::fields).iter();
            let labels = labels.filter_map(|e| Some((&*e.key, e.value.text()?)));
            let (policy, errors) = policy_of(labels, NamespacePolicy::default());
            // The controller enforces the strictest level where the label means nothing; that is no intent to rely on.
            let is_labelled = object.node.at_path(&["metadata", "labels", ENFORCE]).is_some();
            let level = match errors.is_empty() {
                true => is_labelled.then_some(policy.enforce.0),
                false => Some(Level::Privileged),
            };
            self.enforced.insert(object.name().to_owned(), level);
        } else if let Some(configuration) = configuration_of(object) {
            self.configurations.push(configuration.ok());
        } else if template_of(object.group(), &object.kind).is_some() || !matches!(subject.pod, Ok(None)) {
            let namespace = object.namespace();
            self.used.insert(if namespace.is_empty() { "default" } else { namespace }.to_owned());
        }
    }

    /// Whether every namespace that holds workloads enforces at least the baseline; nothing where there is no workload.
    #[must_use]
    pub fn evidence(&self) -> Option<HoldEvidence> {
        if self.used.is_empty() {
            return None;
        }
        // Of several nobody knows which one the controller has: what any of them exempts may be exempt.
        let defaults = match self.configurations.as_slice() {
            [Some(only)] => only.defaults,
            _ => NamespacePolicy::default(),
        };
        let is_exempt =
            |name: &String| self.configurations.iter().flatten().any(|c| c.namespaces.contains(name));
        let level = |name: &String| match self.enforced.get(name).copied().flatten() {
            _ if is_exempt(name) => Level::Privileged,
            level => level.unwrap_or(defaults.enforce.0),
        };
        let open: Vec<&str> =
            self.used.iter().filter(|n| level(n) < Level::Baseline).map(String::as_str).collect();
        let (outcome, because) = if open.is_empty() {
            let all: Vec<String> = self.used.iter().map(|n| format!("{n} ({})", level(n))).collect();
            (CellOutcome::Pass, format!("every namespace with workloads enforces a level: {}", shown(&all)))
        } else {
            let verb = if open.len() == 1 { "enforces" } else { "enforce" };
            (
                CellOutcome::Fail,
                format!("{} {verb} no level (label `pod-security.kubernetes.io/enforce`)", shown(&open)),
            )
        };
        let (control, kind) = ("pod-security".to_owned(), EvidenceKind::NamespaceLabel);
        Some(HoldEvidence { control, kind, outcome, because })
    }
}

fn shown<S: AsRef<str>>(names: &[S]) -> String {
    let first: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Surroundings;

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: []}\n";

    fn outcome(text: &str) -> CellOutcome {
        let (mut labels, around) = (Labels::default(), Surroundings::default());
        manifest::read(text.as_bytes(), &mut |object| labels.see(&Subject::of("a.yaml", &object, &around)));
        labels.evidence().unwrap().outcome
    }

    #[test]
    fn what_one_configuration_says_counts_and_what_several_say_does_not() {
        let configuration = |rest: &str| {
            format!(
                "---\napiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n{rest}\n"
            )
        };
        let strict = configuration("defaults: {enforce: baseline}");
        assert_eq!(outcome(POD), CellOutcome::Fail);
        assert_eq!(outcome(&format!("{POD}{strict}")), CellOutcome::Pass);
        assert_eq!(outcome(&format!("{POD}{strict}{strict}")), CellOutcome::Fail);
        assert_eq!(
            outcome(&format!("{POD}{strict}{}", configuration("defaults: {enforce: no}"))),
            CellOutcome::Fail
        );
        let exempting = configuration("exemptions: {namespaces: [shop]}");
        let labelled = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}\n";
        assert_eq!(outcome(&format!("{POD}{labelled}")), CellOutcome::Pass);
        assert_eq!(outcome(&format!("{POD}{labelled}{exempting}")), CellOutcome::Fail);
    }
}
