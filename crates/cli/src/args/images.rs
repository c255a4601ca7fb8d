//! The images that workloads run.

use clap::Args;
use config::Layer;

use super::{IntoLayer, flag, list};

/// `--images`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Images of workloads")]
pub(crate) struct Images {
    /// Scan the images that the workloads of the targets run, from their registries, and show what runs where
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub images: Option<bool>,
    /// Where those images are looked for before any registry, in this order: an image layout or archive, an earlier JSON
    /// report, a folder of them, docker:, podman: or containerd:. REPOSITORY= says whose the bare tags of a layout are.
    /// Without --images no registry is asked. May be given several times
    #[arg(long, value_name = "[REPOSITORY=]PATH")]
    pub images_from: Vec<String>,
}

impl IntoLayer for Images {
    fn add(&self, layer: &mut Layer) {
        flag(layer, "images", self.images);
        list(layer, "images-from", &self.images_from);
    }
}
