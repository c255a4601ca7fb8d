//! Locked versions against the ranges that manifests ask for.

use std::collections::BTreeMap;

use inventory::Problem;
use model::{Package, PackageType};
use version::range::Range;

use super::want::{Want, key};
use crate::lang::files::unread;

/// Ranges that are compared with a locked version, in one target.
const COMPARISONS_MAX: u64 = 1_000_000;

/// Versions of one name that a problem repeats.
const VERSIONS_SHOWN_MAX: usize = 3;

/// Characters of a range that a problem repeats.
const RANGE_CHARS_MAX: usize = 60;

/// What the documents of a target lock.
pub(super) struct Versions<'p> {
    by_name: BTreeMap<(&'p str, String), Vec<&'p Package>>,
    left: u64,
}

impl<'p> Versions<'p> {
    /// Those of `packages`, each of one document as yet.
    pub(super) fn of(packages: &'p [Package]) -> Self {
        let mut by_name: BTreeMap<_, Vec<&Package>> = BTreeMap::new();
        for package in packages {
            if let Some(path) = package.paths.first() {
                by_name.entry((path.as_str(), key(package.kind, &package.name))).or_default().push(package);
            }
        }
        Self { by_name, left: COMPARISONS_MAX }
    }

    /// What `lock` has instead of what `want` asks for, in words; `None` if a version of it fits, or nobody can tell: the
    /// range or a version cannot be read, or the lock has no version of it.
    pub(super) fn misfit(&mut self, kind: PackageType, lock: &str, want: &Want) -> Option<String> {
        let (dialect, text) = want.range.as_ref()?;
        let known = self.by_name.get(&(lock, key(kind, &want.name)))?;
        let range = Range::parse(*dialect, text).ok()?;
        // What the project itself gets is its direct dependency, whatever others bring along.
        let is_direct = |p: &&&Package| p.direct == Some(true);
        let direct: Vec<&Package> = known.iter().filter(is_direct).copied().collect();
        let asked = if direct.is_empty() { known } else { &direct };
        for package in asked {
            self.left = self.left.checked_sub(1)?;
            let version = dialect.scheme().parse(&package.version).ok()?;
            if is_branch(kind, &package.version) || range.allows(&version).ok()? {
                return None;
            }
        }
        let mut shown: Vec<&str> = asked.iter().map(|p| p.version.as_str()).collect();
        shown.sort_unstable();
        shown.dedup();
        shown.truncate(VERSIONS_SHOWN_MAX);
        let range: String = text.trim().chars().take(RANGE_CHARS_MAX).collect();
        Some(format!("{} {} where it asks for {range}", want.name, shown.join(" and ")))
    }

    /// The problem of a target that asks for more than is compared.
    pub(super) fn bound(&self, manifest: &str) -> Option<Problem> {
        let reason = || format!("more than {COMPARISONS_MAX} locked versions to compare with manifests");
        (self.left == 0).then(|| unread(manifest, reason()))
    }
}

/// True for a branch of Composer: what it stands for is said elsewhere.
fn is_branch(kind: PackageType, version: &str) -> bool {
    let lower = version.to_ascii_lowercase();
    kind == PackageType::Composer && (lower.starts_with("dev-") || lower.ends_with("-dev"))
}
