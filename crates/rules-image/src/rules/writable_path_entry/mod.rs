//! No directory in which programs are looked up may be one that everyone can write to.
//!
//! **Why.** `PATH` is searched from the left: whoever can write into one of its directories decides what `ls` or
//! `python` means for everyone else in the container, root included.
//!
//! **What is looked at.** The entries of `PATH` in the configuration: directories that everyone may write to, `/tmp`
//! and its kin (their sticky bit keeps others from deleting a file, not from adding one), and entries that are empty or
//! relative, which mean wherever the process happens to be.
//!
//! **Fix.** Take the entry out of `PATH`, or the right to write from the directory.

use std::collections::BTreeSet;

use eval::{Fault, Judgement, Rule};
use inventory::{FileTrait, Image};
use model::{DoubtKind, Place, Severity};

use crate::Subject;
use crate::common::{configured, dockerfile, faults, files, unknown, with_image};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "writable-path-entry",
    control: "image-hardening",
    title: "Programs are looked up where everyone may write",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

/// Directories that every distribution makes writable by everyone.
const SHARED: [&str; 3] = ["tmp", "var/tmp", "dev/shm"];

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| {
        let Some(path) = image.env.iter().find_map(|e| e.strip_prefix("PATH=")) else {
            return Judgement::not_applicable();
        };
        let mut writable: BTreeSet<&str> = SHARED.into_iter().collect();
        if let Some(surface) = &subject.surface {
            writable.extend(files(surface, FileTrait::WorldWritable).map(|f| f.path.as_str()));
        }
        let out = faults(bad_entries(image, path, &writable));
        if subject.surface.is_none() && out.faults.is_empty() {
            let reason = "the file system of the image was not read";
            return unknown(DoubtKind::Target, "image", reason, "give the image with all its layers");
        }
        out
    })
}

fn bad_entries(image: &Image, path: &str, writable: &BTreeSet<&str>) -> Vec<Fault> {
    let windows = image.os.eq_ignore_ascii_case("windows");
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for entry in path.split(if windows { ';' } else { ':' }).filter(|e| seen.insert(*e)) {
        let inside = entry.trim_matches('/');
        let why = match entry {
            _ if windows => continue,
            "" => "an empty entry means the directory the process is in".to_owned(),
            e if e.starts_with(['$', '~']) => continue,
            e if !e.starts_with('/') => format!("`{e}` is relative to wherever the process is"),
            _ if writable.contains(inside) => format!("everyone may write to `{entry}`"),
            _ => continue,
        };
        out.push(Fault {
            message: format!("`PATH` names a place that others may fill: {why}"),
            place: Place::file(if entry.starts_with('/') { inside } else { "" }),
            key: format!("path:{entry}"),
            because: configured(format!("`PATH` has the entry `{entry}`"), "Env"),
            fix: Some(dockerfile(format!("ENV PATH={}", without(path, entry)))),
            ..Fault::default()
        });
    }
    out
}

fn without(path: &str, entry: &str) -> String {
    path.split(':').filter(|e| *e != entry).collect::<Vec<_>>().join(":")
}
