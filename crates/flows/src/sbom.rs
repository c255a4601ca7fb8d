//! `sbom`: the packages of one target as a bill of materials.

use inventory::TargetKind;
use model::{Doubt, Timestamp};
pub use sbom::CycloneDxVersion;

use crate::read::read;
use crate::rows;
use crate::world::{FlowError, ReadRequest, World};

/// The formats that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SbomFormat {
    /// CycloneDX JSON.
    CycloneDxJson(CycloneDxVersion),
    /// CycloneDX XML.
    CycloneDxXml(CycloneDxVersion),
    /// SPDX 2.3 JSON.
    SpdxJson,
    /// SPDX 2.3 tag-value.
    SpdxTag,
}

/// A bill of materials, and what it cannot vouch for.
#[derive(Debug, Clone)]
pub struct Bill {
    /// Id of the target.
    pub target: String,
    /// The document.
    pub text: String,
    /// What could not be read: the bill may lack packages.
    pub doubts: Vec<Doubt>,
}

/// Writes one bill a target that `written` names.
///
/// # Errors
/// [`FlowError`] if the target makes no sense.
pub fn sbom(
    world: &World<'_>,
    written: &str,
    request: &ReadRequest,
    format: SbomFormat,
    as_of: Timestamp,
) -> Result<Vec<Bill>, FlowError> {
    let reads = read(world, request, &[written.to_owned()])?;
    if reads.iter().any(|r| r.facts.target.kind.is_objects()) {
        return Err(FlowError::Usage(format!(
            "`{written}` holds Kubernetes objects, of which no bill of materials can be written"
        )));
    }
    Ok(reads
        .into_iter()
        .map(|r| {
            let facts = r.facts;
            let ids = rows::package_ids(&facts.packages);
            let links = rows::links(&facts.packages, &ids);
            let edges: Vec<_> =
                links.into_iter().filter(|l| l.kind == "depends-on").map(|l| (l.from, l.to)).collect();
            let packages: Vec<_> = ids.into_iter().zip(&facts.packages).collect();
            let input = sbom::Input {
                name: &facts.target.name,
                kind: match facts.target.kind {
                    TargetKind::Oci | TargetKind::DockerArchive | TargetKind::Registry => {
                        sbom::SubjectKind::Container
                    }
                    TargetKind::Rootfs => sbom::SubjectKind::OperatingSystem,
                    TargetKind::Dir
                    | TargetKind::Sbom
                    | TargetKind::Results
                    | TargetKind::Manifests
                    | TargetKind::Cluster => sbom::SubjectKind::Application,
                },
                digest: facts.target.digest,
                distribution: facts.target.distribution.as_ref(),
                packages: &packages,
                dependencies: &edges,
                as_of,
                tool_version: world.version,
            };
            let text = match format {
                SbomFormat::CycloneDxJson(version) => sbom::write_cyclonedx(&input, version),
                SbomFormat::CycloneDxXml(version) => sbom::write_cyclonedx_xml(&input, version),
                SbomFormat::SpdxJson => sbom::write_spdx(&input),
                SbomFormat::SpdxTag => sbom::write_spdx_tag(&input),
            };
            Bill { target: facts.target.id, text, doubts: facts.doubts }
        })
        .collect())
}
