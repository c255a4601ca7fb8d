//! Kubeconfig files (`client-go/tools/clientcmd/api/v1`), merged as `kubectl` merges them, and what a pod finds of its
//! own cluster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::Node;
use ports::cluster::Connection;
use ports::source::SourceError;
use stdx::Secret;

use crate::access::{Access, Plugin, Proof, file};
use crate::server::escaped;

/// Bytes of the largest kubeconfig file.
pub const KUBECONFIG_BYTES_MAX: u64 = 16 << 20;

/// Where a pod finds its token and the authority of its cluster.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// An entry of a list, and the folder that its relative paths begin at.
type Named = BTreeMap<String, (PathBuf, Node)>;

#[derive(Default)]
struct Merged {
    current: String,
    clusters: Named,
    users: Named,
    contexts: Named,
    files: Vec<String>,
}

/// The access that `context` means (the current one if empty), and what it is called.
pub(crate) fn find(context: &str, environment: &[(String, String)]) -> Result<(String, Access), SourceError> {
    let set =
        |name: &str| environment.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
    let usage = SourceError::Usage;
    let files: Vec<PathBuf> = match set("KUBECONFIG") {
        Some(list) => list.split(':').filter(|f| !f.is_empty()).map(PathBuf::from).collect(),
        None => set("HOME").map(|home| Path::new(home).join(".kube/config")).into_iter().collect(),
    };
    let there: Vec<&PathBuf> = files.iter().filter(|f| f.exists()).collect();
    if there.is_empty() {
        if context.is_empty()
            && let (Some(host), Some(port)) = (set("KUBERNETES_SERVICE_HOST"), set("KUBERNETES_SERVICE_PORT"))
        {
            return in_cluster(host, port).map_err(usage);
        }
        let looked: Vec<String> = files.iter().map(|f| format!("`{}`", f.display())).collect();
        return Err(usage(format!(
            "no cluster is known here: there is no kubeconfig file ({}); set `KUBECONFIG`",
            looked.join(", ")
        )));
    }
    let mut merged = Merged::default();
    for path in there {
        merged.add(path).map_err(|reason| usage(format!("kubeconfig `{}`: {reason}", path.display())))?;
    }
    merged.access(context).map_err(usage)
}

fn in_cluster(host: &str, port: &str) -> Result<(String, Access), String> {
    let folder = Path::new(SERVICE_ACCOUNT);
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let connection = Connection {
        server: format!("https://{host}:{port}"),
        authorities: Some(file(&folder.join("ca.crt"))?),
        ..Connection::default()
    };
    let proof = Proof::TokenFile(folder.join("token"));
    Ok(("in-cluster".to_owned(), Access { connection, proof, ..Access::default() }))
}

impl Merged {
    /// Adds a file; what an earlier one says stays.
    fn add(&mut self, path: &Path) -> Result<(), String> {
        let bytes = disk::read(path, KUBECONFIG_BYTES_MAX).map_err(|e| e.to_string())?;
        // One that says no kind is a configuration all the same (`clientcmd.Load`).
        let config = manifest::read_document(&bytes).map_err(|reason| format!("line {reason}"))?;
        if config.get("kind").and_then(Node::text).is_some_and(|kind| kind != "Config") {
            return Err("it is no `kind: Config`".to_owned());
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let text = |key: &str| config.get(key).and_then(Node::text).unwrap_or_default();
        if self.current.is_empty() {
            text("current-context").clone_into(&mut self.current);
        }
        let lists = [("clusters", "cluster"), ("users", "user"), ("contexts", "context")];
        for ((list, entry), into) in
            lists.into_iter().zip([&mut self.clusters, &mut self.users, &mut self.contexts])
        {
            for item in config.get(list).map(Node::items).unwrap_or_default() {
                let Some(name) = item.get("name").and_then(Node::text) else { continue };
                let Some(node) = item.get(entry) else { continue };
                into.entry(name.to_owned()).or_insert_with(|| (folder.clone(), node.clone()));
            }
        }
        self.files.push(path.display().to_string());
        Ok(())
    }

    fn access(&self, context: &str) -> Result<(String, Access), String> {
        let name = if context.is_empty() { &self.current } else { context };
        let files = self.files.join(", ");
        if name.is_empty() {
            return Err(format!("`{files}` names no current context: write `cluster:CONTEXT`"));
        }
        let Some((_, node)) = self.contexts.get(name) else {
            let known: Vec<&str> = self.contexts.keys().map(String::as_str).collect();
            return Err(format!("`{files}` knows no context `{name}`; there are {}", known.join(", ")));
        };
        let word = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
        let (cluster, user) = (word("cluster"), word("user"));
        let of_cluster = self.clusters.get(cluster);
        let (folder, node) =
            of_cluster.ok_or_else(|| format!("context `{name}`: there is no cluster `{cluster}`"))?;
        let of = |e: String| format!("cluster `{cluster}`: {e}");
        let mut access = Access { connection: connection(folder, node).map_err(of)?, ..Access::default() };
        access.uncompressed = is_true(node, "disable-compression");
        match self.users.get(user) {
            Some((folder, of_user)) => {
                identify(&mut access, folder, of_user).map_err(|e| format!("user `{user}`: {e}"))?;
                if let Proof::Plugin(Plugin { cluster: Some(told), .. }) = &mut access.proof {
                    *told = cluster_info(&access.connection, node);
                }
            }
            None if user.is_empty() => {}
            None => return Err(format!("context `{name}`: there is no user `{user}`")),
        }
        Ok((name.to_owned(), access))
    }
}

fn connection(folder: &Path, node: &Node) -> Result<Connection, String> {
    let text = |key: &str| node.get(key).and_then(Node::text).filter(|t| !t.is_empty());
    let server = text("server").ok_or("it names no `server`")?.trim_end_matches('/').to_owned();
    // Without a scheme it is what `client-go` takes it for where there is anything of TLS (`DefaultServerURL`).
    let server = if server.contains("://") { server } else { format!("https://{server}") };
    let insecure = is_true(node, "insecure-skip-tls-verify");
    let authorities = bytes(folder, node, "certificate-authority")?;
    Ok(Connection {
        server,
        authorities,
        client: None,
        insecure,
        proxy: text("proxy-url").map(str::to_owned),
        server_name: text("tls-server-name").map(str::to_owned),
    })
}

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|n| n.value == manifest::Value::Bool(true))
}

/// What a plugin is told of the cluster (`client.authentication.k8s.io/v1`, `Cluster`), and what the file holds for it.
fn cluster_info(connection: &Connection, node: &Node) -> serde_json::Value {
    let mut info = serde_json::json!({ "server": connection.server });
    if let Some(name) = &connection.server_name {
        info["tls-server-name"] = name.as_str().into();
    }
    if let Some(proxy) = &connection.proxy {
        info["proxy-url"] = proxy.as_str().into();
    }
    if let Some(authorities) = &connection.authorities {
        info["certificate-authority-data"] = STANDARD.encode(authorities).into();
    }
    if connection.insecure {
        info["insecure-skip-tls-verify"] = true.into();
    }
    let extensions = node.get("extensions").map(Node::items).unwrap_or_default();
    let is_its = |e: &&Node| e.get("name").and_then(Node::text) == Some(EXEC_EXTENSION);
    if let Some(own) = extensions.iter().find(is_its).and_then(|e| e.get("extension")) {
        info["config"] = to_json(own);
    }
    info
}

/// Of a cluster's extensions the one that its plugins are told.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";

fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        manifest::Value::Null => serde_json::Value::Null,
        manifest::Value::Bool(b) => (*b).into(),
        manifest::Value::Integer(n) => (*n).into(),
        manifest::Value::Float(n) => (*n).into(),
        manifest::Value::Text(text) => (**text).into(),
        manifest::Value::List(items) => items.iter().map(to_json).collect(),
        manifest::Value::Map(fields) => {
            fields.iter().map(|e| (e.key.to_string(), to_json(&e.value))).collect()
        }
    }
}

/// `KEY-data` in base64, else the file `KEY`.
fn bytes(folder: &Path, node: &Node, key: &str) -> Result<Option<Vec<u8>>, String> {
    let text = |key: &str| node.get(key).and_then(Node::text).filter(|t| !t.is_empty());
    let data = format!("{key}-data");
    if let Some(data64) = text(&data) {
        let compact: String = data64.split_ascii_whitespace().collect();
        return STANDARD.decode(compact).map(Some).map_err(|_| format!("`{data}` is no base64"));
    }
    text(key).map(|path| file(&folder.join(path))).transpose()
}

fn identify(access: &mut Access, folder: &Path, node: &Node) -> Result<(), String> {
    let text = |key: &str| node.get(key).and_then(Node::text).filter(|t| !t.is_empty());
    let chain = bytes(folder, node, "client-certificate")?;
    let key = bytes(folder, node, "client-key")?;
    access.connection.client = match (chain, key) {
        (Some(chain), Some(key)) => Some((chain, key)),
        (None, None) => None,
        _ => return Err("a client certificate needs a key, and a key its certificate".to_owned()),
    };
    // In the order of `client-go/tools/clientcmd`: a token file wins over a token.
    access.proof = if let Some(path) = text("tokenFile") {
        Proof::TokenFile(folder.join(path))
    } else if let Some(token) = text("token") {
        Proof::Token(Secret::new(token))
    } else if let Some(user) = text("username") {
        Proof::Password(user.to_owned(), Secret::new(text("password").unwrap_or_default()))
    } else if let Some(exec) = node.get("exec") {
        Proof::Plugin(plugin(folder, exec)?)
    } else if let Some(provider) = node.get("auth-provider") {
        provided(provider)?
    } else {
        Proof::None
    };
    access.impersonate = impersonated(node)?;
    Ok(())
}

/// `Impersonate-*` headers (Kubernetes, "User impersonation").
fn impersonated(node: &Node) -> Result<Vec<(String, String)>, String> {
    let text = |key: &str| node.get(key).and_then(Node::text).filter(|t| !t.is_empty());
    let texts = |node: Option<&Node>| -> Vec<String> {
        node.map(Node::items).unwrap_or_default().iter().filter_map(Node::text).map(str::to_owned).collect()
    };
    let mut headers = Vec::new();
    headers.extend(text("as").map(|u| ("impersonate-user".to_owned(), u.to_owned())));
    headers.extend(text("as-uid").map(|u| ("impersonate-uid".to_owned(), u.to_owned())));
    let groups = texts(node.get("as-groups")).into_iter();
    headers.extend(groups.map(|g| ("impersonate-group".to_owned(), g)));
    for extra in node.get("as-user-extra").map(Node::fields).unwrap_or_default() {
        let name = format!("impersonate-extra-{}", escaped(&extra.key.to_ascii_lowercase()));
        headers.extend(texts(Some(&extra.value)).into_iter().map(|v| (name.clone(), v)));
    }
    match text("as") {
        None if !headers.is_empty() => {
            Err("who is impersonated (`as`) is not said, only more of them".to_owned())
        }
        _ => Ok(headers),
    }
}

/// The plugins of old were taken out of `kubectl` with 1.26; what OIDC's kept is still a token.
fn provided(node: &Node) -> Result<Proof, String> {
    let name = node.get("name").and_then(Node::text).unwrap_or_default();
    let token = node.at_path(&["config", "id-token"]).and_then(Node::text);
    match (name, token) {
        ("oidc", Some(token)) => Ok(Proof::Token(Secret::new(token))),
        _ => Err(format!(
            "`auth-provider: {name}` was taken out of Kubernetes with 1.26: use an `exec` plugin"
        )),
    }
}

fn plugin(folder: &Path, node: &Node) -> Result<Plugin, String> {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).unwrap_or_default().to_owned();
    let command = text(node, "command");
    if command.is_empty() {
        return Err("`exec` names no `command`".to_owned());
    }
    let api_version = text(node, "apiVersion");
    if !["v1", "v1beta1"].iter().any(|v| api_version == format!("client.authentication.k8s.io/{v}")) {
        return Err(format!("`exec` of `{api_version}` is not supported"));
    }
    if node.get("interactiveMode").and_then(Node::text) == Some("Always") {
        return Err(
            "`exec` wants to ask you (`interactiveMode: Always`), which nobody can here: give a token"
                .to_owned(),
        );
    }
    // A path with a slash is the file's own, a word is searched on the path.
    let command = match command.contains('/') && !command.starts_with('/') {
        true => folder.join(&command).display().to_string(),
        false => command,
    };
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    Ok(Plugin {
        command,
        arguments: items("args").iter().filter_map(Node::text).map(str::to_owned).collect(),
        environment: items("env").iter().map(|e| (text(e, "name"), text(e, "value"))).collect(),
        api_version,
        hint: text(node, "installHint").trim().to_owned(),
        cluster: is_true(node, "provideClusterInfo").then_some(serde_json::Value::Null),
    })
}
