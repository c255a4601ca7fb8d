//! Whether a version lies in a range (OSV schema, "Evaluation").

use std::cmp::Ordering;

use version::{Scheme, VersionError};

use crate::record::Kind;

/// A stretch of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval<'v> {
    /// The first version in it; `None` from the beginning.
    pub from: Option<&'v str>,
    /// Where it ends.
    pub end: End<'v>,
}

/// Where a stretch of versions ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'v> {
    /// This version fixes it.
    Fixed(&'v str),
    /// This version is the last in it; which one fixes it is not said.
    Last(&'v str),
    /// This version is not in it any more, and not said to fix it.
    Limit(&'v str),
    /// It has none.
    Open,
}

/// The stretch that `installed` lies in, if any.
///
/// # Errors
/// [`VersionError`] if the scheme cannot order the versions that had to be compared.
pub fn interval<'v>(
    scheme: Scheme,
    events: &[(Kind, &'v str)],
    installed: &str,
) -> Result<Option<Interval<'v>>, VersionError> {
    match *events {
        [] => return Ok(None),
        [(Kind::Introduced, from)] => {
            return holds(scheme, Interval { from: start(from), end: End::Open }, installed);
        }
        [(Kind::Introduced, from), (kind, to)] if kind != Kind::Introduced => {
            return holds(scheme, Interval { from: start(from), end: end(kind, to) }, installed);
        }
        _ => {}
    }
    let mut open: Option<&str> = None;
    for (kind, version) in sorted(scheme, events)? {
        match (kind, open) {
            (Kind::Introduced, None) => open = Some(version),
            (Kind::Introduced, Some(_)) | (_, None) => {}
            (_, Some(from)) => {
                let found =
                    holds(scheme, Interval { from: start(from), end: end(kind, version) }, installed)?;
                if found.is_some() {
                    return Ok(found);
                }
                open = None;
            }
        }
    }
    match open {
        Some(from) => holds(scheme, Interval { from: start(from), end: End::Open }, installed),
        None => Ok(None),
    }
}

/// True if the range is known to hold `version`; false also where nobody can tell.
#[must_use]
pub fn covers(scheme: Scheme, events: &[(Kind, &str)], version: &str) -> bool {
    matches!(interval(scheme, events, version), Ok(Some(_)))
}

/// `0` stands before every version, also before those that an ecosystem orders below a plain zero.
fn start(version: &str) -> Option<&str> {
    (version != "0").then_some(version)
}

fn end(kind: Kind, version: &str) -> End<'_> {
    match (kind, version) {
        (Kind::Limit, "*") => End::Open,
        (Kind::Fixed, v) => End::Fixed(v),
        (Kind::LastAffected, v) => End::Last(v),
        (Kind::Limit | Kind::Introduced, v) => End::Limit(v),
    }
}

fn holds<'v>(
    scheme: Scheme,
    interval: Interval<'v>,
    installed: &str,
) -> Result<Option<Interval<'v>>, VersionError> {
    let below = match interval.end {
        End::Open => true,
        End::Fixed(v) | End::Limit(v) => version::compare(scheme, installed, v)? == Ordering::Less,
        End::Last(v) => version::compare(scheme, installed, v)? != Ordering::Greater,
    };
    let within = below
        && match interval.from {
            None => true,
            Some(from) => version::compare(scheme, installed, from)? != Ordering::Less,
        };
    Ok(within.then_some(interval))
}

/// By version; where two events share one, what ends comes before what begins, and the last affected version after
/// both.
fn sorted<'v>(scheme: Scheme, events: &[(Kind, &'v str)]) -> Result<Vec<(Kind, &'v str)>, VersionError> {
    let rank = |kind| match kind {
        Kind::Fixed | Kind::Limit => 0,
        Kind::Introduced => 1,
        Kind::LastAffected => 2,
    };
    let mut out: Vec<(Kind, &'v str)> = Vec::with_capacity(events.len());
    for &(kind, version) in events {
        let mut at = out.len();
        while let Some(&(k, v)) = at.checked_sub(1).and_then(|i| out.get(i)) {
            let order = if (kind, version) == (Kind::Introduced, "0") {
                Ordering::Less
            } else if (k, v) == (Kind::Introduced, "0") {
                Ordering::Greater
            } else {
                version::compare(scheme, version, v)?.then(rank(kind).cmp(&rank(k)))
            };
            if order != Ordering::Less {
                break;
            }
            at -= 1;
        }
        out.insert(at, (kind, version));
    }
    Ok(out)
}
