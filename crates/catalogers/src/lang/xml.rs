//! XML documents of package managers, in the encodings that they have.

use std::borrow::Cow;

pub(super) use sbom::xml::Element;
use sbom::xml::{self, Bounds};

use super::text::{self, Broken};

/// Nesting of the deepest element.
const XML_DEPTH_MAX: usize = 64;

/// Elements of a document.
const XML_ELEMENTS_MAX: usize = 500_000;

/// Reads a document; the root element is the answer.
pub(super) fn read(bytes: &[u8]) -> Result<Element, Broken> {
    let bounds = Bounds { depth: XML_DEPTH_MAX, elements: XML_ELEMENTS_MAX };
    xml::read(&decode(bytes)?, bounds).map_err(|e| Broken::new(format!("not valid XML: {e}")))
}

/// Text of a document: what [`text::decode`] knows, and the one-byte encodings that its declaration may name.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Broken> {
    let declaration = bytes.strip_prefix(b"<?xml").and_then(|rest| rest.split(|b| *b == b'>').next());
    let declaration = String::from_utf8_lossy(declaration.unwrap_or_default()).to_ascii_lowercase();
    let encoding = declaration.split_once("encoding").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    match encoding {
        // Windows-1252 differs in 27 characters of quotes and dashes, none of which a version or a name has.
        Some("iso-8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252") => {
            Ok(Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()))
        }
        _ => text::decode(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_encoding_that_a_document_names_is_read() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xe9</a>";
        assert_eq!(read(latin).expect("XML").text, "caf\u{e9}");
        assert!(read(b"<?xml version='1.0'?><a>caf\xe9</a>").is_err());
    }
}
