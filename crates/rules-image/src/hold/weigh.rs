//! Weighs the scanners that pipelines call: what each enforces, and whether together they look at all of the project.

use std::collections::{BTreeMap, BTreeSet};

use api::CellOutcome;
use eval::assess::{EvidenceKind, HoldEvidence};
use model::PackageType;

use super::CONFIGURATION;
use super::look::{Look, Place, Project, Surroundings, place};
use super::ours::OwnSettings;
use super::shell::{Ends, Script};
use super::step::{Step, Work};
use super::tools::{Call, DEPENDENCIES, Environment, IMAGES, action, call};

/// Things that one sentence names.
const NAMED_MAX: usize = 3;

/// A call in its place.
struct Placed<'s> {
    path: &'s str,
    line: usize,
    folder: String,
    ends: Ends,
    call: Call,
}

/// What a call covers of a control.
#[derive(Default)]
struct Cover {
    /// Positions in [`Project::packages`].
    packages: BTreeSet<usize>,
    images: BTreeSet<String>,
    all_images: bool,
}

/// The evidence of every call, in the order of `steps`; `ours` are our own configuration and ignore files, by path.
pub(super) fn weigh(
    steps: &[(&str, Step)],
    mut around: Surroundings,
    project: &Project,
    ours: &[(&str, &[u8])],
) -> Vec<HoldEvidence> {
    let placed = placed(steps, &mut around, project, ours);
    let judged: Vec<(usize, &'static str, Ends, Cover)> = placed
        .iter()
        .enumerate()
        .flat_map(|(n, p)| p.call.controls.iter().map(move |c| (n, p, *c)))
        .map(|(n, p, control)| {
            let (seen, cover) = looks(p, control, &around, project);
            (n, control, p.ends.clone().and(p.call.gates.clone()).and(seen), cover)
        })
        .collect();
    let open = |control: &str| {
        let passing = judged.iter().filter(|(_, c, ends, _)| *c == control && *ends == Ends::Yes);
        left_out(control, passing.map(|(.., cover)| cover), &around, project)
    };
    let (images, packages) = (open(IMAGES), open(DEPENDENCIES));
    judged
        .iter()
        .filter_map(|(n, control, ends, _)| {
            let at = placed.get(*n)?;
            let open = if *control == IMAGES { &images } else { &packages };
            Some(evidence(at, control, ends, open.as_deref()))
        })
        .collect()
}

/// The calls of all steps, each with what is set where it stands.
fn placed<'s>(
    steps: &'s [(&'s str, Step)],
    around: &mut Surroundings,
    project: &Project,
    ours: &[(&str, &[u8])],
) -> Vec<Placed<'s>> {
    let mut file = OwnSettings::default();
    if let Some((_, bytes)) = ours.iter().find(|(path, _)| *path == CONFIGURATION) {
        file.fall_back(bytes);
    }
    let mut out = Vec::new();
    // What the steps of a job write down for those behind them.
    let mut written: BTreeMap<(&str, usize), OwnSettings> = BTreeMap::new();
    for (path, step) in steps {
        // Every step says itself what is set around it.
        let mut variables: BTreeMap<String, String> = step.around.iter().cloned().collect();
        let of_job = written.entry((path, step.job)).or_insert_with(|| {
            let mut settings = OwnSettings::default();
            variables.iter().for_each(|(name, value)| settings.set(name, value));
            settings
        });
        let mut settings = of_job.clone();
        step.settings.iter().for_each(|(name, value)| settings.set(name, value));
        for (key, value) in &file.0 {
            settings.0.entry(key.clone()).or_insert_with(|| value.clone());
        }
        variables.extend(step.settings.iter().cloned());
        let environment = Environment {
            trivy_exit_code: variables.get("TRIVY_EXIT_CODE").is_some_and(|v| v != "0"),
            settings: &settings,
            ignores: ours,
            as_of: project.as_of,
        };
        out.extend(calls(path, step, &environment, around));
        note(step, of_job);
    }
    out
}

fn evidence(at: &Placed<'_>, control: &str, ends: &Ends, open: Option<&str>) -> HoldEvidence {
    let what = format!("`{}:{}` runs {}", at.path, at.line, at.call.tool);
    let (outcome, because) = match (ends, open) {
        (Ends::No(why), _) => (CellOutcome::Fail, format!("{what}, but {why}")),
        (Ends::Perhaps(why), _) => (CellOutcome::Unknown, format!("{what}, but {why}")),
        (Ends::Yes, Some(open)) => (CellOutcome::Fail, format!("{what}, which fails the build, but {open}")),
        (Ends::Yes, None) => (CellOutcome::Pass, format!("{what}, which fails the build")),
    };
    HoldEvidence { control: control.to_owned(), kind: EvidenceKind::PipelineGate, outcome, because }
}

/// The scanners that a step calls; what it builds and clones is noted.
fn calls<'s>(
    path: &'s str,
    step: &Step,
    environment: &Environment<'_>,
    around: &mut Surroundings,
) -> Vec<Placed<'s>> {
    let placed = |line, folder, ends, call| Placed { path, line, folder, ends, call };
    match &step.work {
        Work::Action { line, uses, with } => {
            let input = |key: &str| with.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
            if uses.starts_with("docker/build-push-action")
                && let Some(tags) = input("tags")
            {
                around.tags(&tags);
            }
            let call = action(uses, &input, environment);
            call.map(|c| placed(*line, step.folder.clone(), step.ends.clone(), c)).into_iter().collect()
        }
        Work::Script { texts, shell } => {
            let script = whole(texts);
            let lines =
                texts.iter().flat_map(|(line, text)| text.lines().enumerate().map(move |(n, _)| line + n));
            let lines: Vec<usize> = lines.collect();
            let mut out = Vec::new();
            let mut settings = environment.settings.clone();
            let script = Script::read(&script, *shell);
            for (n, command) in script.commands().iter().enumerate() {
                around.note(command);
                settings.note(&command.words);
                let environment = Environment { settings: &settings, ..*environment };
                let Some(call) = call(&command.words, &environment) else { continue };
                let line = lines.get(command.line).or(lines.last()).copied().unwrap_or(0);
                let folder = super::shell::join(&step.folder, &command.folder);
                out.push(placed(line, folder, step.ends.clone().and(script.ends(n)), call));
            }
            out
        }
    }
}

/// Texts of a step as the one script that they are.
fn whole(texts: &[(usize, String)]) -> String {
    texts.iter().map(|(_, text)| format!("{}\n", text.trim_end_matches('\n'))).collect()
}

/// What a step writes down for those behind it in its job.
fn note(step: &Step, settings: &mut OwnSettings) {
    let Work::Script { texts, shell } = &step.work else { return };
    let names = |word: &str| texts.iter().any(|(_, text)| text.contains(word));
    if names("BASH_ENV") || names("task.setvariable") {
        texts.iter().for_each(|(_, text)| settings.handed_on(text));
    }
    if !names("GITHUB_ENV") {
        return;
    }
    let script = Script::read(&whole(texts), *shell);
    let sure = step.ends == Ends::Yes && script.is_straight();
    script.commands().iter().for_each(|command| settings.written(command, sure));
}

/// Whether a call looks at this project, and at what of it. Of several targets one is enough.
fn looks(at: &Placed<'_>, control: &str, around: &Surroundings, project: &Project) -> (Ends, Cover) {
    let mut cover = Cover::default();
    let mut best: Option<Ends> = None;
    for look in &at.call.looks {
        let ends = match (control, look) {
            (IMAGES, look) => image(look, at, around, project, &mut cover),
            (_, look) => packages(look, at, around, project, &mut cover),
        };
        best = Some(match (best, ends) {
            (Some(Ends::Yes), _) | (_, Ends::Yes) => Ends::Yes,
            (Some(Ends::Perhaps(why)), _) | (_, Ends::Perhaps(why)) => Ends::Perhaps(why),
            (_, no) => no,
        });
    }
    (best.unwrap_or_else(|| Ends::perhaps("what it looks at is not said here")), cover)
}

fn somewhere(path: &str, at: &Placed<'_>, around: &Surroundings) -> Result<String, Ends> {
    match place(&at.folder, path) {
        Place::Inside(inside) if around.is_cloned(&inside) => {
            Err(Ends::no(format!("it looks at `{inside}`, which is another repository")))
        }
        Place::Inside(inside) => Ok(inside),
        Place::Elsewhere => Err(Ends::no(format!(
            "it looks at `{}`, which is no part of this project",
            super::shell::join(&at.folder, path)
        ))),
        Place::Unclear => {
            Err(Ends::perhaps(format!("whether `{path}` is this project is known only when it runs")))
        }
    }
}

fn packages(
    look: &Look,
    at: &Placed<'_>,
    around: &Surroundings,
    project: &Project,
    cover: &mut Cover,
) -> Ends {
    let all = 0..project.packages.len();
    match look {
        Look::Tree(path) => {
            let inside = match somewhere(path, at, around) {
                Ok(inside) => inside,
                Err(ends) => return ends,
            };
            let below = |file: &str| {
                let rest = file.strip_prefix(inside.as_str());
                inside.is_empty() || rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
            };
            let knows =
                |kind: PackageType| at.call.ecosystems.is_empty() || at.call.ecosystems.contains(&kind);
            let found =
                project.packages.iter().enumerate().filter(|(_, (kind, file))| knows(*kind) && below(file));
            let found: BTreeSet<usize> = found.map(|(n, _)| n).collect();
            match (found.is_empty(), project.packages.is_empty(), inside.is_empty()) {
                (false, ..) | (true, true, true) => {
                    cover.packages.extend(found);
                    Ends::Yes
                }
                (true, true, false) => Ends::perhaps(format!("it looks at `{inside}` alone")),
                (true, false, _) => Ends::no("nothing that this project depends on is what it looks at"),
            }
        }
        Look::Image(reference) => {
            let (ends, _) = around.image(reference);
            cover.packages.extend(all.filter(|_| ends == Ends::Yes));
            ends
        }
        Look::Archive(path) => match somewhere(path, at, around) {
            Ok(_) => {
                cover.packages.extend(all);
                Ends::Yes
            }
            Err(ends) => ends,
        },
        Look::Document(path) => {
            Ends::perhaps(format!("whether `{path}` describes this project is not said here"))
        }
        Look::Elsewhere(what) => Ends::no(format!("it looks at `{what}`, which is no part of this project")),
    }
}

fn image(look: &Look, at: &Placed<'_>, around: &Surroundings, project: &Project, cover: &mut Cover) -> Ends {
    match look {
        Look::Tree(path) => match somewhere(path, at, around) {
            Ok(inside) if !inside.is_empty() => Ends::perhaps(format!("it looks at `{inside}` alone")),
            Ok(_) if project.has_images => {
                cover.all_images = true;
                Ends::Yes
            }
            Ok(_) => Ends::no("it looks at the project's files, and no image lies among them"),
            Err(ends) => ends,
        },
        Look::Image(reference) => {
            let (ends, name) = around.image(reference);
            if ends == Ends::Yes {
                cover.images.extend(name);
            }
            ends
        }
        Look::Archive(path) => match somewhere(path, at, around) {
            Ok(_) if 1 < around.images.len() => {
                Ends::perhaps(format!("which of the images that are built `{path}` holds is not said here"))
            }
            Ok(_) => {
                cover.all_images = true;
                Ends::Yes
            }
            Err(ends) => ends,
        },
        Look::Document(path) => {
            Ends::perhaps(format!("whether `{path}` describes this project is not said here"))
        }
        Look::Elsewhere(what) => Ends::no(format!("it looks at `{what}`, which is no part of this project")),
    }
}

/// What no passing call looks at, in words.
fn left_out<'c>(
    control: &str,
    passing: impl Iterator<Item = &'c Cover>,
    around: &Surroundings,
    project: &Project,
) -> Option<String> {
    let mut sum = Cover::default();
    for cover in passing {
        sum.packages.extend(&cover.packages);
        sum.images.extend(cover.images.iter().cloned());
        sum.all_images |= cover.all_images;
    }
    let mut open: Vec<String> = Vec::new();
    if control == IMAGES {
        if sum.all_images {
            return None;
        }
        // A name that a variable stands for may be any of them.
        let any = sum.images.is_empty() || sum.images.iter().any(|i| i.contains('$'));
        let images = around.shipped().iter().filter(|i| !any && !sum.images.contains(*i));
        open.extend(images.map(|i| format!("the image `{i}`")));
    } else {
        let missing = project.packages.iter().enumerate().filter(|(n, _)| !sum.packages.contains(n));
        let mut files: Vec<String> = missing.map(|(_, (kind, file))| format!("`{file}` ({kind})")).collect();
        files.sort();
        files.dedup();
        open = files;
    }
    if open.is_empty() {
        return None;
    }
    let more = match open.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    open.truncate(NAMED_MAX);
    Some(format!("no step that does looks at {}{more}", open.join(", ")))
}
