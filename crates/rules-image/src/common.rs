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

/// Judges the image's configuration, if the target has one, or says that it could not be read.
pub(crate) fn with_image(subject: &Subject, judge: impl FnOnce(&Image) -> Judgement) -> Judgement {
    match &subject.image {
        None => Judgement::not_applicable(),
        Some(image) if image.unread => {
            let reason = "the configuration of the image was not read";
            unknown(DoubtKind::Target, "configuration", reason, "give the image with its configuration")
        }
        Some(image) => judge(image),
    }
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
        path: file.path.as_str().into(),
        layer: file.layer.as_ref().map(|l| l.diff_id.to_string().into()),
        instruction: file.instruction.as_deref().map(redact).map(Into::into),
        ..Place::default()
    }
}

/// What the configuration says in a field, as the one step of an argument.
pub(crate) fn configured(what: impl Into<String>, field: &str) -> Vec<Because> {
    vec![Because::new(what, format!("configuration: {field}"))]
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

/// The last stage of a build that takes only what the program needs. An empty stage serves a program that stands
/// alone; one that is interpreted needs its interpreter, and what names no file of its own is not known to stand alone.
pub(crate) fn bare_stage(image: Option<&Image>) -> Fix {
    if let Some((interpreter, base)) = image.and_then(interpreter) {
        let line = command_line(image);
        return dockerfile(format!(
            "# last stage: an image with {interpreter} and neither shell nor package manager\nFROM {base}\n\
             COPY --from=build /app /app\nENTRYPOINT [{line}]"
        ));
    }
    let program = image.and_then(|i| {
        i.entrypoint.iter().chain(&i.cmd).find(|p| p.starts_with('/') && !is_shell(p) && !is_script(p))
    });
    match program {
        Some(program) => dockerfile(format!(
            "# last stage, for a program that is linked statically\nFROM scratch\n\
             COPY --from=build {program} {program}\nENTRYPOINT [\"{program}\"]"
        )),
        None => dockerfile(
            "# last stage: an image that holds what the program needs, and neither shell nor package manager\n\
             FROM gcr.io/distroless/base-debian12\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]",
        ),
    }
}

/// Interpreters by the programs that are written for them or set up their images, with an image that holds little
/// else.
const INTERPRETERS: [(&str, &[&str], &str, &str); 6] = [
    (
        "Python",
        &["python", "gunicorn", "uvicorn", "celery", "flask", "django-admin", "uwsgi", "pip"],
        "PYTHON_VERSION",
        "gcr.io/distroless/python3-debian12",
    ),
    (
        "Node.js",
        &["node", "nodejs", "npm", "npx", "yarn", "pnpm"],
        "NODE_VERSION",
        "gcr.io/distroless/nodejs22-debian12",
    ),
    ("a Java runtime", &["java"], "JAVA_HOME", "gcr.io/distroless/java21-debian12"),
    ("Ruby", &["ruby", "bundle", "rails", "puma", "rackup"], "RUBY_VERSION", "cgr.dev/chainguard/ruby"),
    ("PHP", &["php", "php-fpm", "apache2-foreground"], "PHP_VERSION", "cgr.dev/chainguard/php"),
    (".NET", &["dotnet"], "DOTNET_VERSION", "mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled"),
];

/// The interpreter that an image runs, and an image to build on.
fn interpreter(image: &Image) -> Option<(&'static str, &'static str)> {
    let words = image.entrypoint.iter().chain(&image.cmd);
    let names: Vec<&str> = words.map(|w| w.rsplit('/').next().unwrap_or(w)).collect();
    let runs = |programs: &[&str]| {
        names.iter().any(|name| {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
            programs.contains(name) || programs.contains(&stem)
        })
    };
    let sets = |variable: &str| image.env.iter().any(|e| e.split('=').next() == Some(variable));
    let found = INTERPRETERS.iter().find(|(_, programs, ..)| runs(programs));
    let found = found.or_else(|| INTERPRETERS.iter().find(|(_, _, variable, _)| sets(variable)));
    found.map(|(name, _, _, base)| (*name, *base))
}

/// The words of the image's command, each in quotes, secrets left out.
fn command_line(image: Option<&Image>) -> String {
    let words = image.map_or_else(Vec::new, |i| i.entrypoint.iter().chain(&i.cmd).collect::<Vec<_>>());
    let quoted: Vec<String> =
        words.iter().take(LISTED_MAX).map(|w| format!("{:?}", redact(w))).filter(|w| !w.is_empty()).collect();
    if quoted.is_empty() { "\"/app\"".to_owned() } else { quoted.join(", ") }
}

/// Whether a file is a script by its name.
fn is_script(program: &str) -> bool {
    [".sh", ".py", ".js", ".rb", ".pl", ".php"].iter().any(|end| program.ends_with(end))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(entrypoint: &[&str], cmd: &[&str], env: &[&str]) -> String {
        let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect();
        let image =
            Image { entrypoint: words(entrypoint), cmd: words(cmd), env: words(env), ..Image::default() };
        bare_stage(Some(&image)).command.unwrap_or_default()
    }

    #[test]
    fn an_empty_stage_is_advised_only_to_a_program_that_stands_alone() {
        assert!(
            stage(&["/srv/shop"], &["--port", "80"], &[])
                .contains("FROM scratch\nCOPY --from=build /srv/shop /srv/shop")
        );
        for (entrypoint, cmd, env, base) in [
            (&["python3.11"][..], &["app.py"][..], &[][..], "distroless/python3"),
            (&["/docker-entrypoint.sh"], &["node", "server.js"], &[], "distroless/nodejs"),
            (&[], &["/opt/java/bin/java", "-jar", "/app.jar"], &[], "distroless/java"),
            (&[], &["/srv/start"], &["PYTHON_VERSION=3.11.4"], "distroless/python3"),
            (&["/bin/sh", "-c"], &["exec nginx"], &[], "distroless/base"),
            (&[], &["nginx"], &[], "distroless/base"),
        ] {
            let text = stage(entrypoint, cmd, env);
            assert!(text.contains(base) && !text.contains("scratch"), "{entrypoint:?} {cmd:?}: {text}");
        }
    }
}
