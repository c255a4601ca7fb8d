//! A real API server with etcd, loaded with objects: the live scan says what the scan of the same objects' files says, an
//! object that a controller made is not said twice, a user without rights is told so, the server's own Pod Security
//! admission agrees with ours, case by case, and lets in what we mended.

mod fixes;
mod images;
mod plane;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use self::plane::Plane;
pub(super) use self::plane::to_json;
use super::pod_security;
use crate::suite::Tally;

/// The youngest version of the standards that the server knows.
const SERVER_MINOR: u32 = 36;

/// Pods of the suite that disagree and are shown.
const SHOWN_MAX: usize = 5;

/// Faults of the kind that deliberately vulnerable clusters teach.
const FAULTS: &str = include_str!("cluster/faults.yaml");

/// Every check.
pub(super) fn check(root: &Path, program: &Path, shared: &Path, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let dir = scratch.join("cluster");
    fs::create_dir_all(&dir)?;
    let plane = match Plane::start(root, &dir)? {
        Ok(plane) => plane,
        Err(why) => {
            tally.skipped.push(format!("cluster: {why}"));
            return Ok(tally);
        }
    };
    let run = Run { program, plane, dir: &dir };
    let mut count = |what: &str, done: Result<Option<String>>| {
        tally.count("cluster", what, done.unwrap_or_else(|e| Some(format!("{e:#}"))));
    };
    count("the shop and faulty objects: live as from files", run.same_as_files(root));
    count("what runs where: live as from files", images::linked(&run.plane, program, root, &dir));
    count("what a controller made is said once, what differs from its template for itself", run.owned());
    count("a user without rights: every kind is named, exit 3", run.forbidden());
    count("a server that is not there: exit 3", run.absent());
    count("the mended shop is let in", fixes::shop(&run.plane, program, root, &dir));
    match shared.join("suites/pod-security") {
        suite if suite.is_dir() => {
            count("Pod Security as the server's own admission", run.admission(&suite));
            count("what the server refuses is let in once it is mended", fixes::suite(&run.plane, &suite));
        }
        _ => tally.skipped.push("cluster: the suite pod-security is not in the shared material".to_owned()),
    }
    Ok(tally)
}

struct Run<'r> {
    program: &'r Path,
    plane: Plane,
    dir: &'r Path,
}

/// Rule, kind, namespace, name, field.
type Said = (String, String, String, String, String);

impl Run<'_> {
    fn scan(&self, target: &str, token: &str) -> Result<(i32, Value)> {
        let config = self.plane.kubeconfig(token)?;
        let output = Command::new(self.program)
            .args(["scan", target, "--format", "json", "--as-of", "2026-11-25"])
            .env("KUBECONFIG", &config)
            .env("XDG_CACHE_HOME", self.dir.join("cache"))
            .current_dir(self.dir)
            .output()
            .context("plimsoll could not be started")?;
        let report = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("no report: {}", String::from_utf8_lossy(&output.stderr)))?;
        Ok((output.status.code().unwrap_or(-1), report))
    }

    fn same_as_files(&self, root: &Path) -> Result<Option<String>> {
        let mut loaded = BTreeSet::new();
        let folder = self.dir.join("files");
        fs::create_dir_all(&folder)?;
        let mut texts = vec![("faults.yaml".to_owned(), FAULTS.to_owned())];
        for place in ["dev", "prod"] {
            let mut files: Vec<_> = fs::read_dir(root.join("examples/shop/deploy").join(place))?
                .map(|e| e.map(|e| e.path()))
                .collect::<std::io::Result<_>>()?;
            files.sort();
            for file in files {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                texts.push((format!("{place}-{name}"), fs::read_to_string(&file)?));
            }
        }
        let mut objects = Vec::new();
        for (name, text) in &texts {
            fs::write(folder.join(name), text)?;
            manifest::read(text.as_bytes(), &mut |object| objects.push(object));
        }
        // Namespaces first, whatever the order of the files.
        objects.sort_by_key(|o| &*o.kind != "Namespace");
        let mut refused = Vec::new();
        for object in &objects {
            match self.plane.apply(object)? {
                Ok(_) => {
                    let names =
                        [object.kind.to_string(), object.namespace().to_owned(), object.name().to_owned()];
                    loaded.insert(names);
                }
                Err(why) => refused.push(format!("{} {}: {why}", object.kind, object.name())),
            }
        }
        ensure!(20 <= loaded.len(), "only {} objects were taken: {}", loaded.len(), refused.join("; "));
        let (_, files) = self.scan("manifests:files", plane::ADMIN)?;
        let (exit, live) = self.scan("cluster:", plane::ADMIN)?;
        let of = |report: &Value| -> BTreeSet<Said> {
            let all = said(report);
            // The values of secrets are not asked for; that they stand in a file is a fault of files.
            let compared = |s: &Said| {
                loaded.contains(&[s.1.clone(), s.2.clone(), s.3.clone()]) && s.0 != "secret-in-manifest"
            };
            all.into_iter().filter(compared).collect()
        };
        let (files, live) = (of(&files), of(&live));
        let only_files: Vec<_> = files.difference(&live).collect();
        let only_live: Vec<_> = live.difference(&files).collect();
        println!(
            "cluster: {} objects loaded, {} refused, {} findings about them, exit {exit}",
            loaded.len(),
            refused.len(),
            live.len()
        );
        Ok((!only_files.is_empty() || !only_live.is_empty() || files.is_empty()).then(|| {
            format!("only from files: {only_files:?}; only live: {only_live:?}; refused: {refused:?}")
        }))
    }

    fn owned(&self) -> Result<Option<String>> {
        let container = json!({ "name": "c", "image": "app:1" });
        let pod = json!({ "metadata": { "labels": { "app": "a" } }, "spec": { "containers": [container] } });
        let selector = json!({ "matchLabels": { "app": "a" } });
        let make = |kind: &str, name: &str, owner: Option<(&str, &str)>, spec: Value| {
            let mut about = json!({ "name": name, "namespace": "default", "labels": { "app": "a" } });
            if let Some((kind, uid)) = owner {
                about["ownerReferences"] = json!([{ "apiVersion": "apps/v1", "kind": kind, "name": "owned",
                                                    "uid": uid, "controller": true }]);
            }
            let group = if kind == "Pod" { "v1" } else { "apps/v1" };
            json!({ "apiVersion": group, "kind": kind, "metadata": about, "spec": spec }).to_string()
        };
        let apply = |text: String| -> Result<String> {
            let mut uid = String::new();
            let mut objects = Vec::new();
            manifest::read(text.as_bytes(), &mut |object| objects.push(object));
            for object in &objects {
                let made = self.plane.apply(object)?.map_err(|e| anyhow::anyhow!("{text}: {e}"))?;
                uid = made["metadata"]["uid"].as_str().context("no uid")?.to_owned();
            }
            Ok(uid)
        };
        let template = json!({ "replicas": 1, "selector": selector, "template": pod });
        let deployment = apply(make("Deployment", "owned", None, template.clone()))?;
        let set = apply(make("ReplicaSet", "owned", Some(("Deployment", &deployment)), template))?;
        apply(make("Pod", "same", Some(("ReplicaSet", &set)), pod["spec"].clone()))?;
        let mut other = pod["spec"].clone();
        other["containers"][0]["securityContext"] = json!({ "privileged": true });
        apply(make("Pod", "other", Some(("ReplicaSet", &set)), other))?;
        let (_, report) = self.scan("cluster:", plane::ADMIN)?;
        let all = said(&report);
        let of = |kind: &str, name: &str| -> Vec<&Said> {
            all.iter().filter(|s| s.1 == kind && s.2 == "default" && s.3 == name).collect()
        };
        let [top, set, same, other] =
            [of("Deployment", "owned"), of("ReplicaSet", "owned"), of("Pod", "same"), of("Pod", "other")];
        let only_privileged = !other.is_empty() && other.iter().all(|s| s.4.contains("privileged"));
        let holds = 3 <= top.len() && set.is_empty() && same.is_empty() && only_privileged;
        Ok((!holds).then(|| format!("on top {}; below {set:?} {same:?} {other:?}", top.len())))
    }

    fn forbidden(&self) -> Result<Option<String>> {
        let (exit, report) = self.scan("cluster:", plane::NOBODY)?;
        let doubts = report["doubts"].as_array().cloned().unwrap_or_default();
        let named = |what: &str| {
            doubts
                .iter()
                .any(|d| d["where"] == what && d["reason"].as_str().is_some_and(|r| r.contains("403")))
        };
        let holds = exit == 3 && ["pods", "deployments.apps", "secrets"].iter().all(|w| named(w));
        Ok((!holds).then(|| format!("exit {exit}, {} doubts", doubts.len())))
    }

    fn absent(&self) -> Result<Option<String>> {
        let config = self.dir.join("absent");
        let text = fs::read_to_string(self.plane.kubeconfig(plane::ADMIN)?)?;
        fs::write(&config, text.replace(&self.plane.port.to_string(), "1"))?;
        let output =
            Command::new(self.program).args(["scan", "cluster:"]).env("KUBECONFIG", &config).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.code() != Some(3)).then(|| format!("{}: {said}", output.status)))
    }

    /// Every pod of the suite, as a dry run in a namespace that enforces its level and version.
    fn admission(&self, suite: &Path) -> Result<Option<String>> {
        let (mut count, mut other, mut differ) = (0, 0, Vec::new());
        for level in ["baseline", "restricted"] {
            for minor in 0..=SERVER_MINOR {
                let folder = suite.join(level).join(format!("v1.{minor}"));
                if !folder.is_dir() {
                    continue;
                }
                let namespace = format!("{level}-{minor}");
                let labels = json!({ "pod-security.kubernetes.io/enforce": level,
                                     "pod-security.kubernetes.io/enforce-version": format!("v1.{minor}") });
                self.plane.namespace(&namespace, &labels)?;
                for file in files(&folder)? {
                    let name = file.strip_prefix(suite).unwrap_or(&file).display().to_string();
                    let Some(server) = self.plane.admits(&namespace, &file)? else {
                        other += 1;
                        continue;
                    };
                    count += 1;
                    if server != pod_security::ours(suite, &name)?.is_empty() {
                        differ.push(name);
                    }
                }
            }
        }
        println!("cluster: {count} pods admitted or refused alike, {other} that the server finds invalid");
        let more = differ.len();
        differ.truncate(SHOWN_MAX);
        Ok((0 < more || count < 500)
            .then(|| format!("{more} of {count} differ ({other} not compared): {}", differ.join(", "))))
    }
}

fn said(report: &Value) -> BTreeSet<Said> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().into_iter().flatten();
    findings
        .map(|f| {
            let object = &f["where"]["object"];
            let [kind, namespace, name, field] =
                ["kind", "namespace", "name", "field"].map(|k| text(&object[k]));
            (text(&f["rule"]), kind, namespace, name, field)
        })
        .collect()
}

/// The files below `folder`, in order.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let (mut out, mut todo) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() { todo.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    Ok(out)
}
