//! The index as bytes, for a cache. Written and read as a stream, so that a large one is never in memory twice; a
//! checksum at the end, because a damaged cache must be noticed, and every access checked, because it may lie.

use std::fmt;
use std::io::{self, Read, Write};

use super::{
    Counts, Extract, LAYER_ENTRIES_MAX, LAYER_KEEP_BYTES_MAX, LAYER_TEXT_BYTES_MAX, LayerFlaw, LayerIndex,
    LayerSkip, Record,
};

/// Raised with every change of the layout.
const MAGIC: &[u8; 8] = b"plimlyr2";

/// Bytes of a record.
const RECORD: usize = 28;

/// Items of the short lists.
const LIST_MAX: u64 = 1 << 16;

/// Why bytes are no index.
#[derive(Debug)]
pub enum CodecError {
    /// The source failed or ended early.
    Read(io::Error),
    /// Another layout, or not an index at all.
    Format,
    /// The checksum does not hold.
    Checksum,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(e) => write!(f, "the entry ends early: {e}"),
            Self::Format => write!(f, "the entry has another layout"),
            Self::Checksum => write!(f, "the entry does not match its checksum"),
        }
    }
}

impl std::error::Error for CodecError {}

impl From<io::Error> for CodecError {
    fn from(e: io::Error) -> Self {
        Self::Read(e)
    }
}

impl LayerIndex {
    /// Writes the index.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn encode(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Sum { inner: out, crc: crc32fast::Hasher::new() };
        out.write_all(MAGIC)?;
        let Counts { files, bytes, shadowed_bytes } = self.counts;
        for n in [files, bytes, shadowed_bytes, u64::from(self.through_links)] {
            out.number(n)?;
        }
        out.bytes(self.text.as_bytes())?;
        out.number(self.records.len() as u64)?;
        let mut buffer = Vec::with_capacity(RECORD * 1024);
        for chunk in self.records.chunks(1024) {
            buffer.clear();
            chunk.iter().for_each(|r| buffer.extend_from_slice(&to_bytes(r)));
            out.write_all(&buffer)?;
        }
        out.number(self.owners.len() as u64)?;
        for &(uid, gid) in &self.owners {
            out.number(u64::from(uid) << 32 | u64::from(gid))?;
        }
        out.number(self.extracts.len() as u64)?;
        for e in &self.extracts {
            out.number(u64::from(e.ordinal) << 1 | u64::from(e.answer))?;
            out.number(e.at)?;
            out.number(e.len)?;
        }
        out.number(self.linked.len() as u64)?;
        for &ordinal in &self.linked {
            out.number(u64::from(ordinal))?;
        }
        out.lists(self)?;
        out.bytes(&self.kept)?;
        let crc = out.crc.finalize();
        out.inner.write_all(&crc.to_le_bytes())
    }

    /// Reads an index.
    ///
    /// # Errors
    /// [`CodecError`] if it is none, or damaged.
    pub fn decode(source: &mut dyn Read) -> Result<Self, CodecError> {
        let mut source = Sum { inner: source, crc: crc32fast::Hasher::new() };
        if source.array()? != *MAGIC {
            return Err(CodecError::Format);
        }
        let counts =
            Counts { files: source.number()?, bytes: source.number()?, shadowed_bytes: source.number()? };
        let through_links = source.number()? != 0;
        // The last path may take the text a little beyond the bound.
        let text = source.bytes(LAYER_TEXT_BYTES_MAX as u64 + (1 << 16))?;
        let text = String::from_utf8(text).map_err(|_| CodecError::Format)?;
        let records = source.records()?;
        let owners = source.list(LAYER_ENTRIES_MAX as u64, |s| {
            let pair = s.number()?;
            Ok(((pair >> 32) as u32, pair as u32))
        })?;
        let extracts = source.list(LAYER_ENTRIES_MAX as u64, |s| {
            let key = s.number()?;
            Ok(Extract {
                ordinal: (key >> 1) as u32,
                answer: key & 1 == 1,
                at: s.number()?,
                len: s.number()?,
            })
        })?;
        let linked = source.list(LAYER_ENTRIES_MAX as u64, |s| Ok(s.number()? as u32))?;
        let flaws = source.list(LIST_MAX, |s| {
            Ok(LayerFlaw { place: s.text()?, reason: s.text()?, loses: s.number()? != 0 })
        })?;
        let skipped = source.list(LIST_MAX, |s| {
            Ok(LayerSkip { place: s.text()?, bound: s.text()?, limit: s.number()?, loses: s.number()? != 0 })
        })?;
        let shadowed = source.list(LIST_MAX, |s| Ok((s.text()?, s.number()?)))?;
        let kept = source.bytes(LAYER_KEEP_BYTES_MAX)?;
        let crc = source.crc.clone().finalize();
        if source.array()? != crc.to_le_bytes() {
            return Err(CodecError::Checksum);
        }
        let late = Vec::new();
        Ok(Self {
            text,
            records,
            owners,
            extracts,
            kept,
            linked,
            late,
            through_links,
            counts,
            flaws,
            skipped,
            shadowed,
        })
    }
}

fn to_bytes(r: &Record) -> [u8; RECORD] {
    let mut out = [0; RECORD];
    let words = [r.path_at, r.ordinal, r.size[0], r.size[1], r.owner];
    let halves = [r.path_len, r.link_len, r.meta];
    for (to, from) in out.chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&from.to_le_bytes());
    }
    for (to, from) in out[20..].chunks_exact_mut(2).zip(halves) {
        to.copy_from_slice(&from.to_le_bytes());
    }
    out
}

fn from_bytes(b: &[u8; RECORD]) -> Record {
    let word = |i: usize| u32::from_le_bytes([b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3]]);
    let half = |i: usize| u16::from_le_bytes([b[20 + 2 * i], b[21 + 2 * i]]);
    Record {
        path_at: word(0),
        ordinal: word(1),
        size: [word(2), word(3)],
        owner: word(4),
        path_len: half(0),
        link_len: half(1),
        meta: half(2),
    }
}

/// A stream whose bytes are summed up.
struct Sum<S> {
    inner: S,
    crc: crc32fast::Hasher,
}

impl Sum<&mut dyn Write> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.inner.write_all(bytes)
    }

    fn number(&mut self, n: u64) -> io::Result<()> {
        self.write_all(&n.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.number(bytes.len() as u64)?;
        self.write_all(bytes)
    }

    fn lists(&mut self, index: &LayerIndex) -> io::Result<()> {
        self.number(index.flaws.len() as u64)?;
        for f in &index.flaws {
            self.bytes(f.place.as_bytes())?;
            self.bytes(f.reason.as_bytes())?;
            self.number(u64::from(f.loses))?;
        }
        self.number(index.skipped.len() as u64)?;
        for s in &index.skipped {
            self.bytes(s.place.as_bytes())?;
            self.bytes(s.bound.as_bytes())?;
            self.number(s.limit)?;
            self.number(u64::from(s.loses))?;
        }
        self.number(index.shadowed.len() as u64)?;
        for (path, size) in &index.shadowed {
            self.bytes(path.as_bytes())?;
            self.number(*size)?;
        }
        Ok(())
    }
}

impl Sum<&mut dyn Read> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut out = [0; N];
        self.inner.read_exact(&mut out)?;
        self.crc.update(&out);
        Ok(out)
    }

    fn number(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// As many bytes as the stream says, read as they come: a length that lies takes no memory.
    fn bytes(&mut self, max: u64) -> Result<Vec<u8>, CodecError> {
        let len = self.number()?;
        if max < len {
            return Err(CodecError::Format);
        }
        let mut out = Vec::with_capacity(usize::try_from(len.min(1 << 20)).unwrap_or_default());
        let read = (&mut *self.inner).take(len).read_to_end(&mut out)?;
        if (read as u64) < len {
            return Err(CodecError::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        self.crc.update(&out);
        Ok(out)
    }

    fn text(&mut self) -> Result<String, CodecError> {
        String::from_utf8(self.bytes(1 << 16)?).map_err(|_| CodecError::Format)
    }

    fn list<T>(
        &mut self,
        max: u64,
        mut item: impl FnMut(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        let len = self.number()?;
        if max < len {
            return Err(CodecError::Format);
        }
        let mut out = Vec::new();
        for _ in 0..len {
            out.push(item(self)?);
        }
        Ok(out)
    }

    fn records(&mut self) -> Result<Vec<Record>, CodecError> {
        let mut left = usize::try_from(self.number()?).map_err(|_| CodecError::Format)?;
        if LAYER_ENTRIES_MAX < left {
            return Err(CodecError::Format);
        }
        let mut out = Vec::new();
        let mut buffer = vec![0; RECORD * 4096];
        while 0 < left {
            let take = left.min(4096);
            let bytes = &mut buffer[..RECORD * take];
            self.inner.read_exact(bytes)?;
            self.crc.update(bytes);
            out.extend(bytes.as_chunks::<RECORD>().0.iter().map(from_bytes));
            left -= take;
        }
        Ok(out)
    }
}
