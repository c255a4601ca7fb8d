//! How registries are asked, and which of their images.

use clap::Args;
use config::Layer;

use super::{IntoLayer, flag, list, text};

/// How registries are asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Registries")]
pub(crate) struct Registry {
    /// Hosts that may be asked over plain HTTP; this machine always may
    #[arg(long, value_name = "HOST,…", value_delimiter = ',')]
    pub plain_http: Vec<String>,
    /// Hosts whose certificate is not verified
    #[arg(long, value_name = "HOST,…", value_delimiter = ',')]
    pub insecure_registry: Vec<String>,
    /// Client certificates, HOST=FILE or HOST=FILE;KEYFILE
    #[arg(long, value_name = "HOST=FILE,…", value_delimiter = ',')]
    pub client_certificate: Vec<String>,
    /// Mirrors that are asked first, REGISTRY=HOST or REGISTRY=HOST/PREFIX
    #[arg(long, value_name = "REGISTRY=HOST,…", value_delimiter = ',')]
    pub mirror: Vec<String>,
    /// User at the registry; without it the credentials of `docker login` and `podman login` are used
    #[arg(long, value_name = "NAME")]
    pub registry_user: Option<String>,
    /// Read that user's password, one line, from standard input; or set PLIMSOLL_REGISTRY_PASSWORD
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub password_stdin: Option<bool>,
}

/// `scan registry:HOST/**`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Whole registries, registry:HOST/**")]
pub(crate) struct Sweep {
    /// Only images of which one of these globs matches REPOSITORY:TAG or REPOSITORY
    #[arg(long, value_name = "GLOB,…", value_delimiter = ',')]
    pub include: Vec<String>,
    /// Not those of which one of these matches
    #[arg(long, value_name = "GLOB,…", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Not those made before, as their configuration says: an age (12h, 7d, 4w) or a moment
    #[arg(long, value_name = "AGE|TIME")]
    pub since: Option<String>,
    /// What is kept from one run to the next; without it a file in the user's state directory
    #[arg(long, value_name = "FILE")]
    pub state: Option<String>,
    /// Write the whole JSON report of each image into this directory
    #[arg(long, value_name = "DIR")]
    pub reports: Option<String>,
}

impl Sweep {
    /// The first of the flags that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let all = [
            ("--include", !self.include.is_empty()),
            ("--exclude", !self.exclude.is_empty()),
            ("--since", self.since.is_some()),
            ("--state", self.state.is_some()),
            ("--reports", self.reports.is_some()),
        ];
        all.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

impl IntoLayer for Registry {
    fn add(&self, layer: &mut Layer) {
        list(layer, "plain-http", &self.plain_http);
        list(layer, "insecure-registry", &self.insecure_registry);
        list(layer, "client-certificate", &self.client_certificate);
        list(layer, "mirror", &self.mirror);
        text(layer, "registry-user", self.registry_user.as_ref());
        flag(layer, "password-stdin", self.password_stdin);
    }
}

impl IntoLayer for Sweep {
    fn add(&self, layer: &mut Layer) {
        list(layer, "sweep.include", &self.include);
        list(layer, "sweep.exclude", &self.exclude);
        text(layer, "sweep.since", self.since.as_ref());
        text(layer, "sweep.state", self.state.as_ref());
        text(layer, "sweep.reports", self.reports.as_ref());
    }
}
