//! Nodes of a cluster, and which of them a pod may run on
//! (<https://kubernetes.io/docs/concepts/scheduling-eviction/>).

use manifest::{Node, Object, WrongType};

use crate::pod_security::texts as words;
use crate::workload::{Pod, texts};

/// A node.
#[derive(Debug)]
pub(crate) struct Host {
    /// Name.
    pub(crate) name: Box<str>,
    labels: Vec<(Box<str>, Box<str>)>,
    /// Key, value and effect of those that keep pods away.
    taints: Vec<(Box<str>, Box<str>, Box<str>)>,
}

/// Taints that the controller of DaemonSets has its pods tolerate: `AddOrUpdateDaemonPodTolerations` of Kubernetes's
/// `pkg/controller/daemon/util`. That of an unavailable network, for pods in the network of the node alone, passes as well.
const OF_CONDITIONS: &str = "node.kubernetes.io/";

impl Host {
    /// The node that an object is.
    pub(crate) fn of(object: &Object) -> Self {
        let labels = object.node.at_path(&["metadata", "labels"]).and_then(|l| texts(l).ok());
        let taints = object.node.at_path(&["spec", "taints"]).map_or(&[][..], Node::items);
        let text = |taint: &Node, key: &str| taint.get(key).and_then(Node::text).unwrap_or("").into();
        let taints = taints.iter().map(|t| (text(t, "key"), text(t, "value"), text(t, "effect")));
        Self {
            name: object.name().into(),
            labels: labels.unwrap_or_default().into_iter().map(|(k, v, _)| (k.into(), v.into())).collect(),
            taints: taints
                .filter(|(key, _, e): &(Box<str>, Box<str>, Box<str>)| {
                    matches!(&**e, "NoSchedule" | "NoExecute") && !key.starts_with(OF_CONDITIONS)
                })
                .collect(),
        }
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
    }

    /// No node of the usual kind: pods of DaemonSets never run there, or those of Linux do not.
    pub(crate) fn is_other(&self) -> bool {
        self.label("type") == Some("virtual-kubelet")
            || self.label("eks.amazonaws.com/compute-type") == Some("fargate")
            || self.label("kubernetes.io/os").is_some_and(|os| os != "linux")
    }

    /// Whether a pod of a DaemonSet may run on it, as far as taints, labels and required affinity say.
    ///
    /// # Errors
    /// [`WrongType`] if one of them is of another type.
    pub(crate) fn takes(&self, pod: &Pod<'_>) -> Result<bool, WrongType> {
        let tolerations = pod.spec.list_field("tolerations")?;
        for (key, value, effect) in &self.taints {
            let mut tolerated = false;
            for toleration in tolerations {
                tolerated |= tolerates(toleration, key, value, effect)?;
            }
            if !tolerated {
                return Ok(false);
            }
        }
        let wanted = pod.spec.map_field("nodeSelector")?.map(texts).transpose()?.unwrap_or_default();
        Ok(wanted.iter().all(|(k, v, _)| self.label(k) == Some(*v)) && self.is_near(pod)?)
    }

    fn is_near(&self, pod: &Pod<'_>) -> Result<bool, WrongType> {
        let required = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
        let Some(required) = pod.spec.at_path(&required) else { return Ok(true) };
        for term in required.list_field("nodeSelectorTerms")? {
            let mut fits = true;
            for each in term.list_field("matchExpressions")? {
                let label = each.text_field("key")?.and_then(|k| self.label(k));
                fits &= is_met(each, label)?;
            }
            for each in term.list_field("matchFields")? {
                fits &= is_met(each, Some(&self.name))?;
            }
            if fits {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Operators that nobody knows, and those of numbers, count as met.
fn is_met(expression: &Node, label: Option<&str>) -> Result<bool, WrongType> {
    let values = words(expression, "values")?;
    let is_listed = label.is_some_and(|l| values.contains(&l));
    Ok(match expression.text_field("operator")? {
        Some("In") => is_listed,
        Some("NotIn") => !is_listed,
        Some("Exists") => label.is_some(),
        Some("DoesNotExist") => label.is_none(),
        _ => true,
    })
}

fn tolerates(toleration: &Node, key: &str, value: &str, effect: &str) -> Result<bool, WrongType> {
    let text = |field: &str| Ok::<_, WrongType>(toleration.text_field(field)?.unwrap_or(""));
    let (wanted, of, operator) = (text("key")?, text("effect")?, text("operator")?);
    let keys = wanted == key || (wanted.is_empty() && operator == "Exists");
    let values = match operator {
        "" | "Equal" => text("value")? == value,
        _ => true,
    };
    Ok(keys && values && (of.is_empty() || of == effect))
}
