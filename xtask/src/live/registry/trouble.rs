//! Scans and sweeps of a registry that are killed, run beside one another, or have nowhere to write.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Bench, Row, refused, told};
use crate::live::trouble::{Disk, limited};
use crate::suite::Tally;

/// The image of these checks, of four layers.
const IMAGE: &str = "team/python:old";

/// Milliseconds after which a sweep is killed, each time with what the one before left.
const KILLS_MS: [u64; 5] = [100, 400, 900, 1_500, 2_500];

/// Disks, in KiB, that hold nothing of a cache, and a part of it.
const DISKS_KIB: [u64; 2] = [4, 300];

pub(super) fn run(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    scans_at_once(bench, tally)?;
    sweeps_killed(bench, tally)?;
    sweeps_at_once(bench, tally)?;
    limits(bench, tally)?;
    if Disk::of(1, &bench.scratch.join("may-mount"))?.is_none() {
        tally.skipped.push("registries on full disks: nothing may be mounted here".to_owned());
        return Ok(());
    }
    caches(bench, tally)?;
    states(bench, tally)
}

impl Bench<'_> {
    fn scanning(&self, target: &str, cache: &str, more: &[&str]) -> Command {
        let mut command = self.command(cache);
        command.args(["scan", target, "--as-of", "2026-11-25", "--format", "json", "--ca-file"]);
        command.arg(&self.authority).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn sweeping(&self, cache: &str, state: &Path) -> Command {
        let target = format!("registry:localhost:{}/**", self.port);
        let mut command = self.scanning(&target, cache, &["--quiet"]);
        command.arg("--state").arg(state);
        command
    }
}

/// What a sweep found: each image with its findings by severity.
fn found(output: &Output) -> Result<BTreeSet<String>, String> {
    let sweep: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|_| told(output))?;
    let images = sweep["images"].as_array().ok_or("no images")?;
    let one =
        |image: &serde_json::Value| format!("{} {} {}", image["name"], image["findings"], image["exit"]);
    Ok(images.iter().map(one).collect())
}

fn scans_at_once(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let image = bench.image(IMAGE);
    let whole = bench.rows(&image, "remote", &[])?;
    let start = || bench.scanning(&image, "at-once", &[]).spawn();
    let (first, second) = (start()?, start()?);
    let (first, second) = (first.wait_with_output()?, second.wait_with_output()?);
    let third = bench.rows(&image, "at-once", &[])?;
    let same = first.status.success() && first.stdout == second.stdout && third == whole;
    let fault = (!same).then(|| format!("{}; {}; {:?}", told(&first), told(&second), third.err()));
    tally.count(IMAGE, "two scans at once with one cache", fault);
    Ok(())
}

fn sweeps_killed(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let whole = bench.sweeping("remote", &bench.scratch.join("whole.json")).output()?;
    let state = bench.scratch.join("killed.json");
    for after in KILLS_MS {
        let mut child = bench.sweeping("sweep-killed", &state).spawn()?;
        std::thread::sleep(Duration::from_millis(after));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait()?;
    }
    let next = bench.sweeping("sweep-killed", &state).output()?;
    let (whole, next) = (found(&whole), found(&next));
    let fault = (whole.is_err() || whole != next).then(|| format!("{whole:?}, then {next:?}"));
    tally.count("registry:**", "whole after five sweeps that were killed", fault);
    Ok(())
}

fn sweeps_at_once(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let state = bench.scratch.join("at-once.json");
    let start = || bench.sweeping("sweep-at-once", &state).spawn();
    let (first, second) = (start()?, start()?);
    let both = [first.wait_with_output()?, second.wait_with_output()?];
    let done = both.iter().filter(|o| o.status.success() && found(o).is_ok()).count();
    let turned_away = both.iter().filter(|o| refused(o, 2, "another run works with").is_none()).count();
    let fault = ((done, turned_away) != (1, 1)).then(|| format!("{}; {}", told(&both[0]), told(&both[1])));
    tally.count("registry:**", "two sweeps at once: the second is turned away", fault);
    Ok(())
}

/// `ulimit -f`, which would end the program by a signal.
fn limits(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let whole = bench.rows(&bench.image(IMAGE), "remote", &[])?;
    let output = limited(&bench.scanning(&bench.image(IMAGE), "limit", &[]), 8)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).contains("the cache cannot be written");
    let next = bench.rows(&bench.image(IMAGE), "limit", &[])?;
    let fault = (!output.status.success() || !said || next != whole).then(|| told(&output));
    tally.count(IMAGE, "a limit on the size of files costs the cache and nothing else", fault);
    Ok(())
}

fn caches(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let image = bench.image(IMAGE);
    let whole = bench.rows(&image, "remote", &[])?;
    for kib in DISKS_KIB {
        let disk = Disk::of(kib, &bench.scratch.join(format!("cache-{kib}")))?.context("no disk")?;
        let fault = unwritten(bench, &disk, &whole)?;
        tally.count(IMAGE, "a cache on a full disk is said, and costs nothing else", fault);
        disk.remount("size=40m")?;
        let next = bench.rows(&image, &format!("cache-{kib}"), &[])?;
        let fault = (next != whole).then(|| format!("{:?}", next.err()));
        tally.count(IMAGE, "nothing half-written is taken from a cache that was full", fault);
    }
    let disk = Disk::of(4_000, &bench.scratch.join("cache-ro"))?.context("no disk")?;
    disk.remount("ro")?;
    let fault = unwritten(bench, &disk, &whole)?;
    tally.count(IMAGE, "a cache that nobody may write is said, and costs nothing else", fault);
    Ok(())
}

/// A fault unless a scan with the disk as its cache succeeds, finds the same, and says that it could not keep it.
fn unwritten(bench: &Bench<'_>, disk: &Disk, whole: &Result<Vec<Row>, String>) -> Result<Option<String>> {
    let cache = disk.path.file_name().context("a disk without a name")?.to_string_lossy().into_owned();
    let output = bench.scanning(&bench.image(IMAGE), &cache, &[]).output()?;
    let said = String::from_utf8_lossy(&output.stderr).contains("the cache cannot be written");
    let rows = super::rows_of(&String::from_utf8_lossy(&output.stdout)).map(|r| r.into_iter().collect());
    let same = rows.map_err(|e| e.to_string()) == *whole;
    Ok((!output.status.success() || !said || !same).then(|| told(&output)))
}

fn states(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let disk = Disk::of(4, &bench.scratch.join("state-full"))?.context("no disk")?;
    let state = disk.path.join("state.json");
    let full = bench.sweeping("remote", &state).output()?;
    let fault = refused(&full, 2, "No space left on device");
    tally.count("registry:**", "a state on a full disk is said", fault);
    disk.remount("size=40m")?;
    let next = bench.sweeping("remote", &state).output()?;
    let fault = (!next.status.success() || found(&next).is_err()).then(|| told(&next));
    tally.count("registry:**", "gone on with once there is space", fault);
    let kept = std::fs::read(&state)?;
    disk.remount("ro")?;
    let fault = refused(&bench.sweeping("remote", &state).output()?, 2, "Read-only file system");
    let fault =
        fault.or_else(|| (std::fs::read(&state).ok() != Some(kept)).then(|| "another state".to_owned()));
    tally.count("registry:**", "a state that nobody may write is said", fault);
    Ok(())
}
