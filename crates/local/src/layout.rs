//! OCI image layouts (image-spec, `image-layout.md`).

use std::collections::{BTreeMap, BTreeSet};

use model::Digest;
use oci::LAYER_BYTES_MAX;
use oci::spec::{
    CONFIG_BYTES_MAX, Descriptor, Document, INDEX_DEPTH_MAX, Index, LAYERS_MAX, MANIFEST_BYTES_MAX,
    MANIFESTS_MAX, Manifest, Platform, check_layout, read_document,
};
use ports::source::SourceError;

use crate::aside;
use crate::blobs::{BlobError, Store};
use crate::doubts::Account;
use crate::plan::{AGAIN, ImagePlan, LayerPlan};

/// Which images of a layout are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Choice<'c> {
    /// `TAG` or `@DIGEST`.
    pub(crate) reference: Option<&'c str>,
    /// `linux/arm64`.
    pub(crate) platform: Option<&'c str>,
}

/// What says of a folder that it is a layout.
const MARKER: &str = "oci-layout";

/// The images of a layout, and what was passed by.
pub(crate) fn plan(
    store: &Store,
    choice: Choice<'_>,
    name: &str,
) -> Result<(Vec<ImagePlan>, Account), SourceError> {
    let unreadable = |e: &dyn std::fmt::Display| unreadable(store, name, "index.json", e);
    let bytes = store.small("index.json", MANIFEST_BYTES_MAX).map_err(|e| unreadable(&e))?;
    let index = match read_document(&bytes) {
        Ok(Document::Index(index)) => index,
        Ok(Document::Manifest(_)) => return Err(unreadable(&"an image manifest instead of an index")),
        Err(e) => return Err(unreadable(&e)),
    };
    let (plans, mut account) = plan_index(store, &index, choice, name)?;
    match store.small(MARKER, MANIFEST_BYTES_MAX) {
        // Without a marker it is a layout by its content.
        Err(BlobError::Missing) => {}
        Ok(bytes) => {
            if let Err(e) = check_layout(&bytes) {
                account.doubt(MARKER, &e, "write the layout as image-spec 1.0 or 1.1 says");
            }
        }
        Err(e) => account.doubt(MARKER, &e.to_string(), AGAIN),
    }
    Ok((plans, account))
}

/// The images of an index whose content lies in a store.
pub(crate) fn plan_index(
    store: &Store,
    index: &Index,
    choice: Choice<'_>,
    name: &str,
) -> Result<(Vec<ImagePlan>, Account), SourceError> {
    let chosen = choose(index, choice.reference, name)?;
    let mut found = Found { store, platform: choice.platform, ..Found::new(store) };
    for descriptor in chosen {
        let tag = tags(descriptor).next();
        found.descriptor(descriptor, Parent { top: descriptor, tag, is_index: false }, 0);
    }
    let (plans, account, platforms) = found.close();
    if plans.is_empty() && account.is_whole() {
        return Err(SourceError::Usage(match choice.platform {
            Some(p) => format!("`{name}` has no image for `{p}`; it has {}", list(&platforms)),
            None => nothing(name, &account),
        }));
    }
    Ok((plans, account))
}

/// What is said of an index without images: what it has instead.
fn nothing(name: &str, account: &Account) -> String {
    let instead = account.ledger.unread.iter().filter_map(|u| u.reason.strip_suffix(aside::NO_IMAGE));
    let instead: BTreeSet<&str> = instead.collect();
    match instead.is_empty() {
        true => format!("`{name}` holds no image"),
        false => {
            format!("`{name}` holds no image, but {}", instead.into_iter().collect::<Vec<_>>().join(" and "))
        }
    }
}

/// An image of which the first document cannot be had; what is wrong with the archive itself explains most.
pub(crate) fn unreadable(store: &Store, name: &str, part: &str, e: &dyn std::fmt::Display) -> SourceError {
    let flaw = store.flaw().map_or_else(String::new, |flaw| format!("; {flaw}"));
    SourceError::Unreadable(format!("`{name}`: `{part}`: {e}{flaw}"))
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

/// What stands above a descriptor.
#[derive(Clone, Copy)]
struct Parent<'p> {
    /// What stands in `index.json` itself.
    top: &'p Descriptor,
    /// The tag in `index.json`.
    tag: Option<&'p str>,
    /// The descriptor stands in an index of the layout, not in `index.json` itself.
    is_index: bool,
}

/// An image that was found, and what it is called.
struct Named {
    digest: String,
    tags: Vec<String>,
    /// The platform, where an index holds several.
    platform: Option<String>,
    plan: ImagePlan,
}

struct Found<'f> {
    store: &'f Store,
    platform: Option<&'f str>,
    images: Vec<Named>,
    account: Account,
    platforms: BTreeSet<String>,
    /// Digests that were looked at, and by which tags.
    seen: BTreeMap<String, BTreeSet<Option<String>>>,
    manifests: usize,
}

impl<'f> Found<'f> {
    fn new(store: &'f Store) -> Self {
        Self {
            store,
            platform: None,
            images: Vec::new(),
            account: Account::default(),
            platforms: BTreeSet::new(),
            seen: BTreeMap::new(),
            manifests: 0,
        }
    }

    /// One image, one target, whatever it is called: several tags of one digest stand side by side in its name.
    fn close(self) -> (Vec<ImagePlan>, Account, BTreeSet<String>) {
        let name = |named: Named| {
            let Named { digest, tags, platform, mut plan } = named;
            plan.suffix = match (tags.is_empty(), platform) {
                (false, Some(platform)) => format!(":{} {platform}", tags.join(",")),
                (false, None) => format!(":{}", tags.join(",")),
                (true, _) => format!("@{digest}"),
            };
            plan
        };
        (self.images.into_iter().map(name).collect(), self.account, self.platforms)
    }

    /// Takes a manifest or goes into an index.
    fn descriptor(&mut self, descriptor: &Descriptor, parent: Parent<'_>, depth: usize) {
        self.manifests += 1;
        if MANIFESTS_MAX < self.manifests {
            if self.manifests == MANIFESTS_MAX + 1 {
                self.account.skip("index.json", "MANIFESTS_MAX", MANIFESTS_MAX as u64, true);
            }
            return;
        }
        if aside::is_attestation(descriptor) {
            self.account.note(&descriptor.digest, aside::ATTESTATION);
            return;
        }
        // Builders write `unknown` for what they do not know, and for attestations, which their content tells.
        let platform = descriptor.platform.as_ref().filter(|p| !aside::is_unknown(p));
        if let Some(platform) = platform {
            self.platforms.extend(platform.text());
            if self.platform.is_some_and(|wanted| !platform.fits(wanted)) {
                return;
            }
        }
        // What is passed by above was not looked at: the same content may stand there once more, for another platform.
        let by = self.seen.entry(descriptor.digest.clone()).or_default();
        let is_first = by.is_empty();
        if !by.insert(parent.tag.map(str::to_owned)) {
            return;
        }
        if !is_first && let Some(tag) = parent.tag {
            let again = self.images.iter_mut().filter(|i| i.digest == descriptor.digest);
            again.for_each(|image| {
                image.tags.push(tag.to_owned());
                image.plan.called.extend(called(parent.top));
            });
        }
        let place = format!("manifest {}", descriptor.digest);
        let (bytes, digest) = match self.blob(descriptor, MANIFEST_BYTES_MAX) {
            Ok(found) => found,
            Err(_) if !is_first => return,
            // `docker save` writes the index of every platform and the content of one. A registry that names what it
            // does not hold is asked for all of it.
            Err(BlobError::Missing)
                if parent.is_index
                    && descriptor.platform.is_some()
                    && self.platform.is_none()
                    && !matches!(self.store, Store::Remote(_)) =>
            {
                self.account.note(&place, "the index names it, the layout does not hold it");
                return;
            }
            Err(BlobError::Missing) if platform.is_none() && !descriptor.artifact_type.is_empty() => {
                self.account.note(&place, aside::ARTIFACT);
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
                    self.descriptor(inner, Parent { is_index: true, ..parent }, depth + 1);
                }
            }
            _ if !is_first => {}
            Ok(Document::Manifest(manifest)) => {
                let mut named = named(descriptor, parent, digest);
                check(&bytes, descriptor, &place, &mut named.plan.account);
                self.manifest(&manifest, named, &place);
            }
            Err(e) => self.broken(descriptor, parent, &place, &e),
        }
    }

    /// An image of which the manifest cannot be read is a target nonetheless.
    fn broken(&mut self, descriptor: &Descriptor, parent: Parent<'_>, place: &str, reason: &str) {
        let mut named = named(descriptor, parent, descriptor.digest.parse().ok());
        named.plan.account.doubt(place, reason, AGAIN);
        self.images.push(named);
    }

    fn manifest(&mut self, manifest: &Manifest, mut named: Named, place: &str) {
        if let Some(what) = aside::artifact(manifest) {
            self.account.note(place, what);
            return;
        }
        let plan = &mut named.plan;
        plan.can_have_healthcheck = manifest.config.media_type.starts_with("application/vnd.docker.");
        if LAYERS_MAX < manifest.layers.len() {
            plan.account.skip(place, "LAYERS_MAX", LAYERS_MAX as u64, true);
        }
        plan.layers = manifest.layers.iter().take(LAYERS_MAX).map(|l| layer(l, &mut plan.account)).collect();
        let told = plan.platform.clone();
        let place = format!("configuration {}", manifest.config.digest);
        match self.blob(&manifest.config, CONFIG_BYTES_MAX) {
            Ok((bytes, _)) => {
                check(&bytes, &manifest.config, &place, &mut plan.account);
                plan.configure(&bytes, &place);
            }
            Err(e) => plan.account.doubt(&place, &e.to_string(), AGAIN),
        }
        // Engines go by the index; an image alone is for what its configuration says.
        if let Some(told) = told {
            plan.is_told(told, &place);
            return self.images.push(named);
        }
        self.platforms.extend(plan.platform.clone());
        if plan.fits(self.platform) {
            self.images.push(named);
        }
    }

    fn blob(&self, descriptor: &Descriptor, max: u64) -> Result<(Vec<u8>, Option<Digest>), BlobError> {
        let digest: Digest = descriptor.digest.parse().map_err(|e| BlobError::Read(format!("{e}")))?;
        Ok((self.store.small(&part(&digest), max)?, Some(digest)))
    }
}

fn named(descriptor: &Descriptor, parent: Parent<'_>, digest: Option<Digest>) -> Named {
    let platform = descriptor.platform.as_ref().filter(|p| !aside::is_unknown(p)).and_then(Platform::text);
    Named {
        digest: descriptor.digest.clone(),
        tags: parent.tag.map(str::to_owned).into_iter().collect(),
        platform: platform.clone().filter(|_| parent.is_index),
        plan: ImagePlan {
            reference: format!("@{}", parent.top.digest),
            called: called(parent.top),
            digest,
            platform,
            ..ImagePlan::default()
        },
    }
}

/// Everything that a descriptor is called: what is pinned by digest is as a rule the index of several platforms.
fn called(descriptor: &Descriptor) -> Vec<String> {
    tags(descriptor).map(str::to_owned).chain([descriptor.digest.clone()]).collect()
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
    if u64::try_from(descriptor.size) != Ok(bytes.len() as u64) {
        let reason = format!("wrong size: named {}, found {}", descriptor.size, bytes.len());
        account.doubt(place, &reason, AGAIN);
    }
}

fn layer(descriptor: &Descriptor, account: &mut Account) -> LayerPlan {
    let place = format!("layer {}", descriptor.digest);
    let mut plan = LayerPlan { size: u64::try_from(descriptor.size).ok(), ..LayerPlan::default() };
    if plan.size.is_none_or(|size| LAYER_BYTES_MAX < size) {
        let reason = format!("the size {} that the manifest names cannot be", descriptor.size);
        account.doubt(&place, &reason, AGAIN);
    }
    match descriptor.digest.parse::<Digest>() {
        Ok(digest) => {
            plan.stored = Some(digest);
            plan.part = Some(part(&digest));
            plan.chain = oci::toc::Chain::of(&descriptor.annotations);
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
