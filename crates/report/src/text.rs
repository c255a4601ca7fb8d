//! Text in columns: cleaning what others wrote, measuring, cutting and wrapping by display width.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Makes text of others harmless on a terminal and in a document: control characters (escape sequences among them)
/// and the characters that reorder or hide text (Unicode bidirectional controls, zero-width characters) are written
/// out as `\u{…}`; line breaks and tabs become spaces.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c.is_control() || hides(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            c if c.is_control() || hides(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Unicode's bidirectional controls (UAX 9), zero-width and invisible formatting characters.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Columns that `text` takes.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { UnicodeWidthStr::width(text) }
}

/// `text` cut to `columns`, with `mark` (`…`) where something is missing.
#[must_use]
pub(crate) fn fit(text: &str, columns: usize, mark: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(mark));
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if room < used + w {
            break;
        }
        used += w;
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    if width(mark) <= columns {
        out.push_str(mark);
    }
    out
}

/// `text` padded with spaces to `columns`.
#[must_use]
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let mut out = text.to_owned();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(text))));
    out
}

/// `text` broken at spaces into lines of at most `columns`; a longer word is broken where it must.
#[must_use]
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let w = width(word);
        if used != 0 && columns < used + 1 + w {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used != 0 {
            line.push(' ');
            used += 1;
        }
        if w <= columns {
            line.push_str(word);
            used += w;
            continue;
        }
        for c in word.chars() {
            let w = c.width().unwrap_or(0);
            if columns < used + w {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += w;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `1 finding`, `7 findings`, `12,345 findings`.
#[must_use]
pub(crate) fn count(n: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { singular } else { plural })
}

/// `1,234,567`.
#[must_use]
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i != 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1.2 GiB`.
#[must_use]
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if n < 1024 {
        return count(n, "byte", "bytes");
    }
    let mut tenths = u128::from(n) * 10 / 1024;
    for unit in UNITS {
        if tenths < 10_240 || unit == "PiB" {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        tenths /= 1024;
    }
    count(n, "byte", "bytes")
}

/// Text for XML and HTML, in element content and in quoted attributes. Characters XML 1.0 cannot carry were removed
/// by [`clean`].
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
