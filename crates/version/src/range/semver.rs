//! Ranges of npm (`node-semver`, `classes/range.js`) and of Cargo (the crate `semver`, `src/eval.rs`). Both bring a range to
//! comparisons; an upper end `<2.0.0-0` keeps the pre-releases of the next version out.

use super::words::{Partial, clauses};
use super::{Bound, Op};
use crate::Scheme;

const OPERATORS: [&str; 8] = [">=", "<=", "~>", ">", "<", "=", "~", "^"];

/// Reads a range of npm; nothing at all, `*` and `x` allow everything.
pub(super) fn npm(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    text.split("||").map(npm_alternative).collect()
}

fn npm_alternative(text: &str) -> Result<Vec<Bound>, &'static str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [from, "-", to] = words.as_slice() {
        return hyphen(&npm_partial(from)?, &npm_partial(to)?);
    }
    let mut out = Vec::new();
    for (op, version) in clauses(text, &OPERATORS, |_| false)? {
        out.extend(bounds(if op == "~>" { "~" } else { op }, &npm_partial(version)?)?);
    }
    Ok(out)
}

fn npm_partial(text: &str) -> Result<Partial, &'static str> {
    let bare = text.trim_start_matches(['v', '=']);
    Partial::read(bare)
}

/// `1.2 - 2.3`: both ends included, and all of what a partial upper end begins.
fn hyphen(from: &Partial, to: &Partial) -> Result<Vec<Bound>, &'static str> {
    let mut out = Vec::new();
    if !from.numbers.is_empty() {
        out.push(bound(Op::GreaterEqual, &from.low())?);
    }
    out.extend(bounds("<=", to)?);
    Ok(out)
}

/// Reads a range of Cargo: clauses between commas, a version alone is one with `^`.
pub(super) fn cargo(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let clauses = clauses(text, &[">=", "<=", ">", "<", "=", "~", "^"], |c| c == ',')?;
    if clauses.is_empty() {
        return Err("it is empty");
    }
    let mut out = Vec::new();
    for (op, version) in clauses {
        let partial = Partial::read(version)?;
        let is_wildcard = version.contains(['*', 'x', 'X']) && partial.label.is_empty();
        out.extend(bounds(if op.is_empty() && !is_wildcard { "^" } else { op }, &partial)?);
    }
    Ok(vec![out])
}

/// The comparisons that one clause comes to.
fn bounds(op: &str, version: &Partial) -> Result<Vec<Bound>, &'static str> {
    let missing = 3 - version.numbers.len().min(3);
    if missing == 3 {
        return Ok(match op {
            // Nothing is below or above everything.
            "<" | ">" => vec![bound(Op::Less, "0.0.0-0")?],
            _ => Vec::new(),
        });
    }
    let low = || bound(Op::GreaterEqual, &version.low());
    let below = |end: String| bound(Op::Less, &format!("{end}-0"));
    // What grows when all that begins with the partial version is meant.
    let after = || version.next(version.numbers.len() - 1);
    Ok(match op {
        "^" => vec![low()?, below(version.breaking()?)?],
        "~" => vec![low()?, below(version.next(version.numbers.len().min(2) - 1)?)?],
        ">" if 0 < missing => vec![bound(Op::GreaterEqual, &after()?)?],
        ">" => vec![bound(Op::Greater, &version.low())?],
        ">=" => vec![low()?],
        "<" if 0 < missing => vec![below(version.low())?],
        "<" => vec![bound(Op::Less, &version.low())?],
        "<=" if 0 < missing => vec![below(after()?)?],
        "<=" => vec![bound(Op::LessEqual, &version.low())?],
        _ if 0 < missing => vec![low()?, below(after()?)?],
        _ => vec![bound(Op::Equal, &version.low())?],
    })
}

fn bound(op: Op, text: &str) -> Result<Bound, &'static str> {
    Bound::new(Scheme::Semver, op, text)
}
