//! Prebuilt databases, signed with `openssl` and pushed as artifacts, taken by `db update` from a real registry.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Bench, refused, told};
use crate::live::docker;
use crate::live::hostile::Relay;
use crate::suite::Tally;
use crate::workspace;

/// What the checks call themselves.
const NAME: &str = "db update oci://";

/// Parts of the database, in eighths, after which a run is killed, each time in the folder that the one before left.
const KILLS: [u64; 4] = [0, 2, 4, 6];

/// How long a run may take until it has so much.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn run(bench: &Bench<'_>, binary: &Path, data: &Path, tally: &mut Tally) -> Result<()> {
    let plain = docker::start(binary, data, bench.scratch, None)?;
    let shelf = Shelf { bench, folder: bench.scratch.join("prebuilt-files") };
    std::fs::create_dir_all(&shelf.folder)?;
    shelf.push(plain.port())?;
    signatures(&shelf, tally)?;
    killed(&shelf, plain.port(), tally)
}

/// The files that were pushed, and where they are taken to.
struct Shelf<'b> {
    bench: &'b Bench<'b>,
    folder: PathBuf,
}

impl Shelf<'_> {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.at(name)).ok()
    }

    /// Builds a database, signs it, and pushes it with its signature and with another.
    fn push(&self, port: u16) -> Result<()> {
        let advisories = workspace::root()?.join("examples/advisories");
        let mut build = self.bench.command("prebuilt");
        build.args(["db", "build", "--out"]).arg(self.at("built.db")).arg("--from").arg(advisories);
        workspace::output(&mut build, "plimsoll")?;
        for args in [
            "genpkey -algorithm ed25519 -out db.key",
            "pkey -in db.key -pubout -out db.pub",
            "pkeyutl -sign -inkey db.key -rawin -in built.db -out built.db.sig",
        ] {
            let mut openssl = Command::new("openssl");
            workspace::output(openssl.current_dir(&self.folder).args(args.split_whitespace()), "openssl")?;
        }
        let push = docker::Push { port };
        let good = std::fs::read(self.at("built.db.sig"))?;
        let forged = good.iter().map(|b| b ^ 1).collect();
        for (tag, signature) in [("1", good), ("forged", forged)] {
            let files =
                [("plimsoll.db", std::fs::read(self.at("built.db"))?), ("plimsoll.db.sig", signature)];
            push.artifact("team/advisories", tag, &files)?;
        }
        Ok(())
    }

    fn update(&self, image: &str, out: &str) -> Command {
        let mut command = self.bench.command("prebuilt");
        command.args(["db", "update", "--key"]).arg(self.at("db.pub")).arg("--out").arg(self.at(out));
        command.arg("--ca-file").arg(&self.bench.authority);
        command.args(["--from", &format!("oci://{image}")]);
        command
    }
}

fn signatures(shelf: &Shelf<'_>, tally: &mut Tally) -> Result<()> {
    let update = |tag: &str| -> Result<Output> {
        let image = shelf.bench.image(&format!("team/advisories:{tag}"));
        Ok(shelf.update(&image, "taken.db").output()?)
    };
    let forged = update("forged")?;
    let kept = || shelf.at("taken.db").exists().then(|| "a forged database was kept".to_owned());
    tally.count(
        NAME,
        "a signature that does not fit is refused",
        refused(&forged, 3, "does not fit").or_else(kept),
    );
    let taken = update("1")?;
    let same = shelf.bytes("taken.db") == shelf.bytes("built.db");
    let fault = (taken.status.code() != Some(0) || !same).then(|| told(&taken));
    tally.count(NAME, "a signed database is taken, byte for byte", fault);
    Ok(())
}

/// Killed while the database comes, four times: the database in use stays what it was, and the last run fetches only
/// what is left.
fn killed(shelf: &Shelf<'_>, port: u16, tally: &mut Tally) -> Result<()> {
    let relay = Relay::slow(port)?;
    let image = format!("localhost:{}/team/advisories:1", relay.port);
    let folder = shelf.at("killed");
    std::fs::create_dir_all(&folder)?;
    let (out, part) = ("killed/used.db", folder.join(".prebuilt.part"));
    let before = b"the database in use";
    std::fs::write(shelf.at(out), before)?;
    let length = || std::fs::metadata(&part).map_or(0, |about| about.len());
    let size = std::fs::metadata(shelf.at("built.db"))?.len();
    let mut fault = None;
    for eighths in KILLS {
        let had = length();
        let mut child = shelf
            .update(&image, out)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("plimsoll")?;
        let end = Instant::now() + PATIENCE;
        while length() <= size * eighths / 8 {
            if child.try_wait()?.is_some() || end < Instant::now() {
                bail!("it ended, or stood still, at {} of {size} bytes", length());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill()?;
        child.wait()?;
        let used = shelf.bytes(out).as_deref() == Some(before);
        if !used || length() < had || size <= length() {
            fault = Some(format!("killed at {} of {size} bytes, after {had}; kept: {used}", length()));
        }
    }
    let had = length();
    relay.cuts.store(0, Ordering::SeqCst);
    let last = shelf.update(&image, out).output()?;
    let came = relay.cuts.load(Ordering::SeqCst) as u64;
    let same = shelf.bytes(out) == shelf.bytes("built.db") && !part.exists();
    if last.status.code() != Some(0) || !same || size < came {
        fault = Some(format!("{came} bytes came after {had} of {size}, the same: {same}: {}", told(&last)));
    }
    tally.count(NAME, "killed half-way, four times, and gone on with", fault);
    Ok(())
}
