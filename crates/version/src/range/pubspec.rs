//! Constraints of Dart's `pub_semver`: `any`, `^1.2.3`, or comparisons that all hold. Versions have three numbers. An open
//! upper end keeps out the pre-releases of its version, unless the lower end is one of them.

use super::words::{Partial, clauses};
use super::{Bound, Op};
use crate::{Key, Scheme};

/// Reads a constraint; nothing at all allows everything.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Bound>>, &'static str> {
    if matches!(text.trim(), "" | "any") {
        return Ok(vec![Vec::new()]);
    }
    let spaced = spaced(text);
    let clauses = clauses(&spaced, &[">=", "<=", ">", "<", "^"], |_| false)?;
    if 1 < clauses.len() && clauses.iter().any(|(op, _)| *op == "^") {
        return Err("`^` stands with other comparisons");
    }
    let mut out = Vec::new();
    for (op, version) in &clauses {
        let partial = Partial::read(version)?;
        if partial.numbers.len() != 3 {
            return Err("a version in it has not three numbers");
        }
        match *op {
            "^" => {
                // Below 1.0.0 the second number breaks, also where it is zero.
                let end = partial.next(usize::from(partial.number(0) == 0))?;
                out.extend([bound(Op::GreaterEqual, version)?, bound(Op::Less, &format!("{end}-0"))?]);
            }
            op => out.push(bound(Op::of(op), version)?),
        }
    }
    keep_labels_out(&mut out)?;
    Ok(vec![out])
}

/// Comparisons may follow one another without a space.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut last = ' ';
    for c in text.chars() {
        if matches!(c, '<' | '>' | '^') {
            out.push(' ');
        }
        // An operator ends at its last character.
        if last == '=' || (matches!(last, '<' | '>' | '^') && c != '=') {
            out.push(' ');
        }
        out.push(c);
        last = c;
    }
    out
}

/// `<2.0.0` is `<2.0.0-0`, as `VersionRange` has it.
fn keep_labels_out(bounds: &mut [Bound]) -> Result<(), &'static str> {
    let lower = bounds.iter().find(|b| matches!(b.op, Op::Greater | Op::GreaterEqual)).cloned();
    for end in bounds.iter_mut().filter(|b| b.op == Op::Less) {
        let Key::Semver(key) = &end.version.key else { continue };
        let same = lower
            .as_ref()
            .is_some_and(|low| matches!(&low.version.key, Key::Semver(k) if k.is_label_of(key)));
        if !key.has_label() && !end.version.text.contains('+') && !same {
            *end = bound(Op::Less, &format!("{}-0", end.version.text))?;
        }
    }
    Ok(())
}

fn bound(op: Op, text: &str) -> Result<Bound, &'static str> {
    Bound::new(Scheme::Pub, op, text)
}
