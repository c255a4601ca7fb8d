//! Layers with a table of contents, as eStargz and zstd:chunked store them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::digest;
use crate::layer::{Packing, pack};
use crate::tar::{Entry, write};

/// Bytes of a piece of a file.
const PIECE: usize = 4096;

/// A stored layer.
#[derive(Debug, Clone, Default)]
pub struct Lazy {
    /// Its bytes.
    pub stored: Vec<u8>,
    /// The archive it unpacks to.
    pub tar: Vec<u8>,
    /// The table's text.
    pub text: Vec<u8>,
    /// What its descriptor carries.
    pub annotations: BTreeMap<String, String>,
}

/// eStargz; `change` may falsify the table before its digest is taken.
#[must_use]
pub fn estargz(entries: &[Entry], change: impl FnOnce(&mut Vec<Value>)) -> Lazy {
    let mut out = Lazy::default();
    let mut lines = members(&mut out, entries, Packing::Gzip, false);
    change(&mut lines);
    let text = json!({ "version": 1, "entries": lines }).to_string().into_bytes();
    let mut table = Vec::new();
    write(&mut table, &Entry::file("stargz.index.json", 0, &text));
    table.resize(table.len().next_multiple_of(512) + 1024, 0);
    let at = out.stored.len();
    out.stored.extend(pack(&table, Packing::Gzip));
    out.tar.extend(table);
    out.stored.extend([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, b'S', b'G', 22, 0]);
    out.stored.extend(format!("{at:016x}STARGZ").bytes());
    out.stored.extend([1, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.annotations.insert("containerd.io/snapshot/stargz/toc.digest".to_owned(), digest(&text));
    out.text = text;
    out
}

/// zstd:chunked; `change` may falsify the table before its digest is taken.
#[must_use]
pub fn zstd_chunked(entries: &[Entry], change: impl FnOnce(&mut Vec<Value>)) -> Lazy {
    let mut out = Lazy::default();
    let mut lines = members(&mut out, entries, Packing::Zstd, true);
    change(&mut lines);
    out.tar.resize(out.tar.len() + 1024, 0);
    out.stored.extend(pack(&[0; 1024], Packing::Zstd));
    let text = json!({ "version": 1, "entries": lines }).to_string().into_bytes();
    let table = pack(&text, Packing::Zstd);
    let at = out.stored.len() + 8;
    let mut note = |what: &str, value: String| {
        out.annotations.insert(format!("io.github.containers.zstd-chunked.manifest-{what}"), value);
    };
    note("checksum", digest(&table));
    note("position", format!("{at}:{}:{}:1", table.len(), text.len()));
    skippable(&mut out.stored, &table);
    let numbers = [at as u64, table.len() as u64, text.len() as u64, 1, 0, 0, 0];
    let mut footer: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    footer.extend(b"GNUlInUx");
    skippable(&mut out.stored, &footer);
    out.text = text;
    out
}

fn skippable(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend([0x50, 0x2a, 0x4d, 0x18]);
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

/// Stores every header and every piece by itself; answers the lines of the table.
fn members(out: &mut Lazy, entries: &[Entry], packing: Packing, ends: bool) -> Vec<Value> {
    let mut lines = Vec::new();
    for entry in entries {
        let mut whole = Vec::new();
        write(&mut whole, entry);
        let data = entry.data.len();
        let body = if data == 0 { whole.len() } else { whole.len() - data.next_multiple_of(512) };
        let (header, rest) = whole.split_at(body);
        let padding = rest.get(data..).unwrap_or_default();
        out.tar.extend_from_slice(&whole);
        out.stored.extend(pack(header, packing));
        let mut line = line(entry);
        let pieces: Vec<&[u8]> = entry.data.chunks(PIECE).collect();
        let mut further = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            let mut one = json!({ "offset": out.stored.len() });
            if 1 < pieces.len() || !ends {
                one["chunkSize"] = json!(if 1 < pieces.len() { piece.len() } else { 0 });
                one["chunkOffset"] = json!(number * PIECE);
                one["chunkDigest"] = json!(digest(piece));
            }
            out.stored.extend(pack(piece, packing));
            if number == 0 {
                merge(&mut line, one);
            } else {
                one["type"] = json!("chunk");
                one["name"] = line["name"].clone();
                further.push(one);
            }
        }
        if data != 0 && ends {
            line["endOffset"] = json!(out.stored.len());
        }
        out.stored.extend(pack(padding, packing));
        lines.push(line);
        lines.extend(further);
    }
    lines
}

fn line(entry: &Entry) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let kind = match entry.kind {
        b'5' => "dir",
        b'2' => "symlink",
        b'1' => "hardlink",
        b'3' => "char",
        _ => "reg",
    };
    let mut line = json!({
        "type": kind, "name": text(&entry.path), "mode": entry.mode, "uid": entry.uid, "gid": entry.gid,
        "linkName": text(&entry.link), "size": entry.data.len(), "modtime": "2026-01-01T00:00:00Z",
    });
    if !entry.data.is_empty() {
        line["digest"] = json!(digest(&entry.data));
    }
    if entry.pax.iter().any(|(key, _)| key == "SCHILY.xattr.security.capability") {
        line["xattrs"] = json!({ "security.capability": "AQAAAg==" });
    }
    line
}

fn merge(line: &mut Value, more: Value) {
    if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
        line.extend(more);
    }
}
