//! What stands beside images and is none: signatures, attestations, bills of materials, charts.
//!
//! Only what no container engine would run is passed by. A manifest's or descriptor's `artifactType` alone says nothing:
//! engines do not look at it, so an image that carries one is an image.

use oci::spec::{Descriptor, Manifest, Platform};

/// The end of what any of them is called in the ledger.
pub(crate) const NO_IMAGE: &str = ", not an image";

/// What an attestation is called there.
pub(crate) const ATTESTATION: &str = "an attestation, not an image";

/// What any other artifact is called there.
pub(crate) const ARTIFACT: &str = "an artifact, not an image";

/// Types of configurations that engines take for those of images: OCI's, Docker's, and what old registries and builders
/// wrote instead (moby `distribution/registry.go`, `defaultImageTypes`).
const CONFIGS: [&str; 6] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
    "application/json",
    "text/html",
    "",
];

/// Beginnings of the types of layers that are attached to images under a configuration that looks like an image's
/// (cosign), and what that makes of the whole.
const ATTACHED: [(&str, &str); 8] = [
    ("application/vnd.in-toto", ATTESTATION),
    ("application/vnd.dsse.envelope.", ATTESTATION),
    ("application/vnd.dev.cosign.", "a signature, not an image"),
    ("application/vnd.dev.sigstore.bundle", "a signature, not an image"),
    ("text/spdx", SBOM),
    ("application/spdx", SBOM),
    ("application/vnd.cyclonedx", SBOM),
    ("application/vnd.syft", SBOM),
];

const SBOM: &str = "a bill of materials, not an image";

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// True for what BuildKit attaches to an image in its index: offered for no platform, so that no engine takes it.
pub(crate) fn is_attestation(descriptor: &Descriptor) -> bool {
    let kind = descriptor.annotations.get("vnd.docker.reference.type");
    kind.is_some_and(|t| t == "attestation-manifest") && descriptor.platform.as_ref().is_some_and(is_unknown)
}

/// True for a platform that says nothing.
pub(crate) fn is_unknown(platform: &Platform) -> bool {
    platform.os == "unknown" && platform.architecture == "unknown"
}

/// What a manifest is if it is no image's.
pub(crate) fn artifact(manifest: &Manifest) -> Option<&'static str> {
    let layers = &manifest.layers;
    let attached = ATTACHED
        .iter()
        .find(|(begin, _)| !layers.is_empty() && layers.iter().all(|l| l.media_type.starts_with(begin)));
    if let Some((_, what)) = attached {
        return Some(what);
    }
    let config = &manifest.config;
    if CONFIGS.contains(&config.media_type.as_str()) {
        let nothing = config.digest.is_empty() && layers.is_empty();
        return (nothing && !manifest.artifact_type.is_empty()).then_some(ARTIFACT);
    }
    // podman runs any configuration of a manifest of Docker's kind, and none of this one that is not an image's
    // (containers/image `manifest/oci.go`).
    let refused = manifest.media_type == OCI_MANIFEST || !layers.iter().any(is_layer);
    refused.then_some(ARTIFACT)
}

/// True for the types of an image's layers.
fn is_layer(layer: &Descriptor) -> bool {
    let kind = layer.media_type.as_str();
    kind.is_empty()
        || kind.starts_with("application/vnd.oci.image.")
        || kind.starts_with("application/vnd.docker.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(kind: &str, config: &str, layers: &[&str], artifact_type: &str) -> Manifest {
        let descriptor = |kind: &str| Descriptor {
            media_type: kind.to_owned(),
            digest: "sha256:0".to_owned(),
            ..Descriptor::default()
        };
        Manifest {
            media_type: kind.to_owned(),
            artifact_type: artifact_type.to_owned(),
            config: descriptor(config),
            layers: layers.iter().map(|l| descriptor(l)).collect(),
            subject: None,
        }
    }

    #[test]
    fn what_no_engine_runs_is_no_image() {
        let image = "application/vnd.oci.image.config.v1+json";
        let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
        for (kind, config, layers, what) in [
            (
                OCI_MANIFEST,
                "application/vnd.cncf.helm.config.v1+json",
                "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                ARTIFACT,
            ),
            (
                "",
                "application/vnd.cncf.helm.config.v1+json",
                "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                ARTIFACT,
            ),
            (OCI_MANIFEST, "application/vnd.oci.empty.v1+json", tar, ARTIFACT),
            (OCI_MANIFEST, image, "application/vnd.dsse.envelope.v1+json", ATTESTATION),
            (
                OCI_MANIFEST,
                image,
                "application/vnd.dev.cosign.simplesigning.v1+json",
                "a signature, not an image",
            ),
            (OCI_MANIFEST, image, "text/spdx+json", SBOM),
        ] {
            assert_eq!(artifact(&manifest(kind, config, &[layers], "")), Some(what), "{config} {layers}");
        }
        let old = Manifest { artifact_type: "application/x".to_owned(), ..Manifest::default() };
        assert_eq!(artifact(&old), Some(ARTIFACT));
    }

    #[test]
    fn no_word_of_its_own_hides_an_image() {
        let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
        for (kind, config, layers) in [
            (OCI_MANIFEST, "application/vnd.oci.image.config.v1+json", vec![tar]),
            (OCI_MANIFEST, "application/vnd.oci.image.config.v1+json", vec![tar, "text/spdx+json"]),
            (OCI_MANIFEST, "application/vnd.oci.image.config.v1+json", vec!["foo/bar"]),
            (OCI_MANIFEST, "application/octet-stream", vec![tar]),
            ("application/vnd.docker.distribution.manifest.v2+json", "application/x", vec![tar]),
            ("", "application/x", vec![tar]),
        ] {
            assert_eq!(
                artifact(&manifest(kind, config, &layers, "application/x")),
                None,
                "{config} {layers:?}"
            );
        }
    }
}
