//! The parts of one image: documents that are verified before anyone reads them, layers that are streamed.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use model::Digest;
use oci::reference::Reference;
use oci::spec::{Descriptor, Document, read_document};
use ports::http::Response;
use ports::remote::{PartError, Parts};

use crate::endpoint::Endpoint;
use crate::exchange::{Ask, AskError, Exchange};
use crate::layer::LayerReader;

/// Bytes of the largest manifest or index that is fetched (distribution-spec: registries need not take more).
pub const MANIFEST_BYTES_MAX: u64 = 4 << 20;

/// What is asked for under `manifests/`. Whatever else lies there is told apart by its content: a registry that does not
/// send it says that there is nothing.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
                      application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, \
                      */*";

/// One image.
pub(crate) struct ImageParts {
    pub(crate) exchange: Arc<Exchange>,
    /// Those that are asked, in this order.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) reference: Reference,
    name: String,
    index: Vec<u8>,
    documents: Mutex<BTreeMap<Digest, Vec<u8>>>,
    known: Mutex<BTreeMap<Digest, Known>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    size: u64,
    is_manifest: bool,
}

impl ImageParts {
    /// Finds the image: the first endpoint that has it answers.
    pub(crate) fn find(
        exchange: &Arc<Exchange>,
        mut endpoints: Vec<Endpoint>,
        reference: Reference,
    ) -> Result<Self, AskError> {
        let wanted = reference.wanted();
        let mut first = None;
        for (at, endpoint) in endpoints.iter().enumerate() {
            match manifest(exchange, endpoint, &reference.repository, &wanted, reference.digest) {
                Ok(found) => {
                    first = Some((at, found));
                    break;
                }
                Err(e) if endpoint.is_mirror => {
                    exchange.note(format!("the mirror `{}` was passed over: {}", endpoint.host, e.text()));
                }
                Err(e) => return Err(e),
            }
        }
        let Some((at, (bytes, digest))) = first else {
            return Err(AskError::Failed("no host is left to ask".to_owned()));
        };
        endpoints.rotate_left(at);
        let name = reference.name();
        let mut annotations = serde_json::Map::new();
        if let Some(tag) = reference.tag.as_ref().filter(|_| reference.digest.is_none()) {
            annotations.insert("org.opencontainers.image.ref.name".to_owned(), tag.as_str().into());
        }
        let index = serde_json::json!({
            "schemaVersion": 2,
            "manifests": [{ "mediaType": "", "digest": digest.to_string(), "size": bytes.len(), "annotations": annotations }],
        });
        let parts = Self {
            exchange: Arc::clone(exchange),
            endpoints,
            reference,
            name,
            index: index.to_string().into_bytes(),
            documents: Mutex::default(),
            known: Mutex::default(),
        };
        parts.learn(&bytes);
        parts.documents.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, bytes);
        Ok(parts)
    }

    /// Notes what a manifest or index names.
    fn learn(&self, bytes: &[u8]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut add = |descriptor: &Descriptor, is_manifest: bool| {
            if let (Ok(digest), Ok(size)) = (descriptor.digest.parse(), u64::try_from(descriptor.size)) {
                known.entry(digest).or_insert(Known { size, is_manifest });
            }
        };
        // What is neither is told by whoever reads it.
        match read_document(bytes) {
            Ok(Document::Index(index)) => index.manifests.iter().for_each(|d| add(d, true)),
            Ok(Document::Manifest(manifest)) => {
                add(&manifest.config, false);
                manifest.layers.iter().for_each(|d| add(d, false));
            }
            Err(_) => {}
        }
    }

    fn known(&self, part: &str) -> Option<(Digest, Known)> {
        let digest: Digest = format!("sha256:{}", part.strip_prefix("blobs/sha256/")?).parse().ok()?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&digest).map(|k| (digest, *k))
    }

    /// Fetches a document from the first endpoint that has it.
    fn fetch(&self, digest: Digest, known: Known, bytes_max: u64) -> Result<Vec<u8>, PartError> {
        let mut last = PartError::Missing;
        for endpoint in &self.endpoints {
            let fetched = match known.is_manifest {
                true => {
                    let wanted = digest.to_string();
                    manifest(&self.exchange, endpoint, &self.reference.repository, &wanted, Some(digest))
                        .map(|(bytes, _)| bytes)
                }
                false => blob(&self.exchange, endpoint, &self.reference.repository, digest, bytes_max),
            };
            match fetched {
                Ok(bytes) if bytes.len() as u64 != known.size => {
                    let reason =
                        format!("wrong length: {} bytes are named, {} were sent", known.size, bytes.len());
                    return Err(PartError::Refused(reason));
                }
                Ok(bytes) => return Ok(bytes),
                Err(AskError::Missing(_)) => last = PartError::Missing,
                Err(e) => last = PartError::Refused(e.text().to_owned()),
            }
        }
        Err(last)
    }
}

impl Parts for ImageParts {
    fn name(&self) -> &str {
        &self.name
    }

    fn index(&self) -> &[u8] {
        &self.index
    }

    fn document(&self, part: &str, bytes_max: u64) -> Result<Vec<u8>, PartError> {
        let digest = format!("sha256:{}", part.strip_prefix("blobs/sha256/").unwrap_or_default());
        if let Ok(digest) = digest.parse::<Digest>()
            && let Some(bytes) = self.documents.lock().unwrap_or_else(PoisonError::into_inner).get(&digest)
        {
            return Ok(bytes.clone());
        }
        let (digest, known) = self.known(part).ok_or(PartError::Missing)?;
        let bytes_max = if known.is_manifest { bytes_max.min(MANIFEST_BYTES_MAX) } else { bytes_max };
        if bytes_max < known.size {
            return Err(PartError::TooLarge(known.size));
        }
        let bytes = self.fetch(digest, known, bytes_max)?;
        if known.is_manifest {
            self.learn(&bytes);
        }
        Ok(bytes)
    }

    fn size(&self, part: &str) -> Option<u64> {
        self.known(part).map(|(_, known)| known.size)
    }

    fn open(&self, part: &str) -> Result<Box<dyn Read + Send + '_>, PartError> {
        let (digest, known) = self.known(part).ok_or(PartError::Missing)?;
        Ok(Box::new(LayerReader::new(self, digest, known.size)))
    }

    fn range(&self, part: &str, at: u64, len: u64) -> Result<Option<Box<dyn Read + Send + '_>>, PartError> {
        let (digest, known) = self.known(part).ok_or(PartError::Missing)?;
        let inside = at.checked_add(len).is_some_and(|end| 0 < len && end <= known.size);
        if !inside {
            return Err(PartError::Refused(format!("it has {} bytes and no range {at}+{len}", known.size)));
        }
        match LayerReader::range(self, digest, known.size, at..at.saturating_add(len)) {
            Ok(reader) => Ok(reader.map(|r| Box::new(r) as Box<dyn Read + Send>)),
            Err(AskError::Missing(_)) => Err(PartError::Missing),
            Err(e) => Err(PartError::Refused(e.text().to_owned())),
        }
    }

    fn take_notes(&self) -> Vec<String> {
        self.exchange.take_notes()
    }
}

fn ask<'a>(endpoint: &'a Endpoint, repository: &'a str, rest: &str) -> Ask<'a> {
    Ask {
        endpoint,
        path: format!("{}{repository}/{rest}", endpoint.prefix),
        headers: Vec::new(),
        scope: format!("repository:{}{repository}:pull", endpoint.prefix),
        repository,
    }
}

/// A manifest by tag or digest, and the digest of its bytes. What was asked for by digest has that digest.
fn manifest(
    exchange: &Exchange,
    endpoint: &Endpoint,
    repository: &str,
    wanted: &str,
    digest: Option<Digest>,
) -> Result<(Vec<u8>, Digest), AskError> {
    let mut ask = ask(endpoint, repository, &format!("manifests/{wanted}"));
    ask.headers.push(("accept", ACCEPT.to_owned()));
    let (bytes, told) = document(exchange, &ask, MANIFEST_BYTES_MAX)?;
    let found = oci::sha256(&bytes);
    let told = told.and_then(|t| t.trim().parse::<Digest>().ok());
    if let Some(named) = digest.or(told).filter(|named| *named != found) {
        return Err(AskError::Failed(format!(
            "`{}` sends another manifest than the one named: wrong digest, {named} is named, {found} was sent",
            endpoint.host
        )));
    }
    Ok((bytes, found))
}

/// A small blob, whole and verified.
fn blob(
    exchange: &Exchange,
    endpoint: &Endpoint,
    repository: &str,
    digest: Digest,
    bytes_max: u64,
) -> Result<Vec<u8>, AskError> {
    let (bytes, _) = document(exchange, &ask(endpoint, repository, &format!("blobs/{digest}")), bytes_max)?;
    let found = oci::sha256(&bytes);
    if found != digest {
        return Err(AskError::Failed(format!(
            "`{}` sends other bytes than those named: wrong digest, {digest} is named, {found} was sent",
            endpoint.host
        )));
    }
    Ok(bytes)
}

/// A small body, asked for again if it is cut off, and what `Docker-Content-Digest` says of it.
fn document(
    exchange: &Exchange,
    ask: &Ask<'_>,
    bytes_max: u64,
) -> Result<(Vec<u8>, Option<String>), AskError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let response: Response = exchange.send(ask)?;
        let told = response.header("docker-content-digest").map(str::to_owned);
        match response.bytes(bytes_max) {
            Ok(bytes) => return Ok((bytes, told)),
            Err(e) if e.is_transient() && attempt < crate::retry::ATTEMPTS_MAX => {
                ports::http::pause(&*exchange.wait, attempt);
            }
            Err(e) => return Err(AskError::Failed(e.to_string())),
        }
    }
}

/// The question for a blob, or for `range` of it.
pub(crate) fn ask_blob<'a>(
    endpoint: &'a Endpoint,
    repository: &'a str,
    digest: &Digest,
    range: Option<String>,
) -> Ask<'a> {
    let mut ask = ask(endpoint, repository, &format!("blobs/{digest}"));
    ask.headers.extend(range.map(|range| ("range", range)));
    ask
}
