//! The program in a pod of the cluster that it scans, with nothing but the service account that the pod has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::node::Cluster;

/// Its account and rights, as `docs/how/scan-kubernetes.md` has them.
const RIGHTS: &str = include_str!("../../../../docs/how/inspector.yaml");

/// Where the machine's files lie in the pod.
const HOST: &str = "/host";

/// The dynamic linker and the libraries of Debian on x86-64.
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu";

/// Runs it; what it says beside what is allowed to be unknown is the fault.
pub(super) fn check(cluster: &Cluster, program: &Path, dir: &Path) -> Result<Option<String>> {
    let mut objects = Vec::new();
    manifest::read(RIGHTS.as_bytes(), &mut |object| objects.push(object));
    for object in &objects {
        cluster.plane.apply(object)?.map_err(|why| anyhow::anyhow!("{}: {why}", object.name()))?;
    }
    let out = dir.join("inspector");
    fs::create_dir_all(&out)?;
    let report = out.join("report.json");
    let own = |path: &Path| format!("{HOST}{}", path.display());
    let container = json!({
        "name": "plimsoll", "image": super::node::PAUSE, "imagePullPolicy": "Never",
        "command": [format!("{HOST}{LIBRARIES}/ld-linux-x86-64.so.2"), "--library-path",
                    format!("{HOST}{LIBRARIES}"), own(program)],
        "args": ["scan", "cluster:", "--as-of", "2026-11-25", "--format", format!("json={}", own(&report))],
        "env": [{ "name": "KUBERNETES_SERVICE_HOST", "value": cluster.plane.address },
                { "name": "KUBERNETES_SERVICE_PORT", "value": cluster.plane.port.to_string() },
                { "name": "XDG_CACHE_HOME", "value": "/tmp" }],
        "securityContext": { "runAsUser": 0 },
        "volumeMounts": [{ "name": "host", "mountPath": HOST }],
    });
    let spec = json!({
        "serviceAccountName": "inspector", "restartPolicy": "Never", "hostNetwork": true,
        "containers": [container], "volumes": [{ "name": "host", "hostPath": { "path": "/" } }],
    });
    let pod = json!({ "metadata": { "name": "inspector" }, "spec": spec });
    cluster.plane.post_all(&[("/api/v1/namespaces/inspection/pods", pod)])?;
    cluster.plane.wait("the inspecting pod does not end", |plane| {
        let pod = plane.get("/api/v1/namespaces/inspection/pods/inspector")?;
        Ok(matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")))
    })?;
    let pod = cluster.plane.get("/api/v1/namespaces/inspection/pods/inspector")?;
    let exit = &pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"];
    let text = fs::read_to_string(&report).with_context(|| format!("exit {exit}, and no report"))?;
    let report: Value = serde_json::from_str(&text)?;
    let doubts = report["doubts"].as_array().cloned().unwrap_or_default();
    let of_target: Vec<_> = doubts.iter().filter(|d| d["kind"] == "target").collect();
    let mut refused: Vec<_> = of_target.iter().filter_map(|d| d["where"].as_str()).collect();
    refused.dedup();
    let shop = super::said(&report).iter().filter(|s| s.2 == "shop").count();
    println!(
        "cluster: from a pod {shop} findings about the shop; exit {exit}, refused: {}",
        refused.join(", ")
    );
    let holds = exit == 3 && 10 <= shop && refused == ["secrets"];
    Ok((!holds).then(|| format!("exit {exit}, {shop} findings about the shop, not known: {of_target:?}")))
}
