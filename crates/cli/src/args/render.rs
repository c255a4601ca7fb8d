//! Charts and kustomizations, rendered by the user's own programs.

use clap::Args;
use config::Layer;

use super::{IntoLayer, flag, list, text};

/// `--render`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Charts and kustomizations")]
pub(crate) struct Render {
    /// Render the Helm charts and kustomizations of the targets with your own helm, and kustomize or kubectl, and judge
    /// what they come to. Those programs then run on what the targets hold: give it for targets you would render yourself
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub render: Option<bool>,
    /// Helm, by its name on the path or by its file
    #[arg(long, value_name = "PROGRAM")]
    pub helm: Option<String>,
    /// Kustomize, or a kubectl; without it the first of either on the path
    #[arg(long, value_name = "PROGRAM")]
    pub kustomize: Option<String>,
    /// Values for every chart beside its own, as `helm template --values` takes them; later files win
    #[arg(long, value_name = "FILE,…", value_delimiter = ',')]
    pub values: Vec<String>,
}

impl IntoLayer for Render {
    fn add(&self, layer: &mut Layer) {
        flag(layer, "render", self.render);
        text(layer, "helm", self.helm.as_ref());
        text(layer, "kustomize", self.kustomize.as_ref());
        list(layer, "values", &self.values);
    }
}
