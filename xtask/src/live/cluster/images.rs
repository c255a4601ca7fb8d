//! `--images` on a live cluster: the containers, images, rights and ways in are those of the same objects' files.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::plane::{self, Plane};

/// Namespaces of the shop, which the check before has loaded.
const NAMESPACES: [&str; 2] = ["shop", "shop-dev"];

/// Links that differ and are shown.
const SHOWN_MAX: usize = 5;

/// Compares what runs where, live and from the files in `dir/files`.
pub(super) fn linked(plane: &Plane, program: &Path, root: &Path, dir: &Path) -> Result<Option<String>> {
    let layout = root.join("examples/shop/images/storefront");
    let from = format!("images.shop.example/storefront=oci:{}", layout.display());
    let scan = |target: &str| -> Result<Value> {
        let output = Command::new(program)
            .args(["scan", target, "--format", "json", "--as-of", "2026-11-25", "--images-from", &from])
            .env("KUBECONFIG", plane.kubeconfig(plane::ADMIN)?)
            .env("XDG_CACHE_HOME", dir.join("cache"))
            .current_dir(dir)
            .output()
            .context("plimsoll could not be started")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("no report: {}", String::from_utf8_lossy(&output.stderr)))
    };
    let (files, live) = (runs(&scan("manifests:files")?), runs(&scan("cluster:")?));
    let exposed = live.iter().filter(|r| r.ends_with("exposed=true")).count();
    let had = live.iter().filter(|r| r.contains("had=true")).count();
    println!(
        "cluster: {} containers linked with their images, {exposed} exposed, {had} images had",
        live.len()
    );
    let mut differ: Vec<&String> = files.symmetric_difference(&live).collect();
    let more = differ.len();
    differ.truncate(SHOWN_MAX);
    let holds = more == 0 && 5 <= live.len() && 0 < exposed && 0 < had;
    Ok((!holds).then(|| format!("{more} differ: {differ:?}")))
}

/// A line for each container of the shop.
fn runs(report: &Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for target in report["targets"].as_array().into_iter().flatten() {
        for run in target["runs_in"].as_array().into_iter().flatten() {
            let object = &run["object"];
            if NAMESPACES.iter().any(|n| object["namespace"] == *n) {
                out.insert(format!(
                    "{} {}/{} {} {} had={} privileged={} exposed={}",
                    object["kind"],
                    object["namespace"],
                    object["name"],
                    run["container"],
                    run["image"],
                    target["matched"].is_object(),
                    run["privileged"],
                    run["exposed"]
                ));
            }
        }
    }
    out
}
