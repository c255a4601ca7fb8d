//! What catalogers ask of the one streaming pass over a layer or a directory.

/// Decides per file what the pass keeps. Pure: the same path and bytes give the same answer; the cache key carries
/// [`Analyzer::version`].
pub trait Analyzer: Sync {
    /// Raised whenever an answer changes.
    fn version(&self) -> u32;

    /// Asked once a regular file. `path` is relative to the root without a leading slash, `head` the first bytes
    /// (up to 64, fewer only if the file is shorter).
    fn interest(&self, path: &str, size: u64, mode: u32, head: &[u8]) -> Interest;

    /// As [`Analyzer::interest`], by name alone, where that decides: a layer that lies elsewhere is then read without
    /// the bytes of the file.
    fn glance(&self, path: &str, size: u64, mode: u32) -> Glance {
        let _ = (path, size, mode);
        Glance::Head
    }

    /// Called for [`Interest::Digest`] with the whole file; the answer is opaque, is cached with the layer, and is
    /// read back through [`crate::Tree::noted`].
    fn digest(&self, path: &str, bytes: &[u8]) -> Vec<u8>;
}

/// What a name alone tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// [`Analyzer::interest`] answers so, whatever the file begins with.
    Decided(Interest),
    /// It depends on how the file begins.
    Head,
}

/// What the pass does with a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Nothing.
    No,
    /// Keep them; [`crate::Tree::kept`] gives them.
    Keep,
    /// Hand them to [`Analyzer::digest`] during the pass and keep the answer only.
    Digest,
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAnalyzer;

impl Analyzer for NoAnalyzer {
    fn version(&self) -> u32 {
        0
    }
    fn interest(&self, _: &str, _: u64, _: u32, _: &[u8]) -> Interest {
        Interest::No
    }
    fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}
