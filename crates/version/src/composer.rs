//! Composer: `VersionParser::normalize` brings a version to four numbers and a stability, PHP's `version_compare` orders
//! it. Branches (`dev-main`) and what Composer would refuse are ordered by `version_compare` as they stand.

use std::cmp::Ordering;

use crate::text::{Number, compare_filled, is_digits, take, take_digits};

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key(Vec<Part>);

/// A part: a number, or a word with its place among PHP's forms.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Number(Number),
    Word(i8, String),
}

/// What Composer writes for the `x` of a branch.
const BRANCH_NUMBER: &str = "9999999";

/// The place of a number among words.
const NUMBER: i8 = 4;

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty");
    }
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    Ok(Key(normalise(text).or_else(|| branch(bare)).unwrap_or_else(|| split(bare))))
}

/// `1.x-dev`: the tip of a branch, after everything released from it (`VersionParser::normalizeBranch`).
fn branch(text: &str) -> Option<Vec<Part>> {
    let lower = text.to_ascii_lowercase();
    let name = lower.strip_suffix("dev")?;
    let name = name.strip_suffix(['.', '-']).unwrap_or(name);
    let number =
        |n: &str| if n == "x" || n == "*" { Some(Number::new(BRANCH_NUMBER)) } else { Number::read(n) };
    let mut parts: Vec<Part> = name.split('.').map(|n| number(n).map(Part::Number)).collect::<Option<_>>()?;
    if 4 < parts.len() {
        return None;
    }
    parts.resize(4, Part::Number(Number::new(BRANCH_NUMBER)));
    parts.extend(split("dev"));
    Some(parts)
}

/// `VersionParser::normalize` for numeric versions: `v?N(.N){0,3}`, a stability, build metadata that does not count.
fn normalise(text: &str) -> Option<Vec<Part>> {
    let lower = text.to_ascii_lowercase();
    let body = lower.split('+').next().unwrap_or_default();
    let body = body.split_once('@').map_or(body, |(version, _)| version);
    let mut rest = body.strip_prefix('v').unwrap_or(body);
    let mut parts = Vec::new();
    loop {
        let (digits, after) = take_digits(rest);
        parts.push(Part::Number(Number::read(digits)?));
        rest = after;
        match rest.strip_prefix('.') {
            Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    while parts.len() < 4 {
        parts.push(Part::Number(Number::ZERO));
    }
    let separator = |c: char| matches!(c, '.' | '-' | '_');
    let begun = rest.strip_prefix(separator).unwrap_or(rest);
    if begun.starts_with(|c: char| c.is_ascii_digit()) {
        // `4.3-2`: PHP reads the hyphen as a dot, Composer refuses it.
        return None;
    }
    let (word, after) = take(begun, |c| c.is_ascii_lowercase());
    match word {
        "" if rest.is_empty() => return Some(parts),
        "stable" if after.is_empty() => return Some(parts),
        "alpha" | "a" | "beta" | "b" | "rc" | "pl" | "p" | "patch" | "dev" => {}
        _ => return None,
    }
    parts.extend(split(begun));
    Some(parts)
}

/// PHP's canonical form: parts between dots, hyphens, underscores, pluses and changes from digits to letters.
fn split(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = take_digits(rest);
        if !digits.is_empty() {
            parts.push(Part::Number(Number::new(digits)));
            rest = after;
            continue;
        }
        let (word, after) = take(rest, |c| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '_' | '+'));
        if !word.is_empty() {
            parts.push(Part::Word(place(word), word.to_owned()));
        }
        rest = after.strip_prefix(['.', '-', '_', '+']).unwrap_or(after);
    }
    parts
}

/// `compare_special_version_forms`: a word is known by how it begins.
fn place(word: &str) -> i8 {
    const FORMS: [(&str, i8); 11] = [
        ("dev", 0),
        ("alpha", 1),
        ("a", 1),
        ("beta", 2),
        ("b", 2),
        ("RC", 3),
        ("rc", 3),
        ("#", NUMBER),
        ("pl", 5),
        ("p", 5),
        ("patch", 5),
    ];
    debug_assert!(!is_digits(word), "digits are numbers");
    FORMS.iter().find(|(form, _)| word.starts_with(form)).map_or(-1, |(_, place)| *place)
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    // The end of a version stands where a number would: above release candidates, below patches and further numbers.
    let end = Part::Word(NUMBER, String::new());
    compare_filled(&a.0, &b.0, &end, |x, y| match (x, y) {
        (Part::Number(x), Part::Number(y)) => x.cmp(y),
        (Part::Number(_), y) if *y == end => Ordering::Greater,
        (x, Part::Number(_)) if *x == end => Ordering::Less,
        (Part::Number(_), Part::Word(place, _)) => NUMBER.cmp(place),
        (Part::Word(place, _), Part::Number(_)) => place.cmp(&NUMBER),
        (Part::Word(x, x_word), Part::Word(y, y_word)) => {
            x.cmp(y).then_with(|| if *x == -1 { x_word.cmp(y_word) } else { Ordering::Equal })
        }
    })
}
