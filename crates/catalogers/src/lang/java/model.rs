//! The project model of one `pom.xml`, as written.

use std::collections::BTreeMap;

use crate::lang::text::Broken;
use crate::lang::xml::{self, Element};

/// A dependency as written; empty texts are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) scope: String,
    pub(super) kind: String,
    pub(super) classifier: String,
    pub(super) optional: bool,
}

/// A parent as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    /// `relativePath`; `None` where it is not written, empty where it is switched off.
    pub(super) relative: Option<String>,
}

/// One `pom.xml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pom {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) parent: Option<Parent>,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) managed: Vec<Dependency>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) licenses: Vec<String>,
}

/// Reads a `pom.xml`; profiles that are active by default are part of it.
pub(super) fn read(bytes: &[u8]) -> Result<Pom, Broken> {
    let root = xml::read(bytes)?;
    if root.name != "project" {
        return Err(Broken::new(format!("the root element is `{}`, not `project`", root.name)));
    }
    let mut pom = Pom {
        group: text(&root, "groupId"),
        artifact: text(&root, "artifactId"),
        version: text(&root, "version"),
        parent: root.child("parent").map(|p| Parent {
            group: text(p, "groupId"),
            artifact: text(p, "artifactId"),
            version: text(p, "version"),
            relative: p.child("relativePath").map(|r| r.text.trim().to_owned()),
        }),
        licenses: root
            .items("licenses", "license")
            .map(|l| text(l, "name"))
            .filter(|n| !n.is_empty())
            .collect(),
        ..Pom::default()
    };
    add(&mut pom, &root);
    for profile in root.items("profiles", "profile") {
        let active = profile.child("activation").and_then(|a| a.value("activeByDefault"));
        if active == Some("true") {
            add(&mut pom, profile);
        }
    }
    Ok(pom)
}

fn add(pom: &mut Pom, holder: &Element) {
    for property in holder.child("properties").into_iter().flat_map(|p| &p.children) {
        pom.properties.insert(property.name.clone(), property.text.trim().to_owned());
    }
    pom.dependencies.extend(holder.items("dependencies", "dependency").map(dependency));
    if let Some(management) = holder.child("dependencyManagement") {
        pom.managed.extend(management.items("dependencies", "dependency").map(dependency));
    }
}

fn dependency(element: &Element) -> Dependency {
    Dependency {
        group: text(element, "groupId"),
        artifact: text(element, "artifactId"),
        version: text(element, "version"),
        scope: text(element, "scope"),
        kind: text(element, "type"),
        classifier: text(element, "classifier"),
        optional: element.value("optional") == Some("true"),
    }
}

fn text(element: &Element, name: &str) -> String {
    element.value(name).unwrap_or_default().to_owned()
}
