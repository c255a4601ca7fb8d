//! The clock for those who retry.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ports::http::Wait;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Wait for Clock {
    fn wait(&self, ms: u64) {
        thread::sleep(Duration::from_millis(ms));
    }

    fn jitter(&self) -> u64 {
        // The standard library's own chance, which seeds its hash maps; good enough to spread clients.
        RandomState::new().build_hasher().finish() % 1000
    }

    fn now(&self) -> i64 {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }
}
