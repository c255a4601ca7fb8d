//! A report with its cross-references resolved: packages and targets by id, findings counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use api::{ControlRow, Coverage, Finding, PackageRow, Report, Score, Status, TargetRow, TargetSource};
use model::{Doubt, Severity};

use crate::text::{count, thousands};

/// A report and the indexes that several formats need.
pub(crate) struct View<'r> {
    /// The report.
    pub report: &'r Report,
    packages: BTreeMap<(&'r str, &'r str), &'r PackageRow>,
    targets: BTreeMap<&'r str, &'r TargetRow>,
}

impl<'r> View<'r> {
    /// Indexes `report`.
    pub(crate) fn new(report: &'r Report) -> Self {
        let packages = report.packages.iter().map(|p| ((p.target.as_str(), p.id.as_str()), p)).collect();
        let targets = report.targets.iter().map(|t| (t.id.as_str(), t)).collect();
        Self { report, packages, targets }
    }

    /// The rows of the packages that `finding` is about; ids without a row are left out.
    pub(crate) fn packages(&self, finding: &'r Finding) -> Vec<&'r PackageRow> {
        let find = |id: &'r String| self.packages.get(&(finding.target.as_str(), id.as_str())).copied();
        finding.packages.iter().filter_map(find).collect()
    }

    /// The file of a finding as seen from where the program ran, which is how a forge knows its files: below the folder
    /// that was named, unless that was named from the root or leads upwards.
    pub(crate) fn file(&self, finding: &'r Finding) -> Cow<'r, str> {
        let path = finding.r#where.path.as_str();
        let target = self.target(&finding.target).filter(|t| matches!(t.kind.as_str(), "dir" | "manifests"));
        let Some(name) = target.map(|t| t.name.as_str()).filter(|n| *n != path && !path.is_empty()) else {
            return Cow::Borrowed(path);
        };
        let parts: Vec<&str> = name.split('/').filter(|p| !matches!(*p, "" | ".")).collect();
        match name.starts_with('/') || parts.is_empty() || parts.contains(&"..") {
            true => Cow::Borrowed(path),
            false => Cow::Owned(format!("{}/{path}", parts.join("/"))),
        }
    }

    /// A target's row.
    pub(crate) fn target(&self, id: &str) -> Option<&'r TargetRow> {
        self.targets.get(id).copied()
    }

    /// A target's name, or its id where the report lacks the row.
    pub(crate) fn target_name<'s>(&self, id: &'s str) -> &'s str
    where
        'r: 's,
    {
        self.target(id).map_or(id, |t| t.name.as_str())
    }

    /// The rows of the table that is shown: of the framework that was asked for, else of Plimsoll's own.
    pub(crate) fn controls(&self) -> &'r [ControlRow] {
        self.report.framework.as_ref().map_or(&self.report.controls, |f| &f.controls)
    }

    /// The score of that table.
    pub(crate) fn score(&self) -> Option<&'r Score> {
        self.report.framework.as_ref().map_or(self.report.score.as_ref(), |f| Some(&f.score))
    }

    /// What that table is called.
    pub(crate) fn card_title(&self) -> &'r str {
        self.report.framework.as_ref().map_or("Scorecard", |f| f.title.as_str())
    }

    /// The name of a domain of that table.
    pub(crate) fn domain(&self, id: &str) -> String {
        let other = self.report.framework.as_ref().and_then(|f| f.domains.iter().find(|d| d.id == id));
        other.map_or_else(|| humanised(id), |d| d.title.clone())
    }

    /// Findings that count.
    pub(crate) fn open(&self) -> impl Iterator<Item = &'r Finding> + use<'r> {
        self.report.findings.iter().filter(|f| f.status == Status::Open)
    }

    /// Number of things that could not be known; one that several controls wanted to know is one.
    pub(crate) fn unknown(&self) -> u64 {
        unlike(&self.report.doubts) as u64
    }

    /// Number of suppressed findings.
    pub(crate) fn suppressed(&self) -> u64 {
        self.report.findings.iter().filter(|f| f.status == Status::Suppressed).count() as u64
    }

    /// Packages of a target in words.
    pub(crate) fn package_words(&self, target: &TargetRow) -> String {
        match !target.runs_in.is_empty() && target.matched.is_none() {
            true => "could not be had".to_owned(),
            false => count(self.package_count(&target.id), "package", "packages"),
        }
    }

    /// Number of packages of a target.
    pub(crate) fn package_count(&self, target: &str) -> u64 {
        self.report.packages.iter().filter(|p| p.target == target).count() as u64
    }
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Counts {
    /// In the order of [`Severity::WORST_FIRST`].
    pub by: [u64; 6],
}

impl Counts {
    /// Counts `findings`.
    pub(crate) fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut out = Self::default();
        for finding in findings {
            out.add(finding.severity);
        }
        out
    }

    /// Counts one more.
    pub(crate) fn add(&mut self, severity: Severity) {
        for (n, s) in self.by.iter_mut().zip(Severity::WORST_FIRST) {
            *n += u64::from(s == severity);
        }
    }

    /// Number of findings.
    pub(crate) fn total(&self) -> u64 {
        self.by.iter().sum()
    }

    /// Severities that occur, worst first, each with its number.
    pub(crate) fn present(&self) -> impl Iterator<Item = (Severity, u64)> + '_ {
        Severity::WORST_FIRST.into_iter().zip(self.by).filter(|(_, n)| *n != 0)
    }

    /// `1 critical, 3 high`.
    pub(crate) fn words(&self) -> String {
        let words: Vec<String> = self.present().map(|(s, n)| format!("{} {s}", thousands(n))).collect();
        words.join(", ")
    }
}

/// What a reader must know about the database that answered: one sentence each.
pub(crate) struct DatabaseLines {
    /// Which database, how many records, how old.
    pub what: String,
    /// Whose advisories answered, of when and how old; empty if none was asked.
    pub answered: String,
    /// Whether some of them are in doubt for their age.
    pub old: bool,
    /// Sources that are partial, and what that means; empty if none is.
    pub partial: String,
    /// How to get the full one; empty if it is full.
    pub remedy: String,
}

/// The command that fetches a full database.
pub(crate) const FULL_DATABASE: &str = "plimsoll db update";

impl DatabaseLines {
    /// Describes the database of `report` as seen at its date.
    pub(crate) fn new(report: &Report) -> Self {
        let as_of = report.as_of;
        let (answered, old) = answered(report);
        let Some(db) = report.database.as_ref() else {
            return Self {
                what: "none was asked: nothing is known of vulnerabilities".to_owned(),
                answered,
                old,
                partial: String::new(),
                remedy: String::new(),
            };
        };
        let records: u64 = db.sources.iter().map(|s| s.records).sum();
        let days = as_of.days_since(db.built);
        let age = match u64::try_from(days) {
            Ok(0) => "of the same day".to_owned(),
            Ok(days) => format!("{} old", count(days, "day", "days")),
            Err(_) => format!("{} newer than the scan's date", count(days.unsigned_abs(), "day", "days")),
        };
        let sources = count(db.sources.len() as u64, "source", "sources");
        let records = count(records, "record", "records");
        let id: String = db.id.chars().take(19).collect();
        // A feed without dates of its own, built by itself, has none.
        let when = match db.built.0 {
            0 => "without dates".to_owned(),
            _ => format!("newest of {} ({age})", db.built.date()),
        };
        let what = format!("{id}: {records} from {sources}, {when}");
        let partial: Vec<&str> =
            db.sources.iter().filter(|s| s.coverage == Coverage::Partial).map(|s| s.name.as_str()).collect();
        if partial.is_empty() {
            return Self { what, answered, old, partial: String::new(), remedy: String::new() };
        }
        let which = if partial.len() == db.sources.len() && 1 < partial.len() {
            "every source".to_owned()
        } else {
            partial.join(", ")
        };
        Self {
            what,
            answered,
            old,
            partial: format!("Partial ({which}): what it does not name may still be vulnerable."),
            remedy: format!("The full one: {FULL_DATABASE}"),
        }
    }
}

/// Sources named in one line.
const ANSWERED_MAX: usize = 8;

/// `Debian of 2026-11-20 (5 days old), PyPI of …`, the oldest first, and whether a doubt says that one is too old.
fn answered(report: &Report) -> (String, bool) {
    let mut by_name: BTreeMap<&str, &TargetSource> = BTreeMap::new();
    for source in report.targets.iter().flat_map(|t| &t.sources) {
        by_name.insert(&source.ecosystem, source);
    }
    let mut sources: Vec<&TargetSource> = by_name.into_values().collect();
    sources.sort_by_key(|s| (s.age_days.is_some(), std::cmp::Reverse(s.age_days)));
    let words: Vec<String> = sources
        .iter()
        .take(ANSWERED_MAX)
        .map(|s| match (s.snapshot, s.age_days) {
            (Some(at), Some(days)) if 0 <= days => {
                format!(
                    "{} of {} ({} old)",
                    s.ecosystem,
                    at.date(),
                    count(days.unsigned_abs(), "day", "days")
                )
            }
            (Some(at), _) => format!("{} of {}", s.ecosystem, at.date()),
            (None, _) => format!("{} without dates", s.ecosystem),
        })
        .collect();
    if words.is_empty() {
        return (String::new(), false);
    }
    let more = match sources.len().saturating_sub(ANSWERED_MAX) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let named = |d: &model::Doubt| {
        sources.iter().any(|s| s.ecosystem == d.r#where && d.reason.contains("advisories for"))
    };
    (format!("answered by {}{more}", words.join(", ")), report.doubts.iter().any(named))
}

/// How many of these doubts are about something of their own: one thing may be in doubt for several controls.
pub(crate) fn unlike<'d>(doubts: impl IntoIterator<Item = &'d Doubt>) -> usize {
    let each = doubts.into_iter().map(|d| (d.kind, &d.target, &d.r#where, &d.reason));
    each.collect::<BTreeSet<_>>().len()
}

/// `Image security` for `image-security`.
pub(crate) fn humanised(id: &str) -> String {
    let spaced = id.replace(['-', '_'], " ");
    let mut chars = spaced.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// A finding's place in one line: path with line and column, or object and field where there is no file.
pub(crate) fn place_line(finding: &Finding) -> String {
    let place = &finding.r#where;
    // An object of a cluster has no file; the message names the object of one that has.
    if let (Some(object), true) = (&place.object, place.path.is_empty()) {
        let namespace =
            if object.namespace.is_empty() { String::new() } else { format!("{}/", object.namespace) };
        let field = object.field.as_ref().map_or_else(String::new, |f| format!(" {f}"));
        return format!("{} {namespace}{}{field}", object.kind, object.name);
    }
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", place.path),
        (Some(line), None) => format!("{}:{line}", place.path),
        (None, _) => place.path.to_string(),
    }
}
