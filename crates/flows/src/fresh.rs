//! The demand that advisories be fresh: `--max-database-age` is a gate of its own.

use api::{Gate, GateOutcome, Report, TargetSource, VerdictOutcome};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Adds the gate. Advisories that are too old leave what was asked unknown, so it never fails on something known.
pub(crate) fn demand(report: &mut Report, seconds: i64) {
    let mut old: Vec<String> = Vec::new();
    let sources = report.targets.iter().flat_map(|t| &t.sources);
    let mut asked: Vec<&TargetSource> = sources.collect();
    asked.sort_by(|a, b| a.ecosystem.cmp(&b.ecosystem));
    asked.dedup_by(|a, b| a.ecosystem == b.ecosystem);
    for source in &asked {
        match (source.snapshot, source.age_days) {
            (Some(at), Some(days)) if seconds < report.as_of.0.saturating_sub(at.0) => {
                old.push(format!("{} is of {}, {days} days old", source.ecosystem, at.date()));
            }
            (Some(_), Some(_)) => {}
            _ => old.push(format!("{} carries no dates", source.ecosystem)),
        }
    }
    // What is said of exploitation comes from feeds of their own, and goes stale like any other.
    let feeds =
        report.database.iter().flat_map(|d| &d.sources).filter(|s| matches!(s.name.as_str(), "kev" | "epss"));
    let feeds: Vec<_> = feeds.filter(|s| !asked.is_empty() && s.snapshot.0 != 0).collect();
    for feed in &feeds {
        if seconds < report.as_of.0.saturating_sub(feed.snapshot.0) {
            let days = report.as_of.days_since(feed.snapshot);
            old.push(format!("{} is of {}, {days} days old", feed.name, feed.snapshot.date()));
        }
    }
    let because = match (&report.database, old.is_empty()) {
        (None, _) => "no advisory database was asked".to_owned(),
        (_, true) => format!("none of {} sources that answered is older", asked.len() + feeds.len()),
        (_, false) => format!("too old: {}", old.join("; ")),
    };
    let outcome = if old.is_empty() { GateOutcome::Pass } else { GateOutcome::Incomplete };
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
