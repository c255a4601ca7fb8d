//! Names of images as names of files.

use std::fmt::Write as _;

/// Bytes of the longest part of a path that file systems take, less the ending.
const NAME_BYTES_MAX: usize = 200;

/// Bytes that are kept of a longer name.
const HEAD_BYTES: usize = 120;

/// `name` as one part of a path; different names stay different. Repository and tag alone may have more bytes than a
/// file's name: such a one ends in its digest.
#[must_use]
pub fn file_name(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => out.push(char::from(byte)),
            b'/' => out.push('_'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    if NAME_BYTES_MAX < out.len() {
        out.truncate(HEAD_BYTES);
        let _ = write!(out, "~{}", oci::sha256(name.as_bytes()).hex());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_apart_and_short() {
        assert_eq!(file_name("reg:5000/team/a_b:1.0"), "reg%3A5000_team_a%5Fb%3A1.0");
        let long = |tag: char| format!("reg/{}:{tag}{}", "r".repeat(240), "t".repeat(120));
        assert_ne!(file_name(&long('a')), file_name(&long('b')));
        assert!(file_name(&long('a')).len() <= NAME_BYTES_MAX);
        assert!(file_name(&"é".repeat(300)).is_ascii());
    }
}
