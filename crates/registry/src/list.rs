//! What a registry holds, as far as it is chosen.

use std::collections::BTreeSet;

use eval::Glob;
use oci::reference::{check_registry, check_repository, check_tag};
use ports::remote::{Choice, Listing};
use ports::source::SourceError;

use crate::endpoint::Endpoint;
use crate::exchange::{AskError, Exchange};
use crate::pages::{List, pages};

/// Images of one registry.
pub const IMAGES_MAX: usize = 1_000_000;

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
            let found = pages(exchange, endpoint, &List::Catalogue, &mut listing);
            found.map_err(|e| no_catalogue(&choice.registry, &e))?
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
        match pages(exchange, endpoint, &List::Tags(&repository), &mut listing) {
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

/// Many registries give their catalogue to nobody, or only to some; each refuses in its own way.
fn no_catalogue(registry: &str, e: &AskError) -> SourceError {
    SourceError::Unreadable(format!(
        "`{registry}` does not list its repositories: {}; where a registry gives no catalogue, name a repository: \
         `registry:{registry}/REPOSITORY:*`",
        e.text()
    ))
}

fn failed(place: &str, e: &AskError) -> SourceError {
    match e {
        AskError::Missing(text) => SourceError::Missing(format!("`{place}`: {text}")),
        AskError::Denied(text) | AskError::Invalid(text) | AskError::Failed(text) => {
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
        if !chosen.tags.matches(&tag) {
            continue;
        }
        let named = format!("{repository}:{tag}");
        let hits = |globs: &[Glob]| globs.iter().any(|g| g.matches(&named) || g.matches(repository));
        if (chosen.include.is_empty() || hits(&chosen.include)) && !hits(&chosen.exclude) {
            listing.images.push(format!("{place}:{tag}"));
        }
    }
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
