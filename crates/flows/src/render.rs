//! Charts and kustomizations of a folder: found, rendered where the user asks for it, and which files that covers.

use std::collections::{BTreeMap, BTreeSet};

use manifest::Node;
use model::Rendering;
use oci::{FileKind, Tree};
use ports::render::{Form, Programs, Render, Wanted};

/// Charts and kustomizations of one target that are rendered.
const RENDERINGS_MAX: usize = 200;

/// Bytes of all that is rendered of one target.
const RENDERED_TOTAL_BYTES_MAX: usize = 256 << 20;

/// Bytes of a `Chart.yaml` or a kustomization.
const DESCRIPTION_BYTES_MAX: u64 = 1 << 20;

/// Letters of the name of a release.
const RELEASE_CHARS_MAX: usize = 53;

/// What the file of a kustomization is called (Kustomize, `konfig.RecognizedKustomizationFileNames`).
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Folders of a chart whose files its rendering stands for.
const PARTS: [&str; 3] = ["templates/", "crds/", "charts/"];

/// What rendering brought.
#[derive(Default)]
pub(crate) struct Renderings {
    /// Manifests by the file they were made of.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Files that are judged as what was made of them.
    pub(crate) covered: BTreeSet<String>,
    /// What was made, and by which program.
    pub(crate) done: Vec<Rendering>,
    /// What was not.
    pub(crate) undone: Vec<Undone>,
    /// Files that a kustomization lays over objects, which are none themselves.
    pub(crate) patches: BTreeSet<String>,
}

/// A chart or a kustomization that was not rendered.
pub(crate) struct Undone {
    /// Its file.
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) remedy: String,
    /// The user asked for it.
    pub(crate) is_asked: bool,
    /// Objects are in it that stand nowhere else as they are.
    pub(crate) hides: bool,
}

/// A chart or a kustomization to be rendered.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    form: Form,
    folder: String,
    /// `Chart.yaml`, or the kustomization.
    file: String,
    release: String,
    covers: BTreeSet<String>,
}

impl Renderings {
    /// Renders what is found in the folder `root`, or says of each what it would take.
    pub(crate) fn of(tree: &Tree, root: &str, render: &dyn Render, programs: Option<&Programs>) -> Self {
        let (found, covered, patches) = find(tree);
        let mut out = Self { patches, ..Self::default() };
        let Some(programs) = programs else {
            out.undone.extend(found.iter().map(|found| Undone {
                place: found.file.clone(),
                reason: format!("a {} is not rendered, unless you ask for it", found.form.as_str()),
                remedy: REMEDY.to_owned(),
                is_asked: false,
                hides: found.form == Form::Chart,
            }));
            return out;
        };
        out.covered = covered;
        let mut left = RENDERED_TOTAL_BYTES_MAX;
        for (n, found) in found.into_iter().enumerate() {
            let Found { form, folder, release, .. } = &found;
            let wanted = Wanted { form: *form, root, folder, release, programs };
            let made = match n < RENDERINGS_MAX {
                true => render.render(&wanted).map_err(|e| (e.reason, e.remedy)),
                false => Err(too_many()),
            };
            match made {
                Ok(made) if made.bytes.len() <= left => {
                    left -= made.bytes.len();
                    out.done.push(Rendering { r#where: found.file.clone(), by: made.by });
                    out.take(found, &made.bytes);
                }
                Ok(_) => out.leave(found, too_many()),
                Err(why) => out.leave(found, why),
            }
        }
        out
    }

    /// Nothing but the patches.
    pub(crate) fn patches(tree: &Tree) -> Self {
        let (_, _, patches) = find(tree);
        Self { patches, ..Self::default() }
    }

    fn take(&mut self, found: Found, bytes: &[u8]) {
        for (path, text) in split(&found, bytes) {
            self.files.entry(path).or_default().extend(text);
        }
        self.covered.extend(found.covers);
    }

    fn leave(&mut self, found: Found, (reason, remedy): (String, String)) {
        self.undone.push(Undone { place: found.file, reason, remedy, is_asked: true, hides: true });
    }
}

/// What is done about one that is not rendered.
pub(crate) const REMEDY: &str =
    "scan with `--render`, or render it (`helm template`, `kustomize build`) and scan the result";

fn too_many() -> (String, String) {
    let reason = format!(
        "not rendered: the target has more than {RENDERINGS_MAX} charts and kustomizations, or they come to more than \
         {RENDERED_TOTAL_BYTES_MAX} bytes"
    );
    (reason, "scan parts of it".to_owned())
}

/// Charts first, each by path; the files of library charts, which have no objects of their own; the patches of kustomizations.
fn find(tree: &Tree) -> (Vec<Found>, BTreeSet<String>, BTreeSet<String>) {
    let is_own = |path: &str| !path.split('/').any(|part| crate::manifests::FOREIGN.contains(&part));
    let mut charts = BTreeMap::new();
    let mut kustomizations = BTreeMap::new();
    for file in tree.iter().filter(|f| f.kind == FileKind::Regular && is_own(f.path)) {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", file.path));
        if name == "Chart.yaml" {
            charts.insert(folder.to_owned(), file.path.to_owned());
        } else if KUSTOMIZATIONS.contains(&name) && !kustomizations.contains_key(folder) {
            kustomizations.insert(folder.to_owned(), file.path.to_owned());
        }
    }
    let (mut found, mut covered) = (Vec::new(), BTreeSet::new());
    for (folder, file) in charts.iter().filter(|(folder, _)| !is_part(folder, &charts)) {
        let about = describe(tree, file);
        let covers = parts(tree, folder, file);
        let text = |key: &str| about.as_ref().and_then(|a| a.get(key)).and_then(Node::text);
        if text("type") == Some("library") {
            covered.extend(covers);
            continue;
        }
        let release = text("name").filter(|n| is_release(n)).unwrap_or("release-name").to_owned();
        let (folder, file) = (folder.clone(), file.clone());
        found.push(Found { form: Form::Chart, folder, file, release, covers });
    }
    let described = described(tree, &kustomizations);
    let patches = described.iter().filter_map(|d| d.about.as_ref().map(|about| patches(about, d.folder)));
    let patches = patches.flatten().collect();
    found.extend(roots(tree, &described));
    (found, covered, patches)
}

/// Whether a chart belongs to another: it lies in the `charts` folder of one.
fn is_part(folder: &str, charts: &BTreeMap<String, String>) -> bool {
    let above = folder.match_indices("/charts/").filter_map(|(at, _)| folder.get(..at));
    let outermost = folder.starts_with("charts/").then_some("");
    above.chain(outermost).any(|above| charts.contains_key(above))
}

/// The files of a chart that its rendering stands for.
fn parts(tree: &Tree, folder: &str, file: &str) -> BTreeSet<String> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let is_part = |path: &str| {
        path == file
            || path.strip_prefix(&prefix).is_some_and(|rest| PARTS.iter().any(|part| rest.starts_with(part)))
    };
    tree.below(folder).map(|f| f.path).filter(|path| is_part(path)).map(str::to_owned).collect()
}

/// Whether Helm takes it as the name of a release: a label of RFC 1123, of at most 53 letters.
fn is_release(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !name.is_empty()
        && name.len() <= RELEASE_CHARS_MAX
        && name.chars().all(|c| fits(c) || c == '-')
        && name.starts_with(fits)
        && name.ends_with(fits)
}

fn describe(tree: &Tree, file: &str) -> Option<Node> {
    manifest::read_document(&tree.open(file, DESCRIPTION_BYTES_MAX).ok()?).ok()
}

/// A kustomization, and what it says if it can be read.
struct Described<'f> {
    folder: &'f str,
    file: &'f str,
    about: Option<Node>,
}

fn described<'f>(tree: &Tree, files: &'f BTreeMap<String, String>) -> Vec<Described<'f>> {
    let is_theirs = |about: &Option<Node>| {
        // Controllers have kinds of that name as well; a broken file is for Kustomize to complain about.
        let version = about.as_ref().and_then(|a| a.get("apiVersion")).and_then(Node::text);
        version.is_none_or(|v| v.starts_with("kustomize.config.k8s.io/"))
    };
    let all = files.iter().map(|(folder, file)| Described { folder, file, about: describe(tree, file) });
    all.filter(|d| is_theirs(&d.about)).collect()
}

/// The kustomizations that no other one refers to, or one of each circle of them.
fn roots(tree: &Tree, described: &[Described<'_>]) -> Vec<Found> {
    let all: BTreeMap<&str, (&str, BTreeSet<String>)> = described
        .iter()
        .map(|d| {
            let refers = d.about.iter().flat_map(|about| references(about, d.folder)).collect();
            (d.folder, (d.file, refers))
        })
        .collect();
    let referred: BTreeSet<&str> = all
        .iter()
        .flat_map(|(own, (_, refers))| refers.iter().map(String::as_str).filter(move |r| r != own))
        .collect();
    let (first, others): (Vec<&str>, Vec<&str>) = all.keys().partition(|folder| !referred.contains(*folder));
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for folder in first.into_iter().chain(others) {
        let Some((file, _)) = all.get(folder).filter(|_| !seen.contains(folder)) else { continue };
        let (mut todo, mut mine, mut covers) = (vec![folder], BTreeSet::new(), BTreeSet::new());
        while let Some((own, (file, refers))) = todo.pop().and_then(|f| all.get_key_value(f)) {
            if !mine.insert(*own) {
                continue;
            }
            covers.insert((*file).to_owned());
            for path in refers {
                match tree.get(path).is_some_and(|f| f.kind == FileKind::Regular) {
                    true => drop(covers.insert(path.clone())),
                    false => todo.extend(all.get_key_value(path.as_str()).map(|(folder, _)| *folder)),
                }
            }
        }
        seen.extend(mine);
        let (folder, file, release) = (folder.to_owned(), (*file).to_owned(), String::new());
        out.push(Found { form: Form::Kustomization, folder, file, release, covers });
    }
    out
}

/// The files and folders that a kustomization names, from the root of the target (Kustomize, `types.Kustomization`).
fn references(about: &Node, folder: &str) -> BTreeSet<String> {
    const NAMES: [&str; 8] = [
        "resources",
        "bases",
        "components",
        "crds",
        "configurations",
        "generators",
        "transformers",
        "validators",
    ];
    let names = NAMES
        .iter()
        .flat_map(|key| about.get(key).map(Node::items).unwrap_or_default())
        .filter_map(Node::text);
    let others = about.get("replacements").map(Node::items).unwrap_or_default().iter();
    let paths = others.chain(about.get("openapi")).filter_map(|item| item.get("path").and_then(Node::text));
    let objects = names.chain(paths).filter_map(|name| join(folder, name));
    objects.chain(patches(about, folder)).collect()
}

/// The files that it names as patches.
fn patches(about: &Node, folder: &str) -> BTreeSet<String> {
    let of = |key: &str| about.get(key).map(Node::items).unwrap_or_default().iter();
    let paths = of("patches").chain(of("patchesJson6902")).filter_map(|item| item.get("path"));
    let paths = paths.chain(of("patchesStrategicMerge")).filter_map(Node::text);
    paths.filter_map(|name| join(folder, name)).collect()
}

/// A path from the root of the target; `None` for one that leads out of it.
fn join(folder: &str, name: &str) -> Option<String> {
    if name.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The documents by the file that Helm says they were made of (`# Source: shop/templates/web.yaml`); one that it does not
/// say it of stays with the one before. Of a kustomization nobody says it.
fn split(found: &Found, bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut out: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    if found.form == Form::Kustomization {
        out.insert(found.file.clone(), bytes.to_vec());
        return out;
    }
    let mut path = found.file.clone();
    let mut begins = false;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if begins && let Some(source) = line.strip_prefix(b"# Source: ") {
            path = source_of(found, source);
        }
        // The mark goes with the document behind it, whose file the next line tells.
        let mark = line.strip_prefix(b"---").is_some_and(|rest| rest.trim_ascii().is_empty());
        if !mark {
            let text = out.entry(path.clone()).or_default();
            if begins {
                text.extend(b"\n---\n");
            }
            text.extend(line);
        }
        begins = mark;
    }
    out
}

fn source_of(found: &Found, source: &[u8]) -> String {
    let source = String::from_utf8_lossy(source.trim_ascii());
    let own = source.split_once('/').map(|(_, rest)| rest).filter(|rest| {
        let goes_down = !rest.split('/').any(|part| matches!(part, "" | "." | ".."));
        goes_down && PARTS.iter().any(|part| rest.starts_with(part))
    });
    match own {
        Some(own) if found.folder.is_empty() => own.to_owned(),
        Some(own) => format!("{}/{own}", found.folder),
        // A document may begin like that of itself.
        None => found.file.clone(),
    }
}
