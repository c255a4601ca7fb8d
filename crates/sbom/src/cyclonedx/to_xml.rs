//! Writing CycloneDX XML: the same tree as the JSON, in the order that the schema wants.

use super::write::{Bom, Component, Dependency, License, LicenseChoice, Tools};
use crate::xml::Writer;

/// The document as XML.
pub(super) fn text(bom: &Bom) -> String {
    let namespace = format!("http://cyclonedx.org/schema/bom/{}", bom.spec_version);
    let version = bom.version.to_string();
    let attributes =
        [("xmlns", namespace.as_str()), ("serialNumber", &bom.serial_number), ("version", &version)];
    let mut writer = Writer::new();
    writer.around("bom", &attributes, |w| {
        w.around("metadata", &[], |w| {
            w.text("timestamp", &[], &bom.metadata.timestamp);
            tools(w, &bom.metadata.tools);
            component(w, &bom.metadata.component);
        });
        w.around("components", &[], |w| bom.components.iter().for_each(|c| component(w, c)));
        w.around("dependencies", &[], |w| bom.dependencies.iter().for_each(|d| dependency(w, d)));
    });
    writer.finish()
}

fn tools(w: &mut Writer, tools: &Tools) {
    w.around("tools", &[], |w| match tools {
        Tools::Components { components } => {
            w.around("components", &[], |w| components.iter().for_each(|c| component(w, c)));
        }
        Tools::List(list) => {
            for tool in list {
                w.around("tool", &[], |w| {
                    w.some("name", &tool.name);
                    w.some("version", &tool.version);
                });
            }
        }
    });
}

fn component(w: &mut Writer, c: &Component) {
    w.around("component", &[("type", c.kind), ("bom-ref", &c.bom_ref)], |w| {
        w.some("group", &c.group);
        w.text("name", &[], &c.name);
        if let Some(version) = &c.version {
            w.text("version", &[], version);
        }
        if !c.licenses.is_empty() {
            w.around("licenses", &[], |w| c.licenses.iter().for_each(|l| license(w, l)));
        }
        w.some("purl", &c.purl);
        if !c.properties.is_empty() {
            w.around("properties", &[], |w| {
                c.properties.iter().for_each(|p| w.text("property", &[("name", p.name)], &p.value));
            });
        }
        if let Some(evidence) = &c.evidence {
            w.around("evidence", &[], |w| {
                w.around("occurrences", &[], |w| {
                    for occurrence in &evidence.occurrences {
                        w.around("occurrence", &[], |w| w.text("location", &[], &occurrence.location));
                    }
                });
            });
        }
    });
}

fn license(w: &mut Writer, choice: &LicenseChoice) {
    match choice {
        LicenseChoice::Expression { expression } => w.text("expression", &[], expression),
        LicenseChoice::License { license } => w.around("license", &[], |w| match license {
            License::Id(id) => w.text("id", &[], id),
            License::Name(name) => w.text("name", &[], name),
        }),
    }
}

fn dependency(w: &mut Writer, d: &Dependency) {
    if d.depends_on.is_empty() {
        return w.empty("dependency", &[("ref", &d.r#ref)]);
    }
    w.around("dependency", &[("ref", &d.r#ref)], |w| {
        d.depends_on.iter().for_each(|to| w.empty("dependency", &[("ref", to)]));
    });
}
