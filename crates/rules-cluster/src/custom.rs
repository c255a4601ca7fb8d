//! Kinds of others that bring pods, as the user names them: `example.org/Fleet=spec.ships.template`.

use std::fmt;

use manifest::{Node, Object};

use crate::workload::template_of;

/// Kinds that a user may name.
pub const KINDS_MAX: usize = 1_000;

/// Fields down to a pod's template.
const FIELDS_MAX: usize = 32;

/// A kind and where it keeps the template of its pods, or the pod's `spec` itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    group: String,
    kind: String,
    /// Fields down to it; none for an object that is as a pod is, with a `spec` that has containers.
    path: Vec<String>,
}

/// Why a text names no such kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomError {
    /// Not of the form.
    Form(String),
    /// A kind of Kubernetes itself, of which it is known.
    Own(String),
}

impl fmt::Display for CustomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(text) => {
                write!(
                    f,
                    "`{text}` names no kind; write GROUP/KIND=FIELD.FIELD, `example.org/Fleet=spec.template`"
                )
            }
            Self::Own(text) => {
                write!(f, "`{text}` is a kind of Kubernetes, whose pods are known; leave it out")
            }
        }
    }
}

impl std::error::Error for CustomError {}

impl Custom {
    /// Reads `GROUP/KIND=FIELD.FIELD`; nothing after `=` for an object that is as a pod is.
    ///
    /// # Errors
    /// [`CustomError`].
    pub fn parse(text: &str) -> Result<Self, CustomError> {
        let form = || CustomError::Form(text.to_owned());
        let (name, path) = text.trim().split_once('=').ok_or_else(form)?;
        let (group, kind) = name.trim().split_once('/').ok_or_else(form)?;
        let path: Vec<String> = match path.trim() {
            "" => Vec::new(),
            path => path.split('.').map(str::to_owned).collect(),
        };
        let is_word =
            |w: &str| !w.is_empty() && !w.contains(|c: char| c.is_whitespace() || "/=[]".contains(c));
        let words = [group, kind].into_iter().chain(path.iter().map(String::as_str));
        if FIELDS_MAX < path.len() || !words.into_iter().all(is_word) {
            return Err(form());
        }
        if template_of(group, kind).is_some() {
            return Err(CustomError::Own(name.to_owned()));
        }
        Ok(Self { group: group.to_owned(), kind: kind.to_owned(), path })
    }

    /// Whether an object is of this kind, in whichever version.
    pub(crate) fn is_kind_of(&self, object: &Object) -> bool {
        object.group() == self.group && *object.kind == *self.kind
    }

    /// Fields down to what has the pod's `metadata` and `spec`, and the name of the latter; `None` if nothing stands there.
    pub(crate) fn template<'c>(&'c self, object: &Object) -> Option<(Vec<&'c str>, &'c str)> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let node = object.node.at_path(&path)?;
        let has = |node: &Node, key: &str| node.get(key).is_some();
        match path.split_last() {
            Some((last, before)) if has(node, "containers") && !has(node, "spec") => {
                Some((before.to_vec(), *last))
            }
            _ if has(node, "spec") => Some((path, "spec")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Pod, hidden_pod};

    fn pod_path(yaml: &str, customs: &[&str]) -> (Option<String>, Option<String>) {
        let mut objects = Vec::new();
        let _ = manifest::read(yaml.as_bytes(), &mut |object| objects.push(object));
        let customs: Vec<Custom> = customs.iter().map(|c| Custom::parse(c).unwrap()).collect();
        let object = &objects[0];
        let pod = Pod::of_kinds(object, &customs).unwrap();
        (pod.map(|p| format!("{} ({})", p.path, p.containers.len())), hidden_pod(object, &customs))
    }

    const FLEET: &str = "apiVersion: example.org/v2\nkind: Fleet\nmetadata: {name: a}\nspec:\n  ships:\n    template:\n      \
                         spec:\n        containers: [{name: a, image: b}]\n";

    #[test]
    fn a_pod_is_found_where_the_user_says_and_hidden_elsewhere() {
        let (pod, hidden) = pod_path(FLEET, &[]);
        assert_eq!((pod, hidden.as_deref()), (None, Some("spec.ships.template.spec")));
        let found = (Some("spec.ships.template.spec (1)".to_owned()), None);
        assert_eq!(pod_path(FLEET, &["example.org/Fleet=spec.ships.template"]), found);
        assert_eq!(
            pod_path(FLEET, &["example.org/Fleet=spec.ships.template.spec"]),
            found,
            "the spec itself"
        );
        let slip = pod_path(FLEET, &["example.org/Fleet=spec.template"]);
        assert_eq!(
            slip.1.as_deref(),
            Some("spec.ships.template.spec"),
            "a path that leads nowhere hides nothing"
        );
        let second =
            pod_path(FLEET, &["example.org/Fleet=spec.boats", "example.org/Fleet=spec.ships.template"]);
        assert_eq!(second, found, "several paths of a kind");
        assert_eq!(pod_path(FLEET, &["example.com/Fleet=spec.ships.template"]).0, None, "another group");
    }

    #[test]
    fn an_object_may_be_as_a_pod_is() {
        let yaml = FLEET.replace(
            "spec:\n  ships:\n    template:\n      spec:\n        containers",
            "spec:\n  containers",
        );
        assert_eq!(pod_path(&yaml, &["example.org/Fleet="]).0.as_deref(), Some("spec (1)"));
    }

    #[test]
    fn what_names_no_kind_is_an_error() {
        for text in ["", "Fleet", "Fleet=spec", "a/Fleet", "/Fleet=a", "a/=b", "a/F=b..c", "a/F=b[0]"] {
            assert_eq!(Custom::parse(text), Err(CustomError::Form(text.to_owned())), "{text}");
        }
        assert!(Custom::parse(&format!("a/F={}", vec!["b"; FIELDS_MAX + 1].join("."))).is_err());
        assert_eq!(
            Custom::parse("apps/Deployment=spec"),
            Err(CustomError::Own("apps/Deployment".to_owned()))
        );
    }
}
