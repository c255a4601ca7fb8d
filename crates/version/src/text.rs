//! Pieces that several schemes share: numbers of any length, and cutting a text into runs of one kind of character.

use std::cmp::Ordering;

/// A number of any length: its digits without leading zeros, so that nothing overflows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Number(String);

impl Number {
    /// The number zero.
    pub(crate) const ZERO: Self = Self(String::new());

    /// The number written by ASCII digits; none are zero.
    pub(crate) fn new(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }

    /// The number, if `text` is digits alone and not empty.
    pub(crate) fn read(text: &str) -> Option<Self> {
        is_digits(text).then(|| Self::new(text))
    }

    /// The number, if 64 bits hold it.
    pub(crate) fn value(&self) -> Option<u64> {
        if self.0.is_empty() { Some(0) } else { self.0.parse().ok() }
    }

    /// True for zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Orders two runs of digits as numbers.
pub(crate) fn compare_digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// True if `text` is ASCII digits, at least one.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Cuts `text` after its leading characters that are `of`.
pub(crate) fn take(text: &str, of: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !of(c)).unwrap_or(text.len()))
}

/// Cuts `text` after its leading ASCII digits.
pub(crate) fn take_digits(text: &str) -> (&str, &str) {
    take(text, |c| c.is_ascii_digit())
}

/// Compares two lists, `fill` standing for what the shorter one lacks.
pub(crate) fn compare_filled<T>(a: &[T], b: &[T], fill: &T, by: impl Fn(&T, &T) -> Ordering) -> Ordering {
    for n in 0..a.len().max(b.len()) {
        let order = by(a.get(n).unwrap_or(fill), b.get(n).unwrap_or(fill));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}
