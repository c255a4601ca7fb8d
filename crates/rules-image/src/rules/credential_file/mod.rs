//! The image must hold no private keys and no files of credentials.
//!
//! **Why.** A file that was copied in is in its layer for good, even if a later instruction deletes it, and whoever can
//! pull the image has it.
//!
//! **What is looked at.** Files of the merged file system that hold a private key or credentials by their name and
//! their content: private keys and key stores, `.env` files that give a secret variable a value, `.npmrc` with a token,
//! `.pypirc`, `.netrc`, `.docker/config.json`, `.dockercfg`, `kubeconfig`, `.aws/credentials`, keys of service accounts
//! and their kin. References (`${NPM_TOKEN}`), placeholders (`changeme`), empty values and files that are named as
//! examples (`.env.example`) are none. A file that a package of a distribution or a language brings is published to
//! everyone and no secret: test keys of libraries are such. What is in the file is never printed.
//!
//! **Fix.** Delete the file where it came in, keep it out with `.dockerignore`, mount it while building with
//! `RUN --mount=type=secret`, and change the credentials.

use eval::{Fault, Judgement, Rule};
use inventory::{FileFact, FileTrait};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, each_file, files, origin, place, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "credential-file",
    control: "secrets",
    title: "The image holds a file of credentials",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_surface(subject, |surface| {
        let unowned = files(surface, FileTrait::Credential).filter(|f| f.owner.is_none());
        each_file(unowned, fault)
    })
}

fn fault(file: &FileFact) -> Fault {
    Fault {
        severity: Some(Severity::High),
        message: format!(
            "`{}` holds a private key or credentials. Keep it out of the build and change what it opens",
            file.path
        ),
        place: place(file),
        because: origin(file),
        fix: Some(dockerfile(format!(
            "# .dockerignore\n{}\n# Dockerfile\nRUN --mount=type=secret,id=credentials …",
            file.path
        ))),
        ..Fault::default()
    }
}
