//! Alpine's order: `number{.number}…{letter}{_suffix{number}}…{~hash}{-rN}` (apk-package(5), apk-tools `version.c`).
//!
//! apk orders malformed versions as well: the broken token sorts below the end of a sound version. Where both break at
//! the same token apk calls them equal; here the broken remainders are ordered by their runs of digits and others, so
//! that `6.6.2p1` and `6.6.2p2` (OpenSSH before 2018) are told apart.

use std::cmp::Ordering;

use crate::text::{compare_digits, take, take_digits};

/// Suffixes in order; those before [`NO_SUFFIX`] mark what comes before the release.
const SUFFIXES: [&str; 9] = ["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"];
const NO_SUFFIX: usize = 4;

/// A token. The order of variants is apk's own: where two versions differ in kind, the later kind is the smaller.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    First(String),
    Number(String),
    Letter(char),
    Suffix(usize),
    SuffixNumber(String),
    Hash(String),
    Revision(String),
    End,
    Broken(String),
}

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key(Vec<Token>);

impl Token {
    fn rank(&self) -> u8 {
        match self {
            Self::First(_) => 0,
            Self::Number(_) => 1,
            Self::Letter(_) => 2,
            Self::Suffix(_) => 3,
            Self::SuffixNumber(_) => 4,
            Self::Hash(_) => 5,
            Self::Revision(_) => 6,
            Self::End => 7,
            Self::Broken(_) => 8,
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut rank = None;
    loop {
        let (token, left) = next(rank, rest);
        let done = matches!(token, Token::End | Token::Broken(_));
        rank = Some(token.rank());
        rest = left;
        tokens.push(token);
        if done {
            return Ok(Key(tokens));
        }
    }
}

/// The token that begins `rest`, where `last` is the rank of the one before.
fn next(last: Option<u8>, rest: &str) -> (Token, &str) {
    let broken = || (Token::Broken(rest.to_owned()), "");
    let Some(last) = last else {
        let (digits, left) = take_digits(rest);
        return if digits.is_empty() { broken() } else { (Token::First(digits.to_owned()), left) };
    };
    let mut chars = rest.chars();
    let Some(first) = chars.next() else { return (Token::End, "") };
    let after = chars.as_str();
    match first {
        '.' if last <= 1 => match take_digits(after) {
            ("", _) => broken(),
            (digits, left) => (Token::Number(digits.to_owned()), left),
        },
        'a'..='z' if last <= 1 => (Token::Letter(first), after),
        '_' if last <= 4 => {
            let (word, left) = take(after, |c| c.is_ascii_lowercase());
            match SUFFIXES.iter().position(|s| *s == word) {
                Some(n) => (Token::Suffix(n), left),
                None => broken(),
            }
        }
        '0'..='9' if last == 3 => {
            let (digits, left) = take_digits(rest);
            (Token::SuffixNumber(digits.to_owned()), left)
        }
        '~' if last <= 4 => match take(after, |c| matches!(c, '0'..='9' | 'a'..='f')) {
            ("", _) => broken(),
            (hash, left) => (Token::Hash(hash.to_owned()), left),
        },
        '-' if last <= 5 => match after.strip_prefix('r').map(take_digits) {
            Some((digits, "")) => (Token::Revision(digits.to_owned()), ""),
            _ => broken(),
        },
        _ => broken(),
    }
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    for (x, y) in a.0.iter().zip(&b.0) {
        let order = match (x, y) {
            (Token::First(x), Token::First(y))
            | (Token::SuffixNumber(x), Token::SuffixNumber(y))
            | (Token::Revision(x), Token::Revision(y)) => compare_digits(x, y),
            // A leading zero makes it a fraction: 1.06 lies between 1.0 and 1.1.
            (Token::Number(x), Token::Number(y)) if x.starts_with('0') || y.starts_with('0') => x.cmp(y),
            (Token::Number(x), Token::Number(y)) => compare_digits(x, y),
            (Token::Letter(x), Token::Letter(y)) => x.cmp(y),
            (Token::Suffix(x), Token::Suffix(y)) => x.cmp(y),
            (Token::Hash(x), Token::Hash(y)) => x.cmp(y),
            (Token::End, Token::End) => Ordering::Equal,
            (Token::Broken(x), Token::Broken(y)) => compare_broken(x, y),
            (Token::Suffix(n), _) if *n < NO_SUFFIX => Ordering::Less,
            (_, Token::Suffix(n)) if *n < NO_SUFFIX => Ordering::Greater,
            _ => y.rank().cmp(&x.rank()),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn compare_broken(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() && !b.is_empty() {
        let other = |c: char| !c.is_ascii_digit();
        let ((a_word, a_rest), (b_word, b_rest)) = (take(a, other), take(b, other));
        let ((a_digits, a_rest), (b_digits, b_rest)) = (take_digits(a_rest), take_digits(b_rest));
        let order = compare_words(a_word, b_word, a_digits, b_digits)
            .then_with(|| compare_digits(a_digits, b_digits));
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.len().cmp(&b.len())
}

/// Where one word begins the other, the digits that follow the shorter stand against the longer one's next character.
fn compare_words(a: &str, b: &str, a_digits: &str, b_digits: &str) -> Ordering {
    let next = |digits: &str| digits.chars().next().map_or('\0', |_| '0');
    let a = a.chars().chain([next(a_digits)]);
    let b = b.chars().chain([next(b_digits)]);
    a.cmp(b)
}
