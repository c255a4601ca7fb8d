//! The dependency list that `cargo auditable` writes into section `.dep-v0`: JSON, deflated.

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::Executable;

/// Largest list, inflated, in bytes (the bound of the format's own reader).
pub const LIST_BYTES_MAX: u64 = 8 << 20;

/// A crate linked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crate {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// `crates.io`, `git`, `local`, `registry`.
    pub source: String,
    /// `runtime` or `build`.
    #[serde(default = "runtime")]
    pub kind: String,
    /// The crate that the binary was built from.
    #[serde(default)]
    pub root: bool,
    /// Indexes of its dependencies in the list.
    #[serde(default)]
    pub dependencies: Vec<usize>,
}

fn runtime() -> String {
    "runtime".to_owned()
}

#[derive(Deserialize)]
struct List {
    packages: Vec<Crate>,
}

/// The crates of a binary; `None` if it carries no list.
///
/// # Errors
/// When the list is there and cannot be read.
pub fn crates(file: &Executable<'_>) -> Option<Result<Vec<Crate>, String>> {
    let section = file.section(&[".dep-v0"])?;
    Some(inflate(section))
}

fn inflate(section: &[u8]) -> Result<Vec<Crate>, String> {
    let mut json = Vec::new();
    flate2::read::ZlibDecoder::new(section)
        .take(LIST_BYTES_MAX + 1)
        .read_to_end(&mut json)
        .map_err(|e| format!("the crate list does not inflate: {e}"))?;
    if LIST_BYTES_MAX < json.len() as u64 {
        return Err(format!("a crate list of more than {LIST_BYTES_MAX} bytes"));
    }
    let list: List = serde_json::from_slice(&json).map_err(|e| format!("the crate list is no JSON: {e}"))?;
    Ok(list.packages)
}
