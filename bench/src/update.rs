//! `db update`: everything the first time, then with one record of a hundred changed, then with nothing new.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use testkit::web::Server;
use testkit::zip;

use crate::Bench;
use crate::cases::{MIB_OF_KIB, empty, skipped};
use crate::measure::cost;
use crate::table::Row;

/// Archives of the shared material, and the ecosystem whose export they stand for.
const FEEDS: [(&str, &str); 4] = [
    ("Debian.tar.zst", "Debian"),
    ("npm-osv.tar.zst", "npm"),
    ("PyPI-osv.tar.zst", "PyPI"),
    ("Go.tar.zst", "Go"),
];

/// One record of so many is changed.
const CHANGED: usize = 100;

pub(crate) fn update(bench: &Bench) -> Result<Vec<Row>> {
    let Some(shared) = &bench.shared else { return Ok(skipped("update")) };
    let osv = shared.join("advisories/osv");
    let server = Server::start()?;
    let (mut records, mut later) = (0, Vec::new());
    for (file, ecosystem) in FEEDS {
        let files = files(&osv.join(file))?;
        records += files.len();
        let path = format!("/storage.googleapis.com/osv-vulnerabilities/{ecosystem}/all.zip");
        server.replace(&path, &zip(&files)?);
        later.push((path, zip(&changed(files))?));
    }
    let home = bench.made.join("update");
    empty(&home)?;
    let mirror = server.address();
    let run = || {
        let only = "osv-debian,osv-npm,osv-pypi,osv-go";
        let args = ["db", "update", "--format", "json", "--only", only, "--mirror", &mirror];
        let took = cost(&bench.program, &args, &[("XDG_DATA_HOME", &home), ("XDG_CACHE_HOME", &home)])?;
        anyhow::ensure!(took.exit == 0, "`db update` ended with {}", took.exit);
        Ok(took)
    };
    let first = run()?;
    for (path, zip) in &later {
        server.replace(path, zip);
    }
    let (second, third) = (run()?, run()?);
    let mib = |kib: u64| kib as f64 * MIB_OF_KIB;
    Ok(vec![
        Row::new(format!("`db update`, {records} records"), first.wall_s, "s"),
        Row::new("`db update`, one in a hundred changed: wall", second.wall_s, "s")
            .beside(first.wall_s, "first"),
        Row::new("`db update`, one in a hundred changed: CPU", second.cpu_s, "s")
            .beside(first.cpu_s, "first"),
        Row::new("`db update`, one in a hundred changed: peak", mib(second.peak_kib), "MiB")
            .beside(mib(first.peak_kib), "first"),
        Row::new("`db update`, nothing new: wall", third.wall_s, "s").beside(first.wall_s, "first"),
    ])
}

/// The same records, one in a hundred as of a later day.
fn changed(mut files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    for (_, bytes) in files.iter_mut().step_by(CHANGED) {
        let Ok(mut record) = serde_json::from_slice::<Value>(bytes) else { continue };
        record["modified"] = "2026-11-24T00:00:00Z".into();
        record["summary"] = "changed".into();
        *bytes = record.to_string().into_bytes();
    }
    files
}

/// The JSON files of a `tar.zst` (POSIX ustar; longer names are left out).
fn files(archive: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let named = || format!("`{}`", archive.display());
    let bytes = zstd::decode_all(std::fs::File::open(archive).with_context(named)?).with_context(named)?;
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(header) = bytes.get(at..at + 512).filter(|h| h[0] != 0) {
        let text = |from: usize, to: usize| {
            String::from_utf8_lossy(&header[from..to]).trim_matches(['\0', ' ']).to_owned()
        };
        let size = usize::from_str_radix(&text(124, 136), 8).with_context(named)?;
        let content = bytes.get(at + 512..at + 512 + size).with_context(named)?;
        let name = text(0, 100);
        if matches!(header[156], b'0' | 0) && name.ends_with(".json") {
            let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
            out.push((name, content.to_vec()));
        }
        at += 512 + size.next_multiple_of(512);
    }
    Ok(out)
}
