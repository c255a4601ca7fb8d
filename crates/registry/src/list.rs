//! What a registry holds: catalogue and tags, page by page (distribution-spec, "Content Discovery").

use std::collections::BTreeSet;

use eval::Glob;
use oci::reference::{check_registry, check_repository, check_tag};
use ports::remote::{Choice, Listing};
use ports::source::SourceError;
use serde::Deserialize;

use crate::endpoint::{Endpoint, origin};
use crate::exchange::{Ask, AskError, Exchange};

/// Bytes of one page.
pub const PAGE_BYTES_MAX: u64 = 16 << 20;

/// Pages of one list.
pub const PAGES_MAX: usize = 10_000;

/// Images of one registry.
pub const IMAGES_MAX: usize = 1_000_000;

/// Entries asked for in one page.
const PAGE_ENTRIES: u32 = 1000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    repositories: Option<Vec<String>>,
    tags: Option<Vec<String>>,
}

/// What is chosen, read once.
struct Chosen {
    repositories: Glob,
    tags: Glob,
    include: Vec<Glob>,
    exclude: Vec<Glob>,
    /// The one repository, if the pattern names one.
    only: Option<String>,
}

/// Lists the images that `choice` selects.
pub(crate) fn list(
    exchange: &Exchange,
    endpoint: &Endpoint,
    choice: &Choice,
) -> Result<Listing, SourceError> {
    let chosen = Chosen::read(choice)?;
    let mut listing = Listing::default();
    let repositories: BTreeSet<String> = match &chosen.only {
        Some(only) => BTreeSet::from([only.clone()]),
        None => {
            let found = pages(exchange, endpoint, "", "_catalog", "registry:catalog:*", &mut listing);
            found.map_err(|e| failed(&choice.registry, &e))?
        }
    };
    for repository in repositories {
        if check_repository(&repository).is_err() {
            let shown: String = repository.chars().filter(|c| !c.is_control()).take(100).collect();
            listing
                .problems
                .push((choice.registry.clone(), format!("`{shown}` in its catalogue is no repository")));
            continue;
        }
        if !chosen.repositories.matches(&repository) {
            continue;
        }
        let place = format!("{}/{repository}", choice.registry);
        let scope = format!("repository:{repository}:pull");
        let path = format!("{repository}/tags/list");
        match pages(exchange, endpoint, &repository, &path, &scope, &mut listing) {
            Ok(tags) => add(&chosen, &place, &repository, tags, &mut listing),
            // A repository whose last tag was deleted stays in the catalogue.
            Err(AskError::Missing(_)) if chosen.only.is_none() => {}
            Err(e) if chosen.only.is_some() => return Err(failed(&place, &e)),
            Err(e) => listing.problems.push((place, e.text().to_owned())),
        }
        if IMAGES_MAX < listing.images.len() {
            listing.images.truncate(IMAGES_MAX);
            listing
                .problems
                .push((choice.registry.clone(), format!("more than IMAGES_MAX, {IMAGES_MAX} images")));
            break;
        }
    }
    listing.images.sort();
    Ok(listing)
}

fn failed(place: &str, e: &AskError) -> SourceError {
    match e {
        AskError::Missing(text) => SourceError::Usage(format!("`{place}`: {text}")),
        AskError::Denied(text) | AskError::Failed(text) => {
            SourceError::Unreadable(format!("`{place}`: {text}"))
        }
    }
}

fn add(chosen: &Chosen, place: &str, repository: &str, tags: BTreeSet<String>, listing: &mut Listing) {
    for tag in tags {
        if check_tag(&tag).is_err() {
            let shown: String = tag.chars().filter(|c| !c.is_control()).take(100).collect();
            listing.problems.push((place.to_owned(), format!("`{shown}` among its tags is no tag")));
            continue;
        }
        if is_attachment(&tag) || !chosen.tags.matches(&tag) {
            continue;
        }
        let named = format!("{repository}:{tag}");
        let hits = |globs: &[Glob]| globs.iter().any(|g| g.matches(&named) || g.matches(repository));
        if (chosen.include.is_empty() || hits(&chosen.include)) && !hits(&chosen.exclude) {
            listing.images.push(format!("{place}:{tag}"));
        }
    }
}

/// Signatures, attestations and bills of materials that cosign and the referrers fallback keep under a digest's tag.
fn is_attachment(tag: &str) -> bool {
    tag.strip_prefix("sha256-")
        .is_some_and(|rest| 64 <= rest.len() && rest.bytes().take(64).all(|b| b.is_ascii_hexdigit()))
}

impl Chosen {
    fn read(choice: &Choice) -> Result<Self, SourceError> {
        let usage = |what: &str, e: &dyn std::fmt::Display| SourceError::Usage(format!("`{what}`: {e}"));
        check_registry(&choice.registry).map_err(|e| SourceError::Usage(e.clone()))?;
        let (repositories, tags) = match choice.pattern.rsplit_once(':') {
            Some((repositories, tags)) => (repositories, tags),
            None => (choice.pattern.as_str(), "*"),
        };
        let glob = |text: &str| Glob::parse(text).map_err(|e| usage(text, &e));
        let is_glob = repositories.contains(['*', '?', '[', '\\']);
        Ok(Self {
            only: (!is_glob).then(|| repositories.to_owned()),
            repositories: glob(repositories)?,
            tags: glob(tags)?,
            include: choice.include.iter().map(|g| glob(g)).collect::<Result<_, _>>()?,
            exclude: choice.exclude.iter().map(|g| glob(g)).collect::<Result<_, _>>()?,
        })
    }
}

/// Every entry of a list, over all its pages.
fn pages(
    exchange: &Exchange,
    endpoint: &Endpoint,
    repository: &str,
    path: &str,
    scope: &str,
    listing: &mut Listing,
) -> Result<BTreeSet<String>, AskError> {
    let mut out = BTreeSet::new();
    let mut next = Some(format!("{path}?n={PAGE_ENTRIES}"));
    for _ in 0..PAGES_MAX {
        let Some(path) = next.take() else {
            return Ok(out);
        };
        let ask = Ask { endpoint, path, headers: Vec::new(), scope: scope.to_owned(), repository };
        let response = exchange.send(&ask)?;
        let link = response.header("link").map(|l| following(l, &endpoint.host)).transpose();
        next = link.map_err(AskError::Failed)?.flatten();
        let bytes = response.bytes(PAGE_BYTES_MAX).map_err(|e| AskError::Failed(e.to_string()))?;
        let page: Page = serde_json::from_slice(&bytes).map_err(|e| {
            AskError::Failed(format!("`{}` lists no JSON of the right shape: {e}", endpoint.host))
        })?;
        let before = out.len();
        out.extend(page.repositories.into_iter().chain(page.tags).flatten());
        if out.len() == before {
            // A page that tells nothing new: the end, or a circle.
            return Ok(out);
        }
        if IMAGES_MAX < out.len() {
            break;
        }
    }
    let reason = format!("more than PAGES_MAX, {PAGES_MAX} pages, or IMAGES_MAX, {IMAGES_MAX} entries");
    listing.problems.push((format!("{}/{path}", endpoint.host), reason));
    Ok(out)
}

/// What follows by `Link: </v2/_catalog?last=x>; rel="next"` (RFC 8288), behind `/v2/`. It must stay on the host.
fn following(link: &str, host: &str) -> Result<Option<String>, String> {
    let Some((target, parameters)) = link.trim().strip_prefix('<').and_then(|l| l.split_once('>')) else {
        return Ok(None);
    };
    if !parameters.to_ascii_lowercase().replace('"', "").contains("rel=next") {
        return Ok(None);
    }
    let path = match origin(target) {
        Some((scheme, authority)) => {
            if !authority.eq_ignore_ascii_case(host) {
                return Err(format!("`{host}` continues its list on another host, `{authority}`"));
            }
            target.get(scheme.len() + 3 + authority.len()..).unwrap_or_default()
        }
        None => target,
    };
    match path.strip_prefix("/v2/") {
        Some(rest) => Ok(Some(rest.to_owned())),
        None => Err(format!("`{host}` continues its list outside `/v2/`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_continues_on_its_own_host_only() {
        let next = |link: &str| following(link, "a:1");
        assert_eq!(
            next("</v2/_catalog?last=b&n=2>; rel=\"next\"").unwrap().as_deref(),
            Some("_catalog?last=b&n=2")
        );
        assert_eq!(
            next("<https://a:1/v2/x/tags/list?last=b>; rel=next").unwrap().as_deref(),
            Some("x/tags/list?last=b")
        );
        assert_eq!(next("</v2/x>; rel=\"prev\"").unwrap(), None);
        assert_eq!(next("nonsense").unwrap(), None);
        assert!(next("<https://b/v2/x>; rel=\"next\"").is_err());
        assert!(next("</admin>; rel=\"next\"").is_err());
    }

    #[test]
    fn attachments_are_no_images() {
        assert!(is_attachment(&format!("sha256-{}.sig", "a".repeat(64))));
        assert!(is_attachment(&format!("sha256-{}", "0".repeat(64))));
        assert!(!is_attachment("sha256-short") && !is_attachment("1.0"));
    }
}
