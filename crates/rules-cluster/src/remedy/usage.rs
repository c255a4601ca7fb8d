//! What containers were seen to use: the answer of a Prometheus query, or of the metrics API.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use manifest::Node;

use super::pods::is_pod_of;
use crate::Subject;
use crate::around::namespace_of;
use crate::quantity::{Quantity, shown};

/// Rows of usage that are read, one a container of a pod and a resource.
pub const USAGE_ROWS_MAX: usize = 500_000;

/// Quantities that cannot be read and are named; the others are counted.
pub const UNREAD_SHOWN_MAX: usize = 20;

/// Letters of a value that are shown.
const VALUE_LETTERS_MAX: usize = 40;

/// The most that each container of each pod was seen to use, by namespace and pod.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    rows: BTreeMap<(String, String), Rows>,
    count: usize,
}

/// What a file told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// Samples that were taken over.
    pub samples: usize,
    /// Rows that name no pod or no container: sums over pods, sandboxes.
    pub of_no_container: usize,
    /// Where a quantity stands that cannot be read, and what is there; the first [`UNREAD_SHOWN_MAX`].
    pub unread: Vec<(String, String)>,
    /// How many there are.
    pub unread_count: usize,
}

impl Added {
    fn miss(&mut self, place: impl FnOnce() -> String, value: &Node) {
        self.unread_count += 1;
        if self.unread.len() < UNREAD_SHOWN_MAX {
            let value: String = shown(value).chars().take(VALUE_LETTERS_MAX).collect();
            self.unread.push((place(), format!("`{value}` is no quantity that a container can use")));
        }
    }
}

/// By container and resource.
type Rows = BTreeMap<(String, &'static str), Quantity>;

/// Why a file says nothing about usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageError {
    /// No JSON.
    Json(String),
    /// JSON of another kind.
    Kind,
    /// A result that does not say which resource it is about.
    Resource,
    /// More than is read.
    Rows,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(why) => f.write_str(why),
            Self::Kind => f.write_str(
                "it is neither the answer of a Prometheus query (`data.result`) nor a PodMetricsList \
                 (`kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods`)",
            ),
            Self::Resource => f.write_str(
                "its series do not say whether they are of cpu or memory: write `cpu=FILE` or `memory=FILE`",
            ),
            Self::Rows => write!(f, "it has more than {USAGE_ROWS_MAX} rows"),
        }
    }
}

impl std::error::Error for UsageError {}

impl Usage {
    /// Adds a file; `resource` (`cpu` in cores, `memory` in bytes) is what its series are of if they do not say.
    ///
    /// # Errors
    /// [`UsageError`] if nothing can be learned from it.
    pub fn add(&mut self, bytes: &[u8], resource: Option<&str>) -> Result<Added, UsageError> {
        let root = manifest::read_json(bytes).map_err(UsageError::Json)?;
        let mut added = Added::default();
        if let Some(result) = root.at_path(&["data", "result"]) {
            for (n, series) in result.items().iter().enumerate() {
                self.series((n, series), resource, &mut added)?;
            }
            return Ok(added);
        }
        if root.get("kind").and_then(Node::text) != Some("PodMetricsList") {
            return Err(UsageError::Kind);
        }
        for (n, pod) in root.get("items").map(Node::items).unwrap_or_default().iter().enumerate() {
            self.pod((n, pod), &mut added)?;
        }
        Ok(added)
    }

    fn pod(&mut self, (n, pod): (usize, &Node), added: &mut Added) -> Result<(), UsageError> {
        let text = |key| pod.at_path(&["metadata", key]).and_then(Node::text).unwrap_or("");
        let place = (text("namespace").to_owned(), text("name").to_owned());
        for (m, container) in pod.get("containers").map(Node::items).unwrap_or_default().iter().enumerate() {
            let name = container.get("name").and_then(Node::text).unwrap_or("");
            if place.1.is_empty() || name.is_empty() {
                added.of_no_container += 1;
                continue;
            }
            for resource in ["cpu", "memory"] {
                let Some(value) = container.at_path(&["usage", resource]) else { continue };
                match used(value) {
                    Some(used) => {
                        added.samples += 1;
                        self.note(place.clone(), name, resource, used)?;
                    }
                    None => added.miss(
                        || {
                            format!(
                                "items[{n}].containers[{m}].usage.{resource} ({}/{}/{name})",
                                place.0, place.1
                            )
                        },
                        value,
                    ),
                }
            }
        }
        Ok(())
    }

    fn series(
        &mut self,
        (n, series): (usize, &Node),
        resource: Option<&str>,
        added: &mut Added,
    ) -> Result<(), UsageError> {
        let label = |key: &str| series.at_path(&["metric", key]).and_then(Node::text).unwrap_or("");
        let (namespace, pod, container) = (label("namespace"), label("pod"), label("container"));
        // Sums over a pod, and the sandbox, are of no container.
        if pod.is_empty() || matches!(container, "" | "POD") {
            added.of_no_container += 1;
            return Ok(());
        }
        let words = [resource.unwrap_or(""), label("resource"), label("__name__")];
        let is = |word: &str| words.iter().any(|w| w.contains(word));
        let resource = match (is("cpu"), is("memory")) {
            (true, false) => "cpu",
            (false, true) => "memory",
            _ => return Err(UsageError::Resource),
        };
        let samples = series.get("values").map(Node::items).unwrap_or_default();
        for sample in series.get("value").into_iter().chain(samples) {
            let value = sample.items().get(1);
            match value.and_then(used) {
                Some(used) => {
                    added.samples += 1;
                    self.note((namespace.to_owned(), pod.to_owned()), container, resource, used)?;
                }
                // What Prometheus says of nothing.
                None if value.and_then(Node::text) == Some("NaN") => {}
                None => {
                    let place = || format!("data.result[{n}] ({namespace}/{pod}/{container})");
                    added.miss(place, value.unwrap_or(sample));
                }
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        place: (String, String),
        container: &str,
        resource: &'static str,
        used: Quantity,
    ) -> Result<(), UsageError> {
        let rows = self.rows.entry(place).or_default();
        if let Some(most) = rows.get_mut(&(container.to_owned(), resource)) {
            *most = used.max(*most);
            return Ok(());
        }
        self.count += 1;
        if USAGE_ROWS_MAX < self.count {
            return Err(UsageError::Rows);
        }
        rows.insert((container.to_owned(), resource), used);
        Ok(())
    }

    /// Whether nothing is known of any container.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All containers, to take out those that objects are found for.
    #[must_use]
    pub fn unclaimed(&self) -> Unclaimed<'_> {
        let rows = self.rows.iter();
        let left = rows.map(|(place, rows)| (place, rows.keys().map(|(c, _)| c.as_str()).collect()));
        Unclaimed { usage: self, left: left.collect() }
    }

    /// The most that a container of the subject's pods was seen to use.
    pub(super) fn of(&self, subject: &Subject<'_>, container: &str, resource: &str) -> Option<Quantity> {
        let is_asked = |(c, r): &(String, &str)| c == container && *r == resource;
        let ours = self.pods_of(subject).flat_map(|(_, rows)| rows);
        ours.filter(|(key, _)| is_asked(key)).map(|(_, used)| *used).max()
    }

    /// The pods that the subject's controller made, by their names.
    fn pods_of(&self, subject: &Subject<'_>) -> impl Iterator<Item = (&(String, String), &Rows)> {
        let (namespace, object) = (namespace_of(subject.object), subject.object);
        let stem = object.name();
        let first = (namespace.to_owned(), stem.to_owned());
        let near =
            self.rows.range(first..).take_while(move |((n, pod), _)| n == namespace && pod.starts_with(stem));
        near.filter(move |((_, pod), _)| is_pod_of(object, pod))
    }
}

/// What a container can have used.
fn used(value: &Node) -> Option<Quantity> {
    Quantity::parse(&shown(value)).filter(|used| Quantity::default() <= *used)
}

/// Containers with usage that no object was found for yet.
#[derive(Debug)]
pub struct Unclaimed<'u> {
    usage: &'u Usage,
    left: BTreeMap<&'u (String, String), BTreeSet<&'u str>>,
}

impl Unclaimed<'_> {
    /// Takes out the containers of the subject's pods.
    pub fn claim(&mut self, subject: &Subject<'_>) {
        let Ok(Some(pod)) = &subject.pod else { return };
        for (place, _) in self.usage.pods_of(subject) {
            if let Some(containers) = self.left.get_mut(place) {
                containers.retain(|name| !pod.containers.iter().any(|c| c.name == *name));
            }
        }
    }

    /// `NAMESPACE/POD/CONTAINER` of those that are left, in order.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let of = |(place, containers): (&&(String, String), &BTreeSet<&str>)| {
            let (namespace, pod) = (&place.0, &place.1);
            containers.iter().map(|c| format!("{namespace}/{pod}/{c}")).collect::<Vec<_>>()
        };
        self.left.iter().flat_map(of)
    }
}

#[cfg(test)]
mod tests {
    use super::{UNREAD_SHOWN_MAX, USAGE_ROWS_MAX, Usage, UsageError};

    #[test]
    fn more_rows_than_are_read_are_an_error() {
        let container = |n: usize| format!(r#"{{"name":"{n}","usage":{{"cpu":"1"}}}}"#);
        let list = |n: usize| {
            let containers = (0..n).map(container).collect::<Vec<_>>().join(",");
            format!(
                r#"{{"kind":"PodMetricsList","items":[{{"metadata":{{"name":"web"}},"containers":[{containers}]}}]}}"#
            )
        };
        let mut usage = Usage::default();
        assert_eq!(usage.add(list(USAGE_ROWS_MAX).as_bytes(), None).map(|a| a.samples), Ok(USAGE_ROWS_MAX));
        let one_more = r#"{"kind":"PodMetricsList","items":[{"metadata":{"name":"web"},"containers":[{"name":"x","usage":{"cpu":"1"}}]}]}"#;
        assert_eq!(usage.add(one_more.as_bytes(), None), Err(UsageError::Rows));
    }

    #[test]
    fn a_quantity_that_cannot_be_read_is_named_and_one_that_is_not_there_is_none() {
        let list = r#"{"kind":"PodMetricsList","items":[{"metadata":{"name":"web","namespace":"shop"},"containers":[
            {"name":"a","usage":{"cpu":"1x","memory":"1Mi"}},{"name":"b","usage":{"cpu":"-1"}},{"usage":{"cpu":"1"}}]}]}"#;
        let added = Usage::default().add(list.as_bytes(), None).unwrap();
        let why = |value: &str| format!("`{value}` is no quantity that a container can use");
        assert_eq!((added.samples, added.of_no_container, added.unread_count), (1, 1, 2));
        let at = |n: u8, name: &str| format!("items[0].containers[{n}].usage.cpu (shop/web/{name})");
        assert_eq!(added.unread, [(at(0, "a"), why("1x")), (at(1, "b"), why("-1"))]);
        let row = r#"{"metric":{"pod":"web","container":"a"},"values":[[1,"NaN"],[2,"+Inf"],[3],4]}"#;
        let sum = r#"{"metric":{"pod":"web"},"value":[1,"7"]}"#;
        let many = vec![row; UNREAD_SHOWN_MAX].join(",");
        let text = format!(r#"{{"data":{{"result":[{sum},{many}]}}}}"#);
        let added = Usage::default().add(text.as_bytes(), Some("cpu")).unwrap();
        assert_eq!((added.samples, added.of_no_container), (0, 1));
        assert_eq!((added.unread.len(), added.unread_count), (UNREAD_SHOWN_MAX, 3 * UNREAD_SHOWN_MAX));
    }
}
