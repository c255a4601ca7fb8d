//! Policies as the documentation of Kubernetes shows them, each with one field changed, and the bindings around them.

use super::*;
use api::RemainderKind;

fn converted(yaml: &str) -> Converted {
    let mut conversion = Conversion::default();
    let summary = manifest::read(yaml.as_bytes(), &mut |object| conversion.see("shop.yaml", &object));
    assert_eq!(summary.flaws, [], "{yaml}");
    conversion.finish()
}

/// A policy that keeps to the restricted level in every field that has one.
const STRICT: &str = "apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: strict
  annotations:
    seccomp.security.alpha.kubernetes.io/allowedProfileNames: runtime/default
    apparmor.security.beta.kubernetes.io/allowedProfileNames: runtime/default
spec:
  privileged: false
  allowPrivilegeEscalation: false
  requiredDropCapabilities: [ALL]
  allowedCapabilities: [NET_BIND_SERVICE]
  volumes: [configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret]
  runAsUser: {rule: MustRunAsNonRoot}
  seLinux: {rule: MustRunAs, seLinuxOptions: {level: 's0:c1,c2'}}
  supplementalGroups: {rule: RunAsAny}
  fsGroup: {rule: RunAsAny}
";

fn level(yaml: &str) -> (String, Vec<String>) {
    let policy = converted(yaml).policies.remove(0);
    let held = policy.remainder.iter().filter(|r| r.kind == RemainderKind::Permits);
    (policy.level, held.map(|r| format!("{} {}", r.field, r.below.clone().unwrap())).collect())
}

#[test]
fn a_strict_policy_is_the_restricted_level() {
    assert_eq!(level(STRICT), ("restricted".to_owned(), Vec::new()));
}

/// A text of [`STRICT`], what stands there instead, the level that follows, and the field that keeps it from the next.
const FIELDS: &[(&str, &str, &str, &str)] = &[
    ("privileged: false", "privileged: true", "privileged", "spec.privileged"),
    ("privileged: false", "hostNetwork: true", "privileged", "spec.hostNetwork"),
    ("privileged: false", "hostPID: true", "privileged", "spec.hostPID"),
    ("privileged: false", "hostIPC: true", "privileged", "spec.hostIPC"),
    ("privileged: false", "hostPorts: [{min: 80, max: 80}]", "privileged", "spec.hostPorts"),
    ("privileged: false", "allowedUnsafeSysctls: ['kernel.msg*']", "privileged", "spec.allowedUnsafeSysctls"),
    ("privileged: false", "allowedProcMountTypes: [Unmasked]", "privileged", "spec.allowedProcMountTypes"),
    (
        "allowPrivilegeEscalation: false",
        "allowPrivilegeEscalation: true",
        "baseline",
        "spec.allowPrivilegeEscalation",
    ),
    ("[ALL]", "[KILL]", "baseline", "spec.requiredDropCapabilities"),
    ("[NET_BIND_SERVICE]", "[CHOWN]", "baseline", "spec.allowedCapabilities"),
    ("[NET_BIND_SERVICE]", "[SYS_ADMIN]", "privileged", "spec.allowedCapabilities"),
    ("[NET_BIND_SERVICE]", "['*']", "privileged", "spec.allowedCapabilities"),
    ("projected, secret", "projected, nfs", "baseline", "spec.volumes"),
    ("projected, secret", "hostPath", "privileged", "spec.volumes"),
    ("projected, secret", "'*'", "privileged", "spec.volumes"),
    ("MustRunAsNonRoot", "RunAsAny", "baseline", "spec.runAsUser"),
    ("rule: MustRunAs, seLinuxOptions", "rule: RunAsAny, seLinuxOptions", "privileged", "spec.seLinux"),
    ("level: 's0:c1,c2'", "user: root", "privileged", "spec.seLinux"),
    ("level: 's0:c1,c2'", "type: container_t", "restricted", ""),
    (
        "kubernetes.io/allowedProfileNames: runtime/default",
        "kubernetes.io/allowedProfileNames: 'runtime/default,'",
        "baseline",
        "metadata.annotations.seccomp.security.alpha.kubernetes.io/allowedProfileNames",
    ),
    (
        "kubernetes.io/allowedProfileNames: runtime/default",
        "kubernetes.io/allowedProfileNames: '*'",
        "privileged",
        "metadata.annotations.seccomp.security.alpha.kubernetes.io/allowedProfileNames",
    ),
    (
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames: runtime/default",
        "other: a",
        "baseline",
        "metadata.annotations.seccomp.security.alpha.kubernetes.io/allowedProfileNames",
    ),
    (
        "apparmor.security.beta.kubernetes.io/allowedProfileNames: runtime/default",
        "other: a",
        "privileged",
        "metadata.annotations.apparmor.security.beta.kubernetes.io/allowedProfileNames",
    ),
    (
        "apparmor.security.beta.kubernetes.io/allowedProfileNames: runtime/default",
        "apparmor.security.beta.kubernetes.io/allowedProfileNames: 'runtime/default,localhost/web'",
        "restricted",
        "",
    ),
];

#[test]
fn what_a_policy_leaves_to_the_node_is_told_apart() {
    let open = STRICT
        .replace("rule: MustRunAs, seLinuxOptions: {level: 's0:c1,c2'}", "rule: RunAsAny")
        .replace("apparmor.security.beta.kubernetes.io/allowedProfileNames", "other");
    let but = |yaml: &str| converted(yaml).policies.remove(0).but_for_node_profiles;
    assert_eq!(level(&open).0, "privileged");
    assert_eq!(but(&open).as_deref(), Some("restricted"));
    assert_eq!(
        but(&open.replace("privileged: false", "hostPID: true")),
        None,
        "another field makes it as wide"
    );
    assert_eq!(but(STRICT), None);
    let all = converted(&format!("{open}{BINDINGS}"));
    let of = |name: &str| {
        let row = all.namespaces.iter().find(|n| n.name == name).unwrap();
        (row.level.clone(), row.but_for_node_profiles.clone())
    };
    assert_eq!(of("shop"), ("privileged".to_owned(), Some("restricted".to_owned())));
    assert_eq!(of("nodes"), ("privileged".to_owned(), None), "another policy is as wide in every way");
}

#[test]
fn pods_without_a_policy_of_their_account_leave_a_level_uncertain() {
    let bare = BINDINGS.replace("{kind: Group, name: 'system:serviceaccounts'}", "{kind: User, name: bob}");
    let all = converted(&format!("{STRICT}{bare}"));
    let shop = all.namespaces.iter().find(|n| n.name == "shop").unwrap();
    assert!(shop.uncertain && shop.because[0].contains("by the rights of who makes them"), "{shop:?}");
}

#[test]
fn each_field_alone_widens_a_policy_as_the_table_of_kubernetes_says() {
    for (from, to, wanted, field) in FIELDS {
        assert!(STRICT.contains(from), "{from}");
        let (found, held) = level(&STRICT.replacen(from, to, 1));
        assert_eq!(found, *wanted, "{to}");
        let below = if *wanted == "privileged" { "baseline" } else { "restricted" };
        let held_by = if field.is_empty() { Vec::new() } else { vec![format!("{field} {below}")] };
        assert_eq!(held, held_by, "{to}");
    }
}

#[test]
fn what_a_policy_demands_and_changes_beyond_its_level_remains() {
    let yaml = STRICT
        .replace("privileged: false", "readOnlyRootFilesystem: true\n  hostPID: true")
        .replace("fsGroup: {rule: RunAsAny}", "fsGroup: {rule: MustRunAs, ranges: [{min: 1, max: 65535}]}")
        .replace(
            "  annotations:\n",
            "  annotations:\n    seccomp.security.alpha.kubernetes.io/defaultProfileName: runtime/default\n",
        );
    let policy = converted(&yaml).policies.remove(0);
    let of = |kind| -> Vec<&str> {
        policy.remainder.iter().filter(|r| r.kind == kind).map(|r| r.field.as_str()).collect()
    };
    let demands = of(RemainderKind::Demands);
    for field in
        ["spec.hostNetwork", "spec.readOnlyRootFilesystem", "spec.fsGroup", "spec.runAsUser", "spec.volumes"]
    {
        assert!(demands.contains(&field), "{field}: {demands:?}");
    }
    let changes = of(RemainderKind::Changes);
    for field in [
        "spec.readOnlyRootFilesystem",
        "spec.fsGroup",
        "spec.requiredDropCapabilities",
        "metadata.annotations.seccomp.security.alpha.kubernetes.io/defaultProfileName",
    ] {
        assert!(changes.contains(&field), "{field}: {changes:?}");
    }
    let line = policy.remainder.iter().find(|r| r.field == "spec.hostPID").unwrap().line;
    assert_eq!(line, Some(11));
    let strict = converted(STRICT).policies.remove(0);
    let demands = strict.remainder.iter().filter(|r| r.kind == RemainderKind::Demands);
    let left: Vec<&str> = demands.map(|r| r.field.as_str()).collect();
    let annotation =
        |system: &str| format!("metadata.annotations.{system}.kubernetes.io/allowedProfileNames");
    let wanted =
        ["spec.seLinux", &annotation("seccomp.security.alpha"), &annotation("apparmor.security.beta")];
    assert_eq!(left, wanted, "what the level says as well is no remainder");
}

const BINDINGS: &str = "---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: host}
spec: {privileged: true, volumes: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: strict}
rules: [{apiGroups: [policy], resources: [podsecuritypolicies], resourceNames: [strict], verbs: [use]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: strict}
roleRef: {kind: ClusterRole, name: strict}
subjects: [{kind: Group, name: 'system:serviceaccounts'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: host, namespace: nodes}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: host, namespace: nodes}
roleRef: {kind: Role, name: host}
subjects: [{kind: ServiceAccount, name: agent}, {kind: User, name: alice}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
";

#[test]
fn a_namespace_gets_the_widest_level_that_its_accounts_may_use() {
    let all = converted(&format!("{STRICT}{BINDINGS}"));
    assert_eq!(all.doubts, []);
    let subjects: Vec<String> = all
        .subjects
        .iter()
        .map(|s| {
            format!("{} {}/{} in '{}': {} {:?}", s.kind, s.namespace, s.name, s.within, s.level, s.policies)
        })
        .collect();
    assert_eq!(
        subjects,
        [
            "Group /system:serviceaccounts in '': restricted [\"strict\"]",
            "ServiceAccount nodes/agent in 'nodes': privileged [\"host\", \"strict\"]",
            "User /alice in 'nodes': privileged [\"host\", \"strict\"]",
        ]
    );
    let [nodes, shop] = all.namespaces.as_slice() else { panic!("{:?}", all.namespaces) };
    assert_eq!((nodes.name.as_str(), nodes.level.as_str()), ("nodes", "privileged"));
    assert_eq!(nodes.because[0], "agent: privileged by policy host");
    assert_eq!((shop.level.as_str(), shop.now.as_deref()), ("restricted", Some("baseline")));
    assert_eq!(shop.workloads.as_deref(), Some("baseline"), "its pod would not pass the restricted level");
    assert_eq!(shop.labels["pod-security.kubernetes.io/enforce"], "restricted");
    assert!(!shop.uncertain && !nodes.uncertain);
}

#[test]
fn what_the_input_does_not_hold_leaves_levels_uncertain() {
    let all =
        converted(&BINDINGS.replace("{kind: ClusterRole, name: strict}", "{kind: ClusterRole, name: other}"));
    assert!(all.namespaces.iter().all(|n| n.uncertain));
    assert!(
        all.doubts[0]
            .reason
            .contains("ClusterRoleBinding strict -> ClusterRole other: the role is not in this input")
    );
    let all = converted(BINDINGS);
    assert!(
        all.doubts[0].reason.contains("PodSecurityPolicy strict is not in this input"),
        "{:?}",
        all.doubts
    );
    assert!(all.namespaces.iter().all(|n| n.uncertain));
    let all = converted(&STRICT.replace("privileged: false", "privileged: maybe"));
    assert!(
        all.policies.is_empty() && all.doubts[0].reason.contains("`privileged` is text"),
        "{:?}",
        all.doubts
    );
}
