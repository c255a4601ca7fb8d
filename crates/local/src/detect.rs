//! What a path holds, told by its content.

use std::fs::Metadata;
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use inventory::TargetKind;
use oci::tar::{Entry, Flaw, Visit, Walker};
use oci::{Compression, Receive, Verify};
use ports::source::SourceError;

use crate::blobs::{Archive, Store, part_name};

/// First bytes that tell what a file is.
pub(crate) const HEAD_BYTES: usize = 4096;

/// Bytes of a compressed archive that are looked at to tell whether it may be an image, and of a text to tell whether it
/// holds manifests.
pub(crate) const PEEK_BYTES: usize = 1 << 16;

/// Package databases and other marks of a root file system.
const ROOTFS: [&str; 8] = [
    "etc/os-release",
    "usr/lib/os-release",
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    "var/lib/rpm",
    "usr/lib/sysimage/rpm",
];

/// Splits `PATH[:TAG|@DIGEST]`: the longest part in front that exists is the path. `None` if nothing of it exists.
pub(crate) fn split(raw: &str) -> Result<Option<(PathBuf, Option<String>)>, SourceError> {
    if Path::new(raw).symlink_metadata().is_ok() {
        return Ok(Some((PathBuf::from(raw), None)));
    }
    for (at, mark) in raw.char_indices().rev().filter(|(_, c)| matches!(c, ':' | '@')) {
        let (path, reference) = raw.split_at(at);
        if path.is_empty() || Path::new(path).symlink_metadata().is_err() {
            continue;
        }
        let reference = if mark == ':' { reference.trim_start_matches(':') } else { reference };
        if reference.is_empty() {
            return Err(SourceError::Usage(format!("`{raw}` ends in a colon without a tag")));
        }
        return Ok(Some((PathBuf::from(path), Some(reference.to_owned()))));
    }
    Ok(None)
}

/// What the file system says of `path`, which has to be a file or a directory.
fn about(path: &Path) -> Result<Metadata, SourceError> {
    let shown = path.display();
    let meta = path.metadata().map_err(|e| match e.kind() {
        ErrorKind::NotFound => SourceError::Usage(format!("`{shown}` is a link that leads nowhere")),
        _ => SourceError::Unreadable(format!("`{shown}`: {e}")),
    })?;
    if !meta.is_dir() && !meta.is_file() {
        let text =
            format!("`{shown}` is neither a file nor a directory; what comes as a stream is read as `-`");
        return Err(SourceError::Usage(text));
    }
    Ok(meta)
}

/// Refuses a path that cannot be of the kind that was asked for.
pub(crate) fn fits(kind: TargetKind, path: &Path) -> Result<(), SourceError> {
    let is_dir = about(path)?.is_dir();
    let wanted = match kind {
        TargetKind::Dir | TargetKind::Rootfs if !is_dir => "a directory",
        TargetKind::Sbom | TargetKind::Results if is_dir => "a file",
        _ => return Ok(()),
    };
    let (shown, kind) = (path.display(), kind.as_str());
    Err(SourceError::Usage(format!("`{kind}:{shown}`: `{kind}` takes {wanted}; `{shown}` is none")))
}

/// The kind of what lies at `path`.
pub(crate) fn kind(path: &Path) -> Result<TargetKind, SourceError> {
    let shown = path.display();
    if about(path)?.is_dir() {
        return Ok(folder(path));
    }
    let head = head(path).map_err(|e| SourceError::Unreadable(format!("`{shown}`: {e}")))?;
    match archive(path, &head) {
        Archived::Image(kind) => return Ok(kind),
        Archived::Broken(reason, _) => return Err(SourceError::Unreadable(format!("`{shown}`: {reason}"))),
        Archived::Files => {
            return Err(SourceError::Unreadable(format!(
                "`{shown}` is an archive without `index.json` or `manifest.json`, so not an image"
            )));
        }
        Archived::Other => {}
    }
    if is_manifest(&text_head(path, &head)) {
        return Ok(TargetKind::Manifests);
    }
    if is_document(&head) {
        return Ok(TargetKind::Sbom);
    }
    Err(SourceError::Unreadable(format!("`{shown}` is {NEITHER}")))
}

/// What a file or stream is that nothing can be made of.
pub(crate) const NEITHER: &str = "none of what can be scanned: an image layout or archive, a bill of materials, \
                                  Kubernetes objects, a directory; if it is an archive, it is damaged or cut off";

/// The first bytes of a text, more of them than tell an archive: manifests may begin with a long comment.
fn text_head(path: &Path, head: &[u8]) -> Vec<u8> {
    let mut more = Vec::new();
    if !head.contains(&0)
        && let Ok(file) = disk::open(path)
    {
        // What cannot be read now is told when the whole file is.
        drop(file.take(PEEK_BYTES as u64).read_to_end(&mut more));
    }
    if more.len() < head.len() { head.to_vec() } else { more }
}

/// True if these first bytes are those of Kubernetes objects and of no bill of materials.
pub(crate) fn is_manifest(head: &[u8]) -> bool {
    manifest::looks_like_manifest(head) && sbom::detect(head).is_none()
}

/// True if these first bytes may be those of a bill of materials.
pub(crate) fn is_document(head: &[u8]) -> bool {
    let first = head.iter().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b));
    first == Some(&b'{') || sbom::detect(head).is_some()
}

fn folder(path: &Path) -> TargetKind {
    match () {
        () if path.join("oci-layout").is_file() && path.join("index.json").is_file() => TargetKind::Oci,
        () if path.join("index.json").is_file() && path.join("blobs/sha256").is_dir() => TargetKind::Oci,
        () if ROOTFS.iter().any(|mark| path.join(mark).exists()) => TargetKind::Rootfs,
        () => TargetKind::Dir,
    }
}

/// What a file that may be an archive of images is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Archived {
    /// Images.
    Image(TargetKind),
    /// Damaged or cut off, and why; true if it begins as archives of images do.
    Broken(String, bool),
    /// An archive of other files.
    Files,
    /// No archive.
    Other,
}

/// Looks into a file with these first bytes.
pub(crate) fn archive(path: &Path, head: &[u8]) -> Archived {
    let unread = |e: std::io::Error| Archived::Broken(format!("the archive cannot be read: {e}"), true);
    match Compression::of(head) {
        Compression::Plain if oci::tar::looks_like_tar(head) => match Archive::scan(path) {
            Ok(archive) => {
                let flaw = archive.flaw.clone();
                let begins = archive.names().any(begins_like_image);
                let store = Store::Archive(archive);
                told(kind_of(&|name| store.has(name)), flaw, begins)
            }
            Err(e) => unread(e),
        },
        // An archive of nothing is zeros.
        Compression::Plain if 512 <= head.len() && head.iter().all(|b| *b == 0) => Archived::Files,
        Compression::Gzip | Compression::Zstd => {
            // Only an archive that begins like an image is worth inflating as a whole.
            let peeked = match peek(path) {
                Ok(peeked) => peeked,
                Err(e) => return unread(e),
            };
            if !peeked.names.iter().any(|n| begins_like_image(n)) {
                return told(None, peeked.flaw, false);
            }
            let mut file = match disk::open(path) {
                Ok(file) => file,
                Err(e) => return unread(e),
            };
            let nothing = crate::stream::Want::Nothing;
            let stream = crate::stream::read(&mut file, &nothing, &oci::NoAnalyzer, &ports::source::Silent);
            told(kind_of(&|name| stream.sizes.contains_key(name)), stream.flaw, true)
        }
        Compression::Plain | Compression::Unsupported => Archived::Other,
    }
}

fn told(kind: Option<TargetKind>, flaw: Option<String>, begins: bool) -> Archived {
    match (kind, flaw) {
        (Some(kind), _) => Archived::Image(kind),
        (None, Some(flaw)) => Archived::Broken(flaw, begins),
        (None, None) => Archived::Files,
    }
}

/// `docker save` writes a layout as well since version 25; its own manifest names the images as the user does.
pub(crate) fn kind_of(has: &dyn Fn(&str) -> bool) -> Option<TargetKind> {
    match () {
        () if has("manifest.json") => Some(TargetKind::DockerArchive),
        () if has("index.json") => Some(TargetKind::Oci),
        () => None,
    }
}

fn begins_like_image(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or_default();
    let stem = first.split('.').next().unwrap_or_default();
    matches!(first, "blobs" | "oci-layout" | "index.json" | "manifest.json" | "repositories")
        || (stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The beginning of a compressed archive.
struct Peeked {
    names: Vec<String>,
    /// What is wrong, if the beginning is all there is.
    flaw: Option<String>,
}

/// Reads the names in the first bytes of a compressed archive.
fn peek(path: &Path) -> std::io::Result<Peeked> {
    let mut bytes = Vec::new();
    disk::open(path)?.take(PEEK_BYTES as u64).read_to_end(&mut bytes)?;
    let is_all = bytes.len() < PEEK_BYTES;
    let names = Names { names: Vec::new(), flaw: None };
    let mut peek = Peek { walker: Walker::default(), names, left: 16 * PEEK_BYTES };
    let inflated = oci::inflate(&mut Cursor::new(bytes), Verify::Nothing, &mut peek);
    let Peek { mut walker, names: mut found, .. } = peek;
    let flaw = match inflated.broken {
        Some(oci::Broken::Stopped) => None,
        Some(broken) if is_all => Some(format!("the archive is damaged or ends early: {broken:?}")),
        None if is_all => {
            walker.finish(&mut found);
            found.flaw.take()
        }
        _ => None,
    };
    Ok(Peeked { names: found.names, flaw })
}

pub(crate) fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    disk::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

struct Peek {
    walker: Walker,
    names: Names,
    left: usize,
}

struct Names {
    names: Vec<String>,
    flaw: Option<String>,
}

impl Receive for Peek {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.walker.feed(bytes, &mut self.names);
        self.left = self.left.saturating_sub(bytes.len());
        0 < self.left && self.names.names.len() < 8
    }
    fn read(&mut self, _: u64) {}
}

impl Visit for Names {
    fn entry(&mut self, entry: &Entry<'_>) {
        if self.names.len() < 8 {
            self.names.push(part_name(entry.path));
        }
    }
    fn data(&mut self, _: u64, _: &[u8]) {}
    fn close(&mut self) {}
    fn flaw(&mut self, flaw: Flaw) {
        if flaw.loses && self.flaw.is_none() {
            self.flaw = Some(format!("{} (offset {})", flaw.reason, flaw.offset));
        }
    }
}
