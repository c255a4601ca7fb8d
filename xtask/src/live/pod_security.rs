//! The Pod Security Standards in the admission controller's own library, and in ours: the same reasons, word for word, for
//! every pod of the suite at its level and version.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use rules_cluster::pod_security::{Level, Version, evaluate};
use rules_cluster::workload::Pod;

use super::tools::{self, Tool};
use crate::suite::Tally;
use crate::workspace;

/// Messages that differ and are shown.
const SHOWN_MAX: usize = 5;

/// Compares every pod under `shared/suites/pod-security`.
pub(crate) fn compare(root: &Path, shared: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let suite = shared.join("suites/pod-security");
    if !suite.is_dir() {
        tally.skipped.push("pod-security: the suite is not in the shared material".to_owned());
        return Ok(tally);
    }
    let program = match tools::tool(root, "podsecurity")? {
        Tool::At(program) => program,
        Tool::Missing(why) => {
            tally.skipped.push(format!("pod-security: {why}"));
            return Ok(tally);
        }
    };
    let theirs = workspace::output(Command::new(program).arg(&suite), "podsecurity")?;
    let mut differences = Vec::new();
    let mut count = 0;
    for line in theirs.lines() {
        let (name, message) = line.split_once('\t').context("podsecurity: a line without a tab")?;
        let ours = ours(&suite, name)?;
        count += 1;
        if ours != message {
            differences.push(format!("{name}: `{ours}`, the controller says `{message}`"));
        }
    }
    let more = differences.len();
    differences.truncate(SHOWN_MAX);
    let fault =
        (0 < more || count == 0).then(|| format!("{more} of {count} differ: {}", differences.join("; ")));
    tally.count("pod-security", &format!("{count} messages as the admission controller words them"), fault);
    Ok(tally)
}

/// What our library says of a pod by its place in the suite, `level/version/…`; nothing where it is let in.
pub(crate) fn ours(suite: &Path, name: &str) -> Result<String> {
    let mut parts = name.split('/');
    let level = parts.next().and_then(Level::parse).with_context(|| format!("{name}: no level"))?;
    let version = parts.next().and_then(Version::parse).with_context(|| format!("{name}: no version"))?;
    let bytes = std::fs::read(suite.join(name)).with_context(|| format!("`{name}` cannot be read"))?;
    let mut objects = Vec::new();
    manifest::read(&bytes, &mut |object| objects.push(object));
    let object = objects.first().with_context(|| format!("{name}: no object"))?;
    let pod = Pod::of(object)?.with_context(|| format!("{name}: no pod"))?;
    Ok(evaluate(level, version, &pod).message())
}
