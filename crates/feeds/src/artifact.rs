//! A prebuilt database in a registry: an artifact (image-spec 1.1) whose layers are the database and its signature, as
//! `oras push HOST/REPOSITORY:TAG plimsoll.db plimsoll.db.sig` makes it.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use oci::spec::{Descriptor, Document, MANIFEST_BYTES_MAX, read_document};
use ports::knowledge::KnowledgeError;
use ports::remote::{PartError, Parts, Remote};
use ports::source::{Progress, SourceError};
use serde::{Deserialize, Serialize};

use crate::download::{Pour, cannot_write, clear, digest, length, note_of, open_part, pour};
use crate::prebuilt::{DATABASE_BYTES_MAX, unsigned};
use crate::signature::SIGNATURE_BYTES_MAX;

/// Media type of a layer that is a database.
const DATABASE_TYPE: &str = "application/vnd.plimsoll.database.v1";

/// Media type of a layer that is the signature over a database.
const SIGNATURE_TYPE: &str = "application/vnd.plimsoll.database.signature.v1";

/// Where `oras` notes the name of the file that a layer was.
const TITLE: &str = "org.opencontainers.image.title";

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
            SourceError::Usage(text) | SourceError::Missing(text) => KnowledgeError::Usage(text),
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

    /// Writes the database to `part`, behind what an earlier run left of it, and verifies it; its digest in
    /// hexadecimal, and its bytes.
    ///
    /// # Errors
    /// Why not, in words. What came before a connection broke stays for the next run; what is not the database does not.
    pub(crate) fn fetch(&self, part: &Path, progress: &dyn Progress) -> Result<(String, u64), String> {
        self.write(part, progress).map_err(|e| format!("`oci://{}`: {e}", self.name))
    }

    fn write(&self, to: &Path, progress: &dyn Progress) -> Result<(String, u64), String> {
        let size = u64::try_from(self.database.size).map_err(|_| "its size is negative".to_owned())?;
        if DATABASE_BYTES_MAX < size {
            return Err(format!("it names {size} bytes, more than the {DATABASE_BYTES_MAX} it may have"));
        }
        let disk = |e: io::Error| cannot_write(to, &e);
        let (mut reader, offset) = self.open(to, size).map_err(|e| e.to_string())?;
        if offset == 0 {
            let note = serde_json::to_vec(&Begun { digest: self.database.digest.clone() });
            fs::write(note_of(to), note.map_err(|e| e.to_string())?).map_err(disk)?;
        }
        let mut file = open_part(to, offset).map_err(disk)?;
        progress.expect(size.saturating_sub(offset));
        let written = match pour(&mut *reader, &mut file, offset, size, progress) {
            Ok(written) => written,
            Err(Pour::Disk(e)) => return Err(disk(e)),
            Err(Pour::Source(written, e)) => {
                return Err(format!(
                    "it broke off after {written} bytes, from which the next run goes on: {e}"
                ));
            }
            Err(Pour::TooLarge) => {
                clear(to);
                return Err(format!("it sends more than the {size} bytes that its manifest names"));
            }
        };
        file.sync_all().map_err(disk)?;
        let digest = digest(to).map_err(disk)?;
        if written != size || format!("sha256:{digest}") != self.database.digest {
            clear(to);
            return Err(format!("{written} bytes of digest {digest} came, not what its manifest names"));
        }
        Ok((digest, written))
    }

    /// What is left of the database, and from which byte on: all of it unless a run before left a part of this very
    /// one and the registry can begin in the middle.
    fn open(&self, to: &Path, size: u64) -> Result<(Box<dyn Read + Send + '_>, u64), PartError> {
        let name = part(&self.database);
        let note = fs::read(note_of(to)).ok().and_then(|b| serde_json::from_slice::<Begun>(&b).ok());
        let have = length(to);
        let is_ours = note.is_some_and(|begun| begun.digest == self.database.digest);
        if is_ours && have == size && 0 < have {
            return Ok((Box::new(io::empty()), have));
        }
        if is_ours
            && 0 < have
            && have < size
            && let Some(reader) = self.parts.range(&name, have, size - have)?
        {
            return Ok((reader, have));
        }
        Ok((self.parts.open(&name)?, 0))
    }
}

/// What is noted beside a part, so that a later run can go on with it.
#[derive(Serialize, Deserialize)]
struct Begun {
    digest: String,
}

fn is_signature(layer: &Descriptor) -> bool {
    layer.media_type == SIGNATURE_TYPE || layer.annotations.get(TITLE).is_some_and(|t| t.ends_with(".sig"))
}

/// Its name among the parts.
fn part(descriptor: &Descriptor) -> String {
    format!("blobs/{}", descriptor.digest.replacen(':', "/", 1))
}
