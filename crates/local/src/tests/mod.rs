//! Targets opened through the port, as a flow opens them.

mod engines;
mod folders;
mod forms;
mod harm;
mod lazy;
mod rendering;

use std::path::Path;
use std::sync::Arc;

use oci::{Analyzer, Interest};
use ports::source::{Content, Files, Opened, ReadOptions, Silent, SourceError, Sources, TargetSpec};

use crate::{DirCache, LocalSources};

/// Keeps package databases and small text, notes what is named `*.note`.
pub(crate) struct Asks;

impl Analyzer for Asks {
    fn version(&self) -> u32 {
        7
    }
    fn interest(&self, path: &str, size: u64, _: u32, _: &[u8]) -> Interest {
        match path {
            _ if path.ends_with(".note") => Interest::Digest,
            _ if path.starts_with("var/lib/dpkg/") || size < 100 => Interest::Keep,
            _ => Interest::No,
        }
    }
    fn digest(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        format!("{path} {}", bytes.len()).into_bytes()
    }
}

pub(crate) fn open_with(
    cache: Option<&Arc<DirCache>>,
    spec: &str,
    options: &ReadOptions,
) -> Result<Vec<Opened>, SourceError> {
    let sources = LocalSources::new(cache.cloned());
    sources.open(&TargetSpec::parse(spec).unwrap(), &Asks, options, &Silent, &|_| false)
}

pub(crate) fn open(spec: &str) -> Result<Vec<Opened>, SourceError> {
    open_with(None, spec, &ReadOptions::default())
}

pub(crate) fn open_one(spec: &str) -> Opened {
    let mut opened = open(spec).unwrap();
    assert_eq!(opened.len(), 1, "{spec}");
    opened.remove(0)
}

pub(crate) fn files(opened: &Opened) -> &Files {
    match &opened.content {
        Content::Files(files) => files,
        Content::Kept(_) | Content::Document(_) | Content::Objects(_) => panic!("no files"),
    }
}

/// Everything a report can be made of, as text.
pub(crate) fn facts(opened: &Opened) -> String {
    let files = files(opened);
    let entries: Vec<String> = files
        .tree
        .iter()
        .map(|f| format!("{f:?} {:?} {:?}", files.tree.kept(f.path), files.tree.noted(f.path)))
        .collect();
    format!(
        "{entries:#?} {:?} {} {:?} {:?} {:?}",
        files.image, files.wasted_bytes, files.wasted, opened.doubts, opened.ledger
    )
}

pub(crate) fn show(path: &Path) -> String {
    path.display().to_string()
}

pub(crate) fn reasons(opened: &Opened) -> Vec<&str> {
    opened.doubts.iter().map(|d| d.reason.as_str()).collect()
}
