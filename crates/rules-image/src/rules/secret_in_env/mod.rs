//! The configuration of the image must hold no secret: not in `ENV`, not in labels, not in the command line.
//!
//! **Why.** Whoever can pull the image reads its configuration, and every process of the container inherits its
//! environment, prints it in crash reports and hands it to its children.
//!
//! **What is looked at.** Every variable, label, entrypoint and command of the configuration: tokens whose issuer gave
//! them a known shape, private keys, passwords in addresses, and values whose name says that they are a secret. A value
//! that refers to something (`$TOKEN`, `/run/secrets/x`, `vault:…`) is none. Rated *high*; *medium* where the value is
//! so short or plain that it is rather a default, which is known to everyone as well. Values are never printed.
//!
//! **Fix.** Delete the line, change the secret wherever it was valid, since it is in every copy of the image, and pass
//! the new one when the container starts (a mounted secret, a vault).

use eval::{Fault, Judgement, Rule};
use inventory::Image;
use model::{Place, Severity};

use crate::Subject;
use crate::common::{configured, dockerfile, faults, with_image};
use crate::redact;
use inventory::secret::{Secret, find};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "secret-in-env",
    control: "secrets",
    title: "The image's configuration holds a secret",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| {
        let mut out = Vec::new();
        for variable in &image.env {
            let name = variable.split('=').next().unwrap_or("");
            let field = format!("`ENV {}`", redact(name));
            out.extend(
                find(variable).first().map(|s| fault(image, s, variable, &field, &format!("env:{name}"))),
            );
        }
        for (label, value) in &image.labels {
            let text = format!("{label}={value}");
            let field = format!("label `{}`", redact(label));
            out.extend(
                find(&text).first().map(|s| fault(image, s, &text, &field, &format!("label:{label}"))),
            );
        }
        for (field, words) in [("`ENTRYPOINT`", &image.entrypoint), ("`CMD`", &image.cmd)] {
            let line = words.join(" ");
            let found = find(&line);
            let keyed =
                found.iter().enumerate().map(|(n, s)| fault(image, s, &line, field, &format!("{field}:{n}")));
            out.extend(keyed);
        }
        faults(out)
    })
}

fn fault(image: &Image, secret: &Secret, text: &str, field: &str, key: &str) -> Fault {
    let length = text.get(secret.range.clone()).map_or(0, |v| v.chars().count());
    let plain = if secret.weak { ", short or plain enough to guess" } else { "" };
    Fault {
        severity: Some(if secret.weak { Severity::Medium } else { Severity::High }),
        message: format!(
            "{field} holds {} ({length} characters{plain}). Change it wherever it is valid, and pass the new one when \
             the container starts",
            secret.what
        ),
        place: Place { instruction: instruction(image, text, secret).map(Into::into), ..Place::default() },
        key: key.to_owned(),
        because: configured(format!("holds {}, {length} characters long", secret.what), field),
        fix: Some(dockerfile("# delete the line; at run time: docker run --env-file secrets.env …")),
        ..Fault::default()
    }
}

/// The history line that set the value, without it.
fn instruction(image: &Image, text: &str, secret: &Secret) -> Option<String> {
    let value = text.get(secret.range.clone())?;
    image.history.iter().find(|h| h.created_by.contains(value)).map(|h| redact(&h.created_by))
}
