//! The user that the image's program starts as must not be root.
//!
//! **Why.** A process that is root inside a container is root for the kernel as well, unless user namespaces map it
//! away. Whoever takes over the program can change every file of the image, and a fault of the runtime or a careless
//! mount hands them the host.
//!
//! **What is looked at.** `User` of the image's configuration: a number, or a name that `/etc/passwd` of the image
//! resolves. No user, `0`, `root` and any name with id 0 are root. A name that `/etc/passwd` does not have is unknown:
//! a runtime refuses to start it, unless the file is mounted.
//!
//! **Fix.** Create a user and switch to it at the end of the Dockerfile. An entrypoint that begins as root and drops
//! its rights (`gosu`, `su-exec`) still begins as root; start it as the user instead and give the user what it needs.

use eval::{Fault, Judgement, Rule};
use inventory::{Image, Surface};
use model::{DoubtKind, Severity};

use crate::Subject;
use crate::common::{configured, dockerfile, faults, unknown, with_image};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "image-runs-as-root",
    control: "image-hardening",
    title: "The image runs as root",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| user(image, subject.surface.as_ref()))
}

fn user(image: &Image, surface: Option<&Surface>) -> Judgement {
    let user = image.user.split(':').next().unwrap_or("").trim();
    if image.os.eq_ignore_ascii_case("windows") {
        let reason = "accounts of Windows images are not read";
        return unknown(DoubtKind::Knowledge, "configuration: User", reason, "check `USER` by hand");
    }
    if user.is_empty() {
        return root("`USER` is not set, so the program starts as root", "names no user");
    }
    if user.bytes().all(|b| b.is_ascii_digit()) {
        return match user.parse::<u32>() {
            Ok(0) => root(&format!("`USER {user}` is root"), &format!("names user {user}")),
            Ok(_) => Judgement::clean(),
            Err(_) => {
                let reason = format!("`{user}` is no user id: larger than 32 bits");
                unknown(DoubtKind::Target, "configuration: User", &reason, "set `USER` to a valid id")
            }
        };
    }
    let ids: Vec<u32> =
        surface.iter().flat_map(|s| &s.users).filter(|(name, _)| name == user).map(|(_, id)| *id).collect();
    match ids.first() {
        Some(0) => {
            let message = format!("`USER {user}` has id 0, which is root");
            root(&message, &format!("names user {user}, which is id 0 in etc/passwd"))
        }
        Some(_) => Judgement::clean(),
        None if user == "root" => root("`USER root` is root", "names user root"),
        None => {
            let reason = format!("user `{user}` is not in `etc/passwd` of the image");
            unknown(
                DoubtKind::Knowledge,
                "configuration: User",
                &reason,
                "create the user in the image or set its id",
            )
        }
    }
}

fn root(message: &str, says: &str) -> Judgement {
    faults(vec![Fault {
        message: format!("{message}. Create a user and name it at the end of the Dockerfile"),
        key: "user".to_owned(),
        because: configured(says, "User"),
        fix: Some(dockerfile("RUN adduser --system --no-create-home app\nUSER app")),
        ..Fault::default()
    }])
}
