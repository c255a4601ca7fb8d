//! A dependency was published a short while ago.
//!
//! **What it asks.** Has every package of a project's lockfile been public for at least as long as `--min-package-age`
//! says? Without that flag nothing is asked.
//!
//! **Why.** Most releases that were published to do harm, or taken over, are found and withdrawn within days. Who waits
//! a week before he takes a release has let others find them.
//!
//! **How it knows.** From the dates that a lockfile records: of upload in `uv.lock` and in `pylock.toml` of PEP 751, of
//! the tag in `composer.lock` and `installed.json`, of publication in the `time` of a `pnpm-lock.yaml` that
//! `resolution-mode=time-based` wrote (for what the project asks for itself). The earliest file of a release counts, and
//! the age is counted up to `--as-of`.
//!
//! **What it cannot know.** Other lockfiles and other installed packages carry no such dates, and no source of advisories
//! that Plimsoll reads tells when a version of a package was published: the database knows days of advisories alone. With
//! the flag given, that is a doubt about each such file, never a pass.
//!
//! **How to fix.** Take an older release for now, as `uv lock --exclude-newer DATE` does, or accept the one at hand in the
//! ignore file, with a reason and an end.

use api::{Because, Fix, FixKind};
use eval::{Fault, Judgement, Rule, RuleDoubt};
use model::{DoubtKind, Severity, Timestamp};

use crate::Subject;

/// The rule.
pub(crate) const RULE: Rule<Subject> = Rule {
    id: "dependency-too-new",
    control: "dependencies",
    title: "A dependency was published a short while ago",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

/// Seconds of a day.
const DAY: i64 = 86_400;

fn judge(subject: &Subject) -> Judgement {
    let Some(cool_down) = subject.cool_down else { return Judgement::not_applicable() };
    if subject.kind.is_distribution() || subject.owned {
        return Judgement::not_applicable();
    }
    let mut out = Judgement::clean();
    match subject.published {
        Some(published) if cool_down.as_of.0.saturating_sub(published.0) < cool_down.seconds => {
            out.faults.push(fault(subject, published, cool_down.as_of, cool_down.seconds));
        }
        Some(_) => {}
        None => out.doubts.push(undated(subject)),
    }
    out
}

fn fault(subject: &Subject, published: Timestamp, as_of: Timestamp, seconds: i64) -> Fault {
    let what = format!("{} {}", subject.name, subject.version);
    let file = subject.place.path.as_str();
    // What was published before this moment is old enough.
    let before = Timestamp(as_of.0.saturating_sub(seconds));
    let uv = file.rsplit('/').next() == Some("uv.lock");
    let command = format!("uv lock --exclude-newer {before} --upgrade-package {}", subject.name);
    Fault {
        title: Some(format!("{what} was published on {}", published.date())),
        message: format!(
            "{what} was published on {}, {} before {}, and {} are asked for. Take an older release until it has been \
             out for long enough",
            published.date(),
            span(as_of.0.saturating_sub(published.0)),
            as_of.date(),
            span(seconds)
        ),
        place: subject.place.clone(),
        key: format!("{}:{}", subject.kind, subject.name),
        packages: vec![subject.id.clone()],
        because: vec![Because::new(format!("{what} was uploaded at {published}"), file)],
        fix: uv.then_some(Fix { kind: FixKind::Command, command: Some(command), patch: None, version: None }),
        ..Fault::default()
    }
}

fn undated(subject: &Subject) -> RuleDoubt {
    let file = subject.place.path.as_str();
    let place = if file.is_empty() { subject.found_by.as_str() } else { file };
    RuleDoubt {
        kind: DoubtKind::Knowledge,
        r#where: place.to_owned(),
        reason: format!("`{place}` does not say when all of its packages were published"),
        remedy: "keep a lockfile that records dates of upload (`uv.lock`, `pylock.toml`, `composer.lock`), or leave \
                 `--min-package-age` out"
            .to_owned(),
    }
}

/// `7 days`, `12 hours`; nothing is less than nothing.
fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (n, unit) = if seconds < 2 * DAY { (seconds / 3600, "hour") } else { (seconds / DAY, "day") };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}
