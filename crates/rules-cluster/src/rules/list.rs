//! Every rule of this room, in order of its id. Rewritten by `cargo xtask gen`.

use eval::Rule;

use crate::Objects;

mod admission_policy_not_enforced;
mod admission_policy_unbound;
mod api_server_admission_weak;
mod api_server_anonymous;
mod api_server_audit_missing;
mod api_server_authorization_open;
mod api_server_kubelet_unverified;
mod api_server_secrets_unencrypted;
mod api_server_tls_missing;
mod api_version_deprecated;
mod api_version_removed;
mod audit_policy_blind;
mod audit_policy_records_secrets;
mod autoscaler_cannot_scale;
mod autoscaler_minimum_single;
mod config_map_unread;
mod container_runtime_socket;
mod control_plane_bound_to_all;
mod control_plane_exposed;
mod control_plane_profiling;
mod controller_credentials_shared;
mod cpu_limit_missing;
mod cpu_request_missing;
mod default_namespace;
mod disruption_budget_blocks;
mod disruption_budget_missing;
mod ephemeral_container;
mod ephemeral_storage_limit_missing;
mod etcd_open;
mod grace_period_zero;
mod image_digest_missing;
mod image_not_pulled;
mod image_registry_implicit;
mod image_tag_floating;
mod ingress_without_tls;
mod kubelet_hardening;
mod kubelet_open;
mod limit_below_request;
mod limit_range_broken;
mod liveness_probe_is_readiness;
mod liveness_probe_missing;
mod log_collector_misses;
mod memory_limit_missing;
mod memory_request_missing;
mod monitor_selects_nothing;
mod namespace_without_network_policy;
mod namespace_without_pod_security;
mod network_policy_gap;
mod pod_apparmor_unconfined;
mod pod_best_effort;
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
mod pod_shares_processes;
mod pod_sysctl_unsafe;
mod pod_user_low;
mod pod_user_namespace_refused;
mod pod_user_zero;
mod pod_volume_kind;
mod pod_windows_host_process;
mod priority_of_the_system;
mod probe_timeout_over_period;
mod probe_timing;
mod quota_never_fits;
mod rbac_all_accounts_bound;
mod rbac_anonymous_bound;
mod rbac_approves_certificates;
mod rbac_changes_namespaces;
mod rbac_cluster_admin_bound;
mod rbac_controls_admission;
mod rbac_creates_tokens;
mod rbac_creates_volumes;
mod rbac_creates_workloads;
mod rbac_default_account_bound;
mod rbac_enters_containers;
mod rbac_escalates;
mod rbac_grants_everything;
mod rbac_impersonates;
mod rbac_node_proxy;
mod rbac_reads_secrets;
mod rbac_wildcard;
mod readiness_probe_missing;
mod reference_dangling;
mod replicas_single;
mod root_filesystem_writable;
mod secret_as_env;
mod secret_in_annotation;
mod secret_in_config_map;
mod secret_in_manifest;
mod secret_in_pod_command;
mod secret_in_pod_env;
mod secret_unread;
mod selector_dangling;
mod service_account_default;
mod service_account_token_mounted;
mod service_account_token_secret;
mod service_external_ips;
mod service_node_port;
mod service_open_to_all;
mod service_selects_nothing;
mod topology_spread_missing;
mod webhook_fails_open;
mod webhook_intercepts_all;

/// The rules.
pub static RULES: &[Rule<Objects>] = &[
    admission_policy_not_enforced::RULE,
    admission_policy_unbound::RULE,
    api_server_admission_weak::RULE,
    api_server_anonymous::RULE,
    api_server_audit_missing::RULE,
    api_server_authorization_open::RULE,
    api_server_kubelet_unverified::RULE,
    api_server_secrets_unencrypted::RULE,
    api_server_tls_missing::RULE,
    api_version_deprecated::RULE,
    api_version_removed::RULE,
    audit_policy_blind::RULE,
    audit_policy_records_secrets::RULE,
    autoscaler_cannot_scale::RULE,
    autoscaler_minimum_single::RULE,
    config_map_unread::RULE,
    container_runtime_socket::RULE,
    control_plane_bound_to_all::RULE,
    control_plane_exposed::RULE,
    control_plane_profiling::RULE,
    controller_credentials_shared::RULE,
    cpu_limit_missing::RULE,
    cpu_request_missing::RULE,
    default_namespace::RULE,
    disruption_budget_blocks::RULE,
    disruption_budget_missing::RULE,
    ephemeral_container::RULE,
    ephemeral_storage_limit_missing::RULE,
    etcd_open::RULE,
    grace_period_zero::RULE,
    image_digest_missing::RULE,
    image_not_pulled::RULE,
    image_registry_implicit::RULE,
    image_tag_floating::RULE,
    ingress_without_tls::RULE,
    kubelet_hardening::RULE,
    kubelet_open::RULE,
    limit_below_request::RULE,
    limit_range_broken::RULE,
    liveness_probe_is_readiness::RULE,
    liveness_probe_missing::RULE,
    log_collector_misses::RULE,
    memory_limit_missing::RULE,
    memory_request_missing::RULE,
    monitor_selects_nothing::RULE,
    namespace_without_network_policy::RULE,
    namespace_without_pod_security::RULE,
    network_policy_gap::RULE,
    pod_apparmor_unconfined::RULE,
    pod_best_effort::RULE,
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
    pod_shares_processes::RULE,
    pod_sysctl_unsafe::RULE,
    pod_user_low::RULE,
    pod_user_namespace_refused::RULE,
    pod_user_zero::RULE,
    pod_volume_kind::RULE,
    pod_windows_host_process::RULE,
    priority_of_the_system::RULE,
    probe_timeout_over_period::RULE,
    probe_timing::RULE,
    quota_never_fits::RULE,
    rbac_all_accounts_bound::RULE,
    rbac_anonymous_bound::RULE,
    rbac_approves_certificates::RULE,
    rbac_changes_namespaces::RULE,
    rbac_cluster_admin_bound::RULE,
    rbac_controls_admission::RULE,
    rbac_creates_tokens::RULE,
    rbac_creates_volumes::RULE,
    rbac_creates_workloads::RULE,
    rbac_default_account_bound::RULE,
    rbac_enters_containers::RULE,
    rbac_escalates::RULE,
    rbac_grants_everything::RULE,
    rbac_impersonates::RULE,
    rbac_node_proxy::RULE,
    rbac_reads_secrets::RULE,
    rbac_wildcard::RULE,
    readiness_probe_missing::RULE,
    reference_dangling::RULE,
    replicas_single::RULE,
    root_filesystem_writable::RULE,
    secret_as_env::RULE,
    secret_in_annotation::RULE,
    secret_in_config_map::RULE,
    secret_in_manifest::RULE,
    secret_in_pod_command::RULE,
    secret_in_pod_env::RULE,
    secret_unread::RULE,
    selector_dangling::RULE,
    service_account_default::RULE,
    service_account_token_mounted::RULE,
    service_account_token_secret::RULE,
    service_external_ips::RULE,
    service_node_port::RULE,
    service_open_to_all::RULE,
    service_selects_nothing::RULE,
    topology_spread_missing::RULE,
    webhook_fails_open::RULE,
    webhook_intercepts_all::RULE,
];
