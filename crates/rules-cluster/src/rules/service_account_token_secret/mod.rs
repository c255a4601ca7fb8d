//! Tokens of service accounts should be asked for when they are needed.
//!
//! **Why.** A Secret of the type `kubernetes.io/service-account-token` holds a token that is valid until the Secret
//! is deleted, wherever it was copied to. Tokens that are asked for (TokenRequest, projected volumes) end by
//! themselves and are bound to a pod.
//!
//! **What is looked at.** `type` of every Secret.
//!
//! **Fix.** Delete it, and ask for a token with an end: a `projected` volume, or `kubectl create token`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/service-accounts/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-account-token-secret",
    control: "secrets",
    title: "A token of a service account never ends",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::object(subject, ("", &["Secret"]), "delete it, and ask for tokens with an end", || {
            let is_token =
                subject.object.node.text_field("type")? == Some("kubernetes.io/service-account-token");
            let spot = || subject.spot("type");
            let what = "type is kubernetes.io/service-account-token";
            Ok(if is_token { vec![Wrong::of(spot(), what)] } else { Vec::new() })
        })
    },
};
