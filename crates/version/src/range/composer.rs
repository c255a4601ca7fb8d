//! Composer's constraints (`VersionParser::parseConstraints`): `^1.2`, `~1.2.3`, `1.2.*`, `1.0 - 2.0`, comparisons; a space
//! or comma is *and*, `||` or `|` is *or*. A branch (`dev-main`), an alias (`… as …`) and `self.version` are not read.

use super::words::{clauses, grown};
use super::{Bound, Op};
use crate::Scheme;
use crate::text::{take, take_digits};

const OPERATORS: [&str; 10] = ["<>", "!=", ">=", "<=", "==", ">", "<", "=", "~", "^"];

/// Reads a constraint.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty");
    }
    text.replace("||", "|").split('|').map(alternative).collect()
}

fn alternative(text: &str) -> Result<Vec<Bound>, &'static str> {
    let text = text.replace(',', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Err("an alternative is empty");
    }
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(word) = words.get(at) {
        match (words.get(at + 1), words.get(at + 2)) {
            (Some(&"-"), Some(to)) => {
                out.extend(hyphen(&Written::read(word)?, &Written::read(to)?)?);
                at += 3;
            }
            (Some(version), _) if OPERATORS.contains(word) => {
                out.extend(clause(word, version)?);
                at += 2;
            }
            _ => {
                for (op, version) in clauses(word, &OPERATORS, |_| false)? {
                    out.extend(clause(op, version)?);
                }
                at += 1;
            }
        }
    }
    Ok(out)
}

/// A version as it was written.
struct Written<'t> {
    text: &'t str,
    numbers: Vec<u64>,
    /// True if a stability (`-beta2`, `-dev`) follows the numbers.
    has_stability: bool,
}

impl<'t> Written<'t> {
    fn read(text: &'t str) -> Result<Self, &'static str> {
        let body = text.split('+').next().unwrap_or_default();
        let mut rest = body.strip_prefix(['v', 'V']).unwrap_or(body);
        let mut numbers = Vec::new();
        loop {
            let (digits, after) = take_digits(rest);
            numbers.push(digits.parse().map_err(|_| "a version in it cannot be counted up")?);
            rest = after;
            match rest.strip_prefix('.') {
                Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
                _ => break,
            }
        }
        if 4 < numbers.len() || !is_stability(rest) {
            return Err("a version in it is not by Composer's pattern");
        }
        Ok(Self { text: body, numbers, has_stability: !rest.is_empty() })
    }

    /// The lower end: pre-releases of it are allowed unless it names a stability.
    fn low(&self) -> String {
        if self.has_stability { self.text.to_owned() } else { format!("{}-dev", four(&self.numbers)) }
    }

    /// The upper end that is left out, when the number at `at` grows.
    fn end(&self, at: usize) -> Result<String, &'static str> {
        Ok(format!("{}-dev", four(&grown(&self.numbers, at)?)))
    }
}

/// `[._-]?(stable|beta|b|RC|alpha|a|patch|pl|p)(([.-]?digits)*)([.-]?dev)?`, or nothing.
fn is_stability(text: &str) -> bool {
    let label = text.strip_prefix(['.', '-', '_']).unwrap_or(text).to_ascii_lowercase();
    let (word, mut rest) = take(&label, |c| c.is_ascii_alphabetic());
    if text.is_empty() || (word == "dev" && rest.is_empty()) {
        return true;
    }
    loop {
        let (digits, after) = take_digits(rest.strip_prefix(['.', '-']).unwrap_or(rest));
        if digits.is_empty() {
            break;
        }
        rest = after;
    }
    ["stable", "beta", "b", "rc", "alpha", "a", "patch", "pl", "p"].contains(&word)
        && matches!(rest.strip_prefix(['.', '-']).unwrap_or(rest), "" | "dev")
}

fn four(numbers: &[u64]) -> String {
    let number = |at: usize| numbers.get(at).copied().unwrap_or_default();
    format!("{}.{}.{}.{}", number(0), number(1), number(2), number(3))
}

fn hyphen(from: &Written<'_>, to: &Written<'_>) -> Result<Vec<Bound>, &'static str> {
    let upper = match to.numbers.len() {
        1 | 2 if !to.has_stability => bound(Op::Less, &to.end(to.numbers.len() - 1)?)?,
        _ => bound(Op::LessEqual, to.text)?,
    };
    Ok(vec![bound(Op::GreaterEqual, &from.low())?, upper])
}

fn clause(op: &str, version: &str) -> Result<Vec<Bound>, &'static str> {
    let (version, stability) = match version.split_once('@') {
        Some((version, flag)) => (if version.is_empty() { "*" } else { version }, flag.to_ascii_lowercase()),
        None => (version, String::new()),
    };
    let starless = version.trim_end_matches(['.', '*', 'x', 'X']);
    if version.ends_with(['*', 'x', 'X']) && matches!(op, "" | "=" | "==") {
        return star(starless.strip_prefix(['v', 'V']).unwrap_or(starless));
    }
    let written = Written::read(version)?;
    let last = written.numbers.len() - 1;
    let low = || bound(Op::GreaterEqual, &written.low());
    Ok(match op {
        "~" => vec![low()?, bound(Op::Less, &written.end(last.saturating_sub(1))?)?],
        "^" => {
            let first = written.numbers.iter().take(3).position(|n| *n != 0);
            vec![low()?, bound(Op::Less, &written.end(first.unwrap_or(last.min(2)))?)?]
        }
        // Pre-releases of the version itself: `<1.2` keeps them out, `>=1.2` lets them in.
        "<" | ">=" | ">" | "<=" | "!=" | "<>" => {
            let flagged = match stability.as_str() {
                "" | "stable" if matches!(op, "<" | ">=") => written.low(),
                flag @ ("rc" | "beta" | "alpha" | "dev") if !written.has_stability => {
                    format!("{}-{flag}", four(&written.numbers))
                }
                _ => written.text.to_owned(),
            };
            vec![bound(Op::of(op), &flagged)?]
        }
        _ => vec![bound(Op::Equal, written.text)?],
    })
}

/// `1.2.*`; a star alone allows everything.
fn star(fixed: &str) -> Result<Vec<Bound>, &'static str> {
    if fixed.is_empty() {
        return Ok(Vec::new());
    }
    let written = Written::read(fixed)?;
    if written.has_stability || 3 < written.numbers.len() {
        return Err("a star follows more than three numbers");
    }
    let end = written.end(written.numbers.len() - 1)?;
    Ok(vec![bound(Op::GreaterEqual, &written.low())?, bound(Op::Less, &end)?])
}

fn bound(op: Op, text: &str) -> Result<Bound, &'static str> {
    Bound::new(Scheme::Composer, op, text)
}
