//! What an edit means, on the tree of values alone: what the text must mean once it is changed.

use super::{Edit, EditError, New, Step, dotted};
use crate::node::{Entry, Node, Position, Value};

/// Makes the change.
pub(super) fn apply(root: &mut Node, edit: &Edit) -> Result<(), EditError> {
    let wrong = || EditError::Place(dotted(edit.path()));
    match edit {
        Edit::Set(path, value) => *make(root, path).ok_or_else(wrong)? = value.node(),
        Edit::Append(path, value) => {
            let list = make(root, path).ok_or_else(wrong)?;
            if list.value == Value::Null {
                list.value = Value::List(Vec::new());
            }
            match &mut list.value {
                Value::List(items) => items.push(value.node()),
                _ => return Err(wrong()),
            }
        }
        Edit::Remove { path, keep } => {
            let path = pruned(root, path, *keep).ok_or_else(wrong)?;
            let (last, before) = path.split_last().ok_or_else(wrong)?;
            let around = find_mut(root, before).ok_or_else(wrong)?;
            match (&mut around.value, last) {
                (Value::Map(fields), Step::Key(key)) => fields.retain(|e| e.key != *key),
                (Value::List(items), Step::Index(index)) if *index < items.len() => {
                    drop(items.remove(*index))
                }
                _ => return Err(wrong()),
            }
        }
        Edit::Replace { path, key, value } => {
            let (last, before) = path.split_last().ok_or_else(wrong)?;
            let around = find_mut(root, before).ok_or_else(wrong)?;
            let Value::Map(fields) = &mut around.value else { return Err(wrong()) };
            let is_old = |e: &&mut Entry| matches!(last, Step::Key(k) if *k == e.key);
            let entry = fields.iter_mut().find(is_old).ok_or_else(wrong)?;
            entry.key = key.as_str().into();
            entry.value = value.node();
        }
    }
    Ok(())
}

/// What is taken out: the path, or the outermost thing around it that would be left empty.
pub(super) fn pruned<'p>(root: &Node, path: &'p [Step], keep: usize) -> Option<&'p [Step]> {
    find(root, path)?;
    let mut path = path;
    while keep + 1 < path.len() {
        let (_, before) = path.split_last()?;
        let alone = match &find(root, before)?.value {
            Value::Map(fields) => fields.len() == 1,
            Value::List(items) => items.len() == 1,
            _ => false,
        };
        match alone {
            true => path = before,
            false => break,
        }
    }
    Some(path)
}

/// The node at a path.
pub(super) fn find<'n>(root: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.fields().iter().find(|e| e.key == *key).map(|e| &e.value),
        Step::Index(index) => node.items().get(*index),
    })
}

fn find_mut<'n>(root: &'n mut Node, path: &[Step]) -> Option<&'n mut Node> {
    path.iter().try_fold(root, |node, step| match (&mut node.value, step) {
        (Value::Map(fields), Step::Key(key)) => {
            fields.iter_mut().find(|e| e.key == *key).map(|e| &mut e.value)
        }
        (Value::List(items), Step::Index(index)) => items.get_mut(*index),
        _ => None,
    })
}

/// The node at a path, null if it was not there; mappings on the way are made.
fn make<'n>(root: &'n mut Node, path: &[Step]) -> Option<&'n mut Node> {
    path.iter().try_fold(root, |node, step| {
        if node.value == Value::Null && matches!(step, Step::Key(_)) {
            node.value = Value::Map(Vec::new());
        }
        match (&mut node.value, step) {
            (Value::Map(fields), Step::Key(key)) => {
                let index = fields.iter().position(|e| e.key == *key).unwrap_or_else(|| {
                    let value = Node { value: Value::Null, at: Position::default() };
                    fields.push(Entry { key: key.clone(), at: Position::default(), value });
                    fields.len() - 1
                });
                fields.get_mut(index).map(|e| &mut e.value)
            }
            (Value::List(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        }
    })
}

impl New {
    /// The value as a reader would give it.
    pub(super) fn node(&self) -> Node {
        let value = match self {
            Self::Null => Value::Null,
            Self::Float(n) => Value::Float(*n),
            Self::Bool(b) => Value::Bool(*b),
            Self::Integer(n) => Value::Integer(*n),
            Self::Text(text) => Value::Text(text.as_str().into()),
            Self::List(items) => Value::List(items.iter().map(Self::node).collect()),
            Self::Map(fields) => {
                let entry = |(key, value): &(String, Self)| Entry {
                    key: key.as_str().into(),
                    at: Position::default(),
                    value: value.node(),
                };
                Value::Map(fields.iter().map(entry).collect())
            }
        };
        Node { value, at: Position::default() }
    }
}
