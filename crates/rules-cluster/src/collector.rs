//! Workloads that collect the logs of every node, and what their settings leave out.

use manifest::{Node, Object, WrongType};

use crate::image;
use crate::workload::{Container, Pod};

/// Images that collect logs, by the last part of their name.
const IMAGES: &[&str] =
    &["filebeat", "fluent-bit", "fluentd", "fluentd-kubernetes-daemonset", "promtail", "vector"];

/// Those that collect logs if they are given them, and measurements otherwise.
const IMAGES_OF_MORE: &[&str] =
    &["opentelemetry-collector", "opentelemetry-collector-contrib", "opentelemetry-collector-k8s"];

/// Folders of a node below which logs lie.
const FOLDERS: &[&str] =
    &["/var/log", "/run/log", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers"];

/// Whether a workload is a DaemonSet that collects logs.
pub(crate) fn is_one(object: &Object, pod: &Pod<'_>) -> bool {
    &*object.kind == "DaemonSet" && matches!(object.group(), "apps" | "extensions") && of_pod(pod).is_some()
}

/// The container that collects logs.
pub(crate) fn of_pod<'p, 'o>(pod: &'p Pod<'o>) -> Option<&'p Container<'o>> {
    pod.containers.iter().filter(|c| c.list == "containers").find(|c| {
        let image = c.node.get("image").and_then(Node::text).unwrap_or("");
        let name = image::last_name(image);
        let mounts = || mounts_logs(pod, c).unwrap_or(true);
        IMAGES.contains(&name) || (IMAGES_OF_MORE.contains(&name) && mounts())
    })
}

/// Whether a container sees a folder of the node in which logs lie.
///
/// # Errors
/// [`WrongType`] if its mounts or the volumes are of other types.
pub(crate) fn mounts_logs(pod: &Pod<'_>, container: &Container<'_>) -> Result<bool, WrongType> {
    let mounted = container.node.list_field("volumeMounts")?;
    for volume in pod.spec.list_field("volumes")? {
        let name = volume.text_field("name")?;
        let Some(path) = volume.map_field("hostPath")?.map(|h| h.text_field("path")).transpose()?.flatten()
        else {
            continue;
        };
        let is_mounted = mounted.iter().any(|m| m.get("name").and_then(Node::text) == name);
        if is_mounted && FOLDERS.iter().any(|folder| is_within(path, folder) || is_within(folder, path)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_within(path: &str, folder: &str) -> bool {
    let (path, folder) = (path.trim_end_matches('/'), folder.trim_end_matches('/'));
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Namespaces whose logs a file of settings leaves out; `None` if it is none of a collector.
pub(crate) fn left_out(settings: &str) -> Option<Vec<String>> {
    let words = |line: &str| -> Option<(String, String)> {
        let line = line.trim().trim_start_matches("- ");
        let (key, value) = line.split_once(|c: char| c.is_whitespace() || matches!(c, ':' | '='))?;
        Some((key.to_ascii_lowercase(), value.trim_start_matches([' ', '\t', ':', '=']).to_owned()))
    };
    let lower = settings.to_ascii_lowercase();
    // Fluent Bit has two dialects, one of its own and YAML.
    if lower.contains("[input]") || (lower.contains("pipeline:") && lower.contains("inputs:")) {
        let mut found = Vec::new();
        for (key, value) in settings.lines().filter_map(words) {
            match key.as_str() {
                "exclude_path" => found.extend(namespaces_of_names(&value)),
                "exclude" => found.extend(namespace_of_field(&value)),
                _ => {}
            }
        }
        return Some(found);
    }
    if !settings.contains("kubernetes_logs") {
        return None;
    }
    let patterns = settings.split_once("exclude_paths_glob_patterns").map_or("", |(_, rest)| rest);
    Some(namespaces_of_folders(list(patterns)))
}

/// The items of a list of TOML or of YAML, up to the next setting.
fn list(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches([' ', ':', '=']);
    let is_flow = text.starts_with('[');
    let end = if is_flow { text.find(']').unwrap_or(text.len()) } else { text.len() };
    let text = text.get(..end).unwrap_or(text);
    let flow = text.trim_start_matches('[').split([',', '\n']).filter(move |_| is_flow);
    let block =
        text.lines().skip(1).map_while(move |l| if is_flow { None } else { l.trim().strip_prefix('-') });
    flow.chain(block).map(|item| item.trim().trim_matches(['"', '\'']))
}

/// Namespaces that patterns of Fluent Bit, separated by commas, leave out as a whole. Files are called
/// `POD_NAMESPACE_CONTAINER-ID.log` (<https://docs.fluentbit.io/manual/data-pipeline/inputs/tail>).
pub(crate) fn namespaces_of_names(patterns: &str) -> Vec<String> {
    let names =
        patterns.split(',').map(|p| p.trim().trim_matches(['"', '\'']).rsplit('/').next().unwrap_or(""));
    names
        .filter_map(|name| {
            let mut parts = name.split('_');
            let (pod, namespace, container) = (parts.next()?, parts.next()?, parts.next()?);
            let every = pod == "*" && container.starts_with('*') && is_name(namespace);
            every.then(|| namespace.to_owned())
        })
        .collect()
}

/// The namespace of a filter by field: `$kubernetes['namespace_name'] kube-system`.
fn namespace_of_field(value: &str) -> Option<String> {
    let (field, pattern) = value.trim().split_once(char::is_whitespace)?;
    let name = pattern.trim().trim_matches(['^', '$', '"']);
    (field.contains("namespace_name") && is_name(name)).then(|| name.to_owned())
}

/// Namespaces that patterns of Vector leave out as a whole. Folders are called `NAMESPACE_POD_UID`
/// (<https://vector.dev/docs/reference/configuration/sources/kubernetes_logs/>).
fn namespaces_of_folders<'p>(patterns: impl Iterator<Item = &'p str>) -> Vec<String> {
    let folder = |pattern: &'p str| {
        pattern.split('/').find_map(|part| {
            let (namespace, rest) = part.split_once('_')?;
            let every = rest.split('_').all(|r| r == "*") && is_name(namespace);
            every.then(|| namespace.to_owned())
        })
    };
    patterns.filter_map(folder).collect()
}

/// A name of its own, no pattern.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_settings_leave_out_is_read_from_each_dialect() {
        let bit = "[INPUT]\n  Name tail\n  Exclude_Path /var/log/containers/*_kube-system_*.log,*_a_b-*.log\n\
                   [FILTER]\n  Exclude $kubernetes['namespace_name'] ^audit$\n  Exclude log debug\n";
        assert_eq!(left_out(bit).unwrap(), ["kube-system", "audit"]);
        let yaml = "pipeline:\n  inputs:\n    - name: tail\n      exclude_path: \"*_dev_*.log\"\n";
        assert_eq!(left_out(yaml).unwrap(), ["dev"]);
        let toml = "type = \"kubernetes_logs\"\nexclude_paths_glob_patterns = [\"**/dev_*/**\", \"/var/log/pods/logging_vector-*/**\"]";
        assert_eq!(left_out(toml).unwrap(), ["dev"]);
        let yaml = "type: kubernetes_logs\nexclude_paths_glob_patterns:\n  - \"**/dev_*_*/**\"\n  - '**/*.gz'\nx:\n  - a_*\n";
        assert_eq!(left_out(yaml).unwrap(), ["dev"]);
        assert_eq!(left_out("type: kubernetes_logs").unwrap(), Vec::<String>::new());
        assert_eq!(left_out("exclude_path: a"), None);
    }

    #[test]
    fn a_folder_is_within_itself_and_its_parents() {
        for (path, folder, wanted) in [
            ("/var/log", "/var/log", true),
            ("/var/log/pods/", "/var/log", true),
            ("/var/logs", "/var/log", false),
            ("/var/log", "/", true),
        ] {
            assert_eq!(is_within(path, folder), wanted, "{path} {folder}");
        }
    }
}
