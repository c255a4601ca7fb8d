//! `db update` of the built program against a server of our own that serves the shared advisories in their upstreams'
//! shapes: whole, slowly, cut off, refusing, shrunk; and killed half-way.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::suite::Tally;

use super::trouble::{Disk, limited};

use testkit::web::{Mood, Server};

const RUBY: &str = "/storage.googleapis.com/osv-vulnerabilities/RubyGems/all.zip";
const KEV: &str = "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
const EPSS: &str = "/epss.empiricalsecurity.com/epss_scores-current.csv.gz";

/// Milliseconds after which a run is killed, each time in a folder that the one before left.
const KILLS_MS: [u64; 5] = [50, 150, 300, 500, 800];

/// Sizes of disks, in KiB, that are full while a file is fetched, while it is read, and while the database is written.
const DISKS_KIB: [u64; 4] = [8, 2_100, 3_700, 4_500];

/// The limit on the size of a file, in KiB, that the largest feed crosses.
const FILE_KIB: u64 = 1_000;

/// Every check, each on a folder of its own.
pub(super) fn check(program: &Path, shared: &Path, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let advisories = shared.join("advisories");
    let zip = advisories.join("osv/RubyGems-all.zip");
    if !zip.is_file() {
        tally
            .skipped
            .push("db update: no `advisories/osv/RubyGems-all.zip` in the shared material".to_owned());
        return Ok(tally);
    }
    let server = Server::start()?;
    server.serve(RUBY, &zip)?;
    server.serve(KEV, &advisories.join("kev/known_exploited_vulnerabilities.json"))?;
    for entry in std::fs::read_dir(advisories.join("epss"))? {
        server.serve(EPSS, &entry?.path())?;
    }
    for branch in std::fs::read_dir(advisories.join("alpine-secdb"))? {
        let branch = branch?;
        for file in std::fs::read_dir(branch.path())? {
            let file = file?;
            let (branch, name) = (branch.file_name(), file.file_name());
            let path =
                format!("/secdb.alpinelinux.org/{}/{}", branch.to_string_lossy(), name.to_string_lossy());
            server.serve(&path, &file.path())?;
        }
    }
    let run = Run { program: program.to_owned(), server, folder: scratch.join("update") };
    let mut count = |what: &str, done: Result<Option<String>>| {
        tally.count("db update", what, done.unwrap_or_else(|e| Some(format!("{e:#}"))));
    };
    count("a first update, then one that fetches nothing", run.twice());
    count("slow, cut off and refused is gone on with", run.rough());
    count("killed half-way, five times, and gone on with", run.killed());
    count("broken, shrunk and missing feeds are refused by name", run.refused());
    count("two at once: one waits, one database", run.at_once());
    count("a limit on the size of files is an error like a full disk", run.file_limit());
    match Disk::of(1, &run.folder.join("may-mount"))? {
        Some(_) => {
            count("full disks are said, and gone on with once there is space", run.full());
            count("a folder that nobody may write keeps its database", run.read_only());
        }
        None => tally.skipped.push("db update on full disks: nothing may be mounted here".to_owned()),
    }
    Ok(tally)
}

struct Run {
    program: PathBuf,
    server: Server,
    folder: PathBuf,
}

impl Run {
    fn command(&self, data: &str, only: &str) -> Command {
        let mut command = Command::new(&self.program);
        let mirror = self.server.address();
        command
            .args(["db", "update", "--format", "json", "--only", only, "--mirror", &mirror])
            .env("XDG_DATA_HOME", self.folder.join(data))
            .env("XDG_CACHE_HOME", self.folder.join("cache"))
            .current_dir(std::env::temp_dir());
        command
    }

    /// Exit code, and what was printed.
    fn update(&self, data: &str, only: &str) -> Result<(i32, String)> {
        let output = self.command(data, only).output().context("plimsoll db update")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((output.status.code().unwrap_or(-1), text + &said))
    }

    fn verified(&self, data: &str) -> Result<bool> {
        let database = self.folder.join(data).join("plimsoll/advisories.db");
        let status = Command::new(&self.program)
            .args(["--quiet", "db", "verify", "--database"])
            .arg(database)
            .stdout(std::process::Stdio::null())
            .status()?;
        Ok(status.success())
    }

    fn twice(&self) -> Result<Option<String>> {
        let (exit, text) = self.update("twice", "rubygems,alpine-secdb,kev,epss")?;
        if exit != 0 || !self.verified("twice")? {
            return Ok(Some(format!("exit {exit}: {text}")));
        }
        self.server.take_log();
        let (exit, text) = self.update("twice", "rubygems,alpine-secdb,kev,epss")?;
        let log = self.server.take_log();
        let again = log.iter().filter(|l| l.starts_with("200 ")).count();
        Ok((exit != 0 || again != 0 || !text.contains("\"built\": null"))
            .then(|| format!("exit {exit}, {again} files fetched again: {text}")))
    }

    fn rough(&self) -> Result<Option<String>> {
        self.server.mood(RUBY, &[Mood::Refuse, Mood::Cut, Mood::Cut, Mood::Slow]);
        self.server.take_log();
        let (exit, text) = self.update("rough", "rubygems")?;
        let resumed = self.server.take_log().iter().filter(|l| l.starts_with("206 ")).count();
        let same = std::fs::read(self.folder.join("rough/plimsoll/advisories.db")).is_ok();
        Ok((exit != 0 || resumed != 2 || !same)
            .then(|| format!("exit {exit}, resumed {resumed} times: {text}")))
    }

    fn killed(&self) -> Result<Option<String>> {
        for after in KILLS_MS {
            self.server.mood(RUBY, &[Mood::Slow]);
            let mut child =
                self.command("killed", "rubygems,kev").stdout(std::process::Stdio::null()).spawn()?;
            let end = Instant::now() + Duration::from_millis(after);
            while Instant::now() < end && child.try_wait()?.is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            // One that came to its end before is as good a state to go on from.
            let _ = child.kill();
            child.wait()?;
        }
        self.server.mood(RUBY, &[]);
        let (exit, text) = self.update("killed", "rubygems,kev")?;
        Ok((exit != 0 || !self.verified("killed")?).then(|| format!("exit {exit}: {text}")))
    }

    fn at_once(&self) -> Result<Option<String>> {
        let start = || -> Result<std::process::Child> {
            let mut command = self.command("at-once", "rubygems,kev");
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            Ok(command.spawn()?)
        };
        self.server.mood(RUBY, &[Mood::Slow]);
        let (first, second) = (start()?, start()?);
        let (first, second) = (first.wait_with_output()?, second.wait_with_output()?);
        let said =
            format!("{}{}", String::from_utf8_lossy(&first.stderr), String::from_utf8_lossy(&second.stderr));
        let holds = first.status.success() && second.status.success() && self.verified("at-once")?;
        let waited = said.contains("waiting for it");
        Ok((!holds || !waited).then(|| format!("{}, {}: {said}", first.status, second.status)))
    }

    fn file_limit(&self) -> Result<Option<String>> {
        let output = limited(&self.command("limit", "rubygems,kev"), FILE_KIB).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = said.clone() + &String::from_utf8_lossy(&output.stdout);
        let clear = output.status.code() == Some(3) && text.contains("File too large");
        let (exit, next) = self.update("limit", "rubygems,kev")?;
        let holds = clear && exit == 0 && self.verified("limit")?;
        Ok((!holds).then(|| format!("{}: {text}; then exit {exit}: {next}", output.status)))
    }

    fn full(&self) -> Result<Option<String>> {
        for kib in DISKS_KIB {
            let data = format!("full-{kib}");
            let Some(disk) = Disk::of(kib, &self.folder.join(&data))? else {
                return Ok(Some("the disk could not be mounted".to_owned()));
            };
            let (exit, text) = self.update(&data, "rubygems,kev")?;
            let half = disk.path.join("plimsoll/advisories.db").exists();
            if exit != 3
                || half
                || !text.contains("No space left on device")
                || !text.contains("free some space")
            {
                return Ok(Some(format!("{kib} KiB: exit {exit}, a database: {half}: {text}")));
            }
            disk.remount("size=40m")?;
            let (exit, text) = self.update(&data, "rubygems,kev")?;
            if exit != 0 || !self.verified(&data)? {
                return Ok(Some(format!("{kib} KiB, then space: exit {exit}: {text}")));
            }
        }
        Ok(None)
    }

    fn read_only(&self) -> Result<Option<String>> {
        let Some(disk) = Disk::of(40_000, &self.folder.join("read-only"))? else {
            return Ok(Some("the disk could not be mounted".to_owned()));
        };
        let (first, _) = self.update("read-only", "rubygems,kev")?;
        disk.remount("ro")?;
        let (exit, text) = self.update("read-only", "rubygems,kev")?;
        let holds =
            first == 0 && exit == 3 && text.contains("Read-only file system") && text.contains("--folder");
        Ok((!holds || !self.verified("read-only")?).then(|| format!("exit {first}, then {exit}: {text}")))
    }

    fn refused(&self) -> Result<Option<String>> {
        self.update("refused", "rubygems,kev")?;
        let kept = self
            .server
            .replace(KEV, b"{\"catalogVersion\": \"1\", \"vulnerabilities\": [{\"cveID\": \"CVE-2030-1\"}]}");
        let zip = self.server.replace(RUBY, b"PK\x03\x04 and then nothing");
        let (exit, text) = self.update("refused", "rubygems,kev,epss,osv-npm")?;
        self.server.replace(KEV, &kept);
        self.server.replace(RUBY, &zip);
        let says = ["broken", "--accept-smaller", "answered 404"].iter().all(|w| text.contains(w));
        let info = Command::new(&self.program)
            .args(["db", "info", "--database"])
            .arg(self.folder.join("refused/plimsoll/advisories.db"))
            .output()?;
        let info = String::from_utf8_lossy(&info.stdout).into_owned();
        let named = info.contains("kev could not be updated, it is of") && info.contains("RubyGems");
        Ok((exit != 3 || !says || !named).then(|| format!("exit {exit}: {text}{info}")))
    }
}
