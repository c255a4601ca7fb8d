//! Percent-encoding as package URLs have it: unreserved characters and `:` stand for themselves, all else is escaped.

use std::fmt::{self, Write};

use super::{Purl, PurlError};

/// Writes the canonical form of `purl`.
pub(super) fn write(purl: &Purl, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "pkg:{}/", purl.kind)?;
    if let Some(namespace) = &purl.namespace {
        segments(namespace, f)?;
        f.write_char('/')?;
    }
    if super::rules::name_has_segments(&purl.kind) {
        segments(&purl.name, f)?;
    } else {
        text(&purl.name, f)?;
    }
    if let Some(version) = &purl.version {
        f.write_char('@')?;
        text(version, f)?;
    }
    for (n, (key, value)) in purl.qualifiers.iter().enumerate() {
        f.write_char(if n == 0 { '?' } else { '&' })?;
        f.write_str(key)?;
        f.write_char('=')?;
        text(value, f)?;
    }
    if let Some(subpath) = &purl.subpath {
        f.write_char('#')?;
        segments(subpath, f)?;
    }
    Ok(())
}

fn segments(path: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, segment) in path.split('/').enumerate() {
        if n != 0 {
            f.write_char('/')?;
        }
        text(segment, f)?;
    }
    Ok(())
}

fn text(s: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in s.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                f.write_char(char::from(byte))?;
            }
            _ => write!(f, "%{byte:02X}")?,
        }
    }
    Ok(())
}

/// Undoes the escapes of `s`.
pub(super) fn decode(s: &str) -> Result<String, PurlError> {
    if !s.contains('%') {
        return Ok(s.to_owned());
    }
    let bad = || PurlError::Encoding(s.chars().take(80).collect());
    let mut out = Vec::with_capacity(s.len());
    let mut bytes = s.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut nibble = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (nibble(), nibble()) else { return Err(bad()) };
        out.push(u8::try_from(high * 16 + low).map_err(|_| bad())?);
    }
    String::from_utf8(out).map_err(|_| bad())
}
