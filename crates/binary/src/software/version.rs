//! What a version looks like in a binary.

/// Which suffixes belong to a product's upstream versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `1.2.3`, `1.2rc1`, `1.2-beta2`.
    Dotted,
    /// [`Style::Dotted`], and a letter as OpenSSL had: `1.1.1w`.
    Letter,
    /// [`Style::Dotted`], and a patch level as OpenSSH has: `9.2p1`.
    Patch,
    /// [`Style::Patch`], and nothing without one: OpenSSH's portable releases.
    Portable,
    /// [`Style::Dotted`], and a hyphenated revision as ImageMagick has: `6.9.11-60`.
    Revision,
    /// [`Style::Dotted`], and Java's old update: `1.8.0_392`.
    Update,
    /// A single number is enough: `252`.
    Number,
    /// Five or six digits that libxml2 packs a version into: `20914`.
    Packed,
}

/// Longest version taken, in bytes.
const VERSION_BYTES_MAX: usize = 32;

/// The version at the start of `bytes` and its length there.
pub(super) fn at_start(bytes: &[u8], style: Style) -> Option<(String, usize)> {
    let window = bytes.get(..bytes.len().min(VERSION_BYTES_MAX * 2))?;
    let numbers = numbers(window);
    let text = |end: usize| Some(String::from_utf8_lossy(window.get(..end)?).into_owned());
    if style == Style::Packed {
        return Some((unpack(&text(numbers)?)?, numbers));
    }
    let dots = window.get(..numbers)?.iter().filter(|b| **b == b'.').count();
    if numbers == 0 || (dots == 0 && style != Style::Number) {
        return None;
    }
    let end = numbers + suffix(window.get(numbers..)?, style);
    if VERSION_BYTES_MAX < end || (style == Style::Portable && end == numbers) {
        return None;
    }
    Some((text(end)?, end))
}

/// The length of `digits(.digits)*`.
fn numbers(bytes: &[u8]) -> usize {
    let mut end = 0;
    loop {
        let digits = bytes.get(end..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            // A trailing dot is the end of a sentence.
            return end.saturating_sub(1);
        }
        end += digits;
        if bytes.get(end) != Some(&b'.') {
            return end;
        }
        end += 1;
    }
}

fn suffix(rest: &[u8], style: Style) -> usize {
    let digits =
        |at: usize| rest.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let extended = match (style, rest) {
        (Style::Letter, [b'a'..=b'z', next, ..]) if !next.is_ascii_alphanumeric() => 1,
        (Style::Letter, [b'z', b'a'..=b'z', ..]) => 2,
        (Style::Patch | Style::Portable, [b'p', ..])
        | (Style::Revision, [b'-', ..])
        | (Style::Update, [b'_', ..])
            if 0 < digits(1) =>
        {
            1 + digits(1)
        }
        _ => 0,
    };
    if 0 < extended {
        return extended;
    }
    let skip = usize::from(matches!(rest.first(), Some(b'-' | b'.')));
    for word in ["alpha", "beta", "rc", "a", "b"] {
        let after = rest.get(skip..).and_then(|r| r.strip_prefix(word.as_bytes()));
        let Some(after) = after else { continue };
        let dot = usize::from(after.first() == Some(&b'.') && 1 < word.len());
        let number = digits(skip + word.len() + dot);
        let ends = after.get(dot + number).is_none_or(|b| !b.is_ascii_alphanumeric());
        if 0 < number && ends {
            return skip + word.len() + dot + number;
        }
    }
    0
}

/// `20914` → `2.9.14`: ten thousands are the major, hundreds the minor version.
fn unpack(digits: &str) -> Option<String> {
    let n: u32 = digits.parse().ok()?;
    (5..=6).contains(&digits.len()).then(|| format!("{}.{}.{}", n / 10_000, n / 100 % 100, n % 100))
}
