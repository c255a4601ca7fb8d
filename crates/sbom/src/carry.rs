//! What the formats have no field for and travels as properties: Plimsoll's own (`plimsoll:*`), and what Syft
//! (`syft:*`) and Trivy (`aquasecurity:trivy:*`) put there.

use model::{Digest, Distribution, LayerRef, Package, PackageType, SourcePackage};

use crate::identity::source_rpm;

/// The name of the vendor part of Trivy's properties.
const TRIVY: &str = "aquasecurity:trivy:";

/// The properties of a package, in an order that does not change. Paths are left to the formats' own places.
pub(crate) fn properties(package: &Package) -> Vec<(&'static str, String)> {
    let mut out = vec![("plimsoll:found-by", package.found_by.clone())];
    let mut add = |key: &'static str, value: Option<String>| {
        if let Some(value) = value {
            out.push((key, value));
        }
    };
    add("plimsoll:architecture", package.architecture.clone());
    add("plimsoll:source:name", package.source.as_ref().map(|s| s.name.clone()));
    add("plimsoll:source:version", package.source.as_ref().map(|s| s.version.clone()));
    add("plimsoll:layer:index", package.layer.as_ref().map(|l| l.index.to_string()));
    add("plimsoll:layer:diff-id", package.layer.as_ref().map(|l| l.diff_id.to_string()));
    add("plimsoll:instruction", package.instruction.clone());
    add("plimsoll:direct", package.direct.map(|d| d.to_string()));
    add("plimsoll:dev", package.dev.then(|| "true".to_owned()));
    add("plimsoll:module", package.module.clone());
    add("plimsoll:owner", package.owner.clone());
    if 1 < package.licenses.len() {
        // Both formats want one expression where several hold; the list is kept beside it.
        out.extend(package.licenses.iter().map(|l| ("plimsoll:license", l.clone())));
    }
    out.retain(|(_, value)| !value.is_empty());
    out
}

/// The properties of a distribution.
pub(crate) fn distribution_properties(distribution: &Distribution) -> Vec<(&'static str, String)> {
    let mut out = vec![("plimsoll:distribution:id", distribution.id.clone())];
    let mut add = |key: &'static str, value: &Option<String>| {
        if let Some(value) = value {
            out.push((key, value.clone()));
        }
    };
    add("plimsoll:distribution:codename", &distribution.codename);
    add("plimsoll:distribution:pretty-name", &distribution.pretty_name);
    add("plimsoll:distribution:end-of-life", &distribution.end_of_life);
    out.extend(distribution.id_like.iter().map(|id| ("plimsoll:distribution:id-like", id.clone())));
    out
}

/// Takes a property of a distribution.
pub(crate) fn apply_distribution(to: &mut Distribution, key: &str, value: &str) {
    let text = || Some(value.to_owned());
    match key {
        "plimsoll:distribution:id" | "syft:distro:id" => value.clone_into(&mut to.id),
        "syft:distro:versionID" => value.clone_into(&mut to.version),
        "plimsoll:distribution:codename" | "syft:distro:versionCodename" => to.codename = text(),
        "plimsoll:distribution:pretty-name" | "syft:distro:prettyName" => to.pretty_name = text(),
        "plimsoll:distribution:end-of-life" => to.end_of_life = text(),
        "plimsoll:distribution:id-like" => to.id_like.push(value.to_owned()),
        key if key.starts_with("syft:distro:idLike:") => to.id_like.push(value.to_owned()),
        _ => {}
    }
}

/// A layer that properties name, and its place in the image if they say it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    index: Option<u32>,
    diff_id: Digest,
}

impl Placed {
    /// The layer in an image of these, base first. One whose place is not known is not put at a wrong one.
    pub(crate) fn among(self, layers: &[Digest]) -> Option<LayerRef> {
        let position = || layers.iter().position(|l| *l == self.diff_id).and_then(|n| u32::try_from(n).ok());
        let index = self.index.or_else(position)?;
        Some(LayerRef { index, diff_id: self.diff_id })
    }
}

/// Properties of one package, gathered before they are applied: some mean something only together.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    layer_index: Option<u32>,
    diff_id: Option<Digest>,
    source_name: Option<String>,
    source_version: Option<String>,
    source_release: Option<String>,
    source_epoch: Option<String>,
    source_rpm: Option<String>,
    module: Option<String>,
    licenses: Vec<String>,
    /// True once one of Plimsoll's own properties was met: what it leaves out is not known, rather than not said.
    pub(crate) own: bool,
    /// Why a value could not be taken.
    broken: Vec<String>,
}

impl Carried {
    /// Takes one property; true if it is known.
    pub(crate) fn take(&mut self, package: &mut Package, key: &str, value: &str) -> bool {
        if value.is_empty() {
            return false;
        }
        if let Some(key) = key.strip_prefix("plimsoll:") {
            self.own = true;
            return self.take_own(package, key, value);
        }
        if let Some(key) = key.strip_prefix("syft:") {
            return self.take_syft(package, key, value);
        }
        match key.strip_prefix(TRIVY) {
            Some(key) => self.take_trivy(package, key, value),
            None => false,
        }
    }

    fn take_own(&mut self, package: &mut Package, key: &str, value: &str) -> bool {
        let text = || Some(value.to_owned());
        match key {
            "found-by" => value.clone_into(&mut package.found_by),
            "architecture" => package.architecture = text(),
            "source:name" => self.source_name = text(),
            "source:version" => self.source_version = text(),
            "layer:index" => match value.parse() {
                Ok(index) => self.layer_index = Some(index),
                Err(_) => self.broken.push(format!("layer index `{value}` is no number")),
            },
            "layer:diff-id" => self.take_diff_id(value),
            "instruction" => package.instruction = text(),
            "direct" => package.direct = Some(value == "true"),
            "dev" => package.dev = value == "true",
            "module" => self.module = text(),
            "owner" => package.owner = text(),
            "path" => add_path(package, value),
            "license" => self.licenses.push(value.to_owned()),
            _ => return false,
        }
        true
    }

    fn take_syft(&mut self, package: &mut Package, key: &str, value: &str) -> bool {
        match key {
            "package:foundBy" => value.clone_into(&mut package.found_by),
            "metadata:source" | "metadata:originPackage" => self.source_name = Some(value.to_owned()),
            "metadata:sourceVersion" => self.source_version = Some(value.to_owned()),
            "metadata:sourceRpm" => self.source_rpm = Some(value.to_owned()),
            "metadata:modularityLabel" => self.module = Some(value.to_owned()),
            "metadata:architecture" if package.architecture.is_none() => {
                package.architecture = Some(value.to_owned());
            }
            key if key.starts_with("location:") && key.ends_with(":path") => add_path(package, value),
            key if key.starts_with("location:") && key.ends_with(":layerID") && self.diff_id.is_none() => {
                self.take_diff_id(value);
            }
            _ => return false,
        }
        true
    }

    fn take_trivy(&mut self, package: &mut Package, key: &str, value: &str) -> bool {
        match key {
            "PkgType" => package.found_by = format!("trivy {value}"),
            "SrcName" => self.source_name = Some(value.to_owned()),
            "SrcVersion" => self.source_version = Some(value.to_owned()),
            "SrcRelease" => self.source_release = Some(value.to_owned()),
            "SrcEpoch" => self.source_epoch = Some(value.to_owned()),
            "LayerDiffID" => self.take_diff_id(value),
            "FilePath" => add_path(package, value),
            "Modularitylabel" => self.module = Some(value.to_owned()),
            _ => return false,
        }
        true
    }

    fn take_diff_id(&mut self, value: &str) {
        match value.parse() {
            Ok(digest) => self.diff_id = Some(digest),
            Err(e) => self.broken.push(format!("layer: {e}")),
        }
    }

    /// The layer, if the properties name one.
    pub(crate) fn placed(&self) -> Option<Placed> {
        self.diff_id.map(|diff_id| Placed { index: self.layer_index, diff_id })
    }

    /// Puts what came together into `package`, all but the layer.
    pub(crate) fn settle(self, package: &mut Package) -> Vec<String> {
        if !self.licenses.is_empty() {
            package.licenses = self.licenses;
        }
        if let Some(module) = self.module {
            // `nodejs:18:8090020240301:rhel9`: name and stream are what advisories speak of.
            let parts: Vec<&str> = module.split(':').take(2).collect();
            package.module = Some(parts.join(":"));
        }
        if package.kind == PackageType::Rpm && package.source.is_none() {
            package.source = self.source_rpm.as_deref().and_then(source_rpm);
        }
        if let Some(name) = self.source_name {
            let version = match self.source_version {
                None => package.version.clone(),
                Some(version) => {
                    let epoch =
                        self.source_epoch.filter(|e| e != "0").map_or(String::new(), |e| format!("{e}:"));
                    let release = self.source_release.map_or(String::new(), |r| format!("-{r}"));
                    format!("{epoch}{version}{release}")
                }
            };
            package.source = Some(SourcePackage { name, version });
        }
        self.broken
    }
}

/// Adds a path, relative to the root.
pub(crate) fn add_path(package: &mut Package, path: &str) {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    if !path.is_empty() && !package.paths.iter().any(|p| p == path) {
        package.paths.push(path.to_owned());
    }
}
