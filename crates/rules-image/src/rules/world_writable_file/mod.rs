//! Nothing in the image may be writable by everyone.
//!
//! **Why.** What everyone may write, an intruder with the least rights changes: a script that root runs later, a
//! library that every program loads, a page that is served.
//!
//! **What is looked at.** Files and directories with the bit `0002` in the merged file system; links and sticky
//! directories (`/tmp`) are left out. Rated *medium*; *high* where programs or libraries are looked up.
//!
//! **Fix.** Take the bit away. If the program must write there, give the place to its user.

use eval::{Fault, Judgement, Rule};
use inventory::{FileFact, FileTrait};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, each_file, files, origin, place, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "world-writable-file",
    control: "image-hardening",
    title: "Everyone may write here",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

/// Where programs and libraries are looked up.
const PROGRAM_PLACES: [&str; 11] = [
    "bin",
    "sbin",
    "lib",
    "lib64",
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "usr/lib64",
    "usr/local/bin",
    "usr/local/sbin",
    "usr/local/lib",
];

fn judge(subject: &Subject) -> Judgement {
    with_surface(subject, |surface| each_file(files(surface, FileTrait::WorldWritable), fault))
}

fn fault(file: &FileFact) -> Fault {
    let inside = |place: &str| {
        file.path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let program = PROGRAM_PLACES.into_iter().any(inside) || inside("etc");
    let what = if program {
        "programs, libraries or settings are looked up here"
    } else {
        "it needs no more than its owner"
    };
    Fault {
        severity: Some(if program { Severity::High } else { Severity::Medium }),
        message: format!("everyone may write to `{}` (mode {:o}); {what}", file.path, file.mode),
        place: place(file),
        because: origin(file),
        fix: Some(dockerfile(format!("RUN chmod o-w /{}", file.path))),
        ..Fault::default()
    }
}
