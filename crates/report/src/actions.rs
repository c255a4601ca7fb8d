//! What to do: open findings grouped by the one act that closes them, worst first.
//!
//! A person does not work through five hundred vulnerabilities but through thirty upgrades. Findings of one source
//! package (or one package of an application) with a fixed version are one upgrade, to the highest of the fixed
//! versions; findings of one rule are one act; vulnerabilities that nobody has fixed yet stand together.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use api::{Finding, FixKind, PackageRow};
use model::{PackageType, Severity};

use crate::view::{Counts, View, humanised};

/// One act and what it closes.
pub(crate) struct Action<'r> {
    /// The act.
    pub what: What<'r>,
    /// Target id.
    pub target: &'r str,
    /// Findings it closes, worst first.
    pub findings: Vec<&'r Finding>,
    /// Counted.
    pub counts: Counts,
    /// How many of them are known to be exploited.
    pub exploited: u64,
}

/// The act.
pub(crate) enum What<'r> {
    /// Raise a package.
    Upgrade {
        /// Source package where there is one, else the package.
        name: &'r str,
        /// Type.
        kind: PackageType,
        /// Version to go to; several where they cannot be ordered.
        to: Vec<&'r str>,
        /// Installed versions.
        from: BTreeSet<&'r str>,
        /// Packages as installed.
        members: BTreeSet<&'r str>,
        /// All of them are for development alone.
        development: bool,
    },
    /// Nobody has published a fix.
    Wait {
        /// Packages concerned, each with its number of findings, most first.
        packages: Vec<(&'r str, u64)>,
    },
    /// Correct what a rule found.
    Correct {
        /// What is wrong, or the rule's id in words where the findings differ.
        title: String,
        /// Rule id.
        rule: &'r str,
        /// The command that corrects them all, if it is one.
        command: Option<&'r str>,
    },
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'r> {
    Upgrade(PackageType, &'r str),
    Wait,
    Correct(&'r str),
}

/// Groups the open findings of a report, worst group first.
pub(crate) fn actions<'r>(view: &View<'r>) -> Vec<Action<'r>> {
    let mut groups: BTreeMap<(&'r str, Key<'r>), Vec<&'r Finding>> = BTreeMap::new();
    for finding in view.open() {
        groups.entry((finding.target.as_str(), key(view, finding))).or_default().push(finding);
    }
    let mut out: Vec<Action<'r>> =
        groups.into_iter().map(|((target, key), findings)| action(view, target, &key, findings)).collect();
    out.sort_by(|a, b| rank(a).cmp(&rank(b)));
    out
}

fn key<'r>(view: &View<'r>, finding: &'r Finding) -> Key<'r> {
    if finding.vulnerability.is_none() {
        return Key::Correct(&finding.rule);
    }
    let version = finding.fix.as_ref().and_then(|f| f.version.as_ref());
    match (version, view.packages(finding).first()) {
        (Some(_), Some(package)) => Key::Upgrade(package.kind, source_name(package)),
        (Some(_), None) => Key::Correct(&finding.rule),
        // A package that must go has a remedy, and no version to go to.
        (None, _) if finding.fix.is_some() => Key::Correct(&finding.rule),
        (None, _) => Key::Wait,
    }
}

fn source_name(package: &PackageRow) -> &str {
    package.source.as_ref().map_or(package.name.as_str(), |s| s.name.as_str())
}

fn action<'r>(view: &View<'r>, target: &'r str, key: &Key<'r>, mut findings: Vec<&'r Finding>) -> Action<'r> {
    findings.sort_by(|a, b| worst_first(a, b));
    let counts = Counts::of(findings.iter().copied());
    let exploited = findings.iter().filter(|f| is_exploited(f)).count() as u64;
    let what = match *key {
        Key::Upgrade(kind, name) => upgrade(view, kind, name, &findings),
        Key::Wait => What::Wait { packages: packages_by_number(view, &findings) },
        Key::Correct(rule) => correct(rule, &findings),
    };
    Action { what, target, findings, counts, exploited }
}

fn upgrade<'r>(view: &View<'r>, kind: PackageType, name: &'r str, findings: &[&'r Finding]) -> What<'r> {
    let rows: Vec<&PackageRow> = findings.iter().flat_map(|f| view.packages(f)).collect();
    let wanted = findings.iter().filter_map(|f| f.fix.as_ref()?.version.as_deref());
    What::Upgrade {
        name,
        kind,
        to: highest(kind, wanted),
        from: rows.iter().map(|p| p.version.as_str()).collect(),
        members: rows.iter().map(|p| p.name.as_str()).collect(),
        development: rows.iter().all(|p| p.development),
    }
}

/// The highest of `versions`; those that cannot be ordered against it stay beside it.
fn highest<'r>(kind: PackageType, versions: impl Iterator<Item = &'r str>) -> Vec<&'r str> {
    let distinct: BTreeSet<&str> = versions.collect();
    let mut out: Vec<&str> = Vec::new();
    for candidate in distinct {
        let order = |other: &str| {
            let scheme = version::Scheme::from_purl_type(kind.as_str())?;
            version::compare(scheme, candidate, other).ok()
        };
        if out.iter().any(|o| matches!(order(o), Some(Ordering::Less | Ordering::Equal))) {
            continue;
        }
        out.retain(|o| order(o) != Some(Ordering::Greater));
        out.push(candidate);
    }
    out
}

fn packages_by_number<'r>(view: &View<'r>, findings: &[&'r Finding]) -> Vec<(&'r str, u64)> {
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings {
        let names: BTreeSet<&str> = view.packages(finding).into_iter().map(source_name).collect();
        for name in names {
            *numbers.entry(name).or_default() += 1;
        }
    }
    let mut out: Vec<(&str, u64)> = numbers.into_iter().collect();
    out.sort_by_key(|(name, n)| (Reverse(*n), *name));
    out
}

fn correct<'r>(rule: &'r str, findings: &[&'r Finding]) -> What<'r> {
    let titles: BTreeSet<&str> = findings.iter().map(|f| f.title.as_str()).collect();
    let commands: BTreeSet<Option<&str>> = findings.iter().map(|f| command(f)).collect();
    let title = match titles.first() {
        Some(title) if titles.len() == 1 => (*title).to_owned(),
        _ => humanised(rule),
    };
    let command = if commands.len() == 1 { commands.first().copied().flatten() } else { None };
    What::Correct { title, rule, command }
}

/// The command line that fixes a finding, if that is what its fix is.
pub(crate) fn command(finding: &Finding) -> Option<&str> {
    finding.fix.as_ref().filter(|f| f.kind == FixKind::Command)?.command.as_deref()
}

/// Known to be exploited.
pub(crate) fn is_exploited(finding: &Finding) -> bool {
    finding.vulnerability.as_ref().is_some_and(|v| v.kev.is_some())
}

/// Exploited before not, then severity, then the chance of exploitation, then ids: a total order.
pub(crate) fn worst_first(a: &Finding, b: &Finding) -> Ordering {
    let epss = |f: &Finding| f.vulnerability.as_ref().and_then(|v| v.epss).map_or(-1.0, |e| e.score);
    fn name(finding: &Finding) -> Option<&str> {
        finding.vulnerability.as_ref().map(|v| v.id.as_str())
    }
    is_exploited(b)
        .cmp(&is_exploited(a))
        .then_with(|| b.severity.cmp(&a.severity))
        .then_with(|| epss(b).total_cmp(&epss(a)))
        .then_with(|| name(a).cmp(&name(b)))
        .then_with(|| a.target.cmp(&b.target))
        .then_with(|| a.r#where.cmp(&b.r#where))
        .then_with(|| a.id.cmp(&b.id))
}

/// A known severity beats an unknown one only if it is at least low: what nobody rated may be bad.
type Rank<'r> = (bool, Reverse<Severity>, bool, Reverse<Counts>, &'r str, String);

fn rank<'r>(action: &Action<'r>) -> Rank<'r> {
    let worst = action.findings.first().map_or(Severity::Unknown, |f| f.severity);
    let worst = action.findings.iter().map(|f| f.severity).max().unwrap_or(worst);
    let waits = matches!(action.what, What::Wait { .. });
    let name = match &action.what {
        What::Upgrade { name, kind, .. } => format!("{name} {kind}"),
        What::Wait { .. } => String::new(),
        What::Correct { rule, .. } => (*rule).to_owned(),
    };
    (action.exploited == 0, Reverse(worst), waits, Reverse(action.counts), action.target, name)
}

impl Action<'_> {
    /// The act in one line.
    pub(crate) fn headline(&self) -> String {
        match &self.what {
            What::Upgrade { name, to, .. } => format!("Upgrade {name} to {}", to.join(" or ")),
            What::Wait { packages } if packages.len() == 1 => {
                format!("No fix is published yet for {}", packages.first().map_or("", |p| p.0))
            }
            What::Wait { packages } => format!("No fix is published yet for {} packages", packages.len()),
            What::Correct { title, .. } => title.clone(),
        }
    }

    /// What it closes, `fixes 7 vulnerabilities: 1 critical, 6 high`. A vulnerability that several packages share
    /// counts once, as bad as it is in the worst of them.
    pub(crate) fn effect(&self) -> String {
        let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
        for finding in &self.findings {
            let id = finding.vulnerability.as_ref().map_or(finding.id.as_str(), |v| v.id.as_str());
            let known = worst.entry(id).or_insert(finding.severity);
            *known = (*known).max(finding.severity);
        }
        let mut counts = Counts::default();
        worst.into_values().for_each(|severity| counts.add(severity));
        let (verb, one, many) = match self.what {
            What::Upgrade { .. } => ("fixes ", "vulnerability", "vulnerabilities"),
            What::Wait { .. } => ("", "vulnerability", "vulnerabilities"),
            What::Correct { .. } => ("", "finding", "findings"),
        };
        format!("{verb}{}: {}", crate::text::count(counts.total(), one, many), counts.words())
    }

    /// What it is about: installed versions and packages, the rule, the command.
    pub(crate) fn details(&self) -> Vec<String> {
        match &self.what {
            What::Upgrade { name, kind, from, members, development, .. } => {
                let from: Vec<&str> = from.iter().copied().collect();
                let mut line = format!("{kind}, installed {}", from.join(", "));
                if members.iter().any(|m| m != name) {
                    let members: Vec<&str> = members.iter().copied().collect();
                    line.push_str(&format!(", as {}", members.join(", ")));
                }
                if *development {
                    line.push_str(", for development alone");
                }
                vec![line]
            }
            What::Wait { packages } if packages.len() < 2 => Vec::new(),
            What::Wait { packages } => {
                let words: Vec<String> = packages.iter().map(|(name, n)| format!("{name} {n}")).collect();
                vec![words.join(", ")]
            }
            What::Correct { rule, .. } => vec![format!("rule {rule}")],
        }
    }

    /// The lines of the one command or Dockerfile text that corrects it all, if there is one.
    pub(crate) fn fix_lines(&self) -> Vec<&str> {
        match &self.what {
            What::Correct { command: Some(command), .. } => command.lines().collect(),
            _ => Vec::new(),
        }
    }
}
