//! A manifest must not hold the value of a secret.
//!
//! **Why.** Whoever may read the Deployment reads it, and that are far more than may read secrets; it stands in the
//! repository, in each copy of it, and in its history for ever.
//!
//! **What is looked at.** `value` of every variable of every container: tokens whose issuer gave them a known shape,
//! private keys, passwords in addresses, and values whose variable's name says that they are a secret. A value that
//! refers to something (`$(NAME)`, `vault:…`) is none. Values are never printed.
//!
//! **Fix.** Change the secret wherever it is valid, keep it in a vault, and refer to it (`valueFrom.secretKeyRef`, or
//! better a mounted file).
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/secret/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Found, Wrong};
use crate::workload::{Container, Spot};
use inventory::secret;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-in-pod-env",
    control: "secrets",
    title: "A workload's manifest holds a secret",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let remedy = "change it wherever it is valid, keep it in a vault and refer to it";
        look::containers(subject, remedy, |_| true, |_, c| find(c))
    },
};

fn find(container: &Container<'_>) -> Found {
    let mut wrongs = Vec::new();
    for (index, variable) in container.node.list_field("env")?.iter().enumerate() {
        let (Some(name), Some(value)) = (variable.text_field("name")?, variable.get("value")) else {
            continue;
        };
        let text = format!("{name}={}", value.text().unwrap_or(""));
        if let Some(found) = secret::find(&text).first() {
            let (what, container_name) = (found.what, container.name);
            let what = format!("variable {name} of container \"{container_name}\" holds {what}");
            let spot = Spot { field: format!("{}.env[{index}].value", container.path), at: value.at };
            wrongs.push(Wrong::keyed(format!("{container_name} {name}"), spot, what));
        }
    }
    Ok(wrongs)
}
