//! Requirements of Elixir (`Version`, which Hex uses): comparisons joined by `and` and `or`; `~>` takes two or three
//! numbers, everything else three. A version that was locked may be a pre-release of any of them.

use super::words::{Partial, clauses};
use super::{Bound, Op};
use crate::Scheme;

const OPERATORS: [&str; 8] = [">=", "<=", "~>", ">", "<", "==", "!=", "!"];

/// Reads a requirement.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    text.split(" or ").map(alternative).collect()
}

fn alternative(text: &str) -> Result<Vec<Bound>, &'static str> {
    let mut out = Vec::new();
    for part in text.split(" and ") {
        let clauses = clauses(part, &OPERATORS, |_| false)?;
        let [(op, version)] = clauses.as_slice() else {
            return Err("a version does not stand between its words");
        };
        let partial = Partial::read(version)?;
        let bound = |op: Op, text: &str| Bound::new(Scheme::Semver, op, text);
        let numbers = partial.numbers.len();
        if *op == "~>" && (2..=3).contains(&numbers) {
            out.push(bound(Op::GreaterEqual, &partial.low())?);
            out.push(bound(Op::Less, &format!("{}-0", partial.next(numbers - 2)?))?);
            continue;
        }
        // `~> 2.1-dev`: two numbers and a label, which no other part of the grammar has.
        if numbers != 3 {
            return Err("a version in it has not three numbers");
        }
        out.push(bound(Op::of(op), &partial.low())?);
    }
    Ok(out)
}
