//! `plimsoll db build|info|search|verify`; `update` and `diff` have files of their own.

use advisory::db::Found;
use config::{Layer, Settings};
use flows::Described;
use ports::knowledge::{BuildReport, BuildRequest, DatabaseOrigin, coverage_word};
use serde_json::{Value, json};

use crate::args::{Db, DbAsk, IntoLayer, list, number, text};
use crate::commands::{Command, db_diff, update};
use crate::failure::Failure;
use crate::layers;
use crate::outside::Outside;

/// Problems of a build that are shown.
const PROBLEMS_MAX: usize = 20;
/// Packages shown of one vulnerability.
const AFFECTED_MAX: usize = 12;

/// Runs the verb of `db`.
pub(super) fn run(command: &Command<'_>, verb: Db, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    match verb {
        Db::Build { from, out, complete, jobs } => {
            let mut flags = Layer::default();
            list(&mut flags, "db.from", &from);
            text(&mut flags, "db.out", out.as_ref());
            list(&mut flags, "db.complete", &complete);
            number(&mut flags, "jobs", jobs);
            build(command, &command.settings(flags, outside)?, outside)
        }
        Db::Update(args) => update::run(command, &args, outside),
        Db::Diff(args) => db_diff::run(command, &args, outside),
        Db::Info(ask) => {
            let settings = asked(command, &ask, Layer::default(), outside)?;
            let described =
                command.with_world(&settings, outside, |w| flows::db_info(w, settings.text("database")))?;
            describe(&described, &settings, "", outside)
        }
        Db::Verify(ask) => {
            let settings = asked(command, &ask, Layer::default(), outside)?;
            let described =
                command.with_world(&settings, outside, |w| flows::db_verify(w, settings.text("database")))?;
            describe(&described, &settings, "every checksum holds", outside)
        }
        Db::Search { text, limit, ask } => {
            let mut flags = Layer::default();
            number(&mut flags, "db.limit", limit);
            let settings = asked(command, &ask, flags, outside)?;
            search(command, &settings, &text, outside)
        }
    }
}

fn asked(
    command: &Command<'_>,
    ask: &DbAsk,
    mut flags: Layer,
    outside: &Outside<'_>,
) -> Result<Settings, Failure> {
    ask.add(&mut flags);
    command.settings(flags, outside)
}

fn is_json(settings: &Settings) -> Result<bool, Failure> {
    Ok(layers::choice(settings, "db.format", &["table", "json"])? == "json")
}

fn build(command: &Command<'_>, settings: &Settings, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let request = BuildRequest {
        from: settings.list("db.from").to_vec(),
        out: settings.text("db.out").map(str::to_owned),
        complete: settings.list("db.complete").to_vec(),
        jobs: layers::jobs(settings),
        ..BuildRequest::default()
    };
    if request.from.is_empty() {
        return Err(Failure::usage(
            "no advisories were named: give `--from PATH…`, files, archives or directories",
        ));
    }
    let built = command.with_world(settings, outside, |w| flows::db_build(w, &request))?;
    if !settings.is_on("quiet") {
        problems(&built, outside);
    }
    let s = &built.summary;
    let text = format!(
        "{}: {} bytes\n{} records: {} vulnerabilities, {} copies united, {} withdrawn, {} not about security, {} \
         without a package, {} that could not be read\n",
        built.path,
        built.bytes,
        s.records,
        s.vulnerabilities,
        s.copies,
        s.withdrawn,
        s.not_about_security,
        s.without_package,
        s.unread
    );
    outside.print(text.as_bytes())?;
    Ok(incomplete(s.unread, outside))
}

/// The exit code of a database that was written without what could not be read.
fn incomplete(problems: u64, outside: &mut Outside<'_>) -> u8 {
    if problems == 0 {
        return 0;
    }
    let what = if problems == 1 { "1 document or part" } else { &format!("{problems} documents or parts") };
    outside.say(&format!(
        "incomplete: {what} could not be read and is not in the database, which was written all the same"
    ));
    Failure::INCOMPLETE
}

fn problems(built: &BuildReport, outside: &mut Outside<'_>) {
    for problem in built.summary.problems.iter().take(PROBLEMS_MAX) {
        outside.say(&format!(
            "not read: {}",
            report::clean(&format!("{}: {}", problem.r#where, problem.reason))
        ));
    }
    if let Some(more) = built.summary.problems.len().checked_sub(PROBLEMS_MAX).filter(|n| *n != 0) {
        outside.say(&format!("… {more} more"));
    }
}

fn describe(
    d: &Described,
    settings: &Settings,
    check: &str,
    outside: &mut Outside<'_>,
) -> Result<u8, Failure> {
    let info = &d.info;
    let origin = match &d.origin {
        DatabaseOrigin::File(path) => path.clone(),
        DatabaseOrigin::Demonstration => "the demonstration database in the program".to_owned(),
    };
    if is_json(settings)? {
        let sources: Vec<Value> = info.sources.iter().map(|s| json!({
            "name": s.name, "snapshot": s.snapshot, "records": s.records, "coverage": coverage_word(s.coverage),
        })).collect();
        let ecosystems: Vec<Value> =
            info.ecosystems.iter().map(|e| json!({
            "name": e.name, "advisories": e.advisories, "packages": e.packages, "coverage": coverage_word(e.coverage),
        })).collect();
        let document = json!({
            "origin": origin, "id": info.id, "built": info.built, "format": [info.format.0, info.format.1],
            "bytes": info.bytes, "vulnerabilities": info.vulnerabilities, "advisories": info.advisories,
            "sources": sources, "ecosystems": ecosystems, "feeds": info.feeds,
        });
        return print_json(&document, outside);
    }
    let mut out = format!(
        "{origin}\n  id          {}\n  built       {}\n  format      {}.{}, {} bytes\n  contents    {} vulnerabilities, {} \
         advisories\n\n",
        info.id, info.built, info.format.0, info.format.1, info.bytes, info.vulnerabilities, info.advisories
    );
    out.push_str(&format!("  {:<20}{:>10}  {:<12}{}\n", "source", "records", "newest", "coverage"));
    for s in &info.sources {
        let coverage = coverage_word(s.coverage);
        out.push_str(&format!(
            "  {:<20}{:>10}  {:<12}{coverage}\n",
            report::clean(&s.name),
            s.records,
            s.snapshot.date()
        ));
    }
    for feed in &info.feeds {
        if let Some(problem) = &feed.problem {
            let of = feed
                .modified
                .map_or("nothing of it is in here".to_owned(), |t| format!("it is of {}", t.date()));
            let text = format!("{} could not be updated, {of}: {problem}", feed.name);
            out.push_str(&format!("\n  {}\n", report::clean(&text)));
        }
    }
    if info.sources.iter().any(|s| coverage_word(s.coverage) == "partial") {
        out.push_str("\n  What a partial source does not name may still be vulnerable.\n");
    }
    if d.origin == DatabaseOrigin::Demonstration {
        out.push_str("  The full one: plimsoll db update, or plimsoll db build --from PATH…\n");
    }
    if !check.is_empty() {
        out.push_str(&format!("\n  {check}\n"));
    }
    outside.print(out.as_bytes())?;
    Ok(0)
}

fn search(
    command: &Command<'_>,
    settings: &Settings,
    wanted: &str,
    outside: &mut Outside<'_>,
) -> Result<u8, Failure> {
    let limit = settings.number("db.limit").map_or(20, usize::from);
    let json = is_json(settings)?;
    let found = command
        .with_world(settings, outside, |w| flows::db_search(w, settings.text("database"), wanted, limit))?;
    if json {
        return print_json(&Value::Array(found.iter().map(as_json).collect()), outside);
    }
    if found.is_empty() {
        outside.say(&format!(
            "nothing is known of `{}` here; that does not mean there is nothing",
            report::clean(wanted)
        ));
        return Ok(0);
    }
    let text: Vec<String> = found.iter().map(as_text).collect();
    outside.print(text.join("\n").as_bytes())?;
    if limit <= found.len() {
        outside.say(&format!("the first {limit}; more with `--limit`"));
    }
    Ok(0)
}

fn as_text(found: &Found) -> String {
    let d = &found.detail;
    let mut out = d.id.clone();
    if !d.aliases.is_empty() {
        out.push_str(&format!(" ({})", d.aliases.join(", ")));
    }
    out.push('\n');
    out.extend(d.summary.iter().map(|s| format!("  {s}\n")));
    let mut facts = Vec::new();
    facts.extend(d.severity.as_ref().map(|s| format!("{} ({} by {})", s.severity, s.how, s.source)));
    facts.extend(d.cvss.first().map(|c| format!("CVSS {} {:.1}", c.version, c.score)));
    facts.extend(d.epss.map(|(score, _)| format!("EPSS {:.1}%", score * 100.0)));
    facts.extend(d.kev.as_ref().map(|k| format!("known to be exploited since {}", k.added)));
    facts.extend(d.published.map(|p| format!("published {}", p.date())));
    if !facts.is_empty() {
        out.push_str(&format!("  {}\n", facts.join(", ")));
    }
    for e in found.affected.iter().take(AFFECTED_MAX) {
        out.push_str(&format!("  {} {}: {} ({})\n", e.ecosystem, e.package, e.range, e.advisory));
    }
    if let Some(more) = found.affected.len().checked_sub(AFFECTED_MAX).filter(|n| *n != 0) {
        out.push_str(&format!("  … {more} more packages, see --format json\n"));
    }
    let lines: Vec<_> = out.lines().map(report::clean).collect();
    lines.join("\n") + "\n"
}

fn as_json(found: &Found) -> Value {
    let d = &found.detail;
    let affected: Vec<Value> = found.affected.iter().map(|e| json!({"ecosystem": e.ecosystem, "package": e.package, "advisory": e.advisory, "range": e.range})).collect();
    let cvss: Vec<Value> = d
        .cvss
        .iter()
        .map(|c| json!({"version": c.version, "vector": c.vector, "score": c.score, "source": c.source}))
        .collect();
    json!({
        "id": d.id, "aliases": d.aliases, "summary": d.summary, "cvss": cvss,
        "severity": d.severity.as_ref().map(|s| json!({"value": s.severity, "how": s.how, "source": s.source})),
        "epss": d.epss.map(|(score, percentile)| json!({"score": score, "percentile": percentile})),
        "kev": d.kev.as_ref().map(|k| json!({"added": k.added, "due": k.due, "ransomware": k.ransomware})),
        "published": d.published, "modified": d.modified, "urls": d.urls, "affected": affected,
    })
}

fn print_json(document: &Value, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    outside.print(format!("{document:#}\n").as_bytes())?;
    Ok(0)
}
