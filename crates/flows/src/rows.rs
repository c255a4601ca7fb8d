//! Facts as rows of the report: ids, order, links.

use std::collections::BTreeMap;

use api::{Finding, Link, PackageRow, RuleRow, TargetRow, TargetSource};
use inventory::Target;
use model::Package;

/// The id of each package: its purl, with `#2`, `#3` … where the same purl stands at several paths.
pub(crate) fn package_ids(packages: &[Package]) -> Vec<String> {
    let mut seen = BTreeMap::<&str, u32>::new();
    packages
        .iter()
        .map(|p| {
            let count = seen.entry(&p.purl).or_default();
            *count += 1;
            if *count == 1 { p.purl.clone() } else { format!("{}#{count}", p.purl) }
        })
        .collect()
}

/// The report's row of a target.
pub(crate) fn target(target: Target, sources: Vec<TargetSource>) -> TargetRow {
    TargetRow {
        id: target.id,
        kind: target.kind.as_str().to_owned(),
        name: target.name,
        digest: target.digest.map(|d| d.to_string()),
        platform: target.platform,
        distribution: target.distribution,
        sources,
        runs_in: Vec::new(),
        matched: None,
    }
}

/// The report's rows of packages.
pub(crate) fn packages(packages: Vec<Package>, ids: Vec<String>, target: &str) -> Vec<PackageRow> {
    let row = |(p, id): (Package, String)| PackageRow {
        id,
        target: target.to_owned(),
        name: p.name,
        version: p.version,
        kind: p.kind,
        purl: p.purl,
        source: p.source,
        architecture: p.architecture,
        licenses: p.licenses,
        paths: p.paths,
        layer: p.layer,
        instruction: p.instruction,
        direct: p.direct,
        development: p.dev,
        reached: None,
    };
    packages.into_iter().zip(ids).map(row).collect()
}

/// Which package depends on which, and which belongs to which, as far as their own files tell.
pub(crate) fn links(packages: &[Package], ids: &[String]) -> Vec<Link> {
    let mut by_name = BTreeMap::<(&str, &str), Vec<usize>>::new();
    for (i, p) in packages.iter().enumerate() {
        by_name.entry((p.kind.as_str(), &p.name)).or_default().push(i);
    }
    let mut out = Vec::new();
    for (package, id) in packages.iter().zip(ids) {
        for wanted in &package.depends_on {
            let found = dependency(packages, &by_name, package, wanted);
            out.extend(found.map(|i| Link {
                from: id.clone(),
                to: ids[i].clone(),
                kind: "depends-on".to_owned(),
            }));
        }
        if let Some((kind, name)) = package.owner.as_deref().and_then(|o| o.split_once(':')) {
            let owner = by_name.get(&(kind, name)).and_then(|v| v.first());
            out.extend(owner.map(|&i| Link {
                from: id.clone(),
                to: ids[i].clone(),
                kind: "owned-by".to_owned(),
            }));
        }
    }
    out.sort();
    out.dedup();
    out
}

/// The package that `wanted` (`name` or `name@version`) means for `package`: of several, one of the same file.
fn dependency(
    packages: &[Package],
    by_name: &BTreeMap<(&str, &str), Vec<usize>>,
    package: &Package,
    wanted: &str,
) -> Option<usize> {
    let kind = package.kind.as_str();
    let (name, version) = match wanted.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !by_name.contains_key(&(kind, wanted)) => {
            (name, Some(version))
        }
        _ => (wanted, None),
    };
    let candidates = by_name.get(&(kind, name))?;
    let fits = |i: &&usize| version.is_none_or(|v| packages[**i].version == v);
    let near = |i: &&usize| packages[**i].paths.first() == package.paths.first();
    candidates.iter().filter(fits).find(near).or_else(|| candidates.iter().find(fits)).copied()
}

/// Worst first, then control, rule, place, id; findings with one id are one finding with all their packages.
pub(crate) fn findings_in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut ids: Vec<&str> = findings.iter().map(|f| f.id.as_str()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair.first() == pair.last()) {
        // Stable: of one id the first stays the first.
        findings.sort_by(|a, b| a.id.cmp(&b.id));
        findings.dedup_by(|other, kept| {
            let same = other.id == kept.id;
            if same {
                unite(kept, other);
            }
            same
        });
    }
    findings.sort_unstable_by(|a, b| {
        (b.severity.cmp(&a.severity))
            .then_with(|| a.control.cmp(&b.control))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.r#where.cmp(&b.r#where))
            .then_with(|| a.id.cmp(&b.id))
    });
    findings
}

/// Adds what `other` has to `kept`; what is worse tells the rest.
fn unite(kept: &mut Finding, other: &mut Finding) {
    if kept.severity < other.severity {
        std::mem::swap(kept, other);
    }
    for package in std::mem::take(&mut other.packages) {
        if !kept.packages.contains(&package) {
            kept.packages.push(package);
        }
    }
    for step in std::mem::take(&mut other.because) {
        if !kept.because.contains(&step) {
            kept.because.push(step);
        }
    }
}

/// Adds the counts of `more` to the rows of the same rules, and keeps the rows in order of rule ids.
pub(crate) fn add_rules(rows: &mut Vec<RuleRow>, more: Vec<RuleRow>) {
    for row in more {
        match rows.binary_search_by(|r| r.id.cmp(&row.id)) {
            Ok(i) => {
                let sum = &mut rows[i];
                sum.evaluated += row.evaluated;
                sum.passed += row.passed;
                sum.failed += row.failed;
                sum.unknown += row.unknown;
                sum.not_applicable += row.not_applicable;
            }
            Err(i) => rows.insert(i, row),
        }
    }
}
