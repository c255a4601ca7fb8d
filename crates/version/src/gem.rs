//! `Gem::Version`.

use std::cmp::Ordering;

use crate::text::{Number, compare_filled, take, take_digits};

/// A segment: words before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(String),
    Number(Number),
}

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key(Vec<Segment>);

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let text = text.trim();
    check(text)?;
    let mut numbers = Vec::new();
    let mut rest_segments = Vec::new();
    let dotted = text.replace('-', ".pre.");
    let mut rest = dotted.as_str();
    while let Some(first) = rest.chars().next() {
        let segment;
        (segment, rest) = if first.is_ascii_digit() {
            let (digits, after) = take_digits(rest);
            (Some(Segment::Number(Number::new(digits))), after)
        } else if first.is_ascii_alphabetic() {
            let (word, after) = take(rest, |c| c.is_ascii_alphabetic());
            (Some(Segment::Word(word.to_owned())), after)
        } else {
            (None, take(rest, |c| !c.is_ascii_alphanumeric()).1)
        };
        let Some(segment) = segment else { continue };
        if rest_segments.is_empty() && matches!(segment, Segment::Number(_)) {
            numbers.push(segment);
        } else {
            rest_segments.push(segment);
        }
    }
    // Zeros at the end of the numbers and at the end of the whole mean nothing.
    for part in [&mut numbers, &mut rest_segments] {
        while matches!(part.last(), Some(Segment::Number(n)) if n.is_zero()) {
            part.pop();
        }
    }
    numbers.append(&mut rest_segments);
    Ok(Key(numbers))
}

/// `Gem::Version::VERSION_PATTERN`.
fn check(text: &str) -> Result<(), &'static str> {
    let (body, tail) = match text.split_once('-') {
        Some((body, tail)) => (body, Some(tail)),
        None => (text, None),
    };
    let word = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric());
    let dashed = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let mut parts = body.split('.');
    let first = parts.next().unwrap_or_default();
    let good_body =
        first.bytes().next().is_some_and(|b| b.is_ascii_digit()) && word(first) && parts.all(word);
    let good_tail = tail.is_none_or(|t| t.split('.').all(dashed));
    if good_body && good_tail { Ok(()) } else { Err("it is not by the pattern of RubyGems") }
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    compare_filled(&a.0, &b.0, &Segment::Number(Number::ZERO), Ord::cmp)
}

/// The order of the release of `a` (`Gem::Version#release`: its numbers before the first word) to `b`.
pub(crate) fn compare_release(a: &Key, b: &Key) -> Ordering {
    let release: Vec<Segment> =
        a.0.iter().take_while(|segment| matches!(segment, Segment::Number(_))).cloned().collect();
    compare(&Key(release), b)
}
