//! The way the API server puts things: `containers "a", "b"`, one or many.

use std::collections::BTreeSet;

use crate::workload::Spot;

/// `"a", "b"`.
pub(super) fn quoted<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    items.into_iter().map(|i| format!("\"{}\"", i.as_ref())).collect::<Vec<_>>().join(", ")
}

/// `one` of a single thing, else `many`.
pub(super) fn plural<'w>(one: &'w str, many: &'w str, count: usize) -> &'w str {
    if count == 1 { one } else { many }
}

/// Who set something: the pod, and containers by name.
#[derive(Debug, Default)]
pub(super) struct Setters {
    pod: bool,
    containers: Vec<String>,
    /// Where.
    pub(super) spots: Vec<Spot>,
}

impl Setters {
    /// Notes the pod.
    pub(super) fn pod(&mut self, spot: Spot) {
        self.pod = true;
        self.spots.push(spot);
    }

    /// Notes a container, once however many of its fields are at fault.
    pub(super) fn container(&mut self, name: &str, spots: impl IntoIterator<Item = Spot>) {
        self.containers.push(name.to_owned());
        self.spots.extend(spots);
    }

    /// Nobody did.
    pub(super) fn is_empty(&self) -> bool {
        !self.pod && self.containers.is_empty()
    }

    /// Containers noted.
    pub(super) fn count(&self) -> usize {
        self.containers.len()
    }

    /// `containers "a", "b"`.
    pub(super) fn containers(&self) -> String {
        format!("{} {}", plural("container", "containers", self.count()), quoted(&self.containers))
    }

    /// `pod and container "a"`, followed by `more`.
    pub(super) fn all(&self, more: Option<String>) -> String {
        let pod = self.pod.then(|| "pod".to_owned());
        let containers = (!self.containers.is_empty()).then(|| self.containers());
        pod.into_iter().chain(containers).chain(more).collect::<Vec<_>>().join(" and ")
    }
}

/// Values, sorted and each once, as Go's sets list them.
pub(super) type Values = BTreeSet<String>;
