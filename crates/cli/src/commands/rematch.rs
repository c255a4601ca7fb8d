//! `plimsoll scan --rematch REPORT|SBOM…`

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::Layer;
use flows::{Documents, News, RematchReport, RematchRequest, RematchRow};
use model::Severity;
use serde::{Serialize, Serializer};

use crate::args::{IntoLayer, Judge};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers;
use crate::outside::{Outside, read, reason};

/// Bytes of the largest report or bill of materials that is read.
const DOCUMENT_BYTES_MAX: u64 = 1 << 30;

/// How the names of reports and bills of materials end.
const ENDINGS: &[&str] = &[".json", ".xml", ".spdx", ".spdx.yaml", ".spdx.yml"];

/// Documents in all folders.
const DOCUMENTS_MAX: usize = 1_000_000;

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 16;

/// Vulnerabilities shown of one document.
const NEWS_MAX: usize = 10;

/// Bytes that are written at a time.
const WRITTEN_BYTES: usize = 1 << 16;

/// Documents shown with what is new in them.
const ROWS_MAX: usize = 50;

/// Files by what they are called.
pub(super) struct Files {
    names: Vec<String>,
    paths: Vec<PathBuf>,
}

impl Files {
    /// Files, each with its name.
    pub(super) fn of(found: Vec<(String, PathBuf)>) -> Self {
        let (names, paths) = found.into_iter().unzip();
        Self { names, paths }
    }
}

impl Documents for Files {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn read(&self, n: usize) -> Result<Vec<u8>, String> {
        let (Some(path), Some(name)) = (self.paths.get(n), self.names.get(n)) else {
            return Err("there is no such document".to_owned());
        };
        read(path, name, DOCUMENT_BYTES_MAX).map_err(|e| e.to_string())
    }
}

/// Says what is newly true.
pub(super) fn run(command: &Command<'_>, args: &Judge, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    if !args.fail_on.is_empty() {
        return Err(Failure::usage(
            "`--fail-on` judges a scan; `--rematch` says what is new, and judges nothing",
        ));
    }
    let format = match settings.list("format") {
        [] => "table",
        [one] if matches!(one.as_str(), "table" | "json") => one.as_str(),
        _ => return Err(Failure::usage("`--rematch` answers with `--format table` or `--format json`")),
    };
    let files = files(&args.targets, outside)?;
    let request = RematchRequest {
        database: settings.text("database").map(str::to_owned),
        against: args.against.clone(),
        jobs: layers::jobs(&settings),
    };
    let done = command.with_world(&settings, outside, |w| flows::rematch(w, &request, &files))?;
    let unread = done.rows.iter().filter(|r| r.unread.is_some()).count();
    match format {
        "json" => outside.print_with(|to| write_json(&done, to))?,
        _ => outside.print(as_text(&done).as_bytes())?,
    }
    if unread == 0 {
        return Ok(0);
    }
    outside.say(&format!("incomplete: {unread} of {} documents could not be read", done.rows.len()));
    Ok(Failure::INCOMPLETE)
}

/// The documents named, and those in the folders named, in the order of their names.
fn files(targets: &[String], outside: &Outside<'_>) -> Result<Files, Failure> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for written in targets {
        let name = written.strip_prefix("sbom:").unwrap_or(written);
        let path = outside.resolve(name);
        let cannot = |e: std::io::Error| Failure::usage(format!("`{name}` cannot be read: {}", reason(&e)));
        let about = std::fs::metadata(&path).map_err(cannot)?;
        match about.is_dir() {
            true => walk(name.trim_end_matches('/'), &path, 0, &mut found).map_err(cannot)?,
            false => found.push((name.to_owned(), path)),
        }
    }
    if found.is_empty() {
        return Err(Failure::usage("there is no report and no bill of materials in what was named"));
    }
    Ok(Files::of(found))
}

fn walk(name: &str, path: &Path, depth: usize, found: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    let mut items: Vec<_> = std::fs::read_dir(path)?.collect::<Result<_, _>>()?;
    items.sort_by_key(std::fs::DirEntry::file_name);
    for item in items {
        let own = item.file_name().to_string_lossy().into_owned();
        let name = format!("{name}/{own}");
        let kind = item.file_type()?;
        let wanted = ENDINGS.iter().any(|ending| own.to_ascii_lowercase().ends_with(ending));
        // A link to a document is one, and a link to a folder might lead in a circle.
        let links = || std::fs::metadata(item.path()).is_ok_and(|about| about.is_file());
        if kind.is_dir() && depth < DEPTH_MAX {
            walk(&name, &item.path(), depth + 1, found)?;
        } else if kind.is_dir() {
            return Err(std::io::Error::other(format!("`{name}` lies more than {DEPTH_MAX} folders deep")));
        } else if wanted && (kind.is_file() || kind.is_symlink() && links()) {
            if DOCUMENTS_MAX <= found.len() {
                return Err(std::io::Error::other(format!("more than {DOCUMENTS_MAX} documents")));
            }
            found.push((name, item.path()));
        }
    }
    Ok(())
}

fn as_text(done: &RematchReport) -> String {
    let mut out = String::new();
    let sum = |f: fn(&RematchRow) -> usize| done.rows.iter().map(f).sum::<usize>();
    let touched = |r: &&RematchRow| !r.news.is_empty() || !r.gone.is_empty() || r.unread.is_some();
    for row in done.rows.iter().filter(touched).take(ROWS_MAX) {
        let name = report::clean(&row.name).into_owned();
        if let Some(reason) = &row.unread {
            out.push_str(&format!("{name}: could not be read: {}\n", report::clean(reason)));
            continue;
        }
        let what = if row.compared { "newly known" } else { "known now, nothing to compare with" };
        out.push_str(&format!("{name}: {} {what}, {} no longer\n", row.news.len(), row.gone.len()));
        for news in row.news.iter().take(NEWS_MAX) {
            out.push_str(&format!("  {}\n", report::clean(&line(news))));
        }
        if let Some(more) = row.news.len().checked_sub(NEWS_MAX).filter(|n| *n != 0) {
            out.push_str(&format!("  … {more} more, see --format json\n"));
        }
    }
    let shown = done.rows.iter().filter(touched).count();
    if let Some(more) = shown.checked_sub(ROWS_MAX).filter(|n| *n != 0) {
        out.push_str(&format!("… {more} more documents, see --format json\n"));
    }
    let images = done.rows.iter().filter(|r| !r.news.is_empty()).count();
    out.push_str(&format!(
        "{} documents, {} packages: {} newly known in {images} of them, {} no longer\n",
        done.rows.len(),
        done.rows.iter().map(|r| r.packages).sum::<u64>(),
        sum(|r| r.news.len()),
        sum(|r| r.gone.len()),
    ));
    let unknown: u64 = done.rows.iter().map(|r| r.unknown).sum();
    if unknown != 0 {
        out.push_str(&format!("of {unknown} packages it cannot be known from this database alone\n"));
    }
    out
}

fn line(news: &News) -> String {
    let fixed = news.fixed.as_ref().map_or(String::new(), |v| format!(", fixed in {v}"));
    format!("{:<9}{} in {} {}{fixed}", news.severity.as_str(), news.vulnerability, news.package, news.version)
}

/// Writes the report piece by piece: with everything that is known of ten thousand documents it is longer than memory is
/// worth.
fn write_json(done: &RematchReport, to: &mut dyn Write) -> std::io::Result<()> {
    let report = ReportJson {
        against: done.against.as_deref(),
        database: &done.database,
        documents: &done.rows,
        schema: "plimsoll.rematch/1",
        touched: done.touched,
    };
    let mut to = BufWriter::with_capacity(WRITTEN_BYTES, to);
    serde_json::to_writer_pretty(&mut to, &report)?;
    to.write_all(b"\n")?;
    to.flush()
}

/// The report; members of this and of what is in it stand in the order of their names.
#[derive(Serialize)]
struct ReportJson<'a> {
    against: Option<&'a str>,
    database: &'a str,
    #[serde(serialize_with = "rows")]
    documents: &'a [RematchRow],
    schema: &'static str,
    touched: Option<u64>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    compared: bool,
    document: &'a str,
    #[serde(serialize_with = "news")]
    gone: &'a [Arc<News>],
    #[serde(serialize_with = "news")]
    news: &'a [Arc<News>],
    packages: u64,
    unknown: u64,
    unread: Option<&'a str>,
}

#[derive(Serialize)]
struct NewsJson<'a> {
    fixed: Option<&'a str>,
    package: &'a str,
    severity: Severity,
    version: &'a str,
    vulnerability: &'a str,
}

fn rows<S: Serializer>(rows: &&[RematchRow], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|r| RowJson {
        compared: r.compared,
        document: &r.name,
        gone: &r.gone,
        news: &r.news,
        packages: r.packages,
        unknown: r.unknown,
        unread: r.unread.as_deref(),
    }))
}

fn news<S: Serializer>(news: &&[Arc<News>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(news.iter().map(|n| NewsJson {
        fixed: n.fixed.as_deref(),
        package: &n.package,
        severity: n.severity,
        version: &n.version,
        vulnerability: &n.vulnerability,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folder: &Path) -> std::io::Result<Vec<String>> {
        let mut found = Vec::new();
        walk("bills", folder, 0, &mut found)?;
        Ok(found.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_link_to_a_document_is_one_and_a_link_to_a_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a.json", "B.SPDX", "c.spdx.yaml", "notes.md", "deploy.yaml"] {
            std::fs::write(path(name), "").unwrap();
        }
        std::os::unix::fs::symlink("a.json", path("latest.json")).unwrap();
        std::os::unix::fs::symlink(".", path("loop.json")).unwrap();
        std::os::unix::fs::symlink("gone", path("gone.json")).unwrap();
        let names = found(folder.path()).unwrap();
        assert_eq!(names, ["bills/B.SPDX", "bills/a.json", "bills/c.spdx.yaml", "bills/latest.json"]);
    }

    #[test]
    fn a_folder_that_lies_too_deep_is_said_and_not_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("d/".repeat(DEPTH_MAX))).unwrap();
        assert!(found(folder.path()).is_ok());
        std::fs::create_dir_all(folder.path().join("d/".repeat(DEPTH_MAX + 1))).unwrap();
        assert!(found(folder.path()).unwrap_err().to_string().contains("more than 16 folders deep"));
    }
}
