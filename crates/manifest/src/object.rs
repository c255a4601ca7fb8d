//! From files to objects: the documents of a file, and the items of lists among them.

use crate::input::Input;
use crate::node::{Entry, Node, Position, Value};
use crate::packed::{BLOCK_BYTES, Packed};
use crate::{FLAWS_MAX, json, yaml};

/// A Kubernetes object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// `apiVersion`.
    pub api_version: Box<str>,
    /// `kind`.
    pub kind: Box<str>,
    /// The whole object.
    pub node: Node,
}

impl Object {
    /// `metadata.name`, else `metadata.generateName`, else nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        let field = |key| self.node.at_path(&["metadata", key]).and_then(Node::text);
        field("name").or_else(|| field("generateName")).unwrap_or("")
    }

    /// `metadata.namespace`; empty where there is none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.node.at_path(&["metadata", "namespace"]).and_then(Node::text).unwrap_or("")
    }

    /// The group of `apiVersion`; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// Something that could not be read, or is read otherwise than it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub at: Position,
    /// What.
    pub reason: String,
    /// The document is no manifest yet but what one is made of.
    pub is_template: bool,
}

impl Flaw {
    /// A flaw of a manifest.
    pub(crate) fn new(at: Position, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), is_template: false }
    }
}

/// What a file held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents, the empty ones left out.
    pub documents: u64,
    /// Objects, the items of lists counted one by one.
    pub objects: u64,
    /// Documents that are no Kubernetes objects.
    pub others: u64,
    /// What could not be read.
    pub flaws: Vec<Flaw>,
}

/// Whether a file may hold Kubernetes objects: it names `apiVersion` and `kind`, in UTF-8 or in UTF-16, which is named as
/// a flaw. Quick, and wrong only by saying yes.
#[must_use]
pub fn looks_like_manifest(bytes: &[u8]) -> bool {
    let holds = |words: &[Vec<u8>]| words.iter().all(|w| memchr::memmem::find(bytes, w).is_some());
    let written = |encode: fn(u16) -> Vec<u8>| {
        ["apiVersion", "kind"].map(|word| word.encode_utf16().flat_map(encode).collect::<Vec<u8>>())
    };
    holds(&written(|unit| vec![unit as u8]))
        || holds(&written(|unit| unit.to_le_bytes().to_vec()))
        || holds(&written(|unit| unit.to_be_bytes().to_vec()))
}

/// Reads a file of YAML documents or JSON values and hands on every object in it, in order. The items of `List` kinds are
/// objects of their own; one that does not say its kind has that of its list (`PodList`).
pub fn read(bytes: &[u8], each: &mut dyn FnMut(Object)) -> Summary {
    read_input(&|| Input::whole(bytes), each)
}

/// As [`read`], and holds no more than a block and what is read of it: an item of a dump, a YAML document.
pub fn read_packed(packed: &Packed, each: &mut dyn FnMut(Object)) -> Summary {
    read_input(&|| Input::pieces(BLOCK_BYTES, packed.blocks()), each)
}

pub(crate) fn read_input<'t>(open: &dyn Fn() -> Input<'t>, each: &mut dyn FnMut(Object)) -> Summary {
    let mut reading = Reading { summary: Summary::default(), each };
    let mut input = open();
    match encoding(&mut input) {
        Ok(()) => reading.text(input, open),
        Err(reason) => reading.flaw(Flaw::new(Position { line: 1, column: 1 }, reason)),
    }
    reading.summary
}

/// Passes the mark of UTF-8, and refuses UTF-16.
fn encoding(input: &mut Input<'_>) -> Result<(), String> {
    let head = [input.get(0), input.get(1), input.get(2)];
    match head {
        [Some(0xef), Some(0xbb), Some(0xbf)] => input.skip(3),
        [Some(0xff), Some(0xfe), _] | [Some(0xfe), Some(0xff), _] | [Some(0), ..] | [_, Some(0), _] => {
            return Err("UTF-16: the API server reads UTF-8 alone".to_owned());
        }
        _ => {}
    }
    Ok(())
}

struct Reading<'e> {
    summary: Summary,
    each: &'e mut dyn FnMut(Object),
}

impl Reading<'_> {
    fn text<'t>(&mut self, mut input: Input<'t>, open: &dyn Fn() -> Input<'t>) {
        if input.begins_with(b'{') {
            // A flow mapping of YAML begins like JSON: what is no JSON is tried as YAML, unless objects came of it.
            let result = json::read(&mut input, &mut |part| match part {
                json::Part::Item(node) => self.object(node, None),
                json::Part::Root(node) => self.root(node),
                json::Part::Flawed(flaw) => self.flaw(flaw),
            });
            match result {
                Ok(None) => return self.end(&mut input),
                // `kubectl` takes YAML behind such a mark, whatever stood before.
                Ok(Some(lines)) => return self.yaml(&mut input, lines),
                Err(flaw) if 0 < self.summary.objects || flaw.reason.contains("nested") => {
                    self.flaw(flaw);
                    return self.end(&mut input);
                }
                Err(_) => self.summary = Summary::default(),
            }
            input = open();
            // It was read once already.
            let _ = encoding(&mut input);
        }
        self.yaml(&mut input, 0);
    }

    /// The YAML documents of the input, which stand behind `lines` others.
    fn yaml(&mut self, input: &mut Input<'_>, lines: usize) {
        yaml::read(input, lines, &mut |document, template| match document {
            yaml::Document::Root(node) => self.root(node),
            yaml::Document::Flawed(flaw) => self.flaw(flaw),
            yaml::Document::Broken(mut flaw) => {
                if template {
                    flaw.is_template = true;
                    flaw.reason =
                        "a template (`{{`), not a manifest: render it first (`helm template`)".to_owned();
                }
                self.flaw(flaw);
            }
        });
        self.end(input);
    }

    /// What looks like the end is none where a piece could not be had.
    fn end(&mut self, input: &mut Input<'_>) {
        if let Some(e) = input.failed() {
            self.flaw(Flaw::new(
                Position::default(),
                format!("what was kept of it cannot be read again: {e}"),
            ));
        }
    }

    fn root(&mut self, node: Node) {
        if node.value == Value::Null {
            return;
        }
        self.summary.documents += 1;
        self.object(node, None);
    }

    /// Hands on an object, or the items of a list. `list` is what an item is that does not say.
    fn object(&mut self, mut node: Node, list: Option<(&str, &str)>) {
        let Some((kind, api_version)) = named(&node, list) else {
            match node.value {
                // A bare list of objects (`jq .items`).
                Value::List(items) if list.is_none() && items.iter().any(|i| named(i, None).is_some()) => {
                    items.into_iter().for_each(|item| self.object(item, Some(UNNAMED)));
                }
                _ if list.is_some() => {
                    self.flaw(Flaw::new(node.at, "an item of a list without `kind` and `apiVersion`"));
                }
                _ => self.summary.others += 1,
            }
            return;
        };
        let items =
            kind.strip_suffix("List").map(str::to_owned).and_then(|of| Some((of, take_items(&mut node)?)));
        match items {
            Some((of, items)) => {
                let list = if of.is_empty() { UNNAMED } else { (of.as_str(), &*api_version) };
                items.into_iter().for_each(|item| self.object(item, Some(list)));
            }
            None => {
                self.summary.objects += 1;
                (self.each)(Object { api_version, kind, node });
            }
        }
    }

    fn flaw(&mut self, flaw: Flaw) {
        match self.summary.flaws.len() {
            n if n < FLAWS_MAX => self.summary.flaws.push(flaw),
            FLAWS_MAX => self.summary.flaws.push(Flaw::new(flaw.at, "and more like these")),
            _ => {}
        }
    }
}

/// What an item of a list is that names no kind of its own: nothing.
const UNNAMED: (&str, &str) = ("", "");

/// Kind and version of a node that is an object; `list` is what an item of a list is that does not say.
pub(crate) fn named(node: &Node, list: Option<(&str, &str)>) -> Option<(Box<str>, Box<str>)> {
    let field = |key: &str| node.get(key).and_then(Node::text).map(Box::<str>::from);
    let list = list.filter(|l| *l != UNNAMED && matches!(node.value, Value::Map(_)));
    match (field("kind"), field("apiVersion"), list) {
        (Some(kind), Some(version), _) => Some((kind, version)),
        (None, _, Some((kind, version))) => Some((kind.into(), version.into())),
        (Some(kind), None, Some((_, version))) => Some((kind, version.into())),
        _ => None,
    }
}

/// Takes the `items` out of a list.
fn take_items(node: &mut Node) -> Option<Vec<Node>> {
    let Value::Map(fields) = &mut node.value else { return None };
    let Entry { value, .. } = fields.iter_mut().find(|e| &*e.key == "items")?;
    match std::mem::replace(&mut value.value, Value::Null) {
        Value::List(items) => Some(items),
        Value::Null => Some(Vec::new()),
        other => {
            value.value = other;
            None
        }
    }
}
