//! A prebuilt database in a registry: an artifact (image-spec 1.1) whose layers are the database and its signature, as
//! `oras push HOST/REPOSITORY:TAG plimsoll.db plimsoll.db.sig` makes it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use oci::spec::{Descriptor, Document, MANIFEST_BYTES_MAX, read_document};
use ports::knowledge::KnowledgeError;
use ports::remote::{PartError, Parts, Remote};
use ports::source::{Progress, SourceError};
use sha2::{Digest, Sha256};

use crate::download::{cannot_write, clear};
use crate::prebuilt::{DATABASE_BYTES_MAX, unsigned};
use crate::signature::SIGNATURE_BYTES_MAX;

/// Media type of a layer that is a database.
const DATABASE_TYPE: &str = "application/vnd.plimsoll.database.v1";

/// Media type of a layer that is the signature over a database.
const SIGNATURE_TYPE: &str = "application/vnd.plimsoll.database.signature.v1";

/// Where `oras` notes the name of the file that a layer was.
const TITLE: &str = "org.opencontainers.image.title";

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// An artifact that holds a database.
pub(crate) struct Artifact {
    name: String,
    parts: Arc<dyn Parts>,
    database: Descriptor,
    signature: Option<Descriptor>,
}

impl Artifact {
    /// Finds `name`, `HOST/REPOSITORY:TAG`, and fetches its manifest.
    ///
    /// # Errors
    /// [`KnowledgeError`] if there is none, or none that holds one database.
    pub(crate) fn find(registries: &dyn Remote, name: &str) -> Result<Self, KnowledgeError> {
        let parts = registries.image(name).map_err(|e| match e {
            SourceError::Usage(text) => KnowledgeError::Usage(text),
            SourceError::Unreadable(text) => KnowledgeError::Unreadable(text),
        })?;
        Self::read(name, parts).map_err(|why| KnowledgeError::Unreadable(format!("`oci://{name}`: {why}")))
    }

    fn read(name: &str, parts: Arc<dyn Parts>) -> Result<Self, String> {
        let Document::Index(index) = read_document(parts.index())? else {
            return Err("the registry names no manifest".to_owned());
        };
        let first = index.manifests.first().ok_or("the registry names no manifest")?;
        let bytes = parts.document(&part(first), MANIFEST_BYTES_MAX).map_err(|e| e.to_string())?;
        let Document::Manifest(manifest) = read_document(&bytes)? else {
            return Err("it is an index of several images, and no database".to_owned());
        };
        let (signatures, others): (Vec<_>, Vec<_>) = manifest.layers.into_iter().partition(is_signature);
        let named: Vec<&Descriptor> = others.iter().filter(|d| d.media_type == DATABASE_TYPE).collect();
        let all: Vec<&Descriptor> = others.iter().collect();
        let (([database], _) | ([], [database])) = (named.as_slice(), all.as_slice()) else {
            return Err(format!(
                "{} of its {} layers are of the type `{DATABASE_TYPE}`, and one is wanted",
                named.len(),
                all.len()
            ));
        };
        let database = (*database).clone();
        Ok(Self { name: name.to_owned(), parts, database, signature: signatures.into_iter().next() })
    }

    /// The signature that lies beside the database.
    ///
    /// # Errors
    /// [`KnowledgeError`] if there is none, or it cannot be fetched.
    pub(crate) fn signature(&self) -> Result<Vec<u8>, KnowledgeError> {
        let Some(signature) = &self.signature else {
            return Err(unsigned(&format!("`oci://{}` holds none", self.name)));
        };
        self.signature_bytes(signature).map_err(|e| unsigned(&e.to_string()))
    }

    fn signature_bytes(&self, signature: &Descriptor) -> Result<Vec<u8>, PartError> {
        let refused = |e: io::Error| PartError::Refused(e.to_string());
        let mut bytes = Vec::new();
        let mut reader = self.parts.open(&part(signature))?.take(SIGNATURE_BYTES_MAX.saturating_add(1));
        reader.read_to_end(&mut bytes).map_err(refused)?;
        let length = bytes.len() as u64;
        if SIGNATURE_BYTES_MAX < length {
            return Err(PartError::TooLarge(length));
        }
        let digest = oci::sha256(&bytes).to_string();
        if digest != signature.digest {
            return Err(PartError::Refused(format!("the signature has digest {digest}")));
        }
        Ok(bytes)
    }

    /// Writes the database to `part` and verifies it; its digest in hexadecimal, and its bytes.
    ///
    /// # Errors
    /// Why not, in words; nothing is left behind then.
    pub(crate) fn fetch(&self, part: &Path, progress: &dyn Progress) -> Result<(String, u64), String> {
        let fetched = self.write(part, progress);
        if fetched.is_err() {
            clear(part);
        }
        fetched.map_err(|e| format!("`oci://{}`: {e}", self.name))
    }

    fn write(&self, to: &Path, progress: &dyn Progress) -> Result<(String, u64), String> {
        let size = u64::try_from(self.database.size).map_err(|_| "its size is negative".to_owned())?;
        if DATABASE_BYTES_MAX < size {
            return Err(format!("it names {size} bytes, more than the {DATABASE_BYTES_MAX} it may have"));
        }
        let disk = |e: io::Error| cannot_write(to, &e);
        let mut reader = self.parts.open(&part(&self.database)).map_err(|e| e.to_string())?;
        let mut file = File::create(to).map_err(disk)?;
        progress.expect(size);
        let (mut hash, mut written) = (Sha256::new(), 0u64);
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let n = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e.to_string()),
            };
            let chunk = buffer.get(..n).unwrap_or_default();
            written = written.saturating_add(n as u64);
            if size < written {
                return Err(format!("it sends more than the {size} bytes that its manifest names"));
            }
            hash.update(chunk);
            file.write_all(chunk).map_err(disk)?;
            progress.advance(n as u64);
        }
        file.sync_all().map_err(disk)?;
        let digest = model::Digest(hash.finalize().into());
        if written != size || digest.to_string() != self.database.digest {
            return Err(format!("{written} bytes of digest {digest} came, not what its manifest names"));
        }
        Ok((digest.hex(), written))
    }
}

fn is_signature(layer: &Descriptor) -> bool {
    layer.media_type == SIGNATURE_TYPE || layer.annotations.get(TITLE).is_some_and(|t| t.ends_with(".sig"))
}

/// Its name among the parts.
fn part(descriptor: &Descriptor) -> String {
    format!("blobs/{}", descriptor.digest.replacen(':', "/", 1))
}
