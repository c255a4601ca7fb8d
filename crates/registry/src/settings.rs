//! What the user says about registries.

use std::path::PathBuf;

use stdx::Secret;

/// Settings of every registry.
#[derive(Debug, Clone, Default)]
pub struct RegistrySettings {
    /// Registry and mirror (`docker.io`, `mirror.example/hub`): asked before the registry, in this order.
    pub mirrors: Vec<(String, String)>,
    /// Hosts that are asked over plain HTTP.
    pub plain_http: Vec<String>,
    /// User and password for the one registry of the command.
    pub login: Option<(String, Secret)>,
    /// Files with credentials, Docker's or Podman's, the first that knows a registry wins.
    pub auth_files: Vec<PathBuf>,
}

impl RegistrySettings {
    /// Where Docker and Podman keep credentials (docker `config.json`; containers-auth.json(5)).
    #[must_use]
    pub fn auth_files(environment: &[(String, String)]) -> Vec<PathBuf> {
        let set = |name: &str| {
            let found = environment.iter().find(|(n, _)| n == name).map(|(_, v)| v);
            found.filter(|v| !v.is_empty()).map(PathBuf::from)
        };
        let home = set("HOME");
        let docker = set("DOCKER_CONFIG").or_else(|| Some(home.clone()?.join(".docker")));
        let config = set("XDG_CONFIG_HOME").or_else(|| Some(home?.join(".config")));
        [
            set("REGISTRY_AUTH_FILE"),
            docker.map(|d| d.join("config.json")),
            set("XDG_RUNTIME_DIR").map(|d| d.join("containers/auth.json")),
            config.map(|d| d.join("containers/auth.json")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
