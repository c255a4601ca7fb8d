//! XML as a small tree of elements, its own plain entities filled in, within bounds.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::text::{self, Broken};

/// Nesting of the deepest element.
const XML_DEPTH_MAX: usize = 64;

/// Elements of a document.
const XML_ELEMENTS_MAX: usize = 500_000;

/// Entities that one document declares.
const ENTITIES_MAX: usize = 1_000;

/// Bytes that entities of one document may add.
const ENTITY_BYTES_MAX: usize = 1 << 20;

/// An element by its local name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Name without prefix.
    pub(super) name: String,
    /// Text, trimmed.
    pub(super) text: String,
    /// Attributes in order.
    pub(super) attributes: Vec<(String, String)>,
    /// Elements in order.
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The first child called `name`.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// Text of the first child called `name`, unless it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.as_str()).filter(|t| !t.is_empty())
    }

    /// The children called `item` of the child called `list`.
    pub(super) fn items<'e>(&'e self, list: &str, item: &'static str) -> impl Iterator<Item = &'e Element> {
        self.child(list).into_iter().flat_map(|l| &l.children).filter(move |c| c.name == item)
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

/// Reads a document; the root element is the answer.
pub(super) fn read(bytes: &[u8]) -> Result<Element, Broken> {
    let text = decode(bytes)?;
    let mut entities = Entities::default();
    let mut reader = Reader::from_str(&text);
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        let event = reader.read_event().map_err(|e| Broken::new(format!("not valid XML: {e}")))?;
        match event {
            Event::Start(start) => {
                elements += 1;
                if XML_DEPTH_MAX < open.len() || XML_ELEMENTS_MAX < elements {
                    return Err(Broken::new("XML nested deeper than 64 or of more than 500,000 elements"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                elements += 1;
                let empty = element(&start)?;
                last(&mut open)?.children.push(empty);
            }
            Event::End(_) => {
                let mut done = open.pop().ok_or_else(unbalanced)?;
                done.text = done.text.trim().to_owned();
                last(&mut open)?.children.push(done);
            }
            Event::Text(t) => last(&mut open)?.text.push_str(&t),
            Event::CData(t) => last(&mut open)?.text.push_str(&t),
            Event::GeneralRef(r) => {
                let resolved =
                    match r.resolve_char_ref().map_err(|e| Broken::new(format!("not valid XML: {e}")))? {
                        Some(c) => c.to_string(),
                        None => match quick_xml::escape::resolve_predefined_entity(&r) {
                            Some(predefined) => predefined.to_owned(),
                            None => entities.fill_in(&r)?,
                        },
                    };
                last(&mut open)?.text.push_str(&resolved);
            }
            Event::DocType(declarations) => entities.declare(&declarations)?,
            Event::Eof => break,
            _ => {}
        }
    }
    if open.len() != 1 {
        return Err(Broken::new("the XML document ends within an element"));
    }
    let root = open.pop().and_then(|mut top| top.children.pop());
    root.ok_or_else(|| Broken::new("no XML element"))
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

/// The entities that a document declares for itself: plain text alone, so that nothing grows by being filled in.
#[derive(Default)]
struct Entities {
    texts: BTreeMap<String, String>,
    added: usize,
}

impl Entities {
    /// Takes the `<!ENTITY name "text">` of a document type; those of files and those made of others stay unknown.
    fn declare(&mut self, declarations: &str) -> Result<(), Broken> {
        for declaration in declarations.split("<!ENTITY").skip(1) {
            let declaration = declaration.trim_start();
            let Some((name, rest)) = declaration.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some(value) = rest.get(1..).and_then(|r| r.split_once(quote)).map(|(value, _)| value) else {
                continue;
            };
            if ENTITIES_MAX <= self.texts.len() {
                return Err(Broken::new(format!("more than {ENTITIES_MAX} entities")));
            }
            if name != "%" && !value.contains(['&', '<', '%']) {
                self.texts.entry(name.to_owned()).or_insert_with(|| value.to_owned());
            }
        }
        Ok(())
    }

    fn fill_in(&mut self, name: &str) -> Result<String, Broken> {
        let text = self.texts.get(name).cloned();
        let text =
            text.ok_or_else(|| Broken::new(format!("`&{name};` is no entity that can be filled in")))?;
        self.added = self.added.saturating_add(text.len());
        if ENTITY_BYTES_MAX < self.added {
            return Err(Broken::new(format!("its entities add more than {ENTITY_BYTES_MAX} bytes")));
        }
        Ok(text)
    }
}

fn last(open: &mut [Element]) -> Result<&mut Element, Broken> {
    open.last_mut().ok_or_else(unbalanced)
}

fn unbalanced() -> Broken {
    Broken::new("the XML document closes more than it opens")
}

fn element(start: &BytesStart<'_>) -> Result<Element, Broken> {
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| Broken::new(format!("not valid XML: {e}")))?;
        let value = quick_xml::escape::unescape(attribute.value.as_ref())
            .map_err(|e| Broken::new(format!("not valid XML: {e}")))?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name: start.local_name().as_ref().to_owned(), attributes, ..Element::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_entities_and_attributes_are_read() {
        let root = read(b"<?xml version='1.0'?><p:a xmlns:p='x' k='1 &amp; 2'><b> x &lt;<![CDATA[&]]>&#65; </b><c/></p:a>");
        let root = root.expect("XML");
        assert_eq!(root.name, "a");
        assert_eq!(root.attribute("k"), Some("1 & 2"));
        assert_eq!(root.value("b"), Some("x <&A"));
        assert_eq!(root.value("c"), None);
    }

    #[test]
    fn entities_and_encodings_of_a_document_are_its_own() {
        let own = b"<!DOCTYPE a [\n<!ENTITY v \"1.2\">]><a>&v;.3</a>";
        assert_eq!(read(own).expect("XML").text, "1.2.3");
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xe9</a>";
        assert_eq!(read(latin).expect("XML").text, "caf\u{e9}");
    }

    #[test]
    fn hostile_documents_are_refused() {
        assert!(read("<a>".repeat(100).as_bytes()).is_err());
        assert!(read(b"<a><b></a>").is_err());
        assert!(read(b"</a>").is_err());
        assert!(read(b"").is_err());
        for bomb in ["<!DOCTYPE a [<!ENTITY x 'y'><!ENTITY z '&x;&x;'>]><a>&z;</a>", "<a>&nobody;</a>"] {
            assert!(read(bomb.as_bytes()).is_err(), "{bomb}");
        }
        let long =
            format!("<!DOCTYPE a [<!ENTITY x '{}'>]><a>{}</a>", "y".repeat(10_000), "&x;".repeat(1_000));
        assert!(read(long.as_bytes()).is_err());
    }
}
