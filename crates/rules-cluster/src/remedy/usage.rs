//! What containers were seen to use: the answer of a Prometheus query, or of the metrics API.

use std::collections::BTreeMap;
use std::fmt;

use manifest::Node;

use crate::Subject;
use crate::around::namespace_of;
use crate::quantity::{Quantity, shown};

/// Rows of usage that are read, one a container of a pod and a resource.
pub const USAGE_ROWS_MAX: usize = 500_000;

/// Letters of the random parts of pods' names (`k8s.io/apimachinery/pkg/util/rand`).
const RANDOM: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Letters of the random end of a pod's name.
const RANDOM_END: usize = 5;

/// The most that each container of each pod was seen to use, by namespace and pod.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    rows: BTreeMap<(String, String), Rows>,
    count: usize,
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
    pub fn add(&mut self, bytes: &[u8], resource: Option<&str>) -> Result<(), UsageError> {
        let root = manifest::read_json(bytes).map_err(UsageError::Json)?;
        if let Some(result) = root.at_path(&["data", "result"]) {
            return result.items().iter().try_for_each(|series| self.series(series, resource));
        }
        if root.get("kind").and_then(Node::text) != Some("PodMetricsList") {
            return Err(UsageError::Kind);
        }
        for pod in root.get("items").map(Node::items).unwrap_or_default() {
            let text = |key| pod.at_path(&["metadata", key]).and_then(Node::text).unwrap_or("");
            let place = (text("namespace").to_owned(), text("name").to_owned());
            for container in pod.get("containers").map(Node::items).unwrap_or_default() {
                let name = container.get("name").and_then(Node::text).unwrap_or("");
                for resource in ["cpu", "memory"] {
                    let used = container.at_path(&["usage", resource]).map(shown);
                    if let Some(used) = used.and_then(|u| Quantity::parse(&u)) {
                        self.note(place.clone(), name, resource, used)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn series(&mut self, series: &Node, resource: Option<&str>) -> Result<(), UsageError> {
        let label = |key: &str| series.at_path(&["metric", key]).and_then(Node::text).unwrap_or("");
        let container = label("container");
        // Sums over a pod, and the sandbox, are of no container.
        if label("pod").is_empty() || matches!(container, "" | "POD") {
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
            let used = sample.items().get(1).map(shown).and_then(|u| Quantity::parse(&u));
            // `NaN` is what Prometheus says of nothing.
            if let Some(used) = used {
                self.note(
                    (label("namespace").to_owned(), label("pod").to_owned()),
                    container,
                    resource,
                    used,
                )?;
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

    /// The most that a container of the subject's pods was seen to use.
    pub(super) fn of(&self, subject: &Subject<'_>, container: &str, resource: &str) -> Option<Quantity> {
        let namespace = namespace_of(subject.object);
        let (kind, name) = (&*subject.object.kind, subject.object.name());
        let first = (namespace.to_owned(), name.to_owned());
        let near =
            self.rows.range(first..).take_while(|((n, pod), _)| n == namespace && pod.starts_with(name));
        let ours = near.filter(|((_, pod), _)| is_pod_of(kind, name, pod)).flat_map(|(_, rows)| rows);
        let is_asked = |(c, r): &(String, &str)| c == container && *r == resource;
        ours.filter(|(key, _)| is_asked(key)).map(|(_, used)| *used).max()
    }
}

/// Whether a pod's name is one that a workload's controller gives.
fn is_pod_of(kind: &str, workload: &str, pod: &str) -> bool {
    if kind == "Pod" {
        return workload == pod;
    }
    let Some(rest) = pod.strip_prefix(workload).and_then(|r| r.strip_prefix('-')) else { return false };
    let random = |part: &str| !part.is_empty() && part.chars().all(|c| RANDOM.contains(c));
    let end = |part: &str| part.len() == RANDOM_END && random(part);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match kind {
        "StatefulSet" => number(rest),
        "CronJob" => rest.split_once('-').is_some_and(|(time, last)| number(time) && end(last)),
        "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => end(rest),
        _ => rest.split_once('-').is_some_and(|(hash, last)| random(hash) && end(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::{USAGE_ROWS_MAX, Usage, UsageError, is_pod_of};

    #[test]
    fn more_rows_than_are_read_are_an_error() {
        let container = |n: usize| format!(r#"{{"name":"{n}","usage":{{"cpu":"1"}}}}"#);
        let list = |n: usize| {
            let containers = (0..n).map(container).collect::<Vec<_>>().join(",");
            format!(r#"{{"kind":"PodMetricsList","items":[{{"containers":[{containers}]}}]}}"#)
        };
        let mut usage = Usage::default();
        assert_eq!(usage.add(list(USAGE_ROWS_MAX).as_bytes(), None), Ok(()));
        let one_more =
            r#"{"kind":"PodMetricsList","items":[{"containers":[{"name":"x","usage":{"cpu":"1"}}]}]}"#;
        assert_eq!(usage.add(one_more.as_bytes(), None), Err(UsageError::Rows));
    }

    #[test]
    fn a_pod_is_known_by_the_name_that_its_controller_gives() {
        for (kind, workload, pod, is) in [
            ("Pod", "web", "web", true),
            ("Deployment", "web", "web-7c5b48d6f4-x2vkq", true),
            ("Deployment", "web", "web-admin-x2vkq", false),
            ("DaemonSet", "web-admin", "web-admin-x2vkq", true),
            ("StatefulSet", "db", "db-12", true),
            ("StatefulSet", "db", "db-x2vkq", false),
            ("CronJob", "bill", "bill-29107620-x2vkq", true),
            ("Job", "bill", "bill-x2vkq", true),
            ("Job", "bill", "bill", false),
        ] {
            assert_eq!(is_pod_of(kind, workload, pod), is, "{kind} {workload} {pod}");
        }
    }
}
