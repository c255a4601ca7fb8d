//! Charts and kustomizations, rendered by the real Helm, Kustomize and kubectl: what `--render` finds in them is what is
//! found in the text that these programs write, and nothing is fetched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::tools::{self, Tool};
use crate::suite::Tally;
use crate::workspace;

/// A chart with a custom kind, a part of another chart and a hook.
const CHART: &[(&str, &str)] = &[
    ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    ("charts/shop/values.yaml", "image: shop:1.4\nreplicas: 2\ncache:\n  privileged: true\n"),
    (
        "charts/shop/crds/fleets.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: fleets.example.org\nspec:\n  group: example.org\n  names: {kind: Fleet, plural: fleets}\n  scope: Namespaced\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema: {openAPIV3Schema: {type: object}}\n",
    ),
    (
        "charts/shop/templates/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-web\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      hostNetwork: true\n      containers:\n        - name: web\n          image: {{ .Values.image }}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  type: LoadBalancer\n  selector: {app: web}\n  ports: [{port: 80}]\n",
    ),
    (
        "charts/shop/templates/migrate.yaml",
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: pre-install}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: migrate\n          image: {{ .Values.image }}\n          securityContext: {allowPrivilegeEscalation: true}\n",
    ),
    ("charts/shop/charts/cache/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n"),
    (
        "charts/shop/charts/cache/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec:\n  containers:\n    - name: cache\n      image: cache:1\n      securityContext: {privileged: {{ .Values.privileged }}}\n",
    ),
];

/// A base and what production makes of it.
const KUSTOMIZATION: &[(&str, &str)] = &[
    ("base/kustomization.yaml", "resources: [web.yaml]\n"),
    (
        "base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: web\n",
    ),
    (
        "prod/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: prod\nnamePrefix: shop-\nresources: [../base]\nimages: [{name: web, newTag: '1.4'}]\npatches:\n  - path: host.yaml\n",
    ),
    (
        "prod/host.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      hostPID: true\n",
    ),
];

/// What would have to be fetched.
const REMOTE: &[(&str, &str)] = &[
    (
        "git/kustomization.yaml",
        "resources: [\"https://github.com/kubernetes-sigs/kustomize//examples/helloWorld?ref=v5.0.0\"]\n",
    ),
    ("http/kustomization.yaml", "resources: [\"https://example.org/web.yaml\"]\n"),
    (
        "chart/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - {name: cache, version: 1.0.0, repository: \"https://example.org/charts\"}\n",
    ),
    ("chart/templates/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"),
];

/// Renders with every program that is there.
pub(super) fn check(root: &Path, program: &Path, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let dir = scratch.join("render");
    for (path, text) in CHART.iter().chain(KUSTOMIZATION).chain(REMOTE) {
        let part = if REMOTE.iter().any(|(p, _)| p == path) { "remote" } else { part(path) };
        let file = dir.join(part).join(path);
        fs::create_dir_all(file.parent().context("a folder")?)?;
        fs::write(file, text)?;
    }
    let mut found = Vec::new();
    for name in ["helm", "kustomize"] {
        match tools::tool(root, name)? {
            Tool::At(at) => found.push((name, at)),
            Tool::Missing(why) => tally.skipped.push(format!("render: {why}")),
        }
    }
    if workspace::installed("kubectl") {
        found.push(("kubectl", PathBuf::from("kubectl")));
    } else {
        tally.skipped.push("render: kubectl is not installed".to_owned());
    }
    let bench = Bench { program, dir: &dir };
    for (name, at) in &found {
        let fault = bench.same(name, at).unwrap_or_else(|e| Some(format!("{e:#}")));
        tally.count("render", &format!("{name}: findings of its own text"), fault);
    }
    let at = |name: &str| found.iter().find(|(n, _)| *n == name).map(|(_, at)| at.as_path());
    if let (Some(helm), Some(kustomize)) = (at("helm"), at("kustomize")) {
        let fault = bench.remote(helm, kustomize).unwrap_or_else(|e| Some(format!("{e:#}")));
        tally.count("render", "what would be fetched is unknown", fault);
    }
    Ok(tally)
}

fn part(path: &str) -> &'static str {
    if path.starts_with("charts/") { "helm" } else { "kustomize" }
}

struct Bench<'b> {
    program: &'b Path,
    dir: &'b Path,
}

impl Bench<'_> {
    /// Renders twice, and by hand.
    fn same(&self, name: &str, at: &Path) -> Result<Option<String>> {
        let (folder, flag, by_hand): (_, _, &[&str]) = match name {
            "helm" => ("helm", "--helm", &["template", "shop", "charts/shop", "--include-crds"]),
            "kustomize" => ("kustomize", "--kustomize", &["build", "prod"]),
            _ => ("kustomize", "--kustomize", &["kustomize", "prod"]),
        };
        let mut command = Command::new(at);
        let text = workspace::output(command.current_dir(self.dir.join(folder)).args(by_hand), name)?;
        let file = self.dir.join(format!("{name}.yaml"));
        fs::write(&file, text)?;
        let (_, theirs) = self.scan(&format!("manifests:{}", file.display()), &[])?;
        let target = format!("manifests:{}", self.dir.join(folder).display());
        let program = at.display().to_string();
        let (exit, ours) = self.scan(&target, &["--render", flag, &program])?;
        let (_, again) = self.scan(&target, &["--render", flag, &program])?;
        let (wanted, found) = (findings(&theirs), findings(&ours));
        let by = &ours["ledger"]["rendered"];
        println!("render: {} findings, {}", found.len(), by[0]["by"]);
        let whole = exit == 0 && by.as_array().is_some_and(|b| b.len() == 1) && ours == again;
        let differ: Vec<&String> = wanted.iter().filter(|w| !found.contains(w)).collect();
        let more: Vec<&String> = found.iter().filter(|f| !wanted.contains(f)).collect();
        let good = whole && 10 < found.len() && wanted == found;
        Ok((!good).then(|| {
            format!("exit {exit}, {by}; missed {differ:#?}; beside them {more:#?}; {}", ours["doubts"])
        }))
    }

    fn remote(&self, helm: &Path, kustomize: &Path) -> Result<Option<String>> {
        let (helm, kustomize) = (helm.display().to_string(), kustomize.display().to_string());
        let target = format!("manifests:{}", self.dir.join("remote").display());
        let (exit, report) = self.scan(&target, &["--render", "--helm", &helm, "--kustomize", &kustomize])?;
        let unknown = |file: &str| {
            let of = |d: &&Value| d["where"] == file && d["kind"] == "target";
            let doubt = report["doubts"].as_array().into_iter().flatten().find(of);
            let reason = doubt.and_then(|d| d["reason"].as_str()).unwrap_or_default();
            println!("render: {file}: {reason}");
            reason.starts_with("not rendered: ")
        };
        let all = ["git/kustomization.yaml", "http/kustomization.yaml", "chart/Chart.yaml"].map(unknown);
        let good = exit == 3 && all == [true; 3] && report["ledger"]["rendered"].is_null();
        Ok((!good).then(|| format!("exit {exit}, {}", report["ledger"])))
    }

    fn scan(&self, target: &str, flags: &[&str]) -> Result<(i32, Value)> {
        let mut command = Command::new(self.program);
        command
            .args(["scan", target, "--format", "json", "--as-of", "2026-11-25", "--config", "none"])
            .args(flags);
        let output = command.output()?;
        let exit = output.status.code().unwrap_or(-1);
        ensure!([0, 3].contains(&exit), "{}", String::from_utf8_lossy(&output.stderr));
        Ok((exit, serde_json::from_slice(&output.stdout)?))
    }
}

/// Rule, object with its field, and message, in order.
fn findings(report: &Value) -> Vec<String> {
    let line = |f: &Value| format!("{} {} {}", f["rule"], f["where"]["object"], f["message"]);
    let mut out: Vec<String> = report["findings"].as_array().into_iter().flatten().map(line).collect();
    out.sort();
    out
}
