//! Suite `polaris`: objects that a check of Polaris must pass (`success*`) or fail (`failure*`), a folder a check. A
//! case passes if one of our rules that ask the same fails an object of the file where the check does, and none where it
//! passes. The table says which rules those are; a check without one is a case that fails, and is argued. `mutated*` is
//! what Polaris would write, `check.yaml` a check that somebody configured: neither is a case.

use std::path::Path;

use anyhow::Result;
use rules_cluster::{RULES, Subject, Surroundings};

use crate::{SuiteResult, walk};

/// Checks of Polaris and the rules that ask the same.
const RULES_OF: &[(&str, &[&str])] = &[
    ("automountServiceAccountToken", &["service-account-token-mounted"]),
    ("clusterrolePodExecAttach", &["rbac-enters-containers", "rbac-wildcard"]),
    ("clusterrolebindingClusterAdmin", &["rbac-cluster-admin-bound", "rbac-grants-everything"]),
    ("clusterrolebindingPodExecAttach", &["rbac-enters-containers", "rbac-wildcard"]),
    ("cpuLimitsMissing", &["cpu-limit-missing", "cpu-request-missing", "pod-best-effort"]),
    ("cpuRequestsMissing", &["cpu-request-missing", "pod-best-effort"]),
    ("dangerousCapabilities", &["pod-capabilities-added"]),
    ("deploymentMissingReplicas", &["replicas-single"]),
    ("hostIPCSet", &["pod-host-namespace"]),
    ("hostNetworkSet", &["pod-host-namespace"]),
    ("hostPIDSet", &["pod-host-namespace"]),
    ("hostPathSet", &["pod-host-path"]),
    ("hostPortSet", &["pod-host-port"]),
    ("hostProcess", &["pod-windows-host-process"]),
    ("hpaMaxAvailability", &["autoscaler-cannot-scale"]),
    ("hpaMinAvailability", &["autoscaler-minimum-single"]),
    ("insecureCapabilities", &["pod-capabilities-added", "pod-capabilities-kept"]),
    ("linuxHardening", &["pod-seccomp-missing", "pod-seccomp-unconfined"]),
    ("livenessProbeMissing", &["liveness-probe-missing"]),
    ("memoryLimitsMissing", &["memory-limit-missing", "memory-request-missing", "pod-best-effort"]),
    ("memoryRequestsMissing", &["memory-request-missing", "pod-best-effort"]),
    ("missingNetworkPolicy", &["network-policy-gap"]),
    ("missingPodDisruptionBudget", &["disruption-budget-missing"]),
    ("notReadOnlyRootFilesystem", &["root-filesystem-writable"]),
    ("pdbDisruptionsIsZero", &["disruption-budget-blocks"]),
    ("pdbMinAvailableGreaterThanHPAMinReplicas", &["disruption-budget-blocks"]),
    ("privilegeEscalationAllowed", &["pod-privilege-escalation"]),
    ("procMount", &["pod-proc-mount"]),
    ("pullPolicyNotAlways", &["image-not-pulled"]),
    ("readinessProbeMissing", &["readiness-probe-missing"]),
    ("rolePodExecAttach", &["rbac-enters-containers", "rbac-wildcard"]),
    ("rolebindingClusterAdminClusterRole", &["rbac-cluster-admin-bound", "rbac-grants-everything"]),
    ("rolebindingClusterAdminRole", &["rbac-grants-everything"]),
    ("rolebindingClusterRolePodExecAttach", &["rbac-enters-containers", "rbac-wildcard"]),
    ("rolebindingRolePodExecAttach", &["rbac-enters-containers", "rbac-wildcard"]),
    ("runAsPrivileged", &["pod-privileged"]),
    ("runAsRootAllowed", &["pod-runs-as-root", "pod-user-zero"]),
    ("sensitiveConfigmapContent", &["secret-in-config-map"]),
    ("sensitiveContainerEnvVar", &["secret-in-pod-env"]),
    ("tagNotSpecified", &["image-tag-floating"]),
    ("tlsSettingsMissing", &["ingress-without-tls"]),
    ("topologySpreadConstraint", &["topology-spread-missing"]),
];

/// Runs every case under `suites/polaris`.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("polaris");
    let root = shared.join("suites/polaris/checks");
    for file in walk::files(&root)? {
        let name = walk::name(&root, &file);
        let Some((check, case_name)) = name.split_once('/') else { continue };
        let wanted = match (case_name.starts_with("success"), case_name.starts_with("failure")) {
            (true, _) => true,
            (_, true) => false,
            _ => continue,
        };
        let rules = RULES_OF.iter().find(|(c, _)| *c == check).map(|(_, rules)| *rules);
        let answer = match rules {
            Some(rules) => case(&walk::read(&file)?, rules, wanted),
            None => Err("no rule asks this".to_owned()),
        };
        result.case(&name, answer);
    }
    Ok(result)
}

fn case(text: &str, rules: &[&str], wanted: bool) -> Result<(), String> {
    let mut objects = Vec::new();
    let summary = manifest::read(text.as_bytes(), &mut |o| objects.push(o));
    if !summary.flaws.is_empty() {
        return Err(format!("{:?}", summary.flaws));
    }
    let mut around = Surroundings::default();
    objects.iter().for_each(|object| around.see(object));
    let mut faults = Vec::new();
    for object in &objects {
        let subject = Subject::of("case.yaml", object, &around);
        for rule in RULES.iter().filter(|r| rules.contains(&r.id)) {
            faults.extend(
                (rule.judge)(&subject).faults.into_iter().map(|f| format!("{}: {}", rule.id, f.message)),
            );
        }
    }
    match (wanted, faults.first()) {
        (true, Some(fault)) => Err(format!("must pass: {fault}")),
        (false, None) => Err(format!("must fail: {}", rules.join(", "))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_table_exists() {
        for id in RULES_OF.iter().flat_map(|(_, rules)| *rules) {
            assert!(RULES.iter().any(|r| r.id == *id), "{id}");
        }
    }
}
