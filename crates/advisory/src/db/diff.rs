//! What differs between two databases: both are sorted by package, so that they are read side by side once.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::db::codec::Reader;
use crate::db::error::DbError;
use crate::db::layout::{KEY_SEPARATOR, Section};
use crate::db::lookup::VulnId;
use crate::db::open::Database;

/// What differs between two databases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Id of the old one.
    pub old: String,
    /// Id of the new one.
    pub new: String,
    /// Advisories that only the new one has, by id.
    pub appeared: Vec<Change>,
    /// Advisories that only the old one has, by id.
    pub gone: Vec<Change>,
    /// Advisories of which the two say different things, by id.
    pub changed: Vec<Change>,
    /// Vulnerabilities that became known to be exploited.
    pub exploited: Vec<String>,
}

/// An advisory that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Id of the advisory.
    pub advisory: String,
    /// Canonical ids of what it is about, of the database that knows it last.
    pub vulnerabilities: Vec<String>,
    /// Packages of which something else is said: ecosystem, name.
    pub packages: Vec<(String, String)>,
}

impl Delta {
    /// True if both say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.appeared.is_empty()
            && self.gone.is_empty()
            && self.changed.is_empty()
            && self.exploited.is_empty()
    }

    /// Every package of which something else is said: ecosystem, name.
    #[must_use]
    pub fn packages(&self) -> BTreeSet<(&str, &str)> {
        let all = self.appeared.iter().chain(&self.gone).chain(&self.changed);
        all.flat_map(|c| &c.packages).map(|(e, p)| (e.as_str(), p.as_str())).collect()
    }
}

/// Which packages of an advisory differ.
#[derive(Default)]
struct Touched {
    packages: Vec<(String, String)>,
}

/// What differs between `old` and `new`.
///
/// # Errors
/// [`DbError`] if one of the files is damaged.
pub fn diff(old: &Database, new: &Database) -> Result<Delta, DbError> {
    let mut out = Delta { old: old.info().id.clone(), new: new.info().id.clone(), ..Delta::default() };
    if old.info().id == new.info().id {
        return Ok(out);
    }
    let (old_ids, new_ids) = (numbers(old)?, numbers(new)?);
    let mut touched: BTreeMap<&str, Touched> = BTreeMap::new();
    let (mut a, mut b) = (0, 0);
    let (a_end, b_end) = (old.items(Section::Keys), new.items(Section::Keys));
    while a < a_end || b < b_end {
        let key_a = if a < a_end { Some(old.item(Section::Keys, Section::KeyText, a)?.0) } else { None };
        let key_b = if b < b_end { Some(new.item(Section::Keys, Section::KeyText, b)?.0) } else { None };
        let order = match (key_a, key_b) {
            (Some(x), Some(y)) => x.cmp(y),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let said_a = if order == Ordering::Greater { BTreeMap::new() } else { said(old, a)? };
        let said_b = if order == Ordering::Less { BTreeMap::new() } else { said(new, b)? };
        let key = if order == Ordering::Greater { key_b } else { key_a }.unwrap_or_default();
        for id in said_a.keys().chain(said_b.keys()).collect::<BTreeSet<_>>() {
            if said_a.get(id) != said_b.get(id) {
                touched.entry(id).or_default().packages.push(package(key));
            }
        }
        a += usize::from(order != Ordering::Greater);
        b += usize::from(order != Ordering::Less);
    }
    for (id, touched) in touched {
        let change = |database: &Database, number: u32| -> Result<Change, DbError> {
            let about = database.advisory(number)?.vulnerabilities;
            let names = about.into_iter().map(|v| database.canonical(v).map(str::to_owned));
            Ok(Change {
                advisory: id.to_owned(),
                vulnerabilities: names.collect::<Result<_, _>>()?,
                packages: touched.packages,
            })
        };
        match (old_ids.get(id), new_ids.get(id)) {
            (Some(_), Some(n)) => out.changed.push(change(new, *n)?),
            (Some(n), None) => out.gone.push(change(old, *n)?),
            (None, Some(n)) => out.appeared.push(change(new, *n)?),
            (None, None) => {}
        }
    }
    out.exploited = exploited(old, new)?;
    Ok(out)
}

/// Numbers of advisories by their ids.
fn numbers(database: &Database) -> Result<BTreeMap<&str, u32>, DbError> {
    let mut out = BTreeMap::new();
    for n in 0..database.items(Section::AdvisoryRows) {
        let number = u32::try_from(n).map_err(|_| DbError::Malformed { part: "advisories" })?;
        out.insert(database.advisory(number)?.id, number);
    }
    Ok(out)
}

/// The words of key `n`: id of the advisory, and for each of its entries the bytes, and what of the advisory decides.
type Said<'d> = BTreeMap<&'d str, Vec<(&'d [u8], Vec<&'d str>, Vec<&'d str>)>>;

fn said(database: &Database, n: usize) -> Result<Said<'_>, DbError> {
    let (_, from) = database.row(Section::Keys, n)?;
    let (_, to) = database.row(Section::Keys, n + 1)?;
    let malformed = || DbError::Malformed { part: Section::Entries.name() };
    let mut reader = Reader(database.part(Section::Entries, from as usize..to as usize)?);
    let mut out = Said::new();
    for _ in 0..reader.count().ok_or_else(malformed)? {
        let number = reader.number().and_then(|n| u32::try_from(n).ok()).ok_or_else(malformed)?;
        let bytes = reader.bytes().ok_or_else(malformed)?;
        let advisory = database.advisory(number)?;
        out.entry(advisory.id).or_default().push((bytes, advisory.ratings, advisory.streams));
    }
    Ok(out)
}

fn package(key: &[u8]) -> (String, String) {
    let key = String::from_utf8_lossy(key);
    let (ecosystem, name) = key.split_once(KEY_SEPARATOR).unwrap_or((&key, ""));
    (ecosystem.to_owned(), name.to_owned())
}

/// Vulnerabilities that only `new` knows to be exploited.
fn exploited(old: &Database, new: &Database) -> Result<Vec<String>, DbError> {
    let known = |database: &Database| -> Result<BTreeSet<String>, DbError> {
        let mut out = BTreeSet::new();
        for n in 0..database.items(Section::VulnerabilityRows) {
            let id = VulnId(u32::try_from(n).map_err(|_| DbError::Malformed { part: "vulnerabilities" })?);
            let detail = database.detail(id)?;
            if detail.kev.is_some() {
                out.insert(detail.id);
            }
        }
        Ok(out)
    };
    let before = known(old)?;
    Ok(known(new)?.into_iter().filter(|id| !before.contains(id)).collect())
}
