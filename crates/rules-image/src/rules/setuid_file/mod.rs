//! No program of the image may run as its owner instead of as whoever starts it (set-user-id).
//!
//! **Why.** A set-user-id program of root is a door to root: one fault in it, and the unprivileged user that the image
//! switched to was for nothing. Services in containers hardly ever need `su`, `mount` or `passwd`.
//!
//! **What is looked at.** Regular executable files with the bit `4000` in the merged file system. Rated *low* where a
//! package of the distribution owns the file, *medium* where none does, *high* where anyone may also write to it.
//!
//! **Fix.** Take the bit away, remove the package, or run with `no-new-privileges`, which makes the kernel ignore it.

use api::Because;
use eval::{Fault, Judgement, Rule};
use inventory::{FileFact, FileTrait};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, each_file, files, origin, place, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "setuid-file",
    control: "image-hardening",
    title: "A program runs as its owner (set-user-id)",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_surface(subject, |surface| each_file(files(surface, FileTrait::Setuid), fault))
}

fn fault(file: &FileFact) -> Fault {
    let severity = match (file.mode & 0o002 != 0, &file.owner) {
        (true, _) => Severity::High,
        (false, None) => Severity::Medium,
        (false, Some(_)) => Severity::Low,
    };
    let who = if file.uid == 0 { "root".to_owned() } else { format!("user {}", file.uid) };
    let mut because = origin(file);
    if severity == Severity::High {
        because.push(Because::new("anyone may write to it", file.path.clone()));
    }
    Fault {
        severity: Some(severity),
        message: format!("`{}` (mode {:o}) runs as {who}, whoever starts it", file.path, file.mode),
        place: place(file),
        because,
        fix: Some(dockerfile(format!("RUN chmod u-s /{}", file.path))),
        ..Fault::default()
    }
}
