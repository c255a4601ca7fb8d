//! containers/storage: what podman, buildah and CRI-O keep.

use std::path::{Path, PathBuf};

use model::Digest;
use oci::engine::podman::{STORAGE_BYTES_MAX, StoredImage, StoredLayer, file_name, images, layers, stack};
use oci::engine::{is_called, is_id};
use oci::spec::{CONFIG_BYTES_MAX, Document, LAYERS_MAX, MANIFEST_BYTES_MAX, read_document};
use ports::source::{Engine, SourceError};

use super::{Kept, Unpacked, ambiguous, document, drivers, folder, unknown};
use crate::blobs::Store;
use crate::doubts::Account;
use crate::layout::Choice;
use crate::plan::{AGAIN, ImagePlan, LayerPlan, fitting};

pub(super) fn find(wanted: &str, roots: &[PathBuf], choice: Choice<'_>) -> Result<Kept, SourceError> {
    let mut known = Vec::new();
    for root in roots {
        for driver in drivers(root, "-images")? {
            let path = root.join(format!("{driver}-images/images.json"));
            let Some(bytes) = document(&path, STORAGE_BYTES_MAX)? else { continue };
            let unreadable = |e: String| SourceError::Unreadable(format!("`{}`: {e}", path.display()));
            let all = images(&bytes).map_err(unreadable)?;
            let meant: Vec<(&StoredImage, String)> =
                all.iter().filter_map(|i| Some((i, name(i, wanted)?))).collect();
            match meant.as_slice() {
                [] => known.extend(all.into_iter().flat_map(|i| i.names.unwrap_or_default())),
                [(image, name)] => return kept(&Place { root, driver: &driver }, image, name, choice),
                several => {
                    let names: Vec<String> = several.iter().map(|(_, name)| name.clone()).collect();
                    return Err(ambiguous(Engine::Podman, wanted, &names));
                }
            }
        }
    }
    Err(unknown(Engine::Podman, wanted, known))
}

/// What the image is called, if `wanted` means it.
fn name(image: &StoredImage, wanted: &str) -> Option<String> {
    let names = image.names.as_deref().unwrap_or_default();
    if let Some(called) = names.iter().find(|n| is_called(n, wanted)) {
        return Some(called.clone());
    }
    let digest = image.digest.as_deref().filter(|d| !d.is_empty());
    let by_digest = is_id(&image.id, wanted) || digest.is_some_and(|d| wanted.ends_with(d));
    by_digest.then(|| names.first().cloned().unwrap_or_else(|| image.id.clone()))
}

/// A storage.
struct Place<'p> {
    root: &'p Path,
    driver: &'p str,
}

fn kept(place: &Place<'_>, image: &StoredImage, name: &str, choice: Choice<'_>) -> Result<Kept, SourceError> {
    let spoken = format!("podman:{name}");
    let unreadable = |e: &str| SourceError::Unreadable(format!("`{spoken}`: {e}"));
    if !is_plain(&image.id) {
        return Err(unreadable("its id is none"));
    }
    let beside = place.root.join(format!("{}-images", place.driver)).join(&image.id);
    let manifest = document(&beside.join("manifest"), MANIFEST_BYTES_MAX)?;
    let manifest = manifest.and_then(|bytes| read_document(&bytes).ok());
    if let Some(Document::Index(_)) = manifest {
        return Err(unreadable("a list of images for several platforms: name one of them by its id"));
    }
    let path = place.root.join(format!("{}-layers/layers.json", place.driver));
    let bytes =
        document(&path, STORAGE_BYTES_MAX)?.ok_or_else(|| unreadable("no list of layers is there"))?;
    let all = layers(&bytes).map_err(|e| SourceError::Unreadable(format!("`{}`: {e}", path.display())))?;
    let top = image.layer.as_deref().unwrap_or_default();
    let stacked = stack(&all, top).map_err(|id| unreadable(&format!("the layer {id} is not there")))?;
    let of_docker = |m: &oci::spec::Manifest| m.config.media_type.starts_with("application/vnd.docker.");
    let mut plan = ImagePlan {
        suffix: name.to_owned(),
        digest: image.digest.as_deref().and_then(|d| d.parse().ok()),
        can_have_healthcheck: matches!(&manifest, Some(Document::Manifest(m)) if of_docker(m)),
        ..ImagePlan::default()
    };
    if LAYERS_MAX < stacked.len() {
        plan.account.skip(&spoken, "LAYERS_MAX", LAYERS_MAX as u64, true);
    }
    let mut unpacked = Unpacked::default();
    plan.layers = stacked.iter().take(LAYERS_MAX).map(|l| layer(place, l, &mut unpacked)).collect();
    let key = format!("sha256:{}", image.id);
    let config = document(&beside.join(file_name(&key)), CONFIG_BYTES_MAX)?;
    configure(&mut plan, config.as_deref(), &key);
    let plans = fitting(plan, choice.platform, &spoken)?;
    Ok(Kept { store: Store::Unpacked(unpacked), plans, account: Account::default(), name: String::new() })
}

fn configure(plan: &mut ImagePlan, config: Option<&[u8]>, key: &str) {
    let place = format!("configuration {key}");
    let Some(config) = config else {
        return plan.account.doubt(&place, "it is not there", AGAIN);
    };
    if oci::sha256(config).to_string() != key {
        plan.account.doubt(&place, "wrong digest: its bytes are not what its name says", AGAIN);
    }
    let kept: Vec<Option<Digest>> = plan.layers.iter().map(|l| l.diff_id).collect();
    plan.configure(config, &place);
    for (layer, kept) in plan.layers.iter().zip(kept) {
        if kept.is_some() && kept != layer.diff_id {
            let reason = "the engine keeps another layer in its place than the image was made of";
            plan.account.doubt(&layer.place(), reason, AGAIN);
        }
    }
}

fn layer(place: &Place<'_>, layer: &StoredLayer, unpacked: &mut Unpacked) -> LayerPlan {
    let diff_id = layer.diff_digest.as_deref().and_then(|d| d.parse().ok());
    let plan = LayerPlan { part: Some(layer.id.clone()), diff_id, ..LayerPlan::default() };
    if !is_plain(&layer.id) {
        return plan;
    }
    let split = place.root.join(format!("{}-layers/{}.tar-split.gz", place.driver, layer.id));
    let size = layer.diff_size.and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    let exact = unpacked.add(&layer.id, folder(place.root, place.driver, &layer.id), split, size);
    LayerPlan { unverified: !exact, ..plan }
}

/// Names of folders are made of letters and digits; nothing else is looked for.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric())
}
