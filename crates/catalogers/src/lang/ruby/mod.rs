//! Ruby: `Gemfile.lock` and installed gem specifications.

pub(super) mod lock;
pub(super) mod specification;
