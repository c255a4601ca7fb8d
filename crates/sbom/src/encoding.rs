//! The bytes of a document as UTF-8, whatever its writer's editor made of them.

use std::borrow::Cow;

/// `bytes` as UTF-8 without a byte order mark. UTF-16 is told by its mark, or by the zero byte beside a first letter
/// that is ASCII, as that of every format here is; UTF-32 is none of the formats' encodings.
///
/// # Errors
/// If UTF-16 holds half a pair or an odd number of bytes, or UTF-8 is broken; with the place.
pub(crate) fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err("UTF-32 is not read; write UTF-8".to_owned()),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, ..] if first.is_ascii() && *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, first, ..] if first.is_ascii() && *first != 0 => utf16(bytes, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = std::str::from_utf8(bytes);
            text.map(Cow::Borrowed).map_err(|e| format!("not UTF-8 at byte {}", e.valid_up_to()))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("UTF-16 of an odd number of bytes".to_owned());
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map(Cow::Owned).map_err(|e| format!("not UTF-16: half a pair {:#06x}", e.unpaired_surrogate()))
}

#[cfg(test)]
mod tests {
    use super::utf8;

    #[test]
    fn every_mark_and_its_absence_are_understood() {
        let units = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        assert_eq!(utf8(b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert_eq!(utf8("{\"ä\"}".as_bytes()).unwrap(), "{\"ä\"}");
        assert_eq!(utf8(&units("\u{feff}{\"ä😀\"}", u16::to_le_bytes)).unwrap(), "{\"ä😀\"}");
        assert_eq!(utf8(&units("\u{feff}{}", u16::to_be_bytes)).unwrap(), "{}");
        assert_eq!(utf8(&units("{}", u16::to_le_bytes)).unwrap(), "{}");
        assert_eq!(utf8(&units("{}", u16::to_be_bytes)).unwrap(), "{}");
        assert!(utf8(b"\xff\xfe{").is_err());
        assert!(utf8(b"\xff\xfe\x00\xd8").is_err());
        assert!(utf8(b"\xff\xfe\0\0{\0\0\0").is_err());
        assert!(utf8(b"{\xff}").is_err());
    }
}
