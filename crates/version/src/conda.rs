//! Conda's `VersionOrder`.

use std::cmp::Ordering;

use crate::text::{Number, compare_filled, take, take_digits};

/// A piece of a component, in order: development releases, words, numbers, post releases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Dev,
    Word(String),
    Number(Number),
    Post,
}

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    version: Vec<Vec<Piece>>,
    local: Vec<Vec<Piece>>,
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let lower = text.trim().to_lowercase();
    if lower.is_empty() {
        return Err("it is empty");
    }
    // A hyphen is an underscore in disguise, but not where both are used.
    let lower = match (lower.contains('-'), lower.contains('_')) {
        (true, true) => return Err("it has both `-` and `_`"),
        (true, false) => lower.replace('-', "_"),
        _ => lower,
    };
    if !lower.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.+!*".contains(&b)) {
        return Err("it has a character that no version may have");
    }
    let (epoch, rest) = match lower.split_once('!') {
        Some((epoch, rest)) => (Number::read(epoch).ok_or("its epoch is no number")?, rest),
        None => (Number::ZERO, lower.as_str()),
    };
    let (version, local) = match rest.split_once('+') {
        Some((_, local)) if local.is_empty() || local.contains('+') => {
            return Err("its local part is broken");
        }
        Some((version, local)) => (version, components(local)?),
        None => (rest, Vec::new()),
    };
    let mut all = vec![vec![Piece::Number(epoch)]];
    all.extend(components(version)?);
    Ok(Key { version: all, local })
}

fn components(text: &str) -> Result<Vec<Vec<Piece>>, &'static str> {
    // Underscores separate like dots, save those at the end (`1.0.1_` is older than `1.0.1a`).
    let (body, tail) = match text.strip_suffix('_') {
        Some(body) => (body, "_"),
        None => (text, ""),
    };
    let dotted = format!("{}{tail}", body.replace('_', "."));
    dotted.split('.').map(pieces).collect()
}

fn pieces(component: &str) -> Result<Vec<Piece>, &'static str> {
    if component.is_empty() {
        return Err("a component is empty");
    }
    let mut out = Vec::new();
    if !component.starts_with(|c: char| c.is_ascii_digit()) {
        out.push(Piece::Number(Number::ZERO));
    }
    let mut rest = component;
    while let Some(first) = rest.chars().next() {
        let token;
        (token, rest) = match first {
            '0'..='9' => take_digits(rest),
            '*' => take(rest, |c| c == '*'),
            _ => take(rest, |c| !c.is_ascii_digit() && c != '*'),
        };
        out.push(match token {
            "post" => Piece::Post,
            "dev" => Piece::Dev,
            word => Number::read(word).map_or_else(|| Piece::Word(word.to_owned()), Piece::Number),
        });
    }
    Ok(out)
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    compare_components(&a.version, &b.version).then_with(|| compare_components(&a.local, &b.local))
}

fn compare_components(a: &[Vec<Piece>], b: &[Vec<Piece>]) -> Ordering {
    compare_filled(a, b, &Vec::new(), |x, y| compare_filled(x, y, &Piece::Number(Number::ZERO), Ord::cmp))
}
