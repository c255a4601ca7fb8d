//! Local targets, and those that a registry hands over part by part: image layouts, archives, directories, and the cache beside them.
//!
//! Nothing is written but the cache; layers are streamed from where they lie, never through a temporary file.

mod aside;
mod beneath;
mod blobs;
mod cache;
mod detect;
mod doubts;
mod engine;
mod folder;
mod images;
mod known;
mod late;
mod layout;
mod lazy;
mod named;
mod plan;
mod process;
mod render;
mod saved;
mod sources;
mod stream;

#[cfg(test)]
mod tests;

pub use cache::{CACHE_BYTES_MAX, CACHE_ENTRY_BYTES_MAX, DirCache};
pub use folder::FOLDER_DEPTH_MAX;
pub use sources::{INNER_TARGETS_MAX, LocalSources, SBOM_BYTES_MAX, cache_dir};
