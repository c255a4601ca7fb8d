//! Live Kubernetes clusters, read and never written: kubeconfig files and what runs in a pod, every way to authenticate
//! that `kubectl` has, discovery, paginated lists.
//!
//! What a server refuses, breaks off or answers wrongly is named and never an empty list. Tokens, passwords and keys go
//! to the server they are for and into no message.

mod access;
mod dump;
mod exec;
mod kubeconfig;
mod server;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::cluster::{Cluster, Connector, Dump};
use ports::http::Wait;
use ports::source::{Progress, SourceError};

pub use dump::{EMPTY_PAGES_MAX, LIST_BYTES_MAX, PAGE_OBJECTS, PAGES_MAX};
pub use exec::PLUGIN_SECONDS_MAX;
pub use kubeconfig::KUBECONFIG_BYTES_MAX;

/// Clusters as the user's configuration names them.
pub struct KubeClusters {
    connector: Arc<dyn Connector>,
    wait: Arc<dyn Wait>,
    environment: Vec<(String, String)>,
}

impl KubeClusters {
    /// Clusters reached through `connector`; `environment` names the configuration (`KUBECONFIG`, `HOME`) or the pod's
    /// own API server (`KUBERNETES_SERVICE_HOST`).
    #[must_use]
    pub fn new(
        connector: Arc<dyn Connector>,
        wait: Arc<dyn Wait>,
        environment: Vec<(String, String)>,
    ) -> Self {
        Self { connector, wait, environment }
    }
}

impl Cluster for KubeClusters {
    fn dump(&self, context: &str, progress: &dyn Progress) -> Result<Dump, SourceError> {
        let (name, access) = kubeconfig::find(context, &self.environment)?;
        let server = server::Server::connect(access, &*self.connector, &*self.wait)?;
        dump::read(&server, name, progress)
    }
}
