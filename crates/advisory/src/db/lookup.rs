//! What the database says of a package and of a vulnerability.

use std::sync::Arc;

use model::Timestamp;

use crate::db::codec::Reader;
use crate::db::compose::of_text;
use crate::db::detail::{Detail, Severity};
use crate::db::error::DbError;
use crate::db::layout::{KEY_SEPARATOR, Section};
use crate::db::open::Database;
use crate::ecosystem::key_name;
use crate::record::{Kind, Stance};

/// Inflated blocks that are kept at a time; of about 32 KiB each.
const INFLATED_MAX: usize = 512;

/// Inflated bytes of the longest block.
const BLOCK_BYTES_MAX: u32 = 64 << 20;

/// A vulnerability within one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VulnId(pub u32);

/// One advisory's word on one package.
#[derive(Debug, Clone)]
pub struct Entry<'d> {
    /// Number of the advisory.
    pub advisory: u32,
    /// Ranges, each a list of events.
    pub ranges: Vec<Vec<(Kind, &'d str)>>,
    /// Versions that no range covers.
    pub versions: Vec<&'d str>,
    /// The distribution's own word: `unimportant`, `end-of-life`.
    pub urgency: Option<&'d str>,
    /// Ratings of this package alone: vectors and words.
    pub ratings: Vec<&'d str>,
    /// What its publisher says of it beyond versions, and why; the reason may be empty.
    pub statement: Option<(Stance, &'d str)>,
    /// The module stream that alone it is about, `nodejs:18`.
    pub stream: Option<&'d str>,
    /// True if it comes from the distribution's own feed.
    pub primary: bool,
}

/// An advisory.
#[derive(Debug, Clone)]
pub struct Advisory<'d> {
    /// Its id, `DSA-5417-1`.
    pub id: &'d str,
    /// True if it is about a vulnerability of its own; false if it announces a fix of what others describe.
    pub own: bool,
    /// What it is about.
    pub vulnerabilities: Vec<VulnId>,
    /// Last change.
    pub modified: Option<Timestamp>,
    /// Its ratings: vectors and words.
    pub ratings: Vec<&'d str>,
    /// The module streams it is about, `nodejs:18`; empty if it is about no module.
    pub streams: Vec<&'d str>,
    /// Where to read it.
    pub url: Option<&'d str>,
}

impl Advisory<'_> {
    /// The severity that its ratings state.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.ratings.iter().find_map(|r| of_text(r, self.id))
    }
}

impl Entry<'_> {
    /// The severity that the ratings of this package state; `advisory` is where they stand.
    #[must_use]
    pub fn severity(&self, advisory: &str) -> Option<Severity> {
        self.ratings.iter().find_map(|r| of_text(r, advisory))
    }
}

impl Database {
    /// Every advisory's word on a package of an ecosystem (`Debian:12`, `curl`).
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn lookup(&self, ecosystem: &str, name: &str) -> Result<Vec<Entry<'_>>, DbError> {
        let name = key_name(ecosystem, name);
        if ecosystem.contains(KEY_SEPARATOR) || name.contains(KEY_SEPARATOR) {
            return Ok(Vec::new());
        }
        let key = format!("{ecosystem}{KEY_SEPARATOR}{name}");
        match self.find(Section::Keys, Section::KeyText, key.as_bytes())? {
            Some(n) => self.entries(n),
            None => Ok(Vec::new()),
        }
    }

    /// Entries of key `n`.
    pub(crate) fn entries(&self, n: usize) -> Result<Vec<Entry<'_>>, DbError> {
        let (_, from) = self.row(Section::Keys, n)?;
        let (_, to) = self.row(Section::Keys, n + 1)?;
        let mut reader = Reader(self.part(Section::Entries, from as usize..to as usize)?);
        let mut read = || {
            let count = reader.count()?;
            let mut out = Vec::with_capacity(count);
            for _ in 0..count {
                let advisory = u32::try_from(reader.number()?).ok()?;
                out.push(entry(advisory, &mut Reader(reader.bytes()?))?);
            }
            Some(out)
        };
        read().ok_or(DbError::Malformed { part: Section::Entries.name() })
    }

    /// The advisory of an entry.
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn advisory(&self, number: u32) -> Result<Advisory<'_>, DbError> {
        let (bytes, _) = self.item(Section::AdvisoryRows, Section::Advisories, number as usize)?;
        let mut r = Reader(bytes);
        let mut read = || {
            let id = r.text()?;
            let own = r.number()? != 0;
            let vulnerabilities = (0..r.count()?)
                .map(|_| u32::try_from(r.number()?).ok().map(VulnId))
                .collect::<Option<_>>()?;
            let modified = Some(Timestamp(r.signed()?)).filter(|t| t.0 != 0);
            let (ratings, streams) = (r.texts()?, r.texts()?);
            let url = Some(r.text()?).filter(|u| !u.is_empty());
            Some(Advisory { id, own, vulnerabilities, modified, ratings, streams, url })
        };
        read().ok_or(DbError::Malformed { part: Section::Advisories.name() })
    }

    /// Canonical id of a vulnerability.
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn canonical(&self, vulnerability: VulnId) -> Result<&str, DbError> {
        let (bytes, _) =
            self.item(Section::VulnerabilityRows, Section::Vulnerabilities, vulnerability.0 as usize)?;
        Reader(bytes).text().ok_or(DbError::Malformed { part: Section::Vulnerabilities.name() })
    }

    /// All that is known of a vulnerability.
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn detail(&self, vulnerability: VulnId) -> Result<Detail, DbError> {
        let (bytes, _) =
            self.item(Section::VulnerabilityRows, Section::Vulnerabilities, vulnerability.0 as usize)?;
        let mut r = Reader(bytes);
        let mut place = || {
            r.text()?;
            let (block, offset, length) = (r.number()?, r.number()?, r.number()?);
            let offset = usize::try_from(offset).ok()?;
            Some((u32::try_from(block).ok()?, offset, offset.checked_add(usize::try_from(length).ok()?)?))
        };
        let malformed = DbError::Malformed { part: Section::Blocks.name() };
        let (block, from, to) = place().ok_or(malformed.clone())?;
        let block = self.block(block)?;
        block.get(from..to).and_then(Detail::decode).ok_or(malformed)
    }

    fn block(&self, n: u32) -> Result<Arc<Vec<u8>>, DbError> {
        // A poisoned lock means that another thread panicked while it held whole blocks; they are still right.
        let lock = || self.inflated.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(block) = lock().get(&n) {
            return Ok(Arc::clone(block));
        }
        let (frame, length) = self.item(Section::BlockRows, Section::Blocks, n as usize)?;
        let malformed = DbError::Malformed { part: Section::Blocks.name() };
        if BLOCK_BYTES_MAX < length {
            return Err(malformed);
        }
        let inflated = zstd::bulk::decompress(frame, length as usize).map_err(|_| malformed)?;
        let block = Arc::new(inflated);
        let mut kept = lock();
        if INFLATED_MAX <= kept.len() {
            kept.clear();
        }
        kept.insert(n, Arc::clone(&block));
        Ok(block)
    }

    /// Number of the item that is `wanted`, in a table sorted by its items.
    pub(crate) fn find(
        &self,
        rows: Section,
        texts: Section,
        wanted: &[u8],
    ) -> Result<Option<usize>, DbError> {
        let at = self.lower_bound(rows, texts, wanted)?;
        if at < self.items(rows) && self.item(rows, texts, at)?.0 == wanted {
            return Ok(Some(at));
        }
        Ok(None)
    }

    /// Number of the first item that is not below `wanted`.
    pub(crate) fn lower_bound(&self, rows: Section, texts: Section, wanted: &[u8]) -> Result<usize, DbError> {
        let (mut low, mut high) = (0, self.items(rows));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.item(rows, texts, middle)?.0 < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Reads every row of every table.
    pub(crate) fn verify_tables(&self) -> Result<(), DbError> {
        for n in 0..self.items(Section::Keys) {
            for entry in self.entries(n)? {
                for vulnerability in self.advisory(entry.advisory)?.vulnerabilities {
                    self.canonical(vulnerability)?;
                }
            }
        }
        for n in 0..self.items(Section::VulnerabilityRows) {
            let id = VulnId(u32::try_from(n).map_err(|_| DbError::Malformed { part: "vulnerabilities" })?);
            self.detail(id)?;
        }
        for n in 0..self.items(Section::Ids) {
            self.item(Section::Ids, Section::IdText, n)?;
        }
        Ok(())
    }
}

fn entry<'d>(advisory: u32, r: &mut Reader<'d>) -> Option<Entry<'d>> {
    let mut ranges = Vec::with_capacity(1);
    for _ in 0..r.count()? {
        let count = r.count()?;
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            let kind = match r.byte()? {
                0 => Kind::Introduced,
                1 => Kind::Fixed,
                2 => Kind::LastAffected,
                3 => Kind::Limit,
                _ => return None,
            };
            events.push((kind, r.text()?));
        }
        ranges.push(events);
    }
    let versions = r.texts()?;
    let urgency = Some(r.text()?).filter(|u| !u.is_empty());
    let ratings = r.texts()?;
    let (primary, statement) = match r.byte() {
        None => (false, None),
        Some(primary) => {
            let (stance, reason) = (r.byte()?, r.text()?);
            (primary != 0, Stance::of_code(stance).map(|s| (s, reason)))
        }
    };
    let stream = if r.0.is_empty() { None } else { Some(r.text()?) };
    Some(Entry { advisory, ranges, versions, urgency, ratings, statement, stream, primary })
}
