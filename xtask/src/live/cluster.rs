//! A real API server with etcd, loaded with objects: the live scan says what the scan of the same objects' files says, an
//! object that a controller made is not said twice, a user without rights is told so, the server's own Pod Security
//! admission agrees with ours, case by case, and lets in what we mended.

mod fixes;
mod images;
mod inspector;
mod node;
mod owned;
mod plane;
mod runs;
mod scale;

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
    let plane = match Plane::start(root, &dir, plane::LOOPBACK)? {
        Ok(plane) => plane,
        Err(why) => {
            tally.skipped.push(format!("cluster: {why}"));
            return Ok(tally);
        }
    };
    let run = Run { program, plane: &plane, dir: &dir };
    let mut count = |what: &str, done: Result<Option<String>>| {
        tally.count("cluster", what, done.unwrap_or_else(|e| Some(format!("{e:#}"))));
    };
    count("the shop and faulty objects: live as from files", run.same_as_files(root));
    count("what runs where: live as from files", images::linked(&plane, program, root, &dir));
    count(
        "what a controller made is said once, what differs from its template for itself",
        owned::check(&run),
    );
    count("thousands of objects: live as from a dump, for at most twice the time", scale::check(&run));
    count("an annotation accepts a finding live as in a file", run.accepted());
    count("images of live workloads are looked for where one says", run.images_from(root));
    count("a user without rights: every kind is named, exit 3", run.forbidden());
    count("a server that is not there: exit 3", run.absent());
    count("the mended shop is let in", fixes::shop(&plane, program, root, &dir));
    match shared.join("suites/pod-security") {
        suite if suite.is_dir() => {
            count("Pod Security as the server's own admission", run.admission(&suite));
            count("what the server refuses is let in once it is mended", fixes::suite(&plane, &suite));
        }
        _ => tally.skipped.push("cluster: the suite pod-security is not in the shared material".to_owned()),
    }
    Ok(tally)
}

/// The shop on a whole cluster of one node; its table and page stay below the target directory.
pub(super) fn node(root: &Path, program: &Path, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let dir = scratch.join("node");
    fs::create_dir_all(&dir)?;
    let cluster = match node::Cluster::start(root, &dir, &runs::IMAGES) {
        Ok(Ok(cluster)) => cluster,
        Ok(Err(why)) => {
            tally.skipped.push(format!("cluster: no node: {why}"));
            return Ok(tally);
        }
        Err(why) => {
            tally.count("cluster", "a node starts", Some(format!("{why:#}")));
            return Ok(tally);
        }
    };
    let mut count = |what: &str, done: Result<Option<String>>| {
        tally.count("cluster", what, done.unwrap_or_else(|e| Some(format!("{e:#}"))));
    };
    let out = crate::workspace::target_dir(root).join("live");
    let run = Run { program, plane: &cluster.plane, dir: &dir };
    count("the shop runs on a node: assessed, each workload once", runs::check(&run, root, &cluster, &out));
    count("a pod of a DaemonSet is said once", runs::everywhere(&run));
    count("from a pod, by its service account", inspector::check(&cluster, program, &dir));
    Ok(tally)
}

struct Run<'r> {
    program: &'r Path,
    plane: &'r Plane,
    dir: &'r Path,
}

/// Rule, kind, namespace, name, field.
type Said = (String, String, String, String, String);

impl Run<'_> {
    fn scan(&self, target: &str, token: &str) -> Result<(i32, Value)> {
        self.scan_with(target, token, &[])
    }

    fn scan_with(&self, target: &str, token: &str, more: &[&str]) -> Result<(i32, Value)> {
        let output = self
            .command("scan", target, token)?
            .args(["--format", "json"])
            .args(more)
            .output()
            .context("plimsoll could not be started")?;
        let report = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("no report: {}", String::from_utf8_lossy(&output.stderr)))?;
        Ok((output.status.code().unwrap_or(-1), report))
    }

    fn command(&self, verb: &str, target: &str, token: &str) -> Result<Command> {
        let mut command = Command::new(self.program);
        command.args([verb, target, "--as-of", "2026-11-25"]);
        command.env("KUBECONFIG", self.plane.kubeconfig(token)?);
        command.env("XDG_CACHE_HOME", self.dir.join("cache")).current_dir(self.dir);
        Ok(command)
    }

    fn same_as_files(&self, root: &Path) -> Result<Option<String>> {
        let mut texts = shop(root, &["dev", "prod"])?;
        texts.push(("faults.yaml".to_owned(), FAULTS.to_owned()));
        let (loaded, refused) = self.load(&texts)?;
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

    /// Writes texts to files and applies what is in them: kind, namespace and name of what the server took, and what it
    /// refused.
    fn load(&self, texts: &[(String, String)]) -> Result<(BTreeSet<[String; 3]>, Vec<String>)> {
        let folder = self.dir.join("files");
        fs::create_dir_all(&folder)?;
        let mut objects = Vec::new();
        for (name, text) in texts {
            fs::write(folder.join(name), text)?;
            manifest::read(text.as_bytes(), &mut |object| objects.push(object));
        }
        // Namespaces first, whatever the order of the files.
        objects.sort_by_key(|o| &*o.kind != "Namespace");
        let (mut loaded, mut refused) = (BTreeSet::new(), Vec::new());
        for object in &objects {
            match self.plane.apply(object)? {
                Ok(_) => {
                    let namespace = object.namespace().to_owned();
                    loaded.insert([object.kind.to_string(), namespace, object.name().to_owned()]);
                }
                Err(why) => refused.push(format!("{} {}: {why}", object.kind, object.name())),
            }
        }
        Ok((loaded, refused))
    }

    fn accepted(&self) -> Result<Option<String>> {
        let accepts = "image-tag-floating reason=\"a mirror of our own\" until=2027-01-31";
        let path = "/apis/apps/v1/namespaces/harbour/deployments/builder";
        let fields = json!({ "metadata": { "annotations": { "plimsoll.dev/ignore": accepts } } });
        self.plane.strategic(path, &fields)?;
        let (_, report) = self.scan("cluster:", plane::ADMIN)?;
        let about = |f: &&Value| {
            let object = &f["where"]["object"];
            object["kind"] == "Deployment" && object["namespace"] == "harbour" && object["name"] == "builder"
        };
        let all: Vec<&Value> = report["findings"].as_array().into_iter().flatten().filter(about).collect();
        let (accepted, open): (Vec<&Value>, Vec<&Value>) =
            all.into_iter().partition(|f| f["status"] == "suppressed");
        let holds = !accepted.is_empty()
            && accepted.iter().all(|f| {
                f["rule"] == "image-tag-floating" && f["suppression"]["reason"] == "a mirror of our own"
            })
            && 3 <= open.len()
            && open.iter().all(|f| f["rule"] != "image-tag-floating");
        Ok((!holds).then(|| {
            format!("accepted {accepted:?}, open {:?}", open.iter().map(|f| &f["rule"]).collect::<Vec<_>>())
        }))
    }

    fn images_from(&self, root: &Path) -> Result<Option<String>> {
        let layout = root.join("examples/shop/images/storefront");
        let from = format!("images.shop.example/storefront=oci:{}", layout.display());
        let (exit, report) = self.scan_with("cluster:", plane::ADMIN, &["--images-from", &from])?;
        let targets = report["targets"].as_array().context("the report names no targets")?;
        let runs: Vec<&Value> =
            targets.iter().flat_map(|t| t["runs_in"].as_array().into_iter().flatten()).collect();
        let shop =
            |r: &&&Value| r.to_string().contains("\"storefront\"") && r.to_string().contains("\"shop\"");
        let holds = exit == 3 && runs.iter().filter(shop).count() == 1 && report["packages"][0].is_object();
        Ok((!holds).then(|| format!("exit {exit}, runs in {runs:?}")))
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

/// The manifests of the shop for the given places: name and text.
fn shop(root: &Path, places: &[&str]) -> Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for place in places {
        for file in files(&root.join("examples/shop/deploy").join(place))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            texts.push((format!("{place}-{name}"), fs::read_to_string(&file)?));
        }
    }
    Ok(texts)
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
