//! Tar: ustar, with the long names of pax and GNU.

use std::io::{self, Read};

use super::{ARCHIVE_BYTES_MAX, ENTRIES_MAX, ENTRY_BYTES_MAX, fill};
use crate::feed::Problem;

/// Bytes of a long name or a pax header.
const NAME_BYTES_MAX: u64 = 1 << 20;

struct Header {
    name: String,
    size: u64,
    kind: u8,
}

/// True if `head` begins a tar archive: its checksum fits.
pub(super) fn is_tar(head: &[u8]) -> bool {
    <&[u8; 512]>::try_from(head).is_ok_and(checksum_fits)
}

pub(super) fn entries(
    archive: &str,
    reader: impl Read,
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(String, Vec<u8>),
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(reason) =
        walk(archive, &mut io::BufReader::with_capacity(1 << 16, reader), wanted, sink, &mut problems)
    {
        problems.push(Problem::new(archive, reason));
    }
    problems
}

fn walk(
    archive: &str,
    reader: &mut impl Read,
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(String, Vec<u8>),
    problems: &mut Vec<Problem>,
) -> Result<(), String> {
    let mut block = [0_u8; 512];
    let mut long_name: Option<String> = None;
    let mut total = 0_u64;
    for _ in 0..ENTRIES_MAX {
        match fill(reader, &mut block).map_err(|e| format!("cannot be read: {e}"))? {
            0 => return Ok(()),
            512 => {}
            _ => return Err("the archive is cut off".to_owned()),
        }
        if block.iter().all(|b| *b == 0) {
            return Ok(());
        }
        let header = header(&block).ok_or("a tar header is damaged")?;
        let padded = header.size.checked_next_multiple_of(512).ok_or("a tar header is damaged")?;
        total = total.saturating_add(padded);
        if ARCHIVE_BYTES_MAX < total {
            return Err(format!("inflates to more than ARCHIVE_BYTES_MAX ({ARCHIVE_BYTES_MAX} bytes)"));
        }
        match header.kind {
            b'x' | b'L' if header.size <= NAME_BYTES_MAX => {
                let body = body(reader, header.size, padded)?;
                let name = if header.kind == b'x' { pax_path(&body) } else { Some(text(&body)) };
                long_name = name.or(long_name);
                continue;
            }
            0 | b'0' | b'7' => {
                let name = long_name.take().unwrap_or(header.name);
                if !wanted(&name) {
                    skip(reader, padded)?;
                } else if ENTRY_BYTES_MAX < header.size {
                    let reason = format!("larger than ENTRY_BYTES_MAX ({ENTRY_BYTES_MAX} bytes)");
                    problems.push(Problem::new(format!("{archive}!{name}"), reason));
                    skip(reader, padded)?;
                } else {
                    let body = body(reader, header.size, padded)?;
                    sink(name, body);
                }
            }
            b'g' => skip(reader, padded)?,
            _ => {
                long_name = None;
                skip(reader, padded)?;
            }
        }
    }
    Err(format!("more than ENTRIES_MAX ({ENTRIES_MAX}) files"))
}

fn body(reader: &mut impl Read, size: u64, padded: u64) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read =
        reader.by_ref().take(padded).read_to_end(&mut out).map_err(|e| format!("cannot be read: {e}"))?;
    if (read as u64) < padded {
        return Err("the archive is cut off".to_owned());
    }
    out.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(out)
}

fn skip(reader: &mut impl Read, padded: u64) -> Result<(), String> {
    let skipped = io::copy(&mut reader.by_ref().take(padded), &mut io::sink());
    match skipped.map_err(|e| format!("cannot be read: {e}"))? {
        n if n == padded => Ok(()),
        _ => Err("the archive is cut off".to_owned()),
    }
}

fn header(block: &[u8; 512]) -> Option<Header> {
    checksum_fits(block).then_some(())?;
    let field = |from: usize, to: usize| block.get(from..to);
    let name = text(field(0, 100)?);
    let name = match field(257, 262)? {
        b"ustar" => match text(field(345, 500)?) {
            prefix if prefix.is_empty() || field(257, 265)? == b"ustar  \0" => name,
            prefix => format!("{prefix}/{name}"),
        },
        _ => name,
    };
    Some(Header { name, size: number(field(124, 136)?)?, kind: *block.get(156)? })
}

/// The sum of all bytes, the checksum's own taken as blanks.
fn checksum_fits(block: &[u8; 512]) -> bool {
    let stated = block.get(148..156).and_then(number);
    let sum: u64 =
        block.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u64::from(*b) }).sum();
    stated == Some(sum)
}

/// Octal digits, or base 256 if the first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (high, low) = field.split_at_checked(field.len().checked_sub(8)?)?;
        let clean = high.iter().enumerate().all(|(i, b)| *b == if i == 0 { 0x80 } else { 0 });
        return clean.then_some(u64::from_be_bytes(low.try_into().ok()?));
    }
    let digits = field.trim_ascii();
    let digits = digits.split(|b| *b == 0 || *b == b' ').next()?;
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|b| *b == 0).next().unwrap_or_default()).into_owned()
}

/// `LENGTH path=VALUE\n` among the records of a pax header.
fn pax_path(body: &[u8]) -> Option<String> {
    let mut rest = body;
    let mut found = None;
    while let Some(blank) = rest.iter().position(|b| *b == b' ') {
        let length: usize = std::str::from_utf8(rest.get(..blank)?).ok()?.parse().ok()?;
        let record = rest.get(blank + 1..length.checked_sub(1)?)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            found = Some(String::from_utf8_lossy(path).into_owned());
        }
        rest = rest.get(length..)?;
    }
    found
}
