//! A Secret should be read by somebody.
//!
//! **Why.** A credential that nothing uses is still one that may be stolen, and nobody notices when it is not renewed.
//!
//! **What is looked at.** Secrets of namespaces with workloads in the input, of the types that people write: whether their
//! name stands in any object of it, in a volume, in the environment, under `imagePullSecrets`, in a service account, the
//! `tls` of an Ingress, an argument, an annotation, a role, an object of others, in whichever namespace. Left alone are
//! those that may be found without their name: where a role that Kubernetes did not bring lets every Secret of the
//! namespace be read, or a label or annotation says more than what it is; and those that a controller, Helm or the
//! cluster made; and those of a live cluster, of which only names and labels are asked for.
//!
//! **Fix.** Delete it, and what it opens; or name it where it is read.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/secret/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look;
use crate::unread;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-unread",
    control: "secrets",
    title: "Nobody reads a Secret",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// Types that people write, by the list of Kubernetes's documentation; tokens of accounts and of nodes are the cluster's.
const WRITTEN: &[&str] = &[
    "Opaque",
    "kubernetes.io/basic-auth",
    "kubernetes.io/dockercfg",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/ssh-auth",
    "kubernetes.io/tls",
];

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("", &["Secret"])) || subject.object.name().starts_with("sh.helm.release.") {
        return Judgement::not_applicable();
    }
    let is_shown = ["data", "stringData"].into_iter().any(|key| subject.object.node.get(key).is_some());
    match subject.object.node.text_field("type") {
        Ok(Some(word)) if !WRITTEN.contains(&word) => Judgement::not_applicable(),
        // Of the secrets of a live cluster only names and labels are asked for: it may be a token of an account.
        Ok(None) if !is_shown => Judgement::not_applicable(),
        Ok(_) => unread::judge(subject, "secrets"),
        Err(e) => look::answer(subject, "", Err(e)),
    }
}
