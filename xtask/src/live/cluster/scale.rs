//! Many objects on the server: the scan of the live cluster says what the scan of a dump of the same objects says, and costs
//! not much more.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Run, plane, said};

/// Generated Deployments; controllers make a ReplicaSet and a Pod of each.
const DEPLOYMENTS: usize = 600;

/// Other generated objects beside each Deployment.
const OTHERS: usize = 6;

/// Objects that must be on the server at least.
const OBJECTS_MIN: usize = 5_000;

/// Each way is measured so often; the median counts.
const RUNS: usize = 5;

/// What the live scan may cost at most, by the processor's time of the dump's.
const RATIO_MAX: f64 = 2.0;

/// Kinds that a live scan leaves out (`docs/limits.md`).
const LEFT_OUT: &[&str] = &[
    "componentstatuses",
    "controllerrevisions",
    "csistoragecapacities",
    "endpoints",
    "endpointslices",
    "events",
    "leases",
];

/// Rules about what is not asked of a live cluster: what Secrets hold, and their type.
const OF_SECRETS: [&str; 2] = ["secret-in-manifest", "service-account-token-secret"];

/// Loads, dumps, compares, measures.
pub(super) fn check(run: &Run<'_>) -> Result<Option<String>> {
    load(run)?;
    run.plane.wait("the controllers make no pods of the generated objects", |plane| {
        let pods = plane.get("/api/v1/namespaces/scale/pods")?;
        Ok(DEPLOYMENTS <= pods["items"].as_array().map_or(0, Vec::len))
    })?;
    let objects = dump(run)?;
    let (_, from_dump) = run.scan("manifests:dump.json", plane::ADMIN)?;
    let (_, live) = run.scan("cluster:", plane::ADMIN)?;
    let (ours, theirs) = (said(&live), said(&from_dump));
    let only = |a: &std::collections::BTreeSet<_>, b: &std::collections::BTreeSet<_>| -> Vec<String> {
        a.difference(b).take(super::SHOWN_MAX).map(|s| format!("{s:?}")).collect()
    };
    if ours != theirs {
        let (live, dump) = (only(&ours, &theirs), only(&theirs, &ours));
        return Ok(Some(format!("only live {live:?}; only from the dump {dump:?}")));
    }
    let (of_live, of_dump) = (counts(&live), counts(&from_dump));
    if of_live != of_dump {
        let differ: Vec<_> =
            of_live.iter().zip(&of_dump).filter(|(a, b)| a != b).take(super::SHOWN_MAX).collect();
        return Ok(Some(format!("rules count otherwise, live and from the dump: {differ:?}")));
    }
    let live = median(run, "cluster:")?;
    let dump = median(run, "manifests:dump.json")?;
    let ratio = live / dump;
    println!(
        "cluster: {objects} objects, {} findings live and from a dump; {live:.2} s of the processor live, {dump:.2} s from \
         the dump: {ratio:.2} times",
        ours.len()
    );
    ensure!(OBJECTS_MIN <= objects, "only {objects} objects are on the server");
    Ok((RATIO_MAX < ratio).then(|| format!("{ratio:.2} times the dump's time, wanted at most {RATIO_MAX}")))
}

/// What each rule counted, but for those that look at what Secrets hold.
fn counts(report: &Value) -> Vec<&Value> {
    let rules = report["rules"].as_array().into_iter().flatten();
    rules.filter(|r| !OF_SECRETS.iter().any(|id| r["id"] == *id)).collect()
}

/// Posts the generated objects over few connections.
fn load(run: &Run<'_>) -> Result<()> {
    run.plane.namespace("scale", &json!({}))?;
    let mut bodies = Vec::new();
    for i in 0..DEPLOYMENTS {
        let about = |name: String| json!({ "name": name, "namespace": "scale", "labels": { "app": format!("a{i}") } });
        let app = json!({ "app": format!("a{i}") });
        let mut container = json!({ "name": "c", "image": format!("images.example/a{i}:1.{}", i % 9) });
        if i % 2 == 0 {
            container["resources"] = json!({ "requests": { "cpu": "10m", "memory": "16Mi" } });
        }
        if i % 3 == 0 {
            container["securityContext"] = json!({ "allowPrivilegeEscalation": false });
        }
        let template = json!({ "metadata": { "labels": app }, "spec": { "containers": [container] } });
        let spec = json!({ "replicas": 1, "selector": { "matchLabels": app }, "template": template });
        bodies.push((
            "/apis/apps/v1/namespaces/scale/deployments",
            json!({ "metadata": about(format!("a{i}")), "spec": spec }),
        ));
        let ports = json!([{ "port": 80, "targetPort": 8080 }]);
        bodies.push((
            "/api/v1/namespaces/scale/services",
            json!({ "metadata": about(format!("a{i}")), "spec": { "selector": app, "ports": ports } }),
        ));
        bodies.push((
            "/api/v1/namespaces/scale/serviceaccounts",
            json!({ "metadata": about(format!("a{i}")) }),
        ));
        for n in 3..OTHERS {
            let data = json!({ "settings": "colour = blue\n".repeat(20) });
            let body = json!({ "metadata": about(format!("a{i}-{n}")), "data": data });
            bodies.push(("/api/v1/namespaces/scale/configmaps", body));
        }
        let rules = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }]);
        bodies.push((
            "/apis/rbac.authorization.k8s.io/v1/namespaces/scale/roles",
            json!({ "metadata": about(format!("a{i}")), "rules": rules }),
        ));
    }
    run.plane.post_all(&bodies)
}

/// Everything that a live scan asks for, as one list, the way `kubectl get -o json` writes it; the number of objects.
fn dump(run: &Run<'_>) -> Result<usize> {
    let mut versions = vec![("/api/v1".to_owned(), "v1".to_owned())];
    let groups = run.plane.get("/apis")?;
    for group in groups["groups"].as_array().into_iter().flatten() {
        let version =
            group["preferredVersion"]["groupVersion"].as_str().context("a group without versions")?;
        versions.push((format!("/apis/{version}"), version.to_owned()));
    }
    let mut items = Vec::new();
    for (path, version) in &versions {
        let resources = run.plane.get(path)?;
        for resource in resources["resources"].as_array().into_iter().flatten() {
            let name = resource["name"].as_str().unwrap_or_default();
            let lists = resource["verbs"].as_array().is_some_and(|v| v.iter().any(|v| v == "list"));
            if !lists || LEFT_OUT.contains(&name) {
                continue;
            }
            let list = run.plane.get(&format!("{path}/{name}"))?;
            for item in list["items"].as_array().into_iter().flatten() {
                let mut item = item.clone();
                item["apiVersion"] = version.as_str().into();
                item["kind"] = resource["kind"].clone();
                // Of secrets a live scan asks for names and labels only.
                if name == "secrets" {
                    item["data"] = Value::Null;
                    item["type"] = Value::Null;
                }
                items.push(item);
            }
        }
    }
    let count = items.len();
    fs::write(
        run.dir.join("dump.json"),
        json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string(),
    )?;
    Ok(count)
}

/// Seconds of the processor for one scan: the median of several.
fn median(run: &Run<'_>, target: &str) -> Result<f64> {
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let before = of_children()?;
        run.scan(target, plane::ADMIN)?;
        seconds.push(of_children()? - before);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds.get(RUNS / 2).copied().unwrap_or_default())
}

/// Seconds of the processor, own and the kernel's, that ended children took (proc(5): fields 16 and 17 of `stat`, in
/// hundredths on every architecture that Linux shows to programs).
fn of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("`/proc/self/stat` names no program")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.collect::<Result<Vec<_>, _>>()?.iter().sum();
    Ok(ticks as f64 / 100.0)
}
