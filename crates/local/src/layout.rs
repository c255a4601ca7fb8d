//! OCI image layouts (image-spec, `image-layout.md`).

use std::collections::BTreeSet;

use model::Digest;
use oci::spec::{
    CONFIG_BYTES_MAX, Descriptor, Document, INDEX_DEPTH_MAX, Index, LAYERS_MAX, MANIFEST_BYTES_MAX,
    MANIFESTS_MAX, Manifest, read_document,
};
use ports::source::SourceError;

use crate::blobs::{BlobError, Store};
use crate::doubts::Account;
use crate::plan::{ImagePlan, LayerPlan};

const AGAIN: &str = "build or pull the image again";

/// Which images of a layout are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Choice<'c> {
    /// `TAG` or `@DIGEST`.
    pub(crate) reference: Option<&'c str>,
    /// `linux/arm64`.
    pub(crate) platform: Option<&'c str>,
}

/// The images of a layout, and what was passed by.
pub(crate) fn plan(
    store: &Store,
    choice: Choice<'_>,
    name: &str,
) -> Result<(Vec<ImagePlan>, Account), SourceError> {
    let unreadable =
        |e: &dyn std::fmt::Display| SourceError::Unreadable(format!("`{name}`: `index.json`: {e}"));
    let bytes = store.small("index.json", MANIFEST_BYTES_MAX).map_err(|e| unreadable(&e))?;
    let index = match read_document(&bytes) {
        Ok(Document::Index(index)) => index,
        Ok(Document::Manifest(_)) => return Err(unreadable(&"an image manifest instead of an index")),
        Err(e) => return Err(unreadable(&e)),
    };
    let chosen = choose(&index, choice.reference, name)?;
    let mut found = Found { store, platform: choice.platform, ..Found::new(store) };
    for descriptor in chosen {
        found.descriptor(descriptor, None, 0);
    }
    let Found { plans, account, platforms, .. } = found;
    if plans.is_empty() && account.is_whole() {
        return Err(SourceError::Usage(match choice.platform {
            Some(p) => format!("`{name}` has no image for `{p}`; it has {}", list(&platforms)),
            None => format!("`{name}` holds no image"),
        }));
    }
    Ok((plans, account))
}

/// The descriptors that a tag or digest names; all of them without one.
fn choose<'i>(
    index: &'i Index,
    reference: Option<&str>,
    name: &str,
) -> Result<Vec<&'i Descriptor>, SourceError> {
    let Some(reference) = reference else {
        return Ok(index.manifests.iter().collect());
    };
    let chosen: Vec<_> = match reference.strip_prefix('@') {
        Some(digest) => index.manifests.iter().filter(|d| d.digest == digest).collect(),
        None => index.manifests.iter().filter(|d| tags(d).any(|t| names(t, reference))).collect(),
    };
    if chosen.is_empty() {
        let known: BTreeSet<String> = index.manifests.iter().flat_map(tags).map(str::to_owned).collect();
        return Err(SourceError::Usage(format!("`{name}` has no `{reference}`; it has {}", list(&known))));
    }
    Ok(chosen)
}

/// What a descriptor is called: by the specification, and by containerd and Docker.
fn tags(descriptor: &Descriptor) -> impl Iterator<Item = &str> {
    ["org.opencontainers.image.ref.name", "io.containerd.image.name"]
        .into_iter()
        .filter_map(|key| descriptor.annotations.get(key).map(String::as_str))
}

/// True if the annotation `tag` (`1.2`, `registry/shop:1.2`) is called `reference`.
fn names(tag: &str, reference: &str) -> bool {
    tag == reference
        || tag.strip_suffix(reference).is_some_and(|rest| rest.ends_with(':') || rest.ends_with('/'))
}

fn list(names: &BTreeSet<String>) -> String {
    match names.len() {
        0 => "nothing that has a name".to_owned(),
        _ => names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "),
    }
}

struct Found<'f> {
    store: &'f Store,
    platform: Option<&'f str>,
    plans: Vec<ImagePlan>,
    account: Account,
    platforms: BTreeSet<String>,
    seen: BTreeSet<String>,
    manifests: usize,
}

impl<'f> Found<'f> {
    fn new(store: &'f Store) -> Self {
        Self {
            store,
            platform: None,
            plans: Vec::new(),
            account: Account::default(),
            platforms: BTreeSet::new(),
            seen: BTreeSet::new(),
            manifests: 0,
        }
    }

    /// Takes a manifest or goes into an index; `parent` is the descriptor of the index it stands in.
    fn descriptor(&mut self, descriptor: &Descriptor, parent: Option<&Descriptor>, depth: usize) {
        if !self.seen.insert(descriptor.digest.clone()) {
            return;
        }
        self.manifests += 1;
        if MANIFESTS_MAX < self.manifests {
            if self.manifests == MANIFESTS_MAX + 1 {
                self.account.skip("index.json", "MANIFESTS_MAX", MANIFESTS_MAX as u64, true);
            }
            return;
        }
        if let Some(what) = aside(descriptor) {
            self.account.note(&descriptor.digest, what);
            return;
        }
        if let Some(platform) = &descriptor.platform {
            self.platforms.extend(platform.text());
            if self.platform.is_some_and(|wanted| !platform.fits(wanted)) {
                return;
            }
        }
        let place = format!("manifest {}", descriptor.digest);
        let (bytes, digest) = match self.blob(descriptor, MANIFEST_BYTES_MAX) {
            Ok(found) => found,
            // `docker save` writes the index of every platform and the content of one.
            Err(BlobError::Missing)
                if parent.is_some() && descriptor.platform.is_some() && self.platform.is_none() =>
            {
                self.account.note(&place, "the index names it, the layout does not hold it");
                return;
            }
            Err(e) => return self.broken(descriptor, parent, &place, &e.to_string()),
        };
        match read_document(&bytes) {
            Ok(Document::Index(_)) if INDEX_DEPTH_MAX <= depth => {
                self.account.skip(&place, "INDEX_DEPTH_MAX", INDEX_DEPTH_MAX as u64, true);
            }
            Ok(Document::Index(index)) => {
                for inner in &index.manifests {
                    self.descriptor(inner, Some(parent.unwrap_or(descriptor)), depth + 1);
                }
            }
            Ok(Document::Manifest(manifest)) => {
                let mut plan = self.named(descriptor, parent, digest);
                check(&bytes, descriptor, &place, &mut plan.account);
                self.manifest(&manifest, plan, &place);
            }
            Err(e) => self.broken(descriptor, parent, &place, &e),
        }
    }

    fn named(
        &self,
        descriptor: &Descriptor,
        parent: Option<&Descriptor>,
        digest: Option<Digest>,
    ) -> ImagePlan {
        let tag = tags(descriptor).next().or_else(|| parent.and_then(|p| tags(p).next()));
        let platform = descriptor.platform.as_ref().and_then(oci::spec::Platform::text);
        let suffix = match (tag, &platform, parent) {
            (Some(tag), Some(p), Some(_)) => format!(":{tag} {p}"),
            (Some(tag), _, _) => format!(":{tag}"),
            (None, _, _) => format!("@{}", descriptor.digest),
        };
        ImagePlan { suffix, digest, platform, ..ImagePlan::default() }
    }

    /// An image of which the manifest cannot be read is a target nonetheless.
    fn broken(&mut self, descriptor: &Descriptor, parent: Option<&Descriptor>, place: &str, reason: &str) {
        let mut plan = self.named(descriptor, parent, descriptor.digest.parse().ok());
        plan.account.doubt(place, reason, AGAIN);
        self.plans.push(plan);
    }

    fn manifest(&mut self, manifest: &Manifest, mut plan: ImagePlan, place: &str) {
        if let Some(what) = artifact(manifest) {
            self.account.note(place, what);
            return;
        }
        plan.can_have_healthcheck = manifest.config.media_type.starts_with("application/vnd.docker.");
        if LAYERS_MAX < manifest.layers.len() {
            plan.account.skip(place, "LAYERS_MAX", LAYERS_MAX as u64, true);
        }
        plan.layers = manifest.layers.iter().take(LAYERS_MAX).map(|l| layer(l, &mut plan.account)).collect();
        let place = format!("configuration {}", manifest.config.digest);
        match self.blob(&manifest.config, CONFIG_BYTES_MAX) {
            Ok((bytes, _)) => {
                check(&bytes, &manifest.config, &place, &mut plan.account);
                plan.configure(&bytes, &place);
            }
            Err(e) => plan.account.doubt(&place, &e.to_string(), AGAIN),
        }
        self.platforms.extend(plan.platform.clone());
        if plan.fits(self.platform) {
            self.plans.push(plan);
        }
    }

    fn blob(&self, descriptor: &Descriptor, max: u64) -> Result<(Vec<u8>, Option<Digest>), BlobError> {
        let digest: Digest = descriptor.digest.parse().map_err(|e| BlobError::Read(format!("{e}")))?;
        Ok((self.store.small(&part(&digest), max)?, Some(digest)))
    }
}

/// The part of a layout that holds content with this digest.
fn part(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// Names a document whose bytes are not what its descriptor says.
fn check(bytes: &[u8], descriptor: &Descriptor, place: &str, account: &mut Account) {
    let digest = oci::sha256(bytes).to_string();
    if digest != descriptor.digest {
        account.doubt(place, &format!("wrong digest: its bytes have {digest}"), AGAIN);
    }
}

/// What stands beside images in an index.
fn aside(descriptor: &Descriptor) -> Option<&'static str> {
    let kind = descriptor.annotations.get("vnd.docker.reference.type").map(String::as_str);
    let unknown =
        descriptor.platform.as_ref().is_some_and(|p| p.os == "unknown" && p.architecture == "unknown");
    if kind == Some("attestation-manifest") || unknown {
        return Some("an attestation, not an image");
    }
    (!descriptor.artifact_type.is_empty()).then_some("an artifact, not an image")
}

fn artifact(manifest: &Manifest) -> Option<&'static str> {
    let in_toto = !manifest.layers.is_empty()
        && manifest.layers.iter().all(|l| l.media_type == "application/vnd.in-toto+json");
    if in_toto {
        return Some("an attestation, not an image");
    }
    let image =
        ["", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
    let config = manifest.config.media_type.as_str();
    let layers_are_tars = manifest.layers.iter().any(|l| l.media_type.contains("tar"));
    if !manifest.artifact_type.is_empty() || (!image.contains(&config) && !layers_are_tars) {
        return Some("an artifact, not an image");
    }
    let cosign = |l: &Descriptor| l.media_type.starts_with("application/vnd.dev.cosign.");
    (!manifest.layers.is_empty() && manifest.layers.iter().all(cosign)).then_some("a signature, not an image")
}

fn layer(descriptor: &Descriptor, account: &mut Account) -> LayerPlan {
    let place = format!("layer {}", descriptor.digest);
    let mut plan = LayerPlan { size: u64::try_from(descriptor.size).ok(), ..LayerPlan::default() };
    match descriptor.digest.parse::<Digest>() {
        Ok(digest) => {
            plan.stored = Some(digest);
            plan.part = Some(part(&digest));
        }
        Err(e) => account.doubt(&place, &e.to_string(), AGAIN),
    }
    let kind = descriptor.media_type.as_str();
    if kind.ends_with("+encrypted") {
        account.doubt(
            &place,
            "the layer is encrypted",
            "decrypt the image (skopeo, ctr) and scan the result",
        );
        plan.part = None;
    } else if !kind.is_empty() && !kind.contains("tar") {
        let reason = format!("layers of the media type `{kind}` are not supported");
        account.doubt(&place, &reason, "convert the image to layers of type tar");
        plan.part = None;
    }
    plan
}
