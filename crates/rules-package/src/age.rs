//! How old the advisories are that answer for a target: a complete source that nobody has refreshed for two years
//! knows nothing of those two years.

use std::collections::{BTreeMap, BTreeSet};

use advisory::Coverage;
use advisory::db::{Database, FeedInfo, Info};
use advisory::ecosystem::base;
use api::{SourceFeed, TargetSource};
use eval::RuleDoubt;
use model::{DoubtKind, Package, Timestamp};

use crate::ecosystem::Question;

/// Days after which the advisories of a distribution, or of a registry with news every week, are old.
const BUSY_DAYS_MAX: i64 = 30;

/// Days after which those of a registry are old that can be quiet for months.
const QUIET_DAYS_MAX: i64 = 180;

/// Registries whose advisories can be quiet for months without anything being wrong.
const QUIET: [&str; 13] = [
    "Bitnami",
    "CRAN",
    "CocoaPods",
    "ConanCenter",
    "GHC",
    "GitHub Actions",
    "Hackage",
    "Hex",
    "Julia",
    "OSS-Fuzz",
    "Pub",
    "SwiftURL",
    "VSCode",
];

/// Seconds of a day.
const DAY: i64 = 86_400;

/// How old the advisories that answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaxAge {
    /// What each ecosystem's pace of news suggests: 30 days, 180 for quiet registries. Sources that are partial are
    /// in doubt already.
    #[default]
    Usual,
    /// At most so many seconds, whatever the ecosystem and its coverage.
    AtMost(i64),
    /// Age does not matter.
    Any,
}

/// The knowledge that a target is held against.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'d> {
    /// The database.
    pub database: &'d Database,
    /// The moment ages are counted from.
    pub as_of: Timestamp,
    /// How old advisories may be.
    pub max_age: MaxAge,
    /// Seconds for which packages must have been public; `None` to ask nothing.
    pub min_package_age: Option<i64>,
}

/// How long packages must have been public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoolDown {
    /// The moment ages are counted from.
    pub as_of: Timestamp,
    /// Seconds.
    pub seconds: i64,
}

/// Which ecosystems answered for a target's packages, for how many packages each, and of which releases.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<String, (u64, BTreeSet<String>)>);

impl Sources {
    /// Counts a package that is asked about with `questions`.
    pub(crate) fn add(&mut self, questions: &[Question]) {
        let mut bases: Vec<&str> = questions.iter().map(|q| base(&q.ecosystem)).collect();
        bases.sort_unstable();
        bases.dedup();
        for ecosystem in bases {
            let (packages, releases) = self.0.entry(ecosystem.to_owned()).or_default();
            *packages += 1;
            for asked in questions.iter().map(|q| &q.ecosystem).filter(|e| base(e) == ecosystem) {
                if !releases.contains(asked) {
                    releases.insert(asked.clone());
                }
            }
        }
    }

    /// The rows of the report, by name.
    pub(crate) fn rows(self, info: &Info, as_of: Timestamp) -> Vec<TargetSource> {
        let row = |(ecosystem, (packages, releases)): (String, (u64, BTreeSet<String>))| {
            let source = info.source(&ecosystem);
            let snapshot = source.map(|s| s.snapshot).filter(|s| s.0 != 0);
            let behind = releases.iter().filter_map(|release| behind(info, release));
            let oldest = behind.min_by_key(|feed| feed.modified);
            TargetSource {
                age_days: snapshot.map(|s| as_of.days_since(s)),
                snapshot,
                coverage: match source.map(|s| s.coverage) {
                    Some(Coverage::Complete) => api::Coverage::Complete,
                    _ => api::Coverage::Partial,
                },
                packages,
                oldest_feed: oldest.map(|f| SourceFeed { name: f.name.clone(), modified: f.modified }),
                ecosystem,
            }
        };
        self.0.into_iter().map(row).collect()
    }
}

/// The feed whose silence the newest record of its ecosystem hides: another one is fresher.
fn behind<'i>(info: &'i Info, ecosystem: &str) -> Option<&'i FeedInfo> {
    let newest = info.source(ecosystem)?.snapshot;
    info.oldest_feed(ecosystem).filter(|feed| feed.modified.is_none_or(|at| at < newest))
}

/// The doubt about an ecosystem whose advisories are too old for `package`. Its words are the same for every package
/// of one release.
pub(crate) fn too_old(knowledge: &Knowledge<'_>, ecosystem: &str, package: &Package) -> Option<RuleDoubt> {
    let info = knowledge.database.info();
    let source = info.source(ecosystem)?;
    let partial = info.ecosystem(ecosystem).is_none_or(|e| e.coverage == Coverage::Partial);
    let (allowed, until) = match knowledge.max_age {
        MaxAge::Any => return None,
        MaxAge::Usual if partial => return None,
        MaxAge::Usual => (usual(base(ecosystem)), end_of_news(package, knowledge.as_of)),
        MaxAge::AtMost(seconds) => (seconds, knowledge.as_of),
    };
    let name = base(ecosystem);
    let doubt = |reason: String| RuleDoubt {
        kind: DoubtKind::Knowledge,
        r#where: name.to_owned(),
        reason,
        remedy:
            "build the database anew from what upstream publishes today; `--max-database-age` sets the bound"
                .to_owned(),
    };
    let feed = behind(info, ecosystem);
    let of = feed.map_or(String::new(), |feed| format!(" of the feed `{}`", feed.name));
    let dated = feed.map_or(source.snapshot, |feed| feed.modified.unwrap_or(Timestamp(0)));
    if dated.0 == 0 {
        let why = if feed.is_some() { "its date is not known" } else { "their records carry no dates" };
        return Some(doubt(format!("how old the advisories for {name}{of} are is not known: {why}")));
    }
    let age = until.0.saturating_sub(dated.0);
    (allowed < age).then(|| {
        doubt(format!(
            "the advisories for {name}{of} are {} days old (newest of {}), more than {} allowed: what was published \
             since is not known",
            knowledge.as_of.days_since(dated),
            dated.date(),
            span(allowed)
        ))
    })
}

fn usual(ecosystem: &str) -> i64 {
    DAY * if QUIET.contains(&ecosystem) { QUIET_DAYS_MAX } else { BUSY_DAYS_MAX }
}

/// The moment up to which news are due: for a release that is out of support, its last day.
fn end_of_news(package: &Package, as_of: Timestamp) -> Timestamp {
    let last = package.distribution.as_ref().and_then(|d| d.end_of_life.as_ref());
    last.and_then(|day| day.parse::<Timestamp>().ok()).map_or(as_of, |end| end.min(as_of))
}

/// `7 days`, `12 hours`.
fn span(seconds: i64) -> String {
    match seconds {
        n if n % DAY == 0 => format!("{} days", n / DAY),
        n => format!("{} hours", n / 3600),
    }
}
