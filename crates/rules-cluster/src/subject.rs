//! The subject of a rule: one object of a file.

use manifest::Object;
use model::{ObjectRef, Place};

use crate::workload::Spot;

/// An object and the file it stands in.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Path of the file, relative to the target's root; empty for objects of a cluster.
    pub path: String,
    /// The object.
    pub object: Object,
}

impl Subject {
    /// The place of a field.
    #[must_use]
    pub fn place(&self, spot: &Spot) -> Place {
        let known = spot.at.line != 0;
        Place {
            path: self.path.clone(),
            line: known.then_some(spot.at.line),
            column: known.then_some(spot.at.column),
            object: Some(self.reference(Some(spot.field.clone()))),
            ..Place::default()
        }
    }

    /// The object as findings name it.
    #[must_use]
    pub fn reference(&self, field: Option<String>) -> ObjectRef {
        ObjectRef {
            api_version: self.object.api_version.to_string(),
            kind: self.object.kind.to_string(),
            namespace: self.object.namespace().to_owned(),
            name: self.object.name().to_owned(),
            field,
        }
    }

    /// `Deployment shop/gateway`.
    #[must_use]
    pub fn name(&self) -> String {
        let Object { kind, .. } = &self.object;
        match self.object.namespace() {
            "" => format!("{kind} {}", self.object.name()),
            namespace => format!("{kind} {namespace}/{}", self.object.name()),
        }
    }

    /// Where a field was read, for the argument of a finding: `deploy/web.yaml:12:3`.
    pub(crate) fn source(&self, spot: &Spot) -> String {
        match spot.at.line {
            0 => self.name(),
            line => format!("{}:{line}:{}", self.path, spot.at.column),
        }
    }
}
