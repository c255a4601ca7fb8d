//! The control plane: etcd and kube-apiserver on loopback, certificates of our own, users by token, asked with `curl`.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use manifest::{Node, Object};
use serde_json::{Map, Value, json};

use crate::live::docker::certificates;
use crate::live::tools::{self, Tool};
use crate::workspace;

/// The token of one who may do everything.
pub(super) const ADMIN: &str = "token-of-the-admin";

/// The token of one who may do nothing.
pub(super) const NOBODY: &str = "token-of-nobody";

/// Tenths of a second that the server may take to be ready.
const READY_TENTHS_MAX: u32 = 600;

/// Running programs; they end when this is dropped.
pub(super) struct Plane {
    children: Vec<Child>,
    pub(super) port: u16,
    dir: PathBuf,
    authority: PathBuf,
}

impl Plane {
    /// Starts it, or says why not.
    pub(super) fn start(root: &Path, dir: &Path) -> Result<Result<Self, String>> {
        if let Some(missing) = ["curl", "openssl"].iter().find(|p| !workspace::installed(p)) {
            return Ok(Err(format!("`{missing}` is not installed")));
        }
        let mut programs = Vec::new();
        for name in ["etcd", "kube-apiserver"] {
            match tools::tool(root, name)? {
                Tool::At(program) => programs.push(program),
                Tool::Missing(why) => return Ok(Err(why)),
            }
        }
        let [etcd, server] = programs.as_slice() else { bail!("two programs are wanted") };
        let certificates = certificates(dir)?;
        let mut openssl = Command::new("openssl");
        openssl.current_dir(dir).args(["genrsa", "-out", "sa.key", "2048"]);
        workspace::output(&mut openssl, "openssl")?;
        fs::write(dir.join("tokens"), format!("{ADMIN},admin,1,\"system:masters\"\n{NOBODY},nobody,2\n"))?;
        let [of_etcd, of_peers, port] = [free()?, free()?, free()?];
        let mut plane = Self {
            children: Vec::new(),
            port,
            dir: dir.to_owned(),
            authority: certificates.authority.clone(),
        };
        let clients = format!("http://127.0.0.1:{of_etcd}");
        let peers = format!("http://127.0.0.1:{of_peers}");
        plane.spawn(
            "etcd",
            Command::new(etcd)
                .arg("--data-dir")
                .arg(dir.join("etcd"))
                .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
                .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
                .args(["--initial-cluster", &format!("default={peers}"), "--unsafe-no-fsync"]),
        )?;
        let path = |flag: &str, path: &Path| format!("--{flag}={}", path.display());
        plane.spawn(
            "kube-apiserver",
            Command::new(server)
                .args([format!("--etcd-servers={clients}"), format!("--secure-port={port}")])
                .arg(path("tls-cert-file", &certificates.certificate))
                .arg(path("tls-private-key-file", &certificates.key))
                .arg(path("token-auth-file", &dir.join("tokens")))
                .arg(path("service-account-key-file", &dir.join("sa.key")))
                .arg(path("service-account-signing-key-file", &dir.join("sa.key")))
                .arg(path("cert-dir", &dir.join("serving")))
                .args([
                    "--service-account-issuer=https://kubernetes.default.svc",
                    "--authorization-mode=RBAC",
                ])
                .args([
                    "--bind-address=127.0.0.1",
                    "--advertise-address=127.0.0.1",
                    "--allow-privileged=true",
                ])
                // No controller is here to make service accounts, nor to end priorities.
                .arg("--disable-admission-plugins=ServiceAccount"),
        )?;
        for _ in 0..READY_TENTHS_MAX {
            if plane.ask("GET", "/readyz", "", None).is_ok_and(|(status, _)| status == 200) {
                return Ok(Ok(plane));
            }
            thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(dir.join("kube-apiserver.log")).unwrap_or_default();
        bail!("kube-apiserver is not ready: {}", log.lines().rev().take(5).collect::<Vec<_>>().join(" | "))
    }

    fn spawn(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let log = File::create(self.dir.join(format!("{name}.log")))?;
        let child = command.stdout(log.try_clone()?).stderr(log).spawn();
        self.children.push(child.with_context(|| format!("{name} could not be started"))?);
        Ok(())
    }

    /// A kubeconfig for the user of a token.
    pub(super) fn kubeconfig(&self, token: &str) -> Result<PathBuf> {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "checks",
            "clusters": [{ "name": "c", "cluster": { "server": format!("https://127.0.0.1:{}", self.port),
                                                       "certificate-authority": self.authority } }],
            "users": [{ "name": "u", "user": { "token": token } }],
            "contexts": [{ "name": "checks", "context": { "cluster": "c", "user": "u" } }],
        });
        let file = self.dir.join(format!("{token}.kubeconfig"));
        fs::write(&file, config.to_string())?;
        Ok(file)
    }

    /// Status and body.
    fn ask(&self, method: &str, path: &str, kind: &str, body: Option<&str>) -> Result<(u16, Value)> {
        let mut curl = Command::new("curl");
        curl.args(["-s", "--max-time", "30", "-X", method, "-w", "\n%{http_code}", "--cacert"]);
        curl.arg(&self.authority).args(["-H", &format!("authorization: Bearer {ADMIN}")]);
        if body.is_some() {
            curl.args(["-H", &format!("content-type: {kind}"), "--data-binary", "@-"]);
        }
        curl.arg(format!("https://127.0.0.1:{}{path}", self.port));
        let mut child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(body.unwrap_or_default().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, status) = text.rsplit_once('\n').context("curl said nothing")?;
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        Ok((status.trim().parse()?, body))
    }

    /// Applies an object; the server's answer, or why it refuses.
    pub(super) fn apply(&self, object: &Object) -> Result<Result<Value, String>> {
        self.apply_with(object, "")
    }

    /// As [`Plane::apply`], without keeping it.
    pub(super) fn try_apply(&self, object: &Object) -> Result<Result<Value, String>> {
        self.apply_with(object, "&dryRun=All")
    }

    fn apply_with(&self, object: &Object, more: &str) -> Result<Result<Value, String>> {
        let mut json = to_json(&object.node);
        let namespaced = !CLUSTER_WIDE.contains(&&*object.kind);
        let namespace = if object.namespace().is_empty() { "default" } else { object.namespace() };
        if namespaced {
            json["metadata"]["namespace"] = namespace.into();
        }
        let root = match object.api_version.split_once('/') {
            Some(_) => format!("/apis/{}", object.api_version),
            None => format!("/api/{}", object.api_version),
        };
        let inside = if namespaced { format!("/namespaces/{namespace}") } else { String::new() };
        let path = format!("{root}{inside}/{}/{}", plural(&object.kind), object.name());
        let path = format!("{path}?fieldManager=checks&force=true{more}");
        let (status, body) =
            self.ask("PATCH", &path, "application/apply-patch+yaml", Some(&json.to_string()))?;
        Ok(match status {
            200 | 201 => Ok(body),
            _ => Err(format!("{status} {}", body["message"])),
        })
    }

    pub(super) fn namespace(&self, name: &str, labels: &Value) -> Result<()> {
        let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } });
        match self.ask("POST", "/api/v1/namespaces", "application/json", Some(&body.to_string()))? {
            (201, _) => Ok(()),
            (status, body) => bail!("namespace {name}: {status} {}", body["message"]),
        }
    }

    /// Makes an object of a core kind without keeping it: the status, and what the server says.
    pub(super) fn dry_run(&self, namespace: &str, kind: &str, mut object: Value) -> Result<(u16, String)> {
        object["metadata"]["namespace"] = namespace.into();
        let path = format!("/api/v1/namespaces/{namespace}/{kind}?dryRun=All");
        let (status, body) = self.ask("POST", &path, "application/json", Some(&object.to_string()))?;
        Ok((status, body["message"].as_str().unwrap_or_default().to_owned()))
    }

    /// Whether the pod of a file would be let in; `None` if the server finds it invalid.
    pub(super) fn admits(&self, namespace: &str, file: &Path) -> Result<Option<bool>> {
        let mut pod = None;
        manifest::read(&fs::read(file)?, &mut |object| pod = pod.take().or(Some(to_json(&object.node))));
        let pod = pod.with_context(|| format!("`{}` holds no object", file.display()))?;
        let (status, said) = self.dry_run(namespace, "pods", pod)?;
        Ok(match status {
            201 => Some(true),
            403 if said.contains("violates PodSecurity") => Some(false),
            _ => None,
        })
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // The server first; each may have ended by itself.
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Kinds that lie in no namespace.
const CLUSTER_WIDE: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
];

fn plural(kind: &str) -> String {
    let word = kind.to_ascii_lowercase();
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if word.ends_with('s') => format!("{word}es"),
        None => format!("{word}s"),
    }
}

/// A tree as JSON.
pub(in crate::live) fn to_json(node: &Node) -> Value {
    match &node.value {
        manifest::Value::Null => Value::Null,
        manifest::Value::Bool(b) => (*b).into(),
        manifest::Value::Integer(n) => (*n).into(),
        manifest::Value::Float(n) => (*n).into(),
        manifest::Value::Text(text) => text.to_string().into(),
        manifest::Value::List(items) => items.iter().map(to_json).collect::<Vec<_>>().into(),
        manifest::Value::Map(fields) => {
            let fields = fields.iter().map(|e| (e.key.to_string(), to_json(&e.value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}
