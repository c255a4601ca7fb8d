//! `pom.properties` (java.util.Properties) and the main section of `MANIFEST.MF` (JAR file specification).

use std::collections::BTreeMap;

/// Keys and values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Properties(BTreeMap<String, String>);

impl Properties {
    /// A value that is neither empty nor a placeholder that the build forgot to fill.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let value = self.0.get(&key.to_ascii_lowercase())?.trim();
        (!value.is_empty() && !value.contains("${") && value != "unspecified").then_some(value)
    }
}

/// Reads `key=value` lines.
pub(crate) fn properties(bytes: &[u8]) -> Properties {
    let mut out = BTreeMap::new();
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim().to_owned();
        if line.starts_with(['#', '!']) {
            continue;
        }
        // An odd number of backslashes at the end continues the line; blanks before the rest do not count.
        while line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1 {
            line.pop();
            let Some(more) = lines.next() else { break };
            line.push_str(more.trim());
        }
        if let Some((key, value)) = line.split_once(['=', ':']) {
            out.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Properties(out)
}

/// Reads the attributes up to the first blank line; a line that begins with a blank continues the one before.
pub(crate) fn main_attributes(bytes: &[u8]) -> Properties {
    let mut out = BTreeMap::new();
    let mut last: Option<(String, String)> = None;
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines().chain([""]) {
        if let Some(more) = line.strip_prefix(' ') {
            if let Some((_, value)) = &mut last {
                value.push_str(more.trim_end_matches('\r'));
            }
            continue;
        }
        if let Some((key, value)) = last.take() {
            out.insert(key, value);
        }
        if line.trim().is_empty() {
            if out.is_empty() {
                continue;
            }
            break;
        }
        last = line.split_once(':').map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim().to_owned()));
    }
    Properties(out)
}
