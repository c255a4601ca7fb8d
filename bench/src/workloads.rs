//! A dump of a large cluster: every rule over generated objects, at a quarter, half and the whole, beside kube-score.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::Bench;
use crate::cases::{MIB_OF_KIB, text};
use crate::measure::{Cost, cost};
use crate::table::Row;

/// Objects of the whole dump.
const OBJECTS: usize = 100_000;
/// Objects of the YAML stream, and of what kube-score is given.
const QUARTER: usize = OBJECTS / 4;
/// Times that a file is read to tell its speed.
const READINGS: usize = 5;
/// Where the path to kube-score stands, if there is one.
const KUBE_SCORE: &str = "PLIMSOLL_BENCH_KUBE_SCORE";
/// What stands at the end of every document that a person might have written.
const DRESSED: &str = "# größer\nx-steps: [build, \"test it\", {deploy: now}]\nx-notes: |\n  Two lines\n  of text.\nx-why: since it goes on\n  below\n";
/// A scan ends with 0 or, where something could not be known, with 3; findings alone fail nothing.
const SCANNED: &[i32] = &[0, 3];

/// The benchmark `workloads`.
pub(crate) fn workloads(bench: &Bench) -> Result<Vec<Row>> {
    let mut costs = Vec::new();
    for objects in [QUARTER, OBJECTS / 2, OBJECTS] {
        let dump = made(bench, objects, "json")?;
        costs.push((objects, scan(bench, &dump)?));
    }
    let (_, quarter) = costs[0];
    let (_, whole) = costs[costs.len() - 1];
    let mut rows = Vec::new();
    for (objects, cost) in &costs {
        rows.push(Row::new(format!("{objects} objects, JSON: CPU"), cost.cpu_s, "s"));
    }
    rows.push(findings(bench, &made(bench, QUARTER, "json")?)?);
    let mib = |cost: &Cost| cost.peak_kib as f64 * MIB_OF_KIB;
    rows.push(
        Row::new("100000 objects, JSON: wall", whole.wall_s, "s")
            .beside(quarter.wall_s, "a quarter")
            .at_most(10.0),
    );
    rows.push(
        Row::new("100000 objects, JSON: peak", mib(&whole), "MiB")
            .beside(mib(&quarter), "a quarter")
            .at_most(400.0),
    );
    let stream = made(bench, QUARTER, "yaml")?;
    let yaml = scan(bench, &stream)?;
    rows.push(Row::new("25000 objects, YAML: CPU", yaml.cpu_s, "s").beside(quarter.cpu_s, "JSON"));
    rows.push(Row::new("25000 objects, YAML: peak", mib(&yaml), "MiB").beside(mib(&quarter), "JSON"));
    let plain = std::fs::read_to_string(&stream)?;
    rows.push(reading("25000 objects, YAML: reading alone", &plain)?);
    let dressed = plain.replace("\n---\n", &format!("\n{DRESSED}---\n"));
    rows.push(reading("25000 objects, YAML as people write it: reading alone", &dressed)?);
    match std::env::var_os(KUBE_SCORE) {
        Some(program) => {
            let args = ["score", "--output-format", "json", text(&stream)?];
            let theirs = cost(Path::new(&program), &args, &[])?;
            // It ends with 1 where it found something.
            anyhow::ensure!([0, 1].contains(&theirs.exit), "kube-score ended with {}", theirs.exit);
            rows.push(
                Row::new("25000 objects, YAML: wall", yaml.wall_s, "s").beside(theirs.wall_s, "kube-score"),
            );
            rows.push(
                Row::new("25000 objects, YAML: CPU", yaml.cpu_s, "s").beside(theirs.cpu_s, "kube-score"),
            );
            rows.push(
                Row::new("25000 objects, YAML: peak", mib(&yaml), "MiB").beside(mib(&theirs), "kube-score"),
            );
        }
        None => println!("SKIPPED: kube-score is not at hand (`{KUBE_SCORE}`)"),
    }
    Ok(rows)
}

fn scan(bench: &Bench, file: &Path) -> Result<Cost> {
    let target = format!("manifests:{}", file.display());
    let cost = cost(&bench.program, &["scan", &target, "--as-of", "2026-11-25", "--format", "json"], &[])?;
    anyhow::ensure!(SCANNED.contains(&cost.exit), "the scan ended with {}", cost.exit);
    Ok(cost)
}

/// Reading alone, into trees with places, beside what saphyr-parser takes for its events. They take turns.
fn reading(what: &str, text: &str) -> Result<Row> {
    let bytes = text.as_bytes();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..READINGS {
        let begun = Instant::now();
        let read = manifest::read(bytes, &mut |_| ());
        ours.push(bytes.len() as f64 / 1e6 / begun.elapsed().as_secs_f64());
        anyhow::ensure!(read.objects == QUARTER as u64, "{} objects were read", read.objects);
        let begun = Instant::now();
        for event in saphyr_parser::Parser::new_from_str(text) {
            event.context("saphyr-parser")?;
        }
        theirs.push(bytes.len() as f64 / 1e6 / begun.elapsed().as_secs_f64());
    }
    let middle = |mut speeds: Vec<f64>| {
        speeds.sort_by(f64::total_cmp);
        speeds[speeds.len() / 2]
    };
    Ok(Row::new(what, middle(ours), "MB/s").beside(middle(theirs), "saphyr-parser").at_least_times(0.9))
}

/// How many findings an object has.
fn findings(bench: &Bench, file: &Path) -> Result<Row> {
    let output = std::process::Command::new(&bench.program)
        .args(["scan", &format!("manifests:{}", file.display()), "--as-of", "2026-11-25", "--format", "json"])
        .output()?;
    let report: Value = serde_json::from_slice(&output.stdout).context("the report")?;
    let found = report["findings"].as_array().map_or(0, Vec::len);
    Ok(Row::new("findings of an object", found as f64 / QUARTER as f64, "findings"))
}

/// The generated objects as one file, written once.
fn made(bench: &Bench, objects: usize, format: &str) -> Result<PathBuf> {
    let path = bench.made.join(format!("workloads-5-{objects}.{format}"));
    if path.is_file() {
        return Ok(path);
    }
    eprintln!("bench: writing {objects} objects as {format}");
    let unfinished = path.with_extension("unfinished");
    let mut out = BufWriter::new(File::create(&unfinished)?);
    let yaml = format == "yaml";
    if !yaml {
        writeln!(out, "{{\n    \"apiVersion\": \"v1\",\n    \"items\": [")?;
    }
    for n in 0..objects {
        let object = object(n);
        if yaml {
            out.write_all(b"---\n")?;
            block(&mut out, &object, 0)?;
        } else {
            let comma = if n == 0 { "" } else { ",\n" };
            write!(out, "{comma}{}", serde_json::to_string_pretty(&object)?)?;
        }
    }
    if !yaml {
        write!(out, "\n    ],\n    \"kind\": \"List\"\n}}\n")?;
    }
    out.into_inner()?.sync_all()?;
    std::fs::rename(&unfinished, &path)?;
    Ok(path)
}

/// Object number `n`: of ten, seven Deployments, a Service, a ConfigMap and a CronJob. Ten belong together.
fn object(n: usize) -> Value {
    let (app, namespace) = (n / 10, format!("team-{:03}", n / 500 % 200));
    match n % 10 {
        7 => {
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata(&format!("app-{app}-0"), &namespace),
            "spec": { "selector": { "app.kubernetes.io/name": format!("app-{app}-0") },
                      "ports": [{ "name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP" }] } })
        }
        8 => {
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(&format!("app-{app}"), &namespace),
            "data": { "LOG_LEVEL": "info", "application.yaml": "server:\n  port: 8080\nfeatures: [a, b, c]\n" } })
        }
        9 => json!({ "apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": metadata(&format!("app-{app}-report"), &namespace),
            "spec": { "schedule": "15 3 * * *", "jobTemplate": { "spec": { "template": {
                "metadata": { "labels": labels(&format!("app-{app}-report")) },
                "spec": pod(n, "OnFailure") } } } } }),
        part => {
            let name = format!("app-{app}-{part}");
            json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(&name, &namespace),
                "spec": { "replicas": 1, "selector": { "matchLabels": { "app.kubernetes.io/name": name } },
                    "template": { "metadata": { "labels": labels(&name) }, "spec": pod(n, "Always") } } })
        }
    }
}

fn labels(name: &str) -> Value {
    json!({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "bench" })
}

fn metadata(name: &str, namespace: &str) -> Value {
    json!({ "name": name, "namespace": namespace, "labels": labels(name),
        "annotations": { "deployment.kubernetes.io/revision": "3" },
        "creationTimestamp": "2026-01-01T00:00:00Z", "resourceVersion": "4711" })
}

/// A pod of one container that does most things right; what it does wrong goes by its number.
fn pod(n: usize, restart: &str) -> Value {
    let mut container = json!({
        "name": "app",
        "image": format!("registry.example.com/team/app-{}@sha256:{:064x}", n % 977, n % 977),
        "imagePullPolicy": "IfNotPresent",
        "env": [{ "name": "LOG_LEVEL", "value": "info" }, { "name": "PORT", "value": "8080" }],
        "ports": [{ "containerPort": 8080, "name": "http", "protocol": "TCP" }],
        "resources": { "requests": { "cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi" },
                       "limits": { "cpu": "1", "memory": "128Mi", "ephemeral-storage": "256Mi" } },
        "livenessProbe": { "httpGet": { "path": "/live", "port": 8080 }, "periodSeconds": 10, "timeoutSeconds": 2 },
        "readinessProbe": { "httpGet": { "path": "/ready", "port": 8080 }, "periodSeconds": 5, "timeoutSeconds": 2 },
        "securityContext": { "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "runAsNonRoot": true, "runAsUser": 10001, "capabilities": { "drop": ["ALL"] },
            "seccompProfile": { "type": "RuntimeDefault" } },
    });
    for fault in n..n + 2 + usize::from(!n.is_multiple_of(3)) {
        match fault % 6 {
            0 => container["securityContext"]["readOnlyRootFilesystem"] = false.into(),
            1 => container["resources"]["limits"]["cpu"] = Value::Null,
            2 => container["image"] = "registry.example.com/team/app:latest".into(),
            3 => container["securityContext"]["allowPrivilegeEscalation"] = true.into(),
            4 => container["livenessProbe"] = Value::Null,
            _ => container["securityContext"]["seccompProfile"] = Value::Null,
        }
    }
    json!({ "automountServiceAccountToken": false, "serviceAccountName": "app", "restartPolicy": restart,
        "terminationGracePeriodSeconds": 30, "containers": [container] })
}

/// Writes a value in block style, as people and tools write manifests.
fn block(out: &mut impl Write, value: &Value, indent: usize) -> Result<()> {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(_, v)| !v.is_null()) {
                write!(out, "{:indent$}{key}:", "")?;
                after(out, value, indent)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                write!(out, "{:indent$}-", "")?;
                match item {
                    Value::Object(_) => {
                        let mut lines = Vec::new();
                        block(&mut lines, item, indent + 2)?;
                        out.write_all(b" ")?;
                        out.write_all(lines.get(indent + 2..).context("an empty item")?)?;
                    }
                    other => after(out, other, indent)?,
                }
            }
        }
        scalar => writeln!(out, "{scalar}")?,
    }
    Ok(())
}

/// What stands after a key or a dash.
fn after(out: &mut impl Write, value: &Value, indent: usize) -> Result<()> {
    match value {
        Value::Object(_) => {
            out.write_all(b"\n")?;
            block(out, value, indent + 2)
        }
        Value::Array(_) => {
            out.write_all(b"\n")?;
            block(out, value, indent)
        }
        scalar => Ok(writeln!(out, " {scalar}")?),
    }
}
