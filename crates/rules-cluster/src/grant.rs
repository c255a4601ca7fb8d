//! Objects that grant rights: roles and their bindings.

use std::fmt::Display;

use eval::{Fault, Judgement};
use manifest::{Node, WrongType};

use crate::Subject;
use crate::workload::Spot;

/// The group of roles and bindings.
const GROUP: &str = "rbac.authorization.k8s.io";

/// Judges an object of this group that is one of `kinds` by what `find` finds in it; `remedy` is what would make known
/// what it cannot read.
pub(crate) fn judge<E: Display>(
    subject: &Subject<'_>,
    kinds: [&str; 2],
    remedy: &str,
    find: fn(&Subject<'_>) -> Result<Option<Fault>, E>,
) -> Judgement {
    let object = subject.object;
    if object.group() != GROUP || !kinds.contains(&&*object.kind) {
        return Judgement::not_applicable();
    }
    let mut judgement = Judgement::clean();
    let place = format!("{}: {}", subject.path, subject.name());
    judgement.check(&place, remedy, || find(subject));
    judgement
}

/// The fields among `keys` in the rules of a role that hold the word `*`.
///
/// # Errors
/// [`WrongType`] if the rules are not of the types that they must be.
pub(crate) fn wildcards(role: &Node, keys: [&str; 2]) -> Result<Vec<Spot>, WrongType> {
    let mut found = Vec::new();
    for (index, rule) in role.list_field("rules")?.iter().enumerate() {
        for key in keys {
            for word in rule.list_field(key)? {
                let text = word.text().ok_or_else(|| WrongType {
                    field: key.to_owned(),
                    wanted: "a list of texts",
                    found: word.value.kind(),
                    at: word.at,
                })?;
                if text == "*" {
                    found.push(Spot { field: format!("rules[{index}].{key}"), at: word.at });
                }
            }
        }
    }
    Ok(found)
}
