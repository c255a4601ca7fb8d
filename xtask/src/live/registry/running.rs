//! `--images` against a registry: what workloads run is fetched and linked, once each; what is not there is unknown; and
//! the reports of a sweep answer instead of the registry.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Bench, told};
use crate::suite::Tally;

const AGENT: &str = "agent privileged=true exposed=false";
const WEB: &str = "web privileged=false exposed=true";

pub(super) fn run(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let index = digest(bench, "team/many:1")?;
    let manifests = bench.scratch.join("running.json");
    fs::write(&manifests, objects(bench, &index).to_string())?;
    let target = format!("manifests:{}", manifests.display());
    let scan = |cache: &str, more: &[&str]| -> Result<(i32, Value)> {
        let all: Vec<&str> = ["--format", "json"].iter().chain(more).copied().collect();
        let output = bench.scan(&target, cache, &all)?;
        let report = serde_json::from_slice(&output.stdout).with_context(|| told(&output))?;
        Ok((output.status.code().unwrap_or(-1), report))
    };
    let (exit, report) = scan("running", &["--images"])?;
    tally.count(
        "--images",
        "images of workloads come from the registry and are linked",
        linked(bench, exit, &report),
    );
    let alone = bench.rows(&bench.image("team/alpine:3.20.3"), "running", &[])?;
    let within: usize = packages(&report, &format!("registry:{}", bench.image("team/alpine:3.20.3")));
    let fault = match alone {
        Ok(rows) if rows.len() == within && within != 0 => None,
        Ok(rows) => Some(format!("{} packages alone, {within} among the workloads", rows.len())),
        Err(e) => Some(e),
    };
    tally.count("--images", "an image has the packages that it has by itself", fault);
    let (_, again) = scan("running", &["--images"])?;
    tally.count("--images", "the same bytes twice", (report != again).then(|| "two scans differ".to_owned()));
    let sweep = format!("registry:{}/**", bench.image("").trim_end_matches('/'));
    let state = bench.scratch.join("running-state.json").display().to_string();
    let reports = bench.scratch.join("running-reports").display().to_string();
    let swept = bench.scan(&sweep, "running", &["--quiet", "--state", &state, "--reports", &reports])?;
    let (exit, offline) = scan("running-offline", &["--images-from", &reports])?;
    // What is pinned is pinned by its index, which no report knows.
    let found = runs(&offline, &format!("registry:{}", bench.image("team/alpine:3.20.3")));
    let fault = (exit != 3 || found != [AGENT, WEB])
        .then(|| format!("exit {exit}: {found:?}; the sweep: {}", told(&swept)));
    tally.count("--images-from", "the reports of a sweep answer without a registry", fault);
    Ok(())
}

/// The digest of the index behind a tag, as `scan` is told it.
fn digest(bench: &Bench<'_>, name: &str) -> Result<String> {
    let (repository, tag) = name.split_once(':').context("no tag")?;
    let output = std::process::Command::new("curl")
        .args(["--silent", "--head", "--cacert"])
        .arg(&bench.authority)
        .args(["--user", &format!("{}:{}", super::USER, super::PASSWORD)])
        .args(["--header", "Accept: application/vnd.oci.image.index.v1+json"])
        .arg(format!("https://localhost:{}/v2/{repository}/manifests/{tag}", bench.port))
        .output()
        .context("curl could not be started")?;
    let head = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
    let line = head.lines().find_map(|l| l.strip_prefix("docker-content-digest:"));
    Ok(line.context("the registry names no digest")?.trim().to_owned())
}

fn objects(bench: &Bench<'_>, index: &str) -> Value {
    let workload = |name: &str, image: String, privileged: bool| {
        let container =
            json!({ "name": name, "image": image, "securityContext": { "privileged": privileged } });
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "namespace": "shop" },
                "spec": { "template": { "metadata": { "labels": { "app": name } },
                                        "spec": { "containers": [container] } } } })
    };
    json!({ "apiVersion": "v1", "kind": "List", "items": [
        workload("web", bench.image("team/alpine:3.20.3"), false),
        workload("agent", bench.image("team/alpine:3.20.3"), true),
        workload("pinned", format!("{}@{index}", bench.image("team/many")), false),
        workload("absent", bench.image("team/nowhere:1"), false),
        { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": "shop" },
          "spec": { "type": "LoadBalancer", "selector": { "app": "web" } } },
    ] })
}

fn linked(bench: &Bench<'_>, exit: i32, report: &Value) -> Option<String> {
    let alpine = runs(report, &format!("registry:{}", bench.image("team/alpine:3.20.3")));
    // The index that is pinned leads to the same content: one target under two names.
    let wanted = [AGENT, "pinned privileged=false exposed=false", WEB];
    let absent = report["ledger"]["unread"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|u| u["where"].as_str().is_some_and(|w| w.ends_with("team/nowhere:1")));
    let workloads = report["workloads"].as_array().map_or(0, Vec::len);
    let targets = report["targets"].as_array().map_or(0, Vec::len);
    let holds = exit == 3 && alpine == wanted && absent && targets == 3 && workloads == 4;
    (!holds).then(|| format!("exit {exit}, alpine {alpine:?}, absent {absent}, {targets} targets"))
}

fn packages(report: &Value, target: &str) -> usize {
    let all = report["packages"].as_array().into_iter().flatten();
    all.filter(|p| p["target"] == target).count()
}

/// Where an image runs, in short.
fn runs(report: &Value, target: &str) -> Vec<String> {
    let targets = report["targets"].as_array().into_iter().flatten();
    let runs =
        targets.filter(|t| t["id"] == target).flat_map(|t| t["runs_in"].as_array().into_iter().flatten());
    runs.map(|r| {
        let name = r["object"]["name"].as_str().unwrap_or_default();
        format!("{name} privileged={} exposed={}", r["privileged"], r["exposed"])
    })
    .collect()
}
