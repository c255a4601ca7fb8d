//! NuGet: up to four numbers, semantic versioning's labels without regard to case, metadata does not count.

use std::cmp::Ordering;

use crate::text::{Number, compare_filled};

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    numbers: Vec<Number>,
    labels: Vec<Label>,
}

/// A label: numbers before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(Number),
    Word(String),
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let body = text.split_once('+').map_or(text, |(body, _)| body);
    let (numbers, labels) = match body.split_once('-') {
        Some((numbers, labels)) => (numbers, Some(labels)),
        None => (body, None),
    };
    let numbers: Option<Vec<Number>> = numbers.split('.').map(|n| Number::read(n.trim())).collect();
    let label = |s: &str| {
        let good = !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        good.then(|| Number::read(s).map_or_else(|| Label::Word(s.to_ascii_uppercase()), Label::Number))
    };
    let labels: Option<Vec<Label>> = labels.map_or(Some(Vec::new()), |l| l.split('.').map(label).collect());
    Ok(Key {
        numbers: numbers.ok_or("it does not begin with numbers and dots")?,
        labels: labels.ok_or("a label is empty or has a character that none may have")?,
    })
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    compare_filled(&a.numbers, &b.numbers, &Number::ZERO, Ord::cmp)
        .then_with(|| a.labels.is_empty().cmp(&b.labels.is_empty()))
        .then_with(|| a.labels.cmp(&b.labels))
}
