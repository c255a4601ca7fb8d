//! Syft's own JSON: packages alone, so it is read as a bill of materials.
//!
//! Source: `schema/json` of Syft, versions 11 to 16.

use std::collections::BTreeMap;

use model::{Digest, Distribution, DoubtKind, LayerRef};
use serde_json::Value;

use super::build::{Builder, Found};
use super::grype::{language, subject};
use super::unknown_version;
use crate::carry::{Carried, add_path};
use crate::cyclonedx::reference_names;
use crate::json::{list, text, texts};
use crate::{Document, Flaw, Format};

/// Major versions of the schema that are known.
const SCHEMA: std::ops::RangeInclusive<u32> = 11..=16;

pub(crate) fn read(document: &Value) -> Option<(Document, Vec<Flaw>)> {
    let schema = document.get("schema")?;
    let named = document.pointer("/descriptor/name").and_then(Value::as_str) == Some("syft");
    if !named && !text(schema, "url").is_some_and(|u| u.contains("anchore/syft")) {
        return None;
    }
    let version = text(schema, "version").unwrap_or_default();
    let mut flaws = Vec::new();
    let major = version.split('.').next().and_then(|m| m.parse::<u32>().ok());
    if !major.is_some_and(|m| SCHEMA.contains(&m)) {
        unknown_version(&mut flaws, "/schema/version", "Syft", version, "16");
    }
    if document.get("artifacts").and_then(Value::as_array).is_none() {
        let reason = "the file has no list of artifacts".to_owned();
        flaws.push(Flaw { pointer: "/artifacts".to_owned(), reason, kind: DoubtKind::Target });
    }
    let distribution = distribution(document);
    let layers: Vec<Digest> = document
        .pointer("/source/metadata/layers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|l| text(l, "digest")?.parse().ok())
        .collect();
    let mut builder = Builder::new(&mut flaws);
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, artifact) in list(document, "artifacts").iter().enumerate() {
        let index = package(&mut builder, artifact, &layers, format!("/artifacts/{n}"));
        if let (Some(index), Some(id)) = (index, text(artifact, "id")) {
            by_id.insert(id, index);
        }
    }
    let mut packages = builder.packages;
    let names = reference_names(&packages);
    for relation in list(document, "artifactRelationships") {
        let end = |key| text(relation, key).and_then(|id| by_id.get(id)).copied();
        // The parent is what the child depends on.
        if let (Some("dependency-of"), Some(of), Some(user)) =
            (text(relation, "type"), end("parent"), end("child"))
            && let (Some(name), Some(package)) = (names.get(of), packages.get_mut(user))
            && of != user
        {
            package.depends_on.push(name.clone());
        }
    }
    for package in &mut packages {
        package.depends_on.sort();
        package.depends_on.dedup();
        if package.kind.is_distribution() {
            package.distribution = distribution.clone().or(package.distribution.take());
        }
    }
    let document = Document {
        format: Format::SyftJson,
        spec_version: version.to_owned(),
        subject: Some(subject(document)),
        packages,
        distribution,
        claims: Vec::new(),
        tool: None,
    };
    Some((document, flaws))
}

fn distribution(document: &Value) -> Option<Distribution> {
    let distro = document.get("distro")?;
    let own = |key| text(distro, key).map(str::to_owned);
    Some(Distribution {
        id: own("id")?,
        version: own("versionID").unwrap_or_default(),
        codename: own("versionCodename"),
        pretty_name: own("prettyName"),
        id_like: texts(distro, "idLike").map(str::to_owned).collect(),
        end_of_life: None,
    })
}

fn package(builder: &mut Builder<'_>, artifact: &Value, layers: &[Digest], pointer: String) -> Option<usize> {
    let kind = text(artifact, "type").unwrap_or_default();
    let path = list(artifact, "locations").first().and_then(|l| text(l, "path")).unwrap_or_default();
    let index = builder.package(&Found {
        purl: text(artifact, "purl"),
        kind: language(kind),
        namespace: "",
        name: text(artifact, "name").unwrap_or_default(),
        version: text(artifact, "version").unwrap_or_default(),
        path,
        pointer: pointer.clone(),
        found_by: text(artifact, "foundBy").unwrap_or("syft").to_owned(),
    })?;
    let package = builder.packages.get_mut(index)?;
    for location in list(artifact, "locations") {
        add_path(package, text(location, "path").unwrap_or_default());
    }
    let first = list(artifact, "locations").iter().find_map(|l| text(l, "layerID")?.parse::<Digest>().ok());
    if let Some(diff_id) = first {
        let position = layers.iter().position(|l| *l == diff_id).and_then(|n| u32::try_from(n).ok());
        package.layer = position.map(|index| LayerRef { index, diff_id });
    }
    package.licenses = list(artifact, "licenses")
        .iter()
        .filter_map(|l| l.as_str().or_else(|| text(l, "spdxExpression")).or_else(|| text(l, "value")))
        .map(str::to_owned)
        .collect();
    let mut carried = Carried::default();
    let metadata = artifact.get("metadata").and_then(Value::as_object);
    for (key, value) in metadata.into_iter().flatten() {
        if let Some(value) = value.as_str() {
            carried.take(package, &format!("syft:metadata:{key}"), value);
        }
    }
    let broken = carried.settle(package);
    for why in broken {
        builder.flaw(DoubtKind::Target, &pointer, why);
    }
    Some(index)
}
