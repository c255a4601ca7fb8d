//! What a path holds, told by its content.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use inventory::TargetKind;
use oci::tar::{Entry, Flaw, Visit, Walker};
use oci::{Compression, Receive, Verify};
use ports::source::SourceError;

use crate::blobs::{Archive, Store, part_name};

/// First bytes that tell what a file is.
pub(crate) const HEAD_BYTES: usize = 4096;

/// Bytes of a compressed archive that are looked at to tell whether it may be an image.
const PEEK_BYTES: usize = 1 << 16;

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

/// Splits `PATH[:TAG|@DIGEST]`: the longest part in front that exists is the path.
pub(crate) fn split(raw: &str) -> Result<(PathBuf, Option<String>), SourceError> {
    if Path::new(raw).symlink_metadata().is_ok() {
        return Ok((PathBuf::from(raw), None));
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
        return Ok((PathBuf::from(path), Some(reference.to_owned())));
    }
    Err(SourceError::Usage(missing(raw)))
}

/// What to say of a path that is not there.
fn missing(raw: &str) -> String {
    let local = raw.starts_with(['.', '/', '~']) || !raw.contains('/') || raw.ends_with('/');
    if local {
        return format!("`{raw}`: no such file or directory");
    }
    format!(
        "`{raw}`: no such file or directory, and images in registries are not supported yet: save it first, \
             for example with `skopeo copy docker://{raw} oci:image`"
    )
}

/// The kind of what lies at `path`.
pub(crate) fn kind(path: &Path) -> Result<TargetKind, SourceError> {
    let shown = path.display();
    let meta = path.metadata().map_err(|e| SourceError::Unreadable(format!("`{shown}`: {e}")))?;
    if meta.is_dir() {
        return Ok(folder(path));
    }
    if !meta.is_file() {
        return Err(SourceError::Usage(format!("`{shown}` is neither a file nor a directory")));
    }
    let head = head(path).map_err(|e| SourceError::Unreadable(format!("`{shown}`: {e}")))?;
    if let Some(kind) = archive(path, &head) {
        return Ok(kind);
    }
    if matches!(head.iter().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b)), Some(b'{')) {
        return Ok(TargetKind::Sbom);
    }
    Err(SourceError::Usage(format!(
        "`{shown}` is none of what can be scanned: an image layout or archive, a bill of materials, a directory"
    )))
}

fn folder(path: &Path) -> TargetKind {
    match () {
        () if path.join("oci-layout").is_file() && path.join("index.json").is_file() => TargetKind::Oci,
        () if path.join("index.json").is_file() && path.join("blobs/sha256").is_dir() => TargetKind::Oci,
        () if ROOTFS.iter().any(|mark| path.join(mark).exists()) => TargetKind::Rootfs,
        () => TargetKind::Dir,
    }
}

/// The kind of an archive of images; `None` if the file is none.
pub(crate) fn archive(path: &Path, head: &[u8]) -> Option<TargetKind> {
    match Compression::of(head) {
        Compression::Plain if oci::tar::looks_like_tar(head) => {
            let store = Store::Archive(Archive::scan(path).ok()?);
            kind_of(&|name| store.has(name))
        }
        Compression::Gzip | Compression::Zstd => {
            // Only an archive that begins like an image is worth inflating as a whole.
            let begins = first_names(path)?;
            begins.iter().any(|n| begins_like_image(n)).then_some(())?;
            let mut file = File::open(path).ok()?;
            let nothing = crate::stream::Want::Nothing;
            let stream = crate::stream::read(&mut file, &nothing, &oci::NoAnalyzer, &ports::source::Silent);
            kind_of(&|name| stream.sizes.contains_key(name))
        }
        Compression::Plain | Compression::Unsupported => None,
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

/// The names in the first bytes of a compressed archive.
fn first_names(path: &Path) -> Option<Vec<String>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(PEEK_BYTES as u64).read_to_end(&mut bytes).ok()?;
    let mut peek = Peek { walker: Walker::default(), names: Names(Vec::new()), left: 16 * PEEK_BYTES };
    oci::inflate(&mut Cursor::new(bytes), Verify::Nothing, &mut peek);
    Some(peek.names.0)
}

pub(crate) fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

struct Peek {
    walker: Walker,
    names: Names,
    left: usize,
}

struct Names(Vec<String>);

impl Receive for Peek {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.walker.feed(bytes, &mut self.names);
        self.left = self.left.saturating_sub(bytes.len());
        0 < self.left && self.names.0.len() < 8
    }
    fn read(&mut self, _: u64) {}
}

impl Visit for Names {
    fn entry(&mut self, entry: &Entry<'_>) {
        if self.0.len() < 8 {
            self.0.push(part_name(entry.path));
        }
    }
    fn data(&mut self, _: u64, _: &[u8]) {}
    fn close(&mut self) {}
    fn flaw(&mut self, _: Flaw) {}
}
