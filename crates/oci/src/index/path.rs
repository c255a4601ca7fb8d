//! Paths of archives, brought into the one form that the tree has.

/// How a path had to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cleaned {
    /// Not, or only by what every writer adds (`./`, a slash at either end).
    Plain,
    /// It had `..` that stays inside the root.
    Folded,
    /// It pointed out of the root and was held inside.
    Contained,
}

/// Appends `raw` to `out`: relative, `/`-separated, without `.` and `..`; bytes that are not UTF-8 as `\xNN`.
pub(crate) fn clean(raw: &[u8], out: &mut String) -> Cleaned {
    let mut raw = raw;
    while let Some(rest) = raw.strip_prefix(b"./").or_else(|| raw.strip_prefix(b"/")) {
        raw = rest;
    }
    let raw = raw.strip_suffix(b"/").unwrap_or(raw);
    if is_clean(raw) {
        push_text(raw, out);
        return Cleaned::Plain;
    }
    let start = out.len();
    let mut cleaned = Cleaned::Plain;
    for part in raw.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => match out.get(start..).and_then(|p| p.rfind('/')) {
                Some(slash) => {
                    out.truncate(start + slash);
                    cleaned = cleaned.max(Cleaned::Folded);
                }
                None if start < out.len() => {
                    out.truncate(start);
                    cleaned = cleaned.max(Cleaned::Folded);
                }
                None => cleaned = Cleaned::Contained,
            },
            part => {
                if start < out.len() {
                    out.push('/');
                }
                push_text(part, out);
            }
        }
    }
    cleaned
}

/// Neither empty components nor `.` nor `..`.
fn is_clean(raw: &[u8]) -> bool {
    // Only a component that begins with a dot or a slash can be unclean.
    if raw.first().is_none_or(|b| *b != b'.' && *b != b'/') && memchr::memmem::find(raw, b"/.").is_none() {
        return memchr::memmem::find(raw, b"//").is_none();
    }
    raw.split(|&b| b == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Appends bytes as text; what is not UTF-8 as `\xNN`, so that different names stay different.
pub(crate) fn push_text(bytes: &[u8], out: &mut String) {
    use std::fmt::Write;
    if let Ok(text) = std::str::from_utf8(bytes) {
        out.push_str(text);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(raw: &[u8]) -> (String, Cleaned) {
        let mut out = "before".to_owned();
        let how = clean(raw, &mut out);
        (out.strip_prefix("before").unwrap().to_owned(), how)
    }

    #[test]
    fn paths_are_relative_and_stay_inside() {
        for (raw, want, how) in [
            (&b"./usr/bin/"[..], "usr/bin", Cleaned::Plain),
            (b"/etc/passwd", "etc/passwd", Cleaned::Plain),
            (b"././/a//b/./c", "a/b/c", Cleaned::Plain),
            (b".", "", Cleaned::Plain),
            (b"./", "", Cleaned::Plain),
            (b"a/../b", "b", Cleaned::Folded),
            (b"a/b/../../c", "c", Cleaned::Folded),
            (b"../../etc/passwd", "etc/passwd", Cleaned::Contained),
            (b"a/../../b", "b", Cleaned::Contained),
            (b"..", "", Cleaned::Contained),
            (b"a/.b/..c/...", "a/.b/..c/...", Cleaned::Plain),
            (b"caf\xe9/x", "caf\\xe9/x", Cleaned::Plain),
        ] {
            assert_eq!(cleaned(raw), (want.to_owned(), how), "{}", raw.escape_ascii());
        }
    }
}
