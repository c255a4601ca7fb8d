//! The subject of a rule: one object of a file.

use std::cell::OnceCell;

use manifest::{Object, WrongType};
use model::{ObjectRef, Place, Text};

use crate::Surroundings;
use crate::workload::{Pod, Spot, spot};

/// What the rules of this room look at: objects.
pub enum Objects {}

impl eval::Subject for Objects {
    type View<'s> = Subject<'s>;
}

/// An object, the file it stands in, and what rules would else work out again and again.
#[derive(Debug, Clone)]
pub struct Subject<'s> {
    /// Path of the file, relative to the target's root; empty for objects of a cluster.
    pub path: &'s str,
    /// The object.
    pub object: &'s Object,
    /// The pod that it brings.
    pub pod: Result<Option<Pod<'s>>, WrongType>,
    /// What stands around it in the same input.
    pub around: &'s Surroundings,
    /// How findings name the object, made with the first of them.
    names: OnceCell<Names>,
}

/// The path of the file, and the object without a field.
#[derive(Debug, Clone)]
struct Names {
    path: Text,
    object: ObjectRef,
}

impl<'s> Subject<'s> {
    /// The subject that an object of a file is.
    #[must_use]
    pub fn of(path: &'s str, object: &'s Object, around: &'s Surroundings) -> Self {
        Self { path, object, pod: Pod::of_kinds(object, around.customs()), around, names: OnceCell::new() }
    }

    /// The place of a field.
    #[must_use]
    pub fn place(&self, spot: &Spot) -> Place {
        // Lines of what a cluster sends are nowhere to be looked up.
        let known = spot.at.line != 0 && !self.path.is_empty();
        Place {
            path: self.names().path.clone(),
            line: known.then_some(spot.at.line),
            column: known.then_some(spot.at.column),
            object: Some(self.reference(Some(spot.field.clone()))),
            ..Place::default()
        }
    }

    /// The place of the dotted `field`, or of the deepest part of it that is written.
    pub(crate) fn spot(&self, field: &str) -> Spot {
        spot(&self.object.node, "", field)
    }

    /// The object as findings name it.
    #[must_use]
    pub fn reference(&self, field: Option<String>) -> ObjectRef {
        ObjectRef { field, ..self.names().object.clone() }
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| Names {
            path: self.path.into(),
            object: ObjectRef {
                api_version: (*self.object.api_version).into(),
                kind: (*self.object.kind).into(),
                namespace: self.object.namespace().into(),
                name: self.object.name().into(),
                field: None,
            },
        })
    }

    /// `Deployment shop/gateway`.
    #[must_use]
    pub fn name(&self) -> String {
        let Object { kind, .. } = self.object;
        match (self.object.namespace(), self.object.name()) {
            // Files of the control plane, an audit policy or its like, have none.
            ("", "") => kind.to_string(),
            ("", name) => format!("{kind} {name}"),
            (namespace, name) => format!("{kind} {namespace}/{name}"),
        }
    }

    /// Where a field was read, for the argument of a finding: `deploy/web.yaml:12:3`.
    pub(crate) fn source(&self, spot: &Spot) -> String {
        match spot.at.line {
            line if line == 0 || self.path.is_empty() => self.name(),
            line => format!("{}:{line}:{}", self.path, spot.at.column),
        }
    }
}
