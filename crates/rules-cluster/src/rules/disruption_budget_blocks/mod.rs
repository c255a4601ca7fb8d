//! A PodDisruptionBudget must let one pod go.
//!
//! **Why.** A budget that lets none go blocks every drain of a node: upgrades of the cluster wait for it, or are
//! forced, and then the pods go all at once.
//!
//! **What is looked at.** `maxUnavailable` of 0 or `0%`, `minAvailable` of `100%` or more, a `minAvailable` of at least
//! as many pods as the workloads of the input have that the budget selects (a part of a pod is a pod), and one of more pods than the `minReplicas`
//! of the HorizontalPodAutoscalers that keep them.
//!
//! **Fix.** Set `maxUnavailable: 1`, and run one pod more than are needed.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>.

use eval::Rule;
use manifest::{Node, Value, WrongType};
use model::Severity;

use crate::around::namespace_of;
use crate::labelled::Keeper;
use crate::look::{self, Found, Wrong};
use crate::quantity::shown;
use crate::selector::Selector;
use crate::{Objects, Subject, workload};

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
    let percent = match least.value {
        Value::Integer(_) => None,
        _ => shown(least).strip_suffix('%').and_then(|p| p.parse::<u32>().ok()),
    };
    if percent.is_some_and(|p| 100 <= p) {
        return wrong("minAvailable", shown(least));
    }
    let Some(selector) = Selector::of_budget(subject.object)? else { return Ok(Vec::new()) };
    let Some(pods) = subject.around.pods(namespace_of(subject.object)) else { return Ok(Vec::new()) };
    let Some(Kept { pods, scaled }) = kept(subject, &pods.selected(&selector))? else {
        return Ok(Vec::new());
    };
    let wanted = match (&least.value, percent) {
        (Value::Integer(least), _) => *least,
        // A part of a pod is a pod (`GetScaledValueFromIntOrPercent`, rounded up).
        (_, Some(percent)) => (i64::from(percent).saturating_mul(pods).saturating_add(99)) / 100,
        _ => return Ok(Vec::new()),
    };
    let (least, count) = (shown(least), if pods == 1 { "1 pod".to_owned() } else { format!("{pods} pods") });
    if scaled && pods < wanted {
        return wrong("minAvailable", format!("{least}, and its autoscalers go down to {count} in all"));
    }
    if !scaled && 0 < pods && pods <= wanted {
        return wrong("minAvailable", format!("{least}, and its workloads have {count} in all"));
    }
    Ok(Vec::new())
}

/// The least that workloads keep, and whether an autoscaler may make it more.
struct Kept {
    pods: i64,
    scaled: bool,
}

/// What workloads keep in all; `None` where one of them, or its autoscaler, does not say.
fn kept(subject: &Subject<'_>, keepers: &[&Keeper]) -> Result<Option<Kept>, WrongType> {
    let mut kept = Kept { pods: 0, scaled: false };
    for keeper in keepers {
        let scaler = workload::autoscaler(subject, &keeper.kind, &keeper.name)?;
        kept.scaled |= scaler.is_some();
        let pods = match scaler {
            Some(scaler) => scaler.integer_field("minReplicas")?,
            // Who leaves the number out may leave it to an autoscaler that is not in the input.
            None => keeper.replicas,
        };
        let Some(pods) = pods else { return Ok(None) };
        kept.pods = kept.pods.saturating_add(pods);
    }
    Ok(Some(kept))
}
