//! The patches that `plimsoll fix --format kustomize` writes, in Kustomize itself: what it makes of them is what
//! `plimsoll fix --write` makes of the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::cluster::to_json;
use super::tools::{self, Tool};
use crate::suite::Tally;
use crate::workspace;

/// Versions of the suite whose cases are mended besides the shop.
const SUITE: &str = "suites/pod-security/restricted/v1.37/fail";

/// Compares both ways.
pub(super) fn check(root: &Path, program: &Path, shared: &Path, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let kustomize = match tools::tool(root, "kustomize")? {
        Tool::At(program) => program,
        Tool::Missing(why) => {
            tally.skipped.push(format!("kustomize: {why}"));
            return Ok(tally);
        }
    };
    let fault = compare(root, program, &kustomize, shared, &scratch.join("kustomize"));
    let what = "patches make what `--write` makes";
    tally.count("kustomize", what, fault.unwrap_or_else(|e| Some(format!("{e:#}"))));
    Ok(tally)
}

/// Kind, namespace, name.
type Key = (String, String, String);

fn compare(
    root: &Path,
    program: &Path,
    kustomize: &Path,
    shared: &Path,
    dir: &Path,
) -> Result<Option<String>> {
    fs::create_dir_all(dir)?;
    let copy = |from: &Path, to: &str| {
        workspace::run(Command::new("cp").arg("-r").arg(from).arg(dir.join(to)), "copy of manifests")
    };
    copy(&root.join("examples/shop/deploy"), "shop")?;
    if shared.join(SUITE).is_dir() {
        copy(&shared.join(SUITE), "shop/suite")?;
    }
    let run = |args: &[&str]| -> Result<()> {
        let output = Command::new(program).current_dir(dir).args(args).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    run(&["fix", "shop", "--format", "kustomize=kustomization.yaml"])?;
    let mut build = Command::new(kustomize);
    let patched = workspace::output(build.current_dir(dir).args(["build", "."]), "kustomize build")?;
    run(&["fix", "shop", "--write"])?;
    let mut written = BTreeMap::new();
    let kustomization = fs::read_to_string(dir.join("kustomization.yaml"))?;
    for line in kustomization.lines().filter_map(|l| l.strip_prefix("  - shop/")) {
        let bytes = fs::read(dir.join("shop").join(line)).with_context(|| line.to_owned())?;
        add(&mut written, &bytes);
    }
    let mut made = BTreeMap::new();
    add(&mut made, patched.as_bytes());
    let differ: Vec<String> = written
        .iter()
        .filter(|(key, value)| made.get(*key) != Some(*value))
        .map(|((kind, namespace, name), value)| {
            let other = made.get(&(kind.clone(), namespace.clone(), name.clone()));
            format!("{kind} {namespace}/{name}: {value} and {}", other.unwrap_or(&Value::Null))
        })
        .collect();
    println!(
        "kustomize: {} objects made of {} patches",
        made.len(),
        kustomization.matches("patch: |-").count()
    );
    let same = written.len() == made.len() && differ.is_empty() && 10 < made.len();
    Ok((!same).then(|| format!("{} and {} objects; {}", written.len(), made.len(), differ.join("\n"))))
}

fn add(objects: &mut BTreeMap<Key, Value>, bytes: &[u8]) {
    manifest::read(bytes, &mut |object| {
        let key = (object.kind.to_string(), object.namespace().to_owned(), object.name().to_owned());
        objects.insert(key, to_json(&object.node));
    });
}
