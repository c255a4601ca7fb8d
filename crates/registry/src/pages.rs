//! A list of a registry, catalogue or tags, page by page (distribution-spec, "Listing Tags"; Docker's registry API,
//! "Listing Repositories"). What a list leaves out makes a sweep look whole that is not: whatever is not understood about
//! where it continues is a problem, never its end.

use std::collections::BTreeSet;

use ports::http::Response;
use ports::remote::Listing;
use serde::{Deserialize, Deserializer};

use crate::endpoint::Endpoint;
use crate::exchange::{Ask, AskError, Exchange};
use crate::list::IMAGES_MAX;

/// Bytes of one page.
pub const PAGE_BYTES_MAX: u64 = 16 << 20;

/// Pages of one list.
pub const PAGES_MAX: usize = 10_000;

/// Entries asked for in one page.
const PAGE_ENTRIES: u32 = 1000;

/// Which list.
pub(crate) enum List<'r> {
    /// Every repository.
    Catalogue,
    /// The tags of a repository.
    Tags(&'r str),
}

/// `null` is a list without entries; one that is not there is none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    #[serde(deserialize_with = "present")]
    repositories: Option<Vec<String>>,
    #[serde(deserialize_with = "present")]
    tags: Option<Vec<String>>,
}

fn present<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(Some(Option::<Vec<String>>::deserialize(d)?.unwrap_or_default()))
}

impl List<'_> {
    fn path(&self) -> String {
        match self {
            Self::Catalogue => "_catalog".to_owned(),
            Self::Tags(repository) => format!("{repository}/tags/list"),
        }
    }

    fn ask<'a>(&'a self, endpoint: &'a Endpoint, path: &str) -> Ask<'a> {
        let (scope, repository) = match self {
            Self::Catalogue => ("registry:catalog:*".to_owned(), ""),
            Self::Tags(repository) => (format!("repository:{repository}:pull"), *repository),
        };
        Ask { endpoint, path: path.to_owned(), headers: Vec::new(), scope, repository }
    }

    fn entries(&self, response: Response, host: &str) -> Result<Vec<String>, AskError> {
        let bytes = response.bytes(PAGE_BYTES_MAX).map_err(|e| AskError::Failed(e.to_string()))?;
        let wrong = |e: &dyn std::fmt::Display| {
            AskError::Failed(format!("`{host}` lists no JSON of the right shape: {e}"))
        };
        let page: Page = serde_json::from_slice(&bytes).map_err(|e| wrong(&e))?;
        match self {
            Self::Catalogue => page.repositories.ok_or_else(|| wrong(&"`repositories` is missing")),
            Self::Tags(_) => page.tags.ok_or_else(|| wrong(&"`tags` is missing")),
        }
    }
}

/// Every entry of a list, over all its pages. A list that cannot be followed to its end gives what it has and a problem.
pub(crate) fn pages(
    exchange: &Exchange,
    endpoint: &Endpoint,
    list: &List<'_>,
    listing: &mut Listing,
) -> Result<BTreeSet<String>, AskError> {
    let (mut out, mut asked) = (BTreeSet::new(), BTreeSet::new());
    let place = format!("{}/{}", endpoint.host, list.path());
    let mut next = Some(format!("{}?n={PAGE_ENTRIES}", list.path()));
    while let Some(path) = next.take() {
        let response = match exchange.send(&list.ask(endpoint, &path)) {
            // Some registries refuse larger pages than theirs (distribution, `catalog.maxentries`).
            Err(AskError::Invalid(_)) if asked.is_empty() => {
                exchange.send(&list.ask(endpoint, &list.path()))?
            }
            // What is known by now is not thrown away.
            Err(e) if !asked.is_empty() => {
                listing.problems.push((place, format!("its list breaks off: {}", e.text())));
                return Ok(out);
            }
            answer => answer?,
        };
        let link = following(response.all("link"), &path);
        let entries = list.entries(response, &endpoint.host)?;
        let is_empty = entries.is_empty();
        out.extend(entries);
        asked.insert(path);
        next = match link {
            Err(reason) => {
                listing.problems.push((place, format!("its list breaks off: {reason}")));
                return Ok(out);
            }
            Ok(Some(next)) if asked.contains(&next) => {
                // An empty page that leads nowhere is how some say that there is no more.
                if !is_empty {
                    listing.problems.push((place, "its list goes round in a circle".to_owned()));
                }
                return Ok(out);
            }
            Ok(next) => next,
        };
        if next.is_some() && (PAGES_MAX <= asked.len() || IMAGES_MAX < out.len()) {
            let reason =
                format!("more than PAGES_MAX, {PAGES_MAX} pages, or IMAGES_MAX, {IMAGES_MAX} entries");
            listing.problems.push((place, reason));
            return Ok(out);
        }
    }
    Ok(out)
}

/// What follows the page `asked`, both behind `/v2/`, by its `Link` headers (RFC 8288). The same registry is asked,
/// whatever host they name: behind a proxy, registries name themselves as they know themselves.
///
/// # Errors
/// In words, if that is not understood or leads out of `/v2/`.
pub fn following<'l>(headers: impl Iterator<Item = &'l str>, asked: &str) -> Result<Option<String>, String> {
    for header in headers {
        let links = links(header).ok_or_else(|| "its `Link` cannot be read".to_owned())?;
        let next = links.into_iter().find(|(_, parameters)| is_next(parameters));
        if let Some((target, _)) = next {
            let path = resolve(target, asked);
            let rest = path.strip_prefix("/v2/").filter(|rest| !rest.split('/').any(|part| part == ".."));
            return rest
                .map(|rest| Some(rest.to_owned()))
                .ok_or_else(|| "it continues outside `/v2/`".to_owned());
        }
    }
    Ok(None)
}

/// The targets of a header and their parameters: `<a>; rel="prev", <b>; rel=next`. `None` if it is not written so.
fn links(header: &str) -> Option<Vec<(&str, &str)>> {
    let mut out = Vec::new();
    let mut rest = header.trim();
    while !rest.is_empty() {
        let (target, behind) = rest.strip_prefix('<')?.split_once('>')?;
        let mut is_quoted = false;
        let end = behind.find(|c| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        });
        let (parameters, more) = behind.split_at(end.unwrap_or(behind.len()));
        out.push((target, parameters));
        rest = more.trim_start_matches([',', ' ', '\t']);
    }
    Some(out)
}

fn is_next(parameters: &str) -> bool {
    let relation = parameters
        .split(';')
        .filter_map(|p| p.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("rel"));
    relation.is_some_and(|(_, value)| {
        value.trim().trim_matches('"').split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
    })
}

/// The path and query of `target`, seen from `/v2/{asked}` (RFC 3986, 5.2).
fn resolve(target: &str, asked: &str) -> String {
    let behind_host =
        |rest: &str| rest.get(rest.find('/').unwrap_or(rest.len())..).unwrap_or_default().to_owned();
    if let Some((_, rest)) = target.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?'])) {
        return behind_host(rest);
    }
    if let Some(rest) = target.strip_prefix("//") {
        return behind_host(rest);
    }
    if target.starts_with('/') {
        return target.to_owned();
    }
    let own = asked.split('?').next().unwrap_or_default();
    match target.strip_prefix('?') {
        Some(query) => format!("/v2/{own}?{query}"),
        None => format!("/v2/{}{target}", own.get(..own.rfind('/').map_or(0, |i| i + 1)).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(headers: &[&str]) -> Result<Option<String>, String> {
        following(headers.iter().copied(), "team/x/tags/list?n=2")
    }

    #[test]
    fn the_next_page_is_named_in_many_ways() {
        for headers in [
            &["</v2/team/x/tags/list?last=b,c&n=2>; rel=\"next\""][..],
            &["<https://elsewhere:5000/v2/team/x/tags/list?last=b,c&n=2>; rel=next"],
            &["<//elsewhere/v2/team/x/tags/list?last=b,c&n=2>; Rel = \"last NEXT\""],
            &["<list?last=b,c&n=2>; title=\"a, b\"; rel=\"next\""],
            &["<?last=b,c&n=2>;rel=\"next\""],
            &["</v2/>; rel=\"first\", <?last=b,c&n=2>; rel=\"next\""],
            &["</v2/>; rel=\"first\"", "<?last=b,c&n=2>; rel=\"next\""],
        ] {
            assert_eq!(next(headers), Ok(Some("team/x/tags/list?last=b,c&n=2".to_owned())), "{headers:?}");
        }
        assert_eq!(next(&[]), Ok(None));
        assert_eq!(next(&["</v2/x>; rel=\"prev\""]), Ok(None));
    }

    #[test]
    fn what_is_not_understood_is_no_end() {
        for header in
            ["next page", "</v2/x", "</admin>; rel=next", "<../../../etc>; rel=next", "<https://x>; rel=next"]
        {
            assert!(next(&[header]).is_err(), "{header}");
        }
    }
}
