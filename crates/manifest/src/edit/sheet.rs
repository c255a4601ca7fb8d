//! A file as documents that are changed one by one.

use super::splice::Page;
use super::{EDITED_BYTES_MAX, Edit, EditError, Step, comments, json, meaning, split, syntax};
use crate::input::Input;
use crate::node::{Node, Value, same};
use crate::object::Object;
use crate::yaml;

/// A file of manifests.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// It begins with a byte order mark.
    mark: bool,
    documents: Vec<Document>,
}

#[derive(Debug, Clone)]
struct Document {
    text: String,
    /// `None` if it is empty, cannot be read, or is what stands around the items of a list.
    root: Option<Node>,
    /// What an item of a list is that does not say, and whether it stands behind a dash.
    item: Option<(List, bool)>,
}

/// Kind and version of the items of a list; `None` for those of a plain `List`.
type List = Option<(Box<str>, Box<str>)>;

/// A document as it was.
#[derive(Debug, Clone)]
pub struct Kept {
    index: usize,
    document: Document,
}

/// Where an object stands in a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    document: usize,
    path: Vec<Step>,
    /// What an item of a list is that does not say.
    list: List,
}

impl Sheet {
    /// Reads a file.
    ///
    /// # Errors
    /// [`EditError`] if it cannot be cut into documents. One that cannot be read is left as it is.
    pub fn read(bytes: &[u8]) -> Result<Self, EditError> {
        let text = std::str::from_utf8(bytes).map_err(|e| EditError::Unread(e.to_string()))?;
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if text.replace("\r\n", "").contains('\r') {
            return Err(EditError::Form("lines that end with a carriage return alone"));
        }
        let is_json = text.trim_start().starts_with('{');
        let spans = match is_json.then(|| json::values(text)).flatten() {
            Some(spans) => spans,
            None => syntax::documents(text)?,
        };
        let texts = spans.iter().filter_map(|(start, end)| text.get(*start..*end));
        Ok(Self { mark, documents: texts.flat_map(documents).collect() })
    }

    /// The file as it is now.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mark = if self.mark { "\u{feff}" } else { "" };
        let texts = self.documents.iter().map(|d| d.text.as_str());
        std::iter::once(mark).chain(texts).collect::<String>().into_bytes()
    }

    /// Where each object stands, items of lists one by one.
    #[must_use]
    pub fn objects(&self) -> Vec<Address> {
        let mut found = Vec::new();
        for (index, document) in self.documents.iter().enumerate() {
            let Some(root) = &document.root else { continue };
            let (list, dashed) = document.item.clone().unwrap_or_default();
            let path = if dashed { vec![Step::Index(0)] } else { Vec::new() };
            if let Some(node) = meaning::find(root, &path) {
                add(&mut found, node, Address { document: index, path, list });
            }
        }
        found
    }

    /// The object at an address.
    #[must_use]
    pub fn object(&self, address: &Address) -> Option<Object> {
        let root = self.documents.get(address.document)?.root.as_ref()?;
        let node = meaning::find(root, &address.path)?;
        let (kind, api_version) = named(node, address.list.as_ref())?;
        Some(Object { kind, api_version, node: node.clone() })
    }

    /// The document of an object as it is now, to come back to.
    #[must_use]
    pub fn keep(&self, address: &Address) -> Option<Kept> {
        let document = self.documents.get(address.document)?.clone();
        Some(Kept { index: address.document, document })
    }

    /// Brings a document back.
    pub fn restore(&mut self, kept: Kept) {
        if let Some(document) = self.documents.get_mut(kept.index) {
            *document = kept.document;
        }
    }

    /// Changes an object: all of the edits, or none. False if it is already as they want it.
    ///
    /// # Errors
    /// [`EditError`] if it cannot be done, or not without changing anything else.
    pub fn apply(&mut self, address: &Address, edits: &[Edit]) -> Result<bool, EditError> {
        let gone = || EditError::Place(super::dotted(&address.path));
        let document = self.documents.get_mut(address.document).ok_or_else(gone)?;
        if EDITED_BYTES_MAX < document.text.len() {
            return Err(EditError::Large(document.text.len()));
        }
        let mut expected = document.root.clone().ok_or_else(gone)?;
        let (mut text, mut now) = (document.text.clone(), expected.clone());
        let mut takes_out = false;
        for edit in edits.iter().map(|e| e.below(&address.path)) {
            let edit = pruned(&expected, edit)?;
            meaning::apply(&mut expected, &edit)?;
            // An edit of an anchored node may have done it already where the node is used again.
            if same(&now, &expected) {
                continue;
            }
            takes_out |= matches!(edit, Edit::Remove { .. } | Edit::Replace { .. });
            let written = syntax::read(&text)?;
            let splice = Page::new(&text, &written).splice(&edit)?;
            text = splice.into_text(&text).ok_or(EditError::Form("a file whose places are not known"))?;
            now = read(&text).map_err(|_| EditError::Form("it is written in a form of its own"))?;
        }
        // What follows must begin a line as before.
        let ends_line = |text: &str| text.ends_with('\n');
        if !same(&now, &expected) || ends_line(&document.text) && !ends_line(&text) {
            return Err(EditError::Elsewhere);
        }
        if text == document.text {
            return Ok(false);
        }
        if !written_json(&text) {
            let (before, after) = (comments::of(&document.text)?, comments::of(&text)?);
            let kept = if takes_out { comments::are_among(&after, &before) } else { before == after };
            if !kept {
                return Err(EditError::Comment);
            }
        }
        (document.text, document.root) = (text, Some(now));
        Ok(true)
    }
}

/// A document, or the items of one that is a list and what stands around them.
fn documents(text: &str) -> Vec<Document> {
    let root = read(text).ok();
    let whole = |root| vec![Document { text: text.to_owned(), root, item: None }];
    let Some((list, parts)) = root.as_ref().and_then(|root| {
        let (kind, version) = named(root, None)?;
        let of = kind.strip_suffix("List")?;
        let list = (!of.is_empty()).then(|| (Box::from(of), version.clone()));
        Some((list, split::parts(text, root, &|part| read(part).ok())?))
    }) else {
        return whole(root);
    };
    let document = |part: split::Part| {
        let text = text.get(part.start..part.end).unwrap_or_default().to_owned();
        let dashed = matches!(part.root.as_ref().map(|r| &r.value), Some(Value::List(_)));
        let item = part.root.is_some().then(|| (list.clone(), dashed));
        Document { text, root: part.root, item }
    };
    parts.into_iter().map(document).collect()
}

fn written_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && json::read(text).is_some()
}

/// A removal, from the outermost thing that would be left empty.
fn pruned(root: &Node, edit: Edit) -> Result<Edit, EditError> {
    match edit {
        Edit::Remove { path, keep } => {
            let path = meaning::pruned(root, &path, keep)
                .ok_or_else(|| EditError::Place(super::dotted(&path)))?
                .to_vec();
            let keep = path.len().saturating_sub(1);
            Ok(Edit::Remove { path, keep })
        }
        other => Ok(other),
    }
}

/// The one document of a text.
fn read(text: &str) -> Result<Node, EditError> {
    let unread = |why: String| EditError::Unread(why);
    if written_json(text) {
        return crate::json::read_one(text).map_err(|flaw| unread(flaw.reason));
    }
    let (mut roots, mut flaw) = (Vec::new(), None);
    yaml::read(&mut Input::whole(text.as_bytes()), 0, &mut |document, _| match document {
        yaml::Document::Root(node) => roots.push(node),
        yaml::Document::Broken(f) | yaml::Document::Flawed(f) => flaw = Some(f),
    });
    match (flaw, roots.len(), roots.pop()) {
        (None, 1, Some(root)) => Ok(root),
        (Some(flaw), ..) => Err(unread(flaw.reason)),
        _ => Err(unread("it is not one document".to_owned())),
    }
}

/// Adds the object of a node, or the items of a list, as the reader of files does.
fn add(found: &mut Vec<Address>, node: &Node, address: Address) {
    let Some((kind, api_version)) = named(node, address.list.as_ref()) else { return };
    let items = kind.strip_suffix("List").zip(node.fields().iter().find(|e| &*e.key == "items"));
    match items.map(|(of, entry)| (of, &entry.value.value)) {
        Some((of, Value::List(items))) => {
            let list = (!of.is_empty()).then(|| (Box::from(of), api_version.clone()));
            for (index, item) in items.iter().enumerate() {
                let steps = [Step::Key("items".into()), Step::Index(index)];
                let path = [address.path.as_slice(), &steps].concat();
                add(found, item, Address { document: address.document, path, list: list.clone() });
            }
        }
        Some((_, Value::Null)) => {}
        _ => found.push(address),
    }
}

/// Kind and version of a node that is an object, as the reader of files has them.
fn named(node: &Node, list: Option<&(Box<str>, Box<str>)>) -> Option<(Box<str>, Box<str>)> {
    crate::object::named(node, list.map(|(kind, version)| (&**kind, &**version)))
}
