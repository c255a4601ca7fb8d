//! One file over HTTP: asked for only if it changed, gone on with where it broke off, tried again where that may help.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ports::http::{Http, Request, Response, Wait, pause, plain, retry_after};
use ports::source::Progress;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Attempts at one file, of which each goes on where the one before broke off.
const ATTEMPTS_MAX: u32 = 6;

/// Attempts that may bring nothing at all, one after the other.
const IDLE_ATTEMPTS_MAX: u32 = 4;

/// Milliseconds that `Retry-After` is waited for; a longer one is a failure that says so.
const RETRY_AFTER_MS_MAX: u64 = 180_000;

/// Redirects that are followed.
const REDIRECTS_MAX: u8 = 5;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// By what an upstream names a state of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validators {
    /// `ETag`, with its quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    /// `Last-Modified`, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<String>,
}

/// What is wanted.
pub(crate) struct Wanted<'w> {
    pub(crate) url: &'w str,
    /// Of the file that is kept.
    pub(crate) known: Option<&'w Validators>,
    /// Where the part is put down.
    pub(crate) part: &'w Path,
    pub(crate) bytes_max: u64,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Got {
    /// The upstream has what is kept.
    NotModified,
    /// There is no such file.
    Missing(u16),
    /// The part is whole.
    Whole { digest: String, bytes: u64, validators: Validators },
}

/// What is noted beside a part, so that a later run can go on with it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Begun {
    url: String,
    #[serde(flatten)]
    validators: Validators,
    total: Option<u64>,
}

/// Why an attempt failed.
enum Broken {
    /// It may go better a moment later; milliseconds that the upstream asks to wait, and why.
    Again(Option<u64>, String),
    /// It will not.
    Never(String),
}

/// Downloads.
///
/// # Errors
/// Why not, in words that name the address.
pub(crate) fn download(
    wanted: &Wanted<'_>,
    http: &dyn Http,
    wait: &dyn Wait,
    progress: &dyn Progress,
) -> Result<Got, String> {
    let mut idle = 0;
    let mut reason = String::new();
    for attempt in 0..ATTEMPTS_MAX {
        let before = length(wanted.part);
        match once(wanted, http, wait, progress) {
            Ok(got) => return Ok(got),
            Err(Broken::Never(reason)) => return Err(reason),
            Err(Broken::Again(asked, why)) => {
                idle = if length(wanted.part) <= before { idle + 1 } else { 0 };
                reason = why;
                if asked.is_some_and(|ms| RETRY_AFTER_MS_MAX < ms) {
                    let seconds = asked.unwrap_or(0) / 1000;
                    return Err(format!("{reason}; it asks to come back in {seconds} seconds"));
                }
                if IDLE_ATTEMPTS_MAX <= idle || attempt + 1 == ATTEMPTS_MAX {
                    break;
                }
                match asked {
                    Some(ms) => wait.wait(ms),
                    None => pause(wait, attempt + 2),
                }
            }
        }
    }
    Err(format!("{reason} (tried several times)"))
}

pub(crate) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

fn once(
    wanted: &Wanted<'_>,
    http: &dyn Http,
    wait: &dyn Wait,
    progress: &dyn Progress,
) -> Result<Got, Broken> {
    let begun = begun(wanted);
    let mut request = Request::get(wanted.url).header("accept-encoding", "identity").following(REDIRECTS_MAX);
    let offset = begun.as_ref().map_or(0, |_| length(wanted.part));
    match (&begun, wanted.known) {
        (Some(begun), _) => {
            let by = begun.validators.etag.as_ref().or(begun.validators.last_modified.as_ref());
            request = request.from_byte(offset).header("if-range", by.cloned().unwrap_or_default());
        }
        (None, Some(known)) => {
            if let Some(etag) = &known.etag {
                request = request.header("if-none-match", etag.clone());
            }
            if let Some(time) = &known.last_modified {
                request = request.header("if-modified-since", time.clone());
            }
        }
        (None, None) => {}
    }
    let response = http.send(&request).map_err(|e| match e.is_transient() {
        true => Broken::Again(None, e.to_string()),
        false => Broken::Never(e.to_string()),
    })?;
    let url = plain(wanted.url);
    match response.status {
        304 if begun.is_none() && wanted.known.is_some() => Ok(Got::NotModified),
        404 | 410 => Ok(Got::Missing(response.status)),
        200 => body(wanted, response, 0, progress),
        206 if begun.is_some() && starts_at(&response) == Some(offset) => {
            body(wanted, response, offset, progress)
        }
        206 | 416 => {
            clear(wanted.part);
            Err(Broken::Again(Some(0), format!("`{url}` answered with another part than was asked for")))
        }
        429 | 500..=599 => {
            let asked = retry_after(&response, wait).map(|seconds| seconds.saturating_mul(1000));
            Err(Broken::Again(asked, format!("`{url}` answered {}", response.status)))
        }
        other => Err(Broken::Never(format!("`{url}` answered {other}"))),
    }
}

/// What is known of a part that an earlier attempt left, if it can be gone on with.
fn begun(wanted: &Wanted<'_>) -> Option<Begun> {
    if length(wanted.part) == 0 {
        return None;
    }
    let read = fs::read(note_of(wanted.part)).ok().and_then(|b| serde_json::from_slice::<Begun>(&b).ok());
    let sound = read.filter(|b| {
        let strong = b.validators.etag.as_ref().is_some_and(|e| !e.starts_with("W/"));
        b.url == wanted.url
            && (strong || (b.validators.etag.is_none() && b.validators.last_modified.is_some()))
    });
    if sound.is_none() {
        clear(wanted.part);
    }
    sound
}

pub(crate) fn note_of(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

/// Takes a part and its note away. One that cannot be removed is written over.
pub(crate) fn clear(part: &Path) {
    let _ = fs::remove_file(part);
    let _ = fs::remove_file(note_of(part));
}

/// The first byte of a partial answer, `bytes 1000-1999/5000`.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.header("content-range")?.trim().strip_prefix("bytes ")?;
    range.split('-').next()?.trim().parse().ok()
}

fn body(
    wanted: &Wanted<'_>,
    response: Response,
    offset: u64,
    progress: &dyn Progress,
) -> Result<Got, Broken> {
    let url = plain(wanted.url);
    let validators = Validators {
        etag: response.header("etag").map(str::to_owned),
        last_modified: response.header("last-modified").map(str::to_owned),
    };
    let total = response.length().and_then(|n| n.checked_add(offset));
    let too_large =
        || Broken::Never(format!("`{url}` sends more than the {} bytes it may have", wanted.bytes_max));
    if total.is_some_and(|t| wanted.bytes_max < t) {
        return Err(too_large());
    }
    let disk = |e: io::Error| Broken::Never(cannot_write(wanted.part, &e));
    let begun = Begun { url: wanted.url.to_owned(), validators: validators.clone(), total };
    if offset == 0 {
        let text = serde_json::to_vec(&begun).map_err(|e| Broken::Never(e.to_string()))?;
        fs::write(note_of(wanted.part), text).map_err(disk)?;
    }
    let mut file = open_part(wanted.part, offset).map_err(disk)?;
    progress.expect(total.map_or(0, |t| t.saturating_sub(offset)));
    let mut reader = response.body;
    let written = match pour(&mut *reader, &mut file, offset, wanted.bytes_max, progress) {
        Ok(written) => written,
        Err(Pour::TooLarge) => {
            drop(file);
            clear(wanted.part);
            return Err(too_large());
        }
        Err(Pour::Disk(e)) => return Err(disk(e)),
        Err(Pour::Source(written, e)) => {
            return Err(Broken::Again(None, format!("`{url}` broke off after {written} bytes: {e}")));
        }
    };
    if total.is_some_and(|t| t != written) {
        return Err(Broken::Again(None, format!("`{url}` broke off after {written} bytes")));
    }
    file.sync_all().map_err(disk)?;
    drop(file);
    let digest = digest(wanted.part).map_err(disk)?;
    Ok(Got::Whole { digest, bytes: written, validators })
}

/// Opens a part to be written from byte `offset` on.
pub(crate) fn open_part(part: &Path, offset: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true);
    let options = if offset == 0 { options.write(true).truncate(true) } else { options.append(true) };
    options.open(part)
}

/// Why not all was poured.
pub(crate) enum Pour {
    /// More comes than may.
    TooLarge,
    /// The file cannot be written.
    Disk(io::Error),
    /// The source broke off behind so many bytes.
    Source(u64, io::Error),
}

/// Pours `reader` behind the first `offset` bytes of a file that may have `bytes_max`; its bytes then.
pub(crate) fn pour(
    reader: &mut dyn Read,
    file: &mut File,
    offset: u64,
    bytes_max: u64,
    progress: &dyn Progress,
) -> Result<u64, Pour> {
    let (mut chunk, mut written) = (vec![0_u8; CHUNK_BYTES], offset);
    loop {
        let n = match reader.read(&mut chunk) {
            Ok(0) => return Ok(written),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Pour::Source(written, e)),
        };
        written = written.saturating_add(n as u64);
        if bytes_max < written {
            return Err(Pour::TooLarge);
        }
        file.write_all(chunk.get(..n).unwrap_or_default()).map_err(Pour::Disk)?;
        progress.advance(n as u64);
    }
}

/// What to say of a file that cannot be written.
pub(crate) fn cannot_write(path: &Path, e: &io::Error) -> String {
    let what = format!("cannot write `{}`: {e}", path.display());
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{what}; free some space, or keep feeds elsewhere with `--folder DIR`")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("{what}; name a folder that can be written with `--folder DIR`")
        }
        _ => what,
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut hasher, mut chunk) = (Sha256::new(), vec![0_u8; CHUNK_BYTES]);
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => hasher.update(chunk.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
