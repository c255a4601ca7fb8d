//! One prebuilt database from an HTTPS address, and its signature.

use std::fs;
use std::path::PathBuf;

use ports::feeds::{Prebuilt, PrebuiltFile};
use ports::http::{Http, Request, Wait, plain};
use ports::knowledge::KnowledgeError;
use ports::source::Progress;

use crate::download::{Got, Wanted, cannot_write, download};
use crate::signature::{PublicKey, SIGNATURE_BYTES_MAX};

/// Bytes of a prebuilt database.
const DATABASE_BYTES_MAX: u64 = 4 << 30;

/// Redirects that are followed.
const REDIRECTS_MAX: u8 = 5;

/// Fetches and checks.
///
/// # Errors
/// [`KnowledgeError`] if it cannot be fetched, or its signature does not fit.
pub(crate) fn fetch(
    wanted: &Prebuilt,
    http: &dyn Http,
    wait: &dyn Wait,
    progress: &dyn Progress,
) -> Result<PrebuiltFile, KnowledgeError> {
    let usage = |text: String| KnowledgeError::Usage(text);
    let failed = |text: String| KnowledgeError::Unreadable(text);
    if !wanted.from.starts_with("https://") && !wanted.from.starts_with("http://") {
        return Err(usage(format!(
            "`{}` is no address of a database: write `https://HOST/PATH`",
            wanted.from
        )));
    }
    let key = wanted.key.as_deref().map(PublicKey::read).transpose();
    let key = key.map_err(|e| usage(format!("the public key cannot be used: {e}")))?;
    let folder = PathBuf::from(&wanted.folder);
    fs::create_dir_all(&folder).map_err(|e| failed(cannot_write(&folder, &e)))?;
    // The signature first: it is small, and without it nothing needs to be fetched.
    let address = wanted.signature.clone().unwrap_or_else(|| format!("{}.sig", wanted.from));
    let signature = match &key {
        Some(_) => Some(signature(&address, http)?),
        None => None,
    };
    let part = folder.join(".prebuilt.part");
    let request = Wanted { url: &wanted.from, known: None, part: &part, bytes_max: DATABASE_BYTES_MAX };
    let (digest, bytes) = match download(&request, http, wait, progress).map_err(failed)? {
        Got::Whole { digest, bytes, .. } => (digest, bytes),
        Got::Missing(status) => return Err(failed(format!("`{}` answered {status}", plain(&wanted.from)))),
        Got::NotModified => return Err(failed(format!("`{}` sent nothing", plain(&wanted.from)))),
    };
    let mut signed = None;
    if let (Some(key), Some(signature)) = (&key, signature) {
        let message = fs::read(&part).map_err(|e| failed(cannot_write(&part, &e)))?;
        if !key.signed(&message, &signature) {
            crate::download::clear(&part);
            return Err(failed(format!(
                "`{}` is not what the key signed: the signature at `{}` does not fit; nothing was replaced",
                plain(&wanted.from),
                plain(&address)
            )));
        }
        signed = Some(key.kind());
    }
    let _ = fs::remove_file(folder.join(".prebuilt.part.json"));
    Ok(PrebuiltFile { path: part.display().to_string(), bytes, digest, signed })
}

fn signature(url: &str, http: &dyn Http) -> Result<Vec<u8>, KnowledgeError> {
    let response =
        http.send(&Request::get(url).header("accept-encoding", "identity").following(REDIRECTS_MAX));
    let read = response.map_err(|e| e.to_string()).and_then(|r| match r.status {
        200 => r.bytes(SIGNATURE_BYTES_MAX).map_err(|e| e.to_string()),
        status => Err(format!("`{}` answered {status}", plain(url))),
    });
    read.map_err(|e| {
        KnowledgeError::Unreadable(format!(
            "there is no signature of the database: {e}; say `--insecure-unsigned` to take it without"
        ))
    })
}
