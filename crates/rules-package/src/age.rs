//! How old the advisories are that answer for a target: a complete source that nobody has refreshed for two years
//! knows nothing of those two years.

use std::collections::BTreeMap;

use advisory::Coverage;
use advisory::db::{Database, Info};
use advisory::ecosystem::base;
use api::TargetSource;
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

/// Which ecosystems answered for a target's packages, and how many packages each.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<String, u64>);

impl Sources {
    /// Counts a package that is asked about with `questions`.
    pub(crate) fn add(&mut self, questions: &[Question]) {
        let mut bases: Vec<&str> = questions.iter().map(|q| base(&q.ecosystem)).collect();
        bases.sort_unstable();
        bases.dedup();
        for ecosystem in bases {
            *self.0.entry(ecosystem.to_owned()).or_default() += 1;
        }
    }

    /// The rows of the report, by name.
    pub(crate) fn rows(self, info: &Info, as_of: Timestamp) -> Vec<TargetSource> {
        let row = |(ecosystem, packages): (String, u64)| {
            let source = info.source(&ecosystem);
            let snapshot = source.map(|s| s.snapshot).filter(|s| s.0 != 0);
            TargetSource {
                age_days: snapshot.map(|s| as_of.days_since(s)),
                snapshot,
                coverage: match source.map(|s| s.coverage) {
                    Some(Coverage::Complete) => api::Coverage::Complete,
                    _ => api::Coverage::Partial,
                },
                packages,
                ecosystem,
            }
        };
        self.0.into_iter().map(row).collect()
    }
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
    if source.snapshot.0 == 0 {
        return Some(doubt(format!(
            "how old the advisories for {name} are is not known: their records carry no dates"
        )));
    }
    let age = until.0.saturating_sub(source.snapshot.0);
    (allowed < age).then(|| {
        doubt(format!(
            "the advisories for {name} are {} days old (newest of {}), more than {} allowed: what was published since \
             is not known",
            knowledge.as_of.days_since(source.snapshot),
            source.snapshot.date(),
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
