//! The distribution that the image is built on must still receive security updates.
//!
//! **Why.** After its end of life a distribution publishes neither fixes nor advisories: an image on it looks clean
//! because nobody looks any more.
//!
//! **What is looked at.** The last day of support without extra payment, against `--as-of`. Past is *high*, within 180
//! days *medium*. A release whose end is not known is unknown; a rolling distribution has none.
//!
//! **Fix.** Build on a supported release.

use api::Because;
use eval::{Fault, Judgement, Rule};
use model::{Distribution, DoubtKind, Place, Severity, Timestamp};

use crate::Subject;
use crate::common::{dockerfile, faults, unknown};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "distribution-end-of-life",
    control: "image-hardening",
    title: "The distribution receives no security updates",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

/// Days before the end from which on it is a finding.
const SOON_DAYS: i64 = 180;

/// Distributions without releases.
const ROLLING: [&str; 7] =
    ["arch", "archlinux", "wolfi", "chainguard", "opensuse-tumbleweed", "void", "gentoo"];

fn judge(subject: &Subject) -> Judgement {
    let Some(distribution) = &subject.distribution else { return Judgement::not_applicable() };
    let name = name(distribution);
    let Some(end) = &distribution.end_of_life else {
        if ROLLING.contains(&distribution.id.as_str()) {
            return Judgement::clean();
        }
        let reason = format!("the end of support of {name} is not known");
        let remedy = "build on a release whose end of support is published";
        return unknown(DoubtKind::Knowledge, "etc/os-release", &reason, remedy);
    };
    match end.parse::<Timestamp>() {
        Ok(end_at) => against(distribution, &name, end, subject.as_of.days_since(end_at)),
        Err(e) => unknown(DoubtKind::Knowledge, "etc/os-release", &e.to_string(), "report it"),
    }
}

/// `days` since the last day of support, which itself is supported.
fn against(distribution: &Distribution, name: &str, end: &str, days: i64) -> Judgement {
    let (severity, title, message) = if 0 < days {
        let message = format!("{name} has received no security updates since {end}, {days} days ago");
        (Severity::High, None, message)
    } else if -days <= SOON_DAYS {
        let message = format!("{name} will receive no security updates after {end}, in {} days", -days);
        (Severity::Medium, Some("The distribution soon receives no security updates".to_owned()), message)
    } else {
        return Judgement::clean();
    };
    faults(vec![Fault {
        severity: Some(severity),
        title,
        message,
        place: Place::file("etc/os-release"),
        key: distribution.id.clone(),
        because: vec![
            Because::new(format!("the system is {name}"), "etc/os-release"),
            Because::new(format!("its last day of support is {end}"), "the end dates in the program"),
        ],
        fix: newer(distribution).map(|base| dockerfile(format!("FROM {base}"))),
        ..Fault::default()
    }])
}

fn name(distribution: &Distribution) -> String {
    match &distribution.pretty_name {
        Some(name) if !name.is_empty() => name.clone(),
        _ => format!("{} {}", distribution.id, distribution.version).trim().to_owned(),
    }
}

/// A tag that its publisher keeps on the newest supported release.
fn newer(distribution: &Distribution) -> Option<&'static str> {
    Some(match distribution.id.as_str() {
        "debian" => "debian:stable-slim",
        "alpine" => "alpine:3",
        "ubuntu" => "ubuntu:latest",
        "fedora" => "fedora:latest",
        "almalinux" | "centos" | "rocky" => "almalinux:latest",
        "ol" => "oraclelinux:9-slim",
        "amzn" => "amazonlinux:2023",
        _ => return None,
    })
}
