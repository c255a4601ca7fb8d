//! A whole registry: images that share layers, beside a quarter of them, and Syft on some in the same run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use testkit::registry::Registry;

use crate::Bench;
use crate::cases::{MIB_OF_KIB, SCANNED, empty, text};
use crate::image::{digest, put};
use crate::measure::{Cost, cost};
use crate::table::Row;
use crate::tar::{Kind, Tar};

const IMAGES: usize = 200;
/// Images of the first team, a quarter.
const FEWER: usize = 50;
/// Images that Syft is given as well.
const SHOWN_TO_SYFT: usize = 20;
/// Layers that many images stand on, and layers in the middle.
const BASES: usize = 10;
const MIDDLES: usize = 20;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

pub(crate) fn registry(bench: &Bench) -> Result<Vec<Row>> {
    let Some(binary) = program("PLIMSOLL_BENCH_REGISTRY") else {
        println!("SKIPPED: benchmark `registry`: no `docker-registry` here");
        return Ok(Vec::new());
    };
    let data = bench.made.join("registry");
    let layers = fill(&data)?;
    let running = Registry::start(&binary, &data, &data, |_| ())?;
    let home = bench.made.join("registry-home");
    empty(&home)?;
    let all = sweep(bench, &running, "**", &home)?;
    let asked = running.blobs_asked()?.iter().filter(|digest| layers.contains(*digest)).count();
    let again = sweep(bench, &running, "**", &home)?;
    empty(&home)?;
    let fewer = sweep(bench, &running, "first/*", &home)?;
    let mib = |c: &Cost| c.peak_kib as f64 * MIB_OF_KIB;
    let mut rows = vec![
        Row::new(format!("registry of {IMAGES} images: layers fetched"), asked as f64, "layers")
            .beside(layers.len() as f64, "distinct")
            .at_most_times(1.0),
        Row::new(format!("registry of {IMAGES} images: wall"), all.wall_s, "s")
            .beside(fewer.wall_s, "a quarter"),
        Row::new(format!("registry of {IMAGES} images: CPU"), all.cpu_s, "s")
            .beside(fewer.cpu_s, "a quarter"),
        Row::new(format!("registry of {IMAGES} images: peak"), mib(&all), "MiB")
            .beside(mib(&fewer), "a quarter")
            .at_most_above(40.0),
        Row::new("the same registry again: wall", again.wall_s, "s").beside(all.wall_s, "first run"),
    ];
    rows.extend(beside_syft(bench, &running)?);
    Ok(rows)
}

/// Scans what fits `pattern`, with the cache and the state in `home`.
fn sweep(bench: &Bench, running: &Registry, pattern: &str, home: &Path) -> Result<Cost> {
    let state = home.join("state.json");
    let target = format!("registry:localhost:{}/{pattern}", running.port());
    let args = ["scan", &target, "--as-of", "2026-11-25", "--format", "json", "--state", text(&state)?];
    let scan = cost(&bench.program, &args, &[("XDG_CACHE_HOME", home), ("XDG_DATA_HOME", home)])?;
    anyhow::ensure!(SCANNED.contains(&scan.exit), "the sweep of `{pattern}` ended with {}", scan.exit);
    Ok(scan)
}

/// The images of one team, one command for us, one an image for Syft, which knows no registries.
fn beside_syft(bench: &Bench, running: &Registry) -> Result<Vec<Row>> {
    let Some(syft) = program("PLIMSOLL_BENCH_SYFT") else {
        println!("SKIPPED: benchmark `registry` beside Syft: it is not in the cache's `peers` folder");
        return Ok(Vec::new());
    };
    let home = bench.made.join("registry-home");
    empty(&home)?;
    let ours =
        [sweep(bench, running, "first/app-00*", &home)?, sweep(bench, running, "first/app-01*", &home)?];
    let sum = |of: fn(&Cost) -> f64| ours.iter().map(of).sum::<f64>();
    let peak = ours.iter().map(|c| c.peak_kib).max().unwrap_or(0);
    let mut peer = (0.0, 0.0, 0);
    for n in 0..SHOWN_TO_SYFT {
        let image = format!("registry:localhost:{}/{}:1", running.port(), name(n));
        let env = [("SYFT_REGISTRY_INSECURE_USE_HTTP", Path::new("true"))];
        let took = cost(&syft, &[image.as_str(), "-q", "-o", "json"], &env)?;
        anyhow::ensure!(took.exit == 0, "syft ended with {}", took.exit);
        peer = (peer.0 + took.wall_s, peer.1 + took.cpu_s, peer.2.max(took.peak_kib));
    }
    let mib = |kib: u64| kib as f64 * MIB_OF_KIB;
    let what = |figure: &str| format!("{SHOWN_TO_SYFT} images, matching included: {figure}");
    Ok(vec![
        Row::new(what("wall"), sum(|c| c.wall_s), "s").beside(peer.0, "syft"),
        Row::new(what("CPU"), sum(|c| c.cpu_s), "s").beside(peer.1, "syft"),
        Row::new(what("peak"), mib(peak), "MiB").beside(mib(peer.2), "syft"),
    ])
}

/// A program that `cargo xtask bench` found for us.
fn program(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|p| !p.is_empty()).map(PathBuf::from)
}

fn name(n: usize) -> String {
    let team = if n < FEWER { "first" } else { "second" };
    format!("{team}/app-{n:03}")
}

/// Writes the storage of a registry (distribution, `registry/storage/paths.go`); answers the digests of its layers.
fn fill(data: &Path) -> Result<BTreeSet<String>> {
    empty(data)?;
    let store = Storage { root: data.join("docker/registry/v2") };
    let mut digests = BTreeSet::new();
    let mut keep = |of: &str, n: usize| -> Result<(String, Value)> {
        let tar = layer(of, n)?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        std::io::Write::write_all(&mut packed, &tar)?;
        let packed = packed.finish()?;
        let stored = digest(&packed);
        store.blob(&stored, &packed)?;
        digests.insert(stored.clone());
        Ok((digest(&tar), json!({"mediaType": LAYER, "digest": stored, "size": packed.len()})))
    };
    let bases = (0..BASES).map(|n| keep("base", n)).collect::<Result<Vec<_>>>()?;
    let middles = (0..MIDDLES).map(|n| keep("middle", n)).collect::<Result<Vec<_>>>()?;
    for n in 0..IMAGES {
        let own = keep("own", n)?;
        store.image(&name(n), &[&bases[n % BASES], &middles[n % MIDDLES], &own])?;
    }
    Ok(digests)
}

/// An archive: packages of a distribution below, libraries of an application above, files that belong to nobody.
fn layer(of: &str, n: usize) -> Result<Vec<u8>> {
    let mut tar = Tar::new(Vec::new());
    let mut file = |path: &str, content: &str| tar.entry(path, 0o644, Kind::File(content.as_bytes()));
    if of == "base" {
        file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")?;
        let package = |p: usize| {
            let (name, version) = (format!("lib{n}-{p}"), format!("1.{p}-{n}"));
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\nSource: src{p}\n\n"
            )
        };
        let openssl = "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u1\n\n";
        let status: String = (0..150).map(package).chain([openssl.to_owned()]).collect();
        file("var/lib/dpkg/status", &status)?;
    }
    let libraries = if of == "middle" { 200 } else { 20 };
    for l in 0..libraries {
        let json = format!("{{\"name\": \"{of}-{l}\", \"version\": \"{n}.{l}.0\", \"license\": \"MIT\"}}");
        file(&format!("srv/{of}/node_modules/{of}-{l}/package.json"), &json)?;
    }
    for f in 0..if of == "own" { 20 } else { 200 } {
        let words: String =
            (0..900).map(|w| format!("{:x} ", (w * 7919 + f * 104_729 + n * 1_299_709) % 99_991)).collect();
        file(&format!("srv/{of}/data/{f:04}.txt"), &words)?;
    }
    Ok(tar.finish()?)
}

/// The files of a registry.
struct Storage {
    root: PathBuf,
}

impl Storage {
    fn blob(&self, digest: &str, bytes: &[u8]) -> Result<()> {
        let hex = digest.trim_start_matches("sha256:");
        put(&self.root.join("blobs/sha256").join(&hex[..2]).join(hex).join("data"), bytes)
    }

    fn image(&self, repository: &str, layers: &[&(String, Value)]) -> Result<()> {
        let diff_ids: Vec<&String> = layers.iter().map(|l| &l.0).collect();
        let config = json!({"architecture": "amd64", "os": "linux", "config": {"User": "1000"},
                            "rootfs": {"type": "layers", "diff_ids": diff_ids}});
        let config = config.to_string();
        let of_config = digest(config.as_bytes());
        self.blob(&of_config, config.as_bytes())?;
        let layers: Vec<&Value> = layers.iter().map(|l| &l.1).collect();
        let described = json!({"mediaType": "application/vnd.oci.image.config.v1+json",
                               "digest": of_config, "size": config.len()});
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": layers});
        let manifest = manifest.to_string();
        let of_manifest = digest(manifest.as_bytes());
        self.blob(&of_manifest, manifest.as_bytes())?;
        let folder = self.root.join("repositories").join(repository);
        let link = |place: &str, digest: &str| put(&folder.join(place).join("link"), digest.as_bytes());
        let hex = |digest: &str| digest.replace(':', "/");
        for layer in layers.iter().filter_map(|l| l["digest"].as_str()).chain([of_config.as_str()]) {
            link(&format!("_layers/{}", hex(layer)), layer)?;
        }
        link(&format!("_manifests/revisions/{}", hex(&of_manifest)), &of_manifest)?;
        link("_manifests/tags/1/current", &of_manifest)?;
        link(&format!("_manifests/tags/1/index/{}", hex(&of_manifest)), &of_manifest)
    }
}
