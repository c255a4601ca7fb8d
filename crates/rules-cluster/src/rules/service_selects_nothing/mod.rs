//! The selector of a service must fit a pod.
//!
//! **Why.** A service whose selector fits no pod takes requests and answers none. Mostly a label was renamed on one
//! side alone.
//!
//! **What is looked at.** `spec.selector` of every Service against the labels of the pods of every workload of the
//! same namespace in the input. Where no workload of that namespace is in the input, an operator may make some there, a
//! template of one cannot be read, or it is `kube-system` and the input no whole cluster, it is unknown. A service without a selector has its endpoints from elsewhere.
//!
//! **Fix.** Bring selector and labels together.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/service/>, defining a service.

use eval::{Judgement, Rule};
use manifest::WrongType;
use model::Severity;

use crate::absent;
use crate::look;
use crate::selector::Selector;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-selects-nothing",
    control: "config-audit",
    title: "A service has nobody to answer",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("", &["Service"])) {
        return Judgement::not_applicable();
    }
    match selector(subject) {
        Ok(Some(selector)) => {
            absent::judge_selector(subject, &selector, "spec.selector", "bring selector and labels together")
        }
        Ok(None) => Judgement::not_applicable(),
        Err(e) => look::answer(subject, "", Err(e)),
    }
}

fn selector(subject: &Subject<'_>) -> Result<Option<Selector>, WrongType> {
    let Some(spec) = subject.object.node.map_field("spec")? else { return Ok(None) };
    let selector = spec.map_field("selector")?.map(Selector::plain).transpose()?;
    Ok(selector.filter(|s| s.a_label().is_some()))
}
