//! Conan's versions: numbers where an item is one, letters in order where it is not (`1.1.1k`), then pre-release and
//! build. Conan 2 orders them in `conan/internal/model/version.py`.

use std::cmp::Ordering;

use crate::text::Number;

/// An item between dots. A number meets a word as the text that it is.
#[derive(Debug, Clone)]
struct Item {
    number: Option<Number>,
    text: String,
}

/// A version taken apart; zeros at the end of a part do not count.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    main: Vec<Item>,
    pre: Option<Vec<Item>>,
    build: Option<Vec<Item>>,
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.starts_with('[') {
        return Err("it is a range");
    }
    let (rest, build) = match text.rsplit_once('+') {
        Some((rest, build)) => (rest, Some(items(build))),
        None => (text, None),
    };
    let (main, pre) = match rest.split_once('-') {
        Some((main, pre)) => (main, Some(items(pre))),
        None => (rest, None),
    };
    Ok(Key { main: items(main), pre, build })
}

fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = text
        .split('.')
        .map(|item| match Number::read(item) {
            Some(number) => Item { text: item.trim_start_matches('0').to_owned(), number: Some(number) },
            None => Item { text: item.to_owned(), number: None },
        })
        .collect();
    while items.last().is_some_and(|item| item.number.as_ref().is_some_and(Number::is_zero)) {
        items.pop();
    }
    items
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    let main = list(&a.main, &b.main);
    main.then_with(|| match (&a.pre, &b.pre) {
        (Some(a), Some(b)) => list(a, b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    })
    .then_with(|| match (&a.build, &b.build) {
        (Some(a), Some(b)) => list(a, b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => Ordering::Equal,
    })
}

/// The shorter of two lists that begin alike is the older.
fn list(a: &[Item], b: &[Item]) -> Ordering {
    let differs = a.iter().zip(b).map(|(a, b)| item(a, b)).find(|order| *order != Ordering::Equal);
    differs.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn item(a: &Item, b: &Item) -> Ordering {
    match (&a.number, &b.number) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => a.shown().cmp(b.shown()),
    }
}

impl Item {
    fn shown(&self) -> &str {
        match self.number {
            Some(_) if self.text.is_empty() => "0",
            _ => &self.text,
        }
    }
}
