//! Holds ignore entries and VEX statements against findings.

use std::collections::BTreeMap;

use api::{Because, Finding, Note, NoteKind, PackageRow, Status, Suppression, TargetRow};
use model::purl::Purl;

use super::ignore::{IgnoreEntry, PackagePattern};
use super::inline::Inline;
use super::product::{Miss, Scene, covers, purl_covers};
use super::vex::Statement;
use super::{Account, Context, IgnoreFile, Trace, Vex};

/// Suppresses findings: they stay in the report with [`Status::Suppressed`]. Each decision is also a step of the
/// finding's `because`.
pub fn apply(findings: &mut [Finding], context: &Context<'_>) -> Account {
    let index = Index::new(context);
    let mut account = Account::default();
    let mut ignore_uses: Vec<Vec<Use>> =
        context.ignores.iter().map(|f| f.entries.iter().map(|_| Use::default()).collect()).collect();
    let mut vex_uses: Vec<Vec<Use>> =
        context.vex.iter().map(|v| v.statements.iter().map(|_| Use::default()).collect()).collect();
    let mut inline_uses: Vec<Use> = context.inlines.iter().map(|_| Use::default()).collect();
    for finding in findings.iter_mut() {
        let mut traces = Vec::new();
        for (file, uses) in context.ignores.iter().zip(&mut ignore_uses) {
            by_ignore(finding, file, uses, &index, &mut traces);
        }
        by_inline(finding, &mut inline_uses, &index, &mut traces);
        by_vex(finding, &mut vex_uses, &index, &mut traces);
        finding.because.extend(traces.iter().map(|t| {
            let what = if t.suppressed {
                format!("suppressed: {}", t.why)
            } else {
                format!("not suppressed: {}", t.why)
            };
            Because::new(what, t.by.clone())
        }));
        account.traces.extend(traces);
    }
    for (file, uses) in context.ignores.iter().zip(&ignore_uses) {
        account.notes.extend(ignore_notes(file, uses, &index));
    }
    for (inline, uses) in context.inlines.iter().zip(&inline_uses) {
        let is_slip = !inline.is_copy || 0 < uses.covered;
        let note = ignore_note(&inline.by, &inline.entry, uses, &index).filter(|_| is_slip);
        // One annotation accepts several things.
        let named =
            |n: Note| Note { message: format!("{}: {}", inline.entry.ids.join(", "), n.message), ..n };
        account.notes.extend(note.map(named));
    }
    for (vex, uses) in context.vex.iter().zip(&vex_uses) {
        account.notes.extend(vex.notes.iter().cloned());
        account.notes.extend(vex_notes(vex, uses));
    }
    account
}

/// How an entry or statement fared.
#[derive(Debug, Clone, Default)]
struct Use {
    /// Findings it covers.
    covered: usize,
    /// Findings it was meant for and does not cover, and why the first of them.
    missed: usize,
    first_miss: Option<String>,
}

impl Use {
    fn miss(&mut self, why: &str) {
        self.missed += 1;
        self.first_miss.get_or_insert_with(|| why.to_owned());
    }
}

/// The context, indexed.
struct Index<'r> {
    context: &'r Context<'r>,
    packages: BTreeMap<(&'r str, &'r str), &'r PackageRow>,
    purls: BTreeMap<&'r str, Vec<(Purl, &'r PackageRow)>>,
    targets: BTreeMap<&'r str, &'r TargetRow>,
    /// Acceptances by target and path of their file.
    inlines: BTreeMap<(&'r str, &'r str), Vec<usize>>,
    /// Statements by lower-case vulnerability id: document, statement.
    statements: BTreeMap<&'r str, Vec<(usize, usize)>>,
    today: String,
}

impl<'r> Index<'r> {
    fn new(context: &'r Context<'r>) -> Self {
        let mut purls: BTreeMap<&str, Vec<(Purl, &PackageRow)>> = BTreeMap::new();
        for row in context.packages {
            if let Ok(purl) = Purl::parse(&row.purl) {
                purls.entry(&row.target).or_default().push((purl, row));
            }
        }
        let mut statements: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        for (v, vex) in context.vex.iter().enumerate() {
            for (s, statement) in vex.statements.iter().enumerate() {
                statement.names.iter().for_each(|name| statements.entry(name).or_default().push((v, s)));
            }
        }
        let mut inlines: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (n, inline) in context.inlines.iter().enumerate() {
            inlines.entry((&inline.target, inline.scope.path())).or_default().push(n);
        }
        Self {
            context,
            inlines,
            packages: context.packages.iter().map(|p| ((p.target.as_str(), p.id.as_str()), p)).collect(),
            purls,
            targets: context.targets.iter().map(|t| (t.id.as_str(), t)).collect(),
            statements,
            today: context.as_of.date(),
        }
    }

    fn packages_of(&self, finding: &Finding) -> Vec<Option<&'r PackageRow>> {
        let row = |id: &String| self.packages.get(&(finding.target.as_str(), id.as_str())).copied();
        finding.packages.iter().map(row).collect()
    }
}

fn ids(finding: &Finding) -> impl Iterator<Item = &str> {
    let vulnerability = finding.vulnerability.iter().flat_map(|v| v.aliases.iter().chain([&v.id]));
    vulnerability.chain([&finding.id]).map(String::as_str)
}

fn by_ignore(
    finding: &mut Finding,
    file: &IgnoreFile,
    uses: &mut [Use],
    index: &Index<'_>,
    out: &mut Vec<Trace>,
) {
    for (entry, uses) in file.entries.iter().zip(uses) {
        let Some(fit) = fits(entry, finding, index) else { continue };
        let by = format!("{}:{}", file.name, entry.line);
        match fit {
            Err(why) => {
                uses.miss(&why);
                out.push(trace(finding, &by, false, why));
            }
            Ok(()) => {
                uses.covered += 1;
                out.extend(hold(finding, entry, &by, index));
            }
        }
    }
}

fn by_inline(finding: &mut Finding, uses: &mut [Use], index: &Index<'_>, out: &mut Vec<Trace>) {
    let all = index.inlines.get(&(finding.target.as_str(), finding.r#where.path.as_str())).cloned();
    for n in all.into_iter().flatten() {
        let (Some(inline), Some(uses)) = (index.context.inlines.get(n), uses.get_mut(n)) else { continue };
        let Inline { entry, scope, by, .. } = inline;
        if !entry.ids.iter().any(|id| *id == finding.rule) || !scope.covers(&finding.r#where) {
            continue;
        }
        match scope.leaves_out(finding) {
            Some(line) => {
                let why = format!("it is about line {line} as well, where it does not hold");
                uses.miss(&why);
                out.push(trace(finding, by, false, why));
            }
            None => {
                uses.covered += 1;
                let trace = hold(finding, entry, by, index);
                if let (Some(suppression), Some(Trace { suppressed: true, .. })) =
                    (&mut finding.suppression, &trace)
                {
                    suppression.in_source = true;
                }
                out.extend(trace);
            }
        }
    }
}

fn trace(finding: &Finding, by: &str, suppressed: bool, why: String) -> Trace {
    let (target, id) = (finding.target.clone(), finding.id.clone());
    Trace { target, finding: id, by: by.to_owned(), suppressed, why }
}

/// Suppresses a finding that an entry covers, unless it does not hold on the day of the scan.
fn hold(finding: &mut Finding, entry: &IgnoreEntry, by: &str, index: &Index<'_>) -> Option<Trace> {
    match &entry.until {
        _ if entry.since.as_ref().is_some_and(|since| index.today < *since) => {
            let since = entry.since.as_deref().unwrap_or("");
            let why = format!("the entry holds from {since} on, the scan is of {}", index.today);
            Some(trace(finding, by, false, why))
        }
        Some(until) if *until < index.today => {
            Some(trace(finding, by, false, format!("the entry held until {until}")))
        }
        _ if finding.status == Status::Suppressed => None,
        until => {
            suppress(finding, by, &entry.reason, entry.owner.clone(), until.clone());
            Some(trace(finding, by, true, entry.reason.clone()))
        }
    }
}

fn suppress(finding: &mut Finding, by: &str, reason: &str, owner: Option<String>, until: Option<String>) {
    finding.status = Status::Suppressed;
    let (by, reason) = (by.to_owned(), reason.to_owned());
    finding.suppression = Some(Box::new(Suppression { by, reason, owner, until, in_source: false }));
}

/// `None` if the entry is not meant for the finding, else whether all it names fits.
fn fits(entry: &IgnoreEntry, finding: &Finding, index: &Index<'_>) -> Option<Result<(), String>> {
    let id_fits = entry.ids.iter().any(|wanted| ids(finding).any(|id| id.eq_ignore_ascii_case(wanted)));
    let rule_fits = entry.rule.as_ref().is_none_or(|r| *r == finding.rule);
    if (!entry.ids.is_empty() && !id_fits) || (entry.ids.is_empty() && !rule_fits) {
        return None;
    }
    if !rule_fits {
        return Some(Err(format!("the rule is {}", finding.rule)));
    }
    if let Some(pattern) = &entry.package
        && let Err(miss) = package_fits(pattern, finding, index)
    {
        return match miss {
            Miss::Far(_) if entry.ids.is_empty() => None,
            miss => Some(Err(miss.text())),
        };
    }
    let Some(glob) = &entry.path else { return Some(Ok(())) };
    let packages = index.packages_of(finding);
    let package_paths = packages.iter().flatten().flat_map(|p| p.paths.iter()).map(String::as_str);
    let paths: Vec<&str> = [finding.r#where.path.as_str()].into_iter().chain(package_paths).collect();
    // What lies nowhere is not what lies at a path, whatever the pattern.
    if paths.iter().all(|path| path.is_empty()) {
        return Some(Err("the finding is about no file".to_owned())).filter(|_| !entry.ids.is_empty());
    }
    match paths.iter().find(|path| !path.is_empty() && !glob.matches(path)) {
        None => Some(Ok(())),
        // An entry that names nothing but a path is meant for what lies there, and for nothing else.
        Some(_) if entry.ids.is_empty() && entry.package.is_none() && entry.rule.is_none() => None,
        Some(path) => Some(Err(format!("`{path}` does not fit the path `{}`", glob.as_str()))),
    }
}

/// Every package of the finding must fit: an entry for one of two does not cover both.
fn package_fits(pattern: &PackagePattern, finding: &Finding, index: &Index<'_>) -> Result<(), Miss> {
    let rows = index.packages_of(finding);
    if rows.is_empty() {
        return Err(Miss::Far("the finding is about no package".to_owned()));
    }
    for row in rows {
        let row = row.ok_or_else(|| Miss::Far("its package is not in the report".to_owned()))?;
        match pattern {
            PackagePattern::Purl(named) => {
                let found = Purl::parse(&row.purl).map_err(|e| Miss::Far(format!("`{}`: {e}", row.purl)))?;
                purl_covers(named, &found, row)?;
            }
            PackagePattern::Name { name, version } => {
                let of_source = row.source.as_ref().is_some_and(|s| name.matches(&s.name));
                if !name.matches(&row.name) && !of_source {
                    return Err(Miss::Far(format!("the package is {}", row.name)));
                }
                if let Some(wanted) = version
                    && *wanted != row.version
                {
                    return Err(Miss::Near(format!(
                        "the entry is about {} {wanted}, and {} is installed",
                        row.name, row.version
                    )));
                }
            }
        }
    }
    Ok(())
}

fn by_vex(finding: &mut Finding, uses: &mut [Vec<Use>], index: &Index<'_>, out: &mut Vec<Trace>) {
    if finding.vulnerability.is_none() {
        return;
    }
    let mut candidates: Vec<(usize, usize)> = ids(finding)
        .filter_map(|id| index.statements.get(id.to_ascii_lowercase().as_str()))
        .flatten()
        .copied()
        .collect();
    candidates.sort_unstable();
    candidates.dedup();
    let rows = index.packages_of(finding);
    // Per package the newest statement that covers it decides; of equally new ones the last.
    let mut deciding: Vec<Option<(usize, usize)>> = vec![None; rows.len()];
    for (v, s) in candidates {
        let Some(statement) = statement(index, v, s) else { continue };
        let mut misses = Vec::new();
        // What was said later was not known at that moment.
        let early = statement.at.filter(|at| index.context.as_of < *at);
        for (row, chosen) in rows.iter().zip(&mut deciding) {
            let held =
                row.map_or(Err("its package is not in the report".to_owned()), |r| held(statement, r, index));
            match (held, early) {
                (Ok(()), Some(at)) => misses.push(format!(
                    "it says {}, but is of {at}, later than the scan's date {}",
                    statement.status.as_str(),
                    index.context.as_of
                )),
                (Ok(()), None) => {
                    let older = chosen.and_then(|(v, s)| statement_time(index, v, s)) <= statement.at;
                    if chosen.is_none() || older {
                        *chosen = Some((v, s));
                    }
                }
                (Err(why), _) => misses.push(why),
            }
        }
        let counts = uses.get_mut(v).and_then(|u| u.get_mut(s));
        match (misses.len() < rows.len(), misses.first()) {
            (true, _) => counts.into_iter().for_each(|u| u.covered += 1),
            (false, why) => {
                let why = why.cloned().unwrap_or_else(|| "the finding is about no package".to_owned());
                counts.into_iter().for_each(|u| u.miss(&why));
                let (target, id) = (finding.target.clone(), finding.id.clone());
                out.push(Trace { target, finding: id, by: statement.by.clone(), suppressed: false, why });
            }
        }
    }
    decide(finding, &rows, &deciding, index, out);
}

fn statement<'r>(index: &Index<'r>, v: usize, s: usize) -> Option<&'r Statement> {
    index.context.vex.get(v)?.statements.get(s)
}

fn statement_time(index: &Index<'_>, v: usize, s: usize) -> Option<model::Timestamp> {
    statement(index, v, s)?.at
}

/// Whether a product of the statement covers the package.
fn held(statement: &Statement, row: &PackageRow, index: &Index<'_>) -> Result<(), String> {
    let empty = Vec::new();
    let others = index.purls.get(row.target.as_str()).unwrap_or(&empty);
    let purl = others.iter().find(|(_, r)| r.id == row.id).map(|(purl, _)| purl);
    let target = index.targets.get(row.target.as_str()).copied();
    let scene = Scene { target, others, package: row, purl };
    let mut nearest: Option<Miss> = None;
    for product in &statement.products {
        match covers(product, &scene) {
            Ok(()) => return Ok(()),
            Err(miss) => nearest = Some(nearest.map_or(miss.clone(), |n| n.min(miss))),
        }
    }
    Err(nearest.map_or("it names no product".to_owned(), Miss::text))
}

fn decide(
    finding: &mut Finding,
    rows: &[Option<&PackageRow>],
    deciding: &[Option<(usize, usize)>],
    index: &Index<'_>,
    out: &mut Vec<Trace>,
) {
    let chosen: Vec<Option<&Statement>> =
        deciding.iter().map(|d| d.and_then(|(v, s)| statement(index, v, s))).collect();
    let Some(first) = chosen.iter().flatten().next().copied() else { return };
    let (target, id) = (finding.target.clone(), finding.id.clone());
    let mut trace = |by: &Statement, suppressed: bool, why: String| {
        let by = by.by.clone();
        out.push(Trace { target: target.clone(), finding: id.clone(), by, suppressed, why });
    };
    if let Some(open) = chosen.iter().flatten().find(|s| !s.status.suppresses()) {
        trace(open, false, format!("the newest statement says {}", open.status.as_str()));
        return;
    }
    if let Some((row, _)) = rows.iter().zip(&chosen).find(|(_, c)| c.is_none()) {
        let name = row.map_or("a package", |r| r.name.as_str());
        trace(first, false, format!("the statement does not cover {name}, which shares the finding"));
        return;
    }
    let said = if first.reason.is_empty() { String::new() } else { format!(": {}", first.reason) };
    let why = format!("{}{said}", first.status.as_str());
    if finding.status == Status::Open {
        trace(first, true, why.clone());
        let owner = index.context.vex.iter().find(|v| first.by.starts_with(&format!("{}#", v.name)));
        suppress(finding, &first.by, &why, owner.and_then(|v| v.author.clone()), None);
    }
}

fn ignore_notes(file: &IgnoreFile, uses: &[Use], index: &Index<'_>) -> Vec<Note> {
    let by = |entry: &IgnoreEntry| format!("{}:{}", file.name, entry.line);
    file.entries.iter().zip(uses).filter_map(|(e, u)| ignore_note(&by(e), e, u, index)).collect()
}

fn ignore_note(by: &str, entry: &IgnoreEntry, uses: &Use, index: &Index<'_>) -> Option<Note> {
    let expired = entry.until.as_ref().filter(|until| **until < index.today);
    let (kind, message) = match (expired, uses.covered) {
        (Some(until), 0) => {
            (NoteKind::ExpiredIgnore, format!("held until {until} and covers nothing; remove it"))
        }
        (Some(until), n) => {
            let findings = if n == 1 { "1 finding is".to_owned() } else { format!("{n} findings are") };
            let owner = entry.owner.as_ref().map_or(String::new(), |o| format!("; ask {o}"));
            (NoteKind::ExpiredIgnore, format!("held until {until}; {findings} open again{owner}"))
        }
        (None, _) if entry.since.as_ref().is_some_and(|since| index.today < *since) => {
            let since = entry.since.as_deref().unwrap_or("");
            (NoteKind::UnusedIgnore, format!("holds from {since} on, and the scan is of {}", index.today))
        }
        (None, 0) => (NoteKind::UnusedIgnore, unused(uses, "remove it")),
        (None, _) => return None,
    };
    Some(Note { kind, r#where: by.to_owned(), message })
}

/// A statement about a vulnerability that was not found is no slip: documents speak of a product's whole life.
fn vex_notes(vex: &Vex, uses: &[Use]) -> Vec<Note> {
    let unused = vex.statements.iter().zip(uses).filter(|(_, u)| u.covered == 0 && 0 < u.missed);
    let note = |(statement, uses): (&Statement, &Use)| Note {
        kind: NoteKind::UnusedStatement,
        r#where: statement.by.clone(),
        message: unused_text(uses, "name the product as it is installed"),
    };
    unused.map(note).collect()
}

fn unused(uses: &Use, advice: &str) -> String {
    match uses.missed {
        0 => format!("covers nothing; {advice}"),
        _ => unused_text(uses, "correct it or remove it"),
    }
}

fn unused_text(uses: &Use, advice: &str) -> String {
    let findings =
        if uses.missed == 1 { "1 finding".to_owned() } else { format!("{} findings", uses.missed) };
    let why = uses.first_miss.as_deref().unwrap_or("");
    format!("covers nothing, though it is meant for {findings}: {why}; {advice}")
}
