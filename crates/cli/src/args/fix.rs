//! `fix`.

use clap::Args;
use config::Layer;

use super::{IntoLayer, Reading, flag, list, text};

pub(super) const FIX_EXAMPLES: &str = "\
Examples:
  plimsoll fix deploy                          the change as a diff, and what stays open and why
  plimsoll fix deploy --write --level baseline
  plimsoll fix deploy --select 'control==resources' --usage cpu=cpu.json,memory=memory.json
  plimsoll fix web.yaml --digest shop/web:1.4=sha256:…
  plimsoll fix deploy --format kustomize=kustomization.yaml

Exit codes:
  0  everything that `--select` names is closed, or nothing was selected      1  some of it stays open
  2  usage or configuration       3  the target could not be read whole";

/// `fix`.
#[derive(Debug, Args)]
pub(crate) struct Fix {
    /// Manifests: a file, a folder, or - for standard input
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Which findings, an expression as `--fail-on` takes it; all without it
    #[arg(long, value_name = "EXPR")]
    pub select: Option<String>,
    /// Level of the Pod Security Standards to bring workloads to: restricted (the default) or baseline
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<String>,
    /// Write the files; without it they are left as they are
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub write: Option<bool>,
    /// diff (the default), json, kustomize, each with =FILE
    #[arg(long, value_name = "FORMAT[=FILE],…", value_delimiter = ',')]
    pub format: Vec<String>,
    /// Accepted findings, with reason, owner and expiry: they are left as they are
    #[arg(long, value_name = "FILE")]
    pub ignore_file: Option<String>,
    /// The moment that entries of the ignore file expire against, 2026-11-25 or 2026-11-25T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// What is to be written
    #[command(flatten)]
    pub values: Values,
    /// How the target is read
    #[command(flatten)]
    pub reading: Reading,
}

/// What is to be written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Values")]
pub(crate) struct Values {
    /// User that containers run as that would be root; without it, the user of their image
    #[arg(long, value_name = "UID")]
    pub run_as_user: Option<String>,
    /// Make root file systems read-only; programs that write outside their volumes fail then
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub read_only_root: Option<bool>,
    /// Make volumes that the level forbids (host paths, network file systems …) empty directories; what they hold is not
    /// seen then, and what is written is lost with the pod
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub empty_volumes: Option<bool>,
    /// What containers used: the JSON of a Prometheus query, `cpu=FILE` (cores) or `memory=FILE` (bytes) where its
    /// series do not say, or of `kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods`; a request is a fifth more, a limit
    /// four times (cpu) or twice (memory) the request
    #[arg(long, value_name = "[RESOURCE=]FILE,…", value_delimiter = ',')]
    pub usage: Vec<String>,
    /// Processor time asked for where nothing is known, 100m by default
    #[arg(long, value_name = "QUANTITY")]
    pub cpu_request: Option<String>,
    /// Processor time that may be taken, 500m by default
    #[arg(long, value_name = "QUANTITY")]
    pub cpu_limit: Option<String>,
    /// Memory asked for, 128Mi by default
    #[arg(long, value_name = "QUANTITY")]
    pub memory_request: Option<String>,
    /// Memory that may be taken, 256Mi by default
    #[arg(long, value_name = "QUANTITY")]
    pub memory_limit: Option<String>,
    /// Disk of the node asked for, 64Mi by default
    #[arg(long, value_name = "QUANTITY")]
    pub ephemeral_storage_request: Option<String>,
    /// Disk of the node that may be taken, 1Gi by default
    #[arg(long, value_name = "QUANTITY")]
    pub ephemeral_storage_limit: Option<String>,
    /// Digests of images
    #[arg(long, value_name = "IMAGE:TAG=DIGEST,…", value_delimiter = ',')]
    pub digest: Vec<String>,
    /// Reports of earlier scans of registries, for the digests that they name
    #[arg(long, value_name = "REPORT,…", value_delimiter = ',')]
    pub report: Vec<String>,
}

impl IntoLayer for Fix {
    fn add(&self, layer: &mut Layer) {
        text(layer, "fix.select", self.select.as_ref());
        text(layer, "fix.level", self.level.as_ref());
        flag(layer, "fix.write", self.write);
        list(layer, "fix.format", &self.format);
        text(layer, "ignore-file", self.ignore_file.as_ref());
        text(layer, "as-of", self.as_of.as_ref());
        self.values.add(layer);
        self.reading.add(layer);
    }
}

impl IntoLayer for Values {
    fn add(&self, layer: &mut Layer) {
        text(layer, "fix.run-as-user", self.run_as_user.as_ref());
        flag(layer, "fix.read-only-root", self.read_only_root);
        flag(layer, "fix.empty-volumes", self.empty_volumes);
        list(layer, "fix.usage", &self.usage);
        text(layer, "fix.cpu-request", self.cpu_request.as_ref());
        text(layer, "fix.cpu-limit", self.cpu_limit.as_ref());
        text(layer, "fix.memory-request", self.memory_request.as_ref());
        text(layer, "fix.memory-limit", self.memory_limit.as_ref());
        text(layer, "fix.ephemeral-storage-request", self.ephemeral_storage_request.as_ref());
        text(layer, "fix.ephemeral-storage-limit", self.ephemeral_storage_limit.as_ref());
        list(layer, "fix.digest", &self.digest);
        list(layer, "fix.report", &self.report);
    }
}
