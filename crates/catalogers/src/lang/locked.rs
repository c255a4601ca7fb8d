//! The packages of one document while it is read: a graph of names and versions from which direct, development and
//! `depends_on` follow, and the only place that turns a name into a [`Package`].

use std::collections::{BTreeMap, BTreeSet};

use inventory::{Harvest, Problem};
use model::purl::Purl;
use model::{Package, PackageType, Timestamp};

/// Packages of one document.
const PACKAGES_MAX: usize = 100_000;

/// Dependency edges of one document.
const EDGES_MAX: usize = 1_000_000;

/// Versions of one name that a reference without a version can mean.
const VERSIONS_MAX: usize = 64;

/// The control that dependencies answer.
pub(super) const CONTROL: &str = "dependencies";

/// A package of the document, by its place in [`Locked`].
pub(super) type NodeId = usize;

/// The packages of one document.
pub(super) struct Locked<'p> {
    kind: PackageType,
    found_by: &'static str,
    path: &'p str,
    nodes: Vec<Node>,
    index: BTreeMap<(String, String, String), NodeId>,
    by_name: BTreeMap<String, Vec<NodeId>>,
    edges: usize,
    nameless: u64,
    problems: Vec<Problem>,
}

#[derive(Default)]
struct Node {
    name: String,
    version: String,
    direct: Option<bool>,
    dev: Option<bool>,
    licenses: Vec<String>,
    qualifiers: Vec<(&'static str, String)>,
    published: Option<Timestamp>,
    edges: BTreeSet<NodeId>,
}

impl<'p> Locked<'p> {
    /// An empty list of packages of type `kind`, which `found_by` reads from `path`.
    pub(super) fn new(kind: PackageType, found_by: &'static str, path: &'p str) -> Self {
        Self {
            kind,
            found_by,
            path,
            nodes: Vec::new(),
            index: BTreeMap::new(),
            by_name: BTreeMap::new(),
            edges: 0,
            nameless: 0,
            problems: Vec::new(),
        }
    }

    /// The package `name` at `version`, added unless it is there. An empty version is one that the document does not
    /// name: [`Self::finish`] turns it into a problem.
    pub(super) fn add(&mut self, name: &str, version: &str) -> NodeId {
        self.add_of(name, version, "")
    }

    /// As [`Self::add`], of a publisher: packages of one name and version from several publishers are several.
    pub(super) fn add_of(&mut self, name: &str, version: &str, publisher: &str) -> NodeId {
        let (name, version) = (name.trim(), version.trim());
        let key = (name.to_owned(), version.to_owned(), publisher.to_owned());
        if let Some(&id) = self.index.get(&key) {
            return id;
        }
        let id = self.nodes.len();
        self.nodes.push(Node { name: name.to_owned(), version: version.to_owned(), ..Node::default() });
        self.index.insert(key, id);
        let versions = self.by_name.entry(name.to_owned()).or_default();
        if versions.len() < VERSIONS_MAX {
            versions.push(id);
        }
        id
    }

    /// Packages so far; ids are below it.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Every version of `name`, at most [`VERSIONS_MAX`].
    pub(super) fn named(&self, name: &str) -> &[NodeId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The package `name` at exactly `version`.
    pub(super) fn find(&self, name: &str, version: &str) -> Option<NodeId> {
        self.index.get(&(name.to_owned(), version.to_owned(), String::new())).copied()
    }

    /// Adds licences as the document writes them.
    pub(super) fn license(&mut self, id: NodeId, raw: &str) {
        if let Some(node) = self.nodes.get_mut(id) {
            for license in super::license::licenses(raw) {
                if !node.licenses.contains(&license) {
                    node.licenses.push(license);
                }
            }
        }
    }

    /// Sets a qualifier of the package's URL.
    pub(super) fn qualifier(&mut self, id: NodeId, key: &'static str, value: &str) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.qualifiers.retain(|(k, _)| *k != key);
            node.qualifiers.push((key, value.to_owned()));
        }
    }

    /// Says whether one mention of the package is for development; a package is for development if every mention is.
    pub(super) fn dev(&mut self, id: NodeId, dev: bool) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.dev = Some(node.dev.unwrap_or(true) && dev);
        }
    }

    /// Says whether the project itself asks for the package; yes wins.
    pub(super) fn direct(&mut self, id: NodeId, direct: bool) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.direct = Some(node.direct.unwrap_or(false) || direct);
        }
    }

    /// Says when a file of the package was uploaded; the earliest is when the version was published.
    pub(super) fn published(&mut self, id: NodeId, at: Timestamp) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.published = Some(node.published.map_or(at, |known| known.min(at)));
        }
    }

    /// `from` depends on `to`.
    pub(super) fn edge(&mut self, from: NodeId, to: NodeId) {
        if EDGES_MAX <= self.edges {
            return;
        }
        if let Some(node) = self.nodes.get_mut(from)
            && node.edges.insert(to)
        {
            self.edges += 1;
        }
    }

    /// `from` depends on every version of `name` that the document has.
    pub(super) fn edge_by_name(&mut self, from: NodeId, name: &str) {
        let found = self.by_name.remove(name).unwrap_or_default();
        for &to in &found {
            self.edge(from, to);
        }
        if !found.is_empty() {
            self.by_name.insert(name.to_owned(), found);
        }
    }

    /// Marks what the project asks for, and what is reached only through its development dependencies.
    pub(super) fn roots(&mut self, production: &BTreeSet<NodeId>, development: &BTreeSet<NodeId>) {
        let shipped = self.reached(production);
        let developed = self.reached(development);
        for id in 0..self.nodes.len() {
            self.direct(id, production.contains(&id) || development.contains(&id));
            if shipped.contains(&id) {
                self.dev(id, false);
            } else if developed.contains(&id) {
                self.dev(id, true);
            }
        }
    }

    fn reached(&self, from: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
        let mut seen = from.clone();
        let mut open: Vec<NodeId> = from.iter().copied().collect();
        while let Some(id) = open.pop() {
            for &next in self.nodes.get(id).into_iter().flat_map(|n| &n.edges) {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    }

    /// Counts an entry that names no package.
    pub(super) fn nameless(&mut self) {
        self.nameless += 1;
    }

    /// Adds a problem.
    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Something the document says but Plimsoll cannot know more of.
    pub(super) fn unknown(&mut self, reason: impl Into<String>, remedy: &str) {
        self.problems.push(Problem::unknown(CONTROL, self.path, reason, remedy));
    }

    /// The packages, sorted by name and version, and the problems.
    pub(super) fn finish(mut self) -> Harvest {
        if PACKAGES_MAX < self.nodes.len() || EDGES_MAX <= self.edges {
            self.problems.push(Problem::unread(
                CONTROL,
                self.path,
                format!("more than {PACKAGES_MAX} packages or {EDGES_MAX} edges"),
                "split the project",
            ));
        }
        if 0 < self.nameless {
            let reason = match self.nameless {
                1 => "1 entry names no package".to_owned(),
                more => format!("{more} entries name no package"),
            };
            self.problems.push(Problem::unread(CONTROL, self.path, reason, "write the lockfile anew"));
        }
        let mut packages = Vec::new();
        let mut problems = std::mem::take(&mut self.problems);
        for node in self.nodes.iter().take(PACKAGES_MAX) {
            match self.package(node) {
                Ok(package) => packages.push(package),
                Err(problem) => problems.push(problem),
            }
        }
        packages.sort_by(|a, b| (&a.name, &a.version, &a.purl).cmp(&(&b.name, &b.version, &b.purl)));
        problems.sort();
        problems.dedup();
        Harvest { packages, problems, documents: 1 }
    }

    fn package(&self, node: &Node) -> Result<Package, Problem> {
        if node.version.is_empty() {
            return Err(Problem::unknown(
                CONTROL,
                self.path,
                format!("no version of `{}` is named", node.name),
                "pin an exact version or commit a lockfile",
            ));
        }
        let mut package = package(self.kind, &node.name, &node.version, &node.qualifiers)
            .map_err(|why| Problem::unread(CONTROL, self.path, why, "correct the name of the package"))?;
        package.licenses.clone_from(&node.licenses);
        package.paths = vec![self.path.to_owned()];
        package.direct = node.direct;
        package.published = node.published;
        package.dev = node.dev.unwrap_or(false);
        self.found_by.clone_into(&mut package.found_by);
        package.depends_on =
            node.edges.iter().filter_map(|&id| self.nodes.get(id)).map(|n| self.reference(n)).collect();
        package.depends_on.sort();
        Ok(package)
    }

    /// The name, with the version where the document has several.
    fn reference(&self, node: &Node) -> String {
        if self.named(&node.name).len() <= 1 || node.version.is_empty() {
            return node.name.clone();
        }
        format!("{}@{}", node.name, node.version)
    }
}

/// A package with its package URL.
pub(super) fn package(
    kind: PackageType,
    name: &str,
    version: &str,
    qualifiers: &[(&'static str, String)],
) -> Result<Package, String> {
    let mut package = Package::new(kind, name, version);
    package.purl = purl(kind, name, version, qualifiers)?;
    Ok(package)
}

fn purl(
    kind: PackageType,
    name: &str,
    version: &str,
    qualifiers: &[(&'static str, String)],
) -> Result<String, String> {
    let (path, subpath) = match kind {
        PackageType::Cocoapods => name.split_once('/').unwrap_or((name, "")),
        _ => (name, ""),
    };
    let (namespace, base) = match kind {
        // A registry names `scope.name`, a repository `host/path`.
        PackageType::Swift if !path.contains('/') => path.split_once('.').unwrap_or(("", path)),
        PackageType::Maven => path.split_once(':').unwrap_or(("", path)),
        PackageType::Npm
        | PackageType::Golang
        | PackageType::Composer
        | PackageType::Swift
        | PackageType::Github
        | PackageType::Hex
        | PackageType::Generic => path.rsplit_once('/').unwrap_or(("", path)),
        _ => ("", path),
    };
    let mut builder =
        Purl::builder(kind.as_str(), base).namespace(namespace).version(version).subpath(subpath);
    for (key, value) in qualifiers {
        builder = builder.qualifier(key, value);
    }
    match builder.build() {
        Ok(purl) => Ok(purl.to_string()),
        Err(e) => Err(format!("`{name}` makes no package URL: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_only_from_development_is_for_development() {
        let mut locked = Locked::new(PackageType::Npm, "test", "lock");
        let (a, b, c) = (locked.add("a", "1"), locked.add("b", "1"), locked.add("c", "1"));
        locked.edge(a, b);
        locked.edge(c, b);
        locked.edge(b, c);
        let d = locked.add("d", "1");
        locked.edge(d, c);
        locked.roots(&BTreeSet::from([a]), &BTreeSet::from([d]));
        let found = locked.finish().packages;
        let dev: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.dev, p.direct)).collect();
        assert_eq!(
            dev,
            [
                ("a", false, Some(true)),
                ("b", false, Some(false)),
                ("c", false, Some(false)),
                ("d", true, Some(true))
            ]
        );
        assert_eq!(found[0].depends_on, ["b"]);
    }

    #[test]
    fn a_name_without_version_is_a_problem_not_a_package() {
        let mut locked = Locked::new(PackageType::Pypi, "test", "lock");
        locked.add("a", "");
        let harvest = locked.finish();
        assert!(harvest.packages.is_empty());
        assert_eq!(harvest.problems[0].reason, "no version of `a` is named");
    }

    #[test]
    fn several_versions_of_a_name_are_told_apart_in_edges() {
        let mut locked = Locked::new(PackageType::Npm, "test", "lock");
        let (a, b1, b2) = (locked.add("a", "1"), locked.add("b", "1"), locked.add("b", "2"));
        locked.edge(a, b2);
        locked.edge(a, b1);
        assert_eq!(locked.finish().packages[0].depends_on, ["b@1", "b@2"]);
    }

    #[test]
    fn more_packages_than_the_bound_are_named() {
        let mut locked = Locked::new(PackageType::Npm, "test", "lock");
        for i in 0..=PACKAGES_MAX {
            locked.add("a", &i.to_string());
        }
        let harvest = locked.finish();
        assert_eq!(harvest.packages.len(), PACKAGES_MAX);
        assert_eq!(harvest.problems.len(), 1);
    }
}
