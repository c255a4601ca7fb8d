//! Archives that can only be read from their start: compressed ones, and standard input. The outer archive is walked
//! on one thread; the bytes of each layer go through a bounded queue to a thread that reads it as any other layer.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use oci::tar::{Entry, EntryKind, Flaw, Visit, Walker};
use oci::{Analyzer, LayerRead, Receive, Verify};
use ports::source::Progress;

use crate::blobs::{Stream, beside, part_name};

/// Bytes of a document that is kept while the stream goes by.
const DOCUMENT_BYTES_MAX: u64 = oci::spec::CONFIG_BYTES_MAX;

/// Bytes of all documents that are kept.
const DOCUMENTS_BYTES_MAX: u64 = 256 << 20;

/// Bytes that tell a layer from something else: a tar header.
const HEAD: u64 = 512;

/// Pieces that wait for a layer's thread.
const QUEUE: usize = 8;

/// What to do with a part that is no document.
pub(crate) enum Want<'w> {
    /// Read every layer.
    Layers,
    /// Read these.
    Only(&'w dyn Fn(&str) -> bool),
    /// Note its size.
    Nothing,
}

/// Reads the archive `source` once.
pub(crate) fn read(
    source: &mut dyn Read,
    want: &Want<'_>,
    analyzer: &dyn Analyzer,
    progress: &dyn Progress,
) -> Stream {
    thread::scope(|scope| {
        let mut reading: BTreeMap<String, thread::ScopedJoinHandle<'_, LayerRead>> = BTreeMap::new();
        let mut spawn = |name: &str, pipe: Pipe| {
            let handle = scope.spawn(move || {
                let mut pipe = pipe;
                let read = oci::read_layer(&mut pipe, analyzer, &mut |_| {});
                // The outer walk waits for whoever does not take its bytes.
                let _ = io::copy(&mut pipe, &mut io::sink());
                read
            });
            if let Some(before) = reading.insert(name.to_owned(), handle) {
                let _ = before.join();
            }
        };
        let mut outer = Outer {
            walker: Walker::default(),
            parts: Parts { stream: Stream::default(), want, kept: 0, part: None, spawn: &mut spawn },
            progress,
        };
        let inflated = oci::inflate(source, Verify::Nothing, &mut outer);
        let Outer { mut walker, mut parts, .. } = outer;
        match inflated.broken {
            None => walker.finish(&mut parts),
            Some(broken) => {
                parts.stream.flaw = Some(format!("the archive is damaged or ends early: {broken:?}"))
            }
        }
        // Closes the queue of a part that was cut off.
        parts.part = None;
        let stream = parts.stream;
        let mut layers = BTreeMap::new();
        for (name, handle) in reading {
            if let Ok(read) = handle.join() {
                layers.insert(name, read);
            }
        }
        Stream { layers: layers.into(), ..stream }
    })
}

/// One part of a compressed archive, as a stream of its own.
pub(crate) fn open_part(path: &Path, name: &str) -> io::Result<Pipe> {
    let mut file = disk::open(path)?;
    let (sender, receiver) = sync_channel(QUEUE);
    let name = name.to_owned();
    thread::spawn(move || {
        let mut one =
            One { walker: Walker::default(), part: OnePart { name, sender, open: false, done: false } };
        oci::inflate(&mut file, Verify::Nothing, &mut one);
    });
    Ok(Pipe { receiver, piece: Vec::new(), at: 0 })
}

/// The reading end of a queue of pieces.
pub(crate) struct Pipe {
    receiver: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.len() <= self.at {
            match self.receiver.recv() {
                Ok(piece) => (self.piece, self.at) = (piece, 0),
                Err(_) => return Ok(0),
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let n = (&*rest).read(buffer)?;
        self.at += n;
        Ok(n)
    }
}

struct Outer<'o> {
    walker: Walker,
    parts: Parts<'o>,
    progress: &'o dyn Progress,
}

impl Receive for Outer<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.walker.feed(bytes, &mut self.parts);
        true
    }
    fn read(&mut self, stored: u64) {
        self.progress.advance(stored);
    }
}

struct Parts<'p> {
    stream: Stream,
    want: &'p Want<'p>,
    kept: u64,
    part: Option<OpenPart>,
    spawn: &'p mut dyn FnMut(&str, Pipe),
}

struct OpenPart {
    name: String,
    size: u64,
    body: Body,
}

enum Body {
    /// Too little has come to tell.
    Unknown(Vec<u8>),
    Document(Vec<u8>),
    Layer(SyncSender<Vec<u8>>),
    Other,
}

impl Body {
    fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Document(document) => document.extend_from_slice(bytes),
            // The layer's thread takes pieces until its queue is closed here; it ends early only by a panic of its
            // own, which the join tells.
            Self::Layer(sender) => {
                let _ = sender.send(bytes.to_vec());
            }
            Self::Other | Self::Unknown(_) => {}
        }
    }
}

impl Parts<'_> {
    fn begin(&mut self, part: &OpenPart, head: &[u8]) -> Body {
        let document = matches!(head.iter().find(|b| !b.is_ascii_whitespace()), Some(b'{' | b'['));
        if document && part.size <= DOCUMENT_BYTES_MAX && self.kept + part.size <= DOCUMENTS_BYTES_MAX {
            self.kept += part.size;
            return Body::Document(Vec::new());
        }
        let wanted = match self.want {
            Want::Layers => is_layer(head),
            Want::Only(only) => only(&part.name),
            Want::Nothing => false,
        };
        if !wanted {
            return Body::Other;
        }
        let (sender, receiver) = sync_channel(QUEUE);
        (self.spawn)(&part.name, Pipe { receiver, piece: Vec::new(), at: 0 });
        Body::Layer(sender)
    }
}

/// True if these first bytes may be those of a layer.
fn is_layer(head: &[u8]) -> bool {
    oci::Compression::of(head) != oci::Compression::Plain || oci::tar::looks_like_tar(head)
}

impl Visit for Parts<'_> {
    fn entry(&mut self, entry: &Entry<'_>) {
        self.part = None;
        let name = part_name(entry.path);
        match entry.kind {
            EntryKind::Regular => {
                self.stream.sizes.insert(name.clone(), entry.size);
                self.part = Some(OpenPart { name, size: entry.size, body: Body::Unknown(Vec::new()) });
            }
            EntryKind::Symlink | EntryKind::Hardlink => {
                let to = beside(&name, entry.link, entry.kind == EntryKind::Hardlink);
                self.stream.links.insert(name, to);
            }
            EntryKind::Directory | EntryKind::Special => {}
        }
    }

    fn data(&mut self, _: u64, bytes: &[u8]) {
        let Some(mut part) = self.part.take() else {
            return;
        };
        match &mut part.body {
            Body::Unknown(head) => {
                head.extend_from_slice(bytes);
                if HEAD.min(part.size) <= head.len() as u64 {
                    let head = std::mem::take(head);
                    part.body = self.begin(&part, &head);
                    part.body.take(&head);
                }
            }
            body => body.take(bytes),
        }
        self.part = Some(part);
    }

    fn close(&mut self) {
        if let Some(OpenPart { name, body: Body::Document(document), .. }) = self.part.take() {
            self.stream.small.insert(name, document);
        }
    }

    fn flaw(&mut self, flaw: Flaw) {
        if flaw.loses && self.stream.flaw.is_none() {
            self.stream.flaw = Some(format!("{} (offset {})", flaw.reason, flaw.offset));
        }
    }
}

struct One {
    walker: Walker,
    part: OnePart,
}

struct OnePart {
    name: String,
    sender: SyncSender<Vec<u8>>,
    open: bool,
    done: bool,
}

impl Receive for One {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.walker.feed(bytes, &mut self.part);
        !self.part.done
    }
    fn read(&mut self, _: u64) {}
}

impl Visit for OnePart {
    fn entry(&mut self, entry: &Entry<'_>) {
        self.open = entry.kind == EntryKind::Regular && part_name(entry.path) == self.name;
    }
    fn data(&mut self, _: u64, bytes: &[u8]) {
        if self.open && self.sender.send(bytes.to_vec()).is_err() {
            self.done = true;
        }
    }
    fn close(&mut self) {
        self.done |= self.open;
    }
    fn flaw(&mut self, _: Flaw) {}
}
