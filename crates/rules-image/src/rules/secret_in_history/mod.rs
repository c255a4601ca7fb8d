//! The history of the image must hold no secret.
//!
//! **Why.** Every instruction is written into the image as it was run, build arguments and command lines included.
//! Deleting a file or unsetting a variable in a later instruction does not take it out of the history.
//!
//! **What is looked at.** Every history line and comment, for the same things as in `secret-in-env`. What is still in
//! the configuration is reported there and not again. Values are never printed.
//!
//! **Fix.** Pass secrets to a build with `RUN --mount=type=secret`, which leaves no trace, build the image anew, and
//! change the secret wherever it was valid.

use std::collections::{BTreeMap, BTreeSet};

use eval::{Fault, Judgement, Rule};
use inventory::{HistoryLine, Image};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, faults, unknown, with_image};
use crate::history::{instruction, origin, place};
use inventory::secret::{SECRET_TEXT_BYTES_MAX, Secret, find};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "secret-in-history",
    control: "secrets",
    title: "The image's history holds a secret",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| {
        if image.history.is_empty() {
            return Judgement::not_applicable();
        }
        let known = configured(image);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut out = faults(Vec::new());
        for line in &image.history {
            for text in [&line.created_by, &line.comment] {
                let fresh = find(text)
                    .into_iter()
                    .filter(|s| text.get(s.range.clone()).is_some_and(|v| !known.contains(v)));
                out.faults.extend(fresh.map(|s| fault(image, line, text, &s, &mut seen)));
                if SECRET_TEXT_BYTES_MAX < text.len() {
                    let reason = format!("longer than {SECRET_TEXT_BYTES_MAX} bytes, looked at up to there");
                    let doubt =
                        unknown(model::DoubtKind::Target, "history", &reason, "shorten the instruction");
                    out.doubts.extend(doubt.doubts);
                }
            }
        }
        out
    })
}

/// Values that `secret-in-env` reports.
fn configured(image: &Image) -> BTreeSet<String> {
    let labels = image.labels.iter().map(|(k, v)| format!("{k}={v}"));
    let lines = [image.entrypoint.join(" "), image.cmd.join(" ")];
    let texts = image.env.iter().cloned().chain(labels).chain(lines);
    texts
        .flat_map(|t| {
            find(&t).into_iter().filter_map(|s| t.get(s.range).map(str::to_owned)).collect::<Vec<_>>()
        })
        .collect()
}

fn fault(
    image: &Image,
    line: &HistoryLine,
    text: &str,
    secret: &Secret,
    seen: &mut BTreeMap<String, usize>,
) -> Fault {
    let keyword = instruction(&line.created_by).keyword;
    let named = if secret.name.is_empty() { String::new() } else { format!(" as `{}`", secret.name) };
    let field = format!("{keyword}:{}:{}", secret.what, secret.name);
    let count = seen.entry(field.clone()).or_default();
    *count += 1;
    let length = text.get(secret.range.clone()).map_or(0, |v| v.chars().count());
    let article = if keyword.starts_with(['A', 'E', 'O']) { "an" } else { "a" };
    Fault {
        severity: Some(if secret.weak { Severity::Medium } else { Severity::High }),
        message: format!(
            "{article} `{keyword}` instruction holds {}{named} ({length} characters), which every copy of the image shows. \
             Build anew without it, and change it wherever it is valid",
            secret.what
        ),
        place: place(image, line),
        because: origin(line),
        key: format!("{field}:{count}"),
        fix: Some(dockerfile("RUN --mount=type=secret,id=token,env=TOKEN …")),
        ..Fault::default()
    }
}
