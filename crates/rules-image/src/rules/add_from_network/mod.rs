//! The build must not take in files from the network that nothing verifies.
//!
//! **Why.** `ADD https://…` and `curl … | sh` take whatever the other side serves at that moment: the build is not
//! repeatable, and whoever holds the server or the line writes into the image.
//!
//! **What is looked at.** History lines: `ADD` of an address without `--checksum`, and commands that hand what `curl`
//! or `wget` fetch straight to an interpreter (`| sh`, `bash <(curl …)`, `sh -c "$(curl …)"`). Over plain `http` it is
//! *high*, else *medium*. Downloads that end in a file are no finding: they may be verified later.
//!
//! **Fix.** Give `ADD` the checksum, or download, verify and run as three steps.

use eval::{Fault, Judgement, Rule};
use inventory::{HistoryLine, Image};
use model::Severity;

use crate::Subject;
use crate::common::{dockerfile, faults, with_image};
use crate::history::{instruction, origin, place};
use crate::redact;

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "add-from-network",
    control: "image-hardening",
    title: "The build takes in unverified files from the network",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

const INTERPRETERS: [&str; 13] = [
    "sh", "bash", "ash", "dash", "zsh", "ksh", "fish", "python", "python2", "python3", "perl", "ruby", "node",
];

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| {
        if image.history.is_empty() {
            return Judgement::not_applicable();
        }
        faults(image.history.iter().flat_map(|line| line_faults(image, line)).collect())
    })
}

fn line_faults(image: &Image, line: &HistoryLine) -> Vec<Fault> {
    let parsed = instruction(&line.created_by);
    let addresses = match parsed.keyword.as_str() {
        "ADD" if !parsed.body.contains("--checksum=") => added(parsed.body),
        "RUN" => executed(parsed.body),
        _ => Vec::new(),
    };
    let is_add = parsed.keyword == "ADD";
    addresses.into_iter().map(|address| fault(image, line, &address, is_add)).collect()
}

fn fault(image: &Image, line: &HistoryLine, address: &str, is_add: bool) -> Fault {
    let shown = redact(address);
    let plain = address.starts_with("http://");
    let (what, fix) = if is_add {
        (format!("`ADD {shown}` is taken in unverified"), format!("ADD --checksum=sha256:… {shown} /…"))
    } else {
        let steps = "RUN curl -fsSLo /tmp/x ADDRESS && echo 'SHA256  /tmp/x' | sha256sum -c && sh /tmp/x";
        (format!("what {shown} serves is run as it comes"), steps.replace("ADDRESS", &shown))
    };
    let how = if plain { ", over a line that anyone may change" } else { "" };
    Fault {
        severity: Some(if plain { Severity::High } else { Severity::Medium }),
        message: format!("{what}{how}. Verify it by its checksum"),
        place: place(image, line),
        because: origin(line),
        key: shown,
        fix: Some(dockerfile(fix)),
        ..Fault::default()
    }
}

fn is_address(word: &str) -> bool {
    ["http://", "https://", "ftp://"].iter().any(|p| word.starts_with(p))
}

/// Addresses among the sources of an `ADD`; Git repositories at a commit are as good as a checksum.
fn added(body: &str) -> Vec<String> {
    let words = body.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '"'));
    words.filter(|w| is_address(w) && !is_commit(w)).map(str::to_owned).collect()
}

fn is_commit(address: &str) -> bool {
    address.rsplit_once('#').is_some_and(|(_, end)| {
        let commit = end.split(':').next().unwrap_or("");
        40 <= commit.len() && commit.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// Addresses whose content an interpreter runs straight away.
fn executed(command: &str) -> Vec<String> {
    let mut out = Vec::new();
    for statement in statements(command) {
        let stages: Vec<&str> = statement.split('|').collect();
        for (n, stage) in stages.iter().enumerate() {
            let Some(address) = fetched(stage) else { continue };
            let piped = stages.iter().skip(n + 1).any(|s| runs(s));
            if piped || substituted(stage) {
                out.push(address);
            }
        }
    }
    out
}

/// Commands between `;`, `&&`, `||` and line ends; a pipe stays within one.
fn statements(command: &str) -> Vec<String> {
    let joined = command.replace("\\\n", " ").replace("||", "\n").replace("&&", "\n").replace(';', "\n");
    joined.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect()
}

fn words(stage: &str) -> impl Iterator<Item = &str> {
    stage
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | '`'))
        .filter(|w| !w.is_empty())
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The address that a stage fetches to its standard output, if it calls a fetcher.
fn fetched(stage: &str) -> Option<String> {
    let all: Vec<&str> = words(stage).collect();
    let at = all.iter().position(|w| matches!(base(w.trim_start_matches('$')), "curl" | "wget"))?;
    let rest = all.get(at + 1..)?;
    Some(rest.iter().find(|w| is_address(w)).map_or("an address", |w| *w).to_owned())
}

/// Whether the first command of a stage is an interpreter.
fn runs(stage: &str) -> bool {
    let mut commands = words(stage).filter(|w| {
        !w.starts_with('-')
            && !w.contains('=')
            && !matches!(base(w), "sudo" | "env" | "exec" | "command" | "nice")
    });
    commands.next().is_some_and(|w| INTERPRETERS.contains(&base(w)))
}

/// `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(curl …)"`, `. <(curl …)`.
fn substituted(stage: &str) -> bool {
    let inside = ["<(", "$(", "`"].iter().filter_map(|open| stage.find(open)).min();
    let Some(before) = inside.and_then(|at| stage.get(..at)) else { return false };
    let called = stage.find("curl").or_else(|| stage.find("wget"));
    let fetches_inside = called.is_some_and(|c| before.len() < c);
    let first = words(before).find(|w| !w.contains('=') && !matches!(base(w), "sudo" | "exec"));
    fetches_inside
        && first.is_some_and(|w| INTERPRETERS.contains(&base(w)) || matches!(w, "eval" | "." | "source"))
}
