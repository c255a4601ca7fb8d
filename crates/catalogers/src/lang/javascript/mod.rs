//! JavaScript: installed packages, and the lockfiles of npm, yarn, pnpm and bun.

pub(super) mod bun;
mod classic;
pub(super) mod installed;
pub(super) mod manifest;
pub(super) mod npm;
pub(super) mod pnpm;
pub(super) mod tree;
pub(super) mod yarn;

use inventory::Problem;

/// Steps of all lookups of one document or target; a lookup visits the directories above a package.
const LOOKUP_STEPS_MAX: u64 = 10_000_000;

/// Bytes of the place of one package.
const PLACE_BYTES_MAX: usize = 4096;

/// What is left of [`LOOKUP_STEPS_MAX`].
struct Steps(u64);

impl Steps {
    fn new() -> Self {
        Self(LOOKUP_STEPS_MAX)
    }

    /// Takes one step; false when none is left.
    fn take(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 != 0
    }

    /// The problem of a document whose lookups had to end.
    fn problem(&self, path: &str) -> Option<Problem> {
        let reason = || format!("its dependencies need more than {LOOKUP_STEPS_MAX} lookups");
        (self.0 == 0).then(|| crate::lang::files::unread(path, reason()))
    }
}

/// Name and the rest of `NAME@REST`, `@scope/NAME@REST`.
pub(super) fn split_at_version(text: &str) -> Option<(&str, &str)> {
    let skip = usize::from(text.starts_with('@'));
    let at = text.get(skip..)?.find('@')?.checked_add(skip)?;
    let (name, rest) = text.split_at_checked(at)?;
    Some((name, rest.get(1..)?)).filter(|(name, _)| !name.is_empty())
}

/// True for specifications that name a directory of the project itself.
fn is_local(specification: &str) -> bool {
    ["file:", "link:", "portal:", "workspace:", "root:"].iter().any(|p| specification.starts_with(p))
        && !specification.ends_with(".tgz")
        && !specification.ends_with(".tar.gz")
}

/// A version as the registry has it: npm itself takes `v1.0.0` and `=1.0.0` for `1.0.0`.
fn clean(version: &str) -> &str {
    version.trim().trim_start_matches(['v', '=']).trim_start()
}

/// True if a text can be a version: npm writes addresses of repositories and archives in the same place.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == 'v') && !text.contains([':', '/', '#', ' '])
}

#[cfg(test)]
mod tests {
    use super::split_at_version;

    #[test]
    fn names_may_begin_with_a_scope() {
        assert_eq!(split_at_version("a@1.0"), Some(("a", "1.0")));
        assert_eq!(split_at_version("@s/a@npm:b@1.0"), Some(("@s/a", "npm:b@1.0")));
        assert_eq!(split_at_version("@s/a"), None);
        assert_eq!(split_at_version("@"), None);
        assert_eq!(split_at_version(""), None);
    }
}
