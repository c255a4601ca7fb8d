//! No program of the image may run with its group's rights instead of those of whoever starts it (set-group-id).
//!
//! **Why.** As with set-user-id programs, a fault in one hands its group to an intruder: `shadow` reads password
//! hashes, `docker` or `disk` are as good as root.
//!
//! **What is looked at.** Regular executable files with the bit `2000` in the merged file system. Rated *low* where a
//! package of the distribution owns the file, *medium* where none does, *high* where anyone may also write to it.
//! Directories with the bit are no finding: there it only hands the group on to new files.
//!
//! **Fix.** Take the bit away or remove the package.

use eval::{Fault, Judgement, Rule};
use inventory::{FileFact, FileTrait};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, each_file, files, origin, place, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "setgid-file",
    control: "image-hardening",
    title: "A program runs with its group's rights (set-group-id)",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_surface(subject, |surface| each_file(files(surface, FileTrait::Setgid), fault))
}

fn fault(file: &FileFact) -> Fault {
    let severity = match (file.mode & 0o002 != 0, &file.owner) {
        (true, _) => Severity::High,
        (false, None) => Severity::Medium,
        (false, Some(_)) => Severity::Low,
    };
    Fault {
        severity: Some(severity),
        message: format!(
            "`{}` (mode {:o}) runs with the rights of group {}, whoever starts it",
            file.path, file.mode, file.gid
        ),
        place: place(file),
        because: origin(file),
        fix: Some(dockerfile(format!("RUN chmod g-s /{}", file.path))),
        ..Fault::default()
    }
}
