//! Where the table lies in the layer, and whether it is the one that the manifest names.

use std::io::Read;

use super::parse::{Member, Toc, parse};
use super::{Chain, Ranged, TOC_BYTES_MAX, TocError, TocKind, lie, whole};
use crate::inflate::sha256;
use crate::tar::{Entry, EntryKind, Flaw, Visit, Walker};

/// Bytes of the end of an eStargz layer that says where the table begins.
const FOOTER_BYTES: u64 = 51;

/// Name of the table in the archive of eStargz.
const TABLE_NAME: &[u8] = b"stargz.index.json";

/// Fetches the table and proves it by `chain`.
///
/// # Errors
/// [`TocError`].
pub fn load(chain: &Chain, source: &dyn Ranged) -> Result<Toc, TocError> {
    match chain.kind {
        TocKind::EStargz => estargz(chain, source),
        TocKind::ZstdChunked { at, stored, inflated } => {
            let data_end = at.saturating_sub(8);
            if source.size() < at.saturating_add(stored) {
                return lie("its table of contents would lie outside of the layer");
            }
            let bytes = fetch(source, at, stored)?;
            if sha256(&bytes) != chain.digest {
                return lie(format!(
                    "wrong digest of its table of contents: named {}, found {}",
                    chain.digest,
                    sha256(&bytes)
                ));
            }
            let text = match zstd::stream::read::Decoder::new(bytes.as_slice()) {
                Ok(decoder) => bounded(decoder)?,
                Err(e) => return lie(format!("its table of contents is damaged: {e}")),
            };
            if text.len() as u64 != inflated {
                return lie("its table of contents has another length than the one named");
            }
            parse(&text, data_end)
        }
    }
}

fn estargz(chain: &Chain, source: &dyn Ranged) -> Result<Toc, TocError> {
    let Some(end) = source.size().checked_sub(FOOTER_BYTES) else {
        return whole("it has no table of contents");
    };
    let footer = fetch(source, end, FOOTER_BYTES)?;
    let Some(at) = table_at(&footer).filter(|at| *at < end) else {
        return whole("its end names no table of contents");
    };
    let bytes = fetch(source, at, end - at)?;
    let tar = bounded(flate2::read::MultiGzDecoder::new(bytes.as_slice()))?;
    let mut table = Table::default();
    let mut walker = Walker::default();
    walker.feed(&tar, &mut table);
    let Some(own) = table.own.filter(|own| own.size == table.text.len() as u64) else {
        return lie("its table of contents is not where its end says");
    };
    if sha256(&table.text) != chain.digest {
        let found = sha256(&table.text);
        return lie(format!("wrong digest of its table of contents: named {}, found {found}", chain.digest));
    }
    let mut toc = parse(&table.text, at)?;
    // The table is the archive's last file.
    toc.members.push(own);
    toc.text = table.text;
    Ok(toc)
}

/// The footer is an empty gzip member whose extra field `SG` says where the table begins, in hexadecimal digits.
fn table_at(footer: &[u8]) -> Option<u64> {
    let head = footer.get(..16)?;
    let is_footer = head.starts_with(&[0x1f, 0x8b, 8, 4]) && head.ends_with(&[26, 0, b'S', b'G', 22, 0]);
    let text = std::str::from_utf8(footer.get(16..32)?).ok()?;
    let named = footer.get(32..38)? == b"STARGZ";
    (is_footer && named && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| u64::from_str_radix(text, 16).ok())?
}

fn fetch(source: &dyn Ranged, at: u64, len: u64) -> Result<Vec<u8>, TocError> {
    if TOC_BYTES_MAX < len {
        return whole(format!("its table of contents has {len} bytes, more than the bound TOC_BYTES_MAX"));
    }
    let mut bytes = Vec::new();
    match source.range(at, len)?.take(len).read_to_end(&mut bytes) {
        Ok(n) if n as u64 == len => Ok(bytes),
        Ok(_) => whole("its table of contents could not be fetched whole"),
        Err(e) => whole(format!("its table of contents could not be fetched: {e}")),
    }
}

fn bounded(reader: impl Read) -> Result<Vec<u8>, TocError> {
    let mut bytes = Vec::new();
    match reader.take(TOC_BYTES_MAX + 1).read_to_end(&mut bytes) {
        Ok(n) if n as u64 <= TOC_BYTES_MAX => Ok(bytes),
        Ok(_) => whole("its table of contents inflates to more than the bound TOC_BYTES_MAX"),
        Err(e) => lie(format!("its table of contents is damaged: {e}")),
    }
}

/// Finds the table in the archive that holds nothing else.
#[derive(Default)]
struct Table {
    own: Option<Member>,
    text: Vec<u8>,
    open: bool,
}

impl Visit for Table {
    fn entry(&mut self, entry: &Entry<'_>) {
        self.open = entry.path == TABLE_NAME && entry.kind == EntryKind::Regular && self.own.is_none();
        if self.open {
            self.own = Some(Member {
                path: String::from_utf8_lossy(entry.path).into_owned(),
                link: String::new(),
                kind: entry.kind,
                mode: entry.mode,
                uid: entry.uid,
                gid: entry.gid,
                size: entry.size,
                capability: entry.capability,
                digest: None,
                pieces: Vec::new(),
            });
        }
    }

    fn data(&mut self, _: u64, bytes: &[u8]) {
        if self.open {
            self.text.extend_from_slice(bytes);
        }
    }

    fn close(&mut self) {
        self.open = false;
    }

    fn flaw(&mut self, _: Flaw) {}
}
