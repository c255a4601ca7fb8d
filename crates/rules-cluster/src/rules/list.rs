//! Every rule of this room, in order of its id. Rewritten by `cargo xtask gen`.

use eval::Rule;

use crate::Objects;

mod pod_apparmor_unconfined;
mod pod_capabilities_added;
mod pod_capabilities_kept;
mod pod_host_namespace;
mod pod_host_path;
mod pod_host_port;
mod pod_privilege_escalation;
mod pod_privileged;
mod pod_probe_host;
mod pod_proc_mount;
mod pod_runs_as_root;
mod pod_seccomp_missing;
mod pod_seccomp_unconfined;
mod pod_selinux_options;
mod pod_sysctl_unsafe;
mod pod_user_zero;
mod pod_volume_kind;
mod pod_windows_host_process;
mod rbac_cluster_admin_bound;
mod rbac_wildcard;

/// The rules.
pub static RULES: &[Rule<Objects>] = &[
    pod_apparmor_unconfined::RULE,
    pod_capabilities_added::RULE,
    pod_capabilities_kept::RULE,
    pod_host_namespace::RULE,
    pod_host_path::RULE,
    pod_host_port::RULE,
    pod_privilege_escalation::RULE,
    pod_privileged::RULE,
    pod_probe_host::RULE,
    pod_proc_mount::RULE,
    pod_runs_as_root::RULE,
    pod_seccomp_missing::RULE,
    pod_seccomp_unconfined::RULE,
    pod_selinux_options::RULE,
    pod_sysctl_unsafe::RULE,
    pod_user_zero::RULE,
    pod_volume_kind::RULE,
    pod_windows_host_process::RULE,
    rbac_cluster_admin_bound::RULE,
    rbac_wildcard::RULE,
];
