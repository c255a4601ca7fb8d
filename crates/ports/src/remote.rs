//! Images that lie elsewhere: a registry, seen as the parts of an image layout.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use oci::reference::{DEFAULT_REGISTRY, split_registry};

use crate::source::SourceError;

/// Finds images by name. Implemented by `registry`.
pub trait Remote: Sync + Send {
    /// Finds the image called `name` (`nginx:1.25`, `host:5000/team/shop@sha256:…`); fetches its manifest and no layer.
    ///
    /// # Errors
    /// [`SourceError::Usage`] for a name that is none, [`SourceError::Missing`] for an image that does not exist,
    /// [`SourceError::Unreadable`] if the registry cannot be asked or refuses.
    fn image(&self, name: &str) -> Result<Arc<dyn Parts>, SourceError>;

    /// The images that `choice` selects, as names for [`Remote::image`], sorted; and what could not be listed.
    ///
    /// # Errors
    /// As [`Remote::image`], if nothing can be listed.
    fn list(&self, choice: &Choice) -> Result<Listing, SourceError>;
}

/// Which images of a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The registry, `registry.example:5000`.
    pub registry: String,
    /// A glob over repositories, `**`, `team/*`, or a repository with a glob over its tags, `team/shop:1.*`.
    pub pattern: String,
    /// Globs over `repository:tag` (or `repository`), one of which must match; empty for all.
    pub include: Vec<String>,
    /// Globs none of which may match.
    pub exclude: Vec<String>,
}

/// Registry and pattern of a target that is a whole registry or a part of one, `registry:HOST/**`; names without a
/// registry are Docker Hub's, as those of images are.
#[must_use]
pub fn pattern(target: &str) -> Option<(String, String)> {
    let named = target.strip_prefix("registry:").filter(|t| t.contains(['*', '?', '[']))?;
    let (registry, pattern) = split_registry(named);
    let registry = match registry.to_ascii_lowercase() {
        alias if alias == "index.docker.io" || alias == "registry-1.docker.io" => DEFAULT_REGISTRY.to_owned(),
        other => other,
    };
    let repository = pattern.rsplit_once(':').map_or(pattern, |(repository, _)| repository);
    let official = registry == DEFAULT_REGISTRY && !repository.contains(['/', '*', '?', '[']);
    Some((registry, if official { format!("library/{pattern}") } else { pattern.to_owned() }))
}

/// What a registry holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// `host/repository:tag`, sorted.
    pub images: Vec<String>,
    /// Repositories that could not be listed, and bounds that were crossed: where, why.
    pub problems: Vec<(String, String)>,
}

/// The parts of one image, by their names in an image layout (`blobs/sha256/…`), fetched when they are opened.
pub trait Parts: Sync + Send {
    /// The image without tag and digest, `docker.io/library/nginx`.
    fn name(&self) -> &str;

    /// An `index.json` with the one manifest or index that the name means.
    fn index(&self) -> &[u8];

    /// A manifest or configuration, whole and verified against its digest.
    ///
    /// # Errors
    /// [`PartError`].
    fn document(&self, part: &str, bytes_max: u64) -> Result<Vec<u8>, PartError>;

    /// Bytes of a part, as the manifest that names it says.
    fn size(&self, part: &str) -> Option<u64>;

    /// A part as a stream, taken up again where it was cut off. It ends with an error behind the bytes its manifest
    /// names; its digest is the reader's to verify.
    ///
    /// # Errors
    /// [`PartError`].
    fn open(&self, part: &str) -> Result<Box<dyn Read + Send + '_>, PartError>;

    /// `len` bytes of a part from byte `at` on, taken up again where they were cut off; `None` where only the whole can
    /// be had.
    ///
    /// # Errors
    /// [`PartError`].
    fn range(&self, part: &str, at: u64, len: u64) -> Result<Option<Box<dyn Read + Send + '_>>, PartError> {
        let _ = (part, at, len);
        Ok(None)
    }

    /// What a person should know (a mirror that failed), each once.
    fn take_notes(&self) -> Vec<String>;
}

/// Why a part cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartError {
    /// No manifest names it, or the registry does not hold it.
    Missing,
    /// It is larger than it may be: bytes.
    TooLarge(u64),
    /// It was refused, by the registry or by us.
    Refused(String),
}

impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the registry does not hold it"),
            Self::TooLarge(n) => write!(f, "it has {n} bytes, more than the bound"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for PartError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_the_registry_that_an_image_so_named_is_of() {
        let read = |target: &str| pattern(target).map(|(registry, pattern)| format!("{registry} {pattern}"));
        assert_eq!(read("registry:Reg.example:5000/**").as_deref(), Some("reg.example:5000 **"));
        assert_eq!(read("registry:localhost/team/*:1.*").as_deref(), Some("localhost team/*:1.*"));
        assert_eq!(read("registry:nginx:1.*").as_deref(), Some("docker.io library/nginx:1.*"));
        assert_eq!(read("registry:index.docker.io/nginx:*").as_deref(), Some("docker.io library/nginx:*"));
        assert_eq!(read("registry:bitnami/**").as_deref(), Some("docker.io bitnami/**"));
        assert_eq!(read("registry:docker.io/**").as_deref(), Some("docker.io **"));
        assert_eq!(read("registry:reg.example/shop:1"), None);
        assert_eq!(read("dir:*"), None);
    }
}
