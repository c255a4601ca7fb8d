//! What several rules share: notable files, their places, groups by owner, fixes as Dockerfile lines.

use std::collections::BTreeMap;

use api::{Because, Fix, FixKind};
use eval::{Fault, Judgement, RuleDoubt};
use inventory::{FileFact, FileTrait, Image, Surface};
use model::{DoubtKind, Place, Severity};

use crate::{Subject, redact};

/// Findings of one rule about single files; the rest is one finding with their number.
pub(crate) const FILE_FINDINGS_MAX: usize = 200;

/// Paths that a message lists.
const LISTED_MAX: usize = 5;

/// Judges the file system, or says that it could not be read.
pub(crate) fn with_surface(subject: &Subject, judge: impl FnOnce(&Surface) -> Judgement) -> Judgement {
    match (&subject.surface, &subject.image) {
        (Some(surface), _) => judge(surface),
        (None, Some(_)) => {
            let reason = "the file system of the image was not read";
            unknown(DoubtKind::Target, "image", reason, "give the image with all its layers")
        }
        (None, None) => Judgement::not_applicable(),
    }
}

/// Judges the image's configuration, if the target has one.
pub(crate) fn with_image(subject: &Subject, judge: impl FnOnce(&Image) -> Judgement) -> Judgement {
    subject.image.as_ref().map_or_else(Judgement::not_applicable, judge)
}

/// A judgement of one doubt.
pub(crate) fn unknown(kind: DoubtKind, place: &str, reason: &str, remedy: &str) -> Judgement {
    let doubt =
        RuleDoubt { kind, r#where: place.to_owned(), reason: reason.to_owned(), remedy: remedy.to_owned() };
    Judgement { doubts: vec![doubt], ..Judgement::clean() }
}

/// A judgement of faults.
pub(crate) fn faults(faults: Vec<Fault>) -> Judgement {
    Judgement { faults, ..Judgement::clean() }
}

/// Notable files with a trait, in the order of their paths.
pub(crate) fn files(surface: &Surface, wanted: FileTrait) -> impl Iterator<Item = &FileFact> {
    surface.notable.iter().filter(move |f| f.traits.contains(&wanted))
}

/// The place of a file: path, layer, and the history line without secrets.
pub(crate) fn place(file: &FileFact) -> Place {
    Place {
        path: file.path.clone(),
        layer: file.layer.as_ref().map(|l| l.diff_id.to_string()),
        instruction: file.instruction.as_deref().map(redact),
        ..Place::default()
    }
}

/// Where a file comes from, as steps of the argument.
pub(crate) fn origin(file: &FileFact) -> Vec<Because> {
    let mut steps = vec![Because::new(
        format!("mode {:o}, owner {}:{}", file.mode, file.uid, file.gid),
        file.path.clone(),
    )];
    steps.extend(file.owner.as_ref().map(|o| Because::new("owns the file", o.clone())));
    if let Some(layer) = &file.layer {
        let line = file.instruction.as_deref().map_or("brought the file".to_owned(), redact);
        steps.push(Because::new(line, format!("layer {}", layer.index)));
    }
    steps
}

/// One fault a file up to [`FILE_FINDINGS_MAX`], then one for all the rest.
pub(crate) fn each_file<'f>(
    files: impl Iterator<Item = &'f FileFact>,
    fault: impl Fn(&FileFact) -> Fault,
) -> Judgement {
    let files: Vec<&FileFact> = files.collect();
    let mut out: Vec<Fault> = files.iter().take(FILE_FINDINGS_MAX).map(|f| fault(f)).collect();
    if let Some(rest) = files.get(FILE_FINDINGS_MAX..).filter(|rest| !rest.is_empty()) {
        let worst = rest.iter().filter_map(|f| fault(f).severity).max();
        out.push(Fault {
            severity: worst,
            message: format!("{} more files like these: {}", rest.len(), listed(rest)),
            key: "rest".to_owned(),
            ..Fault::default()
        });
    }
    faults(out)
}

/// Files by the package that owns them; one without owner stands alone.
pub(crate) fn by_owner<'f>(
    files: impl Iterator<Item = &'f FileFact>,
) -> Vec<(Option<&'f str>, Vec<&'f FileFact>)> {
    let mut groups: BTreeMap<(&str, &str), Vec<&FileFact>> = BTreeMap::new();
    for file in files {
        let key = match &file.owner {
            Some(owner) => ("", owner.as_str()),
            None => (file.path.as_str(), ""),
        };
        groups.entry(key).or_default().push(file);
    }
    groups.into_iter().map(|((_, owner), files)| ((!owner.is_empty()).then_some(owner), files)).collect()
}

/// `` `usr/bin/gcc`, `usr/bin/cc` and 3 more ``.
pub(crate) fn listed(files: &[&FileFact]) -> String {
    let first: Vec<String> = files.iter().take(LISTED_MAX).map(|f| format!("`{}`", f.path)).collect();
    match files.len().saturating_sub(LISTED_MAX) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// One fault a package (or unowned file) that brings programs of a kind.
pub(crate) fn programs(
    surface: &Surface,
    wanted: FileTrait,
    severity: Severity,
    advice: &str,
    fix: impl Fn(Option<&str>, &[&FileFact]) -> Fix,
) -> Judgement {
    let fault = |(owner, files): (Option<&str>, Vec<&FileFact>)| {
        let first = files.first()?;
        let from = owner.map_or(String::new(), |o| format!(" of package {o}"));
        Some(Fault {
            severity: Some(severity),
            message: format!("{}{from}. {advice}", listed(&files)),
            place: place(first),
            key: owner.unwrap_or("").to_owned(),
            because: origin(first),
            fix: Some(fix(owner, &files)),
            ..Fault::default()
        })
    };
    faults(by_owner(files(surface, wanted)).into_iter().filter_map(fault).collect())
}

/// A line for the Dockerfile.
pub(crate) fn dockerfile(lines: impl Into<String>) -> Fix {
    Fix { kind: FixKind::Command, command: Some(lines.into()), patch: None, version: None }
}

/// The line that removes a package, or files that none owns.
pub(crate) fn remove(owner: Option<&str>, files: &[&FileFact]) -> Fix {
    let line = match owner.and_then(|o| o.split_once(':')) {
        Some(("deb", name)) => format!("RUN apt-get purge --yes --autoremove {name}"),
        Some(("apk", name)) => format!("RUN apk del {name}"),
        Some(("rpm", name)) => format!("RUN rpm --erase {name}"),
        _ => {
            let paths: Vec<String> = files.iter().map(|f| format!("/{}", f.path)).collect();
            format!("RUN rm -f {}", paths.join(" "))
        }
    };
    dockerfile(line)
}

/// The last stage of a build that takes only what the program needs.
pub(crate) fn bare_stage(image: Option<&Image>) -> Fix {
    let program = image
        .and_then(|i| i.entrypoint.first().or(i.cmd.first()))
        .filter(|p| p.starts_with('/') && !is_shell(p))
        .map_or("/app", String::as_str);
    dockerfile(format!("FROM scratch\nCOPY --from=build {program} {program}\nENTRYPOINT [\"{program}\"]"))
}

/// Whether a program is a shell by its name.
pub(crate) fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or("");
    matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "busybox")
}

/// `1.5 MB`, decimal, one digit.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(unit, _)| *unit <= n) {
        Some((unit, name)) => format!("{}.{} {name}", n / unit, n % unit * 10 / unit),
        None => format!("{n} B"),
    }
}
