//! Image formats: manifests, archives, layers, and the merged tree of an image.

mod analyze;
mod tree;

pub use analyze::{Analyzer, Interest, NoAnalyzer};
pub use tree::{FileKind, FileRef, OpenError, Reopen, Tree, TreeBuilder};
