//! What could not be known, and the ledger of what was read.

use serde::{Deserialize, Serialize};

/// What a doubt is about; decides whether it makes a scan without gates incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DoubtKind {
    /// The target could not be read whole: exit code 3 even without a gate.
    Target,
    /// Plimsoll or its database does not know enough: exit code 3 only if a gate asks.
    Knowledge,
}

/// The control of a doubt that concerns all of them: what lies in an unread layer, nobody can say.
pub const EVERY_CONTROL: &str = "";

/// Something that could not be known. It is never dropped and never read as "fine".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Doubt {
    /// Id of the control that the answer was wanted for (`image-scanning`, …); [`EVERY_CONTROL`] where a part of the
    /// target was not read, which any control may have asked about.
    pub control: String,
    /// Id of the rule, if one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Id of the target.
    pub target: String,
    /// Target or knowledge.
    pub kind: DoubtKind,
    /// File, layer, package or object.
    pub r#where: String,
    /// What happened, one line, lower case, no full stop.
    pub reason: String,
    /// What would make it known.
    pub remedy: String,
}

impl Doubt {
    /// True if an answer of this control may be wrong for it.
    #[must_use]
    pub fn concerns(&self, control: &str) -> bool {
        self.control == EVERY_CONTROL || self.control == control
    }

    /// The control in words: its id, or `every`.
    #[must_use]
    pub fn control_text(&self) -> &str {
        if self.control == EVERY_CONTROL { "every" } else { &self.control }
    }
}

/// What a scan read, skipped and could not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Files seen.
    pub files: u64,
    /// Uncompressed bytes seen.
    pub bytes: u64,
    /// Layers read.
    pub layers: u64,
    /// Documents parsed (lockfiles, manifests, SBOMs).
    pub documents: u64,
    /// Objects (Kubernetes) read.
    pub objects: u64,
    /// What a bound made us skip.
    pub skipped: Vec<Skipped>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// What was read as a program of the user's rendered it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rendered: Vec<Rendering>,
}

/// A chart or a kustomization that was rendered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rendering {
    /// Its file.
    pub r#where: String,
    /// The program and its version.
    pub by: String,
}

/// A thing that was left out because a bound said so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Skipped {
    /// File or layer.
    pub r#where: String,
    /// Name of the bound (`FILE_BYTES_MAX`).
    pub bound: String,
    /// Its value.
    pub limit: u64,
}

/// A thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unread {
    /// File or layer.
    pub r#where: String,
    /// Why.
    pub reason: String,
}

impl Ledger {
    /// Adds the counts and lists of `other`.
    pub fn add(&mut self, other: Ledger) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.layers += other.layers;
        self.documents += other.documents;
        self.objects += other.objects;
        self.skipped.extend(other.skipped);
        self.unread.extend(other.unread);
        self.rendered.extend(other.rendered);
    }
}
