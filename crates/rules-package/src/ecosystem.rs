//! Which ecosystem of advisories speaks of a package, and under which name and version.

use advisory::db::Info;
use model::purl::Purl;
use model::{Distribution, Package, PackageType};

/// What the database is asked about one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// These questions; their answers are united.
    Questions(Vec<Question>),
    /// Nobody at hand publishes advisories for it. The first text names the ecosystem and is the place of the doubt,
    /// the second says why, the third what would make it known.
    Nobody(String, String, String),
    /// It belongs to a package of the distribution, whose advisories speak for it.
    Owned,
}

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// Ecosystem with its release, `Debian:12`.
    pub ecosystem: String,
    /// Name under which the ecosystem's advisories speak of the package.
    pub name: String,
    /// Version that they speak of.
    pub version: String,
    /// Module stream of modular rpm packages, `nodejs:18`.
    pub module: Option<String>,
    /// True to hear the distribution's own feed alone.
    pub primary_only: bool,
}

const REMEDY_BUILD: &str =
    "fetch its advisories with `plimsoll db update`, or add them with `plimsoll db build --from PATH`";

/// What to ask about `package`, given what is in the database.
#[must_use]
pub fn asked(package: &Package, info: &Info) -> Asked {
    if package.kind.is_distribution() {
        return distribution_package(package, info);
    }
    if package.owner.is_some() {
        return Asked::Owned;
    }
    let version = || package.version.clone();
    let Some(ecosystem) = language_ecosystem(package.kind) else {
        return match package.kind {
            PackageType::Generic => generic(package, info),
            kind => no_source(kind.as_str(), &format!("packages of type {kind}")),
        };
    };
    if package.kind == PackageType::Maven && !package.name.contains(':') {
        return Asked::Nobody(
            format!("Maven {}", package.paths.first().map_or("", String::as_str)),
            format!("{} names no group id, by which advisories know it", package.name),
            "build the archive with its `pom.properties`".to_owned(),
        );
    }
    if let Some(private) = private(package) {
        return private;
    }
    // Bioconductor's packages are R's, with advisories of their own.
    let is_bioconductor = package.kind == PackageType::Cran && package.purl.contains("bioconductor.org");
    let ecosystem = if is_bioconductor { "Bioconductor" } else { ecosystem };
    let version = match package.kind {
        PackageType::Golang if matches!(package.name.as_str(), "stdlib" | "toolchain") => {
            go_release(&package.version)
        }
        _ => version(),
    };
    one(ecosystem, &package.name, version, info)
}

/// Packages that are not those of the public registry, which may have others of their name: Conan's with a user, Pub's
/// of another host, as their package URLs tell.
fn private(package: &Package) -> Option<Asked> {
    let (key, registry) = match package.kind {
        PackageType::Conan => ("user", "ConanCenter"),
        PackageType::Pub => ("repository_url", "pub.dev"),
        _ => return None,
    };
    let purl = Purl::parse(&package.purl).ok()?;
    let publisher = purl.qualifiers.get(key).filter(|url| !is_public_pub(url))?;
    Some(Asked::Nobody(
        format!("{registry} {}", package.paths.first().map_or("", String::as_str)).trim_end().to_owned(),
        format!(
            "{} comes from `{publisher}`, not from {registry}: advisories about packages of that name there do not \
             speak of it",
            package.name
        ),
        "check it against its publisher's own announcements".to_owned(),
    ))
}

/// True for the addresses of the public registry of Dart, which some documents write out.
fn is_public_pub(url: &str) -> bool {
    let host = url.trim_start_matches("https://").trim_end_matches('/');
    matches!(host, "pub.dev" | "pub.dartlang.org")
}

/// A single question, if the database has anything of the ecosystem.
fn one(ecosystem: &str, name: &str, version: String, info: &Info) -> Asked {
    if info.ecosystem(ecosystem).is_none() {
        return nothing_of(ecosystem);
    }
    let question =
        Question { ecosystem: ecosystem.to_owned(), name: name.to_owned(), version, ..Question::default() };
    Asked::Questions(vec![question])
}

fn nothing_of(ecosystem: &str) -> Asked {
    Asked::Nobody(
        ecosystem.to_owned(),
        format!("the database has no advisories for {ecosystem}"),
        REMEDY_BUILD.to_owned(),
    )
}

/// The ecosystem of a language's registry.
fn language_ecosystem(kind: PackageType) -> Option<&'static str> {
    Some(match kind {
        PackageType::Pypi => "PyPI",
        PackageType::Npm => "npm",
        PackageType::Golang => "Go",
        PackageType::Cargo => "crates.io",
        PackageType::Maven => "Maven",
        PackageType::Gem => "RubyGems",
        PackageType::Composer => "Packagist",
        PackageType::Nuget => "NuGet",
        PackageType::Hex => "Hex",
        PackageType::Pub => "Pub",
        PackageType::Swift => "SwiftURL",
        PackageType::Cocoapods => "CocoaPods",
        PackageType::Conan => "ConanCenter",
        PackageType::Hackage => "Hackage",
        PackageType::Cran => "CRAN",
        PackageType::Github => "GitHub Actions",
        PackageType::Julia => "Julia",
        PackageType::Bitnami => "Bitnami",
        _ => return None,
    })
}

/// Bitnami publishes advisories for upstream software under its own names; nobody else does without guessing.
fn generic(package: &Package, info: &Info) -> Asked {
    // `registry.terraform.io/hashicorp/aws`: a name of Terraform's registry, of which Bitnami says nothing.
    if package.name.matches('/').count() == 2 {
        return no_source("Terraform", "providers of Terraform and OpenTofu");
    }
    if info.ecosystem("Bitnami").is_some() {
        return one("Bitnami", &package.name, package.version.clone(), info);
    }
    Asked::Nobody(
        "generic software".to_owned(),
        "no advisory source for software recognised from its bytes".to_owned(),
        "add the advisories of Bitnami to the database, or install it from a package".to_owned(),
    )
}

fn no_source(place: &str, what: &str) -> Asked {
    Asked::Nobody(
        place.to_owned(),
        format!("no advisory source is known for {what}"),
        "check them against their publisher's own announcements".to_owned(),
    )
}

/// `go1.21rc2` as `1.21.0-rc.2`: releases of Go as its advisories write them.
pub(crate) fn go_release(version: &str) -> String {
    let text = version.split_whitespace().next().unwrap_or("");
    let text = text.strip_prefix("go").or(text.strip_prefix('v')).unwrap_or(text);
    let Some(at) = text.find(|c: char| !c.is_ascii_digit() && c != '.') else { return text.to_owned() };
    let (numbers, rest) = text.split_at(at);
    let label: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    let number = rest.get(label.len()..).unwrap_or("");
    let known = matches!(label.as_str(), "rc" | "beta") && number.chars().all(|c| c.is_ascii_digit());
    if !known {
        return text.to_owned();
    }
    let missing = 2_usize.saturating_sub(numbers.matches('.').count());
    format!("{numbers}{}-{label}.{number}", ".0".repeat(missing))
}

fn distribution_package(package: &Package, info: &Info) -> Asked {
    let Some(distribution) = &package.distribution else {
        return Asked::Nobody(
            format!("{} packages", package.kind),
            "the distribution is not known: no os-release and no bill of materials names it".to_owned(),
            "keep `/etc/os-release` in the image, or give the package URLs of a bill of materials a `distro`"
                .to_owned(),
        );
    };
    let found = match releases(distribution, info) {
        Ok(found) => found,
        Err(asked) => return asked,
    };
    let (name, version) = match (&package.source, by_source(&distribution.id)) {
        (Some(source), true) => (source.name.as_str(), source.version.as_str()),
        _ => (package.name.as_str(), package.version.as_str()),
    };
    let version = if version.is_empty() { &package.version } else { version };
    let question = |ecosystem: String| Question {
        ecosystem,
        name: name.to_owned(),
        version: version.to_owned(),
        module: package.module.clone(),
        primary_only: false,
    };
    let mut questions: Vec<Question> = found.iter().cloned().map(question).collect();
    questions.extend(found.into_iter().filter_map(|e| of_the_other_name(package, name, e)));
    Asked::Questions(questions)
}

/// What only the distribution's own feed is asked. Red Hat's says of the source package what it leaves out of the
/// announcements of binary packages: that a vulnerability will not be fixed, or does not affect it. SUSE's names the
/// binary packages that are fixed, where its announcements name their source.
fn of_the_other_name(package: &Package, asked: &str, ecosystem: String) -> Option<Question> {
    let (name, version) = match package.source.as_ref() {
        Some(source) if ecosystem.starts_with("Red Hat:") => (&source.name, &source.version),
        _ if ecosystem.starts_with("SUSE:") || ecosystem.starts_with("openSUSE:") => {
            (&package.name, &package.version)
        }
        _ => return None,
    };
    (name != asked && !version.is_empty()).then(|| Question {
        ecosystem,
        name: name.clone(),
        version: version.clone(),
        module: package.module.clone(),
        primary_only: true,
    })
}

/// AlmaLinux, Red Hat, Amazon and Arch name binary packages, the others source packages.
fn by_source(distribution: &str) -> bool {
    !matches!(distribution, "almalinux" | "rhel" | "redhat" | "amzn" | "arch")
}

/// The ecosystems in the database that speak of a distribution's release.
fn releases(distribution: &Distribution, info: &Info) -> Result<Vec<String>, Asked> {
    let version = distribution.version.as_str();
    let major = version.split('.').next().unwrap_or(version);
    let minor = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let wanted: Vec<String> = match distribution.id.as_str() {
        "debian" => debian(distribution, major, &minor),
        // What is found after a release's standard support stands under Pro alone.
        "ubuntu" => vec![
            format!("Ubuntu:{version}:LTS"),
            format!("Ubuntu:{version}"),
            format!("Ubuntu:Pro:{version}:LTS"),
        ],
        "alpine" if version.contains("_alpha") || version.contains("edge") => vec!["Alpine:edge".to_owned()],
        "alpine" => vec![format!("Alpine:v{minor}")],
        "wolfi" => vec!["Wolfi".to_owned()],
        "chainguard" => vec!["Chainguard".to_owned()],
        "minimos" => vec!["MinimOS".to_owned()],
        "echo" => vec!["Echo".to_owned()],
        "almalinux" => vec![format!("AlmaLinux:{major}")],
        "rocky" => vec![format!("Rocky Linux:{major}")],
        "rhel" | "redhat" => prefixed(info, &format!("Red Hat:enterprise_linux:{major}")),
        "sles" | "sles_sap" | "sled" | "sle-micro" | "sl-micro" => {
            suse(info, distribution.id.as_str(), version)
        }
        "opensuse-leap" => vec![format!("openSUSE:Leap {version}")],
        "opensuse-tumbleweed" => vec!["openSUSE:Tumbleweed".to_owned()],
        "amzn" => vec![format!("Amazon Linux:{major}")],
        "mageia" => vec![format!("Mageia:{major}")],
        "openEuler" | "openeuler" => prefixed(info, &format!("openEuler:{version}")),
        "azurelinux" | "mariner" => vec![format!("Azure Linux:{major}")],
        // It has no releases.
        "arch" => vec!["Arch Linux".to_owned()],
        "photon" => vec![format!("Photon OS:{version}")],
        other => {
            return Err(Asked::Nobody(
                format!("{other} {version}").trim_end().to_owned(),
                format!("no advisory source is known for the distribution `{other}`"),
                "check it against the distribution's own announcements".to_owned(),
            ));
        }
    };
    let found: Vec<String> = wanted.iter().filter(|w| info.ecosystem(w).is_some()).cloned().collect();
    match (found.is_empty(), wanted.first()) {
        (false, _) => Ok(found),
        (true, Some(first)) => Err(nothing_of(first.strip_suffix(":LTS").unwrap_or(first))),
        (true, None) => Err(nothing_of(format!("{} {version}", distribution.id).trim_end())),
    }
}

fn debian(distribution: &Distribution, major: &str, minor: &str) -> Vec<String> {
    let by_name = match distribution.codename.as_deref() {
        _ if !major.is_empty() => major,
        Some("buster") => "10",
        Some("bullseye") => "11",
        Some("bookworm") => "12",
        Some("trixie") => "13",
        Some("forky") => "14",
        Some(other) => other,
        None if distribution.pretty_name.as_deref().is_some_and(|n| n.contains("sid")) => "unstable",
        // Neither a version nor a name: any release would be a guess.
        None => return Vec::new(),
    };
    // Releases before 7 have two numbers: `Debian:6.0`.
    let mut out = vec![format!("Debian:{by_name}")];
    if minor.contains('.') {
        out.push(format!("Debian:{minor}"));
    }
    out
}

/// Ecosystems that are `prefix`, or go on after it with a part of their own.
fn prefixed(info: &Info, prefix: &str) -> Vec<String> {
    let goes_on = |name: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.', '-']))
    };
    info.ecosystems.iter().map(|e| e.name.as_str()).filter(|n| goes_on(n)).map(str::to_owned).collect()
}

/// SUSE files its advisories under products and modules; all those of the service pack count. From 16 on, and of
/// Micro, the version stands as it is: `Linux Enterprise Server 16.0`, `Linux Enterprise Micro 5.5`, `Linux Micro 6.1`.
fn suse(info: &Info, id: &str, version: &str) -> Vec<String> {
    let is_micro = id.contains("micro");
    let pack = match version.split_once('.') {
        Some((major, pack)) if !is_micro && major.parse::<u32>().is_ok_and(|m| m < 16) => {
            format!(" {major} SP{pack}")
        }
        _ => format!(" {version}"),
    };
    let ltss = [format!("{pack}-LTSS"), format!("{pack} LTSS")];
    let fits = |name: &&str| {
        name.starts_with("SUSE:")
            && (!is_micro || name.contains(" Micro "))
            && (name.ends_with(&pack) || ltss.iter().any(|l| name.ends_with(l)))
    };
    info.ecosystems.iter().map(|e| e.name.as_str()).filter(fits).map(str::to_owned).collect()
}
