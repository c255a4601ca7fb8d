//! Pods to a level of the Pod Security Standards.

use manifest::edit::{Edit, New, Step, path};
use manifest::{Node, WrongType};

use super::{Remedy, Wishes, annotation, removal, wrong};
use crate::look::rules_runtime;
use crate::pod_security::{CAPABILITIES, Check, Forbidden, Level, Version, check, texts};
use crate::workload::{Container, Pod};

/// Rules and the checks that they ask.
const CHECKS: &[(&str, &str)] = &[
    ("pod-apparmor-unconfined", "appArmorProfile"),
    ("pod-capabilities-added", "capabilities_baseline"),
    ("pod-host-namespace", "hostNamespaces"),
    ("pod-host-path", "hostPathVolumes"),
    ("pod-host-port", "hostPorts"),
    ("pod-privileged", "privileged"),
    ("pod-probe-host", "hostProbesAndHostLifecycle"),
    ("pod-proc-mount", "procMount_restricted"),
    ("pod-seccomp-unconfined", "seccompProfile_baseline"),
    ("pod-selinux-options", "seLinuxOptions"),
    ("pod-sysctl-unsafe", "sysctls"),
    ("pod-windows-host-process", "windowsHostProcess"),
    ("pod-volume-kind", "restrictedVolumes"),
    ("pod-capabilities-kept", "capabilities_restricted"),
    ("pod-privilege-escalation", "allowPrivilegeEscalation"),
    ("pod-runs-as-root", "runAsNonRoot"),
    ("pod-user-zero", "runAsUser"),
    ("pod-seccomp-missing", "seccompProfile_restricted"),
];

/// The check that a rule asks.
pub(super) fn check_of(rule: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|(r, _)| *r == rule).and_then(|(_, id)| check(id))
}

/// The level that a rule about Pod Security belongs to.
#[must_use]
pub fn level_of(rule: &str) -> Option<Level> {
    // Of `/proc` the baseline asks the weaker half, which this rule answers as well.
    let check = check_of(rule)?;
    Some(if check.id == "procMount_restricted" { Level::Baseline } else { check.level })
}

/// What makes a check of a version let the pod pass; `None` if it does already.
///
/// # Errors
/// Why it cannot be made to, one sentence without its full stop.
pub fn mend(
    check: &Check,
    version: Version,
    pod: &Pod<'_>,
    wishes: &Wishes,
) -> Result<Option<Remedy>, String> {
    let Some(forbidden) = check.ask(version, pod).transpose().map_err(wrong)?.flatten() else {
        return Ok(None);
    };
    let remedy = match check.id {
        "privileged" => privileged(pod).map_err(wrong)?,
        "hostNamespaces" => removing(pod, &forbidden).noting(
            "the pod sees its node's network, processes or memory no more, and is reached another way",
        ),
        "hostPorts" => {
            removing(pod, &forbidden).noting("it is reached through a Service, at no port of its node")
        }
        "hostProbesAndHostLifecycle" => {
            removing(pod, &forbidden).noting("probes and hooks ask the pod itself")
        }
        "procMount" | "procMount_restricted" => removing(pod, &forbidden),
        "seLinuxOptions" | "windowsHostProcess" => removing(pod, &forbidden),
        "hostPathVolumes" | "restrictedVolumes" => volumes(pod, &forbidden, wishes)?,
        "appArmorProfile" => profiles(pod, &forbidden),
        "seccompProfile_baseline" => confined(pod, &forbidden).map_err(wrong)?,
        "sysctls" => sysctls(pod, &forbidden),
        "capabilities_baseline" => {
            capabilities(pod, check.id, |name| CAPABILITIES.contains(&name)).map_err(wrong)?
        }
        "capabilities_restricted" => {
            capabilities(pod, check.id, |name| name == "NET_BIND_SERVICE").map_err(wrong)?
        }
        "allowPrivilegeEscalation" => escalation(pod)?,
        "runAsNonRoot" => non_root(pod, wishes).map_err(wrong)?,
        "runAsUser" => user_zero(pod, &forbidden, wishes),
        "seccompProfile_restricted" => match forbidden.spots.iter().any(|s| sets_profile(pod, &s.field)) {
            true => profiles(pod, &forbidden),
            false => {
                let field = format!("{}.securityContext.seccompProfile.type", pod.path);
                Remedy::setting(&field, "RuntimeDefault")
            }
        },
        other => return Err(format!("nothing is known that mends check {other}")),
    };
    Ok(Some(remedy))
}

/// Every field at fault taken out, those further on first, so that the others keep their places.
fn removing(pod: &Pod<'_>, forbidden: &Forbidden) -> Remedy {
    let edits = forbidden.spots.iter().rev().map(|s| removal(pod, &s.field)).collect();
    Remedy { edits, notes: Vec::new() }
}

fn privileged(pod: &Pod<'_>) -> Result<Remedy, WrongType> {
    let mut edits = Vec::new();
    for c in &pod.containers {
        let context = c.security_context()?;
        if context.map(|s| s.bool_field("privileged")).transpose()?.flatten() != Some(true) {
            continue;
        }
        edits.push(Edit::Set(path(&format!("{}.securityContext.privileged", c.path)), New::Bool(false)));
        // The API server lets privileged containers alone mount in both directions.
        for (index, mount) in c.node.list_field("volumeMounts")?.iter().enumerate() {
            if mount.text_field("mountPropagation")? == Some("Bidirectional") {
                edits.push(removal(pod, &format!("{}.volumeMounts[{index}].mountPropagation", c.path)));
            }
        }
    }
    let note =
        "the container is confined as others are: no device of its node, no capability beyond the default";
    Ok(Remedy { edits, notes: vec![note.to_owned()] })
}

/// Empty directories in the place of volumes: of a socket, which keeps nothing, at once; of all else, where what is written
/// would be lost with the pod, if the user says so.
fn volumes(pod: &Pod<'_>, forbidden: &Forbidden, wishes: &Wishes) -> Result<Remedy, String> {
    let mut remedy = Remedy::default();
    for spot in &forbidden.spots {
        let steps = path(&spot.field);
        let index = steps.iter().rev().find_map(|s| match s {
            Step::Index(index) => Some(*index),
            Step::Key(_) => None,
        });
        let index = index.ok_or("the volume's place is not known")?;
        let volume = pod.spec.list_field("volumes").map_err(wrong)?.get(index);
        let volume = volume.ok_or("the volume's place is not known")?;
        let name = volume.text_field("name").map_err(wrong)?.unwrap_or("");
        let mut kinds = volume.fields().iter().map(|e| &*e.key).filter(|k| *k != "name");
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err(format!("volume \"{name}\" has several sources"));
        };
        let path = volume.at_path(&["hostPath", "path"]).and_then(Node::text);
        if !wishes.empty_volumes && !path.is_some_and(rules_runtime) {
            return Err(format!(
                "volume \"{name}\" is of kind {kind}, and an empty directory in its place would hide what it holds and lose \
                 what is written: make it a persistentVolumeClaim, configMap or secret, or give `--empty-volumes`"
            ));
        }
        remedy.edits.push(emptied(pod, index, kind));
        remedy.notes.push(format!(
            "volume \"{name}\" is an empty directory now, without what the {kind} holds: give it a \
             persistentVolumeClaim, configMap or secret if the work needs that"
        ));
    }
    Ok(remedy)
}

/// An empty directory in the place of a volume's source.
pub(super) fn emptied(pod: &Pod<'_>, index: usize, kind: &str) -> Edit {
    let mut steps = path(&format!("{}.volumes[{index}]", pod.path));
    steps.push(Step::Key(kind.into()));
    Edit::Replace { path: steps, key: "emptyDir".to_owned(), value: New::Map(Vec::new()) }
}

/// The runtime's own profile in the place of those at fault; of annotations, as they were written before there were
/// fields.
fn profiles(pod: &Pod<'_>, forbidden: &Forbidden) -> Remedy {
    let annotations = format!("{}.annotations.", pod.metadata_path);
    let edits = forbidden.spots.iter().map(|spot| match spot.field.strip_prefix(&annotations) {
        Some(key) => Edit::Set(annotation(pod, key), New::from("runtime/default")),
        None => Edit::Set(path(&spot.field), New::from("RuntimeDefault")),
    });
    Remedy { edits: edits.collect(), notes: Vec::new() }
        .noting("system calls and files that the runtime's own profile forbids are refused")
}

/// As [`profiles`]; where some containers have no profile at all, which the restricted level finds once the others are
/// confined, the pod gets one.
fn confined(pod: &Pod<'_>, forbidden: &Forbidden) -> Result<Remedy, WrongType> {
    let mut remedy = profiles(pod, forbidden);
    let has = |context: Option<&manifest::Node>| -> Result<bool, WrongType> {
        Ok(context.map(|c| c.map_field("seccompProfile")).transpose()?.flatten().is_some())
    };
    let mut is_bare = false;
    for c in &pod.containers {
        is_bare |= !has(c.security_context()?)?;
    }
    let in_fields = forbidden.spots.iter().all(|s| s.field.starts_with(&pod.path));
    if is_bare && in_fields && !has(pod.security_context()?)? {
        let field = format!("{}.securityContext.seccompProfile.type", pod.path);
        remedy.edits.push(Edit::Set(path(&field), New::from("RuntimeDefault")));
    }
    Ok(remedy)
}

/// Whether a profile is written at a field.
fn sets_profile(pod: &Pod<'_>, field: &str) -> bool {
    let profile = field.trim_end_matches(".type");
    let at = |around: &str, node: &manifest::Node| {
        let below = profile.strip_prefix(around).and_then(|f| f.strip_prefix('.'));
        below.is_some_and(|f| node.at_path(&f.split('.').collect::<Vec<_>>()).is_some())
    };
    at(&pod.path, pod.spec) || pod.containers.iter().any(|c| at(&c.path, c.node))
}

fn sysctls(pod: &Pod<'_>, forbidden: &Forbidden) -> Remedy {
    let items = forbidden.spots.iter().rev().map(|s| s.field.trim_end_matches(".name"));
    let edits = items.map(|field| removal(pod, field)).collect();
    Remedy { edits, notes: vec![format!("the kernel's own value holds for {}", forbidden.detail)] }
}

fn capabilities(pod: &Pod<'_>, id: &str, may: impl Fn(&str) -> bool) -> Result<Remedy, WrongType> {
    let mut remedy = Remedy::default();
    for c in &pod.containers {
        let field = format!("{}.securityContext.capabilities", c.path);
        let context = c.security_context()?;
        let node = context.map(|s| s.map_field("capabilities")).transpose()?.flatten();
        let list = |key| node.map(|n| texts(n, key)).transpose().map(Option::unwrap_or_default);
        let (added, dropped) = (list("add")?, list("drop")?);
        let bad: Vec<(usize, &str)> =
            added.iter().enumerate().filter(|(_, a)| !may(a)).map(|(n, a)| (n, *a)).collect();
        let drops = id == "capabilities_restricted" && !dropped.contains(&"ALL");
        // What drops first is never left empty by what is taken out.
        if drops {
            let drop = format!("{field}.drop");
            remedy.edits.push(match dropped.is_empty() {
                true => Edit::Set(path(&drop), New::List(vec![New::from("ALL")])),
                false => Edit::Append(path(&drop), New::from("ALL")),
            });
        }
        let items = bad.iter().rev().map(|(index, _)| removal(pod, &format!("{field}.add[{index}]")));
        remedy.edits.extend(items);
        let lost: Vec<&str> = bad.iter().map(|(_, name)| *name).collect();
        remedy.notes.extend(lost_capabilities(c, drops, &lost));
    }
    Ok(remedy)
}

fn lost_capabilities(container: &Container<'_>, drops: bool, lost: &[&str]) -> Option<String> {
    let name = container.name;
    let lost = lost.join(", ");
    if !drops {
        return (!lost.is_empty()).then(|| format!("container \"{name}\" loses {lost}"));
    }
    let ports = container.node.list_field("ports").unwrap_or_default().iter();
    let is_low = |n: i64| (1..1024).contains(&n);
    let binds = ports.filter_map(|p| p.integer_field("containerPort").ok().flatten()).any(is_low);
    let how = match binds {
        true => {
            "to bind its port below 1024 as a user other than root, give the pod the sysctl \
             net.ipv4.ip_unprivileged_port_start=0, which every level allows, or another port; as root `add: \
             [NET_BIND_SERVICE]` is enough"
        }
        false => "one that changes owner or user as it starts (`chown`, `su`) fails",
    };
    let also = if lost.is_empty() { String::new() } else { format!(", {lost} least") };
    Some(format!("container \"{name}\" has no capability left{also}: {how}"))
}

fn escalation(pod: &Pod<'_>) -> Result<Remedy, String> {
    let mut edits = Vec::new();
    for c in &pod.containers {
        let context = c.security_context().map_err(wrong)?;
        let flag = |key| context.map(|s| s.bool_field(key)).transpose().map(Option::flatten).map_err(wrong);
        if flag("allowPrivilegeEscalation")? == Some(false) {
            continue;
        }
        // The API server refuses the pair.
        let is_admin = crate::pod_security::added(c).map_err(wrong)?.contains(&"CAP_SYS_ADMIN");
        if flag("privileged")? == Some(true) || is_admin {
            return Err(format!(
                "container \"{}\" is privileged or adds CAP_SYS_ADMIN, which the API server refuses beside it",
                c.name
            ));
        }
        let field = format!("{}.securityContext.allowPrivilegeEscalation", c.path);
        edits.push(Edit::Set(path(&field), New::Bool(false)));
    }
    Ok(Remedy { edits, notes: Vec::new() }.noting("setuid programs in the image run as whoever starts them"))
}

fn non_root(pod: &Pod<'_>, wishes: &Wishes) -> Result<Remedy, WrongType> {
    let of = |context: Option<&manifest::Node>| -> Result<(Option<bool>, bool), WrongType> {
        let Some(context) = context else { return Ok((None, false)) };
        let user = context.integer_field("runAsUser")?;
        Ok((context.bool_field("runAsNonRoot")?, user.is_some_and(|u| u != 0)))
    };
    let pod_field = |key: &str| path(&format!("{}.securityContext.{key}", pod.path));
    let (of_pod, mut has_user) = of(pod.security_context()?)?;
    let mut remedy = Remedy::default();
    let mut silent = of_pod == Some(false);
    let mut all_have_users = !pod.containers.is_empty();
    for c in &pod.containers {
        let (set, user) = of(c.security_context()?)?;
        silent |= set.is_none() && of_pod.is_none();
        all_have_users &= user;
        if set == Some(false) {
            let field = format!("{}.securityContext.runAsNonRoot", c.path);
            remedy.edits.push(Edit::Set(path(&field), New::Bool(true)));
        }
    }
    if silent {
        remedy.edits.push(Edit::Set(pod_field("runAsNonRoot"), New::Bool(true)));
    }
    has_user |= all_have_users;
    if let Some(user) = wishes.run_as_user.filter(|_| !has_user) {
        remedy.edits.push(Edit::Set(pod_field("runAsUser"), New::Integer(user)));
        return Ok(remedy.noting(format!("it runs as user {user}, who must be able to read its files")));
    }
    if has_user {
        return Ok(remedy);
    }
    Ok(remedy.noting(
        "the kubelet starts no container whose image runs as root or names its user by a word: see that `USER` of the \
         image is a number other than 0, or give `--run-as-user`",
    ))
}

fn user_zero(pod: &Pod<'_>, forbidden: &Forbidden, wishes: &Wishes) -> Remedy {
    match wishes.run_as_user {
        Some(user) => {
            let set = |field: &str| Edit::Set(path(field), New::Integer(user));
            let edits = forbidden.spots.iter().map(|s| set(&s.field)).collect();
            let note = format!("it runs as user {user}, who must be able to read its files");
            Remedy { edits, notes: vec![note] }
        }
        None => removing(pod, forbidden).noting(
            "it runs as the user of its image, who must not be root: give `--run-as-user` to name one",
        ),
    }
}
