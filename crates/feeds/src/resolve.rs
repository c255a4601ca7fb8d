//! From the address that a feed has to that of its file, where a small document stands between.

use ports::feeds::Via;
use ports::http::{Http, HttpError, Request, Wait, plain};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::catalogue::mirrored;

/// Bytes of a document that names a file.
const POINTER_BYTES_MAX: u64 = 4 << 20;

/// Attempts at it.
const ATTEMPTS_MAX: u32 = 3;

/// Redirects that are followed.
const REDIRECTS_MAX: u8 = 5;

/// The address of the file itself.
///
/// # Errors
/// Why it cannot be told.
pub(crate) fn resolve(
    url: &str,
    via: Via,
    mirror: Option<&str>,
    http: &dyn Http,
    wait: &dyn Wait,
) -> Result<String, String> {
    match via {
        Via::Direct => Ok(url.to_owned()),
        Via::Pointer => {
            let text = small(url, http, wait)?;
            let name = text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("");
            if name.is_empty() || name.contains("..") || name.contains("://") || name.starts_with('/') {
                return Err(format!("`{}` names no file", plain(url)));
            }
            Ok(format!("{}/{name}", beside(url)))
        }
        Via::MirrorList => {
            let list = small(url, http, wait)?;
            let base =
                list.lines().map(str::trim).find(|l| l.starts_with("https://") || l.starts_with("http://"));
            let base =
                base.ok_or_else(|| format!("`{}` names no repository", plain(url)))?.trim_end_matches('/');
            let base = mirror.map_or_else(|| base.to_owned(), |m| mirrored(m, base));
            let index = format!("{base}/repodata/repomd.xml");
            let text = small(&index, http, wait)?;
            let place =
                updateinfo(&text).ok_or_else(|| format!("`{}` names no updateinfo", plain(&index)))?;
            Ok(format!("{base}/{place}"))
        }
    }
}

fn beside(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

/// A small text, asked for a few times.
fn small(url: &str, http: &dyn Http, wait: &dyn Wait) -> Result<String, String> {
    let mut reason = String::new();
    for attempt in 0..ATTEMPTS_MAX {
        if attempt != 0 {
            wait.wait(1000 << attempt);
        }
        let request = Request::get(url).header("accept-encoding", "identity").following(REDIRECTS_MAX);
        let read = http.send(&request).and_then(|response| match response.status {
            200 => response.bytes(POINTER_BYTES_MAX).map(Ok),
            status => Ok(Err(status)),
        });
        match read {
            Ok(Ok(bytes)) => {
                return String::from_utf8(bytes).map_err(|_| format!("`{}` is no text", plain(url)));
            }
            Ok(Err(status)) if status != 429 && status < 500 => {
                return Err(format!("`{}` answered {status}", plain(url)));
            }
            Ok(Err(status)) => reason = format!("`{}` answered {status}", plain(url)),
            Err(e) if matches!(e, HttpError::TooLarge { .. }) || !e.is_transient() => {
                return Err(e.to_string());
            }
            Err(e) => reason = e.to_string(),
        }
    }
    Err(format!("{reason} (tried several times)"))
}

/// Where `repomd.xml` says that the updateinfo is.
fn updateinfo(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    let mut within = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(e) | Event::Empty(e) => {
                let attribute = |wanted: &str| {
                    let mut all = e.attributes();
                    let found =
                        all.with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == wanted)?;
                    let raw: &str = found.value.as_ref();
                    Some(raw.to_owned())
                };
                match e.local_name().as_ref() {
                    "data" => within = attribute("type").as_deref() == Some("updateinfo"),
                    "location" if within => {
                        let href = attribute("href")?;
                        return (!href.contains("..") && !href.contains("://")).then_some(href);
                    }
                    _ => {}
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_repository_names_its_updateinfo() {
        let text = r#"<repomd><data type="primary"><location href="repodata/p.xml.gz"/></data>
            <data type="updateinfo"><checksum>1</checksum><location href="repodata/abc-updateinfo.xml.gz"/></data></repomd>"#;
        assert_eq!(updateinfo(text).as_deref(), Some("repodata/abc-updateinfo.xml.gz"));
        assert_eq!(updateinfo(&text.replace("abc-", "../")), None);
        assert_eq!(updateinfo("<repomd"), None);
    }
}
