//! The shop on a cluster of one node, from images made here: its pods run, and `assess cluster:` says of them what it says of
//! their templates.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::node::Cluster;
use super::{Run, plane, said};

/// What the manifests of the shop run.
pub(super) const IMAGES: [&str; 5] = [
    "images.shop.example/catalogue:5.0.0",
    "images.shop.example/gateway:3.1.4",
    "images.shop.example/notifier:0.9.0",
    "images.shop.example/payments:1.12.0",
    "images.shop.example/storefront:2.4.1",
];

/// Pods that the shop's Deployments want.
const PODS: u64 = 12;

/// Deploys, waits, assesses; leaves table and page in `out`.
pub(super) fn check(run: &Run<'_>, root: &Path, cluster: &Cluster, out: &Path) -> Result<Option<String>> {
    let (loaded, _) = run.load(&super::shop(root, &["prod"])?)?;
    // The operator that writes it is not here.
    let secret = json!({ "metadata": { "name": "token-key" }, "stringData": { "TOKEN_KEY": "of no use" } });
    cluster.plane.post_all(&[("/api/v1/namespaces/shop/secrets", secret)])?;
    let pods = cluster.available("shop")?;
    cluster.plane.wait("the kubelet shows no static pod", |plane| {
        Ok(plane.get("/api/v1/namespaces/kube-system/pods/watchman-node1").is_ok())
    })?;
    let (_, report) = run.scan("cluster:", plane::ADMIN)?;
    let findings = said(&report);
    // What the kubelet runs from a file has no object above it but the node.
    let of_file: Vec<_> = findings.iter().filter(|s| s.1 == "Pod" && s.3 == "watchman-node1").collect();
    let alone = 3 <= of_file.len() && of_file.iter().all(|s| !s.0.starts_with("service-account-"));
    let made: Vec<_> =
        findings.iter().filter(|s| s.2 == "shop" && matches!(&*s.1, "Pod" | "ReplicaSet")).collect();
    fs::create_dir_all(out)?;
    let page = out.join("cluster.html");
    let from = "images.shop.example/storefront=oci:examples/shop/images/storefront";
    let output = run
        .command("assess", "cluster:", plane::ADMIN)?
        .current_dir(root)
        .args(["--images-from", from, "--images-from", "containerd:", "--containerd-root"])
        .arg(cluster.images())
        .args(["--format", &format!("table,html={}", page.display())])
        .output()
        .context("plimsoll could not be started")?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(matches!(output.status.code(), Some(0 | 3)), "{}: {table}", output.status);
    fs::write(out.join("cluster.txt"), &table)?;
    println!("cluster: {} objects of the shop, {pods} pods run on a node; {}", loaded.len(), page.display());
    let judged = table.contains("pod-security") && table.contains("Score");
    Ok((pods != PODS || !made.is_empty() || !judged || !alone).then(|| {
        format!("{pods} pods, about pods {made:?}, judged {judged}, about the static pod {of_file:?}")
    }))
}

/// A pod on every node, which its controller gives tolerations and a place that are not in the template.
const EVERYWHERE: &str = include_str!("everywhere.yaml");

/// A DaemonSet's pods are said once as well.
pub(super) fn everywhere(run: &Run<'_>) -> Result<Option<String>> {
    run.load(&[("everywhere.yaml".to_owned(), EVERYWHERE.to_owned())])?;
    run.plane.wait("no pod of the DaemonSet runs", |plane| {
        let pods = plane.get("/api/v1/namespaces/everywhere/pods")?;
        let mut all = pods["items"].as_array().into_iter().flatten();
        Ok(all.any(|p| p["status"]["phase"] == "Running"))
    })?;
    let (_, report) = run.scan("cluster:", plane::ADMIN)?;
    let findings: Vec<_> = said(&report).into_iter().filter(|s| s.2 == "everywhere").collect();
    let (pods, tops): (Vec<_>, Vec<_>) = findings.iter().partition(|s| s.1 == "Pod");
    Ok((!pods.is_empty() || tops.len() < 3).then(|| format!("about pods {pods:?}; {} others", tops.len())))
}
