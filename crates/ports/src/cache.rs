//! The cache beside a run: bytes under a key, gone at any time.

use std::sync::Arc;

/// Keeps bytes between runs. It is never needed for an answer: what it does not give is made again, and what it
/// cannot keep is a note, not a failure.
pub trait Cache: Sync + Send {
    /// The bytes last put under `key`, if they are still there and whole. A key is at most 200 letters, digits,
    /// `-`, `_` and `.`.
    fn get(&self, key: &str) -> Option<Vec<u8>>;

    /// Keeps `bytes` under `key`.
    fn put(&self, key: &str, bytes: &[u8]);

    /// Takes what a person should know (no room, no permission, a damaged entry), each once, for standard error.
    fn take_notes(&self) -> Vec<String>;
}

/// A cache that several hold is one cache.
impl<C: Cache + ?Sized> Cache for Arc<C> {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        (**self).get(key)
    }
    fn put(&self, key: &str, bytes: &[u8]) {
        (**self).put(key, bytes);
    }
    fn take_notes(&self) -> Vec<String> {
        (**self).take_notes()
    }
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn put(&self, _: &str, _: &[u8]) {}
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}
