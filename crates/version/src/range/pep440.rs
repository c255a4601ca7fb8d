//! Version specifiers of Python packages (PEP 440, as `packaging` reads them), and Poetry's constraints, which add `^`, `~`
//! and `||` to them.

use std::cmp::Ordering;

use super::words::{clauses, dotted, grown};
use super::{Bound, Op};
use crate::pep440::Key;
use crate::{Scheme, pep440};

const OPERATORS: [&str; 8] = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"];

/// Reads specifiers between commas; none at all allow everything.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let mut out = Vec::new();
    for (op, version) in clauses(text, &OPERATORS, |c| c == ',')? {
        if op.is_empty() {
            return Err("a version stands without an operator");
        }
        out.push(specifier(op, version)?);
    }
    // `!=1.2.*` is two alternatives, and all others hold in each.
    Ok(combine(out))
}

/// Reads a constraint of Poetry.
pub(super) fn parse_poetry(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let mut out = Vec::new();
    for part in text.split('|').filter(|part| !part.trim().is_empty()) {
        let mut parts = Vec::new();
        for (op, version) in
            clauses(part, &["==", "!=", "<=", ">=", "~=", "<", ">", "^", "~", "="], |c| c == ',')?
        {
            parts.push(poetry_clause(op, version)?);
        }
        out.extend(combine(parts));
    }
    if out.is_empty() { Err("it is empty") } else { Ok(out) }
}

/// All conditions at once: every way to choose one alternative of each.
fn combine(parts: Vec<Vec<Vec<Bound>>>) -> Vec<Vec<Bound>> {
    let mut out: Vec<Vec<Bound>> = vec![Vec::new()];
    for part in parts {
        let mut next = Vec::new();
        for known in &out {
            for alternative in &part {
                // Beyond the bound the range is refused as a whole.
                if next.len() <= super::BOUNDS_MAX {
                    next.push(known.iter().chain(alternative).cloned().collect());
                }
            }
        }
        out = next;
    }
    out
}

fn poetry_clause(op: &str, version: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let bare = version.strip_prefix(['v', 'V']).unwrap_or(version);
    if matches!(op, "" | "==" | "=") && bare.split('.').all(|part| matches!(part, "*" | "x" | "X")) {
        return Ok(vec![Vec::new()]);
    }
    let release = pep440::release(version);
    let release = || release.clone().ok_or("a version in it is not by PEP 440");
    let until = |at: usize| -> Result<Vec<Vec<Bound>>, &'static str> {
        let (epoch, numbers) = release()?;
        Ok(vec![vec![bound(Op::GreaterEqual, version)?, bound(Op::Less, &next(epoch, &numbers, at)?)?]])
    };
    match op {
        "^" => {
            let (_, numbers) = release()?;
            let first = numbers.iter().take(3).position(|n| *n != 0);
            until(first.unwrap_or(numbers.len().min(3).saturating_sub(1)))
        }
        "~" => until(release()?.1.len().min(2).saturating_sub(1)),
        "" | "=" => specifier("==", version),
        _ => specifier(op, version),
    }
}

/// The alternatives of one specifier.
fn specifier(op: &str, version: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    if let Some(prefix) = version.strip_suffix(".*") {
        let (epoch, numbers) = exact_release(prefix).ok_or("a star follows more than numbers")?;
        let low = format!("{epoch}!{}.dev0", dotted(&numbers));
        let end = format!("{}.dev0", next(epoch, &numbers, numbers.len() - 1)?);
        return Ok(match op {
            "==" => vec![vec![bound(Op::GreaterEqual, &low)?, bound(Op::Less, &end)?]],
            "!=" => vec![vec![bound(Op::Less, &low)?], vec![bound(Op::GreaterEqual, &end)?]],
            _ => return Err("a star stands with another comparison than `==` and `!=`"),
        });
    }
    if op == "===" {
        return Ok(vec![vec![bound(Op::Text, version)?]]);
    }
    let Some((epoch, numbers)) = pep440::release(version) else {
        return Err("a version in it is not by PEP 440");
    };
    if op == "~=" {
        // `~=2.2.1` is `>=2.2.1, ==2.2.*`.
        let at = numbers.len().checked_sub(2).ok_or("`~=` stands with one number")?;
        let end = format!("{}.dev0", next(epoch, &numbers, at)?);
        return Ok(vec![vec![bound(Op::GreaterEqual, version)?, bound(Op::Less, &end)?]]);
    }
    Ok(vec![vec![bound(Op::of(op), version)?]])
}

/// The epoch and numbers of a text that is nothing else.
fn exact_release(text: &str) -> Option<(u64, Vec<u64>)> {
    let plain = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let good = plain.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'!'));
    pep440::release(plain).filter(|_| good)
}

/// The release that follows when the number at `at` grows.
fn next(epoch: u64, numbers: &[u64], at: usize) -> Result<String, &'static str> {
    Ok(format!("{epoch}!{}", dotted(&grown(numbers, at)?)))
}

fn bound(op: Op, text: &str) -> Result<Bound, &'static str> {
    Bound::new(Scheme::Pep440, op, text)
}

/// `packaging.specifiers`: local versions do not count unless the specifier names one; `<3.1` keeps out the pre-releases
/// of 3.1, `>3.1` its post-releases. `order` is that of `version` to `wanted`.
pub(super) fn allows(op: Op, version: &Key, wanted: &Key, order: Ordering) -> bool {
    let public = if wanted.has_local() { order } else { pep440::compare_public(version, wanted) };
    let same = pep440::same_base(version, wanted);
    match op {
        Op::Equal | Op::Text => public == Ordering::Equal,
        Op::NotEqual => public != Ordering::Equal,
        Op::LessEqual => public != Ordering::Greater,
        Op::GreaterEqual => public != Ordering::Less,
        Op::Less | Op::ReleaseLess => {
            let is_of_it = !wanted.is_before_release() && (wanted.is_final() || version.is_dev_of(wanted));
            public == Ordering::Less && !(same && is_of_it)
        }
        Op::Greater => {
            let counts_behind = wanted.is_dev() || wanted.is_post();
            public == Ordering::Greater && (!same || counts_behind || !version.same_phase(wanted))
        }
    }
}
