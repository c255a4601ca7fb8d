//! No program of the image may carry kernel capabilities in its file.
//!
//! **Why.** A file capability gives a piece of root's power (raw sockets, any file, any id) to whoever starts the
//! program, like a set-user-id bit that is harder to see.
//!
//! **What is looked at.** Regular files with the extended attribute `security.capability` in the merged file system.
//! Rated *low* where a package of the distribution owns the file (`ping`, `mtr`), *medium* where none does.
//!
//! **Fix.** Remove the attribute, and grant the container what it needs in its security context instead.

use eval::{Fault, Judgement, Rule};
use inventory::{FileFact, FileTrait};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, each_file, files, origin, place, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "file-capability",
    control: "image-hardening",
    title: "A program carries kernel capabilities in its file",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_surface(subject, |surface| each_file(files(surface, FileTrait::Capability), fault))
}

fn fault(file: &FileFact) -> Fault {
    Fault {
        severity: Some(if file.owner.is_some() { Severity::Low } else { Severity::Medium }),
        message: format!("`{}` gives kernel capabilities to whoever starts it", file.path),
        place: place(file),
        because: origin(file),
        fix: Some(dockerfile(format!("RUN setcap -r /{}", file.path))),
        ..Fault::default()
    }
}
