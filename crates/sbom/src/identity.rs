//! From a package URL and what stands beside it to a [`Package`]: the name as the ecosystem's own tools print it, the
//! whole version, source, architecture, distribution.

use model::purl::Purl;
use model::{Distribution, Package, PackageType, SourcePackage};

/// What a document says of a package beside its package URL.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    /// Group, scope or vendor.
    pub(crate) group: &'a str,
    /// Name.
    pub(crate) name: &'a str,
    /// Version.
    pub(crate) version: &'a str,
}

/// The package that `purl` and `named` describe, and what is not known of it.
pub(crate) fn package(purl: Option<&str>, named: Named<'_>) -> (Package, Option<String>) {
    let Some(text) = purl else {
        let why = format!("`{}` has no package URL: no advisory can be matched", named.name);
        return (generic(named, String::new()), Some(why));
    };
    let purl = match Purl::parse(text) {
        Ok(purl) => purl,
        Err(e) => {
            let why = format!("package URL `{}` of `{}`: {e}", clip(text), named.name);
            return (generic(named, text.to_owned()), Some(why));
        }
    };
    let Some(kind) = PackageType::from_purl_type(&purl.kind) else {
        let why = format!("no advisories are known for packages of type `{}` (`{}`)", purl.kind, named.name);
        return (generic(Named { name: &purl.name, ..named }, purl.to_string()), Some(why));
    };
    let mut package = Package::new(kind, name(kind, &purl, named), version(kind, &purl, named));
    let qualifier = |key: &str| purl.qualifiers.get(key).map(String::as_str);
    package.architecture = qualifier("arch").map(str::to_owned);
    package.module = qualifier("rpmmod").map(str::to_owned);
    if kind.is_distribution() {
        package.source = qualifier("upstream").map(|u| upstream(u, &package.version));
        package.distribution = qualifier("distro").and_then(|d| distribution(d, purl.namespace.as_deref()));
    }
    package.purl = purl.to_string();
    (package, None)
}

fn generic(named: Named<'_>, purl: String) -> Package {
    let name = join(named.group, '/', named.name);
    let mut package = Package::new(PackageType::Generic, name, named.version);
    package.purl = purl;
    package
}

fn join(group: &str, by: char, name: &str) -> String {
    if group.is_empty() || name.starts_with(&format!("{group}{by}")) {
        name.to_owned()
    } else {
        format!("{group}{by}{name}")
    }
}

/// The name in the ecosystem's own notation. Package URLs lower the case of some types; where the document's own name
/// differs in nothing else, that one is kept (`github.com/BurntSushi/toml`).
fn name(kind: PackageType, purl: &Purl, named: Named<'_>) -> String {
    let namespace = purl.namespace.as_deref().unwrap_or_default();
    let by = if kind == PackageType::Maven { ':' } else { '/' };
    let of_purl = match kind {
        PackageType::Maven
        | PackageType::Npm
        | PackageType::Golang
        | PackageType::Composer
        | PackageType::Swift
        | PackageType::Github => join(namespace, by, &purl.name),
        PackageType::Cocoapods => match &purl.subpath {
            Some(subspec) => format!("{}/{subspec}", purl.name),
            None => purl.name.clone(),
        },
        _ => purl.name.clone(),
    };
    let keeps_case = matches!(
        kind,
        PackageType::Golang
            | PackageType::Npm
            | PackageType::Swift
            | PackageType::Github
            | PackageType::Composer
    );
    let said = join(named.group, by, named.name);
    if keeps_case && said.eq_ignore_ascii_case(&of_purl) {
        return said;
    }
    // Older Syft cut module paths of four parts and more: the rest stands in the subpath, the whole in the name.
    let (lower, of_purl_lower) = (said.to_ascii_lowercase(), of_purl.to_ascii_lowercase());
    let begins = lower.strip_prefix(&of_purl_lower).is_some_and(|rest| rest.starts_with('/'));
    if kind == PackageType::Golang && begins { said } else { of_purl }
}

fn version(kind: PackageType, purl: &Purl, named: Named<'_>) -> String {
    let of_purl = purl.version.as_deref().unwrap_or_default();
    let version = if of_purl.is_empty() { named.version } else { of_purl };
    if kind != PackageType::Rpm {
        // Package URLs of Trivy leave Debian's epoch out where the component has it.
        let with_epoch =
            kind == PackageType::Deb && named.version.split_once(':').is_some_and(|(_, v)| v == of_purl);
        return if with_epoch { named.version.to_owned() } else { version.to_owned() };
    }
    let epoch_of_purl = purl.qualifiers.get("epoch").map(String::as_str).unwrap_or_default();
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => (epoch, rest),
        None if epoch_of_purl.is_empty() => match named.version.split_once(':') {
            Some((epoch, rest)) if rest == version => (epoch, version),
            _ => ("", version),
        },
        None => (epoch_of_purl, version),
    };
    if epoch.is_empty() || epoch == "0" { rest.to_owned() } else { format!("{epoch}:{rest}") }
}

/// The qualifier `upstream`: `name`, `name@version`, or the file name of a source rpm.
fn upstream(text: &str, version: &str) -> SourcePackage {
    if let Some(source) = source_rpm(text) {
        return source;
    }
    let (name, version) = text.split_once('@').unwrap_or((text, version));
    SourcePackage { name: name.to_owned(), version: version.to_owned() }
}

/// `openssl-1.1.1k-9.el8_7.src.rpm`.
pub(crate) fn source_rpm(file: &str) -> Option<SourcePackage> {
    let base = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = base.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some(SourcePackage { name: name.to_owned(), version: format!("{version}-{release}") })
}

/// The qualifier `distro`: `debian-12`, `opensuse-leap-15.5`, Trivy's bare `3.18.4`, a codename.
fn distribution(text: &str, namespace: Option<&str>) -> Option<Distribution> {
    let of = |id: &str, version: &str| Distribution {
        id: id.to_owned(),
        version: version.to_owned(),
        ..Distribution::default()
    };
    let begins_with_digit = |s: &str| s.starts_with(|c: char| c.is_ascii_digit());
    let id = match namespace {
        Some("redhat") => Some("rhel"),
        other => other,
    };
    match text.rsplit_once('-') {
        Some(("redhat", version)) => Some(of("rhel", version)),
        Some((id, version)) if begins_with_digit(version) => Some(of(id, version)),
        _ if begins_with_digit(text) => Some(of(id?, text)),
        _ => match id {
            Some(id) if id != text => Some(Distribution { codename: Some(text.to_owned()), ..of(id, "") }),
            _ => Some(of(text, "")),
        },
    }
}

/// What an error repeats of a foreign text.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(120).collect()
}
