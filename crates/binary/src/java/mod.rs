//! Java archives, one inside another: what `pom.properties`, the manifest and the file name say each of them is.

mod manifest;
mod name;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use manifest::Properties;

use crate::zip;

/// Deepest nesting read: ear, war, jar, and one shaded inside.
pub const DEPTH_MAX: u32 = 6;
/// Most entries looked at in one outermost archive, nested ones included.
pub const ENTRIES_MAX: u64 = 500_000;
/// Most bytes inflated for one outermost archive.
pub const INFLATED_BYTES_MAX: u64 = 1 << 30;
/// Largest metadata file, in bytes.
pub const METADATA_BYTES_MAX: u64 = 1 << 20;
/// Most artifacts reported for one outermost archive.
pub const ARTIFACTS_MAX: usize = 20_000;

/// A library found in an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Artifact {
    /// Where inside the outermost archive, `BOOT-INF/lib/a.jar`, each nesting after a `!/`; empty for the archive itself.
    pub inside: String,
    /// Group id; empty if nothing names it.
    pub group: String,
    /// Artifact id.
    pub artifact: String,
    /// Version; empty if nothing names it.
    pub version: String,
    /// Licence as the manifest has it.
    pub license: String,
    /// What named it.
    pub evidence: Evidence,
}

/// What named an artifact, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Evidence {
    /// `META-INF/maven/…/pom.properties`.
    PomProperties,
    /// `META-INF/MANIFEST.MF`.
    Manifest,
    /// The archive's own file name.
    FileName,
}

/// What an archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Libraries, sorted.
    pub artifacts: Vec<Artifact>,
    /// What could not be read: where and why.
    pub problems: Vec<(String, String)>,
}

/// True if a file name is one of a Java archive.
#[must_use]
pub fn is_archive_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let known = ["jar", "war", "ear", "par", "sar", "rar", "nar", "kar", "jpi", "hpi", "lpkg", "aar", "jmod"];
    !stem.is_empty() && known.iter().any(|k| extension.eq_ignore_ascii_case(k))
}

/// Reads the archive whose file name is the last part of `path`.
#[must_use]
pub fn archive(path: &str, bytes: &[u8]) -> Archive {
    let mut walk = Walk { found: Archive::default(), entries: ENTRIES_MAX, inflated: INFLATED_BYTES_MAX };
    let bytes = bytes.strip_prefix(b"JM\x01\x00").unwrap_or(bytes);
    walk.read(path.rsplit('/').next().unwrap_or(path), "", bytes, 0);
    let artifacts: BTreeSet<Artifact> = std::mem::take(&mut walk.found.artifacts).into_iter().collect();
    walk.found.artifacts = artifacts.into_iter().collect();
    walk.found
}

struct Walk {
    found: Archive,
    entries: u64,
    inflated: u64,
}

/// What one archive says of itself.
#[derive(Default)]
struct Said {
    poms: Vec<Properties>,
    manifest: Properties,
    classes: bool,
    nested: bool,
}

impl Walk {
    fn problem(&mut self, inside: &str, reason: impl Into<String>) {
        self.found.problems.push((inside.to_owned(), reason.into()));
    }

    fn read(&mut self, name: &str, inside: &str, bytes: &[u8], depth: u32) {
        let mut said = Said::default();
        let outcome = zip::entries(bytes, |entry| self.entry(&mut said, inside, &entry, depth));
        if let Err(reason) = outcome {
            self.problem(inside, reason);
        }
        self.identify(name, inside, &said);
    }

    /// Looks at one entry; an error ends the archive.
    fn entry(
        &mut self,
        said: &mut Said,
        inside: &str,
        entry: &zip::Entry<'_, '_>,
        depth: u32,
    ) -> Result<(), String> {
        self.entries = self.entries.checked_sub(1).ok_or(format!("more than {ENTRIES_MAX} entries"))?;
        let path = entry.path.as_str();
        if path.ends_with(".class") {
            said.classes = true;
        } else if path.starts_with("META-INF/maven/") && path.ends_with("/pom.properties") {
            match self.inflate(entry, METADATA_BYTES_MAX)? {
                Ok(text) => said.poms.push(manifest::properties(&text)),
                Err(reason) => self.problem(&join(inside, path), reason),
            }
        } else if path.eq_ignore_ascii_case("META-INF/MANIFEST.MF") {
            match self.inflate(entry, METADATA_BYTES_MAX)? {
                Ok(text) => said.manifest = manifest::main_attributes(&text),
                Err(reason) => self.problem(&join(inside, path), reason),
            }
        } else if is_archive_name(path) {
            said.nested = true;
            let place = join(inside, path);
            if DEPTH_MAX <= depth {
                self.problem(&place, format!("archives nested deeper than {DEPTH_MAX}"));
                return Ok(());
            }
            match self.inflate(entry, self.inflated)? {
                Ok(bytes) => {
                    let bytes = bytes.strip_prefix(b"JM\x01\x00").unwrap_or(&bytes);
                    self.read(
                        path.rsplit('/').next().unwrap_or(path),
                        &format!("{place}!/"),
                        bytes,
                        depth + 1,
                    );
                }
                Err(reason) => self.problem(&place, reason),
            }
        }
        Ok(())
    }

    /// The bytes of an entry; the outer error is the bound of the whole archive, the inner one of this entry.
    fn inflate<'b>(
        &mut self,
        entry: &zip::Entry<'_, 'b>,
        max: u64,
    ) -> Result<Result<std::borrow::Cow<'b, [u8]>, String>, String> {
        let over = || format!("more than {INFLATED_BYTES_MAX} bytes inflated");
        if self.inflated == 0 {
            return Err(over());
        }
        let bytes = entry.bytes(max.min(self.inflated));
        let used = bytes.as_ref().map_or(0, |b| b.len() as u64);
        self.inflated = self.inflated.checked_sub(used).ok_or_else(over)?;
        Ok(bytes)
    }

    fn identify(&mut self, name: &str, inside: &str, said: &Said) {
        let inside = inside.strip_suffix("!/").unwrap_or(inside);
        if ARTIFACTS_MAX <= self.found.artifacts.len() {
            if self.found.artifacts.len() == ARTIFACTS_MAX {
                self.problem(inside, format!("more than {ARTIFACTS_MAX} libraries"));
            }
            return;
        }
        let license = said.manifest.get("Bundle-License").unwrap_or_default().to_owned();
        let mut named = false;
        let mut own = false;
        for pom in &said.poms {
            let (Some(group), Some(artifact)) = (pom.get("groupId"), pom.get("artifactId")) else { continue };
            named = true;
            own |= name.starts_with(artifact) || said.poms.len() == 1;
            self.found.artifacts.push(Artifact {
                inside: inside.to_owned(),
                group: group.to_owned(),
                artifact: artifact.to_owned(),
                version: pom.get("version").unwrap_or_default().to_owned(),
                license: if said.poms.len() == 1 { license.clone() } else { String::new() },
                evidence: Evidence::PomProperties,
            });
        }
        // An archive that only carries others (a war, an ear) is an application, no library of its own; one that has
        // swallowed others whole may have lost its own metadata among theirs.
        if own || (said.nested && !said.classes) {
            return;
        }
        let artifact = name::identify(name, inside, &said.manifest, license);
        self.found.artifacts.extend(artifact.filter(|a| !named || a.evidence == Evidence::FileName));
    }
}

fn join(inside: &str, path: &str) -> String {
    format!("{inside}{path}")
}
