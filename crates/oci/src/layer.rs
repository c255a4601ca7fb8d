//! The one pass over a layer: inflate, digest, walk, ask the analyzer, keep.

use std::collections::BTreeMap;
use std::io::Read;

use crate::analyze::{Analyzer, Interest};
use crate::index::{FILE_KEEP_BYTES_MAX, LayerBuilder, LayerIndex};
use crate::inflate::{self, Broken, INFLATE_RATIO_MAX, Inflated, LAYER_BYTES_MAX, Receive, Verify, inflate};
use crate::tar::{Entry, Flaw, Visit, Walker};
use crate::tree::OpenError;

/// Bytes of a file that an analyzer sees before it decides.
pub const HEAD_BYTES: usize = 64;

/// Bytes of a buffer that is worth keeping for the next file.
const BUFFER_KEPT: usize = 4 << 20;

/// A layer as read.
#[derive(Debug)]
pub struct LayerRead {
    /// What it holds.
    pub index: LayerIndex,
    /// Sizes and digests of both sides.
    pub inflated: Inflated,
}

/// Reads a layer. Whatever is wrong with it stands in the index as a flaw beside what could be read.
pub fn read_layer(
    source: &mut dyn Read,
    analyzer: &dyn Analyzer,
    progress: &mut dyn FnMut(u64),
) -> LayerRead {
    let mut pass = Pass {
        walker: Walker::default(),
        visit: Collect { analyzer, builder: LayerBuilder::default(), file: None, buffer: Vec::new() },
        progress,
    };
    let inflated = inflate(source, Verify::Both, &mut pass);
    let Pass { mut walker, mut visit, .. } = pass;
    match &inflated.broken {
        None => walker.finish(&mut visit),
        Some(broken) => tell(broken, &mut visit.builder),
    }
    let mut builder = visit.builder;
    builder.set_bytes(inflated.bytes);
    LayerRead { index: builder.finish(analyzer), inflated }
}

fn tell(broken: &Broken, builder: &mut LayerBuilder) {
    let whole = String::new();
    match broken {
        Broken::Stream(e) => {
            builder.flaw(whole, format!("the compressed layer is damaged or ends early: {e}"), true)
        }
        Broken::Source(e) => builder.flaw(whole, format!("the layer cannot be read: {e}"), true),
        Broken::Unsupported => {
            builder.flaw(whole, "the layer is compressed with neither gzip nor zstd", true)
        }
        Broken::TooLarge => builder.skip(whole, "LAYER_BYTES_MAX", LAYER_BYTES_MAX, true),
        Broken::Bomb => builder.skip(whole, "INFLATE_RATIO_MAX", INFLATE_RATIO_MAX, true),
        Broken::Stopped => {}
    }
}

/// Reads the files with these ordinals (sorted) again, each at most `max` bytes.
///
/// # Errors
/// [`OpenError`] if the layer can no longer be read that far.
pub fn read_files(
    source: &mut dyn Read,
    ordinals: &[u32],
    max: u64,
) -> Result<BTreeMap<u32, Vec<u8>>, OpenError> {
    let mut pass = Pass {
        walker: Walker::default(),
        visit: Fetch { ordinals, max, next: 0, file: None, found: BTreeMap::new(), too_large: None },
        progress: &mut |_| {},
    };
    let inflated = inflate::inflate(source, Verify::Nothing, &mut pass);
    if let Some(size) = pass.visit.too_large {
        return Err(OpenError::TooLarge(size));
    }
    match inflated.broken {
        _ if pass.visit.done() => Ok(pass.visit.found),
        None | Some(Broken::Stopped) => Err(OpenError::Missing),
        Some(Broken::Stream(e) | Broken::Source(e)) => Err(OpenError::Source(e)),
        Some(other) => Err(OpenError::Source(format!("{other:?}"))),
    }
}

struct Pass<'p, V> {
    walker: Walker,
    visit: V,
    progress: &'p mut dyn FnMut(u64),
}

impl Receive for Pass<'_, Collect<'_>> {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.walker.feed(bytes, &mut self.visit);
        true
    }
    fn read(&mut self, stored: u64) {
        (self.progress)(stored);
    }
}

impl Receive for Pass<'_, Fetch<'_>> {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.walker.feed(bytes, &mut self.visit);
        !self.visit.done() && self.visit.too_large.is_none()
    }
    fn read(&mut self, _: u64) {}
}

/// Fills a builder and asks the analyzer.
struct Collect<'a> {
    analyzer: &'a dyn Analyzer,
    builder: LayerBuilder,
    file: Option<File>,
    buffer: Vec<u8>,
}

/// The regular file whose data goes by.
struct File {
    ordinal: u32,
    size: u64,
    mode: u32,
    interest: Option<Interest>,
}

impl File {
    /// Bytes that the analyzer must see.
    fn head(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX).min(HEAD_BYTES)
    }
}

impl Collect<'_> {
    /// Asks the analyzer, and refuses what is beyond the bound.
    fn decide(&mut self, file: &File, head: &[u8]) -> Interest {
        let interest = self.analyzer.interest(self.builder.last_path(), file.size, file.mode, head);
        if interest != Interest::No && FILE_KEEP_BYTES_MAX < file.size {
            let path = self.builder.last_path().to_owned();
            self.builder.skip(path, "FILE_KEEP_BYTES_MAX", FILE_KEEP_BYTES_MAX, true);
            return Interest::No;
        }
        interest
    }

    fn settle(&mut self, file: &File, bytes: &[u8]) {
        match file.interest {
            Some(Interest::Keep) => {
                self.builder.keep(file.ordinal, bytes);
            }
            Some(Interest::Digest) => {
                let answer = self.analyzer.digest(self.builder.last_path(), bytes);
                self.builder.note(file.ordinal, &answer);
            }
            Some(Interest::No) | None => {}
        }
    }
}

impl Visit for Collect<'_> {
    fn entry(&mut self, entry: &Entry<'_>) {
        self.buffer.clear();
        self.file = self.builder.entry(entry).map(|ordinal| File {
            ordinal,
            size: entry.size,
            mode: u32::from(entry.mode),
            interest: None,
        });
    }

    fn data(&mut self, offset: u64, bytes: &[u8]) {
        let Some(mut file) = self.file.take() else {
            return;
        };
        let head = file.head();
        if file.interest.is_none() {
            if offset == 0 && head <= bytes.len() {
                file.interest = Some(self.decide(&file, &bytes[..head]));
            } else {
                fill(&mut self.buffer, offset.min(head as u64));
                let room = head.saturating_sub(self.buffer.len());
                self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                if self.buffer.len() < head {
                    self.file = Some(file);
                    return;
                }
                let buffer = std::mem::take(&mut self.buffer);
                file.interest = Some(self.decide(&file, &buffer));
                self.buffer = buffer;
            }
        }
        match file.interest {
            None | Some(Interest::No) => {
                self.buffer.clear();
                return;
            }
            // The whole file is at hand: no copy.
            Some(_) if offset == 0 && bytes.len() as u64 == file.size => {
                self.settle(&file, bytes);
                return;
            }
            Some(_) => place(&mut self.buffer, offset, bytes),
        }
        self.file = Some(file);
    }

    fn close(&mut self) {
        let Some(mut file) = self.file.take() else {
            return;
        };
        let mut buffer = std::mem::take(&mut self.buffer);
        if file.interest.is_none() {
            fill(&mut buffer, file.head() as u64);
            file.interest = Some(self.decide(&file, &buffer));
        }
        if file.interest != Some(Interest::No) {
            // What the walk did not hand over is a hole.
            fill(&mut buffer, file.size);
            self.settle(&file, &buffer);
        }
        if buffer.capacity() <= BUFFER_KEPT {
            self.buffer = buffer;
        }
    }

    fn flaw(&mut self, flaw: Flaw) {
        self.builder.flaw(format!("archive offset {}", flaw.offset), flaw.reason, flaw.loses);
    }
}

/// Lengthens with zeros.
fn fill(buffer: &mut Vec<u8>, to: u64) {
    let to = usize::try_from(to).unwrap_or(usize::MAX);
    if buffer.len() < to {
        buffer.resize(to, 0);
    }
}

/// Puts `bytes` at `offset`, where the buffer may already hold the head of them.
fn place(buffer: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    fill(buffer, offset);
    let have = buffer.len() - usize::try_from(offset).unwrap_or(usize::MAX).min(buffer.len());
    buffer.extend_from_slice(bytes.get(have..).unwrap_or_default());
}

/// Picks single files out of a layer.
struct Fetch<'f> {
    ordinals: &'f [u32],
    max: u64,
    next: u32,
    file: Option<(u32, u64, Vec<u8>)>,
    found: BTreeMap<u32, Vec<u8>>,
    too_large: Option<u64>,
}

impl Fetch<'_> {
    fn done(&self) -> bool {
        self.found.len() == self.ordinals.len()
    }
}

impl Visit for Fetch<'_> {
    fn entry(&mut self, entry: &Entry<'_>) {
        // Counted as the builder counts.
        let ordinal = self.next;
        self.next = self.next.saturating_add(1);
        self.file = None;
        if self.ordinals.binary_search(&ordinal).is_err() {
            return;
        }
        if self.max < entry.size {
            self.too_large = Some(entry.size);
            return;
        }
        self.file = Some((ordinal, entry.size, Vec::new()));
    }

    fn data(&mut self, offset: u64, bytes: &[u8]) {
        if let Some((_, _, buffer)) = &mut self.file {
            place(buffer, offset, bytes);
        }
    }

    fn close(&mut self) {
        if let Some((ordinal, size, mut buffer)) = self.file.take() {
            fill(&mut buffer, size);
            self.found.insert(ordinal, buffer);
        }
    }

    fn flaw(&mut self, _: Flaw) {}
}
