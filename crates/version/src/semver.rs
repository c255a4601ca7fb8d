//! Semantic versioning 2.0.0, as loosely as advisories and lockfiles write it: `v` in front, any count of numbers.

use std::cmp::Ordering;

use crate::text::{Number, compare_filled, take, take_digits};

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    numbers: Vec<Number>,
    pre: Vec<Identifier>,
    build: Vec<Identifier>,
}

/// A dot-separated identifier: numbers before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Word(String),
}

/// Words that mark a pre-release even without a hyphen, as Go's `1.21rc2` and npm's loose `1.0.0beta` have them. Any
/// other letter after a number (`1.1.1k`) may as well mark a patch, and nobody can order it.
const LOOSE_WORDS: [&str; 9] = ["alpha", "beta", "rc", "pre", "preview", "dev", "snapshot", "canary", "next"];

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V', '=']).unwrap_or(text);
    let (body, build) = match text.split_once('+') {
        Some((body, build)) => (body, identifiers(build)?),
        None => (text, Vec::new()),
    };
    let mut numbers = Vec::new();
    let mut rest = body;
    loop {
        let (digits, after) = take_digits(rest);
        numbers.push(Number::read(digits).ok_or("it does not begin with numbers and dots")?);
        rest = after;
        match rest.strip_prefix('.') {
            Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    let pre = match rest.strip_prefix('-') {
        Some(pre) => identifiers(pre)?,
        None if rest.is_empty() => Vec::new(),
        None => loose(rest)?,
    };
    Ok(Key { numbers, pre, build })
}

impl Key {
    /// True for a pre-release.
    pub(crate) fn has_label(&self) -> bool {
        !self.pre.is_empty()
    }

    /// True for a pre-release of the same numbers as `other`.
    pub(crate) fn is_label_of(&self, other: &Self) -> bool {
        self.has_label() && compare_filled(&self.numbers, &other.numbers, &Number::ZERO, Ord::cmp).is_eq()
    }
}

fn identifiers(text: &str) -> Result<Vec<Identifier>, &'static str> {
    let one = |s: &str| {
        if s.is_empty() {
            return Err("an identifier is empty");
        }
        if s.contains(|c: char| c.is_whitespace() || c == '/') {
            return Err("an identifier has a character that none may have");
        }
        Ok(Number::read(s).map_or_else(|| Identifier::Word(s.to_owned()), Identifier::Number))
    };
    text.split('.').map(one).collect()
}

fn loose(rest: &str) -> Result<Vec<Identifier>, &'static str> {
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let (word, after) = take(rest, |c| c.is_ascii_alphabetic());
    if !LOOSE_WORDS.contains(&word.to_ascii_lowercase().as_str()) {
        return Err("a word follows the numbers without a hyphen");
    }
    let mut out = vec![Identifier::Word(word.to_owned())];
    match after.strip_prefix(['.', '-']).unwrap_or(after) {
        "" => {}
        more => out.extend(identifiers(more)?),
    }
    Ok(out)
}

/// The specification's precedence: build metadata does not count.
pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    compare_filled(&a.numbers, &b.numbers, &Number::ZERO, Ord::cmp)
        .then_with(|| a.pre.is_empty().cmp(&b.pre.is_empty()))
        .then_with(|| a.pre.cmp(&b.pre))
}

/// Dart's `pub_semver`: build metadata counts, none before any.
pub(crate) fn compare_pub(a: &Key, b: &Key) -> Ordering {
    compare(a, b).then_with(|| a.build.cmp(&b.build))
}
