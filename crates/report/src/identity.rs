//! Identifiers in the form of a UUID that depend on nothing but a text, so that equal reports are equal bytes.

/// A UUID in form, made of the text by FNV-1a, twice. `version` is the digit that a schema asks for: 8 is the one for
/// forms of one's own (RFC 9562); schemas that know only 4 and 5 get 5, the one for what is made of a name.
pub(crate) fn uuid(version: u8, text: &str) -> String {
    let hash =
        |seed: u64| text.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    let bits = (u128::from(hash(0xcbf2_9ce4_8422_2325)) << 64) | u128::from(hash(0x9e37_79b9_7f4a_7c15));
    let version = u128::from(version & 0xf) << 76;
    let bits = (bits & !(0xf000 << 64) & !(0xc000 << 48)) | version | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let mut out = String::with_capacity(36);
    for (i, c) in hex.chars().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn a_text_has_one_identifier_of_the_form_that_is_asked_for() {
        assert_eq!(uuid(5, "a"), uuid(5, "a"));
        assert_ne!(uuid(5, "a"), uuid(5, "b"));
        for version in [5, 8] {
            let id = uuid(version, "a");
            let parts: Vec<&str> = id.split('-').collect();
            assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert!(parts[2].starts_with(&version.to_string()), "{id}");
            assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
