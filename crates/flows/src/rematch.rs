//! `scan --rematch`: what is newly true of targets that were read before, from their reports and bills of materials
//! alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use advisory::db::{Database, Delta};
use model::purl::Purl;
use model::{Distribution, Package, Severity};
use ports::knowledge::OpenedDatabase;
use rules_package::{Matched, Memory};
use serde::Deserialize;

use crate::answers;
use crate::world::{FlowError, World};

/// Documents that a thread takes at a time.
const TAKEN: usize = 16;

/// Reports and bills of materials by number: what the face hands over, so that no more of them are held than are being
/// read.
pub trait Documents: Sync + Send {
    /// What each is called, in order.
    fn names(&self) -> &[String];

    /// The bytes of one.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, n: usize) -> Result<Vec<u8>, String>;
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RematchRequest {
    /// The database of now; `None` for the user's own.
    pub database: Option<String>,
    /// The database of then. Reports know what was true then; bills of materials do not.
    pub against: Option<String>,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct RematchReport {
    /// Id of the database of now.
    pub database: String,
    /// Id of the database of then, if one was named.
    pub against: Option<String>,
    /// Packages of which the two databases say different things, if one of then was named.
    pub touched: Option<u64>,
    /// One for each document, in order.
    pub rows: Vec<RematchRow>,
}

/// What came of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RematchRow {
    /// The document.
    pub name: String,
    /// Packages in it.
    pub packages: u64,
    /// True now and not then; without a then, all that is true now. By severity, id, package.
    pub news: Vec<Arc<News>>,
    /// True then and not now.
    pub gone: Vec<Arc<News>>,
    /// Packages of which nobody can know.
    pub unknown: u64,
    /// True if there was a then to compare with.
    pub compared: bool,
    /// Why it could not be read.
    pub unread: Option<String>,
}

/// A vulnerability of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct News {
    /// Severity.
    pub severity: Severity,
    /// Canonical id.
    pub vulnerability: String,
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The version to go to.
    pub fixed: Option<String>,
}

/// Asks again about every package of every document.
///
/// # Errors
/// [`FlowError`] if a database cannot be opened or is damaged.
pub fn rematch(
    world: &World<'_>,
    request: &RematchRequest,
    documents: &dyn Documents,
) -> Result<RematchReport, FlowError> {
    let damaged = |e: advisory::db::DbError| FlowError::Unreadable(e.to_string());
    let now = world.knowledge.open(request.database.as_deref())?;
    let then: Option<OpenedDatabase> =
        request.against.as_deref().map(|path| world.knowledge.open(Some(path))).transpose()?;
    let delta: Option<Delta> = then
        .as_ref()
        .map(|then| advisory::db::diff(&then.database, &now.database))
        .transpose()
        .map_err(damaged)?;
    let only = delta.as_ref().map(Delta::packages);
    let now_at = &*now.database;
    let then_at = then.as_ref().map(|t| &*t.database);
    let count = documents.names().len();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, RematchRow)>, FlowError> {
        let mut out = Vec::new();
        let mut memories = Memories {
            whole: Memory::new(now_at, None),
            now: Memory::new(now_at, only.as_ref()),
            then: then_at.map(|d| Memory::new(d, only.as_ref())),
            bills: sbom::Memory::default(),
        };
        loop {
            let from = next.fetch_add(TAKEN, Ordering::Relaxed);
            if count <= from {
                return Ok(out);
            }
            for n in from..count.min(from + TAKEN) {
                out.push((n, memories.row(documents, n)?));
            }
        }
    };
    let jobs = answers::threads(request.jobs);
    let mut rows = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(count.max(1))).map(|_| scope.spawn(work)).collect();
        let mut rows = Vec::with_capacity(count);
        for worker in workers {
            match worker.join() {
                Ok(done) => rows.append(&mut done?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, FlowError>(rows)
    })?;
    rows.sort_by_key(|(n, _)| *n);
    let id = |database: &Database| database.info().id.clone();
    Ok(RematchReport {
        database: id(now_at),
        against: then_at.map(id),
        touched: only.as_ref().map(|o| o.len() as u64),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    })
}

/// What a thread remembers.
struct Memories<'d> {
    whole: Memory<'d>,
    now: Memory<'d>,
    then: Option<Memory<'d>>,
    bills: sbom::Memory<Found>,
}

/// What is true of a package in a bill of materials.
struct Found {
    news: Vec<Arc<News>>,
    gone: Vec<Arc<News>>,
    is_unknown: bool,
}

/// A package of a report, and what was true of it then by ids and aliases.
type Known = (Package, BTreeMap<String, Arc<News>>);

impl Memories<'_> {
    fn row(&mut self, documents: &dyn Documents, n: usize) -> Result<RematchRow, FlowError> {
        let name = documents.names().get(n).cloned().unwrap_or_default();
        let mut row = RematchRow { name, ..RematchRow::default() };
        let read = match documents.read(n) {
            Ok(bytes) if is_report(&bytes) => self.report(&bytes, &mut row)?,
            Ok(bytes) => self.bill(&bytes, &mut row)?,
            Err(reason) => Err(reason),
        };
        row.unread = read.err();
        for list in [&mut row.news, &mut row.gone] {
            list.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
            list.dedup();
        }
        Ok(row)
    }

    fn report(&mut self, bytes: &[u8], row: &mut RematchRow) -> Result<Result<(), String>, FlowError> {
        let known = match of_report(bytes) {
            Ok(known) => known,
            Err(reason) => return Ok(Err(reason)),
        };
        row.packages = known.len() as u64;
        row.compared = true;
        for (package, then) in &known {
            self.against_report(package, then, row)?;
        }
        Ok(Ok(()))
    }

    fn bill(&mut self, bytes: &[u8], row: &mut RematchRow) -> Result<Result<(), String>, FlowError> {
        let packages = match self.bills.packages(bytes) {
            Ok(packages) => packages,
            Err(reason) => return Ok(Err(reason.to_string())),
        };
        row.packages = packages.len() as u64;
        row.compared = self.then.is_some();
        for noted in &packages {
            let found = match noted.note.get() {
                Some(found) => found,
                None => {
                    let found = self.against_database(&noted.package)?;
                    noted.note.get_or_init(|| found)
                }
            };
            row.unknown += u64::from(found.is_unknown);
            row.news.extend_from_slice(&found.news);
            row.gone.extend_from_slice(&found.gone);
        }
        Ok(Ok(()))
    }

    fn against_report(
        &mut self,
        package: &Package,
        then: &BTreeMap<String, Arc<News>>,
        row: &mut RematchRow,
    ) -> Result<(), FlowError> {
        let matched = ask(&mut self.whole, package)?;
        row.unknown += u64::from(matched.is_doubtful());
        let hits = matched.hits();
        let mut still: BTreeSet<&str> = BTreeSet::new();
        for hit in hits.values() {
            let v = &hit.vulnerability;
            let names = || std::iter::once(&v.id).chain(&v.aliases);
            match names().find_map(|name| then.get(name)) {
                Some(known) => still.extend([known.vulnerability.as_str()]),
                None => row.news.push(news(package, hit)),
            }
        }
        let mut told = BTreeSet::new();
        for known in then.values().filter(|k| !still.contains(k.vulnerability.as_str())) {
            if told.insert(&known.vulnerability) {
                row.gone.push(Arc::clone(known));
            }
        }
        Ok(())
    }

    fn against_database(&mut self, package: &Package) -> Result<Found, FlowError> {
        let list = |hits: &mut dyn Iterator<Item = &&rules_package::Hit>| -> Vec<Arc<News>> {
            hits.map(|hit| news(package, hit)).collect()
        };
        let Some(then) = &mut self.then else {
            let matched = ask(&mut self.whole, package)?;
            let news = list(&mut matched.hits().values());
            return Ok(Found { news, gone: Vec::new(), is_unknown: matched.is_doubtful() });
        };
        let (now, then) = (ask(&mut self.now, package)?, ask(then, package)?);
        let is_unknown = now.is_doubtful();
        let (now, then) = (now.hits(), then.hits());
        let names = |hits: &BTreeMap<&str, &rules_package::Hit>| -> BTreeSet<String> {
            let all = hits
                .values()
                .flat_map(|h| std::iter::once(&h.vulnerability.id).chain(&h.vulnerability.aliases));
            all.cloned().collect()
        };
        let (known_now, known_then) = (names(&now), names(&then));
        Ok(Found {
            news: list(&mut now.values().filter(|h| !known_then.contains(&h.vulnerability.id))),
            gone: list(&mut then.values().filter(|h| !known_now.contains(&h.vulnerability.id))),
            is_unknown,
        })
    }
}

fn ask(memory: &mut Memory<'_>, package: &Package) -> Result<Matched, FlowError> {
    memory.ask(package).map_err(|e| FlowError::Unreadable(e.to_string()))
}

fn news(package: &Package, hit: &rules_package::Hit) -> Arc<News> {
    Arc::new(News {
        severity: if hit.malicious { Severity::Critical } else { hit.severity },
        vulnerability: hit.vulnerability.id.clone(),
        package: package.name.clone(),
        version: package.version.clone(),
        fixed: hit.vulnerability.fixed.first().cloned(),
    })
}

/// The parts of a report that say what was read and found.
#[derive(Deserialize)]
struct Report {
    schema: String,
    targets: Vec<Target>,
    packages: Vec<api::PackageRow>,
    #[serde(default)]
    links: Vec<api::Link>,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Target {
    id: String,
    #[serde(default)]
    distribution: Option<Distribution>,
}

#[derive(Deserialize)]
struct Finding {
    target: String,
    severity: Severity,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    vulnerability: Option<Vulnerability>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    fixed: Vec<String>,
}

/// Bytes of a document in which it is looked whether it is a report.
const HEAD_BYTES: usize = 512;

fn is_report(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(HEAD_BYTES)).unwrap_or(bytes);
    let marker = b"\"plimsoll.report/";
    head.windows(marker.len()).any(|w| w == marker)
}

fn of_report(bytes: &[u8]) -> Result<Vec<Known>, String> {
    let report: Report = serde_json::from_slice(bytes).map_err(|e| format!("no report: {e}"))?;
    if report.schema != api::SCHEMA {
        return Err(format!("a report of schema `{}`; this version reads `{}`", report.schema, api::SCHEMA));
    }
    let distributions: BTreeMap<&str, &Distribution> =
        report.targets.iter().filter_map(|t| Some((t.id.as_str(), t.distribution.as_ref()?))).collect();
    let owned: BTreeSet<&str> =
        report.links.iter().filter(|l| l.kind == "owned-by").map(|l| l.from.as_str()).collect();
    let mut at: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut known: Vec<Known> = Vec::with_capacity(report.packages.len());
    for row in &report.packages {
        at.insert((&row.target, &row.id), known.len());
        let mut package = Package::new(row.kind, row.name.clone(), row.version.clone());
        package.source.clone_from(&row.source);
        // The URL tells whose package it is, and of which module.
        package.purl.clone_from(&row.purl);
        package.module = Purl::parse(&row.purl).ok().and_then(|p| p.qualifiers.get("rpmmod").cloned());
        package.paths.clone_from(&row.paths);
        if row.kind.is_distribution() {
            package.distribution = distributions.get(row.target.as_str()).map(|d| (*d).clone());
        }
        package.owner = owned.contains(row.id.as_str()).then(|| "package".to_owned());
        known.push((package, BTreeMap::new()));
    }
    for finding in &report.findings {
        let Some(v) = &finding.vulnerability else { continue };
        for id in &finding.packages {
            let Some(n) = at.get(&(finding.target.as_str(), id.as_str())) else { continue };
            let Some((package, then)) = known.get_mut(*n) else { continue };
            let news = Arc::new(News {
                severity: finding.severity,
                vulnerability: v.id.clone(),
                package: package.name.clone(),
                version: package.version.clone(),
                fixed: v.fixed.first().cloned(),
            });
            for name in std::iter::once(&v.id).chain(&v.aliases) {
                then.insert(name.clone(), Arc::clone(&news));
            }
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_of_a_report_is_asked_about_as_the_scan_asked() {
        let report = br#"{"schema": "plimsoll.report/1", "targets": [{"id": "t", "distribution": {"id": "rhel", "version": "8.10"}}],
          "packages": [{"id": "a", "target": "t", "name": "nodejs", "version": "1:18.1-1.module+el8", "type": "rpm",
            "purl": "pkg:rpm/redhat/nodejs@18.1-1.module%2Bel8?epoch=1&rpmmod=nodejs:18:8010:abc", "licenses": [], "paths": []},
           {"id": "b", "target": "t", "name": "zlib", "version": "1.3", "type": "conan",
            "purl": "pkg:conan/zlib@1.3?channel=stable&user=acme", "licenses": [], "paths": []}],
          "findings": []}"#;
        let known = of_report(report).unwrap();
        let packages: Vec<&Package> = known.iter().map(|(p, _)| p).collect();
        assert_eq!(packages[0].module.as_deref(), Some("nodejs:18:8010:abc"));
        assert_eq!(
            packages[1].purl, "pkg:conan/zlib@1.3?channel=stable&user=acme",
            "a user's own is no public package"
        );
    }
}
