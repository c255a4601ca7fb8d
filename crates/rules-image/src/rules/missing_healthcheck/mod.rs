//! The image should say how to tell whether its program is healthy.
//!
//! **Why.** Without a check, Docker and Compose take a program that hangs for one that works, and keep sending work to
//! it.
//!
//! **What is looked at.** `Healthcheck` of the configuration, a Docker extension. The OCI format cannot carry one, so
//! there the rule does not apply; Kubernetes ignores it and has probes instead.
//!
//! **Fix.** Add a `HEALTHCHECK` that calls the program itself rather than a network tool.

use eval::{Fault, Judgement, Rule};
use model::Severity;

use crate::Subject;
use crate::common::{configured, dockerfile, faults, with_image};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "missing-healthcheck",
    control: "image-hardening",
    title: "The image has no health check",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| {
        let first = image.healthcheck.first().map(String::as_str);
        let message = match first {
            Some(word) if word != "NONE" => return Judgement::clean(),
            _ if !image.can_have_healthcheck => return Judgement::not_applicable(),
            Some(_) => "the health check of the base is switched off (`HEALTHCHECK NONE`)",
            None => "the image does not say how to tell whether its program is healthy",
        };
        let program = image.entrypoint.first().or(image.cmd.first()).map_or("/app", String::as_str);
        faults(vec![Fault {
            message: message.to_owned(),
            key: "healthcheck".to_owned(),
            because: configured(first.map_or("names none", |_| "says NONE"), "Healthcheck"),
            fix: Some(dockerfile(format!(
                "HEALTHCHECK --interval=30s --timeout=3s CMD [\"{program}\", \"--healthy\"]"
            ))),
            ..Fault::default()
        }])
    })
}
