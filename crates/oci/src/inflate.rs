//! A layer as it is stored, inflated and digested on both sides in one pass.

use std::io::{self, BufRead, BufReader, Read};

use model::Digest;
use sha2::{Digest as _, Sha256};

/// Bytes of an unpacked layer; what comes after is not read.
pub const LAYER_BYTES_MAX: u64 = 64 << 30;

/// How many times its stored size a layer may grow to, beyond [`INFLATE_FREE_BYTES`]. Deflate can do 1032, zeros in
/// zstd more than 10,000; layers of nothing but tiny files reach 150.
pub const INFLATE_RATIO_MAX: u64 = 500;

/// Bytes of an unpacked layer up to which nobody asks how small it was stored.
pub const INFLATE_FREE_BYTES: u64 = 256 << 20;

/// Largest zstd window, as a power of two; the format's own recommendation is 8 MiB.
pub(crate) const WINDOW_LOG_MAX: u32 = 27;

/// Bytes read and inflated at a time: small enough to be still in the processor's cache when they are digested.
const CHUNK: usize = 128 << 10;

/// Bytes by which [`Compression::of`] tells.
pub(crate) const MAGIC_BYTES: usize = 10;

/// How bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    Plain,
    /// RFC 1952, one member or several.
    Gzip,
    /// RFC 8878, one frame or several.
    Zstd,
    /// One that no image may use (bzip2, xz).
    Unsupported,
}

impl Compression {
    /// Tells by the first bytes, as container runtimes do; media types lie.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame in front.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Self::Unsupported,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Unsupported,
            _ => Self::Plain,
        }
    }
}

/// What a pass over stored bytes came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inflated {
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// Digest of the bytes as stored; `None` if they were not read to the end.
    pub stored_digest: Option<Digest>,
    /// Bytes unpacked.
    pub bytes: u64,
    /// Digest of the unpacked bytes; `None` if they did not come to their end.
    pub digest: Option<Digest>,
    /// Why the end was not reached.
    pub broken: Option<Broken>,
}

/// Why a pass ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The compressed stream ends early or is damaged.
    Stream(String),
    /// The source could not be read.
    Source(String),
    /// A compression that is not supported.
    Unsupported,
    /// [`LAYER_BYTES_MAX`] is crossed.
    TooLarge,
    /// [`INFLATE_RATIO_MAX`] is crossed.
    Bomb,
    /// The receiver has enough.
    Stopped,
}

/// What happens to the pieces of a pass.
pub trait Receive {
    /// Takes unpacked bytes; false to stop.
    fn bytes(&mut self, bytes: &[u8]) -> bool;
    /// Is told how many more stored bytes were read.
    fn read(&mut self, stored: u64);
}

/// Whether both sides are digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// Both sides.
    Both,
    /// Neither: the layer was verified before.
    Nothing,
}

/// Reads `source` to its end, inflates it, and hands what comes out to `to`.
pub fn inflate(source: &mut dyn Read, verify: Verify, to: &mut dyn Receive) -> Inflated {
    let digesting = verify == Verify::Both;
    let tap = Tap { source, sha: digesting.then(Sha256::new), bytes: 0, told: 0, failed: None };
    let mut buffered = BufReader::with_capacity(CHUNK, tap);
    let compression = buffered.fill_buf().map(Compression::of);
    let mut out = Output { sha: digesting.then(Sha256::new), bytes: 0, to };
    let broken = match compression {
        Err(e) => Some(Broken::Source(e.to_string())),
        Ok(Compression::Unsupported) => Some(Broken::Unsupported),
        Ok(Compression::Plain) => plain(&mut buffered, &mut out),
        Ok(Compression::Gzip) => gzip(&mut buffered, &mut out),
        Ok(Compression::Zstd) => zstd(&mut buffered, &mut out),
    };
    // What the decoder left (padding, or everything after a damage) still counts for the digest of the blob.
    let drained = match &broken {
        Some(Broken::TooLarge | Broken::Bomb | Broken::Stopped | Broken::Source(_)) => false,
        _ => drain(&mut buffered),
    };
    let tap = buffered.into_inner();
    let broken = match (broken, tap.failed) {
        (Some(Broken::Stream(_)), Some(e)) => Some(Broken::Source(e)),
        (None, Some(e)) => Some(Broken::Source(e)),
        (broken, _) => broken,
    };
    Inflated {
        stored_bytes: tap.bytes,
        stored_digest: tap.sha.filter(|_| drained).map(digest),
        bytes: out.bytes,
        digest: out.sha.filter(|_| broken.is_none()).map(digest),
        broken,
    }
}

fn digest(sha: Sha256) -> Digest {
    Digest(sha.finalize().into())
}

/// The digest of bytes at hand.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    digest(Sha256::new_with_prefix(bytes))
}

/// The digest of all that a reader gives.
///
/// # Errors
/// Those of reading.
pub fn sha256_of(source: &mut dyn Read) -> io::Result<Digest> {
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(digest(sha)),
            Ok(n) => sha.update(buffer.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// The stored side: digests what goes by.
struct Tap<'s> {
    source: &'s mut dyn Read,
    sha: Option<Sha256>,
    bytes: u64,
    told: u64,
    failed: Option<String>,
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A connection may give its first bytes one by one, and they tell how the layer is stored.
        let least = if self.bytes == 0 { MAGIC_BYTES } else { 1 };
        let n = match read_at_least(self.source, buffer, least) {
            Ok(n) => n,
            Err(e) => {
                self.failed = Some(e.to_string());
                return Err(e);
            }
        };
        let read = buffer.get(..n).unwrap_or_default();
        if let Some(sha) = &mut self.sha {
            sha.update(read);
        }
        self.bytes += n as u64;
        Ok(n)
    }
}

/// Reads until `least` bytes are there, the buffer is full or nothing more comes.
pub(crate) fn read_at_least(source: &mut dyn Read, buffer: &mut [u8], least: usize) -> io::Result<usize> {
    let mut have = 0;
    while have < least.min(buffer.len()) {
        match source.read(buffer.get_mut(have..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(have)
}

/// The unpacked side: digests, bounds, hands on.
struct Output<'t> {
    sha: Option<Sha256>,
    bytes: u64,
    to: &'t mut dyn Receive,
}

impl Output<'_> {
    fn take(&mut self, bytes: &[u8], stored: &mut u64, read: u64) -> Option<Broken> {
        if *stored < read {
            self.to.read(read - *stored);
            *stored = read;
        }
        if let Some(sha) = &mut self.sha {
            sha.update(bytes);
        }
        self.bytes += bytes.len() as u64;
        if LAYER_BYTES_MAX < self.bytes {
            return Some(Broken::TooLarge);
        }
        if INFLATE_FREE_BYTES < self.bytes && read.saturating_mul(INFLATE_RATIO_MAX) < self.bytes {
            return Some(Broken::Bomb);
        }
        if self.to.bytes(bytes) { None } else { Some(Broken::Stopped) }
    }
}

fn plain(buffered: &mut BufReader<Tap<'_>>, out: &mut Output<'_>) -> Option<Broken> {
    loop {
        let n = match buffered.fill_buf() {
            Ok([]) => return None,
            Ok(bytes) => {
                let mut told = out.bytes;
                if let Some(broken) = out.take(bytes, &mut told, out.bytes + bytes.len() as u64) {
                    return Some(broken);
                }
                bytes.len()
            }
            Err(e) => return Some(Broken::Source(e.to_string())),
        };
        buffered.consume(n);
    }
}

fn gzip(buffered: &mut BufReader<Tap<'_>>, out: &mut Output<'_>) -> Option<Broken> {
    let mut decoder = flate2::bufread::MultiGzDecoder::new(buffered);
    let mut buffer = vec![0; CHUNK];
    loop {
        let n = match decoder.read(&mut buffer) {
            Ok(0) => return None,
            Ok(n) => n,
            Err(e) => return Some(Broken::Stream(e.to_string())),
        };
        if let Some(broken) = hand_on(buffer.get(..n).unwrap_or_default(), decoder.get_mut(), out) {
            return Some(broken);
        }
    }
}

fn zstd(buffered: &mut BufReader<Tap<'_>>, out: &mut Output<'_>) -> Option<Broken> {
    let mut decoder = match zstd::stream::read::Decoder::with_buffer(buffered) {
        Ok(decoder) => decoder,
        Err(e) => return Some(Broken::Stream(e.to_string())),
    };
    if let Err(e) = decoder.window_log_max(WINDOW_LOG_MAX) {
        return Some(Broken::Stream(e.to_string()));
    }
    let mut buffer = vec![0; CHUNK];
    loop {
        let n = match decoder.read(&mut buffer) {
            Ok(0) => return None,
            Ok(n) => n,
            Err(e) => return Some(Broken::Stream(e.to_string())),
        };
        if let Some(broken) = hand_on(buffer.get(..n).unwrap_or_default(), decoder.get_mut(), out) {
            return Some(broken);
        }
    }
}

fn hand_on(bytes: &[u8], buffered: &mut BufReader<Tap<'_>>, out: &mut Output<'_>) -> Option<Broken> {
    let tap = buffered.get_mut();
    let read = tap.bytes;
    out.take(bytes, &mut tap.told, read)
}

/// Reads to the end; false if that fails.
fn drain(buffered: &mut BufReader<Tap<'_>>) -> bool {
    loop {
        match buffered.fill_buf() {
            Ok([]) => return true,
            Ok(bytes) => {
                let n = bytes.len();
                buffered.consume(n);
            }
            Err(_) => return false,
        }
    }
}
