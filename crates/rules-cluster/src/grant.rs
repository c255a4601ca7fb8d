//! Objects that grant rights: roles and their bindings.

use manifest::{Node, Object, WrongType};

use crate::workload::Spot;

/// The group of roles and bindings.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";

/// True for an object of this group that is one of `kinds`.
pub(crate) fn is_one_of(object: &Object, kinds: [&str; 2]) -> bool {
    object.group() == GROUP && kinds.contains(&&*object.kind)
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
