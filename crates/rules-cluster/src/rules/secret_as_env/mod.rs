//! A secret should be passed as a file.
//!
//! **Why.** Variables are inherited by every process that the container starts, and printed by crash reports and
//! debug pages; they stay as they were when the secret is changed.
//!
//! **What is looked at.** `env[].valueFrom.secretKeyRef` and `envFrom[].secretRef` of every container.
//!
//! **Fix.** Mount the Secret as a volume, read-only, and let the work read the file.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/secret/>.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::Objects;
use crate::look::{self, Found, Wrong};
use crate::workload::{Container, Spot};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-as-env",
    control: "secrets",
    title: "A secret is passed as a variable",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| look::containers(subject, "mount it as a file", |_| true, |_, c| find(c)),
};

fn find(container: &Container<'_>) -> Found {
    let mut found = Vec::new();
    for (list, path) in [("env", &["valueFrom", "secretKeyRef"][..]), ("envFrom", &["secretRef"])] {
        for (index, item) in container.node.list_field(list)?.iter().enumerate() {
            let Some(reference) = item.at_path(path) else { continue };
            let secret = reference.get("name").and_then(Node::text).unwrap_or("");
            let what = format!("container \"{}\" has secret {secret} in its environment", container.name);
            let field = format!("{}.{list}[{index}].{}", container.path, path.join("."));
            let key = format!("{} {list}[{index}]", container.name);
            found.push(Wrong::keyed(key, Spot { field, at: item.at }, what));
        }
    }
    Ok(found)
}
