//! Where targets are read from: what the user wrote, what a source gives back, and how it tells of its progress.

use std::fmt;
use std::sync::Arc;

use inventory::{Image, Target, TargetKind};
use model::{Digest, Doubt, Ledger};

use crate::remote::{Choice, Listing};
use crate::render::{NoRender, Render};

/// Reads targets. Implemented by `local`, with the images that its [`crate::remote::Remote`] finds.
pub trait Sources: Sync {
    /// Reads everything that `spec` names: one target, or several for a layout with several manifests and no tag, or
    /// for a directory that holds images and bills of materials. The order is stable.
    ///
    /// A target that can be named but not read whole is returned with what was read and its doubts, never dropped.
    ///
    /// `kept` says whether the caller has the facts of a [`Files::facts_key`] from an earlier reading, so that content
    /// proven to be the same need not be read: it comes as [`Content::Kept`].
    ///
    /// # Errors
    /// [`SourceError`] if there is nothing to return at all.
    fn open(
        &self,
        spec: &TargetSpec,
        analyzer: &dyn oci::Analyzer,
        options: &ReadOptions,
        progress: &dyn Progress,
        kept: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError>;

    /// The images of a registry.
    ///
    /// # Errors
    /// [`SourceError`] if it cannot be listed at all, or if no registry can be asked here.
    fn list(&self, choice: &Choice) -> Result<Listing, SourceError> {
        Err(SourceError::Usage(format!("`{}`: no registry can be asked here", choice.registry)))
    }

    /// The images of a layout or archive, by what they are called there, without reading a layer. What is none of these
    /// holds none.
    ///
    /// # Errors
    /// As [`Sources::open`].
    fn images(&self, spec: &TargetSpec, options: &ReadOptions) -> Result<Vec<Listed>, SourceError> {
        let _ = options;
        Err(SourceError::Usage(format!("`{}`: no images can be listed here", spec.written)))
    }

    /// What renders charts and kustomizations of folders that this source opened.
    fn renderer(&self) -> &dyn Render {
        &NoRender
    }

    /// What an image in a registry is, without reading a layer: one entry a platform that [`Sources::open`] would read.
    ///
    /// # Errors
    /// As [`Sources::open`].
    fn peek(&self, image: &str, options: &ReadOptions) -> Result<Vec<Peek>, SourceError> {
        let _ = options;
        Err(SourceError::Usage(format!("`{image}`: no registry can be asked here")))
    }
}

/// An image of a layout or archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Tags, full names and digests by which it is called there: `1.4`, `images.example/shop:1.4`, `sha256:…`.
    pub called: Vec<String>,
    /// The target that is this image and no other of its layout.
    pub target: String,
}

/// What is known of an image before a layer is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    /// Manifest digest.
    pub digest: Digest,
    /// When it was made, as its configuration says.
    pub created: Option<String>,
}

/// How targets are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// `linux/arm64`, `linux/arm/v7`: of several manifests only those that fit.
    pub platform: Option<String>,
    /// Every platform of an image in a registry; without it, and without `platform`, only this machine's.
    pub all_platforms: bool,
    /// Reads and verifies layers even where the cache knows them.
    pub verify: bool,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
    /// Where container engines keep their images.
    pub engines: Engines,
}

/// A container engine whose images are read from its files, without asking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// containerd, by way of its content store.
    Containerd,
    /// Docker's data root.
    Docker,
    /// containers/storage: podman, buildah, CRI-O.
    Podman,
}

impl Engine {
    /// The word before the colon of a target.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Containerd => "containerd",
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// The folders in which engines keep their images; `None` for the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engines {
    /// containerd's `root`.
    pub containerd: Option<String>,
    /// Docker's `data-root`.
    pub docker: Option<String>,
    /// The `graphroot` of containers/storage.
    pub podman: Option<String>,
}

/// A target that was opened.
pub struct Opened {
    /// The target; its distribution is left to the catalogers.
    pub target: Target,
    /// What is in it.
    pub content: Content,
    /// What could not be read, as doubts of kind target and control `image-scanning`.
    pub doubts: Vec<Doubt>,
    /// What was read. Equal whether it was read now or came from the cache.
    pub ledger: Ledger,
    /// Lines for standard error (layers that came from the cache, a cache that could not be written).
    pub notes: Vec<String>,
}

impl Opened {
    /// `target` with all of `content`, of which nothing is to be told.
    #[must_use]
    pub fn whole(target: Target, content: Content) -> Self {
        Self { target, content, doubts: Vec::new(), ledger: Ledger::default(), notes: Vec::new() }
    }
}

/// What a target holds.
pub enum Content {
    /// Files: an image, a root file system, a project.
    Files(Box<Files>),
    /// An image whose facts the caller keeps under this key.
    Kept(String),
    /// The bytes of a bill of materials.
    Document(Vec<u8>),
    /// A file of Kubernetes objects.
    Objects(manifest::Packed),
}

/// The files of a target.
pub struct Files {
    /// The merged tree.
    pub tree: Arc<oci::Tree>,
    /// The image's configuration, with layers and history lines mapped to each other; `None` for directories.
    pub image: Option<Image>,
    /// Bytes that layers carry but the merged tree does not show.
    pub wasted_bytes: u64,
    /// Where the waste lies, largest first, at most 20: path, bytes.
    pub wasted: Vec<(String, u64)>,
    /// Names content and analyzer: equal keys mean equal facts. `None` if the content was not read whole or, as a
    /// directory, has no name.
    pub facts_key: Option<String>,
}

impl Files {
    /// The files of a folder.
    #[must_use]
    pub fn of(tree: Arc<oci::Tree>) -> Self {
        Self { tree, image: None, wasted_bytes: 0, wasted: Vec::new(), facts_key: None }
    }
}

/// Told how far the reading is. Called from several threads.
pub trait Progress: Sync {
    /// `bytes` more are going to be read (as stored, before inflation).
    fn expect(&self, bytes: u64);
    /// `bytes` more have been read.
    fn advance(&self, bytes: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// A target as the user wrote it. Whether `PATH:TAG` is a path with a colon or a path and a tag is decided by the
/// source, which can look; so is whether a name that is no path is an image in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// As written.
    pub written: String,
    /// The kind asked for; `None` to detect it.
    pub kind: Option<TargetKind>,
    /// Where.
    pub location: Location,
}

/// Where a target lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A path, with `:TAG` or `@DIGEST` still behind it.
    Path(String),
    /// Standard input.
    Stdin,
    /// An image's name in a registry, or a registry with a pattern.
    Registry(String),
    /// An image that an engine keeps, and its name there.
    Engine(Engine, String),
    /// The root of a running process.
    Process(u32),
    /// A live cluster, by its context; empty for the current one.
    Cluster(String),
}

impl TargetSpec {
    /// Reads `KIND:PATH`, `PATH` or `-`.
    ///
    /// # Errors
    /// [`SourceError::Usage`] for an empty target and for kinds that are not built yet.
    pub fn parse(written: &str) -> Result<Self, SourceError> {
        let spec = |kind, rest: &str| {
            if rest.is_empty() {
                return Err(SourceError::Usage(format!(
                    "target `{written}` names no path: write `KIND:PATH`, for example `oci:images/shop`"
                )));
            }
            let location = if rest == "-" { Location::Stdin } else { Location::Path(rest.to_owned()) };
            Ok(Self { written: written.to_owned(), kind, location })
        };
        let Some((word, rest)) = written.split_once(':') else {
            return spec(None, written);
        };
        let kept = |engine| {
            let spec = spec(Some(TargetKind::Oci), rest)?;
            Ok(Self { location: Location::Engine(engine, rest.to_owned()), ..spec })
        };
        match word {
            "cluster" => Ok(Self {
                written: written.to_owned(),
                kind: Some(TargetKind::Cluster),
                location: Location::Cluster(rest.to_owned()),
            }),
            "containerd" => kept(Engine::Containerd),
            "docker" => kept(Engine::Docker),
            "podman" | "containers-storage" => kept(Engine::Podman),
            "proc" => match rest.parse() {
                Ok(id) => {
                    Ok(Self { location: Location::Process(id), ..spec(Some(TargetKind::Rootfs), rest)? })
                }
                Err(_) => Err(SourceError::Usage(format!(
                    "target `{written}`: `{rest}` is no number of a process; write `proc:PID`, for example `proc:4711`"
                ))),
            },
            "oci" => spec(Some(TargetKind::Oci), rest),
            "docker-archive" => spec(Some(TargetKind::DockerArchive), rest),
            "rootfs" => spec(Some(TargetKind::Rootfs), rest),
            "dir" => spec(Some(TargetKind::Dir), rest),
            "sbom" => spec(Some(TargetKind::Sbom), rest),
            "results" => spec(Some(TargetKind::Results), rest),
            "manifests" => spec(Some(TargetKind::Manifests), rest),
            "registry" if rest.is_empty() => Err(SourceError::Usage(format!(
                "target `{written}` names no image: write for example `registry:nginx:1.25`"
            ))),
            "registry" => Ok(Self {
                written: written.to_owned(),
                kind: Some(TargetKind::Registry),
                location: Location::Registry(rest.to_owned()),
            }),
            "node" | "git" => Err(SourceError::Usage(format!(
                "target `{written}`: `{word}:` is not implemented yet; supported are `oci:`, `docker-archive:`, \
                 `rootfs:`, `dir:`, `sbom:`, `results:`, `manifests:`, `cluster:`, `registry:`, `containerd:`, `docker:`, `podman:`, `proc:` and `-`"
            ))),
            _ => spec(None, written),
        }
    }
}

/// Why nothing could be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceError {
    /// The request makes no sense (no such path, unknown tag): exit code 2.
    Usage(String),
    /// The registry has no such image: exit code 2.
    Missing(String),
    /// It exists and cannot be read: exit code 3.
    Unreadable(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(s) | Self::Missing(s) | Self::Unreadable(s) => f.write_str(s),
        }
    }
}

impl std::error::Error for SourceError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_word_before_a_colon_and_everything_else_is_a_path() {
        let spec = TargetSpec::parse("oci:images/shop:latest").unwrap();
        assert_eq!(spec.kind, Some(TargetKind::Oci));
        assert_eq!(spec.location, Location::Path("images/shop:latest".to_owned()));
        let spec = TargetSpec::parse("images/shop:latest").unwrap();
        assert_eq!((spec.kind, spec.location), (None, Location::Path("images/shop:latest".to_owned())));
        assert_eq!(TargetSpec::parse("-").unwrap().location, Location::Stdin);
        assert_eq!(TargetSpec::parse("sbom:-").unwrap().kind, Some(TargetKind::Sbom));
        let spec = TargetSpec::parse("registry:nginx:1.25").unwrap();
        assert_eq!(spec.kind, Some(TargetKind::Registry));
        assert_eq!(spec.location, Location::Registry("nginx:1.25".to_owned()));
        assert!(matches!(TargetSpec::parse("registry:"), Err(SourceError::Usage(_))));
        let location = |written: &str| TargetSpec::parse(written).unwrap().location;
        let kept = |engine, name: &str| Location::Engine(engine, name.to_owned());
        assert_eq!(location("containerd:k8s.io/shop:1"), kept(Engine::Containerd, "k8s.io/shop:1"));
        assert_eq!(location("docker:shop"), kept(Engine::Docker, "shop"));
        assert_eq!(location("proc:12"), Location::Process(12));
        assert!(matches!(TargetSpec::parse("proc:x"), Err(SourceError::Usage(_))));
        assert!(matches!(TargetSpec::parse("docker:"), Err(SourceError::Usage(_))));
        assert!(matches!(TargetSpec::parse("oci:"), Err(SourceError::Usage(_))));
        assert_eq!(location("cluster:"), Location::Cluster(String::new()));
        assert_eq!(location("cluster:arn:aws:eks:x"), Location::Cluster("arn:aws:eks:x".to_owned()));
        assert!(matches!(TargetSpec::parse("node:"), Err(SourceError::Usage(_))));
        assert!(matches!(TargetSpec::parse(""), Err(SourceError::Usage(_))));
    }
}
