//! The merge key `<<` as `kubectl` reads it: what is merged is put where it stands, and of a field that is given twice the
//! later one counts (go-yaml v2, `decode.go`, `mapping` and `merge`; within one list of mappings the earlier). To
//! <https://yaml.org/type/merge.html> the mapping's own fields count wherever they stand: where both differ it is said.

use std::collections::BTreeMap;

use crate::node::{Entry, Node, Value, same};

/// What is wrong with a field that the mapping has for itself and something merged behind it has as well.
pub(crate) const OVERRIDDEN: &str =
    "is overridden by what `<<` merges behind it, as `kubectl` reads it: put `<<` first";

/// Fields with what was merged into them.
pub(crate) struct Merged {
    pub(crate) fields: Vec<Entry>,
    /// Own fields that do not count, ascending.
    pub(crate) overridden: Vec<Entry>,
}

/// Merges the fields at `merges` into the others. A field of its own that stands twice is kept twice.
pub(crate) fn fields(fields: Vec<Entry>, merges: &[usize]) -> Result<Merged, String> {
    let mut merged = Merged { fields: Vec::new(), overridden: Vec::new() };
    // Where the last field of a key stands, and whether it was merged.
    let mut known: BTreeMap<Box<str>, (usize, bool)> = BTreeMap::new();
    for (index, entry) in fields.into_iter().enumerate() {
        if merges.contains(&index) {
            for more in sources(entry.value)? {
                match known.get(&more.key).and_then(|(at, own)| Some((merged.fields.get_mut(*at)?, own))) {
                    Some((slot, is_merged)) => {
                        let before = std::mem::replace(slot, more);
                        if !is_merged && !same(&before.value, &slot.value) {
                            merged.overridden.push(before);
                        }
                    }
                    None => {
                        known.insert(more.key.clone(), (merged.fields.len(), true));
                        merged.fields.push(more);
                    }
                }
            }
            continue;
        }
        match known.get(&entry.key).copied() {
            Some((at, true)) => {
                known.insert(entry.key.clone(), (at, false));
                if let Some(slot) = merged.fields.get_mut(at) {
                    *slot = entry;
                }
            }
            _ => {
                known.insert(entry.key.clone(), (merged.fields.len(), false));
                merged.fields.push(entry);
            }
        }
    }
    Ok(merged)
}

/// The fields of what is merged, those that count last.
fn sources(node: Node) -> Result<Vec<Entry>, String> {
    let sources = match node.value {
        Value::List(items) => items,
        value => vec![Node { value, at: node.at }],
    };
    let mut fields = Vec::new();
    for source in sources.into_iter().rev() {
        match source.value {
            Value::Map(more) => fields.extend(more),
            _ => return Err("`<<` merges mappings or a list of them alone".to_owned()),
        }
    }
    Ok(fields)
}
