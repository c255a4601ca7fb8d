//! The checks that the restricted level adds, or puts in the place of the baseline's.

use manifest::Value;

use super::baseline::{self, added_capabilities, bad_seccomp, forbid, seccomp_type, texts};
use super::words::{Setters, Values, plural, quoted};
use super::{Answer, Check, Level, Revision};
use crate::workload::{Pod, Spot};

const fn check(id: &'static str, overrides: Option<&'static str>, revisions: &'static [Revision]) -> Check {
    Check { id, level: Level::Restricted, revisions, overrides }
}

/// In the order of their names.
pub(super) const CHECKS: &[Check] = &[
    check("allowPrivilegeEscalation", None, &[(8, privilege_escalation), (25, privilege_escalation_os)]),
    check(
        "capabilities_restricted",
        Some("capabilities_baseline"),
        &[(22, capabilities), (25, capabilities_os)],
    ),
    check("procMount_restricted", Some("procMount"), &[(35, baseline::proc_mount)]),
    check("restrictedVolumes", Some("hostPathVolumes"), &[(0, volumes)]),
    check("runAsNonRoot", None, &[(0, run_as_non_root), (35, run_as_non_root_relaxed)]),
    check("runAsUser", None, &[(23, run_as_user), (35, run_as_user_relaxed)]),
    check("seccompProfile_restricted", Some("seccompProfile_baseline"), &[(19, seccomp), (25, seccomp_os)]),
];

/// From 1.25 on, a pod that says it runs on Windows is not asked for what Windows does not have.
fn unless_windows(pod: &Pod<'_>, check: fn(&Pod<'_>) -> Answer) -> Answer {
    if pod.is_windows()? { Ok(None) } else { check(pod) }
}

/// From 1.35 on, root in a user namespace of the pod's own is not root (KEP-127).
fn unless_user_namespace(pod: &Pod<'_>, check: fn(&Pod<'_>) -> Answer) -> Answer {
    if pod.has_user_namespace()? { Ok(None) } else { check(pod) }
}

fn privilege_escalation_os(pod: &Pod<'_>) -> Answer {
    unless_windows(pod, privilege_escalation)
}

fn privilege_escalation(pod: &Pod<'_>) -> Answer {
    let mut setters = Setters::default();
    for c in &pod.containers {
        let context = c.security_context()?;
        if context.map(|s| s.bool_field("allowPrivilegeEscalation")).transpose()?.flatten() != Some(false) {
            setters.container(c.name, [c.spot("securityContext.allowPrivilegeEscalation")]);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let detail = format!("{} must set securityContext.allowPrivilegeEscalation=false", setters.containers());
    forbid("allowPrivilegeEscalation != false", detail, setters.spots)
}

fn capabilities_os(pod: &Pod<'_>) -> Answer {
    unless_windows(pod, capabilities)
}

fn capabilities(pod: &Pod<'_>) -> Answer {
    let (mut missing, mut adding, mut values) = (Setters::default(), Setters::default(), Values::new());
    for c in &pod.containers {
        let context = c.security_context()?;
        let node = context.map(|s| s.map_field("capabilities")).transpose()?.flatten();
        let dropped = node.map(|n| texts(n, "drop")).transpose()?.unwrap_or_default();
        if !dropped.contains(&"ALL") {
            missing.container(c.name, [c.spot("securityContext.capabilities.drop")]);
        }
        let added = added_capabilities(c)?;
        let bad: Vec<&&str> = added.iter().filter(|a| **a != "NET_BIND_SERVICE").collect();
        if !bad.is_empty() {
            values.extend(bad.iter().map(|b| (**b).to_owned()));
            adding.container(c.name, [c.spot("securityContext.capabilities.add")]);
        }
    }
    let mut details = Vec::new();
    if !missing.is_empty() {
        details
            .push(format!(r#"{} must set securityContext.capabilities.drop=["ALL"]"#, missing.containers()));
    }
    if !adding.is_empty() {
        details.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            adding.containers(),
            quoted(&values)
        ));
    }
    if details.is_empty() {
        return Ok(None);
    }
    let spots = missing.spots.into_iter().chain(adding.spots).collect();
    forbid("unrestricted capabilities", details.join("; "), spots)
}

/// Kinds of volumes that are allowed.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Kinds of volumes that are known and not allowed, in the order they are looked for.
const OTHER_VOLUMES: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

fn volumes(pod: &Pod<'_>) -> Answer {
    let (mut names, mut kinds, mut spots) = (Vec::new(), Values::new(), Vec::new());
    for (index, volume) in pod.spec.list_field("volumes")?.iter().enumerate() {
        // The API server makes an `emptyDir` of a volume that names no source.
        let bare = volume.fields().iter().all(|e| &*e.key == "name" || e.value.value == Value::Null);
        if bare || VOLUMES.iter().any(|kind| volume.get(kind).is_some()) {
            continue;
        }
        let entry = OTHER_VOLUMES.iter().find_map(|kind| volume.entry(kind));
        let kind = entry.map_or("unknown", |e| &*e.key);
        names.push(volume.text_field("name")?.unwrap_or(""));
        let field = match entry {
            Some(_) => format!("{}.volumes[{index}].{kind}", pod.path),
            None => format!("{}.volumes[{index}]", pod.path),
        };
        spots.push(Spot { field, at: entry.map_or(volume.at, |e| e.at) });
        kinds.insert(kind.to_owned());
    }
    if names.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        "{} {} {} {} {}",
        plural("volume", "volumes", names.len()),
        quoted(&names),
        plural("uses", "use", names.len()),
        plural("restricted volume type", "restricted volume types", kinds.len()),
        quoted(&kinds)
    );
    forbid("restricted volume types", detail, spots)
}

fn run_as_non_root_relaxed(pod: &Pod<'_>) -> Answer {
    unless_user_namespace(pod, run_as_non_root)
}

fn run_as_non_root(pod: &Pod<'_>) -> Answer {
    const FIELD: &str = "securityContext.runAsNonRoot";
    let (mut explicit, mut implicit) = (Setters::default(), Setters::default());
    let of_pod = pod.security_context()?.map(|s| s.bool_field("runAsNonRoot")).transpose()?.flatten();
    if of_pod == Some(false) {
        explicit.pod(pod.spot(FIELD));
    }
    for c in &pod.containers {
        match c.security_context()?.map(|s| s.bool_field("runAsNonRoot")).transpose()?.flatten() {
            Some(true) => {}
            Some(false) => explicit.container(c.name, [c.spot(FIELD)]),
            None if of_pod == Some(true) => {}
            None => implicit.container(c.name, [c.spot(FIELD)]),
        }
    }
    if !explicit.is_empty() {
        let detail = format!("{} must not set securityContext.runAsNonRoot=false", explicit.all(None));
        return forbid("runAsNonRoot != true", detail, explicit.spots);
    }
    if implicit.is_empty() {
        return Ok(None);
    }
    let detail = format!("pod or {} must set securityContext.runAsNonRoot=true", implicit.containers());
    forbid("runAsNonRoot != true", detail, implicit.spots)
}

fn run_as_user_relaxed(pod: &Pod<'_>) -> Answer {
    unless_user_namespace(pod, run_as_user)
}

fn run_as_user(pod: &Pod<'_>) -> Answer {
    const FIELD: &str = "securityContext.runAsUser";
    let mut setters = Setters::default();
    if pod.security_context()?.map(|s| s.integer_field("runAsUser")).transpose()?.flatten() == Some(0) {
        setters.pod(pod.spot(FIELD));
    }
    for c in &pod.containers {
        if c.security_context()?.map(|s| s.integer_field("runAsUser")).transpose()?.flatten() == Some(0) {
            setters.container(c.name, [c.spot(FIELD)]);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    forbid("runAsUser=0", format!("{} must not set runAsUser=0", setters.all(None)), setters.spots)
}

fn seccomp_os(pod: &Pod<'_>) -> Answer {
    unless_windows(pod, seccomp)
}

fn seccomp(pod: &Pod<'_>) -> Answer {
    let (explicit, _) = bad_seccomp(pod)?;
    if !explicit.is_empty() {
        return baseline::seccomp(pod);
    }
    if seccomp_type(pod.security_context()?)?.is_some() {
        return Ok(None);
    }
    let mut implicit = Setters::default();
    for c in &pod.containers {
        if seccomp_type(c.security_context()?)?.is_none() {
            implicit.container(c.name, [c.spot("securityContext.seccompProfile.type")]);
        }
    }
    if implicit.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        r#"pod or {} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#,
        implicit.containers()
    );
    forbid("seccompProfile", detail, implicit.spots)
}
