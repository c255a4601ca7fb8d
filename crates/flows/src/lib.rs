//! The verbs: each one file and one public function, each seeing ports only.

mod answers;
mod assess;
mod convert;
mod db;
mod diff;
#[cfg(test)]
mod fakes;
mod fix;
mod fresh;
mod images;
mod import;
#[cfg(test)]
mod import_tests;
mod inline;
mod linked;
#[cfg(test)]
mod linked_tests;
mod manifests;
mod owners;
mod read;
mod rematch;
mod render;
#[cfg(test)]
mod render_tests;
mod reported;
mod rows;
mod sbom;
mod scan;
mod sweep;
#[cfg(test)]
mod sweep_tests;
#[cfg(test)]
mod tests;
mod update;
mod vex;
mod world;

use std::collections::BTreeMap;

use eval::assess::{OTHERS, PLIMSOLL};
use eval::identifiers::{SCANNERS, of_rules, scanners};

pub use eval::assess::{Control, Domain, FRAMEWORK_BYTES_MAX, Framework};
pub use eval::identifiers::Identifiers;

pub use assess::assess;
pub use convert::convert;
pub use db::{Described, FOUND_MAX, db_build, db_diff, db_info, db_search, db_verify};
pub use diff::{NamedReport, diff};
pub use fix::{Amounts, Changed, FixRequest, Fixed, fix, fix_levels};
pub use images::{ImageSource, ImagesRequest};
pub use import::import;
pub use ports::render::Programs;
pub use ports::source::Engines;
pub use rematch::{Documents, News, RematchReport, RematchRequest, RematchRow, rematch};
pub use sbom::{Bill, CycloneDxVersion, SbomFormat, sbom};
pub use scan::scan;
pub use sweep::{Keep, NEW_MAX, SweepRequest, file_name, sweep};
pub use update::{
    PrebuiltReport, UpdateOutcome, UpdateReport, UpdateRequest, UpdateRow, db_feeds, db_fetch, db_update,
};
pub use vex::{Accepted, Written, vex};
pub use world::{FlowError, MaxAge, NamedBytes, ReadRequest, ScanRequest, World};

/// A rule as `rules list` and `rules show` print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleInfo {
    /// Rule id.
    pub id: &'static str,
    /// Control id.
    pub control: &'static str,
    /// One line.
    pub title: &'static str,
    /// Severity unless a fault brings its own.
    pub severity: model::Severity,
    /// The user's page.
    pub doc: &'static str,
}

/// Every rule of this version, by id.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    fn info<S: eval::Subject>(r: &eval::Rule<S>) -> RuleInfo {
        RuleInfo { id: r.id, control: r.control, title: r.title, severity: r.severity, doc: r.doc }
    }
    let mut all: Vec<_> = rules_package::RULES
        .iter()
        .map(info)
        .chain(rules_image::RULES.iter().map(info))
        .chain(rules_cluster::RULES.iter().map(info))
        .collect();
    all.sort_by_key(|r| r.id);
    all
}

/// What other scanners and frameworks call each rule, by rule id.
///
/// # Errors
/// [`FlowError`] if the tables in the program cannot be read, which a test rules out.
pub fn identifiers() -> Result<BTreeMap<String, Vec<Identifiers>>, FlowError> {
    let scanners = scanners(SCANNERS).map_err(|e| FlowError::Usage(format!("the table of scanners: {e}")))?;
    Ok(of_rules(&scanners, &frameworks()?))
}

/// Plimsoll's own framework.
pub(crate) fn framework() -> Result<Framework, FlowError> {
    Framework::parse(PLIMSOLL).map_err(|e| FlowError::Usage(format!("the framework in the program: {e}")))
}

/// The frameworks of others that are in the program.
///
/// # Errors
/// [`FlowError`] if one cannot be read, which a test rules out.
pub fn frameworks() -> Result<Vec<Framework>, FlowError> {
    OTHERS.iter().map(|(name, text)| parse_framework(name, text)).collect()
}

/// A framework of others from its text; `name` is what messages call it.
///
/// # Errors
/// [`FlowError`] for a text that is none, with what is wrong.
pub fn parse_framework(name: &str, text: &str) -> Result<Framework, FlowError> {
    Framework::parse_other(text, &framework()?).map_err(|e| FlowError::Usage(format!("{name}: {e}")))
}

/// The ids of the framework's nineteen controls, in its order.
///
/// # Errors
/// [`FlowError`] if the framework in the program cannot be read, which a test rules out.
pub fn controls() -> Result<Vec<String>, FlowError> {
    Ok(framework()?.control_ids().map(str::to_owned).collect())
}
