//! The image should be built on a base that its name pins.
//!
//! **Why.** `latest`, or no tag at all, is another image tomorrow: a build that was scanned cannot be repeated, and a
//! change of the base arrives unseen.
//!
//! **What is looked at.** The labels `org.opencontainers.image.base.name` and `…base.digest`, which builders write. An
//! image without them does not tell its base, and the rule does not apply.
//!
//! **Fix.** Name the base by tag and digest.

use eval::{Fault, Judgement, Rule};
use inventory::Image;
use model::Severity;

use crate::Subject;
use crate::common::{configured, dockerfile, faults, with_image};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "base-image-unpinned",
    control: "image-hardening",
    title: "The base of the image is not pinned",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| match label(image, "org.opencontainers.image.base.name") {
        None | Some("") => Judgement::not_applicable(),
        Some(base) => pinned(image, base),
    })
}

fn pinned(image: &Image, base: &str) -> Judgement {
    let digest = label(image, "org.opencontainers.image.base.digest").filter(|d| !d.is_empty());
    if base.contains('@') || digest.is_some() || base == "scratch" {
        return Judgement::clean();
    }
    let last = base.rsplit('/').next().unwrap_or(base);
    let message = match last.split_once(':') {
        None => format!("the base `{base}` has no tag, which means whatever is newest"),
        Some((_, "latest")) => format!("the base `{base}` is whatever is newest"),
        Some(_) => return Judgement::clean(),
    };
    faults(vec![Fault {
        message: format!("{message}. Name it by tag and digest"),
        key: "base".to_owned(),
        because: configured(format!("names the base `{base}` and no digest"), "Labels"),
        fix: Some(dockerfile(format!("FROM {}:TAG@sha256:…", base.trim_end_matches(":latest")))),
        ..Fault::default()
    }])
}

fn label<'i>(image: &'i Image, name: &str) -> Option<&'i str> {
    image.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
