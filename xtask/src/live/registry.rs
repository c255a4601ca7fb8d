//! Registries for real: Debian's `docker-registry` with TLS of an own authority and basic authentication, filled from the
//! shared layouts; and servers of ours that break the protocol in every way that hurts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

use super::docker;
use super::hostile::{self, Relay};
use super::{Row, rows_of};
use crate::suite::Tally;
use anyhow::{Context, Result};
use testkit::registry::Registry;

mod lazy;
mod prebuilt;
mod running;
mod trouble;

const USER: &str = "shop";
const PASSWORD: &str = "wrought-iron 7";

/// Runs every check against a registry.
pub(crate) fn run(program: &Path, shared: &Path, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let scratch = scratch.join("registry");
    std::fs::create_dir_all(&scratch)?;
    let binary = match docker::program()? {
        Ok(binary) => binary,
        Err(why) => {
            tally.skipped.push(format!("registries: {why}"));
            return Ok(tally);
        }
    };
    let data = scratch.join("data");
    let names = docker::fill(&binary, &data, shared, &scratch)?;
    let certificates = docker::certificates(&scratch)?;
    let registry = docker::start(&binary, &data, &scratch, Some(&certificates))?;
    let bench = Bench {
        program,
        scratch: &scratch,
        authority: certificates.authority.clone(),
        port: registry.port(),
    };
    bench.login(registry.port())?;
    for (name, layout) in &names.images {
        same_as_local(&bench, name, layout, &mut tally)?;
    }
    platforms(&bench, &mut tally)?;
    logins(&bench, &mut tally)?;
    cached(&bench, &registry, &mut tally)?;
    lazy::run(&bench, &binary, &data, shared, &mut tally)?;
    cuts(&bench, &mut tally)?;
    killed(&bench, &mut tally)?;
    sweeps(&bench, &mut tally)?;
    running::run(&bench, &mut tally)?;
    trouble::run(&bench, &mut tally)?;
    busy(&bench, &binary, &data, &mut tally)?;
    harmed(&bench, &data, &mut tally)?;
    prebuilt::run(&bench, &binary, &data, &mut tally)?;
    malicious(&bench, &mut tally)?;
    Ok(tally)
}

/// How the program is run.
struct Bench<'b> {
    program: &'b Path,
    scratch: &'b Path,
    authority: PathBuf,
    port: u16,
}

impl Bench<'_> {
    fn image(&self, name: &str) -> String {
        format!("localhost:{}/{name}", self.port)
    }

    /// Writes what `docker login` would have written.
    fn login(&self, port: u16) -> Result<()> {
        let dir = self.scratch.join("home/.docker");
        std::fs::create_dir_all(&dir)?;
        let auth = docker::base64(format!("{USER}:{PASSWORD}").as_bytes());
        let text = format!(r#"{{"auths":{{"localhost:{port}":{{"auth":"{auth}"}}}}}}"#);
        std::fs::write(dir.join("config.json"), text).context("no credentials could be written")
    }

    fn command(&self, cache: &str) -> Command {
        let mut command = Command::new(self.program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.scratch.join("home")).env("XDG_CACHE_HOME", self.scratch.join(cache));
        command.current_dir(self.scratch);
        command
    }

    fn scan(&self, target: &str, cache: &str, more: &[&str]) -> Result<Output> {
        let mut command = self.command(cache);
        command.args(["scan", target, "--as-of", "2026-11-25", "--ca-file"]).arg(&self.authority).args(more);
        command.output().context("plimsoll could not be started")
    }

    /// The packages that a scan which succeeds lists.
    fn rows(&self, target: &str, cache: &str, more: &[&str]) -> Result<Result<Vec<Row>, String>> {
        let all: Vec<&str> = ["--format", "json"].iter().chain(more).copied().collect();
        let output = self.scan(target, cache, &all)?;
        if output.status.code() != Some(0) {
            return Ok(Err(told(&output)));
        }
        Ok(Ok(rows_of(&String::from_utf8_lossy(&output.stdout))?.into_iter().collect()))
    }
}

fn told(output: &Output) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let head: String = text.chars().take(2000).collect();
    format!("{}: {head}", output.status)
}

/// A fault unless the scan exits with `exit` and says `words`, and never shows the password.
fn refused(output: &Output, exit: i32, words: &str) -> Option<String> {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let holds = output.status.code() == Some(exit) && flat.contains(words) && !text.contains(PASSWORD);
    (!holds).then(|| told(output))
}

fn same_as_local(bench: &Bench<'_>, name: &str, layout: &str, tally: &mut Tally) -> Result<()> {
    let local = bench.rows(layout, "local", &[])?;
    let remote = bench.rows(&bench.image(name), "remote", &[])?;
    let fault = match (&local, &remote) {
        (Ok(local), Ok(remote)) if local == remote => None,
        (Ok(_), Ok(_)) => Some("other packages than those of the layout".to_owned()),
        (_, Err(e)) | (Err(e), _) => Some(e.clone()),
    };
    tally.count(name, "over TLS with basic authentication as from the layout", fault);
    Ok(())
}

fn platforms(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let image = bench.image("team/many:1");
    let targets = |more: &[&str]| -> Result<Vec<String>> {
        let all: Vec<&str> = ["--format", "json"].iter().chain(more).copied().collect();
        let output = bench.scan(&image, "remote", &all)?;
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let targets = report["targets"].as_array().cloned().unwrap_or_default();
        Ok(targets.iter().map(|t| t["platform"].as_str().unwrap_or_default().to_owned()).collect())
    };
    let expect = |found: Vec<String>, wanted: &[&str]| (found != wanted).then(|| format!("{found:?}"));
    let own = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };
    tally.count("team/many:1", "this machine's platform of an index", expect(targets(&[])?, &[own]));
    let arm = targets(&["--platform", "linux/arm64"])?;
    tally.count("team/many:1", "`--platform` of an index", expect(arm, &["linux/arm64"]));
    let all = targets(&["--all-platforms"])?;
    tally.count("team/many:1", "`--all-platforms` of an index", expect(all, &["linux/amd64", "linux/arm64"]));
    let none = bench.scan(&image, "remote", &["--platform", "linux/s390x"])?;
    tally.count(
        "team/many:1",
        "a platform that is missing",
        refused(&none, 2, "it has `linux/amd64`, `linux/arm64`"),
    );
    Ok(())
}

fn logins(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let image = bench.image("team/alpine:3.20.3");
    let mut wrong = bench.command("logins");
    wrong.args(["scan", &image, "--registry-user", USER, "--ca-file"]).arg(&bench.authority);
    wrong.env("PLIMSOLL_REGISTRY_PASSWORD", "not this one");
    let wrong = wrong.output()?;
    tally.count(
        "login",
        "a wrong password is refused and not shown",
        refused(&wrong, 3, "wants other credentials"),
    );
    let mut nobody = bench.command("logins");
    nobody.args(["scan", &image, "--ca-file"]).arg(&bench.authority).env("HOME", "/nonexistent");
    tally.count(
        "login",
        "nobody is told how to log in",
        refused(&nobody.output()?, 3, "docker login localhost"),
    );
    let mut stranger = bench.command("logins");
    stranger.args(["scan", &image]);
    tally.count("login", "an authority that is not known", refused(&stranger.output()?, 3, "`--ca-file`"));
    let missing = bench.scan(&bench.image("team/nothing:1"), "logins", &[])?;
    tally.count("login", "an image that is not there", refused(&missing, 2, "MANIFEST_UNKNOWN"));
    Ok(())
}

fn cached(bench: &Bench<'_>, registry: &Registry, tally: &mut Tally) -> Result<()> {
    let name = "team/alpine:3.20.3";
    bench.scan(&bench.image(name), "twice", &[])?;
    let before = registry.blobs_asked()?.len();
    let again = bench.scan(&bench.image(name), "twice", &[])?;
    let after = registry.blobs_asked()?.len();
    let fault =
        (before != after || again.status.code() != Some(0)).then(|| format!("{before} then {after} blobs"));
    // The configuration is fetched anew, the layer is not.
    let fault = fault.filter(|_| after != before + 1);
    tally.count(name, "a layer that the cache knows is not fetched", fault);
    Ok(())
}

fn cuts(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let whole = bench.rows(&bench.image("team/python:old"), "remote", &[])?;
    let relay = Relay::cutting(bench.port, 1_500_000, 4)?;
    bench.login(relay.port)?;
    let cut = bench.rows(&format!("localhost:{}/team/python:old", relay.port), "cut", &[])?;
    let cuts = relay.cuts.load(Ordering::Relaxed);
    let fault =
        (whole.is_err() || whole != cut || cuts == 0).then(|| format!("{cuts} cuts: {:?}", cut.err()));
    tally.count("team/python:old", "taken up where its connection was cut", fault);
    bench.login(bench.port)
}

fn killed(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let image = bench.image("team/python:old");
    for after in [30, 120, 400] {
        let mut command = bench.command("killed");
        command.args(["scan", &image, "--quiet", "--ca-file"]).arg(&bench.authority);
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn()?;
        std::thread::sleep(std::time::Duration::from_millis(after));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait()?;
    }
    let whole = bench.rows(&image, "remote", &[])?;
    let next = bench.rows(&image, "killed", &[])?;
    let fault = (whole.is_err() || whole != next).then(|| format!("{:?}", next.err()));
    tally.count("team/python:old", "whole after three runs that were killed", fault);
    Ok(())
}

fn sweeps(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    let sweep = |pattern: &str| -> Result<serde_json::Value> {
        let target = format!("registry:localhost:{}/{pattern}", bench.port);
        let output = bench.scan(&target, "sweep", &["--format", "json", "--state", "state.json"])?;
        serde_json::from_slice(&output.stdout).with_context(|| told(&output))
    };
    let (first, second) = (sweep("**")?, sweep("**")?);
    let images = first["images"].as_array().map_or(0, Vec::len);
    let new = |sweep: &serde_json::Value| -> usize {
        let images = sweep["images"].as_array().cloned().unwrap_or_default();
        images.iter().map(|i| i["new"].as_array().map_or(0, Vec::len)).sum()
    };
    let holds = 4 <= images && 0 < new(&first) && new(&second) == 0 && first["exit"] == 0;
    let fault = (!holds).then(|| format!("{images} images, {} new, then {}", new(&first), new(&second)));
    tally.count("registry:**", "a sweep, and nothing new in the next", fault);
    Ok(())
}

fn busy(bench: &Bench<'_>, binary: &Path, data: &Path, tally: &mut Tally) -> Result<()> {
    let plain = docker::start(binary, data, bench.scratch, None)?;
    let relay = Relay::busy(plain.port(), 3)?;
    let rows = bench.rows(&format!("localhost:{}/team/alpine:3.20.3", relay.port), "busy", &[])?;
    let refusals = relay.cuts.load(Ordering::Relaxed);
    let fault = (rows.is_err() || refusals != 3).then(|| format!("{refusals} refusals: {:?}", rows.err()));
    tally.count("team/alpine:3.20.3", "429 is answered by waiting", fault);
    Ok(())
}

/// Bytes of a layer changed, then fewer, in the registry's own storage.
fn harmed(bench: &Bench<'_>, data: &Path, tally: &mut Tally) -> Result<()> {
    let image = bench.image("team/alpine:3.18.9");
    let file = docker::largest_blob(data, "team/alpine", "3.18.9")?;
    let good = std::fs::read(&file)?;
    let mut bad = good.clone();
    if let Some(byte) = bad.get_mut(good.len() / 2) {
        *byte ^= 0x40;
    }
    std::fs::write(&file, &bad)?;
    let changed = bench.scan(&image, "harmed", &[])?;
    tally.count(
        "team/alpine:3.18.9",
        "a wrong digest is refused",
        refused(&changed, 3, "refused: its bytes are not proven"),
    );
    std::fs::write(&file, good.get(..good.len() / 2).unwrap_or_default())?;
    let short = bench.scan(&image, "harmed", &[])?;
    tally.count("team/alpine:3.18.9", "a wrong length is refused", refused(&short, 3, "wrong length"));
    std::fs::write(&file, &good)?;
    let again = bench.scan(&image, "harmed", &[])?;
    let fault = (again.status.code() != Some(0)).then(|| told(&again));
    tally.count("team/alpine:3.18.9", "nothing of a refused layer is kept", fault);
    Ok(())
}

fn malicious(bench: &Bench<'_>, tally: &mut Tally) -> Result<()> {
    for (kind, words) in hostile::KINDS {
        let server = hostile::Server::start(kind)?;
        bench.login(server.port)?;
        let begun = std::time::Instant::now();
        let output =
            bench.scan(&format!("localhost:{}/evil/image:1", server.port), "malicious", &["--quiet"])?;
        let mut fault = refused(&output, 3, words);
        if 120 < begun.elapsed().as_secs() {
            fault = Some(format!("it took {} s", begun.elapsed().as_secs()));
        }
        if let Some(leak) = server.leak()? {
            fault = Some(format!("credentials were sent elsewhere: {leak}"));
        }
        tally.count("malicious registry", kind, fault);
    }
    bench.login(bench.port)
}
