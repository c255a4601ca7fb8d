//! `scan --rematch`: ten thousand stored bills of materials against a database that changed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::Bench;
use crate::cases::{full_database, skipped, text};
use crate::measure::{cost, median};
use crate::table::Row;

const BILLS: usize = 10_000;
/// Packages of the smallest and of the largest bill.
const PACKAGES: std::ops::RangeInclusive<usize> = 100..=400;
/// Advisories of the database that the other has not: one in a hundred.
const NEW_ADVISORIES: usize = 600;
const RUNS: usize = 3;
/// The images whose packages the bills are made of.
const IMAGES: [&str; 4] = ["apps:python-old", "apps:node-old", "alpine:3.18.9", "alpine:3.20.3"];

/// The case.
pub(crate) fn rematch(bench: &Bench) -> Result<Vec<Row>> {
    let Some(shared) = &bench.shared else { return Ok(skipped("rematch")) };
    let bills = bench.made.join("bills");
    if !bills.join("whole").is_file() {
        write(bench, shared, &bills)?;
    }
    let (then, now) = (full_database(bench, shared)?, bench.made.join("changed.db"));
    let changed = bench.made.join("changed");
    let advisories = shared.join("advisories");
    let args = ["db", "build", "--out", text(&now)?, "--from", text(&advisories)?, "--from", text(&changed)?];
    cost(&bench.program, &args, &[])?;
    let documents = bills.join("documents");
    let me = std::env::current_exe().context("where this program lies is not known")?;
    let floor = median(RUNS, &me, &["bills-floor", text(&documents)?], &[], &[0])?;
    let ask = |more: &[&str]| {
        let args = ["scan", "--rematch", text(&documents)?, "--database", text(&now)?, "--format", "json"];
        median(RUNS, &bench.program, &[&args, more].concat(), &[], &[0])
    };
    let (changes, whole) = (ask(&["--against", text(&then)?])?, ask(&[])?);
    Ok(vec![
        Row::new("rematch of 10,000 bills, what changed: wall", changes.wall_s, "s")
            .beside(floor.wall_s, "JSON alone")
            .at_most(10.0),
        Row::new("rematch of 10,000 bills, what changed: CPU", changes.cpu_s, "s")
            .beside(floor.cpu_s, "JSON alone"),
        Row::new("rematch of 10,000 bills, what changed: peak", changes.peak_kib as f64 / 1024.0, "MiB"),
        Row::new("rematch of 10,000 bills, everything: wall", whole.wall_s, "s")
            .beside(floor.wall_s, "JSON alone")
            .at_most(10.0),
    ])
}

/// The least: every document is read and walked as JSON, by two threads.
pub(crate) fn floor(documents: &Path) -> Result<()> {
    let paths: Vec<PathBuf> =
        std::fs::read_dir(documents)?.map(|e| Ok(e?.path())).collect::<Result<_, std::io::Error>>()?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            serde_json::from_slice::<serde::de::IgnoredAny>(&std::fs::read(path)?)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().try_for_each(|w| w.join().unwrap_or_else(|_| anyhow::bail!("a thread broke")))
    })
}

/// Numbers that are the same in every run (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Writes the bills, and the advisories by which the databases differ.
fn write(bench: &Bench, shared: &Path, bills: &Path) -> Result<()> {
    eprintln!("bench: writing {BILLS} bills of materials");
    let documents = bills.join("documents");
    std::fs::create_dir_all(&documents)?;
    let images: Vec<Value> = IMAGES.iter().map(|i| bill(bench, shared, i)).collect::<Result<_>>()?;
    let is_system = |c: &Value| {
        let purl = c["purl"].as_str().unwrap_or_default();
        c["type"] == "operating-system"
            || ["pkg:deb/", "pkg:apk/", "pkg:rpm/"].iter().any(|k| purl.starts_with(k))
    };
    let components = |image: &Value| image["components"].as_array().cloned().unwrap_or_default();
    let (bases, others): (Vec<Vec<Value>>, Vec<Vec<Value>>) =
        images.iter().map(|i| components(i).into_iter().partition(is_system)).unzip();
    let others: Vec<Value> = others.into_iter().flatten().collect();
    let mut dice = Dice(0x5eed);
    for n in 0..BILLS {
        let base = bases.get(n % bases.len()).context("no base")?;
        let mut list = base.clone();
        let wanted = PACKAGES.start() + dice.below(PACKAGES.end() - PACKAGES.start());
        list.truncate(wanted);
        while list.len() < wanted {
            let component = others.get(dice.below(others.len())).context("no packages")?;
            list.push(aged(component, dice.below(4)));
        }
        let mut document = images.get(n % images.len()).context("no image")?.clone();
        document["components"] = list.into();
        document["serialNumber"] = format!("urn:uuid:00000000-0000-4000-8000-{n:012}").into();
        if let Some(document) = document.as_object_mut() {
            document.remove("dependencies");
        }
        std::fs::write(documents.join(format!("{n:05}.cdx.json")), serde_json::to_vec(&document)?)?;
    }
    let changed = bench.made.join("changed");
    std::fs::create_dir_all(&changed)?;
    for n in 0..NEW_ADVISORIES {
        let component = others.get(dice.below(others.len())).context("no packages")?;
        let purl = component["purl"].as_str().unwrap_or_default();
        let ecosystem = if purl.starts_with("pkg:npm/") { "npm" } else { "PyPI" };
        let record = json!({ "id": format!("BENCH-2026-{n}"), "modified": "2026-11-25T00:00:00Z",
            "affected": [{ "package": { "ecosystem": ecosystem, "name": component["name"] },
                           "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2.0.0" }] }] }] });
        std::fs::write(changed.join(format!("BENCH-2026-{n}.json")), serde_json::to_vec(&record)?)?;
    }
    std::fs::write(bills.join("whole"), b"").context("the bills cannot be marked as whole")
}

/// The component at one of a few versions, as images of different age have it.
fn aged(component: &Value, age: usize) -> Value {
    let mut component = component.clone();
    let version = component["version"].as_str().unwrap_or_default().to_owned();
    let purl = component["purl"].as_str().unwrap_or_default().to_owned();
    if age != 0 && !version.is_empty() {
        let other = format!("{version}.{age}");
        component["purl"] = purl.replacen(&version, &other, 1).into();
        component["version"] = other.into();
    }
    component["bom-ref"] = component["purl"].clone();
    component
}

fn bill(bench: &Bench, shared: &Path, image: &str) -> Result<Value> {
    let target = format!("oci:{}", shared.join("images").join(image).display());
    let output = std::process::Command::new(&bench.program)
        .args(["sbom", &target, "--format", "cyclonedx-json"])
        .output()?;
    serde_json::from_slice(&output.stdout).with_context(|| format!("no bill of materials of {image}"))
}
