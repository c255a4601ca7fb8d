//! NuGet's `VersionRange`: `1.0` is *1.0 or later*, `[1.0]`, `[1.0,2.0)`, `(,1.0]`; a floating `1.*` sets the lower end
//! alone, since NuGet falls back to later versions.

use super::{Bound, Op};
use crate::Scheme;

/// Reads a range.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let text = text.trim();
    let opening = match text.chars().next() {
        None => return Err("it is empty"),
        Some('[') => Op::GreaterEqual,
        Some('(') => Op::Greater,
        Some(_) => return Ok(vec![lower(Op::GreaterEqual, text)?.into_iter().collect()]),
    };
    let (inside, closing) = match (text.strip_suffix(']'), text.strip_suffix(')')) {
        (Some(inside), _) => (inside, Op::LessEqual),
        (None, Some(inside)) => (inside, Op::Less),
        (None, None) => return Err("its bracket does not close"),
    };
    let parts: Vec<&str> = inside.get(1..).unwrap_or_default().split(',').map(str::trim).collect();
    let mut out = Vec::new();
    match parts.as_slice() {
        [exact] if opening == Op::GreaterEqual && closing == Op::LessEqual && !exact.is_empty() => {
            out.push(bound(Op::Equal, exact)?);
        }
        [from, to] if !(from.is_empty() && to.is_empty()) => {
            if !from.is_empty() {
                out.extend(lower(opening, from)?);
            }
            if !to.is_empty() {
                out.push(bound(closing, to)?);
            }
        }
        _ => return Err("it has not one or two ends"),
    }
    Ok(vec![out])
}

/// The lower end: of a floating version the numbers before its star; nothing for a star alone.
fn lower(op: Op, text: &str) -> Result<Option<Bound>, &'static str> {
    let Some((fixed, star)) = text.split_once('*') else { return bound(op, text).map(Some) };
    if !matches!(star, "" | "-*") {
        return Err("something follows its star");
    }
    let fixed = fixed.strip_suffix(['.', '-']).unwrap_or(fixed);
    if fixed.is_empty() {
        return Ok(None);
    }
    // `1.*-*` takes pre-releases of 1.0 as well.
    let label = if star.is_empty() { "" } else { "-0" };
    bound(op, &format!("{fixed}{label}")).map(Some)
}

fn bound(op: Op, text: &str) -> Result<Bound, &'static str> {
    Bound::new(Scheme::Nuget, op, text)
}
