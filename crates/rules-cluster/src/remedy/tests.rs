//! Remedies on manifests, by what becomes of the text.

use manifest::edit::Sheet;

use super::{Amount, Usage, Wishes, propose};
use crate::{Objects, RULES, Subject, Surroundings};

/// The findings of a rule about the first object of a file that can have them, mended one after another.
fn mended(yaml: &str, rule: &str, wishes: &Wishes) -> Result<(String, Vec<String>), String> {
    let mut around = Surroundings::default();
    drop(manifest::read(yaml.as_bytes(), &mut |object| around.see(&object)));
    let mut sheet = Sheet::read(yaml.as_bytes()).unwrap();
    let rule: &eval::Rule<Objects> = RULES.iter().find(|r| r.id == rule).unwrap();
    let mut notes = Vec::new();
    let mut found = 0;
    for address in sheet.objects() {
        for _ in 0..10 {
            let object = sheet.object(&address).unwrap();
            let subject = Subject::of("shop.yaml", &object, &around);
            let judgement = (rule.judge)(&subject);
            let Some(fault) = judgement.faults.first() else { break };
            found += 1;
            let field = fault.place.object.as_ref().unwrap().field.clone().unwrap();
            let remedy = propose(rule.id, &field, &subject, wishes)?;
            assert_eq!(sheet.apply(&address, &remedy.edits), Ok(true), "{:?}", remedy.edits);
            notes.extend(remedy.notes);
        }
    }
    assert!(0 < found, "{yaml}");
    Ok((String::from_utf8(sheet.bytes()).unwrap(), notes))
}

const HEAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n";

fn web(spec: &str) -> String {
    format!("{HEAD}{spec}")
}

fn check(before: &str, rule: &str, wishes: &Wishes, after: &str) {
    let mended = mended(&web(before), rule, wishes).map(|(text, _)| text);
    assert_eq!(mended.as_deref(), Ok(web(after).as_str()));
}

#[test]
fn the_pod_says_once_what_holds_for_every_container() {
    let before = "      containers:\n        - {name: a, image: a}\n        - name: b\n          securityContext: {runAsNonRoot: false}\n";
    let after = "      containers:\n        - {name: a, image: a}\n        - name: b\n          securityContext: {runAsNonRoot: true}\n      securityContext:\n        runAsNonRoot: true\n";
    check(before, "pod-runs-as-root", &Wishes::default(), after);
    let user = Wishes { run_as_user: Some(10001), ..Wishes::default() };
    check(before, "pod-runs-as-root", &user, &format!("{after}        runAsUser: 10001\n"));
    let (_, notes) = mended(&web(before), "pod-runs-as-root", &Wishes::default()).unwrap();
    assert!(notes[0].contains("USER"), "{notes:?}");
}

#[test]
fn capabilities_are_dropped_and_the_one_that_may_stay_stays() {
    let before = "      containers:\n        - name: a\n          securityContext:\n            capabilities:\n              add: [NET_BIND_SERVICE, CHOWN, SYS_TIME] # time\n";
    let after = "      containers:\n        - name: a\n          securityContext:\n            capabilities:\n              add: [NET_BIND_SERVICE] # time\n              drop: [ALL]\n";
    check(before, "pod-capabilities-kept", &Wishes::default(), after);
    let after = "      containers:\n        - name: a\n          securityContext:\n            capabilities:\n              add: [NET_BIND_SERVICE, CHOWN] # time\n";
    check(before, "pod-capabilities-added", &Wishes::default(), after);
}

#[test]
fn a_privileged_container_loses_what_only_such_may_have() {
    let before = "      containers:\n      - name: a\n        securityContext: {privileged: true}\n        volumeMounts:\n        - {name: v, mountPath: /v, mountPropagation: Bidirectional}\n      volumes:\n      - name: v\n        hostPath: {path: /srv}\n";
    let after = before
        .replace("privileged: true", "privileged: false")
        .replace(", mountPropagation: Bidirectional", "");
    check(before, "pod-privileged", &Wishes::default(), &after);
    let denied = mended(&web(before), "pod-privilege-escalation", &Wishes::default());
    assert!(denied.unwrap_err().contains("privileged"));
}

#[test]
fn a_volume_is_emptied_only_where_that_loses_nothing_or_is_wished() {
    let before = "      containers:\n      - name: a\n      volumes:\n      - name: v\n        hostPath: {path: /srv}\n";
    let denied = mended(&web(before), "pod-host-path", &Wishes::default());
    assert!(denied.unwrap_err().contains("--empty-volumes"));
    let wishes = Wishes { empty_volumes: true, ..Wishes::default() };
    check(before, "pod-host-path", &wishes, &before.replace("hostPath: {path: /srv}", "emptyDir: {}"));
    let socket = before.replace("/srv", "/var/run/docker.sock");
    let after = before.replace("hostPath: {path: /srv}", "emptyDir: {}");
    for rule in ["pod-host-path", "container-runtime-socket"] {
        check(&socket, rule, &Wishes::default(), &after);
    }
}

#[test]
fn a_token_goes_only_where_nothing_says_that_it_is_used() {
    let before = "      serviceAccountName: web\n      containers:\n        - {name: a, image: a}\n";
    let rule = "service-account-token-mounted";
    check(before, rule, &Wishes::default(), &format!("{before}      automountServiceAccountToken: false\n"));
    let said = format!("{before}      automountServiceAccountToken: true\n");
    assert!(mended(&web(&said), rule, &Wishes::default()).unwrap_err().contains("says `true`"));
    let bound = |namespace: &str| {
        let subjects = format!("subjects: [{{kind: ServiceAccount, name: web, namespace: {namespace}}}]\n");
        let head =
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n";
        web(before) + head + "roleRef: {kind: ClusterRole, name: view}\n" + &subjects
    };
    let why = mended(&bound("shop"), rule, &Wishes::default()).unwrap_err();
    assert!(why.contains("service account `web` is bound to `view`"), "{why}");
    assert!(mended(&bound("other"), rule, &Wishes::default()).is_ok(), "it is another account");
    // One that names no namespace is put into any.
    let anywhere = bound("other").replace(", namespace: shop}", "}");
    assert!(mended(&anywhere, rule, &Wishes::default()).is_err());
}

#[test]
fn a_pod_that_asks_for_nothing_gets_requests_and_limits_at_once() {
    let before = "      containers:\n        - name: a\n";
    let after = "      containers:\n        - name: a\n          resources:\n            requests:\n              cpu: 100m\n              memory: 128Mi\n            limits:\n              cpu: 500m\n              memory: 256Mi\n";
    check(before, "pod-best-effort", &Wishes::default(), after);
    let mut wishes = Wishes::default();
    wishes.amounts.memory = (Amount::parse("1Gi").unwrap(), Amount::parse("2Gi").unwrap());
    check(before, "pod-best-effort", &wishes, &after.replace("128Mi", "1Gi").replace("256Mi", "2Gi"));
    let (_, notes) = mended(&web(before), "pod-best-effort", &wishes).unwrap();
    assert!(notes.iter().all(|n| n.contains("a default to be checked")), "{notes:?}");
}

#[test]
fn a_limit_follows_a_request_that_is_above_the_default() {
    let before =
        "      containers:\n        - name: a\n          resources: {requests: {cpu: 100m, memory: 1Gi}}\n";
    let after = before.replace("1Gi}}", "1Gi}, limits: {memory: 2048Mi}}");
    check(before, "memory-limit-missing", &Wishes::default(), &after);
}

#[test]
fn a_limit_range_bounds_what_is_written() {
    let range = "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: small, namespace: shop}\nspec:\n  limits:\n    - type: Container\n      min: {memory: 160Mi}\n      max: {cpu: 200m}\n";
    let before = web(
        "      containers:\n        - name: a\n          resources:\n            requests: {cpu: 300m}\n            limits: {cpu: 300m}\n",
    ) + range;
    let (after, _) = mended(&before, "limit-range-broken", &Wishes::default()).unwrap();
    assert_eq!(after, before.replace("300m", "200m"));
    let before =
        web("      containers:\n        - name: a\n          resources: {requests: {cpu: 100m}}\n") + range;
    let (after, notes) = mended(&before, "memory-limit-missing", &Wishes::default()).unwrap();
    assert!(after.contains("memory: 256Mi"), "{after}");
    assert!(notes[0].contains("256Mi"), "{notes:?}");
}

#[test]
fn a_ratio_of_a_limit_range_holds_the_limit_down() {
    let range = "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: even, namespace: shop}\nspec:\n  limits:\n    - {type: Container, maxLimitRequestRatio: {cpu: 2, memory: \"1.5\"}}\n";
    let before = web("      containers:\n        - name: a\n") + range;
    let (after, notes) = mended(&before, "pod-best-effort", &Wishes::default()).unwrap();
    for line in ["              cpu: 100m\n", "              cpu: 200m\n", "              memory: 196608Ki\n"]
    {
        assert!(after.contains(line), "{line}{after}");
    }
    assert!(notes[0].contains("maxLimitRequestRatio of LimitRange even"), "{notes:?}");
}

#[test]
fn what_was_used_says_what_is_needed() {
    let metrics = r#"{"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","items":[
        {"metadata":{"name":"web-7c5b48d6f4-x2vkq","namespace":"shop"},"containers":[{"name":"a","usage":{"cpu":"41234567n","memory":"102400Ki"}}]},
        {"metadata":{"name":"web-7c5b48d6f4-zzzzz","namespace":"shop"},"containers":[{"name":"a","usage":{"cpu":"50m","memory":"90Mi"}}]},
        {"metadata":{"name":"web-7c5b48d6f4-x2vkq","namespace":"other"},"containers":[{"name":"a","usage":{"cpu":"9","memory":"9Gi"}}]}]}"#;
    let mut wishes = Wishes::default();
    wishes.usage.add(metrics.as_bytes(), None).unwrap();
    let before = "      containers:\n        - name: a\n";
    let after = "      containers:\n        - name: a\n          resources:\n            requests:\n              cpu: 60m\n              memory: 120Mi\n            limits:\n              cpu: 240m\n              memory: 240Mi\n";
    check(before, "pod-best-effort", &wishes, after);
    let prometheus = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"namespace":"shop","pod":"web-7c5b48d6f4-x2vkq","container":"a"},"values":[[1,"0.02"],[2,"5e-2"],[3,"NaN"]]},
        {"metric":{"namespace":"shop","pod":"web-7c5b48d6f4-x2vkq"},"value":[1,"7"]}]}}"#;
    let mut wishes = Wishes::default();
    assert!(wishes.usage.add(prometheus.as_bytes(), None).is_err(), "of what, it does not say");
    wishes.usage.add(prometheus.as_bytes(), Some("cpu")).unwrap();
    let (after, _) = mended(&web(before), "pod-best-effort", &wishes).unwrap();
    assert!(after.contains("cpu: 60m") && after.contains("memory: 128Mi"), "{after}");
    assert!(Usage::default().add(b"{}", None).is_err() && Usage::default().add(b"[", None).is_err());
}

#[test]
fn a_probe_asks_the_port_that_is_named() {
    let before = "      containers:\n        - name: a\n          ports: [{containerPort: 53, protocol: UDP}, {containerPort: 80, name: http}]\n";
    let ready = "          readinessProbe:\n            tcpSocket:\n              port: http\n            periodSeconds: 10\n";
    check(before, "readiness-probe-missing", &Wishes::default(), &format!("{before}{ready}"));
    let silent =
        mended(&web("      containers:\n        - name: a\n"), "liveness-probe-missing", &Wishes::default());
    assert!(silent.unwrap_err().contains("no port"));
}

#[test]
fn an_image_gets_its_digest_where_it_is_known() {
    let before = "      containers:\n        - {name: a, image: \"shop/web:1.2\"}\n";
    let digest = format!("sha256:{}", "0".repeat(64));
    let mut known = Wishes::default();
    known.know("docker.io/shop/web:1.2", &digest, None);
    let after = before.replace("1.2\"", &format!("1.2@{digest}\""));
    check(before, "image-digest-missing", &known, &after);
    let unknown = mended(&web(before), "image-digest-missing", &Wishes::default());
    assert!(unknown.unwrap_err().contains("--digest shop/web:1.2="));
    let pulled = before.replace("1.2\"}", "1.2\", imagePullPolicy: Always}");
    check(before, "image-not-pulled", &Wishes::default(), &pulled);
}

#[test]
fn what_a_person_must_decide_says_what_there_is_to_decide() {
    let why = mended(
        &web("      containers:\n        - {name: a}\n"),
        "service-account-default",
        &Wishes::default(),
    );
    assert!(why.unwrap_err().starts_with("a person decides: Make a ServiceAccount"));
    let why = mended(
        &web("      containers:\n        - {name: a}\n"),
        "root-filesystem-writable",
        &Wishes::default(),
    );
    assert!(why.unwrap_err().contains("--read-only-root"));
}
