//! The demand that advisories be fresh: `--max-database-age` is a gate of its own.

use std::collections::BTreeMap;

use api::{Gate, GateOutcome, Report, TargetSource, VerdictOutcome};
use model::Timestamp;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Adds the gate. Advisories that are too old leave what was asked unknown, and so does it that nobody answered: the
/// gate never fails on something known.
pub(crate) fn demand(report: &mut Report, seconds: i64) {
    let asked = answered(report);
    let exploited = exploited(report);
    // What is said of exploitation comes from feeds of their own, and goes stale like any other.
    let all = asked.values().chain(exploited.values().filter(|_| !asked.is_empty()));
    let old: Vec<String> =
        all.clone().filter_map(|(at, name)| too_old(report.as_of, seconds, name, *at)).collect();
    let (outcome, because) = match (report.packages.len(), all.count(), old.is_empty()) {
        (0, 0, _) => {
            (GateOutcome::Pass, "not applicable: there is no package to ask advisories about".to_owned())
        }
        (n, 0, _) => (GateOutcome::Incomplete, nobody(report, n)),
        (_, n, true) => (GateOutcome::Pass, format!("none of {n} sources that answered is older")),
        (..) => (GateOutcome::Incomplete, format!("too old: {}", old.join("; "))),
    };
    let expression = match seconds % DAY {
        0 => format!("max-database-age {}d", seconds / DAY),
        _ => format!("max-database-age {}h", seconds / 3600),
    };
    report.verdict.gates.push(Gate { expression, outcome, matched: Vec::new(), because });
    if outcome == GateOutcome::Pass && report.verdict.outcome == VerdictOutcome::Ungated {
        report.verdict.outcome = VerdictOutcome::Pass;
    }
    if outcome == GateOutcome::Incomplete && report.verdict.exit == 0 {
        report.verdict.outcome = VerdictOutcome::Incomplete;
        report.verdict.exit = 3;
    }
}

/// What answered: of when it is, and what it is called.
type Answered = BTreeMap<String, (Option<Timestamp>, String)>;

/// Every ecosystem that answered for a target, with the oldest of several answers: an earlier report brings its own.
fn answered(report: &Report) -> Answered {
    let mut out = Answered::new();
    for source in report.targets.iter().flat_map(|t| &t.sources) {
        let oldest = oldest(source);
        match out.get_mut(&source.ecosystem) {
            Some(known) if oldest < *known => *known = oldest,
            Some(_) => {}
            None => drop(out.insert(source.ecosystem.clone(), oldest)),
        }
    }
    out
}

fn oldest(source: &TargetSource) -> (Option<Timestamp>, String) {
    match &source.oldest_feed {
        Some(feed) => (feed.modified, format!("{} (feed `{}`)", source.ecosystem, feed.name)),
        None => (source.snapshot, source.ecosystem.clone()),
    }
}

fn exploited(report: &Report) -> Answered {
    let feeds = report.database.iter().flat_map(|d| &d.sources);
    let feeds = feeds.filter(|s| matches!(s.name.as_str(), "kev" | "epss") && s.snapshot.0 != 0);
    feeds.map(|s| (s.name.clone(), (Some(s.snapshot), s.name.clone()))).collect()
}

fn too_old(as_of: Timestamp, seconds: i64, name: &str, at: Option<Timestamp>) -> Option<String> {
    match at {
        Some(at) if seconds < as_of.0.saturating_sub(at.0) => {
            Some(format!("{name} is of {}, {} days old", at.date(), as_of.days_since(at)))
        }
        Some(_) => None,
        None => Some(format!("{name} carries no dates")),
    }
}

/// Why nothing is known of how fresh the answers about `packages` are.
fn nobody(report: &Report, packages: usize) -> String {
    let of = if packages == 1 { "1 package".to_owned() } else { format!("{packages} packages") };
    match report.database {
        None => format!("no advisory database was asked about {of}"),
        Some(_) => format!("no source answered about {of}"),
    }
}
