//! Java archives: what lies in a jar, war or ear, and in those inside.

use binary::java::{Archive, Artifact, Evidence};
use inventory::Harvest;
use model::purl::Purl;
use model::{Package, PackageType};

use crate::software::{purl, unread};

/// Adds the libraries of the archive at `path`.
pub(crate) fn take(archive: &Archive, path: &str, harvest: &mut Harvest) {
    for (inside, reason) in &archive.problems {
        harvest.problems.push(unread(&place(path, inside), reason.clone()));
    }
    for artifact in &archive.artifacts {
        harvest.packages.push(convert(artifact, place(path, &artifact.inside)));
    }
}

fn place(path: &str, inside: &str) -> String {
    if inside.is_empty() { path.to_owned() } else { format!("{path}!/{inside}") }
}

fn convert(artifact: &Artifact, place: String) -> Package {
    let name = match artifact.group.as_str() {
        "" => artifact.artifact.clone(),
        group => format!("{group}:{}", artifact.artifact),
    };
    let mut package = Package::new(PackageType::Maven, name, &artifact.version);
    let builder = Purl::builder("maven", &artifact.artifact).namespace(&artifact.group);
    package.purl = purl(builder.version(&artifact.version));
    if !artifact.license.is_empty() {
        package.licenses = vec![artifact.license.clone()];
    }
    package.paths = vec![place];
    package.found_by = match artifact.evidence {
        Evidence::PomProperties => "pom.properties",
        Evidence::Manifest => "jar manifest",
        Evidence::FileName => "jar file name",
    }
    .to_owned();
    package
}
