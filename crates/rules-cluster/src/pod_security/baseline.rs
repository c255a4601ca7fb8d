//! The checks of the baseline.

use manifest::{Node, WrongType};

use super::words::{Setters, Values, plural, quoted};
use super::{Answer, Check, Forbidden, Level, Revision};
use crate::workload::{Container, Pod, Spot};

const fn check(id: &'static str, revisions: &'static [Revision]) -> Check {
    Check { id, level: Level::Baseline, revisions, overrides: None }
}

/// In the order of their names.
pub(super) const CHECKS: &[Check] = &[
    check("appArmorProfile", &[(0, app_armor)]),
    check("capabilities_baseline", &[(0, capabilities)]),
    check("hostNamespaces", &[(0, host_namespaces)]),
    check("hostPathVolumes", &[(0, host_path_volumes)]),
    check("hostPorts", &[(0, host_ports)]),
    check("hostProbesAndHostLifecycle", &[(34, host_probes)]),
    check("privileged", &[(0, privileged)]),
    check("procMount", &[(0, proc_mount), (35, proc_mount_relaxed)]),
    check("seLinuxOptions", &[(0, selinux_1_0), (31, selinux_1_31)]),
    check("seccompProfile_baseline", &[(0, seccomp_annotations), (19, seccomp)]),
    check(
        "sysctls",
        &[
            (0, sysctls::<5>),
            (27, sysctls::<6>),
            (29, sysctls::<10>),
            (32, sysctls::<12>),
            (37, sysctls::<14>),
        ],
    ),
    check("windowsHostProcess", &[(0, windows_host_process)]),
];

pub(super) fn forbid(reason: &str, detail: String, spots: Vec<Spot>) -> Answer {
    Ok(Some(Forbidden { reason: reason.to_owned(), detail, spots }))
}

/// The texts of a list field.
pub(crate) fn texts<'n>(node: &'n Node, key: &str) -> Result<Vec<&'n str>, WrongType> {
    node.list_field(key)?
        .iter()
        .map(|item| {
            item.text().ok_or_else(|| WrongType {
                field: format!("{key}[]"),
                wanted: "text",
                found: item.value.kind(),
                at: item.at,
            })
        })
        .collect()
}

const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn app_armor(pod: &Pod<'_>) -> Answer {
    let bad = |context: Option<&Node>| -> Result<Option<String>, WrongType> {
        let Some(profile) = context.map(|c| c.map_field("appArmorProfile")).transpose()?.flatten() else {
            return Ok(None);
        };
        let kind = profile.text_field("type")?.unwrap_or("");
        Ok((!matches!(kind, "RuntimeDefault" | "Localhost")).then(|| kind.to_owned()))
    };
    let (mut setters, mut values) = (Setters::default(), Values::new());
    if let Some(value) = bad(pod.security_context()?)? {
        values.insert(value);
        setters.pod(pod.spot("securityContext.appArmorProfile.type"));
    }
    for c in &pod.containers {
        if let Some(value) = bad(c.security_context()?)? {
            values.insert(value);
            setters.container(c.name, [c.spot("securityContext.appArmorProfile.type")]);
        }
    }
    let mut annotations = Vec::new();
    for (key, value, at) in &pod.annotations {
        let fine = value.is_empty() || *value == "runtime/default" || value.starts_with("localhost/");
        if key.starts_with(APP_ARMOR_ANNOTATION) && !fine {
            annotations.push(format!("{key}={value:?}"));
            setters.spots.push(Spot { field: format!("{}.annotations.{key}", pod.metadata_path), at: *at });
        }
    }
    if setters.is_empty() && annotations.is_empty() {
        return Ok(None);
    }
    annotations.sort();
    let more =
        (!annotations.is_empty()).then(|| plural("annotation", "annotations", annotations.len()).to_owned());
    let values: Vec<String> = values.into_iter().chain(annotations).collect();
    forbid(
        plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.len()),
        format!("{} must not set AppArmor profile type to {}", setters.all(more), quoted(&values)),
        setters.spots,
    )
}

/// What a container runtime gives by default.
pub(crate) const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn capabilities(pod: &Pod<'_>) -> Answer {
    let (mut setters, mut values) = (Setters::default(), Values::new());
    for c in &pod.containers {
        let added = added_capabilities(c)?;
        let bad: Vec<&&str> = added.iter().filter(|a| !CAPABILITIES.contains(a)).collect();
        if !bad.is_empty() {
            values.extend(bad.iter().map(|b| (**b).to_owned()));
            setters.container(c.name, [c.spot("securityContext.capabilities.add")]);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        "{} must not include {} in securityContext.capabilities.add",
        setters.containers(),
        quoted(&values)
    );
    forbid("non-default capabilities", detail, setters.spots)
}

/// `securityContext.capabilities.add` of a container.
pub(crate) fn added_capabilities<'o>(container: &Container<'o>) -> Result<Vec<&'o str>, WrongType> {
    let context = container.security_context()?;
    match context.map(|c| c.map_field("capabilities")).transpose()?.flatten() {
        Some(capabilities) => texts(capabilities, "add"),
        None => Ok(Vec::new()),
    }
}

fn host_namespaces(pod: &Pod<'_>) -> Answer {
    let mut set = Vec::new();
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod.spec.bool_field(field)? == Some(true) {
            set.push(field);
        }
    }
    if set.is_empty() {
        return Ok(None);
    }
    let detail = set.iter().map(|f| format!("{f}=true")).collect::<Vec<_>>().join(", ");
    forbid("host namespaces", detail, set.iter().map(|f| pod.spot(f)).collect())
}

fn host_path_volumes(pod: &Pod<'_>) -> Answer {
    let (mut names, mut spots) = (Vec::new(), Vec::new());
    for (index, volume) in pod.spec.list_field("volumes")?.iter().enumerate() {
        if let Some(entry) = volume.entry("hostPath") {
            names.push(volume.text_field("name")?.unwrap_or(""));
            spots.push(Spot { field: format!("{}.volumes[{index}].hostPath", pod.path), at: entry.at });
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let detail = format!("{} {}", plural("volume", "volumes", names.len()), quoted(&names));
    forbid("hostPath volumes", detail, spots)
}

fn host_ports(pod: &Pod<'_>) -> Answer {
    let (mut setters, mut values) = (Setters::default(), Values::new());
    for c in &pod.containers {
        let mut spots = Vec::new();
        for (index, port) in c.node.list_field("ports")?.iter().enumerate() {
            if let Some(number) = port.integer_field("hostPort")?.filter(|n| *n != 0) {
                values.insert(number.to_string());
                let at = port.entry("hostPort").map_or(port.at, |e| e.at);
                spots.push(Spot { field: format!("{}.ports[{index}].hostPort", c.path), at });
            }
        }
        if !spots.is_empty() {
            setters.container(c.name, spots);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        "{} {} {} {}",
        setters.containers(),
        plural("uses", "use", setters.count()),
        plural("hostPort", "hostPorts", values.len()),
        values.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    );
    forbid("hostPort", detail, setters.spots)
}

fn host_probes(pod: &Pod<'_>) -> Answer {
    const HANDLERS: &[&[&str]] = &[
        &["livenessProbe"],
        &["readinessProbe"],
        &["startupProbe"],
        &["lifecycle", "postStart"],
        &["lifecycle", "preStop"],
    ];
    let (mut names, mut hosts, mut spots) = (Values::new(), Values::new(), Vec::new());
    for c in &pod.containers {
        for path in HANDLERS {
            let mut handler = Some(c.node);
            for key in *path {
                handler = handler.map(|h| h.map_field(key)).transpose()?.flatten();
            }
            let Some(handler) = handler else { continue };
            for action in ["httpGet", "tcpSocket"] {
                let host = handler.map_field(action)?.map(|a| a.text_field("host")).transpose()?.flatten();
                if let Some(host) = host.filter(|h| !h.is_empty()) {
                    names.insert(c.name.to_owned());
                    hosts.insert(host.to_owned());
                    spots.push(c.spot(&format!("{}.{action}.host", path.join("."))));
                }
            }
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        "{} {} {} {} {}",
        plural("container", "containers", names.len()),
        quoted(&names),
        plural("uses", "use", names.len()),
        plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
        quoted(&hosts)
    );
    forbid("probe or lifecycle host", detail, spots)
}

fn privileged(pod: &Pod<'_>) -> Answer {
    let mut setters = Setters::default();
    for c in &pod.containers {
        let context = c.security_context()?;
        if context.map(|s| s.bool_field("privileged")).transpose()?.flatten() == Some(true) {
            setters.container(c.name, [c.spot("securityContext.privileged")]);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let detail = format!("{} must not set securityContext.privileged=true", setters.containers());
    forbid("privileged", detail, setters.spots)
}

pub(super) fn proc_mount(pod: &Pod<'_>) -> Answer {
    let (mut setters, mut values) = (Setters::default(), Values::new());
    for c in &pod.containers {
        let context = c.security_context()?;
        let mount = context.map(|s| s.text_field("procMount")).transpose()?.flatten();
        if let Some(mount) = mount.filter(|m| *m != "Default") {
            values.insert(mount.to_owned());
            setters.container(c.name, [c.spot("securityContext.procMount")]);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let detail =
        format!("{} must not set securityContext.procMount to {}", setters.containers(), quoted(&values));
    forbid("procMount", detail, setters.spots)
}

fn proc_mount_relaxed(pod: &Pod<'_>) -> Answer {
    if pod.has_user_namespace()? { Ok(None) } else { proc_mount(pod) }
}

/// Types of SELinux's that are allowed in every version; none is one of them.
pub(crate) const SELINUX_TYPES: &[&str] = &["", "container_t", "container_init_t", "container_kvm_t"];

fn selinux_1_0(pod: &Pod<'_>) -> Answer {
    selinux(pod, SELINUX_TYPES)
}

fn selinux_1_31(pod: &Pod<'_>) -> Answer {
    selinux(pod, &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
}

fn selinux(pod: &Pod<'_>, allowed: &[&str]) -> Answer {
    let (mut types, mut user, mut role) = (Values::new(), false, false);
    let mut bad = |context: Option<&Node>| -> Result<Vec<&'static str>, WrongType> {
        let Some(options) = context.map(|c| c.map_field("seLinuxOptions")).transpose()?.flatten() else {
            return Ok(Vec::new());
        };
        let text = |key| options.text_field(key).map(|t| t.unwrap_or(""));
        let mut fields = Vec::new();
        let kind = text("type")?;
        if !allowed.contains(&kind) {
            types.insert(kind.to_owned());
            fields.push("type");
        }
        if !text("user")?.is_empty() {
            user = true;
            fields.push("user");
        }
        if !text("role")?.is_empty() {
            role = true;
            fields.push("role");
        }
        Ok(fields)
    };
    let field = |name: &&str| format!("securityContext.seLinuxOptions.{name}");
    let mut setters = Setters::default();
    for name in bad(pod.security_context()?)? {
        setters.pod(pod.spot(&field(&name)));
    }
    for c in &pod.containers {
        let names = bad(c.security_context()?)?;
        if !names.is_empty() {
            setters.container(c.name, names.iter().map(|n| c.spot(&field(n))));
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let types =
        (!types.is_empty()).then(|| format!("{} {}", plural("type", "types", types.len()), quoted(&types)));
    let user = user.then(|| "user may not be set".to_owned());
    let role = role.then(|| "role may not be set".to_owned());
    let data = types.into_iter().chain(user).chain(role).collect::<Vec<_>>().join("; ");
    let detail = format!("{} set forbidden securityContext.seLinuxOptions: {data}", setters.all(None));
    forbid("seLinuxOptions", detail, setters.spots)
}

const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// Before 1.19 a profile was an annotation.
fn seccomp_annotations(pod: &Pod<'_>) -> Answer {
    let mut forbidden = Values::new();
    let mut spots = Vec::new();
    let keys = std::iter::once(SECCOMP_POD.to_owned())
        .chain(pod.containers.iter().map(|c| format!("{SECCOMP_CONTAINER}{}", c.name)));
    for key in keys {
        let Some((value, at)) = pod.annotation(&key) else { continue };
        let fine = matches!(value, "runtime/default" | "docker/default") || value.starts_with("localhost/");
        if !fine && forbidden.insert(format!("{key}={value:?}")) {
            spots.push(Spot { field: format!("{}.annotations.{key}", pod.metadata_path), at });
        }
    }
    if forbidden.is_empty() {
        return Ok(None);
    }
    let list = forbidden.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let detail = format!("forbidden {} {list}", plural("annotation", "annotations", forbidden.len()));
    forbid("seccompProfile", detail, spots)
}

/// The type of a seccomp profile: `None` without a profile, empty for one without type.
pub(super) fn seccomp_type(context: Option<&Node>) -> Result<Option<&str>, WrongType> {
    match context.map(|c| c.map_field("seccompProfile")).transpose()?.flatten() {
        Some(profile) => Ok(Some(profile.text_field("type")?.unwrap_or(""))),
        None => Ok(None),
    }
}

pub(super) fn is_confined(kind: &str) -> bool {
    matches!(kind, "Localhost" | "RuntimeDefault")
}

/// Who sets a seccomp profile that confines nothing, and to what.
pub(super) fn bad_seccomp(pod: &Pod<'_>) -> Result<(Setters, Values), WrongType> {
    let (mut setters, mut values) = (Setters::default(), Values::new());
    if let Some(kind) = seccomp_type(pod.security_context()?)?.filter(|k| !is_confined(k)) {
        values.insert(kind.to_owned());
        setters.pod(pod.spot("securityContext.seccompProfile.type"));
    }
    for c in &pod.containers {
        if let Some(kind) = seccomp_type(c.security_context()?)?.filter(|k| !is_confined(k)) {
            values.insert(kind.to_owned());
            setters.container(c.name, [c.spot("securityContext.seccompProfile.type")]);
        }
    }
    Ok((setters, values))
}

pub(super) fn seccomp(pod: &Pod<'_>) -> Answer {
    let (setters, values) = bad_seccomp(pod)?;
    if setters.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        "{} must not set securityContext.seccompProfile.type to {}",
        setters.all(None),
        quoted(&values)
    );
    forbid("seccompProfile", detail, setters.spots)
}

/// Namespaced sysctls that are safe, in the order they came to be allowed: five in 1.0, six from 1.27, ten from 1.29,
/// twelve from 1.32, fourteen from 1.37.
const SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_notsent_lowat",
];

fn sysctls<const ALLOWED: usize>(pod: &Pod<'_>) -> Answer {
    let Some(context) = pod.security_context()? else { return Ok(None) };
    let (mut names, mut spots) = (Vec::new(), Vec::new());
    for (index, sysctl) in context.list_field("sysctls")?.iter().enumerate() {
        let name = sysctl.text_field("name")?.unwrap_or("");
        if !SYSCTLS.iter().take(ALLOWED).any(|s| *s == name) {
            names.push(name);
            let field = format!("{}.securityContext.sysctls[{index}].name", pod.path);
            spots.push(Spot { field, at: sysctl.entry("name").map_or(sysctl.at, |e| e.at) });
        }
    }
    if names.is_empty() { Ok(None) } else { forbid("forbidden sysctls", names.join(", "), spots) }
}

fn windows_host_process(pod: &Pod<'_>) -> Answer {
    let set = |context: Option<&Node>| -> Result<bool, WrongType> {
        let options = context.map(|c| c.map_field("windowsOptions")).transpose()?.flatten();
        Ok(options.map(|o| o.bool_field("hostProcess")).transpose()?.flatten() == Some(true))
    };
    let mut setters = Setters::default();
    if set(pod.security_context()?)? {
        setters.pod(pod.spot("securityContext.windowsOptions.hostProcess"));
    }
    for c in &pod.containers {
        if set(c.security_context()?)? {
            setters.container(c.name, [c.spot("securityContext.windowsOptions.hostProcess")]);
        }
    }
    if setters.is_empty() {
        return Ok(None);
    }
    let detail =
        format!("{} must not set securityContext.windowsOptions.hostProcess=true", setters.all(None));
    forbid("hostProcess", detail, setters.spots)
}
