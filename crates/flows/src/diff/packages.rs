//! Packages added, removed and changed, and which way a version went.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use api::{Change, Direction, PackageChange, PackageRow, Report};
use model::PackageType;
use version::Scheme;

use super::pairs::Pairs;

/// Rows of one package.
type Rows<'r> = Vec<&'r PackageRow>;

/// What makes two rows the same package: type and name, as the ecosystem compares names.
pub(super) type Key = (PackageType, String);

/// The identity of a package beside its version.
pub(super) fn key(row: &PackageRow) -> Key {
    let name = match row.kind {
        // PEP 503: runs of `-`, `_` and `.` are one, letter case aside.
        PackageType::Pypi => row.name.to_ascii_lowercase().replace(['_', '.'], "-"),
        PackageType::Nuget => row.name.to_ascii_lowercase(),
        _ => row.name.clone(),
    };
    (row.kind, name)
}

/// Which way a version went.
pub(super) fn direction(kind: PackageType, old: &str, new: &str) -> Direction {
    let order = Scheme::from_purl_type(kind.as_str()).and_then(|s| version::compare(s, old, new).ok());
    match order {
        Some(Ordering::Less) => Direction::Up,
        Some(Ordering::Greater) => Direction::Down,
        Some(Ordering::Equal) => Direction::Equal,
        None => Direction::Unknown,
    }
}

/// Every change, with the id of the package in the new report.
pub(super) fn changes<'r>(
    old: &'r Report,
    new: &'r Report,
    pairs: &Pairs<'r>,
) -> Vec<(PackageChange, Option<&'r str>)> {
    let mut groups: BTreeMap<(&str, Key), (Rows<'r>, Rows<'r>)> = BTreeMap::new();
    for row in &new.packages {
        groups.entry((&row.target, key(row))).or_default().1.push(row);
    }
    for row in &old.packages {
        // What became of the old target stands under the new one's name.
        let target = pairs.new_of(&row.target).unwrap_or(&row.target);
        let own = pairs.new_of(&row.target).is_some() || !new.targets.iter().any(|t| t.id == row.target);
        if own {
            groups.entry((target, key(row))).or_default().0.push(row);
        }
    }
    let mut out = Vec::new();
    for ((target, _), (before, after)) in groups {
        compare(target, before, after, &mut out);
    }
    out.sort_by(|(a, _), (b, _)| {
        let key = |p: &PackageChange| (p.target.clone(), p.change, p.kind, p.name.clone());
        key(a).cmp(&key(b)).then_with(|| (&a.old, &a.new, &a.path).cmp(&(&b.old, &b.new, &b.path)))
    });
    out
}

/// Holds the rows of one package against each other: equal versions go out, those of one place are one that changed,
/// then those in order.
fn compare<'r>(
    target: &str,
    mut before: Vec<&'r PackageRow>,
    mut after: Vec<&'r PackageRow>,
    out: &mut Vec<(PackageChange, Option<&'r str>)>,
) {
    let ways: [fn(&PackageRow, &PackageRow) -> bool; 3] = [
        |a, b| a.version == b.version && a.paths == b.paths,
        |a, b| a.version == b.version,
        |a, b| !a.paths.is_empty() && a.paths == b.paths,
    ];
    let mut changed = Vec::new();
    for (n, way) in ways.into_iter().enumerate() {
        let mut rest = Vec::new();
        for row in after {
            match before.iter().position(|b| way(b, row)) {
                Some(at) if n < 2 => drop(before.remove(at)),
                Some(at) => changed.push((before.remove(at), row)),
                None => rest.push(row),
            }
        }
        after = rest;
    }
    let order = |a: &&PackageRow, b: &&PackageRow| {
        let by_scheme = Scheme::from_purl_type(a.kind.as_str())
            .and_then(|s| version::compare(s, &a.version, &b.version).ok());
        by_scheme.unwrap_or_else(|| a.version.cmp(&b.version)).then_with(|| a.id.cmp(&b.id))
    };
    before.sort_by(order);
    after.sort_by(order);
    let pairs = before.len().min(after.len());
    let (added, removed) = (after.split_off(pairs), before.split_off(pairs));
    changed.extend(before.into_iter().zip(after));
    for (old, new) in changed {
        let direction = Some(direction(new.kind, &old.version, &new.version));
        out.push((change(target, Change::Changed, Some(old), Some(new), direction), Some(&new.id)));
    }
    out.extend(
        added.into_iter().map(|p| (change(target, Change::Added, None, Some(p), None), Some(p.id.as_str()))),
    );
    out.extend(removed.into_iter().map(|p| (change(target, Change::Removed, Some(p), None, None), None)));
}

fn change(
    target: &str,
    change: Change,
    old: Option<&PackageRow>,
    new: Option<&PackageRow>,
    direction: Option<Direction>,
) -> PackageChange {
    let row = new.or(old);
    PackageChange {
        change,
        target: target.to_owned(),
        kind: row.map_or(PackageType::Generic, |r| r.kind),
        name: row.map(|r| r.name.clone()).unwrap_or_default(),
        old: old.map(|r| r.version.clone()),
        new: new.map(|r| r.version.clone()),
        direction,
        path: row.and_then(|r| r.paths.first().cloned()).unwrap_or_default(),
    }
}
