//! XML as a small tree of elements, without entities of its own, within bounds.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::text::{Broken, decode};

/// Nesting of the deepest element.
const XML_DEPTH_MAX: usize = 64;

/// Elements of a document.
const XML_ELEMENTS_MAX: usize = 500_000;

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
                let resolved = match r
                    .resolve_char_ref()
                    .map_err(|e| Broken::new(format!("not valid XML: {e}")))?
                {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&r).unwrap_or_default().to_owned(),
                };
                last(&mut open)?.text.push_str(&resolved);
            }
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
    fn hostile_documents_are_refused() {
        assert!(read("<a>".repeat(100).as_bytes()).is_err());
        assert!(read(b"<a><b></a>").is_err());
        assert!(read(b"</a>").is_err());
        assert!(read(b"").is_err());
        let bomb = b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>";
        assert_eq!(read(bomb).expect("XML").text, "");
    }
}
