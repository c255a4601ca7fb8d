//! The images that workloads run, had from where the user says: layouts and archives, engines of this machine, earlier
//! reports, registries. Each is told apart by the digest that a workload pins, else by registry, repository and tag.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use api::{Match, MatchedBy, Report, TargetRow};
use inventory::{Target, TargetKind};
use model::Timestamp;
use oci::reference::Reference;
use ports::source::{SourceError, TargetSpec};
use serde::Deserialize;

use crate::read::{self, Read};
use crate::rematch::Documents;
use crate::world::{FlowError, ReadRequest, World};

/// `--images` and `--images-from`.
#[derive(Debug, Clone, Default)]
pub struct ImagesRequest {
    /// What is found nowhere else is asked of its registry.
    pub registry: bool,
    /// Where images are looked for before that, in this order.
    pub from: Vec<ImageSource>,
}

/// Where images may lie.
#[derive(Clone)]
pub enum ImageSource {
    /// An engine of this machine, `docker:`, `podman:` or `containerd:`.
    Engine(String),
    /// A layout or archive.
    Images {
        /// As a target is written.
        target: String,
        /// The repository that its bare tags belong to, or with a tag the name of every image in it.
        name: Option<String>,
    },
    /// Reports that `--format json` wrote.
    Reports(Arc<dyn Documents>),
}

impl fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(word) => write!(f, "Engine({word})"),
            Self::Images { target, name } => write!(f, "Images({target}, {name:?})"),
            Self::Reports(documents) => write!(f, "Reports({:?})", documents.names()),
        }
    }
}

/// What an image is called somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// Whole names, `docker.io/library/nginx:1.25`.
    names: BTreeSet<String>,
    digests: BTreeSet<String>,
}

impl Called {
    /// From tags, full names and digests. A bare tag says nothing without a repository.
    pub(crate) fn of<'c>(words: impl IntoIterator<Item = &'c str>, repository: Option<&str>) -> Self {
        let mut called = Self::default();
        for word in words {
            if word.starts_with("sha256:") {
                called.digests.insert(word.to_owned());
            } else if word.contains(['/', ':']) {
                called.name(word);
            } else if let Some(repository) = repository {
                called.name(&format!("{repository}:{word}"));
            }
        }
        called
    }

    fn name(&mut self, text: &str) {
        if let Ok(reference) = Reference::parse(text) {
            self.digests.extend(reference.digest.map(|d| d.to_string()));
            self.names.insert(reference.to_string());
        }
    }

    /// By what it is the image that is wanted. A digest wins over the tag beside it, as it does where pods are started.
    pub(crate) fn fits(&self, wanted: &Reference) -> Option<MatchedBy> {
        match &wanted.digest {
            Some(digest) => self.digests.contains(&digest.to_string()).then_some(MatchedBy::Digest),
            None => self.names.contains(&wanted.to_string()).then_some(MatchedBy::Reference),
        }
    }
}

/// What a target is called that was read.
pub(crate) fn of_target(target: &Target) -> Called {
    let digest = target.digest.as_ref().map(ToString::to_string);
    let name = (target.kind == TargetKind::Registry).then(|| target.name.split(' ').next()).flatten();
    let words = target.called.iter().map(String::as_str).chain(digest.as_deref()).chain(name);
    Called::of(words, None)
}

/// What a row of a report says that its image is called.
fn of_row(row: &TargetRow) -> Called {
    // The name of a layout is that of its folder.
    let name = match row.kind.as_str() {
        "registry" => row.name.split(' ').next(),
        _ => None,
    };
    let runs = row.runs_in.iter().map(|r| r.image.as_str());
    let mut called = Called::of(row.digest.as_deref().into_iter().chain(name), None);
    // A name without registry and tag is one nonetheless.
    runs.for_each(|image| called.name(image));
    called
}

/// The least of a report: what it is about.
#[derive(Deserialize)]
struct Head {
    schema: String,
    as_of: Timestamp,
    targets: Vec<TargetRow>,
}

/// A place that was looked into.
enum Shelf {
    Engine(String),
    Images {
        from: String,
        images: Vec<(Called, String)>,
    },
    Reports {
        documents: Arc<dyn Documents>,
        images: Vec<(Called, Found)>,
    },
    /// What could not be read, and why: whatever is found nowhere else may lie there.
    Broken(String),
}

/// An image in a report.
#[derive(Clone)]
struct Found {
    document: usize,
    target: String,
    as_of: Timestamp,
}

/// An image that was had.
pub(crate) struct Had {
    pub(crate) what: What,
    pub(crate) by: Match,
}

/// How it was had.
pub(crate) enum What {
    /// Read now: the target as it is written, and what it is, one a platform.
    Read(String, Vec<Read>),
    /// Read before, as this target is written.
    Again(String),
    /// A target that the command names, by its id.
    Target(String),
    /// The report and the id of the target in it.
    Report(Arc<Report>, String),
}

/// Where images are looked for.
pub(crate) struct Search<'w> {
    world: &'w World<'w>,
    read: &'w ReadRequest,
    registry: bool,
    shelves: Vec<Shelf>,
    /// The report that was read last, and its place: images of one report follow on one another.
    last: RefCell<Option<(String, Arc<Report>)>>,
    opened: RefCell<BTreeSet<String>>,
}

impl<'w> Search<'w> {
    /// Looks what lies where, before anything is read.
    ///
    /// # Errors
    /// [`FlowError::Usage`] for a place that holds no images.
    pub(crate) fn of(
        world: &'w World<'w>,
        read: &'w ReadRequest,
        request: &ImagesRequest,
    ) -> Result<Self, FlowError> {
        let shelves = request.from.iter().map(|s| shelf(world, read, s)).collect::<Result<_, _>>()?;
        let (last, opened) = (RefCell::default(), RefCell::default());
        Ok(Self { world, read, registry: request.registry, shelves, last, opened })
    }

    /// Finds an image, and reads it.
    ///
    /// # Errors
    /// In words, why it cannot be had.
    pub(crate) fn obtain(&self, wanted: &Reference) -> Result<Had, String> {
        let mut passed = Vec::new();
        for shelf in &self.shelves {
            match self.on(shelf, wanted) {
                Some(Ok(had)) => return Ok(had),
                Some(Err(why)) => passed.push(why),
                None => {}
            }
        }
        if self.registry {
            let by = if wanted.digest.is_some() { MatchedBy::Digest } else { MatchedBy::Reference };
            let by = Match { by, from: "registry".to_owned(), as_of: None };
            match self.open(format!("registry:{wanted}")) {
                Ok(what) => return Ok(Had { what, by }),
                Err(why) => passed.push(why),
            }
        }
        Err(match passed.is_empty() {
            true => "no place that `--images-from` names holds it".to_owned(),
            false => passed.join("; "),
        })
    }

    /// The image as a shelf has it; `None` if it has not.
    fn on(&self, shelf: &Shelf, wanted: &Reference) -> Option<Result<Had, String>> {
        let fits = |called: &Called| called.fits(wanted);
        match shelf {
            Shelf::Broken(why) => Some(Err(why.clone())),
            Shelf::Engine(word) => {
                let by = if wanted.digest.is_some() { MatchedBy::Digest } else { MatchedBy::Reference };
                let by = Match { by, from: word.clone(), as_of: None };
                // An engine says by an error of usage that it does not keep the image.
                let what = self.open(format!("{word}{wanted}")).ok()?;
                Some(Ok(Had { what, by }))
            }
            Shelf::Images { from, images } => {
                let (by, target) = images.iter().find_map(|(c, target)| Some((fits(c)?, target)))?;
                let by = Match { by, from: from.clone(), as_of: None };
                Some(self.open(target.clone()).map(|what| Had { what, by }))
            }
            Shelf::Reports { documents, images } => {
                let (by, found) = images.iter().find_map(|(c, found)| Some((fits(c)?, found)))?;
                let name = documents.names().get(found.document).cloned().unwrap_or_default();
                let report = self.report(&**documents, found.document, &name);
                let by = Match { by, from: name, as_of: Some(found.as_of) };
                Some(report.map(|r| Had { what: What::Report(r, found.target.clone()), by }))
            }
        }
    }

    fn open(&self, written: String) -> Result<What, String> {
        if self.opened.borrow().contains(&written) {
            return Ok(What::Again(written));
        }
        let spec = TargetSpec::parse(&written).map_err(|e| e.to_string())?;
        let reads = read::one(self.world, self.read, &spec).map_err(|e| e.to_string())?;
        self.opened.borrow_mut().insert(written.clone());
        Ok(What::Read(written, reads))
    }

    fn report(&self, documents: &dyn Documents, n: usize, name: &str) -> Result<Arc<Report>, String> {
        if let Some((_, report)) = self.last.borrow().as_ref().filter(|(last, _)| last == name) {
            return Ok(Arc::clone(report));
        }
        let bytes = documents.read(n)?;
        let report: Report = serde_json::from_slice(&bytes).map_err(|e| format!("`{name}`: {e}"))?;
        let report = Arc::new(report);
        *self.last.borrow_mut() = Some((name.to_owned(), Arc::clone(&report)));
        Ok(report)
    }
}

fn shelf(world: &World<'_>, read: &ReadRequest, source: &ImageSource) -> Result<Shelf, FlowError> {
    match source {
        ImageSource::Engine(word) => Ok(Shelf::Engine(word.clone())),
        ImageSource::Images { target, name } => {
            let listed = match world.sources.images(&TargetSpec::parse(target)?, &read::options(read)) {
                Ok(listed) => listed,
                Err(SourceError::Unreadable(why)) => return Ok(Shelf::Broken(why)),
                Err(SourceError::Usage(why) | SourceError::Missing(why)) => {
                    return Err(FlowError::Usage(format!("`--images-from`: {why}")));
                }
            };
            if listed.is_empty() {
                let why = format!("`--images-from`: `{target}` is no image layout, archive or report");
                return Err(FlowError::Usage(why));
            }
            let whole = name.as_deref().filter(|n| n.rsplit('/').next().is_some_and(|l| l.contains(':')));
            let called = |words: &[String]| {
                let words = words.iter().map(String::as_str);
                Called::of(words.chain(whole), name.as_deref().filter(|_| whole.is_none()))
            };
            let images = listed.into_iter().map(|l| (called(&l.called), l.target)).collect();
            Ok(Shelf::Images { from: target.clone(), images })
        }
        ImageSource::Reports(documents) => reports(world, documents),
    }
}

/// What the images of reports are called. Of a folder, what is no report of this version, or cannot be
/// read, is passed by and named.
fn reports(world: &World<'_>, documents: &Arc<dyn Documents>) -> Result<Shelf, FlowError> {
    let mut images = Vec::new();
    let alone = documents.names().len() == 1;
    for (document, name) in documents.names().iter().enumerate() {
        let head = documents.read(document).map(|bytes| serde_json::from_slice::<Head>(&bytes));
        let why = match head {
            Ok(Ok(head)) if head.schema == api::SCHEMA => {
                let found =
                    |target: &TargetRow| Found { document, target: target.id.clone(), as_of: head.as_of };
                images.extend(head.targets.iter().map(|t| (of_row(t), found(t))));
                continue;
            }
            Ok(Ok(head)) => format!("`{name}` is a `{}`, not a `{}`", head.schema, api::SCHEMA),
            Ok(Err(e)) => format!("`{name}` is no report of `--format json`: {e}"),
            Err(why) => why,
        };
        if alone {
            return Err(FlowError::Usage(format!("`--images-from`: {why}")));
        }
        (world.note)(&format!("{why}; passed by"));
    }
    Ok(Shelf::Reports { documents: Arc::clone(documents), images })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_told_by_its_digest_else_by_its_whole_name() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let fits = |called: &[&str], repository: Option<&str>, wanted: &str| {
            let called = Called::of(called.iter().copied(), repository);
            called.fits(&Reference::parse(wanted).unwrap())
        };
        let (by_name, by_digest) = (Some(MatchedBy::Reference), Some(MatchedBy::Digest));
        assert_eq!(fits(&["docker.io/library/nginx:1"], None, "nginx:1"), by_name);
        assert_eq!(fits(&["nginx:1"], None, "index.docker.io/library/nginx:1"), by_name);
        assert_eq!(fits(&["a.example/nginx:1"], None, "nginx:1"), None, "another registry");
        assert_eq!(fits(&["1.2"], None, "a.example/shop:1.2"), None, "a tag alone names no repository");
        assert_eq!(fits(&["1.2"], Some("a.example/shop"), "a.example/shop:1.2"), by_name);
        assert_eq!(fits(&[&digest], None, &format!("a.example/shop:1.2@{digest}")), by_digest);
        let other = format!("a.example/shop:1.2@sha256:{}", "1".repeat(64));
        assert_eq!(fits(&["a.example/shop:1.2", &digest], None, &other), None, "the digest wins");
    }
}
