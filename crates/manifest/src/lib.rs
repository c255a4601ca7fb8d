//! Kubernetes manifests as trees that know where each field stands.
//!
//! [`read`] takes a file of YAML documents or JSON, splits `List` kinds into their items and hands on one [`Object`] at
//! a time. Scalars mean what they mean to `kubectl`, which reads YAML 1.1 (`yes` is a boolean, `014` is twelve) and turns
//! it into JSON before the API server sees it: <https://pkg.go.dev/sigs.k8s.io/yaml>.

mod comment;
pub mod edit;
mod input;
mod json;
mod merge;
mod node;
mod object;
mod packed;
mod plain;
mod scalar;
#[cfg(test)]
mod tests;
mod yaml;

pub use comment::{COMMENTS_MAX, Comment, comments};
pub use node::{Entry, Node, Position, Value, WrongType};
pub use object::{Flaw, Object, Summary, looks_like_manifest, read, read_packed};
pub use packed::Packed;

/// Reads one JSON value.
///
/// # Errors
/// Why it is none, and where.
pub fn read_json(bytes: &[u8]) -> Result<Node, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|e| format!("not UTF-8 from byte {} on", e.valid_up_to()))?;
    json::read_one(text).map_err(|flaw| format!("{}:{}: {}", flaw.at.line, flaw.at.column, flaw.reason))
}

/// Reads the first YAML document of a file, whatever it holds: what configures a tool may be no object.
///
/// # Errors
/// Why it is none, and where.
pub fn read_document(bytes: &[u8]) -> Result<Node, String> {
    let mut first = None;
    yaml::read(&mut input::Input::whole(bytes), 0, &mut |document, _| {
        let read = match document {
            yaml::Document::Root(node) => Ok(node),
            yaml::Document::Broken(f) | yaml::Document::Flawed(f) => {
                Err(format!("{}:{}: {}", f.at.line, f.at.column, f.reason))
            }
        };
        first.get_or_insert(read);
    });
    first.unwrap_or(Ok(Node { value: Value::Null, at: Position::default() }))
}

/// Bytes of the largest file that is read.
pub const FILE_BYTES_MAX: u64 = 1 << 30;
/// Nesting of the deepest node.
pub const DEPTH_MAX: usize = 128;
/// Nodes of one document, those that aliases repeat included.
pub const NODES_MAX: usize = 20_000_000;
/// Nodes that the aliases of one document may repeat: `kubectl` refuses documents whose aliases outweigh the rest.
pub const ALIASED_NODES_MAX: usize = 1_000_000;
/// Flaws of one file that are named one by one; the others are counted in the last.
pub const FLAWS_MAX: usize = 50;
