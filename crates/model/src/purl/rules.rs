//! The rules of the specification and of each type's definition, applied to the parts of a package URL.

use std::collections::BTreeMap;

use super::{PURL_BYTES_MAX, Purl, PurlError};

/// What a definition says of the namespace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Namespace {
    /// May be there.
    Optional,
    /// Must be there.
    Required,
    /// Must not be there.
    Prohibited,
}

/// What a definition says of letter case and separators.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Kept.
    Kept,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Kept, `_` written `-`.
    Kebab,
    /// Lower case, every other character than a letter or digit written `_`.
    Snake,
    /// PEP 503: lower case, runs of `-`, `_` and `.` written `-`.
    Pep503,
}

/// A type's definition, as far as it differs from the general rules.
struct Definition {
    kind: &'static str,
    namespace: Namespace,
    namespace_form: Form,
    name_form: Form,
    version_form: Form,
}

const fn definition(
    kind: &'static str,
    namespace: Namespace,
    namespace_form: Form,
    name_form: Form,
    version_form: Form,
) -> Definition {
    Definition { kind, namespace, namespace_form, name_form, version_form }
}

use Form::{Kebab, Kept, Lower, Pep503, Snake, Upper};
use Namespace::{Optional, Prohibited, Required};

/// The definitions of `package-url/purl-spec`, `types/`, by type; types that are not named have the general rules.
///
/// Definitions that call a namespace required are held only where nothing in use leaves it out: `pkg:golang/stdlib`,
/// `pkg:deb/curl` of a file system without `os-release` and `pkg:maven/artifact` are met in the field.
#[rustfmt::skip]
const DEFINITIONS: &[Definition] = &[
    definition("alpm", Optional, Lower, Lower, Kept),
    definition("apk", Optional, Lower, Lower, Kept),
    definition("bazel", Prohibited, Kept, Kept, Kept),
    definition("bitbucket", Required, Lower, Lower, Kept),
    definition("bitnami", Prohibited, Kept, Lower, Kept),
    definition("brew", Optional, Lower, Lower, Kept),
    definition("cargo", Prohibited, Kept, Kept, Kept),
    definition("chrome-extension", Prohibited, Kept, Lower, Kept),
    definition("cocoapods", Prohibited, Kept, Kept, Kept),
    definition("composer", Optional, Lower, Lower, Kept),
    definition("conda", Prohibited, Kept, Kept, Kept),
    definition("cpan", Optional, Upper, Kept, Kept),
    definition("cran", Prohibited, Kept, Kept, Kept),
    definition("deb", Optional, Lower, Lower, Kept),
    definition("gem", Prohibited, Kept, Kept, Kept),
    definition("git", Required, Kept, Kept, Kept),
    definition("gitee", Optional, Lower, Lower, Kept),
    definition("github", Required, Lower, Lower, Kept),
    definition("gitlab", Optional, Lower, Lower, Kept),
    definition("golang", Optional, Lower, Lower, Kept),
    definition("hackage", Prohibited, Kept, Kebab, Kept),
    definition("hex", Optional, Lower, Lower, Kept),
    definition("huggingface", Optional, Kept, Kept, Lower),
    definition("julia", Prohibited, Kept, Kept, Kept),
    definition("luarocks", Optional, Lower, Lower, Kept),
    definition("mlflow", Prohibited, Kept, Kept, Kept),
    definition("npm", Optional, Lower, Lower, Kept),
    definition("nuget", Prohibited, Kept, Kept, Kept),
    definition("oci", Prohibited, Kept, Lower, Lower),
    definition("opam", Prohibited, Kept, Kept, Kept),
    definition("otp", Prohibited, Kept, Lower, Kept),
    definition("pub", Prohibited, Kept, Snake, Kept),
    definition("pypi", Prohibited, Kept, Pep503, Kept),
    definition("qpkg", Optional, Lower, Kept, Kept),
    definition("rpm", Optional, Lower, Kept, Kept),
    definition("swift", Required, Kept, Kept, Kept),
    definition("vcpkg", Prohibited, Kept, Kept, Kept),
    definition("vscode-extension", Required, Lower, Lower, Lower),
    definition("yocto", Optional, Lower, Kept, Kept),
];

/// The definition of types that have none.
const GENERAL: Definition = definition("", Optional, Kept, Kept, Kept);

/// True for the type whose name is a path: `git`, where the namespace is the host alone.
pub(super) fn name_has_segments(kind: &str) -> bool {
    kind == "git"
}

/// True where the definition asks for a namespace.
pub(super) fn is_namespace_required(kind: &str) -> bool {
    define(kind).namespace == Required
}

fn define(kind: &str) -> &'static Definition {
    DEFINITIONS.iter().find(|d| d.kind == kind).unwrap_or(&GENERAL)
}

/// Brings decoded parts into normal form.
pub(super) fn normalise(parts: Purl) -> Result<Purl, PurlError> {
    let kind = normalise_kind(&parts.kind)?;
    let of = define(&kind);
    let refuse = |asks| Err(PurlError::Rule { kind: kind.clone(), asks });
    let qualifiers = normalise_qualifiers(parts.qualifiers)?;

    let namespace = parts.namespace.map(|n| join_segments(&n, |_| true)).filter(|n| !n.is_empty());
    match (of.namespace, &namespace) {
        (Required, None) => return refuse("has a namespace"),
        (Prohibited, Some(_)) => return refuse("has no namespace"),
        _ => {}
    }
    let name = if name_has_segments(&kind) { join_segments(&parts.name, |_| true) } else { parts.name };
    if name.is_empty() {
        return Err(PurlError::Name);
    }
    let name_form = if kind == "mlflow" { mlflow_form(&qualifiers) } else { of.name_form };
    let purl = Purl {
        namespace: namespace.map(|n| of.namespace_form.apply(&n)),
        name: name_form.apply(&name),
        version: parts.version.filter(|v| !v.is_empty()).map(|v| of.version_form.apply(&v)),
        subpath: parts
            .subpath
            .map(|s| join_segments(&s, |segment| !matches!(segment, "." | "..")))
            .filter(|s| !s.is_empty()),
        qualifiers,
        kind,
    };
    match refusal(&purl) {
        Some(asks) => return Err(PurlError::Rule { kind: purl.kind, asks }),
        None => check_length(&purl)?,
    }
    Ok(purl)
}

/// Escapes take three bytes for one: what is written must be short enough to be read again.
fn check_length(purl: &Purl) -> Result<(), PurlError> {
    let optional = |s: &Option<String>| s.as_ref().map_or(0, String::len);
    let qualifiers: usize = purl.qualifiers.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    let raw = purl.name.len() + optional(&purl.namespace) + optional(&purl.version) + optional(&purl.subpath);
    if raw + qualifiers < PURL_BYTES_MAX / 4 {
        return Ok(());
    }
    let written = purl.to_string().len();
    if PURL_BYTES_MAX < written { Err(PurlError::TooLong(written)) } else { Ok(()) }
}

/// Databricks' model names have no case, those of other MLflow servers do.
fn mlflow_form(qualifiers: &BTreeMap<String, String>) -> Form {
    let databricks = qualifiers.get("repository_url").is_some_and(|url| url.contains("databricks"));
    if databricks { Lower } else { Kept }
}

/// What a definition asks beyond case and namespace, where `purl` does not have it.
fn refusal(purl: &Purl) -> Option<&'static str> {
    let name = purl.name.as_str();
    match purl.kind.as_str() {
        "chrome-extension" => {
            let is_id = name.len() == 32 && name.bytes().all(|b| b.is_ascii_lowercase() && b <= b'p');
            let is_version = |v: &String| {
                let parts: Vec<&str> = v.split('.').collect();
                parts.len() <= 4
                    && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
            };
            if !is_id {
                return Some("has a name of 32 letters from `a` to `p`");
            }
            let good = purl.version.as_ref().is_none_or(is_version);
            (!good).then_some("has a version of one to four numbers")
        }
        "cocoapods" => (name.starts_with('.') || name.contains(|c: char| c == '+' || c.is_whitespace()))
            .then_some("has a name without white space, `+` and a leading `.`"),
        "cpan" => name.contains("::").then_some("names a distribution, not a module with `::`"),
        "julia" => (!purl.qualifiers.contains_key("uuid")).then_some("has the qualifier `uuid`"),
        "swid" => (!purl.qualifiers.contains_key("tag_id")).then_some("has the qualifier `tag_id`"),
        _ => None,
    }
}

fn normalise_kind(kind: &str) -> Result<String, PurlError> {
    let good = kind.starts_with(|c: char| c.is_ascii_alphabetic())
        && kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if good { Ok(kind.to_ascii_lowercase()) } else { Err(PurlError::Type(kind.chars().take(80).collect())) }
}

/// Keys are written in lower case. The specification refuses `Arch=` and its Maven cases want `repositorY_url=` read:
/// both hold if only the first letter must be a lower-case one.
fn normalise_qualifiers(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, PurlError> {
    let mut out = BTreeMap::new();
    for (key, value) in given {
        let good = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        let lower = key.to_ascii_lowercase();
        if !good || (!value.is_empty() && out.insert(lower, value).is_some()) {
            return Err(PurlError::Qualifier(key.chars().take(80).collect()));
        }
    }
    Ok(out)
}

fn join_segments(path: &str, keep: impl Fn(&str) -> bool) -> String {
    let kept: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && keep(s)).collect();
    kept.join("/")
}

impl Form {
    fn apply(self, s: &str) -> String {
        match self {
            Kept => s.to_owned(),
            Lower => s.to_lowercase(),
            Upper => s.to_uppercase(),
            Kebab => s.replace('_', "-"),
            Snake => {
                s.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
            }
            Pep503 => pep503(s),
        }
    }
}

fn pep503(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.to_lowercase().chars() {
        let separator = matches!(c, '-' | '_' | '.');
        if !separator {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out
}
