//! `db`: the advisory database built, described, searched, verified.

use advisory::db::{Delta, Found, Info};
use ports::knowledge::{BuildReport, BuildRequest, DatabaseOrigin};

use crate::world::{FlowError, World};

/// Most vulnerabilities that a search answers.
pub const FOUND_MAX: usize = 1000;

/// What a database says about itself, and where it came from.
#[derive(Debug, Clone)]
pub struct Described {
    /// What it says.
    pub info: Info,
    /// Where it came from.
    pub origin: DatabaseOrigin,
}

/// Builds a database from advisories.
///
/// # Errors
/// [`FlowError`] if an input does not exist, holds nothing, or the file cannot be written.
pub fn db_build(world: &World<'_>, request: &BuildRequest) -> Result<BuildReport, FlowError> {
    Ok(world.knowledge.build(request, world.progress)?)
}

/// Describes a database.
///
/// # Errors
/// [`FlowError`] if it cannot be opened.
pub fn db_info(world: &World<'_>, path: Option<&str>) -> Result<Described, FlowError> {
    let opened = world.knowledge.open(path)?;
    Ok(Described { info: opened.database.info().clone(), origin: opened.origin })
}

/// Finds vulnerabilities by id, package or a word of their summary; at most `limit` and [`FOUND_MAX`].
///
/// # Errors
/// [`FlowError`] if the database cannot be opened or is damaged.
pub fn db_search(
    world: &World<'_>,
    path: Option<&str>,
    text: &str,
    limit: usize,
) -> Result<Vec<Found>, FlowError> {
    let opened = world.knowledge.open(path)?;
    opened.database.search(text, limit.min(FOUND_MAX)).map_err(|e| FlowError::Unreadable(e.to_string()))
}

/// What differs between two databases.
///
/// # Errors
/// [`FlowError`] if one of them cannot be opened or is damaged.
pub fn db_diff(world: &World<'_>, old: &str, new: &str) -> Result<Delta, FlowError> {
    let (old, new) = (world.knowledge.open(Some(old))?, world.knowledge.open(Some(new))?);
    advisory::db::diff(&old.database, &new.database).map_err(|e| FlowError::Unreadable(e.to_string()))
}

/// Reads a whole database and checks every checksum.
///
/// # Errors
/// [`FlowError::Unreadable`] for the first damage met.
pub fn db_verify(world: &World<'_>, path: Option<&str>) -> Result<Described, FlowError> {
    let opened = world.knowledge.open(path)?;
    opened.database.verify().map_err(|e| FlowError::Unreadable(e.to_string()))?;
    Ok(Described { info: opened.database.info().clone(), origin: opened.origin })
}
