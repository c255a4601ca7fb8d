//! `pom.xml`: the effective model as far as the target holds it. Properties, parents by relative path or by
//! coordinates, `dependencyManagement` and imported BOMs are resolved within the tree; what lies in a repository is
//! named as missing.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;

use super::model::{self as written, Dependency, Pom};
use crate::lang::document::in_dependency;
use crate::lang::files::{Files, join, parent, resolve, split};
use crate::lang::locked::Locked;
use crate::lang::text::Broken;

/// Parents above one project, and BOMs within BOMs.
const ANCESTORS_MAX: usize = 16;

/// BOMs that one project imports, those within BOMs included.
const IMPORTS_MAX: u32 = 500;

/// Dependencies, managed ones and properties that the projects of one target inherit, each time counted.
const INHERITED_MAX: usize = 20_000_000;

/// Replacements of `${…}` in one text.
const EXPANSIONS_MAX: usize = 64;

/// Bytes of an expanded text.
const EXPANDED_BYTES_MAX: usize = 4096;

/// Projects of one target that are searched for a parent, BOM or sibling.
const POMS_MAX: usize = 5_000;

const REMEDY: &str = "scan the archive that is built or its bill of materials";

/// Reads `pom.xml`.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let pom = written::read(bytes)?;
    let poms = files.poms();
    let project = Reading { poms, steps: 0 }.effective(path, pom, 0);
    let mut locked = Locked::new(PackageType::Maven, "pom.xml", path);
    let absent = &project.missing;
    let mut transitive = 0_u64;
    for raw in &project.pom.dependencies {
        let dependency = project.expand_all(raw);
        let name = format!("{}:{}", dependency.group, dependency.artifact);
        if let Some(unresolved) =
            [&dependency.group, &dependency.artifact].into_iter().find(|t| t.contains("${"))
        {
            locked.unknown(format!("`{unresolved}` in a dependency has no value in the target"), REMEDY);
            continue;
        }
        if poms.by_name.contains_key(&name) {
            continue;
        }
        let managed = project.managed.get(&key(&dependency));
        let version =
            [Some(&dependency), managed].into_iter().flatten().map(|d| &d.version).find(|v| !v.is_empty());
        let scope =
            [Some(&dependency), managed].into_iter().flatten().map(|d| &d.scope).find(|s| !s.is_empty());
        let Some(version) = version else {
            let by = match absent.is_empty() {
                true => "no dependencyManagement of the target names it".to_owned(),
                false => {
                    format!("not in the target: {}", absent.iter().cloned().collect::<Vec<_>>().join(", "))
                }
            };
            locked.unknown(format!("no version of `{name}` is named ({by})"), REMEDY);
            continue;
        };
        let Some(version) = exact(version) else {
            locked.unknown(format!("`{version}` is no exact version of `{name}`"), REMEDY);
            continue;
        };
        let id = locked.add(&name, version);
        locked.direct(id, true);
        let test = scope.is_some_and(|s| s == "test");
        locked.dev(id, test);
        if !dependency.classifier.is_empty() && !dependency.classifier.contains("${") {
            locked.qualifier(id, "classifier", &dependency.classifier);
        }
        transitive += u64::from(!test);
    }
    if 0 < transitive {
        let reason =
            format!("what the {transitive} dependencies of pom.xml bring along is not part of the target");
        locked.unknown(reason, REMEDY);
    }
    Ok(locked.finish())
}

/// The version itself, or that of `[1.0]`; nothing for ranges, `LATEST`, and texts without value.
fn exact(version: &str) -> Option<&str> {
    let inner = version.strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or(version).trim();
    let open = inner.is_empty()
        || inner.contains([',', '(', ')', '[', ']', '$'])
        || matches!(inner, "LATEST" | "RELEASE");
    (!open).then_some(inner)
}

/// What `dependencyManagement` looks a dependency up by.
fn key(d: &Dependency) -> (String, String, String, String) {
    let kind = if d.kind.is_empty() { "jar" } else { &d.kind };
    (d.group.clone(), d.artifact.clone(), kind.to_owned(), d.classifier.clone())
}

/// Every `pom.xml` of the target, parsed once.
#[derive(Default)]
pub(in crate::lang) struct Poms {
    by_path: BTreeMap<String, Pom>,
    by_name: BTreeMap<String, String>,
    inherited: Cell<usize>,
}

impl Poms {
    /// Reads them; one that cannot be read is a problem of its own document.
    pub(in crate::lang) fn of(files: Files<'_>) -> Self {
        let mut poms = Self::default();
        for path in
            files.below("").filter(|p| split(p).1 == "pom.xml" && !in_dependency(files, p)).take(POMS_MAX)
        {
            let Some(pom) = files.read(path).ok().and_then(|bytes| written::read(&bytes).ok()) else {
                continue;
            };
            let above = pom.parent.as_ref().map(|p| p.group.as_str()).unwrap_or_default();
            let group = if pom.group.is_empty() { above } else { &pom.group };
            poms.by_name.entry(format!("{group}:{}", pom.artifact)).or_insert_with(|| path.to_owned());
            poms.by_path.insert(path.to_owned(), pom);
        }
        poms
    }

    /// Counts what is taken over from `parent`; false when the target's bound is crossed.
    fn pay(&self, parent: &Pom) -> bool {
        let cost = parent.dependencies.len() + parent.managed.len() + parent.properties.len();
        self.inherited.set(self.inherited.get().saturating_add(cost));
        self.inherited.get() <= INHERITED_MAX
    }

    /// The project with these coordinates.
    fn named(&self, name: &str) -> Option<(&str, &Pom)> {
        let path = self.by_name.get(name)?;
        Some((path, self.by_path.get(path)?))
    }
}

/// Resolves one project.
struct Reading<'t> {
    poms: &'t Poms,
    steps: u32,
}

/// A project with everything its ancestors in the target give it.
struct Effective {
    pom: Pom,
    managed: BTreeMap<(String, String, String, String), Dependency>,
    missing: BTreeSet<String>,
}

impl Reading<'_> {
    /// Merges the ancestors into `pom`, which lies at `path`, then resolves what is managed.
    fn effective(&mut self, path: &str, pom: Pom, depth: usize) -> Effective {
        let mut project = Effective { pom, managed: BTreeMap::new(), missing: BTreeSet::new() };
        let mut at = path.to_owned();
        let mut wanted = project.pom.parent.clone();
        for step in 0..=ANCESTORS_MAX {
            let Some(above) = wanted else { break };
            if step == ANCESTORS_MAX {
                project.missing.insert(format!("an end of the chain of parents, {ANCESTORS_MAX} at most"));
                break;
            }
            fill(&mut project.pom.group, &above.group);
            fill(&mut project.pom.version, &above.version);
            let Some((place, parent)) = self.parent(&at, &above) else {
                project
                    .missing
                    .insert(format!("parent {}:{}:{}", above.group, above.artifact, above.version));
                break;
            };
            if !self.poms.pay(parent) {
                project.missing.insert("more inherited dependencies than the bound".to_owned());
                break;
            }
            inherit(&mut project.pom, parent);
            wanted = parent.parent.clone();
            at = place;
        }
        self.manage(&mut project, depth);
        project
    }

    /// The pom of a parent: by its relative path if that names it, otherwise by its coordinates.
    fn parent(&self, path: &str, wanted: &written::Parent) -> Option<(String, &Pom)> {
        let relative = wanted.relative.as_deref().unwrap_or("../pom.xml");
        let beside = resolve(parent(path), relative).filter(|_| !relative.is_empty());
        let place = beside.map(|at| if at.ends_with(".xml") { at } else { join(&at, "pom.xml") });
        let by_path = place.and_then(|at| self.poms.by_path.get(&at).map(|pom| (at, pom)));
        if let Some((at, pom)) = by_path.filter(|(at, pom)| pom.artifact == wanted.artifact && at != path) {
            return Some((at, pom));
        }
        let (at, pom) = self.poms.named(&format!("{}:{}", wanted.group, wanted.artifact))?;
        (at != path).then(|| (at.to_owned(), pom))
    }

    /// Resolves the merged `dependencyManagement`, which wins over the BOMs that it imports.
    fn manage(&mut self, project: &mut Effective, depth: usize) {
        let all: Vec<Dependency> = project.pom.managed.iter().map(|d| project.expand_all(d)).collect();
        let (boms, own): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|d| d.scope == "import" && d.kind == "pom");
        for dependency in own {
            project.managed.entry(key(&dependency)).or_insert(dependency);
        }
        for bom in boms {
            let name = format!("{}:{}", bom.group, bom.artifact);
            let within = depth < ANCESTORS_MAX && self.steps < IMPORTS_MAX;
            let found =
                self.poms.named(&name).filter(|_| within).map(|(at, pom)| (at.to_owned(), pom.clone()));
            match found {
                Some((at, pom)) if self.poms.pay(&pom) => {
                    self.steps += 1;
                    let imported = self.effective(&at, pom, depth + 1);
                    for (key, dependency) in imported.managed {
                        project.managed.entry(key).or_insert(dependency);
                    }
                    project.missing.extend(imported.missing);
                }
                _ => {
                    project.missing.insert(format!("BOM {name}:{}", bom.version));
                }
            }
        }
    }
}

fn fill(own: &mut String, inherited: &str) {
    if own.is_empty() {
        inherited.clone_into(own);
    }
}

/// Takes over what `pom` does not say itself, still unresolved: a property of the child decides in the parent's text.
fn inherit(pom: &mut Pom, parent: &Pom) {
    for (name, value) in &parent.properties {
        pom.properties.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for (own, more) in [(&mut pom.dependencies, &parent.dependencies), (&mut pom.managed, &parent.managed)] {
        let known: BTreeSet<_> = own.iter().map(key).collect();
        own.extend(more.iter().filter(|d| d.scope == "import" || !known.contains(&key(d))).cloned());
    }
}

impl Effective {
    fn expand_all(&self, d: &Dependency) -> Dependency {
        Dependency {
            group: self.expand(&d.group),
            artifact: self.expand(&d.artifact),
            version: self.expand(&d.version),
            scope: self.expand(&d.scope),
            kind: self.expand(&d.kind),
            classifier: self.expand(&d.classifier),
            optional: d.optional,
        }
    }

    /// Replaces `${…}`; what has no value stays.
    fn expand(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for _ in 0..EXPANSIONS_MAX {
            let Some(value) = self.expand_once(&out) else { return out };
            if EXPANDED_BYTES_MAX < value.len() {
                return out;
            }
            out = value;
        }
        out
    }

    fn expand_once(&self, text: &str) -> Option<String> {
        let mut from = 0;
        while let Some(at) = text.get(from..)?.find("${").map(|i| i + from) {
            let (before, rest) = text.split_at_checked(at)?;
            let (name, after) = rest.get(2..)?.split_once('}')?;
            if let Some(value) = self.property(name) {
                return Some(format!("{before}{value}{after}"));
            }
            from = at + 2;
        }
        None
    }

    fn property(&self, name: &str) -> Option<&str> {
        let parent = self.pom.parent.as_ref();
        let plain = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."));
        let built_in = match plain.unwrap_or(name) {
            "groupId" if plain.is_some() => Some(self.pom.group.as_str()),
            "artifactId" if plain.is_some() => Some(self.pom.artifact.as_str()),
            "version" => Some(self.pom.version.as_str()),
            "parent.groupId" => parent.map(|p| p.group.as_str()),
            "parent.artifactId" => parent.map(|p| p.artifact.as_str()),
            "parent.version" => parent.map(|p| p.version.as_str()),
            _ => None,
        };
        // A project's own property of that name wins only without the prefix.
        let own = self.pom.properties.get(name).map(String::as_str);
        match plain {
            Some(_) => built_in.or(own),
            None => own.or(built_in),
        }
        .filter(|v| !v.is_empty() && *v != format!("${{{name}}}"))
    }
}
