//! A ConfigMap must not hold a secret.
//!
//! **Why.** ConfigMaps are read by whoever may see the namespace, are never encrypted at rest unless somebody asked
//! for it, and stand in the repository.
//!
//! **What is looked at.** Every entry of `data`: tokens whose issuer gave them a known shape, private keys, passwords
//! in addresses, and values whose key says that they are a secret. Values are never printed.
//!
//! **Fix.** Change the secret wherever it is valid, keep it in a vault, and mount it as a Secret.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/configmap/>.

use eval::Rule;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::workload::{Spot, texts};
use crate::{Objects, Subject};
use inventory::secret;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-in-config-map",
    control: "secrets",
    title: "A ConfigMap holds a secret",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let remedy = "change it wherever it is valid, and keep it in a vault";
        look::object(subject, ("", &["ConfigMap"]), remedy, || find(subject))
    },
};

fn find(subject: &Subject<'_>) -> Found {
    let Some(data) = subject.object.node.map_field("data")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (key, value, at) in texts(data)? {
        let text = if value.trim_end().contains('\n') { value.to_owned() } else { format!("{key}={value}") };
        if let Some(secret) = secret::find(&text).first() {
            let what = format!("`data.{key}` holds {}", secret.what);
            found.push(Wrong::keyed(key, Spot { field: format!("data.{key}"), at }, what));
        }
    }
    Ok(found)
}
