//! XML as a small tree of elements, without entities of its own, within bounds; and texts written so that they come
//! back as they were.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Nesting of the deepest element.
const XML_DEPTH_MAX: usize = 256;

/// Elements of a document.
const XML_ELEMENTS_MAX: usize = 16 << 20;

/// An element by its local name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Name without prefix.
    pub(crate) name: String,
    /// Text as it stands, blanks included.
    pub(crate) text: String,
    /// Attributes by local name, in order.
    pub(crate) attributes: Vec<(String, String)>,
    /// Elements in order.
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// The first child called `name`.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The children called `item` of the child called `list`.
    pub(crate) fn items<'e>(&'e self, list: &str, item: &'static str) -> impl Iterator<Item = &'e Element> {
        self.child(list).into_iter().flat_map(|l| &l.children).filter(move |c| c.name == item)
    }

    /// An attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

/// Reads a document; the root element is the answer.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn read(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        let event = reader.read_event().map_err(|e| format!("{e} at byte {}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                elements += 1;
                if XML_DEPTH_MAX < open.len() || XML_ELEMENTS_MAX < elements {
                    return Err(format!(
                        "nested deeper than {XML_DEPTH_MAX}, or of more than {XML_ELEMENTS_MAX} elements"
                    ));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                elements += 1;
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
                        None => return Err("it uses an entity of its own, which is not read".to_owned()),
                    },
                };
                last(&mut open)?.text.push_str(&resolved);
            }
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

/// Writes elements, two blanks a level.
#[derive(Debug)]
pub(crate) struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), depth: 0 }
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.out, "{:indent$}<{name}", "", indent = self.depth * 2);
        for (key, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(self.out, " {key}=\"{}\"", escaped(value, true));
        }
    }

    /// An element around what `inner` writes.
    pub(crate) fn around(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        self.out.push_str(">\n");
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        let _ = writeln!(self.out, "{:indent$}</{name}>", "", indent = self.depth * 2);
    }

    /// An element that holds a text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        let _ = writeln!(self.out, ">{}</{name}>", escaped(text, false));
    }

    /// An element that holds a text, unless there is none.
    pub(crate) fn some(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, &[], text);
        }
    }

    /// An element with attributes alone.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.out.push_str("/>\n");
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}

/// Letters that XML 1.0 (section 2.2, `Char`) cannot hold become the replacement character.
fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\n' | '\t' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Writer, read};

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
        assert!(read(&"<a>".repeat(1000)).is_err());
        assert!(read("<a><b></a>").is_err());
        assert!(read("</a>").is_err());
        assert!(read("").is_err());
        assert!(read("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>").is_err());
    }
}
