//! A PodDisruptionBudget must let one pod go.
//!
//! **Why.** A budget that lets none go blocks every drain of a node: upgrades of the cluster wait for it, or are
//! forced, and then the pods go all at once.
//!
//! **What is looked at.** `maxUnavailable` of 0 or `0%`, `minAvailable` of `100%`, and a `minAvailable` of at least
//! as many pods as the workloads of the input have that the budget selects.
//!
//! **Fix.** Set `maxUnavailable: 1`, and run one pod more than are needed.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>.

use eval::Rule;
use manifest::{Node, Value};
use model::Severity;

use crate::around::namespace_of;
use crate::look::{self, Found, Wrong};
use crate::quantity::shown;
use crate::selector::Selector;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "disruption-budget-blocks",
    control: "config-audit",
    title: "A budget lets no pod go",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::spec(subject, ("policy", &["PodDisruptionBudget"]), "set maxUnavailable to 1", find)
    },
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    let wrong = |field: &str, what: String| {
        Ok(vec![Wrong::of(subject.spot(&format!("spec.{field}")), format!("spec.{field} is {what}"))])
    };
    if let Some(most) = spec.get("maxUnavailable").map(shown).filter(|m| m == "0" || m == "0%") {
        return wrong("maxUnavailable", most);
    }
    let Some(least) = spec.get("minAvailable") else { return Ok(Vec::new()) };
    let Value::Integer(least) = least.value else {
        let least = shown(least);
        return if least == "100%" { wrong("minAvailable", least) } else { Ok(Vec::new()) };
    };
    let Some(selector) = Selector::read(spec.get("selector"))? else { return Ok(Vec::new()) };
    let Some(pods) = subject.around.pods(namespace_of(subject.object)) else { return Ok(Vec::new()) };
    // What an autoscaler or nobody sets is not counted.
    let pods: Option<i64> = pods.replicas(&selector).into_iter().sum();
    match pods {
        Some(pods) if 0 < pods && pods <= least => {
            wrong("minAvailable", format!("{least}, and its workloads have {pods} pods in all"))
        }
        _ => Ok(Vec::new()),
    }
}
