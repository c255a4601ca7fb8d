//! Files that outlive a run: the advisory database, reports, caches; written atomically.

mod atomic;
mod database;
mod inputs;
mod kept;
mod parsed;

pub use atomic::write_atomically;
pub use database::DatabaseStore;
