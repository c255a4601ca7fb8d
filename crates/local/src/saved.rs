//! Archives that `docker save` writes: `manifest.json` names configuration and layers by their path in the archive.

use std::collections::BTreeSet;

use model::Digest;
use oci::spec::{CONFIG_BYTES_MAX, LAYERS_MAX, MANIFEST_BYTES_MAX, SavedImage, read_saved};
use ports::source::SourceError;

use crate::blobs::Store;
use crate::layout::Choice;
use crate::plan::{ImagePlan, LayerPlan};

/// The images of an archive.
pub(crate) fn plan(store: &Store, choice: Choice<'_>, name: &str) -> Result<Vec<ImagePlan>, SourceError> {
    let unreadable = |e: &dyn std::fmt::Display| crate::layout::unreadable(store, name, "manifest.json", e);
    let bytes = store.small("manifest.json", MANIFEST_BYTES_MAX).map_err(|e| unreadable(&e))?;
    let images = read_saved(&bytes).map_err(|e| unreadable(&e))?;
    if images.is_empty() {
        return Err(unreadable(&"it names no image"));
    }
    let chosen: Vec<&SavedImage> =
        images.iter().filter(|i| choice.reference.is_none_or(|r| is(i, r))).collect();
    if chosen.is_empty() {
        let known: BTreeSet<&str> = images.iter().flat_map(|i| &i.repo_tags).map(String::as_str).collect();
        let known: Vec<String> = known.into_iter().map(|t| format!("`{t}`")).collect();
        let reference = choice.reference.unwrap_or_default();
        return Err(SourceError::Usage(format!(
            "`{name}` has no `{reference}`; it has {}",
            known.join(", ")
        )));
    }
    let several = 1 < images.len();
    let plans: Vec<ImagePlan> =
        chosen.iter().map(|i| image(store, i, several)).filter(|p| p.fits(choice.platform)).collect();
    if plans.is_empty() {
        let platform = choice.platform.unwrap_or_default();
        return Err(SourceError::Usage(format!("`{name}` has no image for `{platform}`")));
    }
    Ok(plans)
}

/// True if `reference` names the image: a whole name, a name without its registry, `@` and the digest of the
/// configuration (Docker's image id).
fn is(image: &SavedImage, reference: &str) -> bool {
    if let Some(id) = reference.strip_prefix("@sha256:") {
        return image.config.contains(id);
    }
    image.repo_tags.iter().any(|tag| {
        tag == reference
            || tag.strip_suffix(reference).is_some_and(|rest| rest.ends_with('/') || rest.ends_with(':'))
            || tag.strip_suffix(":latest") == Some(reference)
    })
}

fn image(store: &Store, saved: &SavedImage, several: bool) -> ImagePlan {
    let mut plan = ImagePlan { can_have_healthcheck: true, ..ImagePlan::default() };
    plan.suffix = match (saved.repo_tags.is_empty(), several) {
        (false, _) => format!(":{}", saved.repo_tags.join(",")),
        (true, true) => format!("@{}", saved.config),
        (true, false) => String::new(),
    };
    if LAYERS_MAX < saved.layers.len() {
        plan.account.skip("manifest.json", "LAYERS_MAX", LAYERS_MAX as u64, true);
    }
    plan.layers = saved
        .layers
        .iter()
        .take(LAYERS_MAX)
        .map(|part| LayerPlan { part: Some(part.clone()), stored: by_name(part), ..LayerPlan::default() })
        .collect();
    plan.called.clone_from(&saved.repo_tags);
    plan.reference = match (by_name(&saved.config), saved.repo_tags.first()) {
        (Some(id), _) => format!("@{id}"),
        (None, Some(tag)) => format!(":{tag}"),
        (None, None) => String::new(),
    };
    let place = format!("configuration {}", saved.config);
    match store.small(&saved.config, CONFIG_BYTES_MAX) {
        Ok(bytes) => {
            if let Some(named) = by_name(&saved.config)
                && named != oci::sha256(&bytes)
            {
                plan.account.doubt(
                    &place,
                    "wrong digest: its bytes are not what its name says",
                    "save the image again",
                );
            }
            plan.configure(&bytes, &place);
        }
        Err(e) => plan.account.doubt(&place, &e.to_string(), "save the image again"),
    }
    plan
}

/// Names that are digests: `blobs/sha256/HEX` (Docker 25 and later), `HEX.json`. A `HEX/layer.tar` is not one.
fn by_name(part: &str) -> Option<Digest> {
    let hex = part.strip_prefix("blobs/sha256/").or_else(|| part.strip_suffix(".json"))?;
    format!("sha256:{hex}").parse().ok()
}
