//! `plimsoll fix TARGET`

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use api::FixReport;
use config::{Layer, Settings};
use flows::{Amounts, Changed, FixRequest, Fixed, NamedBytes, NamedReport};

use crate::args::{Fix, IntoLayer};
use crate::commands::{Command, explain};
use crate::failure::Failure;
use crate::layers::{self, origin};
use crate::output::{self, Kinds};
use crate::outside::{Outside, read};

/// Bytes of the largest file that is read beside the target: usage, ignore file.
const BESIDE_BYTES_MAX: u64 = 64 << 20;

/// Lines of one kind that are told; JSON has them all.
const LINES_MAX: usize = 40;

/// How the change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Diff,
    Json,
    Kustomize,
}

/// Mends manifests.
pub(super) fn run(command: &Command<'_>, args: Fix, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let outputs = plan(&settings, outside)?;
    let writes = settings.is_on("fix.write");
    if writes && args.target == "-" {
        return Err(Failure::usage(
            "standard input cannot be written: leave `--write` out, and take the diff",
        ));
    }
    let request = request(command, &settings, outside, args.target)?;
    let fixed = command.with_world(&settings, outside, |world| flows::fix(world, &request))?;
    if writes {
        write(command, &request.target, &fixed.files, outside)?;
    }
    for (format, file) in outputs
        .iter()
        .filter(|(_, file)| file.is_some() || !writes || !settings.list("fix.format").is_empty())
    {
        let text = render(*format, &fixed);
        match file {
            Some(file) => output::write(command.door, &outside.resolve(file), file, text.as_bytes())?,
            None => outside.print(text.as_bytes())?,
        }
    }
    if !settings.is_on("quiet") {
        tell(&fixed.report, writes, outside);
    }
    Ok(fixed.report.exit)
}

fn request(
    command: &Command<'_>,
    settings: &Settings,
    outside: &Outside<'_>,
    target: String,
) -> Result<FixRequest, Failure> {
    let named = |path: &str| {
        let bytes = read(&outside.resolve(path), path, BESIDE_BYTES_MAX)?;
        Ok::<_, Failure>(NamedBytes { name: path.to_owned(), bytes })
    };
    let usage = |word: &String| match word.split_once('=') {
        Some((resource @ ("cpu" | "memory"), path)) => Ok((Some(resource.to_owned()), named(path)?)),
        _ => Ok::<_, Failure>((None, named(word)?)),
    };
    let report = |path: &String| {
        let report = explain::load(path, outside)?;
        Ok::<_, Failure>(NamedReport { name: path.clone(), report })
    };
    let amount = |key: &str| settings.text(key).map(str::to_owned);
    Ok(FixRequest {
        target,
        select: settings.text("fix.select").map(str::to_owned),
        level: settings.text("fix.level").map(str::to_owned),
        run_as_user: user(settings)?,
        read_only_root: settings.is_on("fix.read-only-root"),
        empty_volumes: settings.is_on("fix.empty-volumes"),
        amounts: Amounts {
            cpu_request: amount("fix.cpu-request"),
            cpu_limit: amount("fix.cpu-limit"),
            memory_request: amount("fix.memory-request"),
            memory_limit: amount("fix.memory-limit"),
            ephemeral_storage_request: amount("fix.ephemeral-storage-request"),
            ephemeral_storage_limit: amount("fix.ephemeral-storage-limit"),
        },
        usage: settings.list("fix.usage").iter().map(usage).collect::<Result<_, _>>()?,
        digests: settings.list("fix.digest").to_vec(),
        reports: settings.list("fix.report").iter().map(report).collect::<Result<_, _>>()?,
        ignore: settings.text("ignore-file").map(named).transpose()?,
        as_of: layers::as_of(settings, command.door)?,
        read: layers::reading(settings),
    })
}

/// `--run-as-user`: any user but root.
fn user(settings: &Settings) -> Result<Option<i64>, Failure> {
    let Some(text) = settings.text("fix.run-as-user") else { return Ok(None) };
    // What the API server takes for a user (`IsValidUserID` in `k8s.io/apimachinery`).
    let user = text.parse::<i32>().ok().filter(|u| 0 < *u).map(i64::from);
    let place = origin(settings, "fix.run-as-user");
    user.map(Some)
        .ok_or_else(|| Failure::usage(format!("{place}: `{text}` is no number of a user other than root")))
}

/// The formats and where each goes.
fn plan(settings: &Settings, outside: &Outside<'_>) -> Result<Vec<(Format, Option<String>)>, Failure> {
    let parse = |word: &str| match word {
        "diff" => Ok(Format::Diff),
        "json" => Ok(Format::Json),
        "kustomize" => Ok(Format::Kustomize),
        _ => Err(format!("`{word}` is none of diff, json, kustomize")),
    };
    Kinds { key: "fix.format", default: Format::Diff, parse: &parse, clash: &output::clash }
        .plan(settings, outside)
}

fn render(format: Format, fixed: &Fixed) -> String {
    match format {
        Format::Diff => fixed.report.files.iter().map(|f| f.diff.as_str()).collect(),
        Format::Kustomize => fixed.kustomization.clone(),
        Format::Json => report::pretty(&fixed.report),
    }
}

/// Writes the files, once all of them are known to lie in the target and to be as they were read.
fn write(
    command: &Command<'_>,
    target: &str,
    files: &[Changed],
    outside: &Outside<'_>,
) -> Result<(), Failure> {
    let root = target.split_once(':').filter(|(kind, _)| matches!(*kind, "dir" | "manifests"));
    let root = root.map_or(target, |(_, path)| path);
    let root = canonical(&outside.resolve(root), root)?;
    let mut places = Vec::new();
    for file in files {
        let place = canonical(&outside.resolve(&file.path), &file.path)?;
        if !place.starts_with(&root) {
            let why = format!("`{}` is a link that leads out of the target; nothing was written", file.path);
            return Err(Failure::usage(why));
        }
        let now = read(&place, &file.path, u64::MAX)?;
        if now != file.before {
            let why = format!("`{}` was changed meanwhile; nothing was written: run it again", file.path);
            return Err(Failure::Unreadable(why));
        }
        // A new file takes its place, which the directory alone would allow.
        OpenOptions::new().append(true).open(&place).map_err(|e| {
            let why = crate::outside::reason(&e);
            Failure::usage(format!("`{}` cannot be written: {why}; nothing was written", file.path))
        })?;
        places.push((place, file));
    }
    for (done, (place, file)) in places.iter().enumerate() {
        output::write(command.door, place, &file.path, &file.after).map_err(|e| {
            let (Failure::Usage(why) | Failure::Unreadable(why)) = e;
            let names: Vec<&str> = files.iter().take(done).map(|f| f.path.as_str()).collect();
            Failure::Usage(match done {
                0 => format!("{why}; nothing was written"),
                _ => format!("{why}; already written: {}", names.join(", ")),
            })
        })?;
    }
    Ok(())
}

fn canonical(path: &Path, named: &str) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|e| Failure::usage(format!("`{named}` cannot be written: {}", crate::outside::reason(&e))))
}

/// Says on standard error what was done, what it changes, and what stays.
fn tell(report: &FixReport, writes: bool, outside: &mut Outside<'_>) {
    let mut notes: BTreeMap<String, usize> = BTreeMap::new();
    for note in report.notes.iter().chain(report.closed.iter().flat_map(|c| &c.notes)) {
        *notes.entry(note.clone()).or_default() += 1;
    }
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &report.open {
        *open.entry(format!("{}: {}", finding.finding.rule, finding.reason)).or_default() += 1;
    }
    for (word, lines) in [("note", notes), ("open", open)] {
        for (line, count) in lines.iter().take(LINES_MAX) {
            let times = if *count == 1 { String::new() } else { format!("{count} times: ") };
            outside.say(&report::clean(&format!("{word}: {times}{line}")));
        }
        if let Some(more) = lines.len().checked_sub(LINES_MAX).filter(|n| *n != 0) {
            outside.say(&format!("{word}: … {more} more, see `--format json`"));
        }
    }
    // Of one place each control may doubt the same.
    let told = |d: &model::Doubt| format!("not known: {}: {}; {}", d.r#where, d.reason, d.remedy);
    let doubts: BTreeSet<String> = report.doubts.iter().map(told).collect();
    for text in doubts.iter().take(LINES_MAX) {
        outside.say(&report::clean(text));
    }
    if let Some(more) = doubts.len().checked_sub(LINES_MAX).filter(|n| *n != 0) {
        outside.say(&format!("not known: … {more} more, see `--format json`"));
    }
    let plural = |n: usize, one: &str| if n == 1 { format!("{n} {one}") } else { format!("{n} {one}s") };
    let files = plural(report.files.len(), "file");
    let how = if writes { "written" } else { "not written, give `--write`" };
    let how = if report.files.is_empty() { String::new() } else { format!(" ({how})") };
    let (closed, open) = (plural(report.closed.len(), "finding"), report.open.len());
    outside.say(&format!("{closed} closed in {files}{how}, {open} open"));
}
