//! Credential plugins (Kubernetes, "client-go credential plugins"): a program of the user's, asked with a time limit.

use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use stdx::Secret;

use crate::access::Plugin;

/// Seconds that a credential plugin may take.
pub const PLUGIN_SECONDS_MAX: u64 = 60;

/// Bytes of a plugin's answer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    api_version: String,
    kind: String,
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    token: String,
    client_certificate_data: String,
    client_key_data: String,
}

/// What a plugin gave.
pub(crate) struct Given {
    pub(crate) token: Option<Secret>,
    /// Chain and key (PEM).
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

/// Asks the plugin.
pub(crate) fn ask(plugin: &Plugin, limit: Duration) -> Result<Given, String> {
    let failed = |what: &str| {
        let hint = if plugin.hint.is_empty() { String::new() } else { format!("; {}", plugin.hint) };
        format!("credential plugin `{}`: {what}{hint}", plugin.command)
    };
    let mut spec = json!({ "interactive": false });
    if let Some(cluster) = &plugin.cluster {
        spec["cluster"] = cluster.clone();
    }
    let info = json!({ "apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec });
    let mut command = Command::new(&plugin.command);
    command
        .args(&plugin.arguments)
        .envs(plugin.environment.iter().map(|(name, value)| (name, value)))
        .env("KUBERNETES_EXEC_INFO", info.to_string());
    let asked = disk::ask(&mut command, b"", ANSWER_BYTES_MAX, limit);
    let (status, bytes) = asked.map_err(|e| failed(&e.to_string()))?;
    if !status.success() {
        return Err(failed(&format!("it ended with {status}")));
    }
    // Without serde's own words, which would quote the answer.
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| failed("its answer is not JSON"))?;
    if answer.kind != "ExecCredential" || answer.api_version != plugin.api_version {
        return Err(failed(&format!("its answer is no ExecCredential of `{}`", plugin.api_version)));
    }
    let status = answer.status.ok_or_else(|| failed("its answer holds no credentials"))?;
    let client = match (status.client_certificate_data, status.client_key_data) {
        (chain, key) if !chain.is_empty() && !key.is_empty() => Some((chain.into_bytes(), key.into_bytes())),
        _ => None,
    };
    let token = (!status.token.is_empty()).then(|| Secret::new(status.token));
    if token.is_none() && client.is_none() {
        return Err(failed("its answer holds neither a token nor a certificate"));
    }
    Ok(Given { token, client })
}
