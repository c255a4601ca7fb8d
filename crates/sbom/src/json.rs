//! Looking into foreign JSON: what is absent or of another type is nothing, and the caller says whether that matters.

use serde_json::Value;

use crate::Format;

/// Bytes from the beginning of a document that [`detect`] looks at.
const DETECT_BYTES_MAX: usize = 4096;

/// The text of a member; empty is nothing.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|s| !s.is_empty())
}

/// The items of a member that is a list.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The strings of a member that is a list.
pub(crate) fn texts<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    list(value, key).iter().filter_map(Value::as_str)
}

/// Tells the format by the members that each must have, as far as they stand near the beginning or are named anywhere
/// in the first bytes.
pub(crate) fn detect(bytes: &[u8]) -> Option<Format> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().position(|b| !b.is_ascii_whitespace())?;
    if bytes.get(first) != Some(&b'{') {
        return None;
    }
    let names = |window: &[u8], word: &[u8]| window.windows(word.len()).any(|w| w == word);
    let beginning = bytes.get(..DETECT_BYTES_MAX.min(bytes.len()))?;
    // A writer that sorts its members may put these behind long lists: the end is looked at as well.
    let end = bytes.get(bytes.len().saturating_sub(DETECT_BYTES_MAX)..)?;
    for window in [beginning, end] {
        if names(window, b"\"bomFormat\"") && names(window, b"\"CycloneDX\"") {
            return Some(Format::CycloneDxJson);
        }
        if names(window, b"\"spdxVersion\"") && names(window, b"\"SPDX-2.") {
            return Some(Format::SpdxJson);
        }
    }
    None
}
