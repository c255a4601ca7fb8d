//! Maven's `ComparableVersion` (maven-artifact 3.9, "Version Order Specification" of the POM reference).

use std::cmp::Ordering;

use crate::text::Number;

/// Nested lists that one version may open; each hyphen and each change between digits and letters opens one.
const LISTS_MAX: usize = 512;

/// Well-known qualifiers, in order; the empty one is the release itself.
const QUALIFIERS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
const RELEASE: usize = 5;

/// A version taken apart: the lists one after another; each is the last item of the one before it.
#[derive(Debug, Clone)]
pub(crate) struct Key(Vec<Vec<Item>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Number(Number),
    Qualifier(String),
}

/// An item or the rest of the version, as one list holds it.
enum Slot<'a> {
    Item(&'a Item),
    List(&'a [Vec<Item>]),
}

impl Item {
    fn new(text: &str, is_digits: bool) -> Self {
        if is_digits { Self::Number(Number::new(text)) } else { Self::word(text, false) }
    }

    fn word(text: &str, followed_by_digit: bool) -> Self {
        Self::Qualifier(
            match text {
                "a" if followed_by_digit => "alpha",
                "b" if followed_by_digit => "beta",
                "m" if followed_by_digit => "milestone",
                "ga" | "final" | "release" => "",
                "cr" => "rc",
                other => other,
            }
            .to_owned(),
        )
    }

    fn is_null(&self) -> bool {
        match self {
            Self::Number(n) => n.is_zero(),
            Self::Qualifier(q) => q.is_empty(),
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty");
    }
    let lower = text.to_lowercase();
    let mut lists = read_lists(&lower);
    if LISTS_MAX < lists.len() {
        return Err("it has too many parts");
    }
    normalise(&mut lists);
    Ok(Key(lists))
}

fn read_lists(text: &str) -> Vec<Vec<Item>> {
    let mut lists: Vec<Vec<Item>> = vec![Vec::new()];
    let mut start = 0;
    let mut is_digits = false;
    let push = |lists: &mut Vec<Vec<Item>>, item: Item| {
        if let Some(list) = lists.last_mut() {
            list.push(item);
        }
    };
    let is_last_empty = |lists: &[Vec<Item>]| lists.last().is_none_or(Vec::is_empty);
    for (n, c) in text.char_indices() {
        let token = text.get(start..n).unwrap_or_default();
        if c == '.' || c == '-' {
            push(
                &mut lists,
                if token.is_empty() { Item::Number(Number::ZERO) } else { Item::new(token, is_digits) },
            );
            start = n + 1;
            if c == '-' {
                lists.push(Vec::new());
            }
        } else if c.is_ascii_digit() {
            if !is_digits && !token.is_empty() {
                // `1.0.0.X1` is `1.0.0-X1`: a qualifier opens its own list.
                if !is_last_empty(&lists) {
                    lists.push(Vec::new());
                }
                push(&mut lists, Item::word(token, true));
                start = n;
                lists.push(Vec::new());
            }
            is_digits = true;
        } else {
            if is_digits && !token.is_empty() {
                push(&mut lists, Item::new(token, true));
                start = n;
                lists.push(Vec::new());
            }
            is_digits = false;
        }
    }
    let token = text.get(start..).unwrap_or_default();
    if !token.is_empty() {
        if !is_digits && !is_last_empty(&lists) {
            lists.push(Vec::new());
        }
        push(&mut lists, Item::new(token, is_digits));
    }
    lists
}

/// Drops what means nothing, from the innermost list outwards: trailing zeros and empty qualifiers, and those before a
/// list; a list without items is nothing itself.
fn normalise(lists: &mut Vec<Vec<Item>>) {
    let mut kept: Vec<Vec<Item>> = Vec::new();
    for mut list in lists.drain(..).rev() {
        // Items behind which only a list or nothing follows.
        while list.last().is_some_and(Item::is_null) {
            list.pop();
        }
        if !list.is_empty() || !kept.is_empty() {
            kept.push(list);
        }
    }
    kept.reverse();
    *lists = kept;
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    compare_lists(&a.0, &b.0)
}

fn slot(lists: &[Vec<Item>], n: usize) -> Option<Slot<'_>> {
    let (first, rest) = lists.split_first()?;
    match first.get(n) {
        Some(item) => Some(Slot::Item(item)),
        None if n == first.len() && !rest.is_empty() => Some(Slot::List(rest)),
        None => None,
    }
}

fn compare_lists(a: &[Vec<Item>], b: &[Vec<Item>]) -> Ordering {
    for n in 0.. {
        let order = match (slot(a, n), slot(b, n)) {
            (None, None) => return Ordering::Equal,
            (Some(x), None) => compare_to_nothing(&x),
            (None, Some(y)) => compare_to_nothing(&y).reverse(),
            (Some(x), Some(y)) => compare_slots(&x, &y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn compare_to_nothing(slot: &Slot<'_>) -> Ordering {
    match slot {
        Slot::Item(Item::Number(n)) => n.cmp(&Number::ZERO),
        Slot::Item(Item::Qualifier(q)) => weight(q).cmp(&(RELEASE, "")),
        Slot::List(lists) => {
            for n in 0.. {
                let order = match self::slot(lists, n) {
                    None => return Ordering::Equal,
                    Some(inner) => compare_to_nothing(&inner),
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
            Ordering::Equal
        }
    }
}

fn compare_slots(a: &Slot<'_>, b: &Slot<'_>) -> Ordering {
    match (a, b) {
        (Slot::Item(Item::Number(x)), Slot::Item(Item::Number(y))) => x.cmp(y),
        (Slot::Item(Item::Qualifier(x)), Slot::Item(Item::Qualifier(y))) => weight(x).cmp(&weight(y)),
        (Slot::List(x), Slot::List(y)) => compare_lists(x, y),
        // A number is newer than a list, a list newer than a qualifier.
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(slot: &Slot<'_>) -> u8 {
    match slot {
        Slot::Item(Item::Qualifier(_)) => 0,
        Slot::List(_) => 1,
        Slot::Item(Item::Number(_)) => 2,
    }
}

/// Well-known qualifiers by their place, unknown ones after all of them and by their letters.
fn weight(qualifier: &str) -> (usize, &str) {
    match QUALIFIERS.iter().position(|q| *q == qualifier) {
        Some(n) => (n, ""),
        None => (QUALIFIERS.len(), qualifier),
    }
}
