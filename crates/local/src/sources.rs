//! The port `Sources` over files of this machine.

use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inventory::{Target, TargetKind};
use manifest::Packed;
use ports::cluster::Cluster;
use ports::remote::{self, Remote};
use ports::render::Render;
use ports::source::{
    Content, Engine, Files, Listed, Location, Opened, Peek, Progress, ReadOptions, SourceError, Sources,
    TargetSpec,
};

use crate::blobs::{Archive, Store, Stream};
use crate::cache::DirCache;
use crate::doubts::Account;
use crate::engine::{self, Kept};
use crate::images::{self, Called, Reading};
use crate::layout::Choice;
use crate::plan::ImagePlan;
use crate::render::LocalRender;
use crate::stream::Want;
use crate::{detect, folder, layout, named, process, saved, stream};

/// Bytes of a bill of materials.
pub const SBOM_BYTES_MAX: u64 = 512 << 20;

/// Targets inside one directory.
pub const INNER_TARGETS_MAX: usize = 1000;

/// Reads targets from the file system and from standard input.
pub struct LocalSources {
    cache: Option<Arc<DirCache>>,
    remote: Option<Arc<dyn Remote>>,
    clusters: Option<Arc<dyn Cluster>>,
    render: LocalRender,
}

impl LocalSources {
    /// Sources that keep layer indexes in `cache`, or read every layer every time.
    #[must_use]
    pub fn new(cache: Option<Arc<DirCache>>) -> Self {
        Self { cache, remote: None, clusters: None, render: LocalRender::of_user() }
    }

    /// The same, with the images that `remote` finds.
    #[must_use]
    pub fn with_remote(self, remote: Arc<dyn Remote>) -> Self {
        Self { remote: Some(remote), ..self }
    }

    /// The same, with the clusters that can be asked.
    #[must_use]
    pub fn with_clusters(self, clusters: Arc<dyn Cluster>) -> Self {
        Self { clusters: Some(clusters), ..self }
    }

    /// Every object of a live cluster.
    fn cluster(&self, context: &str, progress: &dyn Progress) -> Result<Vec<Opened>, SourceError> {
        let clusters = self
            .clusters
            .as_ref()
            .ok_or_else(|| SourceError::Usage("no cluster can be asked here".to_owned()))?;
        let dump = clusters.dump(context, progress)?;
        let mut account = Account::default();
        account.ledger.bytes = dump.lists.len();
        for unlisted in &dump.unlisted {
            account.doubt(&unlisted.what, &unlisted.reason, &unlisted.remedy);
        }
        for (what, why) in &dump.left_out {
            account.note(what, why);
        }
        let kind = TargetKind::Cluster;
        let target = target(Called { kind, word: kind.as_str(), name: &dump.name });
        let (doubts, ledger) = account.close(&target.id);
        let content = Content::Objects(dump.lists);
        Ok(vec![Opened { doubts, ledger, ..Opened::whole(target, content) }])
    }

    fn reading<'o>(
        &'o self,
        analyzer: &'o dyn oci::Analyzer,
        options: &'o ReadOptions,
        progress: &'o dyn Progress,
    ) -> Open<'o> {
        let (cache, remote) = (self.cache.as_deref(), self.remote.as_deref());
        Open { cache, remote, analyzer, options, progress, kept: &|_| false }
    }
}

impl Sources for LocalSources {
    fn open(
        &self,
        spec: &TargetSpec,
        analyzer: &dyn oci::Analyzer,
        options: &ReadOptions,
        progress: &dyn Progress,
        kept: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let open = Open { kept, ..self.reading(analyzer, options, progress) };
        match &spec.location {
            Location::Stdin => open.stdin(spec.kind, &mut io::stdin().lock()),
            Location::Path(raw) => open.raw(spec.kind, raw),
            Location::Registry(name) => open.remote(name),
            Location::Engine(engine, wanted) => open.kept(*engine, wanted),
            Location::Process(id) => open.process(*id),
            Location::Cluster(context) => self.cluster(context, progress),
        }
    }

    fn renderer(&self) -> &dyn Render {
        &self.render
    }

    fn list(&self, choice: &remote::Choice) -> Result<remote::Listing, SourceError> {
        match &self.remote {
            Some(remote) => remote.list(choice),
            None => Err(SourceError::Usage("no registry can be asked here".to_owned())),
        }
    }

    fn images(&self, spec: &TargetSpec, options: &ReadOptions) -> Result<Vec<Listed>, SourceError> {
        let nothing = ports::source::Silent;
        self.reading(&oci::NoAnalyzer, options, &nothing).listed(spec)
    }

    fn peek(&self, image: &str, options: &ReadOptions) -> Result<Vec<Peek>, SourceError> {
        self.reading(&oci::NoAnalyzer, options, &ports::source::Silent).peek(image)
    }
}

impl LocalSources {
    /// Reads a target that comes as a stream, as standard input does.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn open_stream(
        &self,
        kind: Option<TargetKind>,
        source: &mut dyn Read,
        analyzer: &dyn oci::Analyzer,
        options: &ReadOptions,
        progress: &dyn Progress,
    ) -> Result<Vec<Opened>, SourceError> {
        self.reading(analyzer, options, progress).stdin(kind, source)
    }
}

struct Open<'o> {
    cache: Option<&'o DirCache>,
    remote: Option<&'o dyn Remote>,
    analyzer: &'o dyn oci::Analyzer,
    options: &'o ReadOptions,
    progress: &'o dyn Progress,
    kept: &'o dyn Fn(&str) -> bool,
}

impl Open<'_> {
    fn raw(&self, kind: Option<TargetKind>, raw: &str) -> Result<Vec<Opened>, SourceError> {
        let Some((path, reference)) = detect::split(raw)? else {
            return match kind {
                Some(_) => Err(SourceError::Usage(format!("`{raw}`: no such file or directory"))),
                None => {
                    named::image(raw)?;
                    self.remote(raw)
                }
            };
        };
        let kind = match kind {
            Some(kind) => {
                detect::fits(kind, &path)?;
                kind
            }
            None => detect::kind(&path)?,
        };
        if let (false, Some(reference)) = (kind.is_image(), &reference) {
            return Err(SourceError::Usage(format!(
                "`{raw}`: `{reference}` names an image, but `{}` is none",
                path.display()
            )));
        }
        self.path(kind, &path, reference.as_deref())
    }

    fn path(
        &self,
        kind: TargetKind,
        path: &Path,
        reference: Option<&str>,
    ) -> Result<Vec<Opened>, SourceError> {
        let name = path.display().to_string();
        match kind {
            TargetKind::Oci | TargetKind::DockerArchive => {
                let choice = Choice { reference, platform: self.options.platform.as_deref() };
                let unreadable = |e: io::Error| SourceError::Unreadable(format!("`{name}`: {e}"));
                let store = self.store(kind, path, choice, &name).map_err(unreadable)?;
                self.images(store, kind, choice, &name)
            }
            TargetKind::Registry => self.remote(&name),
            TargetKind::Cluster => Err(SourceError::Usage(format!("`{name}` is a path and no cluster"))),
            TargetKind::Rootfs | TargetKind::Dir => self.folder(kind, path, &name),
            TargetKind::Manifests if path.is_dir() => self.folder(kind, path, &name),
            TargetKind::Sbom | TargetKind::Results | TargetKind::Manifests => {
                let mut file =
                    disk::open(path).map_err(|e| SourceError::Unreadable(format!("`{name}`: {e}")))?;
                Ok(vec![document(kind, &mut file, &name)?])
            }
        }
    }

    /// Opens the parts of an image; layers of a compressed archive are read at once, because opening one part means
    /// inflating everything in front of it.
    fn store(&self, kind: TargetKind, path: &Path, choice: Choice<'_>, name: &str) -> io::Result<Store> {
        if path.is_dir() {
            return Ok(Store::Folder(path.to_owned()));
        }
        if oci::Compression::of(&detect::head(path)?) == oci::Compression::Plain {
            return Ok(Store::Archive(Archive::scan(path)?));
        }
        let first = stream::read(&mut disk::open(path)?, &Want::Nothing, self.analyzer, self.progress);
        let first = Store::Stream(Stream { path: Some(path.to_owned()), ..first });
        let Ok((plans, _)) = plans(&first, kind, choice, name) else {
            // Planned again, and told, by the caller.
            return Ok(first);
        };
        let reading = self.reading(Arc::new(first));
        let missing = images::missing(&reading, &plans);
        self.progress.expect(path.metadata()?.len());
        let only = |part: &str| missing.contains(part);
        let second = stream::read(&mut disk::open(path)?, &Want::Only(&only), self.analyzer, self.progress);
        Ok(Store::Stream(Stream { path: Some(path.to_owned()), ..second }))
    }

    fn images(
        &self,
        store: Store,
        kind: TargetKind,
        choice: Choice<'_>,
        name: &str,
    ) -> Result<Vec<Opened>, SourceError> {
        let (plans, aside) = plans(&store, kind, choice, name)?;
        let called = Called { kind, word: kind.as_str(), name };
        Ok(self.planned(store, plans, aside, called))
    }

    fn planned(
        &self,
        store: Store,
        plans: Vec<ImagePlan>,
        aside: Account,
        called: Called<'_>,
    ) -> Vec<Opened> {
        let mut out = images::read(&self.reading(Arc::new(store)), plans, called, self.kept);
        match out.first_mut() {
            Some(first) => {
                let (doubts, ledger) = aside.close(&first.target.id);
                first.doubts.extend(doubts);
                first.ledger.add(ledger);
            }
            None => out.push(unread(called, aside)),
        }
        out
    }

    /// An image that an engine of this machine keeps.
    fn kept(&self, engine: Engine, wanted: &str) -> Result<Vec<Opened>, SourceError> {
        let platform = self.options.platform.as_deref();
        let Kept { store, plans, account, name } =
            engine::find(engine, wanted, &self.options.engines, platform)?;
        let called = Called { kind: TargetKind::Oci, word: engine.as_str(), name: &name };
        Ok(self.planned(store, plans, account, called))
    }

    /// What a running process sees as its root.
    fn process(&self, id: u32) -> Result<Vec<Opened>, SourceError> {
        let root = process::root(id)?;
        let walked = folder::walk(&root, TargetKind::Rootfs, self.analyzer, self.progress);
        let name = id.to_string();
        let called = Called { kind: TargetKind::Rootfs, word: "proc", name: &name };
        Ok(vec![walked_target(called, walked.tree, walked.account)])
    }

    /// An image in a registry: of several platforms the one asked for, else this machine's, else all there are.
    fn remote(&self, name: &str) -> Result<Vec<Opened>, SourceError> {
        let remote = self.remote.ok_or_else(|| {
            SourceError::Usage(format!(
                "`{name}`: no such file or directory, and no registry can be asked here"
            ))
        })?;
        let parts = match remote.image(name) {
            Ok(parts) => parts,
            Err(SourceError::Unreadable(reason)) => {
                let mut account = Account::default();
                account.doubt(name, &reason, "mend what it says, and scan again");
                let kind = TargetKind::Registry;
                return Ok(vec![unread(Called { kind, word: kind.as_str(), name }, account)]);
            }
            Err(e) => return Err(e),
        };
        let own = own_platform();
        let platform = self.platform(&own)?;
        let shown = parts.name().to_owned();
        let open = |platform| {
            let choice = Choice { reference: None, platform };
            self.images(Store::Remote(Arc::clone(&parts)), TargetKind::Registry, choice, &shown)
        };
        let mut opened = match open(platform) {
            Err(SourceError::Usage(_)) if self.options.platform.is_none() && platform.is_some() => {
                open(None)?
            }
            other => other?,
        };
        if let Some(first) = opened.first_mut() {
            first.notes.extend(parts.take_notes());
        }
        Ok(opened)
    }

    /// The platform that is read of an image in a registry.
    fn platform<'p>(&'p self, own: &'p str) -> Result<Option<&'p str>, SourceError> {
        match (&self.options.platform, self.options.all_platforms) {
            (Some(_), true) => {
                Err(SourceError::Usage("`--platform` and `--all-platforms` exclude each other".to_owned()))
            }
            (Some(asked), false) => Ok(Some(asked.as_str())),
            (None, true) => Ok(None),
            (None, false) => Ok(Some(own)),
        }
    }

    /// The images of a layout or archive, from its manifests and configurations.
    fn listed(&self, spec: &TargetSpec) -> Result<Vec<Listed>, SourceError> {
        let raw = match &spec.location {
            Location::Path(raw) => raw.as_str(),
            _ => return Ok(Vec::new()),
        };
        let Some((path, reference)) = detect::split(raw)? else {
            return Err(SourceError::Usage(format!("`{raw}`: no such file or directory")));
        };
        let kind = match spec.kind {
            Some(kind) => kind,
            None => detect::kind(&path)?,
        };
        let name = path.display().to_string();
        let choice = Choice { reference: reference.as_deref(), platform: self.options.platform.as_deref() };
        let unreadable = |e: io::Error| SourceError::Unreadable(format!("`{name}`: {e}"));
        let store = match kind {
            TargetKind::Oci | TargetKind::DockerArchive => self.manifests(&path).map_err(unreadable)?,
            _ => return Ok(Vec::new()),
        };
        let (plans, _) = plans(&store, kind, choice, &name)?;
        let alone = plans.len() == 1 && reference.is_none();
        let listed = |plan: ImagePlan| {
            let target = match alone {
                true => spec.written.clone(),
                false => format!("{}:{name}{}", kind.as_str(), plan.reference),
            };
            let digests = [plan.digest, plan.config_digest].into_iter().flatten().map(|d| d.to_string());
            Listed { called: plan.called.into_iter().chain(digests).collect(), target }
        };
        Ok(plans.into_iter().map(listed).collect())
    }

    /// The parts of an image without its layers.
    fn manifests(&self, path: &Path) -> io::Result<Store> {
        if path.is_dir() {
            return Ok(Store::Folder(path.to_owned()));
        }
        if oci::Compression::of(&detect::head(path)?) == oci::Compression::Plain {
            return Ok(Store::Archive(Archive::scan(path)?));
        }
        let read = stream::read(&mut disk::open(path)?, &Want::Nothing, self.analyzer, self.progress);
        Ok(Store::Stream(Stream { path: Some(path.to_owned()), ..read }))
    }

    /// What an image in a registry is, from its manifests and configurations.
    fn peek(&self, name: &str) -> Result<Vec<Peek>, SourceError> {
        let remote =
            self.remote.ok_or_else(|| SourceError::Usage("no registry can be asked here".to_owned()))?;
        let store = Store::Remote(remote.image(name)?);
        let own = own_platform();
        let platform = self.platform(&own)?;
        let plan = |platform| layout::plan(&store, Choice { reference: None, platform }, name);
        let (plans, _) = match plan(platform) {
            Err(SourceError::Usage(_)) if self.options.platform.is_none() && platform.is_some() => {
                plan(None)?
            }
            other => other?,
        };
        let peek = |p: ImagePlan| Some(Peek { digest: p.digest?, created: p.config.created });
        Ok(plans.into_iter().filter_map(peek).collect())
    }

    fn reading(&self, store: Arc<Store>) -> Reading<'_> {
        Reading {
            store,
            cache: self.cache,
            analyzer: self.analyzer,
            options: self.options,
            progress: self.progress,
        }
    }

    fn folder(&self, kind: TargetKind, path: &Path, name: &str) -> Result<Vec<Opened>, SourceError> {
        if !path.is_dir() {
            return Err(SourceError::Usage(format!("`{name}` is no directory")));
        }
        let mut walked = folder::walk(path, kind, self.analyzer, self.progress);
        let mut inner = walked.inner;
        if INNER_TARGETS_MAX < inner.len() {
            inner.truncate(INNER_TARGETS_MAX);
            walked.account.skip(name, "INNER_TARGETS_MAX", INNER_TARGETS_MAX as u64, true);
        }
        inner.sort();
        let mut found = Vec::new();
        for (kind, inner) in inner {
            match self.path(kind, &path.join(&inner), None) {
                Ok(opened) => found.extend(opened),
                Err(e) => {
                    walked.account.doubt(&inner.display().to_string(), &e.to_string(), "write it again")
                }
            }
        }
        let called = Called { kind, word: kind.as_str(), name };
        let own = walked_target(called, walked.tree, walked.account);
        Ok(std::iter::once(own).chain(found).collect())
    }

    fn stdin(&self, kind: Option<TargetKind>, source: &mut dyn Read) -> Result<Vec<Opened>, SourceError> {
        let name = "-";
        let unreadable = |e: io::Error| SourceError::Unreadable(format!("standard input: {e}"));
        let mut head = Vec::new();
        (&mut *source).take(detect::PEEK_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
        let tar = oci::Compression::of(&head) != oci::Compression::Plain || oci::tar::looks_like_tar(&head);
        let text = !head.is_empty() && (!head.contains(&0) || detect::is_document(&head));
        let manifests = detect::is_manifest(&head);
        let mut source = Cursor::new(head).chain(source);
        match kind {
            Some(kind @ (TargetKind::Sbom | TargetKind::Results | TargetKind::Manifests)) => {
                return Ok(vec![document(kind, &mut source, name)?]);
            }
            None if !tar && text => {
                let kind = if manifests { TargetKind::Manifests } else { TargetKind::Sbom };
                return Ok(vec![document(kind, &mut source, name)?]);
            }
            None if !tar => {
                return Err(SourceError::Unreadable(format!("standard input is {}", detect::NEITHER)));
            }
            Some(TargetKind::Rootfs | TargetKind::Dir) => {
                return Err(SourceError::Usage("a directory cannot come from standard input".to_owned()));
            }
            Some(TargetKind::Cluster) => {
                return Err(SourceError::Usage("a cluster cannot come from standard input".to_owned()));
            }
            Some(TargetKind::Registry) => {
                return Err(SourceError::Usage(
                    "an image in a registry cannot come from standard input".to_owned(),
                ));
            }
            Some(TargetKind::Oci | TargetKind::DockerArchive) | None => {}
        }
        let read = stream::read(&mut source, &Want::Layers, self.analyzer, self.progress);
        let found = kind.or_else(|| detect::kind_of(&|part| read.sizes.contains_key(part)));
        let Some(kind) = found else {
            let flaw = read.flaw.map_or_else(String::new, |flaw| format!("; {flaw}"));
            return Err(SourceError::Unreadable(format!(
                "standard input is an archive without `index.json` or `manifest.json`, so not an image{flaw}"
            )));
        };
        let choice = Choice { reference: None, platform: self.options.platform.as_deref() };
        self.images(Store::Stream(read), kind, choice, name)
    }
}

/// This machine's, of the containers it can run.
fn own_platform() -> String {
    format!("linux/{}", std::env::consts::ARCH)
}

fn plans(
    store: &Store,
    kind: TargetKind,
    choice: Choice<'_>,
    name: &str,
) -> Result<(Vec<ImagePlan>, Account), SourceError> {
    match kind {
        TargetKind::DockerArchive => Ok((saved::plan(store, choice, name)?, Account::default())),
        _ => layout::plan(store, choice, name),
    }
}

fn target(called: Called<'_>) -> Target {
    let Called { kind, word, name } = called;
    Target::new(format!("{word}:{name}"), kind, name)
}

/// A target of which nothing could be read.
fn unread(called: Called<'_>, account: Account) -> Opened {
    walked_target(called, Arc::default(), account)
}

/// A target that is a folder.
fn walked_target(called: Called<'_>, tree: Arc<oci::Tree>, account: Account) -> Opened {
    let target = target(called);
    let (doubts, ledger) = account.close(&target.id);
    Opened { doubts, ledger, ..Opened::whole(target, Content::Files(Box::new(Files::of(tree)))) }
}

/// A file that is a target as a whole.
fn document(kind: TargetKind, source: &mut dyn Read, name: &str) -> Result<Opened, SourceError> {
    let (bound, limit) = match kind {
        TargetKind::Manifests => ("FILE_BYTES_MAX", manifest::FILE_BYTES_MAX),
        _ => ("SBOM_BYTES_MAX", SBOM_BYTES_MAX),
    };
    let mut source = source.take(limit + 1);
    let (mut bytes, mut packed) = (Vec::new(), Packed::default());
    let read = match kind {
        TargetKind::Manifests => io::copy(&mut source, &mut packed),
        _ => source.read_to_end(&mut bytes).map(|n| n as u64),
    };
    let mut length = read.map_err(|e| SourceError::Unreadable(format!("`{name}`: {e}")))?;
    let mut account = Account::default();
    if limit < length {
        account.skip(name, bound, limit, true);
        (bytes, packed, length) = (Vec::new(), Packed::default(), 0);
    }
    account.ledger.files = 1;
    account.ledger.bytes = length;
    let (kind, content) = match kind {
        TargetKind::Manifests => (kind, Content::Objects(packed)),
        _ => (TargetKind::Sbom, Content::Document(bytes)),
    };
    let target = target(Called { kind, word: kind.as_str(), name });
    let (doubts, ledger) = account.close(&target.id);
    Ok(Opened { doubts, ledger, ..Opened::whole(target, content) })
}

/// The folder that the cache belongs into: `$XDG_CACHE_HOME/plimsoll`, else `~/.cache/plimsoll`.
#[must_use]
pub fn cache_dir(xdg_cache_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    // The XDG specification: a relative path is to be ignored.
    let xdg = xdg_cache_home.filter(|p| p.is_absolute());
    Some(xdg.or_else(|| Some(home?.join(".cache")))?.join("plimsoll"))
}
