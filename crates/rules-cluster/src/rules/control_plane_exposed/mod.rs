//! Nothing from outside should lead to the control plane.
//!
//! **Why.** Whoever reaches the API server may try credentials and its faults; whoever reaches etcd or a kubelet is one
//! certificate away from the whole cluster, or the node; and a dashboard acts for whoever finds it with what its account
//! may do. A service or an Ingress puts them where everybody may try.
//!
//! **What is looked at.** Services of the type `NodePort` or `LoadBalancer`, or with `externalIPs`, and Ingresses, routes
//! of gateways and of OpenShift: whether they lead to the API server, etcd, a kubelet, the controller manager, the
//! scheduler or the Kubernetes dashboard. A service leads there by its name (`kubernetes` of `default`,
//! `kubernetes-dashboard`), its selector, the pods of the input that it selects, its `externalName`, or, without a
//! selector, its ports. Load balancers that let in listed ranges alone, or that their annotations call internal, are left
//! alone.
//!
//! **Fix.** Make the service a `ClusterIP` and take the route out; reach the dashboard by `kubectl port-forward`, and the
//! API server through an address that only those reach who need it.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/security-checklist/>, network security;
//! <https://kubernetes.io/docs/reference/networking/ports-and-protocols/>.

use eval::{Judgement, Rule};
use manifest::{Node, WrongType};
use model::Severity;

use crate::around::namespace_of;
use crate::control;
use crate::look::{self, Found, Wrong};
use crate::reach;
use crate::selector::Selector;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "control-plane-exposed",
    control: "network-policies",
    title: "The control plane is reached from outside",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    if look::is(subject, ("", &["Service"])) {
        return look::spec(subject, ("", &["Service"]), "make it a ClusterIP", of_service);
    }
    match reach::backends(subject.object) {
        Ok(backends) if backends.is_empty() => Judgement::not_applicable(),
        Ok(backends) => {
            look::answer(subject, "take the route out", Ok::<_, WrongType>(of_route(subject, &backends)))
        }
        Err(e) => look::answer(subject, "", Err(e)),
    }
}

fn of_service(subject: &Subject<'_>, spec: &Node) -> Found {
    let (field, how) = match spec.text_field("type")? {
        // A name of the outside takes no port here.
        Some("ExternalName") => return Ok(Vec::new()),
        Some("NodePort") => ("spec.type", "spec.type is NodePort".to_owned()),
        _ => match (reach::open_balancer(subject.object, spec)?, spec.list_field("externalIPs")?) {
            (Some(open), _) => ("spec.type", open),
            (None, []) => return Ok(Vec::new()),
            (None, _) => ("spec.externalIPs", "spec.externalIPs is set".to_owned()),
        },
    };
    let found = match control::of_service(subject.object) {
        Some(known) => Some(known),
        None => selected(subject, spec)?,
    };
    let wrong = |known| Wrong::of(subject.spot(field), format!("{how}, and it leads to {known}"));
    Ok(found.map(wrong).into_iter().collect())
}

/// The component that a pod runs which the service selects.
fn selected(subject: &Subject<'_>, spec: &Node) -> Result<Option<&'static str>, WrongType> {
    let Some(selector) = spec.map_field("selector")?.map(Selector::plain).transpose()? else {
        return Ok(None);
    };
    let pods = subject.around.pods(namespace_of(subject.object)).filter(|_| selector.a_label().is_some());
    Ok(pods.and_then(|pods| pods.selected(&selector).iter().find_map(|k| k.control)))
}

fn of_route(subject: &Subject<'_>, backends: &[reach::Backend]) -> Vec<Wrong> {
    let mut wrongs: Vec<Wrong> = Vec::new();
    for (namespace, name) in backends.iter().map(|b| &b.service) {
        let service = subject.around.all_services().get(namespace).and_then(|s| s.control_of(name));
        let known = service.or_else(|| control::of_name(namespace, name));
        let key = format!("{namespace}/{name}");
        if let Some(known) = known.filter(|_| !wrongs.iter().any(|w| w.key == key)) {
            let what = format!("it leads to {known} by Service {key}");
            wrongs.push(Wrong::keyed(key, subject.spot("spec"), what));
        }
    }
    wrongs
}
