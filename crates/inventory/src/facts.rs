//! The facts of one target. They are small and serialisable: the cache keeps them, rules see nothing else.

use model::{Digest, Distribution, Doubt, LayerRef, Ledger, Package};
use serde::{Deserialize, Serialize};

/// Everything known of one target before rules judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// The target.
    pub target: Target,
    /// Packages, sorted by type, name, version, first path.
    pub packages: Vec<Package>,
    /// The image's own configuration, for images.
    pub image: Option<Image>,
    /// What lies in the file system, for images and root file systems.
    pub surface: Option<Surface>,
    /// What could not be known while reading.
    pub doubts: Vec<Doubt>,
    /// What was read.
    pub ledger: Ledger,
}

impl TargetFacts {
    /// A target of which nothing is known yet.
    #[must_use]
    pub fn of(target: Target) -> Self {
        let (doubts, ledger) = (Vec::new(), Ledger::default());
        Self { target, packages: Vec::new(), image: None, surface: None, doubts, ledger }
    }
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `KIND:NAME`, unique in a run.
    pub id: String,
    /// Kind.
    pub kind: TargetKind,
    /// As the user wrote it.
    pub name: String,
    /// Manifest digest.
    pub digest: Option<Digest>,
    /// `linux/amd64`.
    pub platform: Option<String>,
    /// Distribution.
    pub distribution: Option<Distribution>,
    /// What its source calls it beside `name` and `digest`: tags and full names of an image, digests of indexes that
    /// lead to it and of its configuration.
    #[serde(default)]
    pub called: Vec<String>,
}

impl Target {
    /// A target of which nothing but its name is known yet.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: TargetKind, name: impl Into<String>) -> Self {
        let (id, name) = (id.into(), name.into());
        Self { id, kind, name, digest: None, platform: None, distribution: None, called: Vec::new() }
    }
}

/// What kind of target it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// OCI image layout, directory or tar.
    Oci,
    /// `docker save` archive.
    DockerArchive,
    /// An image in a registry.
    Registry,
    /// A root file system.
    Rootfs,
    /// A project directory.
    Dir,
    /// A bill of materials.
    Sbom,
    /// Results of another scanner.
    Results,
    /// Kubernetes objects: a file, a folder of files, a dump of a cluster.
    Manifests,
    /// A live cluster.
    Cluster,
}

impl TargetKind {
    /// The word before the colon of a target.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oci => "oci",
            Self::DockerArchive => "docker-archive",
            Self::Registry => "registry",
            Self::Rootfs => "rootfs",
            Self::Dir => "dir",
            Self::Sbom => "sbom",
            Self::Results => "results",
            Self::Manifests => "manifests",
            Self::Cluster => "cluster",
        }
    }

    /// True for Kubernetes objects by themselves.
    #[must_use]
    pub fn is_objects(self) -> bool {
        matches!(self, Self::Manifests | Self::Cluster)
    }

    /// True for images.
    #[must_use]
    pub fn is_image(self) -> bool {
        matches!(self, Self::Oci | Self::DockerArchive | Self::Registry)
    }
}

/// An image's configuration (OCI image-spec, `config.md`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The configuration could not be read: what it would say is empty here, and not known to be so.
    #[serde(default)]
    pub unread: bool,
    /// `User`, empty if unset.
    pub user: String,
    /// `Env`, `NAME=value` as written.
    pub env: Vec<String>,
    /// `Entrypoint`.
    pub entrypoint: Vec<String>,
    /// `Cmd`.
    pub cmd: Vec<String>,
    /// `WorkingDir`.
    pub working_dir: String,
    /// `ExposedPorts`, sorted.
    pub exposed_ports: Vec<String>,
    /// `Volumes`, sorted.
    pub volumes: Vec<String>,
    /// `Labels`, sorted by key.
    pub labels: Vec<(String, String)>,
    /// `Healthcheck.Test` (a Docker extension); empty if unset.
    pub healthcheck: Vec<String>,
    /// True if the configuration format can carry a health check.
    pub can_have_healthcheck: bool,
    /// `created`, as written.
    pub created: Option<String>,
    /// `architecture`.
    pub architecture: String,
    /// `os`.
    pub os: String,
    /// Layers, base first.
    pub layers: Vec<LayerRef>,
    /// History, oldest first.
    pub history: Vec<HistoryLine>,
}

/// A line of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// `created_by`.
    pub created_by: String,
    /// `comment`.
    pub comment: String,
    /// No layer belongs to it.
    pub empty_layer: bool,
    /// Index of its layer.
    pub layer: Option<u32>,
}

/// What lies in a file system, as far as rules ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// Regular files in the merged tree.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes that layers carry but the merged tree does not show.
    pub wasted_bytes: u64,
    /// Where the waste lies, largest first, at most 20: path, bytes.
    pub wasted: Vec<(String, u64)>,
    /// Files that a rule may look at, sorted by path.
    pub notable: Vec<FileFact>,
    /// User names and ids of `/etc/passwd`.
    pub users: Vec<(String, u32)>,
}

/// A file with something notable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    /// Path relative to the root.
    pub path: String,
    /// What is notable.
    pub traits: Vec<FileTrait>,
    /// Permission bits, `0o4755`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Layer.
    pub layer: Option<LayerRef>,
    /// History line of the layer.
    pub instruction: Option<String>,
    /// The package that owns it, `deb:passwd`.
    pub owner: Option<String>,
}

/// What may be notable about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileTrait {
    /// Set-user-id bit on an executable regular file.
    Setuid,
    /// Set-group-id bit on an executable regular file.
    Setgid,
    /// Writable by everyone, neither a link nor a sticky directory.
    WorldWritable,
    /// A command interpreter a person can log in with.
    Shell,
    /// A package manager's program.
    PackageManager,
    /// A compiler, assembler or linker.
    Compiler,
    /// A program that fetches or opens connections (curl, wget, nc, ssh …).
    NetworkTool,
    /// A file that holds a private key or credentials by its name and first bytes.
    Credential,
    /// Carries a file capability (`security.capability`).
    Capability,
}
