//! `Gem::Requirement`: comparisons between commas; `~> 1.2.3` is *1.2.3 or later, below 1.3*, its pre-releases left out.

use super::words::clauses;
use super::{Bound, Op};
use crate::Scheme;

/// Reads requirements between commas; none at all allow everything.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    let mut out = Vec::new();
    for (op, version) in clauses(text, &["=", "!=", ">", "<", ">=", "<=", "~>"], |c| c == ',')? {
        let bound = |op| Bound::new(Scheme::Gem, op, version);
        match op {
            "!=" => out.push(bound(Op::NotEqual)?),
            ">" => out.push(bound(Op::Greater)?),
            "<" => out.push(bound(Op::Less)?),
            ">=" => out.push(bound(Op::GreaterEqual)?),
            "<=" => out.push(bound(Op::LessEqual)?),
            "~>" => {
                out.push(bound(Op::GreaterEqual)?);
                out.push(Bound::new(Scheme::Gem, Op::ReleaseLess, &bump(version)?)?);
            }
            _ => out.push(bound(Op::Equal)?),
        }
    }
    Ok(vec![out])
}

/// `Gem::Version#bump`: the numbers before the first word, without the last of them, and one more.
fn bump(version: &str) -> Result<String, &'static str> {
    let numbers = version.split(['.', '-']).map_while(|part| part.parse::<u64>().ok());
    let mut numbers: Vec<u64> = numbers.collect();
    if 1 < numbers.len() {
        numbers.pop();
    }
    let last = numbers.last_mut().ok_or("a number in it is too large")?;
    *last = last.checked_add(1).ok_or("a number in it is too large")?;
    Ok(numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
}
