//! `plimsoll scan registry:HOST/**`: every image of a registry, one summary, what is new since the last run.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use api::{Sweep, SweptImage, SweptState, VerdictOutcome};
use config::{Layer, Settings};
use flows::{Keep, SweepRequest, file_name};
use model::{Severity, Timestamp};
use ports::remote::Choice;
use report::clean;

use crate::args::{IntoLayer, Judge};
use crate::commands::{Command, judge};
use crate::failure::Failure;
use crate::layers::{self, origin};
use crate::output;
use crate::outside::{Outside, read, reason};

/// Bytes of the largest state that is read.
const STATE_BYTES_MAX: u64 = 1 << 30;

/// New findings of one image that the summary lists.
const LISTED_MAX: usize = 10;

/// Sweeps and reports.
pub(super) fn run(
    command: &Command<'_>,
    args: Judge,
    registry: &str,
    pattern: &str,
    outside: &mut Outside<'_>,
) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    if args.targets.len() != 1 {
        return Err(Failure::usage("a whole registry is the one target of its command: give it alone"));
    }
    let outputs = outputs(&settings, outside)?;
    let scan = judge::request(command, &settings, outside, args.targets.clone())?;
    let state = state_file(&settings, outside, registry, pattern)?;
    let _lock = lock(&state)?;
    let before = match state.is_file() {
        true => Some(read(&state, &state.display().to_string(), STATE_BYTES_MAX)?),
        false => None,
    };
    let reports = settings.text("sweep.reports").map(|dir| outside.resolve(dir));
    if let Some(dir) = &reports {
        fs::create_dir_all(dir).map_err(|e| cannot(dir, &e))?;
    }
    let request = SweepRequest {
        choice: Choice {
            registry: registry.to_owned(),
            pattern: pattern.to_owned(),
            include: settings.list("sweep.include").to_vec(),
            exclude: settings.list("sweep.exclude").to_vec(),
        },
        since: since(&settings, scan.as_of)?,
        reports: reports.as_ref().map(|dir| dir.display().to_string()),
        state: before,
        scan,
    };
    let told = |e: Failure| match e {
        Failure::Usage(text) | Failure::Unreadable(text) => text,
    };
    let keep = Keep {
        state: &|bytes| {
            output::write(command.door, &state, &state.display().to_string(), bytes).map_err(told)
        },
        report: &|name, report| {
            let Some(dir) = &reports else { return Ok(()) };
            let file = dir.join(format!("{}.json", file_name(name)));
            let bytes = serde_json::to_vec_pretty(report).map_err(|e| e.to_string())?;
            output::write(command.door, &file, &file.display().to_string(), &bytes).map_err(told)
        },
    };
    let sweep = command.with_world(&settings, outside, |world| flows::sweep(world, &request, &keep))?;
    for (format, file) in &outputs {
        let bytes = match *format {
            "json" => {
                let mut bytes = serde_json::to_vec_pretty(&sweep).map_err(Failure::usage)?;
                bytes.push(b'\n');
                bytes
            }
            _ => table(&sweep).into_bytes(),
        };
        match file {
            Some(file) => output::write(command.door, &outside.resolve(file), file, &bytes)?,
            None => outside.print(&bytes)?,
        }
    }
    Ok(sweep.exit)
}

/// `--format`, of which a sweep has two.
fn outputs(
    settings: &Settings,
    outside: &Outside<'_>,
) -> Result<Vec<(&'static str, Option<String>)>, Failure> {
    let mut out = Vec::new();
    for word in settings.list("format") {
        let (format, file) = match word.split_once('=') {
            Some((format, file)) => (format, Some(file.to_owned())),
            None => (word.as_str(), None),
        };
        let format = match format {
            "table" => "table",
            "json" => "json",
            other => {
                return Err(Failure::usage(format!(
                    "{}: the summary of a registry is `table` or `json`, not `{other}`; `--reports DIR` writes the whole \
                     report of each image",
                    origin(settings, "format")
                )));
            }
        };
        if let Some(file) = &file {
            output::writable(&outside.resolve(file), file)?;
        }
        out.push((format, file));
    }
    if out.is_empty() {
        out.push(("table", None));
    }
    out.sort_by_key(|(_, file)| file.is_none());
    Ok(out)
}

/// Where the state lies: `--state`, else the user's directory for state (XDG Base Directory Specification 0.8).
fn state_file(
    settings: &Settings,
    outside: &Outside<'_>,
    registry: &str,
    pattern: &str,
) -> Result<PathBuf, Failure> {
    if let Some(file) = settings.text("sweep.state") {
        return Ok(outside.resolve(file));
    }
    let dir = layers::user_directory(outside, "XDG_STATE_HOME", ".local/state").ok_or_else(|| {
        Failure::usage("there is no place for the state between runs, neither `HOME` nor `XDG_STATE_HOME`: give `--state FILE`")
    })?;
    let dir = dir.join("sweeps");
    fs::create_dir_all(&dir).map_err(|e| cannot(&dir, &e))?;
    Ok(dir.join(format!("{}.json", file_name(&format!("{registry}/{pattern}")))))
}

/// Keeps a second run from the same state; held until the command ends.
fn lock(state: &Path) -> Result<File, Failure> {
    let mut name = state.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| cannot(&path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Failure::usage(format!(
            "another run works with `{}`: wait for it, or give `--state FILE`",
            state.display()
        ))),
        Err(fs::TryLockError::Error(e)) => Err(cannot(&path, &e)),
    }
}

fn cannot(path: &Path, e: &std::io::Error) -> Failure {
    Failure::usage(format!("`{}` cannot be written: {}", path.display(), reason(e)))
}

/// `--since`: a moment, or an age.
fn since(settings: &Settings, as_of: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = settings.text("sweep.since") else {
        return Ok(None);
    };
    if let Some(seconds) = layers::span(text) {
        return Ok(Some(Timestamp(as_of.0.saturating_sub(seconds))));
    }
    text.parse().map(Some).map_err(|_| {
        let place = origin(settings, "sweep.since");
        Failure::usage(format!(
            "{place}: `{text}` is neither an age (`12h`, `7d`, `4w`) nor a moment (`2026-11-25`)"
        ))
    })
}

/// The summary as text.
fn table(sweep: &Sweep) -> String {
    let mut out = String::new();
    let count = |state| sweep.images.iter().filter(|i| i.state == state).count();
    let (scanned, resumed) = (count(SweptState::Scanned), count(SweptState::Resumed));
    let _ = writeln!(out, "Plimsoll {} · sweep · as of {}\n", sweep.tool.version, sweep.as_of);
    let _ = writeln!(out, "Registry  {}/{}", clean(&sweep.registry), clean(&sweep.pattern));
    let taken = if resumed == 0 {
        String::new()
    } else {
        format!(", {resumed} of them by a run that was broken off")
    };
    let _ = writeln!(
        out,
        "Images    {}: {} scanned{taken}, {} left out, {} gone from the registry",
        sweep.images.len(),
        scanned + resumed,
        count(SweptState::LeftOut),
        sweep.removed.len()
    );
    let _ = match sweep.since_last {
        Some(last) => writeln!(out, "New       what the run as of {last} did not find"),
        None => writeln!(out, "New       everything: no earlier run is known"),
    };
    let mut attached = 0;
    for image in &sweep.images {
        match is_attached(image) {
            true => attached += 1,
            false => line(image, &mut out),
        }
    }
    if attached != 0 {
        let _ = writeln!(
            out,
            "\n{attached} left out: what is attached to images (`sha256-…`); the summary as JSON names each"
        );
    }
    for name in &sweep.removed {
        let _ = writeln!(out, "\n{}  gone from the registry", clean(name));
    }
    for problem in &sweep.problems {
        let _ = writeln!(out, "\nnot listed: {}: {}", clean(&problem.r#where), clean(&problem.reason));
    }
    let word = match sweep.outcome {
        VerdictOutcome::Pass => "pass",
        VerdictOutcome::Fail => "FAIL",
        VerdictOutcome::Incomplete => "INCOMPLETE",
        VerdictOutcome::Ungated => "ungated",
    };
    let _ = writeln!(out, "\nVerdict   {word} (exit {})", sweep.exit);
    out
}

/// True for what cosign and the referrers fallback keep under a digest's tag (distribution-spec, "Referrers Tag Schema"),
/// and what turned out to be no image.
fn is_attached(image: &SweptImage) -> bool {
    let tag = image.name.rsplit(':').next().unwrap_or_default();
    image.state == SweptState::LeftOut && tag.starts_with("sha256-")
}

fn line(image: &SweptImage, out: &mut String) {
    let _ = writeln!(out, "\n{}", clean(&image.name));
    if image.state == SweptState::LeftOut {
        let _ = writeln!(out, "    left out: {}", clean(&image.reasons.join("; ")));
        return;
    }
    let counts: Vec<String> = Severity::WORST_FIRST
        .iter()
        .filter_map(|s| image.findings.get(s).map(|n| format!("{n} {}", s.as_str())))
        .collect();
    let counts = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
    let new = match (image.first, image.new.len()) {
        (true, _) => "first seen".to_owned(),
        (false, n) => format!("{n} new"),
    };
    let outcome = match image.outcome {
        VerdictOutcome::Fail => " · a gate failed",
        VerdictOutcome::Incomplete => " · incomplete",
        _ => "",
    };
    let _ = writeln!(out, "    {counts} · {new}, {} gone{outcome}", image.gone);
    for reason in &image.reasons {
        let _ = writeln!(out, "    not read: {}", clean(reason));
    }
    let mut titles: Vec<(Severity, &str, usize)> = Vec::new();
    for finding in &image.new {
        match titles.iter_mut().find(|(s, t, _)| *s == finding.severity && *t == finding.title) {
            Some((_, _, times)) => *times += 1,
            None => titles.push((finding.severity, &finding.title, 1)),
        }
    }
    for (severity, title, times) in titles.iter().take(LISTED_MAX) {
        let times = if *times == 1 { String::new() } else { format!(" ({times} times)") };
        let _ = writeln!(out, "    new {:<8} {}{times}", severity.as_str(), clean(title));
    }
    if LISTED_MAX < titles.len() {
        let rest: usize = titles.iter().skip(LISTED_MAX).map(|(_, _, times)| times).sum();
        let _ = writeln!(out, "    and {rest} more");
    }
}
