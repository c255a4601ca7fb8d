//! The benchmarks, one function each.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Bench;
use crate::bills;
use crate::floor::hex;
use crate::image::{self, Layer};
use crate::measure::{cost, median, medians};
use crate::table::Row;
use crate::tar::{Kind, Tar};
use crate::{registry, update, workloads};

/// A benchmark: what it measured.
type Case = fn(&Bench) -> Result<Vec<Row>>;

/// Every benchmark.
pub(crate) const CASES: &[(&str, Case)] = &[
    ("size", size),
    ("start", start),
    ("database", database),
    ("scan", scan),
    ("many-files", many_files),
    ("rematch", bills::rematch),
    ("registry", registry::registry),
    ("update", update::update),
    ("workloads", workloads::workloads),
];

pub(crate) const MIB_OF_KIB: f64 = 1.0 / 1024.0;
const SCANS: usize = 5;
const TINY_FILES: u32 = 3_000_000;
/// A scan ends with 3 where something could not be known; that is no fault of its speed.
pub(crate) const SCANNED: &[i32] = &[0, 3];

fn size(bench: &Bench) -> Result<Vec<Row>> {
    let bytes = std::fs::metadata(&bench.program).context("the program has no size")?.len();
    Ok(vec![Row::new("the program", bytes as f64 / 1e6, "MB").at_most(25.0)])
}

fn start(bench: &Bench) -> Result<Vec<Row>> {
    let cost = median(21, &bench.program, &["--version"], &[], &[0])?;
    let nothing = median(21, Path::new("/bin/true"), &[] as &[&str], &[], &[0])?;
    Ok(vec![
        Row::new("`plimsoll --version`", cost.wall_s * 1e3, "ms")
            .beside(nothing.wall_s * 1e3, "/bin/true")
            .at_most(5.0),
    ])
}

fn database(bench: &Bench) -> Result<Vec<Row>> {
    let Some(shared) = &bench.shared else { return Ok(skipped("database")) };
    let file = bench.made.join("full.db");
    let cost = build(bench, shared, &file)?;
    let info = ["db", "info", "--database", text(&file)?];
    let open = median(11, &bench.program, &info, &[], &[0])?;
    let start = median(11, &bench.program, &["--version"], &[], &[0])?;
    Ok(vec![
        Row::new("database of everything: built", cost.wall_s, "s").at_most(60.0),
        Row::new("database of everything: CPU", cost.cpu_s, "s"),
        Row::new("database of everything: peak", cost.peak_kib as f64 * MIB_OF_KIB, "MiB").at_most(1024.0),
        Row::new("database of everything: file", std::fs::metadata(&file)?.len() as f64 / 1e6, "MB")
            .at_most(60.0),
        Row::new("`plimsoll db info`, start included", open.wall_s * 1e3, "ms")
            .beside(start.wall_s * 1e3, "--version")
            .at_most_above(5.0),
    ])
}

fn build(bench: &Bench, shared: &Path, file: &Path) -> Result<crate::measure::Cost> {
    let from = shared.join("advisories");
    let args = ["db", "build", "--from", text(&from)?, "--out", text(file)?];
    let built = cost(&bench.program, &args, &[])?;
    anyhow::ensure!(SCANNED.contains(&built.exit), "`db build` ended with {}", built.exit);
    Ok(built)
}

/// The database of everything, built again if the program is newer.
pub(crate) fn full_database(bench: &Bench, shared: &Path) -> Result<PathBuf> {
    let file = bench.made.join("full.db");
    let age = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified());
    let fresh = matches!((age(&file), age(&bench.program)), (Ok(file), Ok(program)) if program < file);
    if !fresh {
        build(bench, shared, &file)?;
    }
    Ok(file)
}

fn scan(bench: &Bench) -> Result<Vec<Row>> {
    let Some(shared) = &bench.shared else { return Ok(skipped("scan")) };
    let database = full_database(bench, shared)?;
    let layout = shared.join("images/apps");
    let target = format!("oci:{}:python-old", layout.display());
    let args = ["scan", &target, "--database", text(&database)?, "--as-of", "2026-11-25", "--format", "json"];
    let me = std::env::current_exe().context("where this program lies is not known")?;
    let cache = bench.made.join("cache");
    let temporary = bench.made.join("tmp");
    let (mut cold, mut least) = (Vec::new(), Vec::new());
    let mut left = 0;
    // One unmeasured round warms the page cache for both.
    for round in 0..=SCANS {
        empty(&cache)?;
        empty(&temporary)?;
        let floor = cost(&me, &["floor", text(&layout)?, "python-old"], &[])?;
        let scan = cost(&bench.program, &args, &[("XDG_CACHE_HOME", &cache), ("TMPDIR", &temporary)])?;
        anyhow::ensure!(
            SCANNED.contains(&scan.exit) && floor.exit == 0,
            "exit {} and {}",
            scan.exit,
            floor.exit
        );
        left += std::fs::read_dir(&temporary)?.count();
        if 0 < round {
            cold.push(scan);
            least.push(floor);
        }
    }
    let warm = median(11, &bench.program, &args, &[("XDG_CACHE_HOME", &cache)], SCANNED)?;
    let (cold, least) = (medians(&cold)?, medians(&least)?);
    let mib = |kib: u64| kib as f64 * MIB_OF_KIB;
    Ok(vec![
        Row::new("cold scan of apps:python-old, CPU", cold.cpu_s, "s")
            .beside(least.cpu_s, "floor")
            .at_most_times(1.3),
        Row::new("cold scan of apps:python-old, wall", cold.wall_s, "s").beside(least.wall_s, "floor"),
        Row::new("cold scan of apps:python-old, peak", mib(cold.peak_kib), "MiB")
            .beside(mib(least.peak_kib), "floor")
            .at_most_above(100.0),
        Row::new("cold scan: temporary files", left as f64, "files").at_most(0.0),
        Row::new("warm scan of apps:python-old, wall", warm.wall_s * 1e3, "ms").at_most(30.0),
        Row::new("warm scan of apps:python-old, peak", mib(warm.peak_kib), "MiB"),
    ])
}

fn many_files(bench: &Bench) -> Result<Vec<Row>> {
    let layout = bench.made.join("many-files");
    if !layout.join("oci-layout").is_file() {
        write_many_files(&layout)?;
    }
    let me = std::env::current_exe().context("where this program lies is not known")?;
    let least = cost(&me, &["floor", text(&layout)?, "tiny"], &[])?;
    let cache = bench.made.join("cache");
    empty(&cache)?;
    let target = format!("oci:{}:tiny", layout.display());
    let args = ["scan", &target, "--as-of", "2026-11-25", "--format", "json"];
    let scan = cost(&bench.program, &args, &[("XDG_CACHE_HOME", &cache)])?;
    anyhow::ensure!(SCANNED.contains(&scan.exit), "the scan ended with {}", scan.exit);
    let mib = |kib: u64| kib as f64 * MIB_OF_KIB;
    Ok(vec![
        Row::new("a layer of three million files, wall", scan.wall_s, "s")
            .beside(least.wall_s, "floor")
            .at_most(60.0),
        Row::new("a layer of three million files, CPU", scan.cpu_s, "s").beside(least.cpu_s, "floor"),
        Row::new("a layer of three million files, peak", mib(scan.peak_kib), "MiB")
            .beside(mib(least.peak_kib), "floor")
            .at_most(512.0),
    ])
}

/// One layer, zstd, of files with a few bytes each in directories of a thousand.
fn write_many_files(layout: &Path) -> Result<()> {
    eprintln!("bench: writing a layer of three million files");
    let compressed = zstd::stream::write::Encoder::new(Vec::new(), 1)?;
    let mut tar = Tar::new(Hashing { inner: compressed, hash: Sha256::new() });
    for n in 0..TINY_FILES {
        if n % 1000 == 0 {
            tar.entry(&format!("srv/shard-{:04}/", n / 1000), 0o755, Kind::Directory)?;
        }
        let path = format!("srv/shard-{:04}/object-{n:07}.json", n / 1000);
        tar.entry(&path, 0o644, Kind::File(format!("{{\"n\":{n}}}\n").as_bytes()))?;
    }
    let written = tar.finish()?;
    let diff_id = format!("sha256:{}", hex(&written.hash.finalize()));
    let kind = "application/vnd.oci.image.layer.v1.tar+zstd";
    let layer =
        Layer { blob: written.inner.finish()?, diff_id, kind, created_by: "COPY objects /srv".to_owned() };
    image::write(layout, "tiny", &json!({"Cmd": ["/bin/true"]}), &[layer], &[], "2024-01-01T00:00:00Z")
}

/// Hands bytes on and hashes them.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

pub(crate) fn skipped(name: &str) -> Vec<Row> {
    println!("SKIPPED: benchmark `{name}`: no shared material (set `PLIMSOLL_SHARED`)");
    Vec::new()
}

pub(crate) fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir).with_context(|| format!("`{}` cannot be removed", dir.display()))?;
    }
    std::fs::create_dir_all(dir).with_context(|| format!("`{}` cannot be made", dir.display()))
}

pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("`{}` is no UTF-8", path.display()))
}
