//! The items of a `List` as documents of their own, so that a change of one does not read all others again.

use super::syntax::{self, Form, Src};
use crate::node::{Node, Value, same};

/// A part of a document's text.
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The tree of an item, `None` for what stands around them.
    pub(super) root: Option<Node>,
}

/// Cuts a document into its items and what is around them; `None` if one of them cannot be read by itself, as where an
/// alias leads out of it.
pub(super) fn parts(text: &str, root: &Node, read: &dyn Fn(&str) -> Option<Node>) -> Option<Vec<Part>> {
    let items = match &root.fields().iter().find(|e| &*e.key == "items")?.value.value {
        Value::List(items) if 1 < items.len() => items,
        _ => return None,
    };
    let written = syntax::read(text).ok()?;
    let Form::Map { pairs, .. } = &written.root.form else { return None };
    let list = pairs.iter().rfind(|p| &*p.name == "items")?;
    let Form::List { flow, items: places } = &list.value.form else { return None };
    let spans = if *flow { flow_spans(places) } else { block_spans(text, places)? };
    if spans.len() != items.len() {
        return None;
    }
    let (mut parts, mut at) = (Vec::new(), 0);
    for ((start, end), item) in spans.into_iter().zip(items) {
        let root = read(text.get(start..end)?)?;
        let own = if *flow { &root } else { root.items().first()? };
        if start < at || !same(own, item) || (!flow && root.items().len() != 1) {
            return None;
        }
        parts.push(Part { start: at, end: start, root: None });
        parts.push(Part { start, end, root: Some(root) });
        at = end;
    }
    parts.push(Part { start: at, end: text.len(), root: None });
    Some(parts)
}

fn flow_spans(places: &[Src]) -> Vec<(usize, usize)> {
    places.iter().map(|p| (p.start, p.end)).collect()
}

/// Whole lines, from that of the dash to that of the next.
fn block_spans(text: &str, places: &[Src]) -> Option<Vec<(usize, usize)>> {
    let line = |at: usize| text.get(..at).map(|t| t.rfind('\n').map_or(0, |n| n + 1));
    let mut starts = Vec::new();
    for place in places {
        let dash = syntax::dash(text, place.start)?;
        let start = line(dash)?;
        if !text.get(start..dash)?.trim_matches(' ').is_empty() {
            return None;
        }
        starts.push(start);
    }
    let last = places.last()?.end;
    let end = match text.get(..last)?.ends_with('\n') {
        true => last,
        false => text.get(last..)?.find('\n').map_or(text.len(), |n| last + n + 1),
    };
    let ends = starts.iter().skip(1).copied().chain([end]);
    Some(starts.iter().copied().zip(ends).collect())
}
