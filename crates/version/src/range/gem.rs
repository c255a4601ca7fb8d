//! `Gem::Requirement`: comparisons between commas; `~> 1.2.3` is *1.2.3 or later, below 1.3*, its pre-releases left out.

use super::words::{clauses, dotted, grown};
use super::{Bound, Op};
use crate::Scheme;

/// Reads requirements between commas; none at all allow everything.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let mut out = Vec::new();
    for (op, version) in clauses(text, &["=", "!=", ">", "<", ">=", "<=", "~>"], |c| c == ',')? {
        let bound = |op| Bound::new(Scheme::Gem, op, version);
        match op {
            "~>" => {
                out.push(bound(Op::GreaterEqual)?);
                out.push(Bound::new(Scheme::Gem, Op::ReleaseLess, &bump(version)?)?);
            }
            op => out.push(bound(Op::of(op))?),
        }
    }
    Ok(vec![out])
}

/// `Gem::Version#bump`: the numbers before the first word, without the last of them, and one more.
fn bump(version: &str) -> Result<String, &'static str> {
    let numbers = version.split(['.', '-']).map_while(|part| part.parse::<u64>().ok());
    let numbers: Vec<u64> = numbers.collect();
    if numbers.is_empty() {
        return Err("a number in it is too large");
    }
    Ok(dotted(&grown(&numbers, numbers.len().saturating_sub(2))?))
}
