//! A command line must not hold the value of a secret.
//!
//! **Why.** It stands in the manifest, in `kubectl describe`, and in the list of processes of the node, which
//! everyone there reads.
//!
//! **What is looked at.** `command` and `args` of every container: tokens whose issuer gave them a known shape,
//! private keys, passwords in addresses, and values whose option's name says that they are a secret. Values are never
//! printed.
//!
//! **Fix.** Change the secret wherever it is valid, and pass the path of a file that is mounted.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/secret/>.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::workload::Container;
use inventory::secret;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-in-pod-command",
    control: "secrets",
    title: "A workload's command line holds a secret",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let remedy = "change it wherever it is valid, and pass the path of a mounted file";
        look::containers(subject, remedy, |_| true, |_, c| find(c))
    },
};

fn find(container: &Container<'_>) -> Result<Option<Wrong>, WrongType> {
    for field in ["command", "args"] {
        let words: Vec<&str> = container.node.list_field(field)?.iter().filter_map(Node::text).collect();
        if let Some(found) = secret::find(&words.join(" ")).first() {
            let what = format!("`{field}` of container \"{}\" holds {}", container.name, found.what);
            return Ok(Some(Wrong::keyed(
                format!("{} {field}", container.name),
                container.spot(field),
                what,
            )));
        }
    }
    Ok(None)
}
