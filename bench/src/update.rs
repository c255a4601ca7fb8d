//! `db update`: everything the first time, then with one record of a hundred changed, then with nothing new.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use serde_json::Value;
use testkit::web::Server;

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

/// A zip archive as OSV exports it: one deflated file a record (PKWARE, APPNOTE.TXT 4.3).
fn zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content)?;
        let packed = packed.finish()?;
        let mut crc = Crc::new();
        crc.update(content);
        let mut common = Vec::new();
        // Version 2.0, no flags, deflated, midnight of 1980-01-01.
        for half in [20_u16, 0, 8, 0, 0x21] {
            common.extend(half.to_le_bytes());
        }
        for word in [crc.sum(), u32::try_from(packed.len())?, u32::try_from(content.len())?] {
            common.extend(word.to_le_bytes());
        }
        common.extend(u16::try_from(name.len())?.to_le_bytes());
        let begins = u32::try_from(out.len())?;
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        out.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        // No extra field, no comment, disk 0, no attributes.
        directory.extend([0; 12]);
        directory.extend(begins.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (begins, length) = (u32::try_from(out.len())?, u32::try_from(directory.len())?);
    let count = u16::try_from(files.len()).context("more records than an archive without zip64 holds")?;
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes().repeat(2));
    out.extend(length.to_le_bytes());
    out.extend(begins.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}
