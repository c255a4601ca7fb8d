//! The adapters behind the ports, the clock, and the demonstration database in the program.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cli::{AdapterSettings, Adapters, Door};
use local::{DirCache, LocalSources};
use model::Timestamp;
use ports::cache::{Cache, NoCache};
use store::DatabaseStore;

/// The advisories of `examples/advisories`: name and text.
static DEMONSTRATION: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/demonstration.rs"));

/// This machine.
pub(crate) struct Here;

impl Door for Here {
    fn adapters(&self, settings: &AdapterSettings) -> Adapters {
        let kept = settings.cache_dir.clone().map(|dir| Arc::new(DirCache::new(dir)));
        let cache: Box<dyn Cache> = match &kept {
            Some(kept) => Box::new(Arc::clone(kept)),
            None => Box::new(NoCache),
        };
        let knowledge = DatabaseStore { own: settings.own_database.clone(), demonstration: DEMONSTRATION };
        Adapters { sources: Box::new(LocalSources::new(kept)), knowledge: Box::new(knowledge), cache }
    }

    fn now(&self) -> Timestamp {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        store::write_atomically(path, bytes)
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
