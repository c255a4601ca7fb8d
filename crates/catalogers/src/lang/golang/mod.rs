//! Go: `go.mod` with what `go.sum` adds to old ones, and `vendor/modules.txt`. Programs are read by their build
//! information elsewhere.

pub(super) mod module;
pub(super) mod vendor;

/// The name of the standard library in advisories and package URLs.
const STDLIB: &str = "stdlib";
