//! Local targets: image layouts, archives, directories, and the cache beside them.

mod cache;
mod sources;

pub use cache::DirCache;
pub use sources::LocalSources;
