//! How many fields lie between two manifests.

use manifest::{Entry, Node, Object, Value};

/// The least number of fields, items of lists and objects that one must change, add or remove to make one input of the other.
pub(super) fn between(one: &[Object], other: &[Object]) -> usize {
    let nodes = |objects: &[Object]| objects.iter().map(|o| o.node.clone()).collect::<Vec<_>>();
    of_lists(&nodes(one), &nodes(other))
}

/// The fields that one must change, add or remove to make one value of the other. A field that is not there on one side is
/// one, whatever it holds; so is an item of a list.
fn of(one: &Node, other: &Node) -> usize {
    match (&one.value, &other.value) {
        (Value::Map(one), Value::Map(other)) => {
            let missing = |from: &[Entry], e: &Entry| !from.iter().any(|f| f.key == e.key);
            let added = other.iter().filter(|e| missing(one, e)).count();
            let kept = one
                .iter()
                .map(|e| other.iter().find(|f| f.key == e.key).map_or(1, |f| of(&e.value, &f.value)));
            added + kept.sum::<usize>()
        }
        (Value::List(one), Value::List(other)) => of_lists(one, other),
        (one, other) => usize::from(one != other),
    }
}

/// The least number of changes between two lists, items of which may be added and removed (Wagner and Fischer).
fn of_lists(one: &[Node], other: &[Node]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, item) in one.iter().enumerate() {
        let mut next = vec![n + 1];
        for (m, there) in other.iter().enumerate() {
            next.push((row[m] + of(item, there)).min(row[m + 1] + 1).min(next[m] + 1));
        }
        row = next;
    }
    row[other.len()]
}
