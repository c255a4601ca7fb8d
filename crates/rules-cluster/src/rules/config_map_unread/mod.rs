//! A ConfigMap should be read by somebody.
//!
//! **Why.** One that nothing names is what is left of an earlier version, or its reader names another one by mistake and
//! runs without its settings.
//!
//! **What is looked at.** ConfigMaps of namespaces with workloads in the input: whether their name stands in any object
//! of it, in a volume, in the environment, in an argument, an annotation, a role, an object of others, in whichever
//! namespace. Left alone are those that may be found without their name: where a role that Kubernetes did not bring lets
//! every ConfigMap of the namespace be read, or a label or annotation says more than what it is; and those that a
//! controller or the cluster made.
//!
//! **Fix.** Delete it, or name it where it is read.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/configmap/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look;
use crate::unread;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "config-map-unread",
    control: "config-audit",
    title: "Nobody reads a ConfigMap",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// ConfigMaps that are put into every namespace.
const EVERYWHERE: &[&str] = &["istio-ca-root-cert", "kube-root-ca.crt", "openshift-service-ca.crt"];

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("", &["ConfigMap"])) || EVERYWHERE.contains(&subject.object.name()) {
        return Judgement::not_applicable();
    }
    unread::judge(subject, "configmaps")
}
