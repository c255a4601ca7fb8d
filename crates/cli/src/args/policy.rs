//! Flags of `policy`.

use clap::{Args, Subcommand};
use config::Layer;

use super::{IntoLayer, text};

const CONVERT_EXAMPLES: &str = "\
Examples:
  plimsoll policy convert deploy                        policies, who may use them, and the level of each namespace
  plimsoll policy convert cluster: --format yaml        the labels of a live cluster's namespaces
  kubectl get psp,clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,namespaces,pods -A -o json |
    plimsoll policy convert - --format json";

/// `policy`.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Say which level of the Pod Security Standards each PodSecurityPolicy comes to, for whom, and what is left of it
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(Convert),
}

/// `policy convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Files and folders of manifests, a dump, - for standard input, cluster:[CONTEXT]
    #[arg(value_name = "TARGET", required = true)]
    pub targets: Vec<String>,
    /// table, json, or yaml: the labels of the namespaces
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
}

impl IntoLayer for Convert {
    fn add(&self, layer: &mut Layer) {
        text(layer, "policy.format", self.format.as_ref());
        text(layer, "policy.output", self.output.as_ref());
    }
}
