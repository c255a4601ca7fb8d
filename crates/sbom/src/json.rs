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
    let beginning = window(bytes.get(..DETECT_BYTES_MAX.min(bytes.len()))?);
    let first = beginning.trim_start().chars().next()?;
    if first == '<' {
        let is_bom = beginning.contains("cyclonedx.org/schema/bom/");
        return is_bom.then_some(Format::CycloneDxXml);
    }
    if is_tag_value(&beginning) {
        return Some(Format::SpdxTag);
    }
    // A writer that sorts its members may put these behind long lists: the end is looked at as well.
    let end = window(bytes.get(bytes.len().saturating_sub(DETECT_BYTES_MAX)..)?);
    if first != '{' {
        let is_yaml = is_spdx_yaml(&beginning) || is_spdx_yaml(&end);
        return is_yaml.then_some(Format::SpdxYaml);
    }
    [beginning, end].iter().find_map(|w| of_json(w))
}

fn of_json(window: &str) -> Option<Format> {
    let has = |word: &str| window.contains(word);
    match () {
        () if has("\"bomFormat\"") && has("\"CycloneDX\"") => Some(Format::CycloneDxJson),
        () if has("\"spdxVersion\"") && has("\"SPDX-2.") => Some(Format::SpdxJson),
        () if has("\"@context\"") && has("spdx.org/rdf/3.0") => Some(Format::Spdx3Json),
        () if has("anchore/syft") && has("\"schema\"") => Some(Format::SyftJson),
        () => None,
    }
}

/// A piece of a document as text; a letter cut in two is of no account. UTF-16 is told by zero bytes, which no format
/// has.
fn window(bytes: &[u8]) -> String {
    let letters: Vec<u8> = bytes.iter().copied().filter(|b| *b != 0).collect();
    String::from_utf8_lossy(&letters).trim_start_matches(['\u{feff}', '\u{fffd}']).to_owned()
}

/// True for SPDX tag-value: the first line that is neither blank nor a comment begins with a tag that comes first.
pub(crate) fn is_tag_value(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'));
    first.is_some_and(|l| ["SPDXVersion:", "DataLicense:"].iter().any(|tag| l.starts_with(tag)))
}

/// True for SPDX in YAML: a member of the outermost table names its version.
pub(crate) fn is_spdx_yaml(text: &str) -> bool {
    let beginning = text.get(..DETECT_BYTES_MAX).unwrap_or(text);
    !beginning.trim_start().starts_with('{') && text.lines().any(|l| l.starts_with("spdxVersion:"))
}
