//! What `plimsoll fix` makes of manifests, on the real API server: everything that it mended is let in as a dry run where
//! the level is enforced.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use manifest::Object;
use manifest::edit::Sheet;
use rules_cluster::pod_security::{Level, Version};
use rules_cluster::remedy::{Wishes, bring_to};
use rules_cluster::workload::template_of;
use serde_json::{Value, json};

use super::plane::{Plane, to_json};
use super::{SERVER_MINOR, SHOWN_MAX, files};

/// Cases of the suite that must have been mended and let in.
const CASES_MIN: usize = 50;

/// Every pod of the suite that the server refuses, mended by our own remedies for its level and version.
pub(super) fn suite(plane: &Plane, suite: &Path) -> Result<Option<String>> {
    let (mut let_in, mut invalid, mut wrong) = (0, 0, Vec::new());
    for level in [Level::Baseline, Level::Restricted] {
        for minor in 0..=SERVER_MINOR {
            let folder = suite.join(level.as_str()).join(format!("v1.{minor}/fail"));
            if !folder.is_dir() {
                continue;
            }
            let namespace = format!("mended-{level}-{minor}");
            let labels = json!({ "pod-security.kubernetes.io/enforce": level.as_str(),
                                 "pod-security.kubernetes.io/enforce-version": format!("v1.{minor}") });
            plane.namespace(&namespace, &labels)?;
            for file in files(&folder)? {
                let name = file.strip_prefix(suite).unwrap_or(&file).display().to_string();
                if plane.admits(&namespace, &file)?.is_none() {
                    // The server finds it invalid before anybody asks for its level: no pod that could be let in.
                    invalid += 1;
                    continue;
                }
                let object = match mended(&file, level, Version::Minor(minor)) {
                    Ok(object) => object,
                    Err(why) => {
                        wrong.push(format!("{name}: {why}"));
                        continue;
                    }
                };
                match plane.dry_run(&namespace, "pods", to_json(&object.node))? {
                    (201, _) => let_in += 1,
                    (status, said) => wrong.push(format!("{name}: {status} {said}")),
                }
            }
        }
    }
    println!("cluster: {let_in} mended pods let in, {invalid} that the server finds invalid as they were");
    let more = wrong.len();
    wrong.truncate(SHOWN_MAX);
    Ok((0 < more || let_in < CASES_MIN)
        .then(|| format!("{more} of {} refused: {}", let_in + more, wrong.join("; "))))
}

fn mended(file: &Path, level: Level, version: Version) -> Result<Object> {
    let mut sheet = Sheet::read(&fs::read(file)?)?;
    let addresses = sheet.objects();
    let address = addresses.first().context("no object")?;
    let wishes = Wishes { empty_volumes: true, ..Wishes::default() };
    let notes = bring_to((level, version), &mut sheet, address, &wishes);
    notes.map_err(|why| anyhow::anyhow!("not mended: {why}"))?;
    sheet.object(address).context("no object any more")
}

/// The manifests of the shop, written by the program itself: each object as a dry run, and the pod of each by itself, which
/// is what the admission controller refuses.
pub(super) fn shop(plane: &Plane, program: &Path, root: &Path, dir: &Path) -> Result<Option<String>> {
    let folder = dir.join("mended");
    let mut copy = Command::new("cp");
    crate::workspace::run(
        copy.arg("-r").arg(root.join("examples/shop/deploy")).arg(&folder),
        "copy of the shop",
    )?;
    let before = objects(&folder)?;
    let fixed = Command::new(program)
        .current_dir(dir)
        .args(["fix", "mended", "--write", "--empty-volumes"])
        .output()?;
    ensure!(fixed.status.success(), "{}", String::from_utf8_lossy(&fixed.stderr));
    let after = objects(&folder)?;
    ensure!(before.len() == after.len(), "{} objects, and {} mended", before.len(), after.len());
    let namespace = "mended-shop";
    plane.namespace(namespace, &json!({ "pod-security.kubernetes.io/enforce": "restricted" }))?;
    let (mut pods, mut unknown, mut wrong) = (0, 0, Vec::new());
    for (before, object) in before.iter().zip(&after) {
        let name = format!("{} {}/{}", object.kind, object.namespace(), object.name());
        if !plane.knows(object)? {
            unknown += 1;
            continue;
        }
        // What the server would not have as it was is none of the mending's.
        if let (Ok(_), Err(why)) = (plane.try_apply(before)?, plane.try_apply(object)?) {
            wrong.push(format!("{name}: {why}"));
        }
        let Some(path) = template_of(object.group(), &object.kind) else { continue };
        let mut template = to_json(object.node.at_path(path).context("no template")?);
        template["apiVersion"] = "v1".into();
        template["kind"] = "Pod".into();
        template["metadata"]["name"] = object.name().into();
        template["metadata"]["namespace"] = Value::Null;
        if let Some(account) = template["spec"]["serviceAccountName"].as_str() {
            plane.service_account(namespace, account)?;
        }
        match plane.dry_run(namespace, "pods", template)? {
            (201, _) => pods += 1,
            (status, said) => wrong.push(format!("{name}: {status} {said}")),
        }
    }
    println!(
        "cluster: {} mended objects of the shop ({unknown} of kinds that the server does not know), {pods} pods let in where \
         `restricted` is enforced",
        after.len()
    );
    Ok((!wrong.is_empty() || pods < 8).then(|| wrong.join("; ")))
}

fn objects(folder: &Path) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for file in files(folder)? {
        manifest::read(&fs::read(file)?, &mut |object| objects.push(object));
    }
    Ok(objects)
}
