//! Whether a product that someone named is a package or an image found here, and if not, why not.

use api::{PackageRow, TargetRow};
use model::purl::Purl;

use super::vex::{Component, Product};

/// How far a name is from what it was held against; the nearest explains best.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    /// The same thing in another version, build or place.
    Near(String),
    /// Another thing.
    Far(String),
}

impl Miss {
    pub(super) fn text(self) -> String {
        match self {
            Self::Near(text) | Self::Far(text) => text,
        }
    }
}

/// A target, its packages by purl, and the one package that a finding is about.
#[derive(Clone, Copy)]
pub(super) struct Scene<'r> {
    pub(super) target: Option<&'r TargetRow>,
    /// Packages of the same target, parsed.
    pub(super) others: &'r [(Purl, &'r PackageRow)],
    pub(super) package: &'r PackageRow,
    /// Its purl, if it can be parsed.
    pub(super) purl: Option<&'r Purl>,
}

/// Whether a product, or the named parts of it, covers the finding's package.
pub(super) fn covers(product: &Product, scene: &Scene<'_>) -> Result<(), Miss> {
    let whole = is_package(&product.component, scene)
        .or_else(|near| is_image(&product.component, scene.target).map_err(|m| m.min(near)))
        .or_else(|near| is_around(&product.component, scene).map_err(|m| m.min(near)));
    whole?;
    if product.parts.is_empty() {
        return Ok(());
    }
    let mut nearest = None;
    for part in &product.parts {
        match is_package(part, scene) {
            Ok(()) => return Ok(()),
            Err(miss) => nearest = Some(nearest.map_or(miss.clone(), |n: Miss| n.min(miss))),
        }
    }
    let why = nearest.map_or(String::new(), Miss::text);
    Err(Miss::Near(format!("the product fits, none of its subcomponents does: {why}")))
}

/// Whether any name of the component is the finding's own package.
fn is_package(component: &Component, scene: &Scene<'_>) -> Result<(), Miss> {
    let Some(found) = scene.purl else {
        return Err(Miss::Far(format!("`{}` has no package URL that can be compared", scene.package.id)));
    };
    let mut nearest = Miss::Far(format!("it names {}, not {}", names(component), scene.package.name));
    for purl in &component.purls {
        match purl_covers(purl, found, scene.package) {
            Ok(()) => return Ok(()),
            Err(miss) => nearest = nearest.min(miss),
        }
    }
    Err(nearest)
}

/// Whether the component is a package of the target that the finding's package lies inside of (a jar in a jar).
fn is_around(component: &Component, scene: &Scene<'_>) -> Result<(), Miss> {
    let inside = |outer: &PackageRow| {
        let below = |inner: &str, path: &str| {
            inner.strip_prefix(path).is_some_and(|rest| rest.starts_with("!/") || rest.starts_with('/'))
        };
        !scene.package.paths.is_empty()
            && scene.package.paths.iter().all(|inner| outer.paths.iter().any(|path| below(inner, path)))
    };
    for purl in &component.purls {
        let mut fitting = scene.others.iter().filter(|(found, row)| purl_covers(purl, found, row).is_ok());
        if fitting.any(|(_, row)| inside(row)) {
            return Ok(());
        }
    }
    Err(Miss::Far(format!("it names {}, not {}", names(component), scene.package.name)))
}

fn names(component: &Component) -> String {
    let purls = component.purls.iter().map(ToString::to_string);
    let hashes = component.sha256.iter().map(|h| format!("sha256:{h}"));
    let all: Vec<String> =
        purls.chain(component.others.iter().cloned()).chain(hashes).map(|n| format!("`{n}`")).collect();
    all.first().cloned().unwrap_or_else(|| "nothing".to_owned())
}

/// Whether a package URL that may leave out version and qualifiers covers a package.
pub(super) fn purl_covers(named: &Purl, found: &Purl, row: &PackageRow) -> Result<(), Miss> {
    let same_kind = named.kind == found.kind && named.namespace == found.namespace;
    let is_source = named.qualifiers.get("arch").is_some_and(|a| a == "source" || a == "src");
    let source = row.source.as_ref().filter(|_| is_source);
    let (name, version) = match source {
        Some(s) => (s.name.as_str(), Some(s.version.as_str())),
        None => (found.name.as_str(), found.version.as_deref()),
    };
    if !same_kind || named.name != name {
        return Err(Miss::Far(format!("it names `{named}`, not {}", row.name)));
    }
    if let Some(wanted) = &named.version
        && version != Some(wanted.as_str())
    {
        let here = version.filter(|v| !v.is_empty()).unwrap_or("no version");
        return Err(Miss::Near(format!("it is about {name} {wanted}, and {here} is installed")));
    }
    for (key, wanted) in &named.qualifiers {
        // The source package has no qualifiers of its own; epoch is part of the version that the report prints.
        let skip =
            (key == "arch" && source.is_some()) || (key == "epoch" && !found.qualifiers.contains_key(key));
        let here = found.qualifiers.get(key);
        if !skip && here != Some(wanted) {
            let here = here.map_or("none", String::as_str);
            return Err(Miss::Near(format!("it names `{key}={wanted}` of {name}, here is {here}")));
        }
    }
    match (&named.subpath, &found.subpath) {
        (Some(wanted), here) if here.as_ref() != Some(wanted) => {
            Err(Miss::Near(format!("it names the part `{wanted}` of {name}")))
        }
        _ => Ok(()),
    }
}

/// Whether the component is the image (or whatever else the target is).
fn is_image(component: &Component, target: Option<&TargetRow>) -> Result<(), Miss> {
    let Some(target) = target else { return Err(Miss::Far("its target is not in the report".to_owned())) };
    let mut nearest = Miss::Far(format!("it names {}, not {}", names(component), target.name));
    let digest = target.digest.as_deref();
    for hash in &component.sha256 {
        match digest.and_then(|d| d.strip_prefix("sha256:")) {
            Some(here) if here == hash => return Ok(()),
            here => {
                let here = here.unwrap_or("none known");
                nearest = nearest.min(Miss::Near(format!("it names digest sha256:{hash}, here is {here}")));
            }
        }
    }
    for other in &component.others {
        let by_digest = digest.is_some_and(|d| other == d || other.ends_with(&format!("@{d}")));
        if by_digest || *other == target.name || *other == target.id {
            return Ok(());
        }
    }
    for purl in component.purls.iter().filter(|p| p.kind == "oci" || p.kind == "docker") {
        match image_purl(purl, target) {
            Ok(()) => return Ok(()),
            Err(miss) => nearest = nearest.min(miss),
        }
    }
    Err(nearest)
}

/// Compares `pkg:oci/NAME@DIGEST?tag=…&arch=…&repository_url=…` and `pkg:docker/NAME@TAG-OR-DIGEST` with an image.
fn image_purl(purl: &Purl, target: &TargetRow) -> Result<(), Miss> {
    if !matches!(target.kind.as_str(), "oci" | "docker-archive" | "registry") {
        return Err(Miss::Far(format!("it names an image, `{purl}`, and {} is none", target.name)));
    }
    if let (Some(arch), Some(platform)) = (purl.qualifiers.get("arch"), &target.platform)
        && platform.split('/').nth(1) != Some(arch)
    {
        return Err(Miss::Near(format!("it names architecture {arch}, here is {platform}")));
    }
    match purl.version.as_deref() {
        Some(wanted) if wanted.starts_with("sha256:") => match target.digest.as_deref() {
            Some(here) if here == wanted => Ok(()),
            Some(here) => Err(Miss::Near(format!("it names digest {wanted}, here is {here}"))),
            None => {
                Err(Miss::Near(format!("it names digest {wanted}, that of {} is not known", target.name)))
            }
        },
        version => {
            let tag = purl.qualifiers.get("tag").map(String::as_str).or(version);
            image_name(purl, tag, target)
        }
    }
}

/// Without a digest, name, repository and tag decide, as far as the target's own name says them.
fn image_name(purl: &Purl, tag: Option<&str>, target: &TargetRow) -> Result<(), Miss> {
    let (repository, here_tag) = reference(&target.name);
    let last = |path: &str| path.rsplit('/').next().unwrap_or("").to_owned();
    if last(repository) != purl.name {
        return Err(Miss::Far(format!("it names image {}, here is {}", purl.name, last(repository))));
    }
    if let Some(wanted) = tag
        && here_tag != Some(wanted)
    {
        let here = here_tag.unwrap_or("none");
        return Err(Miss::Near(format!("it names tag {wanted} of {}, here is {here}", purl.name)));
    }
    let named = purl.qualifiers.get("repository_url").map(|url| {
        let url = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).trim_end_matches('/');
        if last(url) == purl.name { url.to_owned() } else { format!("{url}/{}", purl.name) }
    });
    match named {
        Some(wanted) if repository != wanted => Err(Miss::Near(format!(
            "it names repository {wanted}, which {} does not tell; name the digest {}",
            target.name,
            target.digest.as_deref().unwrap_or("of the image")
        ))),
        _ => Ok(()),
    }
}

/// Repository and tag of an image as a user writes it.
fn reference(name: &str) -> (&str, Option<&str>) {
    let name = name.split_once('@').map_or(name, |(n, _)| n);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}
