//! One prebuilt database from an HTTPS address or a registry, and its signature.

use std::fs;
use std::path::{Path, PathBuf};

use ports::feeds::{Prebuilt, PrebuiltFile};
use ports::http::{Http, Request, Wait, plain};
use ports::knowledge::KnowledgeError;
use ports::remote::Remote;
use ports::source::Progress;

use crate::artifact::Artifact;
use crate::download::{Got, Wanted, cannot_write, clear, download};
use crate::lock;
use crate::signature::{PublicKey, SIGNATURE_BYTES_MAX};

/// Bytes of a prebuilt database.
pub(crate) const DATABASE_BYTES_MAX: u64 = 4 << 30;

/// Redirects that are followed.
const REDIRECTS_MAX: u8 = 5;

/// Through what a database is fetched.
pub(crate) struct Ways<'w> {
    pub(crate) http: &'w dyn Http,
    pub(crate) wait: &'w dyn Wait,
    pub(crate) registries: &'w dyn Remote,
}

/// Fetches and checks, and lets `take` have the file. Two processes that fetch into one folder share what broke off, so
/// that one waits until the other has taken its own.
///
/// # Errors
/// [`KnowledgeError`] if it cannot be fetched, or its signature does not fit; or that of `take`.
pub(crate) fn fetch(
    wanted: &Prebuilt,
    ways: &Ways<'_>,
    progress: &dyn Progress,
    note: &dyn Fn(&str),
    take: &mut dyn FnMut(&PrebuiltFile) -> Result<(), KnowledgeError>,
) -> Result<(), KnowledgeError> {
    let usage = |text: String| KnowledgeError::Usage(text);
    let failed = |text: String| KnowledgeError::Unreadable(text);
    let image = wanted.from.strip_prefix("oci://");
    if image.is_none() && !is_web(&wanted.from) {
        return Err(usage(format!(
            "`{}` is no address of a database: write `https://HOST/PATH` or `oci://HOST/REPOSITORY:TAG`",
            wanted.from
        )));
    }
    let key = wanted.key.as_deref().map(PublicKey::read).transpose();
    let key = key.map_err(|e| usage(format!("the public key cannot be used: {e}")))?;
    let folder = PathBuf::from(&wanted.folder);
    fs::create_dir_all(&folder).map_err(|e| failed(cannot_write(&folder, &e)))?;
    let _lock = lock::take_passing(&folder, ".prebuilt.lock", ways.wait, note)?;
    let artifact = image.map(|name| Artifact::find(ways.registries, name)).transpose()?;
    // The signature first: it is small, and without it nothing needs to be fetched.
    let (signature, signed_at) = match (&key, &artifact, &wanted.signature) {
        (None, ..) => (None, String::new()),
        (Some(_), Some(artifact), None) => (Some(artifact.signature()?), wanted.from.clone()),
        (Some(_), _, address) => {
            let address = address.clone().unwrap_or_else(|| format!("{}.sig", wanted.from));
            (Some(signature(&address, ways.http)?), address)
        }
    };
    let part = folder.join(".prebuilt.part");
    let (digest, bytes) = match &artifact {
        Some(artifact) => artifact.fetch(&part, progress).map_err(failed)?,
        None => from_web(&wanted.from, &part, ways, progress).map_err(failed)?,
    };
    let mut signed = None;
    if let (Some(key), Some(signature)) = (&key, signature) {
        let message = fs::read(&part).map_err(|e| failed(cannot_write(&part, &e)))?;
        if !key.signed(&message, &signature) {
            clear(&part);
            return Err(failed(format!(
                "`{}` is not what the key signed: the signature at `{}` does not fit; nothing was replaced",
                plain(&wanted.from),
                plain(&signed_at)
            )));
        }
        signed = Some(key.kind());
    }
    let _ = fs::remove_file(folder.join(".prebuilt.part.json"));
    take(&PrebuiltFile { path: part.display().to_string(), bytes, digest, signed })
}

fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn from_web(
    url: &str,
    part: &Path,
    ways: &Ways<'_>,
    progress: &dyn Progress,
) -> Result<(String, u64), String> {
    let request = Wanted { url, known: None, part, bytes_max: DATABASE_BYTES_MAX };
    match download(&request, ways.http, ways.wait, progress)? {
        Got::Whole { digest, bytes, .. } => Ok((digest, bytes)),
        Got::Missing(status) => Err(format!("`{}` answered {status}", plain(url))),
        Got::NotModified => Err(format!("`{}` sent nothing", plain(url))),
    }
}

fn signature(url: &str, http: &dyn Http) -> Result<Vec<u8>, KnowledgeError> {
    let response =
        http.send(&Request::get(url).header("accept-encoding", "identity").following(REDIRECTS_MAX));
    let read = response.map_err(|e| e.to_string()).and_then(|r| match r.status {
        200 => r.bytes(SIGNATURE_BYTES_MAX).map_err(|e| e.to_string()),
        status => Err(format!("`{}` answered {status}", plain(url))),
    });
    read.map_err(|e| unsigned(&e))
}

/// Why a database without a signature is not taken.
pub(crate) fn unsigned(why: &str) -> KnowledgeError {
    KnowledgeError::Unreadable(format!(
        "there is no signature of the database: {why}; say `--insecure-unsigned` to take it without"
    ))
}
