//! History lines as builders write them, taken apart into Dockerfile instructions.

use api::Because;
use inventory::{HistoryLine, Image};
use model::Place;

use crate::redact::redact;

/// The line itself, without its secrets, as the one step of an argument.
pub(crate) fn origin(line: &HistoryLine) -> Vec<Because> {
    let layer = line.layer.map_or_else(|| "history".to_owned(), |l| format!("history, layer {l}"));
    vec![Because::new(redact(&line.created_by), layer)]
}

/// An instruction of a Dockerfile, as far as its history line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instruction<'h> {
    /// `RUN`, `ENV`, `ADD` … in capitals.
    pub(crate) keyword: String,
    /// What follows it.
    pub(crate) body: &'h str,
    /// Build arguments that BuildKit and Docker write before the command, `NAME=value`.
    pub(crate) arguments: Vec<&'h str>,
}

const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Takes a line apart: `/bin/sh -c #(nop)  ENV A=b` (Docker), `RUN /bin/sh -c x # buildkit`,
/// `RUN |1 A=b /bin/sh -c x # buildkit`, `|1 A=b /bin/sh -c x`, or a bare command (Podman, kaniko), which is a `RUN`.
pub(crate) fn instruction(line: &str) -> Instruction<'_> {
    let line = line.trim();
    let line = line.strip_suffix("# buildkit").map_or(line, str::trim_end);
    let line = line.split_once("#(nop)").map_or(line, |(_, rest)| rest.trim_start());
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let upper = word.to_ascii_uppercase();
    let (keyword, body) = if KEYWORDS.contains(&upper.as_str()) && word == upper {
        (upper, rest.trim_start())
    } else {
        ("RUN".to_owned(), line)
    };
    if keyword != "RUN" {
        return Instruction { keyword, body, arguments: Vec::new() };
    }
    let (arguments, body) = build_arguments(body);
    let shell = ["/bin/sh -c ", "/bin/bash -c ", "/bin/ash -c ", "/bin/bash -o pipefail -c "];
    let body = shell.iter().find_map(|s| body.strip_prefix(s)).unwrap_or(body);
    Instruction { keyword, body, arguments }
}

/// `|2 A=1 B=2 command`: the count, the arguments, the command. A value with blanks ends where the next begins, which
/// the line does not tell; then the command begins at the shell.
fn build_arguments(body: &str) -> (Vec<&str>, &str) {
    let Some(rest) = body.strip_prefix('|') else { return (Vec::new(), body) };
    let (count, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    if count.parse::<u16>().is_err() {
        return (Vec::new(), body);
    }
    match rest.find("/bin/") {
        Some(at) => {
            let (arguments, command) = rest.split_at(at);
            (arguments.split_whitespace().collect(), command)
        }
        None => (rest.split_whitespace().collect(), ""),
    }
}

/// The place of a history line: its layer, and the line itself without secrets.
pub(crate) fn place(image: &Image, line: &HistoryLine) -> Place {
    let layer = line.layer.and_then(|n| image.layers.iter().find(|l| l.index == n));
    Place {
        layer: layer.map(|l| l.diff_id.to_string().into()),
        instruction: Some(redact(&line.created_by).into()),
        ..Place::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builder_writes_its_own_way() {
        for (line, keyword, body, arguments) in [
            ("/bin/sh -c #(nop)  ENV A=b", "ENV", "A=b", vec![]),
            ("/bin/sh -c #(nop) ADD file:ab in / ", "ADD", "file:ab in /", vec![]),
            ("/bin/sh -c apt-get update", "RUN", "apt-get update", vec![]),
            ("RUN /bin/sh -c apt-get update # buildkit", "RUN", "apt-get update", vec![]),
            ("RUN |2 A=b C=d /bin/sh -c make # buildkit", "RUN", "make", vec!["A=b", "C=d"]),
            ("|1 A=b /bin/sh -c make", "RUN", "make", vec!["A=b"]),
            ("COPY /a /b # buildkit", "COPY", "/a /b", vec![]),
            ("apk add curl", "RUN", "apk add curl", vec![]),
            ("add-user x", "RUN", "add-user x", vec![]),
            ("", "RUN", "", vec![]),
        ] {
            let found = instruction(line);
            assert_eq!(
                (found.keyword.as_str(), found.body, found.arguments),
                (keyword, body, arguments),
                "{line}"
            );
        }
    }
}
