//! What every reader of results shares: packages without package URL named by ecosystem, each once; values as they
//! come.

use std::collections::BTreeMap;

use model::purl::Purl;
use model::{DoubtKind, Package, Severity};
use serde_json::Value;

use super::{CLAIMS_MAX, Claim};
use crate::identity::{Named, clip, package};
use crate::json::text;
use crate::{Flaw, PACKAGES_MAX};

/// Packages and claims in the making.
pub(super) struct Builder<'f> {
    pub(super) packages: Vec<Package>,
    pub(super) claims: Vec<Claim>,
    known: BTreeMap<(String, String, String), usize>,
    flaws: &'f mut Vec<Flaw>,
    full: bool,
}

/// A package as a file of results names it.
#[derive(Debug, Clone, Default)]
pub(super) struct Found<'a> {
    /// Package URL, where the tool gives one.
    pub(super) purl: Option<&'a str>,
    /// Type of a package URL made from name and version where it gives none.
    pub(super) kind: Option<&'static str>,
    /// Namespace of such a one: the distribution.
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    /// File that shows it.
    pub(super) path: &'a str,
    /// Where it stands in the document.
    pub(super) pointer: String,
    /// `trivy npm`.
    pub(super) found_by: String,
}

impl<'f> Builder<'f> {
    pub(super) fn new(flaws: &'f mut Vec<Flaw>) -> Self {
        Self { packages: Vec::new(), claims: Vec::new(), known: BTreeMap::new(), flaws, full: false }
    }

    pub(super) fn flaw(&mut self, kind: DoubtKind, pointer: &str, reason: String) {
        self.flaws.push(Flaw { pointer: pointer.to_owned(), reason, kind });
    }

    /// The index of the package, added if it is new.
    pub(super) fn package(&mut self, found: &Found<'_>) -> Option<usize> {
        if found.name.is_empty() && found.purl.is_none() {
            self.flaw(DoubtKind::Target, &found.pointer, "a package has no name".to_owned());
            return None;
        }
        let made = found.purl.is_none().then(|| made_purl(found)).flatten();
        let identity = found.purl.or(made.as_deref()).unwrap_or(found.name);
        let key = (identity.to_owned(), found.version.to_owned(), found.path.to_owned());
        if let Some(index) = self.known.get(&key) {
            return Some(*index);
        }
        if self.packages.len() == PACKAGES_MAX {
            if !self.full {
                self.flaw(DoubtKind::Target, &found.pointer, format!("more than {PACKAGES_MAX} packages"));
                self.full = true;
            }
            return None;
        }
        let named = Named { group: "", name: found.name, version: found.version };
        let (mut package, unknown) = package(found.purl.or(made.as_deref()), named);
        if let Some(why) = unknown {
            self.flaw(DoubtKind::Knowledge, &found.pointer, why);
        }
        package.found_by.clone_from(&found.found_by);
        crate::carry::add_path(&mut package, found.path);
        let index = self.packages.len();
        self.packages.push(package);
        self.known.insert(key, index);
        Some(index)
    }

    pub(super) fn claim(&mut self, claim: Claim, pointer: &str) {
        if claim.id.is_empty() {
            self.flaw(DoubtKind::Target, pointer, "a result has no id".to_owned());
        } else if self.claims.len() < CLAIMS_MAX {
            self.claims.push(claim);
        } else if self.claims.len() == CLAIMS_MAX && !self.full {
            self.flaw(DoubtKind::Target, pointer, format!("more than {CLAIMS_MAX} results"));
            self.full = true;
        }
    }
}

/// The package URL of a name in its ecosystem's notation.
fn made_purl(found: &Found<'_>) -> Option<String> {
    let kind = found.kind?;
    let (namespace, name) = match kind {
        "maven" => found.name.split_once(':').or_else(|| found.name.rsplit_once('/'))?,
        "npm" | "golang" | "composer" | "swift" | "github" => {
            found.name.rsplit_once('/').unwrap_or(("", found.name))
        }
        _ => (found.namespace, found.name),
    };
    let builder = Purl::builder(kind, name).namespace(namespace);
    let built = match (kind, found.version.split_once(':')) {
        ("rpm", Some((epoch, version))) => builder.version(version).qualifier("epoch", epoch).build(),
        _ => builder.version(found.version).build(),
    };
    built.ok().map(|p| p.to_string())
}

/// The type of the packages of a distribution, by its `ID`.
pub(super) fn of_distribution(id: &str) -> Option<&'static str> {
    match id.to_ascii_lowercase().as_str() {
        "debian" | "ubuntu" | "raspbian" | "linuxmint" => Some("deb"),
        "alpine" | "wolfi" | "chainguard" | "postmarketos" => Some("apk"),
        "arch" | "archlinux" => Some("alpm"),
        "redhat"
        | "rhel"
        | "centos"
        | "fedora"
        | "rocky"
        | "almalinux"
        | "alma"
        | "oracle"
        | "ol"
        | "amazon"
        | "amzn"
        | "photon"
        | "opensuse"
        | "opensuse-leap"
        | "opensuse-tumbleweed"
        | "opensuse.leap"
        | "opensuse.tumbleweed"
        | "sles"
        | "suse linux enterprise server"
        | "azurelinux"
        | "mariner"
        | "cbl-mariner" => Some("rpm"),
        _ => None,
    }
}

/// The severity of a tool's word; a word that is none of ours is not known, and its own word is kept.
pub(crate) fn severity(word: &str) -> Severity {
    word.parse().unwrap_or(Severity::Unknown)
}

/// A number of a member.
pub(crate) fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key).and_then(Value::as_f64).filter(|n| n.is_finite())
}

/// A line number of a member.
pub(super) fn line(value: &Value, key: &str) -> Option<u32> {
    value.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).filter(|n| *n != 0)
}

/// A moment of a member; one that cannot be read is not known.
pub(crate) fn moment(value: &Value, key: &str) -> Option<model::Timestamp> {
    text(value, key).and_then(|t| t.parse().ok())
}

/// The first line of a text, cut to what a title holds.
pub(crate) fn title(text: &str) -> String {
    clip(text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default())
}

/// `CVE-…` where one of the ids is one.
pub(super) fn is_vulnerability_id(id: &str) -> bool {
    [
        "CVE-",
        "GHSA-",
        "OSV-",
        "PYSEC-",
        "RUSTSEC-",
        "GO-",
        "ALAS",
        "DSA-",
        "DLA-",
        "USN-",
        "RHSA-",
        "ELSA-",
        "MAL-",
        "GMS-",
        "TEMP-",
        "DEBIAN-CVE-",
        "UBUNTU-CVE-",
        "ALPINE-CVE-",
    ]
    .iter()
    .any(|prefix| id.starts_with(prefix))
}
