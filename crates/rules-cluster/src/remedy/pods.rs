//! Names of pods: which controller gives which.
//!
//! Source: `k8s.io/apiserver/pkg/storage/names` (a name has at most 63 letters, the last five of them at random; what
//! stands before is cut to 58), `podGenerateNameWithIndex` of the Job controller, `getJobName` of the CronJob
//! controller, `getPodName` of the StatefulSet controller.

use manifest::{Node, Object};

/// Letters of the random parts of pods' names (`k8s.io/apimachinery/pkg/util/rand`).
const RANDOM: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Letters of the random end of a pod's name.
const RANDOM_END: usize = 5;

/// Letters of the longest name that is made up.
const NAME_LETTERS_MAX: usize = 63;

/// Whether a pod's name is one that the object's controller gives. One that was cut counts only where the object's whole
/// name is still in it: shorter, it may be that of another.
pub(super) fn is_pod_of(object: &Object, pod: &str) -> bool {
    let (kind, name) = (&*object.kind, object.name());
    if kind == "Pod" {
        return name == pod;
    }
    let Some(rest) = pod.strip_prefix(name) else { return false };
    let is_cut = pod.len() == NAME_LETTERS_MAX;
    let Some(rest) = rest.strip_prefix('-') else {
        // 58 letters leave no room for the dash.
        return is_cut && kind != "StatefulSet" && is_end(rest);
    };
    match kind {
        "StatefulSet" => is_number(rest),
        "CronJob" => match rest.split_once('-') {
            Some((time, last)) => is_number(time) && is_last(object, last),
            None => is_cut && before_end(rest).is_some_and(is_number),
        },
        "Job" => is_last(object, rest),
        "DaemonSet" | "ReplicaSet" | "ReplicationController" => is_end(rest),
        _ => match rest.split_once('-') {
            Some((hash, last)) => is_random(hash) && is_end(last),
            None => is_cut && (is_end(rest) || before_end(rest).is_some_and(is_random)),
        },
    }
}

/// What a Job puts behind its own name: where it is indexed, the index before the random end.
fn is_last(object: &Object, text: &str) -> bool {
    let spec: &[&str] = match &*object.kind {
        "CronJob" => &["spec", "jobTemplate", "spec", "completionMode"],
        _ => &["spec", "completionMode"],
    };
    match object.node.at_path(spec).and_then(Node::text) {
        Some("Indexed") => text.split_once('-').is_some_and(|(index, last)| is_number(index) && is_end(last)),
        _ => is_end(text),
    }
}

/// What stands before a random end that no dash sets apart.
fn before_end(text: &str) -> Option<&str> {
    let (before, end) = text.split_at_checked(text.len().checked_sub(RANDOM_END)?)?;
    is_end(end).then_some(before)
}

fn is_end(text: &str) -> bool {
    text.len() == RANDOM_END && is_random(text)
}

fn is_random(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| RANDOM.contains(c))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_pod_of;

    fn is(kind: &str, name: &str, more: &str, pod: &str) -> bool {
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{more}");
        let mut objects = Vec::new();
        manifest::read(text.as_bytes(), &mut |object| objects.push(object));
        is_pod_of(&objects[0], pod)
    }

    #[test]
    fn a_pod_is_known_by_the_name_that_its_controller_gives() {
        for (kind, name, pod, expected) in [
            ("Pod", "web", "web", true),
            ("Deployment", "web", "web-7c5b48d6f4-x2vkq", true),
            ("Deployment", "web", "web-admin-x2vkq", false),
            ("DaemonSet", "web-admin", "web-admin-x2vkq", true),
            ("StatefulSet", "db", "db-12", true),
            ("StatefulSet", "db", "db-x2vkq", false),
            ("CronJob", "bill", "bill-29107620-x2vkq", true),
            ("CronJob", "bill", "bill-29107620-3-x2vkq", false),
            ("Job", "bill", "bill-x2vkq", true),
            ("Job", "bill", "bill-3-x2vkq", false),
            ("Job", "bill", "bill", false),
        ] {
            assert_eq!(is(kind, name, "", pod), expected, "{kind} {name} {pod}");
        }
    }

    #[test]
    fn a_pod_of_an_indexed_job_has_its_index_in_its_name() {
        let spec = "spec: {completionMode: Indexed}\n";
        assert!(is("Job", "bill", spec, "bill-12-x2vkq"));
        assert!(!is("Job", "bill", spec, "bill-x2vkq"));
        let spec = "spec: {jobTemplate: {spec: {completionMode: Indexed}}}\n";
        assert!(is("CronJob", "bill", spec, "bill-29107620-0-x2vkq"));
        assert!(!is("CronJob", "bill", spec, "bill-29107620-x2vkq"));
    }

    #[test]
    fn a_name_that_was_cut_is_known_as_long_as_the_whole_name_is_in_it() {
        let name = |letters: usize| "a".repeat(letters);
        for (kind, letters, rest, expected) in [
            // 58 letters are `a…-7c5b48d6f4` without the dash behind, of longer names less of the hash.
            ("Deployment", 47, "-7c5b48d6f4x2vkq", true),
            ("Deployment", 50, "-7c5b48dx2vkq", true),
            ("Deployment", 57, "-x2vkq", true),
            ("Deployment", 58, "x2vkq", true),
            ("Deployment", 30, "-7c5b48d6f4x2vkq", false),
            ("Deployment", 50, "-adminazx2vkq", false),
            ("DaemonSet", 57, "-x2vkq", true),
            ("DaemonSet", 58, "x2vkq", true),
            ("DaemonSet", 40, "x2vkq", false),
            ("CronJob", 52, "-29107x2vkq", true),
            ("CronJob", 49, "-29107620x2vkq", true),
            ("StatefulSet", 58, "24567", false),
        ] {
            let pod = format!("{}{rest}", name(letters));
            assert_eq!(is(kind, &name(letters), "", &pod), expected, "{kind} {letters} {rest}");
        }
        assert!(!is("DaemonSet", &name(60), "", &format!("{}x2vkq", name(58))), "it may be another's");
    }
}
