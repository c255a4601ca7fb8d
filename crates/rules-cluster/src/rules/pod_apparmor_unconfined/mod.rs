//! AppArmor must not be switched off.
//!
//! **Why.** AppArmor confines what a program may open, mount and signal, whoever it runs as. A container that says
//! `Unconfined` has thrown the default profile of the runtime away.
//!
//! **What is looked at.** `appArmorProfile.type` of pod and containers, and the older annotations
//! `container.apparmor.security.beta.kubernetes.io/NAME`: the runtime's own profile, a local one, or nothing said.
//!
//! **Fix.** Remove the field, or set `RuntimeDefault` or a `Localhost` profile.
//!
//! Source: Pod Security Standards, check `appArmorProfile` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-apparmor-unconfined",
    control: "pod-security",
    title: "AppArmor is switched off for a container",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        crate::standard::judge(
            subject,
            "appArmorProfile",
            "set `appArmorProfile.type: RuntimeDefault`, or remove the field",
        )
    },
};
