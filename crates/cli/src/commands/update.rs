//! `plimsoll db update`

use config::{Layer, Settings};
use flows::{PrebuiltReport, UpdateOutcome, UpdateReport, UpdateRequest};
use model::Timestamp;
use ports::feeds::Prebuilt;
use serde_json::{Value, json};

use crate::args::IntoLayer;
use crate::commands::Command;
use crate::db_args::Update;
use crate::failure::Failure;
use crate::layers;
use crate::outside::{Outside, read};

/// Problems of documents that are shown.
const PROBLEMS_MAX: usize = 20;

/// Bytes of the largest public key that is read.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Updates from feeds, or takes a prebuilt database.
pub(super) fn run(command: &Command<'_>, args: &Update, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let json = layers::choice(&settings, "db.format", &["table", "json"])? == "json";
    if args.list {
        return listed(command, &settings, json, outside);
    }
    // Feeds named on the command line are meant, whatever the configuration says of a prebuilt database.
    let feeds_named =
        args.from.is_none() && !(args.only.is_empty() && args.also.is_empty() && args.mirror.is_none());
    match settings.text("db.prebuilt").filter(|_| !feeds_named) {
        Some(from) => prebuilt(command, &settings, args, from.to_owned(), json, outside),
        None => feeds(command, &settings, args, json, outside),
    }
}

fn feeds(
    command: &Command<'_>,
    settings: &Settings,
    args: &Update,
    json: bool,
    outside: &mut Outside<'_>,
) -> Result<u8, Failure> {
    let request = UpdateRequest {
        only: settings.list("db.only").to_vec(),
        also: settings.list("db.also").to_vec(),
        out: settings.text("db.out").map(str::to_owned),
        smaller: args.accept_smaller,
        jobs: layers::jobs(settings),
    };
    let done = command.with_world(settings, outside, |w| flows::db_update(w, &request))?;
    if !settings.is_on("quiet") {
        for problem in done.problems.iter().take(PROBLEMS_MAX) {
            let text = format!("{}: {}", problem.r#where, problem.reason);
            outside.say(&format!("not read: {}", report::clean(&text)));
        }
        if let Some(more) = done.problems.len().checked_sub(PROBLEMS_MAX).filter(|n| *n != 0) {
            outside.say(&format!("… {more} more"));
        }
    }
    match json {
        true => outside.print(format!("{:#}\n", as_json(&done)).as_bytes())?,
        false => outside.print(as_text(&done).as_bytes())?,
    }
    Ok(if done.is_incomplete() { Failure::INCOMPLETE } else { 0 })
}

fn as_text(done: &UpdateReport) -> String {
    let mut out = String::new();
    let mut unchanged = 0;
    for row in &done.rows {
        let name = report::clean(&row.name);
        let of = row.modified.map_or(String::new(), |t| format!(" of {}", t.date()));
        match &row.outcome {
            UpdateOutcome::Unchanged => unchanged += 1,
            UpdateOutcome::Changed(read) => {
                out.push_str(&format!(
                    "  {name:<22}{} records{of}, {read} documents read anew\n",
                    row.records
                ));
            }
            UpdateOutcome::Failed(reason) => {
                let stays = match row.modified {
                    Some(time) => format!("what is kept of it stays, {}", age(time, done.now)),
                    None => "nothing of it is in the database".to_owned(),
                };
                out.push_str(&format!("  {name:<22}FAILED: {}; {stays}\n", report::clean(reason)));
            }
        }
    }
    if unchanged != 0 {
        out.push_str(&format!("  {unchanged} feeds did not change\n"));
    }
    let path = report::clean(done.path.as_deref().unwrap_or("")).into_owned();
    match &done.built {
        Some(built) => out.push_str(&format!(
            "{}: {} bytes, {} vulnerabilities\n",
            report::clean(&built.path),
            built.bytes,
            built.summary.vulnerabilities
        )),
        None => out.push_str(&format!("{path}: up to date\n")),
    }
    out
}

/// `of 2026-11-20, 5 days old`.
fn age(time: Timestamp, now: Timestamp) -> String {
    match now.days_since(time) {
        0 => format!("of {}", time.date()),
        1 => format!("of {}, a day old", time.date()),
        days => format!("of {}, {days} days old", time.date()),
    }
}

fn as_json(done: &UpdateReport) -> Value {
    let rows: Vec<Value> = done
        .rows
        .iter()
        .map(|row| {
            let (outcome, read, reason) = match &row.outcome {
                UpdateOutcome::Unchanged => ("unchanged", None, None),
                UpdateOutcome::Changed(read) => ("changed", Some(read), None),
                UpdateOutcome::Failed(reason) => ("failed", None, Some(reason)),
            };
            json!({"name": row.name, "outcome": outcome, "records": row.records, "modified": row.modified,
                "documents_read": read, "reason": reason})
        })
        .collect();
    let problems: Vec<Value> =
        done.problems.iter().map(|p| json!({"where": p.r#where, "reason": p.reason})).collect();
    let built = done.built.as_ref().map(|b| {
        json!({"bytes": b.bytes, "records": b.summary.records, "vulnerabilities": b.summary.vulnerabilities})
    });
    json!({"database": done.path, "built": built, "feeds": rows, "problems": problems,
        "incomplete": done.is_incomplete()})
}

fn listed(
    command: &Command<'_>,
    settings: &Settings,
    json: bool,
    outside: &mut Outside<'_>,
) -> Result<u8, Failure> {
    let rows = command.with_world(settings, outside, flows::db_feeds)?;
    if json {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(feed, kept)| {
                let urls: Vec<&str> = feed.files.iter().map(|f| f.url.as_str()).collect();
                json!({"name": feed.name, "words": feed.words, "ecosystem": feed.ecosystem, "usual": feed.usual,
                    "urls": urls, "records": kept.as_ref().map(|k| k.records),
                    "modified": kept.as_ref().and_then(|k| k.modified),
                    "checked": kept.as_ref().and_then(|k| k.checked),
                    "problem": kept.as_ref().and_then(|k| k.problem.clone())})
            })
            .collect();
        outside.print(format!("{:#}\n", Value::Array(rows)).as_bytes())?;
        return Ok(0);
    }
    let mut out = format!("  {:<22}{:<8}{:>10}  {:<12}{}\n", "feed", "usual", "records", "of", "address");
    for (feed, kept) in &rows {
        let of =
            kept.as_ref().and_then(|k| k.modified).map_or_else(|| "-".to_owned(), |t| t.date().to_string());
        let records = kept.as_ref().map_or_else(|| "-".to_owned(), |k| k.records.to_string());
        let url = feed.files.first().map_or("", |f| f.url.as_str());
        let more = feed.files.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let usual = if feed.usual { "yes" } else { "no" };
        out.push_str(&format!(
            "  {:<22}{usual:<8}{records:>10}  {of:<12}{}{more}\n",
            report::clean(&feed.name),
            report::clean(url)
        ));
        if let Some(problem) = kept.as_ref().and_then(|k| k.problem.as_ref()) {
            out.push_str(&format!("  {:<22}last attempt failed: {}\n", "", report::clean(problem)));
        }
    }
    outside.print(out.as_bytes())?;
    Ok(0)
}

fn prebuilt(
    command: &Command<'_>,
    settings: &Settings,
    args: &Update,
    from: String,
    json: bool,
    outside: &mut Outside<'_>,
) -> Result<u8, Failure> {
    let key = match settings.text("db.key").filter(|_| !args.insecure_unsigned) {
        Some(path) => Some(read(&outside.resolve(path), path, KEY_BYTES_MAX)?),
        None if args.insecure_unsigned => None,
        None => {
            return Err(Failure::usage(
                "a prebuilt database decides what is found and what is not: name the public key that signed it with \
                 `--key FILE`, or say `--insecure-unsigned`",
            ));
        }
    };
    let signature = settings.text("db.signature").map(str::to_owned);
    let wanted = Prebuilt { from, key, signature, folder: String::new() };
    let out = settings.text("db.out").map(str::to_owned);
    let done: PrebuiltReport =
        command.with_world(settings, outside, |w| flows::db_fetch(w, &wanted, out.as_deref(), args.older))?;
    let signed = done.file.signed;
    if json {
        let document = json!({"database": done.path, "id": done.info.id, "built": done.info.built,
            "bytes": done.file.bytes, "sha256": done.file.digest, "signed": signed});
        outside.print(format!("{document:#}\n").as_bytes())?;
        return Ok(0);
    }
    let by = signed.map_or_else(|| "unsigned".to_owned(), |kind| format!("the {kind} signature fits"));
    let text = format!(
        "{}: {} bytes, {} vulnerabilities, of {}; {by}\n",
        report::clean(&done.path),
        done.file.bytes,
        done.info.vulnerabilities,
        done.info.built.date()
    );
    outside.print(text.as_bytes())?;
    Ok(0)
}
