//! Taking a package URL apart, from the right to the left as the specification tells.

use std::collections::BTreeMap;

use super::encode::decode;
use super::{PURL_BYTES_MAX, PURL_QUALIFIERS_MAX, Purl, PurlError, rules};

/// Reads `text`.
pub(super) fn parse(text: &str) -> Result<Purl, PurlError> {
    if PURL_BYTES_MAX < text.len() {
        return Err(PurlError::TooLong(text.len()));
    }
    let (text, subpath) = match text.rsplit_once('#') {
        Some((rest, subpath)) => (rest, Some(decode_path(subpath)?)),
        None => (text, None),
    };
    let (text, qualifiers) = match text.rsplit_once('?') {
        Some((rest, qualifiers)) => (rest, parse_qualifiers(qualifiers)?),
        None => (text, BTreeMap::new()),
    };
    let (scheme, rest) = text.split_once(':').ok_or(PurlError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("pkg") {
        return Err(PurlError::Scheme);
    }
    // `pkg://type/…` was written by early tools; the slashes have no meaning.
    let rest = rest.trim_matches('/');
    let (kind, rest) =
        rest.split_once('/').ok_or_else(|| PurlError::Type(rest.chars().take(80).collect()))?;
    let (path, version) = split_version(rest);
    let version = version.map(decode).transpose()?;
    let (namespace, name) = split_name(kind, path.trim_end_matches('/'), path.ends_with('/'))?;
    rules::normalise(Purl { kind: kind.to_owned(), namespace, name, version, qualifiers, subpath })
}

/// Cuts the version off. An unescaped `@` that begins a segment with another one behind it is npm's scope, as in
/// `@angular/core`, not the sign of a version.
fn split_version(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once('@') {
        Some((path, version)) => {
            let begins_segment = path.is_empty() || path.ends_with('/');
            if begins_segment && version.contains('/') { (rest, None) } else { (path, Some(version)) }
        }
        None => (rest, None),
    }
}

fn split_name(kind: &str, path: &str, open: bool) -> Result<(Option<String>, String), PurlError> {
    let kind = kind.to_ascii_lowercase();
    if open && rules::is_namespace_required(&kind) {
        // `swift/github.com/Alamofire/@1`: what stands before the slash is the namespace, the name is missing.
        return Err(PurlError::Name);
    }
    let split = if rules::name_has_segments(&kind) { path.split_once('/') } else { path.rsplit_once('/') };
    match split {
        Some((namespace, name)) => Ok((Some(decode_path(namespace)?), decode(name)?)),
        None => Ok((None, decode(path)?)),
    }
}

fn decode_path(path: &str) -> Result<String, PurlError> {
    let segments: Vec<String> = path.split('/').map(decode).collect::<Result<_, _>>()?;
    Ok(segments.join("/"))
}

fn parse_qualifiers(text: &str) -> Result<BTreeMap<String, String>, PurlError> {
    let mut out = BTreeMap::new();
    for pair in text.split('&').filter(|p| !p.is_empty()) {
        let bad = || PurlError::Qualifier(pair.chars().take(80).collect());
        let (key, value) = pair.split_once('=').ok_or_else(bad)?;
        if out.len() == PURL_QUALIFIERS_MAX || out.insert(key.to_owned(), decode(value)?).is_some() {
            return Err(bad());
        }
    }
    Ok(out)
}
