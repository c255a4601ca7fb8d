//! An interpreter, a server or a library of an application must still receive security updates.
//!
//! **What it asks.** Does the branch that every runtime in the target belongs to still get security updates from its
//! project, without extra payment?
//!
//! **Why.** After its last day a branch gets neither fixes nor, often, advisories: it looks clean because nobody looks
//! any more.
//!
//! **How it knows.** Programs that no package manager owns are recognised from their own bytes; Go's standard library and
//! the .NET runtime are named by what was built with them. Their branches are held against the last days that their
//! projects announce, counted up to `--as-of`: past is *high*, within 180 days *medium*. A branch older than all that are
//! listed ended with the oldest of them at the latest.
//!
//! **What it cannot know.** A branch whose end is not known is unknown, as is one that was promised updates up to a day
//! that has passed. A product whose project announces no ends is not asked about, nor is what a package of the
//! distribution owns, which the distribution maintains. [The limits](../limits.md) say which branches are known.
//!
//! **How to fix.** Move to a branch that is maintained; the finding names the next one. `assess` judges it again there: at
//! the branch, or at the release of it that advisories name as fixed.

mod ends;

use api::{Because, Fix, FixKind};
use eval::{Fault, Judgement, Rule, RuleDoubt};
use model::{DoubtKind, PackageType, Severity, Timestamp};

use crate::Subject;
use crate::ecosystem::go_release;
use crate::fault::installed;
use ends::{End, Product};

/// The rule.
pub(crate) const RULE: Rule<Subject> = Rule {
    id: "runtime-end-of-life",
    control: "dependencies",
    title: "A runtime receives no security updates",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

/// Days before the end from which on it is a finding.
const SOON_DAYS: i64 = 180;

fn judge(subject: &Subject) -> Judgement {
    let (Some((product, version)), Some(as_of), false) = (runtime(subject), subject.as_of, subject.owned)
    else {
        return Judgement::not_applicable();
    };
    let mut out = Judgement::clean();
    let what = format!("{} {version}", product.label).trim_end().to_owned();
    let not_known = || doubt(subject, format!("the end of support of {what} is not known"));
    let Some((branch, end)) = product.end(&version) else {
        out.doubts.push(not_known());
        return out;
    };
    let next = next(product, branch, as_of);
    let told = next.map_or_else(String::new, |(b, end)| {
        format!(". {} {b} gets them until {}", product.label, end.day())
    });
    let fault = |severity, title, when: &str| Fault {
        severity: Some(severity),
        message: format!("{title}, {when}{told}"),
        fix: next.map(|(branch, _)| to_branch(branch)),
        title: Some(title),
        because: because(subject, product, branch, end),
        place: subject.place.clone(),
        key: format!("{}:{}", subject.kind, subject.name),
        packages: vec![subject.id.clone()],
        ..Fault::default()
    };
    // The last day itself is supported.
    let (day, left) = (end.day(), days_left(end, as_of));
    match end {
        End::On(_) | End::NotAfter(_) if left < 0 => {
            let title = format!("{what} has received no security updates since {day}");
            out.faults.push(fault(Severity::High, title, &format!("{} days ago", -left)));
        }
        End::On(_) if left <= SOON_DAYS => {
            let title = format!("{what} will receive no security updates after {day}");
            out.faults.push(fault(Severity::Medium, title, &format!("in {left} days")));
        }
        End::NotBefore(_) if left < 0 => {
            let reason =
                format!("{what} was promised security updates until {day}, and no longer as far as known");
            out.doubts.push(doubt(subject, reason));
        }
        End::NotAfter(_) => out.doubts.push(not_known()),
        End::On(_) | End::NotBefore(_) => {}
    }
    out
}

/// The product that a package is, and its version as the product writes it.
fn runtime(subject: &Subject) -> Option<(&'static Product, String)> {
    let version = subject.version.as_str();
    let (name, version) = match subject.kind {
        PackageType::Generic => (subject.name.as_str(), version.to_owned()),
        PackageType::Golang if matches!(subject.name.as_str(), "stdlib" | "toolchain") => {
            ("go", go_release(version))
        }
        PackageType::Nuget if is_dotnet(&subject.name) => ("dotnet", version.to_owned()),
        _ => return None,
    };
    let version = match (name, version.strip_prefix("1.")) {
        // Java 8 still called itself 1.8.
        ("openjdk", Some(rest)) => rest.to_owned(),
        _ => version.trim_start_matches("go").trim_start_matches('v').to_owned(),
    };
    Some((ends::product(name)?, version))
}

/// The package that an application ships its runtime in; ASP.NET comes with the same version beside it.
fn is_dotnet(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "microsoft.netcore.app" || name.starts_with("microsoft.netcore.app.runtime.")
}

fn days_left(end: End, as_of: Timestamp) -> i64 {
    end.day().parse::<Timestamp>().map_or(0, |last| -as_of.days_since(last))
}

fn because(subject: &Subject, product: &Product, branch: &str, end: End) -> Vec<Because> {
    let mut out = installed(subject);
    let (label, day) = (product.label, end.day());
    out.push(Because::new(format!("{label} {branch} is maintained until {day}"), product.source));
    out
}

/// The first branch after `branch` that is maintained for long enough.
fn next(product: &Product, branch: &str, as_of: Timestamp) -> Option<(&'static str, End)> {
    let later = product.branches.iter().skip_while(|(b, _)| *b != branch).skip(1);
    later.into_iter().find(|(_, end)| SOON_DAYS < days_left(*end, as_of)).copied()
}

/// Which of its releases, and how it gets there, is said by who builds the application.
fn to_branch(branch: &str) -> Fix {
    Fix { kind: FixKind::Upgrade, command: None, patch: None, version: Some(branch.to_owned()) }
}

fn doubt(subject: &Subject, reason: String) -> RuleDoubt {
    let file = subject.place.path.as_str();
    RuleDoubt {
        kind: DoubtKind::Knowledge,
        r#where: if file.is_empty() { subject.found_by.clone() } else { file.to_owned() },
        reason,
        remedy: "run a branch whose end of support is published, or accept it until a day that you know"
            .to_owned(),
    }
}
