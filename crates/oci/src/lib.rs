//! Image formats: manifests, archives, layers, and the merged tree of an image.
//!
//! Everything here takes bytes from somebody who may wish us ill: it is bounded by the `*_MAX` constants, never panics,
//! and gives what could be read beside what is wrong.

mod analyze;
pub mod engine;
mod index;
mod inflate;
mod layer;
mod links;
mod merge;
mod past;
mod platform;
pub mod reference;
pub mod spec;
pub mod tar;
pub mod toc;
mod tree;

#[cfg(test)]
mod tests;

pub use analyze::{Analyzer, Glance, Interest, NoAnalyzer};
pub use index::{
    CodecError, Counts, FILE_KEEP_BYTES_MAX, FLAWS_MAX, LAYER_ENTRIES_MAX, LAYER_KEEP_BYTES_MAX,
    LAYER_TEXT_BYTES_MAX, Late, LayerBuilder, LayerFlaw, LayerIndex, LayerSkip, Node, PATH_BYTES_MAX,
};
pub use inflate::{
    Broken, Compression, INFLATE_FREE_BYTES, INFLATE_RATIO_MAX, Inflated, LAYER_BYTES_MAX, Receive, Verify,
    inflate, sha256, sha256_of,
};
pub use layer::{HEAD_BYTES, LayerRead, read_files, read_layer};
pub use links::LINKS_MAX;
pub use merge::{Merged, WASTED_MAX, merge};
pub use past::{Version, Was};
pub use platform::check_platform;
pub use tree::{FileKind, FileRef, OpenError, Origin, Reopen, Tree, TreeBuilder};
