//! Directories: a project or a root file system, walked in order, links never followed.

use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inventory::TargetKind;
use oci::{
    Analyzer, FILE_KEEP_BYTES_MAX, FileKind, HEAD_BYTES, Interest, LayerBuilder, Node, OpenError, Origin,
    Reopen, Tree,
};
use ports::source::Progress;

use crate::beneath::{self, Links};
use crate::detect::Archived;
use crate::doubts::Account;
use crate::process;

/// Directories within directories.
pub const FOLDER_DEPTH_MAX: usize = 256;

const ALLOW: &str = "read it as a user who may, or leave it out";

/// First bytes of a JSON file that tell a bill of materials.
const SNIFF_BYTES: usize = 4096;

/// A directory as walked.
pub(crate) struct Walked {
    pub(crate) tree: Arc<Tree>,
    pub(crate) account: Account,
    /// Images and bills of materials inside, which are targets of their own.
    pub(crate) inner: Vec<(TargetKind, PathBuf)>,
}

/// Walks `root`.
pub(crate) fn walk(
    root: &Path,
    kind: TargetKind,
    analyzer: &dyn Analyzer,
    progress: &dyn Progress,
) -> Walked {
    let mut walk = Walk {
        root: root.to_owned(),
        device: fs::metadata(root).map(|m| m.dev()).ok(),
        kind,
        analyzer,
        progress,
        builder: LayerBuilder::default(),
        account: Account::default(),
        inner: Vec::new(),
        buffer: Vec::new(),
    };
    let mut todo: Vec<(PathBuf, usize)> = vec![(PathBuf::new(), 0)];
    while let Some((dir, depth)) = todo.pop() {
        let mut below = walk.dir(&dir, depth);
        // The last pushed is taken first: this keeps the order of names.
        below.reverse();
        todo.append(&mut below);
    }
    let index = walk.builder.finish(analyzer);
    let mut account = walk.account;
    account.ledger.files = index.counts.files;
    account.ledger.bytes = index.counts.bytes;
    for flaw in &index.flaws {
        if flaw.loses {
            account.doubt(&flaw.place, &flaw.reason, ALLOW);
        } else {
            account.note(&flaw.place, &flaw.reason);
        }
    }
    for skip in &index.skipped {
        account.skip(&skip.place, &skip.bound, skip.limit, skip.loses);
    }
    let tree = Tree::of(index).with_reopen(Box::new(Again { root: root.to_owned() }));
    Walked { tree: Arc::new(tree), account, inner: walk.inner }
}

struct Walk<'w> {
    root: PathBuf,
    device: Option<u64>,
    kind: TargetKind,
    analyzer: &'w dyn Analyzer,
    progress: &'w dyn Progress,
    builder: LayerBuilder,
    account: Account,
    inner: Vec<(TargetKind, PathBuf)>,
    buffer: Vec<u8>,
}

impl Walk<'_> {
    /// Takes the entries of a directory; answers the directories in it.
    fn dir(&mut self, dir: &Path, depth: usize) -> Vec<(PathBuf, usize)> {
        let mut below = Vec::new();
        if FOLDER_DEPTH_MAX < depth {
            self.account.skip(&show(dir), "FOLDER_DEPTH_MAX", FOLDER_DEPTH_MAX as u64, true);
            return below;
        }
        let names = match names(&self.root.join(dir)) {
            Ok(names) => names,
            Err(e) => {
                self.account.doubt(&show(dir), &format!("the directory cannot be read: {e}"), ALLOW);
                return below;
            }
        };
        for name in names {
            let path = dir.join(name);
            let meta = match fs::symlink_metadata(self.root.join(&path)) {
                Ok(meta) => meta,
                Err(e) => {
                    self.account.doubt(&show(&path), &e.to_string(), ALLOW);
                    continue;
                }
            };
            if meta.is_dir() {
                if self.enters(&path, &meta) {
                    self.node(&path, &meta, FileKind::Directory, b"");
                    below.push((path, depth + 1));
                }
            } else {
                self.leaf(&path, &meta);
            }
        }
        below
    }

    /// False for directories that are no part of the target, which the ledger says.
    fn enters(&mut self, path: &Path, meta: &fs::Metadata) -> bool {
        let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
        if self.kind == TargetKind::Dir && name == b".git" {
            self.account.note(&show(path), "the history of a repository is not part of its work tree");
            return false;
        }
        // A mount is another device than the root; of those only the kernel's own are no files.
        let kernel = || {
            [Path::new("proc"), Path::new("sys"), Path::new("dev")].contains(&path)
                || process::is_pseudo(&self.root.join(path))
        };
        if self.kind == TargetKind::Rootfs && Some(meta.dev()) != self.device && kernel() {
            self.account.note(&show(path), "a file system of the kernel, not of the target");
            return false;
        }
        let full = self.root.join(path);
        if self.kind == TargetKind::Dir
            && full.join("oci-layout").is_file()
            && full.join("index.json").is_file()
        {
            self.inner.push((TargetKind::Oci, path.to_owned()));
            return false;
        }
        true
    }

    fn leaf(&mut self, path: &Path, meta: &fs::Metadata) {
        let kind = meta.file_type();
        if kind.is_symlink() {
            match fs::read_link(self.root.join(path)) {
                Ok(link) => self.node(path, meta, FileKind::Symlink, link.as_os_str().as_bytes()),
                Err(e) => {
                    self.account.doubt(&show(path), &e.to_string(), ALLOW);
                    None
                }
            };
        } else if kind.is_file() {
            self.file(path, meta);
        } else {
            self.node(path, meta, FileKind::Special, b"");
        }
    }

    fn node(&mut self, path: &Path, meta: &fs::Metadata, kind: FileKind, link: &[u8]) -> Option<u32> {
        self.builder.node(&Node {
            path: path.as_os_str().as_bytes(),
            kind,
            mode: (meta.mode() & 0o7777) as u16,
            uid: meta.uid(),
            gid: meta.gid(),
            size: meta.len(),
            link,
            capability: false,
        })
    }

    fn file(&mut self, path: &Path, meta: &fs::Metadata) {
        let Some(ordinal) = self.node(path, meta, FileKind::Regular, b"") else {
            return;
        };
        self.progress.expect(meta.len());
        if let Err(e) = self.ask(path, meta, ordinal) {
            self.account.doubt(&show(path), &format!("the file cannot be read: {e}"), ALLOW);
        }
        self.progress.advance(meta.len());
    }

    fn ask(&mut self, path: &Path, meta: &fs::Metadata, ordinal: u32) -> io::Result<()> {
        let mut file = disk::open_no_link(&self.root.join(path))?;
        self.buffer.clear();
        let sniffed = if self.kind == TargetKind::Dir { sniff(path) } else { None };
        let want = if sniffed.is_some() { SNIFF_BYTES } else { HEAD_BYTES };
        (&mut file).take(want as u64).read_to_end(&mut self.buffer)?;
        if let Some(sniff) = sniffed {
            self.inner(path, sniff);
        }
        let head = self.buffer.get(..HEAD_BYTES).unwrap_or(&self.buffer);
        let name = self.builder.last_path();
        let interest = self.analyzer.interest(name, meta.len(), meta.mode() & 0o7777, head);
        if interest == Interest::No {
            return Ok(());
        }
        (&mut file).take(FILE_KEEP_BYTES_MAX + 1).read_to_end(&mut self.buffer)?;
        if FILE_KEEP_BYTES_MAX < self.buffer.len() as u64 {
            let name = name.to_owned();
            self.builder.skip(name, "FILE_KEEP_BYTES_MAX", FILE_KEEP_BYTES_MAX, true);
        } else if interest == Interest::Keep {
            self.builder.keep(ordinal, &self.buffer);
        } else {
            let answer = self.analyzer.digest(name, &self.buffer);
            self.builder.note(ordinal, &answer);
        }
        Ok(())
    }

    /// Notes a file that is a target of its own.
    fn inner(&mut self, path: &Path, sniff: Sniff) {
        match sniff {
            Sniff::Json if looks_like_sbom(&self.buffer) => {
                self.inner.push((TargetKind::Sbom, path.to_owned()))
            }
            Sniff::Archive => match crate::detect::archive(&self.root.join(path), &self.buffer) {
                Archived::Image(kind) => self.inner.push((kind, path.to_owned())),
                Archived::Broken(reason, true) => self.account.doubt(&show(path), &reason, "write it again"),
                Archived::Broken(reason, false) => self.account.note(&show(path), &reason),
                Archived::Other => self
                    .account
                    .note(&show(path), "named as an archive, its bytes are neither tar, gzip nor zstd"),
                Archived::Files => {}
            },
            Sniff::Bill if sbom::detect(&self.buffer).is_some() => {
                self.inner.push((TargetKind::Sbom, path.to_owned()));
            }
            Sniff::Json | Sniff::Bill => {}
        }
    }
}

/// What a file in a project may be beside a file of the project, by its name.
#[derive(Debug, Clone, Copy)]
enum Sniff {
    Json,
    /// A bill of materials that is no JSON.
    Bill,
    Archive,
}

fn sniff(path: &Path) -> Option<Sniff> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end));
    match () {
        () if ends(&[".json"]) => Some(Sniff::Json),
        () if name == "bom.xml"
            || ends(&[".cdx.xml", ".bom.xml", "sbom.xml", ".cdx", ".spdx", ".spdx.yaml", ".spdx.yml"]) =>
        {
            Some(Sniff::Bill)
        }
        () if ends(&[".tar", ".tar.gz", ".tgz", ".tar.zst"]) => Some(Sniff::Archive),
        () => None,
    }
}

/// True if these first bytes of a JSON file name a format of bills of materials.
fn looks_like_sbom(head: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    (has(b"\"bomFormat\"") && has(b"\"CycloneDX\"")) || has(b"\"spdxVersion\"")
}

fn names(dir: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.push(entry?.file_name());
    }
    names.sort();
    Ok(names)
}

fn show(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.display().to_string() }
}

struct Again {
    root: PathBuf,
}

impl Reopen for Again {
    fn reopen(&self, origin: Origin<'_>, max: u64) -> Result<Vec<u8>, OpenError> {
        let fail = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => OpenError::Missing,
            _ => OpenError::Source(e.to_string()),
        };
        // A directory on the way may have become a link since.
        let file = beneath::open(&self.root, Path::new(origin.path), Links::Refused).map_err(fail)?;
        let mut bytes = Vec::new();
        file.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(fail)?;
        if max < bytes.len() as u64 { Err(OpenError::TooLarge(bytes.len() as u64)) } else { Ok(bytes) }
    }
}
