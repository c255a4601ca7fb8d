//! `import`: what other scanners found, as a target of its own: their packages judged by our rules, their findings
//! beside ours, and what their files do not tell as doubts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use advisory::db::Database;
use api::{Because, Cvss, Epss, Finding, Kev, RuleRow, Status, Vulnerability};
use inventory::{Problem, TargetFacts, TargetKind};
use model::{Doubt, Package, Place};
use rules_package::Hit;
use sbom::Subject;
use sbom::results::{About, Claim, Class, Gap, Results};

use crate::read::Read;
use crate::world::{FlowError, ScanRequest, World};

/// Controls that packages of a distribution and of applications answer for.
const SYSTEM: &str = "image-scanning";
const DEPENDENCIES: &str = "dependencies";

/// Reads files of results, those of one artefact as one target, and reports on them.
///
/// # Errors
/// [`FlowError`] as for [`crate::scan`].
pub fn import(world: &World<'_>, request: &ScanRequest) -> Result<api::Report, FlowError> {
    let mut request = request.clone();
    for target in &mut request.targets {
        if target != "-" && !target.starts_with("results:") && !target.starts_with("sbom:") {
            *target = format!("results:{target}");
        }
    }
    crate::assess(world, &request)
}

/// What one tool said of a target.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    /// `trivy`, `grype` …
    tool: String,
    version: Option<String>,
    /// The file, as messages name it.
    file: String,
    claims: Vec<Claim>,
    gaps: Vec<Gap>,
}

impl Imported {
    fn said_by(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}, {}", self.tool, self.file),
            None => format!("{}, {}", self.tool, self.file),
        }
    }
}

/// Puts a tool's results into the facts of its target.
pub(crate) fn take(facts: &mut TargetFacts, results: Results) -> (Imported, Subject) {
    let file = facts.target.name.clone();
    facts.target.kind = TargetKind::Results;
    facts.target.id = format!("{}:{file}", TargetKind::Results.as_str());
    facts.target.digest = results.subject.digest;
    facts.target.distribution = results.distribution;
    let claims = put(facts, results.packages, results.claims);
    let imported =
        Imported { tool: results.tool, version: results.tool_version, file, claims, gaps: results.gaps };
    (imported, results.subject)
}

/// Puts a bill of materials into the facts of its target, with the vulnerabilities that its writer lists in it.
pub(crate) fn take_bill(
    facts: &mut TargetFacts,
    bill: sbom::Document,
) -> (Option<Imported>, Option<Subject>) {
    facts.target.distribution = bill.distribution;
    let claims = put(facts, bill.packages, bill.claims);
    let (tool, version) = bill.tool.unwrap_or_else(|| ("the bill of materials".to_owned(), None));
    let file = facts.target.name.clone();
    let imported = (!claims.is_empty()).then(|| Imported { tool, version, file, claims, gaps: Vec::new() });
    (imported, bill.subject)
}

/// Puts packages into facts; the claims about them name them by where they stand then.
fn put(facts: &mut TargetFacts, packages: Vec<Package>, mut claims: Vec<Claim>) -> Vec<Claim> {
    let (packages, order) = sorted(packages);
    facts.packages = packages;
    for claim in &mut claims {
        claim.package = claim.package.and_then(|n| order.get(n).copied());
    }
    claims
}

/// The packages in the order of facts, and the new index of each.
fn sorted(packages: Vec<Package>) -> (Vec<Package>, Vec<usize>) {
    let mut indexed: Vec<(usize, Package)> = packages.into_iter().enumerate().collect();
    indexed.sort_by(|(_, a), (_, b)| package_key(a).cmp(&package_key(b)));
    let mut order = vec![0; indexed.len()];
    for (new, (old, _)) in indexed.iter().enumerate() {
        if let Some(slot) = order.get_mut(*old) {
            *slot = new;
        }
    }
    (indexed.into_iter().map(|(_, p)| p).collect(), order)
}

fn package_key(p: &Package) -> (&'static str, &str, &str, &[String]) {
    (p.kind.as_str(), &p.name, &p.version, &p.paths)
}

/// Unites documents about one artefact, where at least one of them is a tool's results: one target, every package once.
pub(crate) fn unite(reads: Vec<Read>) -> Vec<Read> {
    let is_results = |read: &Read| read.facts.target.kind == TargetKind::Results;
    if !reads.iter().any(is_results) {
        return reads;
    }
    let mut out: Vec<Read> = Vec::new();
    for read in reads {
        let known = out.iter_mut().find(|known| {
            (is_results(known) || is_results(&read))
                && known.subject.is_some()
                && is_same(known.subject.as_ref(), read.subject.as_ref())
        });
        match known {
            Some(known) => add(known, read),
            None => out.push(read),
        }
    }
    out
}

/// True if both name one artefact: by digest where both have one, else by name.
fn is_same(a: Option<&Subject>, b: Option<&Subject>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    match (a.digest, b.digest) {
        (Some(a), Some(b)) => a == b,
        _ => !a.name.is_empty() && a.name == b.name,
    }
}

fn add(known: &mut Read, mut more: Read) {
    let facts = &mut known.facts;
    let mut packages = std::mem::take(&mut facts.packages);
    let mut order = Vec::new();
    let mut by_identity: BTreeMap<(String, String, String), Vec<usize>> = BTreeMap::new();
    let identity = |p: &Package| (p.kind.as_str().to_owned(), p.name.clone(), p.version.clone());
    for (n, package) in packages.iter().enumerate() {
        by_identity.entry(identity(package)).or_default().push(n);
    }
    for package in more.facts.packages {
        let candidates = by_identity.entry(identity(&package)).or_default();
        let fits = |n: &&usize| packages.get(**n).is_some_and(|known| is_one(known, &package));
        match candidates.iter().find(fits).copied() {
            Some(n) => {
                if let Some(known) = packages.get_mut(n) {
                    complete(known, package);
                }
                order.push(n);
            }
            None => {
                candidates.push(packages.len());
                order.push(packages.len());
                packages.push(package);
            }
        }
    }
    for claim in more.imported.iter_mut().flat_map(|i| &mut i.claims) {
        claim.package = claim.package.and_then(|n| order.get(n).copied());
    }
    let (packages, order) = sorted(packages);
    facts.packages = packages;
    known.imported.append(&mut more.imported);
    // Both sides' claims speak of the united list now; sorting moved its packages once more.
    for claim in known.imported.iter_mut().flat_map(|i| &mut i.claims) {
        claim.package = claim.package.and_then(|n| order.get(n).copied());
    }
    facts.target.kind = TargetKind::Results;
    facts.target.name = format!("{}+{}", facts.target.name, more.facts.target.name);
    facts.target.id = format!("{}:{}", TargetKind::Results.as_str(), facts.target.name);
    facts.target.digest = facts.target.digest.or(more.facts.target.digest);
    facts.target.distribution = facts.target.distribution.take().or(more.facts.target.distribution);
    facts.doubts.append(&mut more.facts.doubts);
    for doubt in &mut facts.doubts {
        doubt.target.clone_from(&facts.target.id);
    }
    facts.ledger.add(more.facts.ledger);
    known.lists_all |= more.lists_all;
}

/// Tools name the file of a system package or leave it out; those of applications lie where they lie.
fn is_one(a: &Package, b: &Package) -> bool {
    let near = a.paths.iter().any(|p| b.paths.contains(p));
    near || a.kind.is_distribution() || a.paths.is_empty() || b.paths.is_empty()
}

fn complete(known: &mut Package, more: Package) {
    for path in more.paths {
        if !known.paths.contains(&path) {
            known.paths.push(path);
        }
    }
    if known.licenses.is_empty() {
        known.licenses = more.licenses;
    }
    if known.purl.is_empty() {
        known.purl = more.purl;
    }
    if !known.found_by.split(", ").any(|f| f == more.found_by) {
        known.found_by = format!("{}, {}", known.found_by, more.found_by);
    }
    known.source = known.source.take().or(more.source);
    known.architecture = known.architecture.take().or(more.architecture);
    known.layer = known.layer.take().or(more.layer);
    known.direct = known.direct.or(more.direct);
    known.distribution = known.distribution.take().or(more.distribution);
}

/// What no file of the target tells, as doubts of the controls it was wanted for.
pub(crate) fn doubts(read: &Read) -> Vec<Doubt> {
    // A bill of materials of the same artefact lists what the results leave out.
    let listed = |gap: &&Gap| !(read.lists_all && gap.about == About::Packages);
    let mut out = BTreeSet::new();
    for imported in &read.imported {
        for gap in imported.gaps.iter().filter(listed) {
            let controls: &[&str] = match gap.about {
                About::System => &[SYSTEM],
                About::Dependencies => &[DEPENDENCIES],
                About::Packages => &[SYSTEM, DEPENDENCIES],
            };
            for control in controls {
                let problem =
                    Problem::unknown(control, imported.file.clone(), gap.reason.clone(), &gap.remedy);
                out.insert(problem.into_doubt(&read.facts.target.id));
            }
        }
    }
    out.into_iter().collect()
}

/// What the tools claim of each package, under the canonical ids of `database`.
///
/// # Errors
/// A doubt, if the database is damaged.
pub(crate) fn claims(
    imported: &[Imported],
    database: Option<&Database>,
) -> Result<BTreeMap<usize, Vec<Hit>>, Problem> {
    let mut out: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
    for of in imported {
        for claim in of.claims.iter().filter(|c| c.class == Class::Vulnerability) {
            if let Some(package) = claim.package {
                out.entry(package).or_default().push(hit(of, claim, database)?);
            }
        }
    }
    Ok(out)
}

fn hit(of: &Imported, claim: &Claim, database: Option<&Database>) -> Result<Hit, Problem> {
    let mut names: BTreeSet<String> = claim.aliases.iter().cloned().collect();
    names.insert(claim.id.clone());
    let id = canonical(&claim.id, &names, database)?;
    names.remove(&id);
    let vulnerability = Vulnerability {
        id,
        aliases: names.into_iter().collect(),
        summary: Some(claim.title.clone()).filter(|t| !t.is_empty()),
        cvss: scores(of, claim),
        published: claim.published,
        modified: claim.modified,
        range: claim.range.clone(),
        fixed: claim.fixed.clone(),
        urls: claim.urls.clone(),
        kev: kev(claim),
        epss: claim.epss.map(|(score, percentile)| Epss { score, percentile }),
    };
    Ok(Hit {
        severity: claim.severity,
        malicious: claim.id.starts_with("MAL-") || claim.aliases.iter().any(|a| a.starts_with("MAL-")),
        because: vec![Because::new(said(of, claim), of.said_by())],
        advisory: of.tool.clone(),
        unfixed: None,
        only_with: None,
        primary: false,
        vulnerability: Arc::new(vulnerability),
    })
}

fn scores(of: &Imported, claim: &Claim) -> Vec<Cvss> {
    let score = |s: &sbom::results::Score| Cvss {
        version: s.version.clone(),
        vector: s.vector.clone(),
        score: s.score,
        source: format!("{} ({})", s.source, of.tool),
    };
    claim.scores.iter().map(score).collect()
}

fn kev(claim: &Claim) -> Option<Kev> {
    let entry = claim.exploited.as_ref()?;
    Some(Kev { added: entry.added.clone(), due: entry.due.clone(), ransomware: entry.ransomware })
}

/// The id under which our own advisories know it, else the CVE id among its names, else the tool's.
fn canonical(id: &str, names: &BTreeSet<String>, database: Option<&Database>) -> Result<String, Problem> {
    if let Some(database) = database {
        for name in std::iter::once(id).chain(names.iter().map(String::as_str)) {
            let known = database.canonical_ids(name).map_err(|e| {
                Problem::unknown(DEPENDENCIES, "advisory database", e.to_string(), "build it again")
            })?;
            if let [one] = known.as_slice() {
                return Ok((*one).to_owned());
            }
        }
    }
    let cve = names.iter().find(|n| n.starts_with("CVE-"));
    Ok(cve.map_or(id, String::as_str).to_owned())
}

/// What the tool says, with its own word for the severity and who gave it.
fn said(of: &Imported, claim: &Claim) -> String {
    let rated = match (claim.severity_said.as_str(), claim.severity_by.as_str()) {
        ("", _) => ", severity not rated".to_owned(),
        (word, "") => format!(", severity {word}"),
        (word, by) => format!(", severity {word} ({by})"),
    };
    let fixed = match claim.fixed.as_slice() {
        [] => String::new(),
        versions => format!(", fixed in {}", versions.join(", ")),
    };
    let state = if claim.state.is_empty() { String::new() } else { format!(", state {}", claim.state) };
    let exploited = claim
        .exploited
        .as_ref()
        .map_or(String::new(), |e| format!(", known to be exploited since {}", e.added));
    format!("{} reports {}{rated}{fixed}{state}{exploited}", of.tool, claim.id)
}

/// Findings that no rule of ours answers: faults of configuration, secrets, vulnerabilities of nothing that is named.
pub(crate) fn findings(target: &str, imported: &[Imported]) -> (Vec<Finding>, Vec<RuleRow>) {
    let mut by_id: BTreeMap<String, Finding> = BTreeMap::new();
    for of in imported {
        for claim in &of.claims {
            if claim.class == Class::Vulnerability && claim.package.is_some() {
                continue;
            }
            let finding = finding(target, of, claim);
            match by_id.get_mut(&finding.id) {
                Some(known) => {
                    known.severity = known.severity.max(finding.severity);
                    known.because.extend(finding.because);
                }
                None => drop(by_id.insert(finding.id.clone(), finding)),
            }
        }
    }
    let mut rows: BTreeMap<&str, RuleRow> = BTreeMap::new();
    for finding in by_id.values() {
        let row = rows.entry(&finding.rule).or_insert_with(|| RuleRow {
            id: finding.rule.to_string(),
            control: finding.control.to_string(),
            ..RuleRow::default()
        });
        row.evaluated += 1;
        row.failed += 1;
    }
    let rows = rows.into_values().collect();
    (by_id.into_values().collect(), rows)
}

fn finding(target: &str, of: &Imported, claim: &Claim) -> Finding {
    let (rule, control) = match claim.class {
        Class::Vulnerability => ("imported-vulnerability", DEPENDENCIES),
        Class::Configuration => ("imported-configuration", "config-audit"),
        Class::Secret => ("imported-secret", "secrets"),
        Class::License => ("imported-license", DEPENDENCIES),
        Class::Other => ("imported-other", "config-audit"),
    };
    let path = claim.path.trim_start_matches('/').to_owned();
    let at = claim.line.map_or(String::new(), |line| format!(", line {line}"));
    let more = claim.urls.first().map_or(String::new(), |url| format!(". Read {url}"));
    let what = if claim.title.is_empty() { claim.id.as_str() } else { claim.title.as_str() };
    let named = |v: &str| !v.is_empty();
    let vulnerability = (claim.class == Class::Vulnerability).then(|| {
        Arc::new(Vulnerability {
            id: claim.id.clone(),
            aliases: claim.aliases.clone(),
            summary: Some(claim.title.clone()).filter(|t| named(t)),
            fixed: claim.fixed.clone(),
            urls: claim.urls.clone(),
            published: claim.published,
            modified: claim.modified,
            cvss: scores(of, claim),
            kev: kev(claim),
            epss: claim.epss.map(|(score, percentile)| Epss { score, percentile }),
            ..Vulnerability::default()
        })
    });
    Finding {
        id: eval::finding_id(&[rule, &format!("{}:{}", of.tool, claim.id), &path, &claim.about]),
        control: control.into(),
        rule: rule.into(),
        severity: claim.severity,
        title: format!("{what} ({} {})", of.tool, claim.id).into(),
        message: format!("{} reports {}: {what}{at}{more}", of.tool, claim.id),
        target: target.into(),
        r#where: Place { path: path.into(), line: claim.line, ..Place::default() },
        packages: Vec::new(),
        vulnerability,
        because: vec![Because::new(format!("{}{at}", said(of, claim)), of.said_by())],
        fix: None,
        status: Status::Open,
        suppression: None,
    }
}
