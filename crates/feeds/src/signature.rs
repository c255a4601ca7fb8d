//! Detached signatures of a file: Ed25519 (RFC 8032) and ECDSA on P-256 with SHA-256, as `openssl` and `cosign sign-blob`
//! write them.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of the largest signature file.
pub(crate) const SIGNATURE_BYTES_MAX: u64 = 16 << 10;

/// What comes before the 32 bytes of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410, 4).
const ED25519_HEAD: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What comes before the 65 bytes of a point on P-256 in its `SubjectPublicKeyInfo` (RFC 5480, 2).
const P256_HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// ECDSA on P-256.
    P256(Vec<u8>),
}

impl PublicKey {
    /// Reads a key in PEM, `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// Why it is none that is known.
    pub(crate) fn read(pem: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(pem).map_err(|_| "it is no text".to_owned())?;
        let inside = text
            .split_once("-----BEGIN PUBLIC KEY-----")
            .and_then(|(_, rest)| rest.split_once("-----END PUBLIC KEY-----"))
            .ok_or("it holds no `-----BEGIN PUBLIC KEY-----`")?;
        let body: String = inside.0.chars().filter(|c| !c.is_whitespace()).collect();
        let der = STANDARD.decode(body).map_err(|_| "it is damaged".to_owned())?;
        match (der.strip_prefix(ED25519_HEAD), der.strip_prefix(P256_HEAD)) {
            (Some(key), _) if key.len() == 32 => Ok(Self::Ed25519(key.to_owned())),
            (_, Some(key)) if key.len() == 65 => Ok(Self::P256(key.to_owned())),
            _ => Err("it is neither Ed25519 nor ECDSA on P-256".to_owned()),
        }
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            Self::P256(_) => "ecdsa-p256",
        }
    }

    /// True if `signature`, as bytes or in base64, is this key's of `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let text: Vec<u8> = signature.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(&text).unwrap_or_default();
        [signature, decoded.as_slice()].into_iter().any(|s| match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, s).is_ok(),
            Self::P256(key) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, s).is_ok()
            }
        })
    }
}
