//! Identifiers that follow from content: equal documents have equal ones, and no randomness is needed.

use sha2::{Digest, Sha256};

/// A UUID of version 8 (RFC 9562, section 5.8) from the SHA-256 of `content`.
pub(crate) fn from_content(content: &[u8]) -> String {
    let hex = hex(content);
    let piece = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // The variant's two bits are `10`: the first digit of the fourth group is 8, 9, a or b.
    let variant = match piece(16, 17) {
        "0" | "4" | "8" | "c" => '8',
        "1" | "5" | "9" | "d" => '9',
        "2" | "6" | "a" | "e" => 'a',
        _ => 'b',
    };
    format!(
        "{}-{}-8{}-{variant}{}-{}",
        piece(0, 8),
        piece(8, 12),
        piece(13, 16),
        piece(17, 20),
        piece(20, 32)
    )
}

/// 16 hexadecimal digits that stand for `content`.
pub(crate) fn short(content: &[u8]) -> String {
    hex(content).chars().take(16).collect()
}

fn hex(content: &[u8]) -> String {
    model::Digest(Sha256::digest(content).into()).hex()
}
