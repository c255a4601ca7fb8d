//! What a source says its images are, before any layer is read.

use model::Digest;
use oci::spec::ImageConfig;
use ports::source::SourceError;

use crate::doubts::Account;

/// An image to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImagePlan {
    /// Behind the path in the target's name: `:TAG`, `:TAG,TAG` for an image with several names, `@DIGEST`, or
    /// nothing.
    pub(crate) suffix: String,
    /// What names it in its source and no other image: `@DIGEST`, `:TAG`, or nothing.
    pub(crate) reference: String,
    /// What it is called beside that: tags, full names, digests of what leads to it.
    pub(crate) called: Vec<String>,
    /// Manifest digest.
    pub(crate) digest: Option<Digest>,
    /// Platform as index or configuration tell it.
    pub(crate) platform: Option<String>,
    /// The configuration, as far as it could be read.
    pub(crate) config: ImageConfig,
    /// True once the configuration was read.
    pub(crate) configured: bool,
    /// Digest of the configuration's bytes.
    pub(crate) config_digest: Option<Digest>,
    /// The configuration format can carry a health check.
    pub(crate) can_have_healthcheck: bool,
    /// Layers, base first.
    pub(crate) layers: Vec<LayerPlan>,
    /// What was wrong so far.
    pub(crate) account: Account,
}

/// What to do when an image is damaged.
pub(crate) const AGAIN: &str = "build or pull the image again";

/// A layer to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LayerPlan {
    /// Its part in the store; `None` if it cannot be read, which the account says.
    pub(crate) part: Option<String>,
    /// Digest of the part's bytes, where named.
    pub(crate) stored: Option<Digest>,
    /// Bytes of the part, where named.
    pub(crate) size: Option<u64>,
    /// Digest of what it unpacks to, where named.
    pub(crate) diff_id: Option<Digest>,
    /// Only its unpacked files are there: whether they are those that the digest names cannot be verified.
    pub(crate) unverified: bool,
    /// What the manifest says of the layer's table of contents.
    pub(crate) chain: Option<oci::toc::Chain>,
}

impl LayerPlan {
    /// How messages name it.
    pub(crate) fn place(&self) -> String {
        match (&self.diff_id, &self.stored, &self.part) {
            (Some(d), _, _) => format!("layer {d}"),
            (None, Some(d), _) => format!("layer {d}"),
            (None, None, Some(part)) => format!("layer {part}"),
            (None, None, None) => "layer".to_owned(),
        }
    }
}

impl ImagePlan {
    /// Takes over what the configuration says of platform and layers.
    pub(crate) fn configure(&mut self, bytes: &[u8], place: &str) {
        self.config_digest = Some(oci::sha256(bytes));
        match oci::spec::read_config(bytes) {
            Ok(config) => (self.config, self.configured) = (config, true),
            Err(e) => self.account.doubt(place, &e, AGAIN),
        }
        self.platform = self.config_platform().text().or_else(|| self.platform.take());
        let ids = &self.config.rootfs.diff_ids;
        if ids.len() != self.layers.len() {
            let reason =
                format!("the configuration names {} layers, the manifest {}", ids.len(), self.layers.len());
            self.account.doubt(place, &reason, AGAIN);
        }
        for (layer, id) in self.layers.iter_mut().zip(ids) {
            match id.parse() {
                Ok(digest) => layer.diff_id = Some(digest),
                Err(e) => {
                    let reason = format!("a layer's digest cannot be verified: {e}");
                    self.account.doubt(place, &reason, AGAIN);
                }
            }
        }
    }

    /// Takes over the platform by which the index offers the image; a configuration that says another is noted.
    pub(crate) fn is_told(&mut self, told: String, place: &str) {
        let own = self.config_platform();
        if let Some(named) = own.text().filter(|_| !own.fits(&told)) {
            self.account.note(place, &format!("it says `{named}`, the index `{told}`"));
        }
        self.platform = Some(told);
    }

    fn config_platform(&self) -> oci::spec::Platform {
        oci::spec::Platform {
            architecture: self.config.architecture.clone(),
            os: self.config.os.clone(),
            variant: self.config.variant.clone(),
        }
    }

    /// True if the image is one of `wanted` (`linux/arm64`).
    pub(crate) fn fits(&self, wanted: Option<&str>) -> bool {
        let Some(wanted) = wanted else {
            return true;
        };
        let platform = self.config_platform();
        platform.text().is_none() || platform.fits(wanted)
    }
}

/// The image `spoken`, if it is one for `platform`.
pub(crate) fn fitting(
    plan: ImagePlan,
    platform: Option<&str>,
    spoken: &str,
) -> Result<Vec<ImagePlan>, SourceError> {
    if plan.fits(platform) {
        return Ok(vec![plan]);
    }
    let (wanted, has) = (platform.unwrap_or_default(), plan.platform.unwrap_or_default());
    Err(SourceError::Usage(format!("`{spoken}` is no image for `{wanted}` but for `{has}`")))
}
