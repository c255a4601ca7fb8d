//! What a scanner looks at: this project, an image of its own making, or something else.

use std::collections::{BTreeMap, BTreeSet};

use model::{PackageType, Timestamp};

use super::parse::Simple;
use super::shell::{Ends, join};

/// A target of a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// A folder or file of the project.
    Tree(String),
    /// An image by its reference.
    Image(String),
    /// An image in a file.
    Archive(String),
    /// A bill of materials.
    Document(String),
    /// Something that lies elsewhere.
    Elsewhere(String),
}

/// What variables call the folder that a pipeline works in.
pub(super) const ROOTS: [&str; 26] = [
    "${{github.workspace}}",
    "${{ github.workspace }}",
    "$GITHUB_WORKSPACE",
    "${GITHUB_WORKSPACE}",
    "/github/workspace",
    "$CI_PROJECT_DIR",
    "${CI_PROJECT_DIR}",
    "$WORKSPACE",
    "${WORKSPACE}",
    "${env.WORKSPACE}",
    "$PWD",
    "${PWD}",
    "$(pwd)",
    "%CD%",
    "$(Build.SourcesDirectory)",
    "$(System.DefaultWorkingDirectory)",
    "$BUILD_SOURCESDIRECTORY",
    "$BITBUCKET_CLONE_DIR",
    "${BITBUCKET_CLONE_DIR}",
    "$CIRCLE_WORKING_DIRECTORY",
    "$TRAVIS_BUILD_DIR",
    "${TRAVIS_BUILD_DIR}",
    "$DRONE_WORKSPACE",
    "$CI_WORKSPACE",
    "/drone/src",
    "/workspace",
];

/// Parts of a reference that stand for the project's own name.
const OWN_NAMES: [&str; 12] = [
    "CI_REGISTRY_IMAGE",
    "CI_PROJECT_PATH",
    "CI_PROJECT_NAME",
    "github.repository",
    "GITHUB_REPOSITORY",
    "github.event.repository.name",
    "BITBUCKET_REPO_SLUG",
    "BITBUCKET_REPO_FULL_NAME",
    "DRONE_REPO",
    "CI_REPO_NAME",
    "CIRCLE_PROJECT_REPONAME",
    "Build.Repository.Name",
];

/// Folders of the machine that `docker run -v` shows under other names.
#[derive(Debug, Clone, Default)]
pub(super) struct Mounts(Vec<(String, String)>);

impl Mounts {
    /// Those of the words of `docker run` that stand before the image.
    pub(super) fn of(words: &[&str]) -> Self {
        let mut out = Vec::new();
        for (n, word) in words.iter().enumerate() {
            let value = match word.split_once('=') {
                Some(("-v" | "--volume", value)) => Some(value),
                _ if matches!(*word, "-v" | "--volume") => words.get(n + 1).copied(),
                _ => None,
            };
            let mut parts = value.unwrap_or("").rsplitn(3, ':').collect::<Vec<_>>();
            parts.retain(|p| !matches!(*p, "ro" | "rw" | "z" | "Z"));
            if let [inside, outside, ..] = parts.as_slice() {
                out.push(((*inside).to_owned(), (*outside).to_owned()));
            }
        }
        Self(out)
    }

    /// A container's path as the machine calls it.
    pub(super) fn outside(&self, path: &str) -> String {
        for (inside, outside) in &self.0 {
            if let Some(rest) =
                path.strip_prefix(inside.as_str()).filter(|r| r.is_empty() || r.starts_with('/'))
            {
                return format!("{outside}{rest}");
            }
        }
        path.to_owned()
    }
}

/// What is known of the project beside its pipelines.
#[derive(Debug, Clone)]
pub struct Project {
    /// Packages of its lockfiles, each with the file that names it.
    pub packages: Vec<(PackageType, String)>,
    /// Whether images lie in it, which a scan of the project judges as well.
    pub has_images: bool,
    /// The moment that the project is judged at.
    pub as_of: Timestamp,
}

impl Default for Project {
    /// A project of which nothing is known, at the beginning of time.
    fn default() -> Self {
        Self { packages: Vec::new(), has_images: false, as_of: Timestamp(0) }
    }
}

/// A place in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder or file, relative to the project's root; empty for all of it.
    Inside(String),
    Elsewhere,
    Unclear,
}

/// Where `path` leads, from `folder`, which may be elsewhere itself.
pub(super) fn place(folder: &str, path: &str) -> Place {
    let mut whole = join(folder, path);
    if let Some(root) = ROOTS.iter().find(|r| whole.starts_with(**r)) {
        whole = whole.split_off(root.len());
        whole.insert(0, '.');
    }
    if whole.contains(['$', '%']) {
        return Place::Unclear;
    }
    if whole.starts_with(['/', '~']) || whole.contains("://") {
        return Place::Elsewhere;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Place::Elsewhere;
                }
            }
            // Go's pattern for everything below.
            "..." => {}
            part => parts.push(part),
        }
    }
    Place::Inside(parts.join("/"))
}

/// Variables that pipelines set, and the images that they build, tag or push.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    pub(super) variables: BTreeMap<String, String>,
    /// Last parts of the repositories' names.
    pub(super) images: BTreeSet<String>,
    /// Those that are pushed.
    pub(super) pushed: BTreeSet<String>,
    /// Folders into which other repositories are cloned.
    pub(super) clones: BTreeSet<String>,
}

impl Surroundings {
    /// Notes what a command builds or clones.
    pub(super) fn note(&mut self, command: &Simple) {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        let first = words.iter().position(|w| *w != "sudo").unwrap_or(0);
        let words = words.get(first..).unwrap_or_default();
        match words {
            ["git", "clone", rest @ ..] => {
                let plain: Vec<&str> = rest.iter().copied().filter(|w| !w.starts_with('-')).collect();
                let url = plain.iter().position(|w| w.contains('/') || w.contains(':'));
                let url = url.and_then(|at| Some((plain.get(at)?, plain.get(at + 1))));
                if let Some((url, folder)) = url {
                    let name = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or("");
                    let into = folder.copied().unwrap_or(name.trim_end_matches(".git"));
                    self.clones.insert(join(&command.folder, into));
                }
            }
            ["docker" | "podman" | "buildah" | "nerdctl" | "img" | "buildctl", rest @ ..] => {
                let verb = rest.iter().find(|w| !w.starts_with('-')).copied().unwrap_or("");
                match verb {
                    "build" | "buildx" | "bud" | "image" => self.built(rest, &["-t", "--tag"]),
                    "push" | "tag" => {
                        let image = rest.iter().rev().find(|w| !w.starts_with('-') && **w != verb);
                        let name = image.and_then(|i| self.name_of(i));
                        self.pushed.extend(name.clone().filter(|_| verb == "push"));
                        self.images.extend(name);
                    }
                    _ => {}
                }
            }
            ["/kaniko/executor" | "executor", rest @ ..] => self.built(rest, &["--destination", "-d"]),
            ["pack", "build", name, ..] => self.images.extend(self.name_of(name)),
            _ => {}
        }
    }

    fn built(&mut self, words: &[&str], options: &[&str]) {
        for (n, word) in words.iter().enumerate() {
            let value = match word.split_once('=') {
                Some((option, value)) if options.contains(&option) => Some(value),
                _ if options.contains(word) => words.get(n + 1).copied(),
                _ => None,
            };
            self.images.extend(value.and_then(|v| self.name_of(v)));
        }
    }

    /// Images that leave the pipeline: those that are pushed, or all that are built where none is.
    pub(super) fn shipped(&self) -> &BTreeSet<String> {
        if self.pushed.is_empty() { &self.images } else { &self.pushed }
    }

    /// Notes the tags of a build action.
    pub(super) fn tags(&mut self, tags: &str) {
        let names: Vec<String> =
            tags.split([',', '\n']).map(str::trim).filter_map(|tag| self.name_of(tag)).collect();
        self.images.extend(names);
    }

    /// The last part of an image's repository, variables filled in as far as the pipelines set them.
    fn name_of(&self, reference: &str) -> Option<String> {
        let full = self.filled(reference);
        let full = full.split_once('@').map_or(full.as_str(), |(name, _)| name);
        let last = full.rsplit('/').next().unwrap_or(full);
        let bytes = last.as_bytes();
        let mut depth = 0_usize;
        let tag = bytes.iter().position(|b| {
            match b {
                b'{' | b'(' => depth += 1,
                b'}' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *b == b':' && depth == 0
        });
        let name = tag.and_then(|at| last.get(..at)).unwrap_or(last);
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// `$NAME`, `${NAME}` and `${{ env.NAME }}` replaced by what the pipelines set them to.
    fn filled(&self, text: &str) -> String {
        let mut out: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for _ in 0..FILLED_MAX {
            let mut next = out.clone();
            // Longest first, so that `$IMAGE_NAME` is not taken for `$IMAGE`.
            let mut names: Vec<(&String, &String)> = self.variables.iter().collect();
            names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
            for (name, value) in names {
                let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
                let forms = [
                    format!("${{{{env.{name}}}}}"),
                    format!("${{{name}}}"),
                    format!("$({name})"),
                    format!("${name}"),
                ];
                for form in forms {
                    next = next.replace(&form, &value);
                }
            }
            if next == out || TEXT_BYTES_MAX < next.len() {
                break;
            }
            out = next;
        }
        out
    }

    /// Whether an image is one that the pipelines make, and the name it has among them.
    pub(super) fn image(&self, reference: &str) -> (Ends, Option<String>) {
        let full = self.filled(reference);
        let name = self.name_of(reference).unwrap_or_default();
        if self.images.contains(&name) {
            return (Ends::Yes, Some(name));
        }
        if OWN_NAMES.iter().any(|own| full.contains(own)) {
            let only = self.images.iter().next().filter(|_| self.images.len() == 1).cloned();
            return (Ends::Yes, only);
        }
        let built = self.images.iter().map(|i| format!("`{i}`")).collect::<Vec<_>>().join(", ");
        let ends = match (full.contains('$'), self.images.is_empty()) {
            (true, _) => {
                Ends::perhaps(format!("whether `{reference}` is an image of this project is not said here"))
            }
            (false, true) => {
                Ends::perhaps(format!("no step here builds `{reference}`: is it this project's image?"))
            }
            (false, false) => {
                Ends::no(format!("it looks at `{reference}`, and what is built here is {built}"))
            }
        };
        (ends, None)
    }

    /// Whether a place lies in another repository that was cloned.
    pub(super) fn is_cloned(&self, folder: &str) -> bool {
        let below = |clone: &String| {
            folder == clone || folder.strip_prefix(clone.as_str()).is_some_and(|r| r.starts_with('/'))
        };
        self.clones.iter().any(below)
    }
}

/// Rounds of filling variables into one another.
const FILLED_MAX: usize = 4;

/// Bytes of a reference after variables were filled in.
const TEXT_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_project_elsewhere_or_unclear() {
        let inside = |p: &str| Place::Inside(p.to_owned());
        assert_eq!(place("", "."), inside(""));
        assert_eq!(place("a", "../b/./c"), inside("b/c"));
        assert_eq!(place("", "$CI_PROJECT_DIR/x"), inside("x"));
        assert_eq!(place("", "${{ github.workspace }}"), inside(""));
        assert_eq!(place("", "./..."), inside(""));
        assert_eq!(place("", "../x"), Place::Elsewhere);
        assert_eq!(place("/opt/other", "."), Place::Elsewhere);
        assert_eq!(place("", "$DIR"), Place::Unclear);
        let mounts = Mounts::of(&["docker", "run", "-v", "$PWD:/src:ro", "--rm"]);
        assert_eq!(place("", &mounts.outside("/src/a")), inside("a"));
    }

    #[test]
    fn images_are_known_by_the_last_part_of_their_repository() {
        let mut around = Surroundings::default();
        around.variables.insert("IMAGE".into(), "$REGISTRY/shop".into());
        super::super::parse::parse("docker build --tag $IMAGE:$TAG .")
            .commands
            .iter()
            .for_each(|c| around.note(c));
        assert_eq!(around.images.iter().collect::<Vec<_>>(), ["shop"]);
        assert_eq!(around.image("registry.example.com/shop:1").0, Ends::Yes);
        assert_eq!(around.image("${IMAGE}:${{ github.sha }}").0, Ends::Yes);
        assert!(matches!(around.image("nginx:1.25").0, Ends::No(_)));
        assert!(matches!(around.image("$OTHER").0, Ends::Perhaps(_)));
        assert_eq!(around.image("$CI_REGISTRY_IMAGE:x").0, Ends::Yes);
    }
}
