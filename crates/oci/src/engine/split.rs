//! Archives that tar-split took apart (github.com/vbatts/tar-split, `tar/storage`): lines of JSON, each either bytes of
//! the archive or the name of a file whose content an engine keeps unpacked. Put together again they are the archive
//! byte for byte, so that its digest can be verified.

use std::io::{BufRead, BufReader, Read};

use base64::Engine;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// Bytes of one line.
pub const SPLIT_LINE_BYTES_MAX: u64 = 16 << 20;

/// The next part of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes.
    Bytes(Vec<u8>),
    /// So many bytes of the unpacked file of this name.
    File {
        /// As the archive names it.
        name: Vec<u8>,
        /// Bytes.
        size: u64,
    },
}

/// The parts of an archive, in order.
pub struct Pieces<R: Read> {
    lines: BufReader<MultiGzDecoder<R>>,
    ended: bool,
}

#[derive(Deserialize)]
struct Line {
    r#type: u32,
    #[serde(default)]
    name: String,
    #[serde(default)]
    name_raw: Option<String>,
    #[serde(default)]
    size: i64,
    #[serde(default)]
    payload: Option<String>,
}

impl<R: Read> Pieces<R> {
    /// Reads the gzip stream `source`.
    pub fn new(source: R) -> Self {
        Self { lines: BufReader::new(MultiGzDecoder::new(source)), ended: false }
    }

    fn line(&mut self) -> Result<Option<Piece>, String> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(SPLIT_LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
        read.map_err(|e| format!("the list of the archive's parts cannot be read: {e}"))?;
        if SPLIT_LINE_BYTES_MAX < line.len() as u64 {
            return Err(format!("a part crosses the bound SPLIT_LINE_BYTES_MAX of {SPLIT_LINE_BYTES_MAX}"));
        }
        if line.is_empty() {
            return Ok(None);
        }
        let wrong = |e: &dyn std::fmt::Display| format!("the list of the archive's parts is damaged: {e}");
        let line: Line = serde_json::from_slice(&line).map_err(|e| wrong(&e))?;
        let decode =
            |text: &str| base64::engine::general_purpose::STANDARD.decode(text).map_err(|e| wrong(&e));
        match line.r#type {
            1 => {
                let size = u64::try_from(line.size).map_err(|e| wrong(&e))?;
                let name = match line.name_raw.as_deref() {
                    Some(raw) if !raw.is_empty() => decode(raw)?,
                    _ => line.name.into_bytes(),
                };
                Ok(Some(Piece::File { name, size }))
            }
            2 => decode(line.payload.as_deref().unwrap_or_default()).map(|bytes| Some(Piece::Bytes(bytes))),
            other => Err(wrong(&format!("a part of the unknown kind {other}"))),
        }
    }
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = Result<Piece, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.line().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8]) -> Vec<Result<Piece, String>> {
        Pieces::new(&*testkit::pack(text, testkit::Packing::Gzip)).collect()
    }

    #[test]
    fn lines_are_bytes_or_files_and_damage_is_named() {
        let text = b"{\"type\":2,\"payload\":\"aGVhZA==\",\"position\":0}\n\
                     {\"type\":1,\"name\":\"etc/x\",\"size\":3,\"payload\":\"AAAA\",\"position\":1}\n\
                     {\"type\":1,\"name_raw\":\"/2E=\",\"payload\":null,\"position\":2}\n";
        let file = |name: &[u8], size| Ok(Piece::File { name: name.to_vec(), size });
        assert_eq!(pieces(text), [Ok(Piece::Bytes(b"head".to_vec())), file(b"etc/x", 3), file(b"\xffa", 0)]);
        for bad in [
            "{\"type\":3}\n",
            "{\"type\":1,\"name\":\"x\",\"size\":-1}\n",
            "{\"type\":2,\"payload\":\"*\"}\n",
            "x\n",
        ] {
            let found = pieces(bad.as_bytes());
            assert!(found.len() == 1 && found[0].is_err(), "{bad}");
        }
        assert!(Pieces::new(&b"no gzip"[..]).next().is_some_and(|p| p.is_err()));
    }
}
