//! XML as a small tree of elements, its own plain entities filled in, within bounds.

mod entity;
mod write;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use entity::Entities;
pub(crate) use write::Writer;

/// What a document may come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Nesting of the deepest element.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
}

/// An element by its local name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Name without prefix.
    pub name: String,
    /// Text as it stands, blanks included.
    pub text: String,
    /// Attributes by local name, in order.
    pub attributes: Vec<(String, String)>,
    /// Elements in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child called `name`.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// Text of the first child called `name` without the blanks around it, unless it is empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.trim()).filter(|t| !t.is_empty())
    }

    /// The children called `item` of the child called `list`.
    pub fn items<'e>(&'e self, list: &str, item: &'static str) -> impl Iterator<Item = &'e Element> {
        self.child(list).into_iter().flat_map(|l| &l.children).filter(move |c| c.name == item)
    }

    /// An attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

/// Reads a document; the root element is the answer.
///
/// # Errors
/// What is wrong or beyond `bounds`, in words.
pub fn read(text: &str, bounds: Bounds) -> Result<Element, String> {
    let mut entities = Entities::default();
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        let event = reader.read_event().map_err(|e| format!("{e} at byte {}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                elements += 1;
                within(bounds, open.len(), elements)?;
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                elements += 1;
                within(bounds, open.len(), elements)?;
                let empty = element(&start)?;
                last(&mut open)?.children.push(empty);
            }
            Event::End(_) => {
                let done = open.pop().ok_or("it closes more than it opens")?;
                last(&mut open)?.children.push(done);
            }
            Event::Text(t) => last(&mut open)?.text.push_str(&t),
            Event::CData(t) => last(&mut open)?.text.push_str(&t),
            Event::GeneralRef(r) => {
                let resolved = match r.resolve_char_ref().map_err(|e| e.to_string())? {
                    Some(c) => c.to_string(),
                    None => match quick_xml::escape::resolve_predefined_entity(&r) {
                        Some(text) => text.to_owned(),
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
        return Err("it ends within an element".to_owned());
    }
    let root = open.pop().and_then(|mut top| top.children.pop());
    root.ok_or_else(|| "it holds no element".to_owned())
}

fn within(bounds: Bounds, depth: usize, elements: usize) -> Result<(), String> {
    if depth <= bounds.depth && elements <= bounds.elements {
        return Ok(());
    }
    Err(format!("nested deeper than {}, or of more than {} elements", bounds.depth, bounds.elements))
}

fn last(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut().ok_or_else(|| "it closes more than it opens".to_owned())
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let value = quick_xml::escape::unescape(attribute.value.as_ref()).map_err(|e| e.to_string())?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name: start.local_name().as_ref().to_owned(), attributes, ..Element::default() })
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Element, Writer};

    fn read(text: &str) -> Result<Element, String> {
        super::read(text, Bounds { depth: 64, elements: 1_000 })
    }

    #[test]
    fn text_entities_and_attributes_are_read() {
        let root = read(
            "<?xml version='1.0'?><p:a xmlns:p='x' k='1 &amp; 2'><b> x &lt;<![CDATA[&]]>&#65; </b><c/></p:a>",
        );
        let root = root.unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.attribute("k"), Some("1 & 2"));
        assert_eq!(root.value("b"), Some("x <&A"));
        assert_eq!(root.child("b").unwrap().text, " x <&A ");
        assert_eq!(root.value("c"), None);
        let own = "<!DOCTYPE a [\n<!ENTITY v \"1.2\">]><a>&v;.3</a>";
        assert_eq!(read(own).unwrap().text, "1.2.3");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let odd = " a\n\"b\" <&> \u{1} 'ä' \r\n";
        let mut writer = Writer::new();
        writer.around("a", &[("k", odd)], |w| w.text("b", &[], odd));
        let root = read(&writer.finish()).unwrap();
        let expected = odd.replace('\u{1}', "\u{fffd}");
        assert_eq!(root.attribute("k"), Some(expected.as_str()));
        assert_eq!(root.child("b").unwrap().text, expected);
    }

    #[test]
    fn hostile_documents_are_refused() {
        let wide = format!("<a>{}</a>", "<b/>".repeat(1_000));
        for hostile in ["<a>".repeat(100).as_str(), wide.as_str(), "<a><b></a>", "</a>", ""] {
            assert!(read(hostile).is_err(), "{hostile}");
        }
        for bomb in ["<!DOCTYPE a [<!ENTITY x 'y'><!ENTITY z '&x;&x;'>]><a>&z;</a>", "<a>&nobody;</a>"] {
            assert!(read(bomb).is_err(), "{bomb}");
        }
        let long =
            format!("<!DOCTYPE a [<!ENTITY x '{}'>]><a>{}</a>", "y".repeat(10_000), "&x;".repeat(1_000));
        assert!(read(&long).is_err());
    }
}
