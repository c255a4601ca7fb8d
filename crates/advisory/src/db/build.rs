//! From records to the bytes of a database.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use model::Timestamp;

use crate::db::copies;
use crate::db::detail::Kev;
use crate::db::info::{FeedInfo, Source};
use crate::db::tables;
use crate::ecosystem::{base, is_erratum};
use crate::feed::{KevEntry, Parsed, Problem};
use crate::identity;
use crate::record::{Coverage, Record};

/// Days by which the newest of many records may be ahead of all others.
const GAP_DAYS_MAX: i64 = 180;

/// Records that may be ahead by so much.
const STRAYS_MAX: usize = 20;

/// Records from which on such a gap means something.
const BELIEVED_MIN: usize = 1000;

/// Collects what was parsed.
#[derive(Debug, Default)]
pub struct Builder {
    records: Vec<Record>,
    kev: Vec<KevEntry>,
    epss: HashMap<String, (u32, u32)>,
    epss_rows: u64,
    snapshots: BTreeMap<String, Timestamp>,
    coverage: BTreeMap<String, Coverage>,
    repositories: BTreeSet<(String, String)>,
    problems: Vec<Problem>,
    ignored: u64,
    feeds: Vec<FeedInfo>,
    /// Of when an ecosystem is, as its upstream's own server says.
    served: BTreeMap<String, Timestamp>,
}

/// A finished database.
#[derive(Debug, Clone)]
pub struct Built {
    /// The file.
    pub bytes: Vec<u8>,
    /// What went in and what did not.
    pub summary: Summary,
}

/// What went into a database and what did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records read.
    pub records: u64,
    /// Of these, copies of an id that were united with another.
    pub copies: u64,
    /// Ids whose newest record takes them back.
    pub withdrawn: u64,
    /// Ids of errata that name no vulnerability.
    pub not_about_security: u64,
    /// Ids that name no package of an ecosystem; they add to what is known of a vulnerability, and match nothing.
    pub without_package: u64,
    /// Vulnerabilities after joining, of those that a package is affected by.
    pub vulnerabilities: u64,
    /// Files that are no documents of a feed by their name, and were not opened.
    pub ignored: u64,
    /// Documents or parts that could not be read; a record of which only a date or a score is odd is none of them.
    pub unread: u64,
    /// What could not be read, and what is odd.
    pub problems: Vec<Problem>,
}

/// Why a database could not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// There is no advisory in what was given.
    Empty,
    /// A table outgrew the format.
    TooLarge(&'static str),
    /// The compressor failed.
    Compression,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no advisory in what was given"),
            Self::TooLarge(what) => write!(f, "too much for one database: {what}"),
            Self::Compression => f.write_str("a block could not be compressed"),
        }
    }
}

impl std::error::Error for BuildError {}

impl Builder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what a document held. The database does not depend on the order of documents.
    pub fn add(&mut self, parsed: Parsed) {
        self.records.extend(parsed.records);
        self.kev.extend(parsed.kev);
        self.epss_rows += parsed.epss.len() as u64;
        for (cve, score, percentile) in parsed.epss {
            let known = self.epss.entry(cve).or_default();
            *known = (*known).max((score, percentile));
        }
        for (source, time) in parsed.snapshots {
            let known = self.snapshots.entry(source).or_insert(time);
            *known = (*known).max(time);
        }
        for (source, coverage) in parsed.coverage {
            self.declare(&source, coverage);
        }
        self.repositories.extend(parsed.repositories);
        self.problems.extend(parsed.problems);
    }

    /// Notes a problem of reading.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes a feed that the documents came from. Of its ecosystem it is the upstream's word as of its own time.
    pub fn feed(&mut self, feed: FeedInfo) {
        if let (Some(ecosystem), Some(time), None) = (&feed.ecosystem, feed.modified, &feed.problem) {
            let known = self.served.entry(base(ecosystem).to_owned()).or_insert(time);
            *known = (*known).max(time);
        }
        self.feeds.push(feed);
        self.feeds.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Counts files that were not opened.
    pub fn ignore(&mut self, files: u64) {
        self.ignored += files;
    }

    /// States how much of an ecosystem (`Debian`, or one release of it, `Debian:12`) the documents cover. What is
    /// once complete stays so.
    pub fn declare(&mut self, ecosystem: &str, coverage: Coverage) {
        let known = self.coverage.entry(ecosystem.to_owned()).or_insert(coverage);
        *known = (*known).max(coverage);
    }

    /// Joins, sorts and writes.
    ///
    /// # Errors
    /// [`BuildError`] if there is nothing to write, or too much.
    pub fn finish(mut self) -> Result<Built, BuildError> {
        let mut summary =
            Summary { records: self.records.len() as u64, ignored: self.ignored, ..Summary::default() };
        self.problems.sort_unstable();
        self.problems.dedup();
        summary.unread = self.problems.len() as u64;
        let records = copies::unite(std::mem::take(&mut self.records));
        summary.copies = summary.records - records.len() as u64;
        let newest_max = self.newest_believed(&records);
        let sources = self.sources(&records, newest_max);
        let records = keep(records, &mut summary);
        if records.is_empty() && self.kev.is_empty() && self.epss.is_empty() {
            return Err(BuildError::Empty);
        }
        let complete = self.complete();
        let identities = identity::join(&records);
        let kev = self.kev.drain(..).map(|k| (k.cve.clone(), k)).collect::<BTreeMap<_, _>>();
        let knowledge =
            tables::Knowledge { kev: &kev, epss: &self.epss, complete: &complete, feeds: &self.feeds };
        let mut problems = BTreeMap::new();
        let (bytes, vulnerabilities) =
            tables::write(records, &identities, &knowledge, sources, &mut problems)?;
        summary.vulnerabilities = vulnerabilities;
        summary.problems = self.problems;
        summary.problems.extend(problems.into_values());
        summary.problems.sort_unstable();
        summary.problems.dedup();
        Ok(Built { bytes, summary })
    }

    /// Names of ecosystems, with or without release, that are covered as a whole.
    fn complete(&self) -> BTreeSet<String> {
        let declared =
            self.coverage.iter().filter(|(_, c)| **c == Coverage::Complete).map(|(name, _)| name.clone());
        let mut out: BTreeSet<String> = declared.collect();
        for (ecosystem, repository) in &self.repositories {
            let has = |name: &str| self.repositories.contains(&(ecosystem.clone(), name.to_owned()));
            // Alpine v3.2 had no community repository yet; Wolfi and Chainguard have one repository, `os`.
            if (has("main") && (has("community") || ecosystem == "Alpine:v3.2")) || repository == "os" {
                out.insert(ecosystem.clone());
            }
        }
        out
    }

    /// The newest time that is believed. A few records far ahead of thousands of others have slips of the pen for
    /// dates, and must not make the whole database look fresh; nothing here may ask a clock.
    fn newest_believed(&mut self, records: &[Record]) -> Timestamp {
        let mut times: Vec<(Timestamp, &str)> =
            records.iter().filter_map(|r| Some((r.modified?, r.id.as_str()))).collect();
        times.extend(self.snapshots.iter().map(|(name, t)| (*t, name.as_str())));
        times.sort_unstable_by(|a, b| b.cmp(a));
        let top = times.get(..=STRAYS_MAX).filter(|_| BELIEVED_MIN <= times.len()).unwrap_or_default();
        let gap = top.windows(2).position(|pair| match pair {
            [(later, _), (earlier, _)] => GAP_DAYS_MAX < later.days_since(*earlier),
            _ => false,
        });
        let strays = gap.map_or(0, |at| at + 1);
        let newest = times.get(strays).map_or(Timestamp(0), |(time, _)| *time);
        for (time, id) in times.iter().take(strays) {
            let ahead = time.days_since(newest);
            self.problems.push(Problem::new(
                *id,
                format!("modified {time}, {ahead} days after all but {strays} records"),
            ));
        }
        newest
    }

    /// One source for each ecosystem, and the feeds that are about CVE ids alone.
    fn sources(&self, records: &[Record], newest_max: Timestamp) -> Vec<Source> {
        let complete = self.complete();
        let mut out: BTreeMap<&str, (u64, Timestamp, BTreeSet<&str>)> = BTreeMap::new();
        for record in records.iter().filter(|r| !r.withdrawn) {
            let names: BTreeSet<&str> = record.affected.iter().map(|a| a.ecosystem.as_str()).collect();
            let bases: BTreeSet<&str> = names.iter().map(|n| base(n)).collect();
            for name in bases {
                let (count, newest, releases) =
                    out.entry(name).or_insert_with(|| (0, Timestamp(0), BTreeSet::new()));
                *count += 1;
                let time = record.modified.or(record.published).unwrap_or(Timestamp(0));
                *newest = if time <= newest_max { (*newest).max(time) } else { *newest };
                releases.extend(names.iter().filter(|n| base(n) == name));
            }
        }
        for (name, (_, newest, _)) in &mut out {
            // A server's word was held against the clock when it was fetched; it is no slip of a record's pen.
            *newest = (*newest).max(self.served.get(*name).copied().unwrap_or(*newest));
        }
        for (name, rows) in [("kev", self.kev.len() as u64), ("epss", self.epss_rows)] {
            if rows != 0 {
                let newest = self.snapshots.get(name).copied().unwrap_or(Timestamp(0));
                out.insert(name, (rows, newest, BTreeSet::from([name])));
            }
        }
        let coverage = |name: &str, releases: &BTreeSet<&str>| {
            let whole = complete.contains(name) || releases.iter().all(|r| complete.contains(*r));
            if whole { Coverage::Complete } else { Coverage::Partial }
        };
        out.into_iter()
            .map(|(name, (records, snapshot, releases))| Source {
                name: name.to_owned(),
                snapshot,
                records,
                coverage: coverage(name, &releases),
            })
            .collect()
    }
}

/// What may match or tell something: neither withdrawn nor an erratum that is not about security.
fn keep(records: Vec<Record>, summary: &mut Summary) -> Vec<Record> {
    records
        .into_iter()
        .filter(|record| {
            if record.withdrawn {
                summary.withdrawn += 1;
                return false;
            }
            if is_erratum(&record.id) && record.related.is_empty() && record.aliases.is_empty() {
                summary.not_about_security += 1;
                return false;
            }
            summary.without_package += u64::from(record.affected.is_empty());
            true
        })
        .collect()
}

impl From<&KevEntry> for Kev {
    fn from(entry: &KevEntry) -> Self {
        Self { added: entry.added.clone(), due: entry.due.clone(), ransomware: entry.ransomware }
    }
}
