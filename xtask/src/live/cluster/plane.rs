//! The control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, certificates of our own, users by
//! token, asked with `curl`.

use std::collections::BTreeMap;
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

use crate::live::docker::{Certificates, certificates_for};
use crate::live::tools::{self, Tool};
use crate::workspace;

/// The token of one who may do everything.
pub(super) const ADMIN: &str = "token-of-the-admin";

/// The token of one who may do nothing.
pub(super) const NOBODY: &str = "token-of-nobody";

/// The token of the node, where there is one.
pub(super) const NODE: &str = "token-of-the-node";

/// Where a server listens that nobody else shall reach.
pub(super) const LOOPBACK: &str = "127.0.0.1";

/// Tenths of a second that the server may take to be ready, or a controller to do its work.
const READY_TENTHS_MAX: u32 = 900;

/// The programs, in the order in which they start.
const PROGRAMS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// Running programs; they end when this is dropped.
pub(super) struct Plane {
    children: Vec<Child>,
    pub(super) address: String,
    pub(super) port: u16,
    dir: PathBuf,
    authority: PathBuf,
}

impl Plane {
    /// Starts it on an address of this machine, or says why not.
    pub(super) fn start(root: &Path, dir: &Path, address: &str) -> Result<Result<Self, String>> {
        if let Some(missing) = ["curl", "openssl"].iter().find(|p| !workspace::installed(p)) {
            return Ok(Err(format!("`{missing}` is not installed")));
        }
        let mut programs = Vec::new();
        for name in PROGRAMS {
            match tools::tool(root, name)? {
                Tool::At(program) => programs.push(program),
                Tool::Missing(why) => return Ok(Err(why)),
            }
        }
        let [etcd, server, manager, scheduler] = programs.as_slice() else {
            bail!("four programs are wanted")
        };
        fs::create_dir_all(dir)?;
        let certificates = certificates_for(dir, address)?;
        let mut openssl = Command::new("openssl");
        openssl.current_dir(dir).args(["genrsa", "-out", "sa.key", "2048"]);
        workspace::output(&mut openssl, "openssl")?;
        let tokens = format!(
            "{ADMIN},admin,1,\"system:masters\"\n{NOBODY},nobody,2\n{NODE},system:node:{},3,\"system:nodes\"\n",
            super::node::NAME
        );
        fs::write(dir.join("tokens"), tokens)?;
        let mut plane = Self {
            children: Vec::new(),
            address: address.to_owned(),
            port: free()?,
            dir: dir.to_owned(),
            authority: certificates.authority.clone(),
        };
        let clients = plane.etcd(etcd)?;
        plane.server(server, &certificates, &clients)?;
        plane.controllers(manager, scheduler)?;
        Ok(Ok(plane))
    }

    fn etcd(&mut self, program: &Path) -> Result<String> {
        let [clients, peers] = [free()?, free()?].map(|port| format!("http://{LOOPBACK}:{port}"));
        let mut etcd = ending(program);
        etcd.arg("--data-dir").arg(self.dir.join("etcd"));
        etcd.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
        etcd.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
        etcd.args(["--initial-cluster", &format!("default={peers}"), "--unsafe-no-fsync"]);
        self.spawn("etcd", &mut etcd)?;
        Ok(clients)
    }

    fn server(&mut self, program: &Path, certificates: &Certificates, etcd: &str) -> Result<()> {
        let path = |flag: &str, path: &Path| format!("--{flag}={}", path.display());
        let mut server = ending(program);
        server
            .args([format!("--etcd-servers={etcd}"), format!("--secure-port={}", self.port)])
            .arg(path("tls-cert-file", &certificates.certificate))
            .arg(path("tls-private-key-file", &certificates.key))
            .arg(path("token-auth-file", &self.dir.join("tokens")))
            .arg(path("service-account-key-file", &self.dir.join("sa.key")))
            .arg(path("service-account-signing-key-file", &self.dir.join("sa.key")))
            .arg(path("cert-dir", &self.dir.join("serving")))
            .args([
                "--service-account-issuer=https://kubernetes.default.svc",
                "--authorization-mode=Node,RBAC",
            ])
            .args([
                format!("--bind-address={}", self.address),
                format!("--advertise-address={}", self.address),
            ])
            .args(["--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged=true"])
            .arg("--enable-admission-plugins=NodeRestriction");
        self.spawn("kube-apiserver", &mut server)?;
        self.wait("kube-apiserver is not ready", |plane| {
            Ok(plane.ask("GET", "/readyz", "", None).is_ok_and(|(status, _)| status == 200))
        })
    }

    fn controllers(&mut self, manager: &Path, scheduler: &Path) -> Result<()> {
        let config = self.kubeconfig(ADMIN)?;
        let common = [
            format!("--kubeconfig={}", config.display()),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
            "--kube-api-qps=1000".to_owned(),
            "--kube-api-burst=2000".to_owned(),
        ];
        let mut command = ending(manager);
        command.args(&common);
        command.arg(format!("--service-account-private-key-file={}", self.dir.join("sa.key").display()));
        command.arg(format!("--root-ca-file={}", self.authority.display()));
        self.spawn("kube-controller-manager", &mut command)?;
        self.spawn("kube-scheduler", ending(scheduler).args(&common))?;
        self.default_account("default")
    }

    /// Waits for what pods of a namespace run as: before a controller has made it, no pod is let in.
    fn default_account(&self, namespace: &str) -> Result<()> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/default");
        self.wait(&format!("no controller makes {namespace}'s service account"), |plane| {
            Ok(plane.ask("GET", &path, "", None)?.0 == 200)
        })
    }

    /// Waits until something holds; what the programs logged last otherwise.
    pub(super) fn wait(&self, what: &str, holds: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        for _ in 0..READY_TENTHS_MAX {
            if holds(self)? {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let mut said = String::new();
        for entry in fs::read_dir(&self.dir)? {
            let file = entry?.path();
            if file.extension().is_some_and(|e| e == "log") {
                let log = fs::read_to_string(&file).unwrap_or_default();
                let last = log.lines().rev().take(4).collect::<Vec<_>>().join("\n  ");
                said.push_str(&format!("\n{}:\n  {last}", file.display()));
            }
        }
        bail!("{what}{said}")
    }

    fn spawn(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let log = File::create(self.dir.join(format!("{name}.log")))?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        self.children.push(child.with_context(|| format!("{name} could not be started"))?);
        Ok(())
    }

    /// A kubeconfig for the user of a token.
    pub(super) fn kubeconfig(&self, token: &str) -> Result<PathBuf> {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "checks",
            "clusters": [{ "name": "c", "cluster": { "server": self.url(),
                                                       "certificate-authority": self.authority } }],
            "users": [{ "name": "u", "user": { "token": token } }],
            "contexts": [{ "name": "checks", "context": { "cluster": "c", "user": "u" } }],
        });
        let file = self.dir.join(format!("{token}.kubeconfig"));
        fs::write(&file, config.to_string())?;
        Ok(file)
    }

    fn url(&self) -> String {
        format!("https://{}:{}", self.address, self.port)
    }

    /// What lies under a path; anything but 200 is an error.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        match self.ask("GET", path, "", None)? {
            (200, body) => Ok(body),
            (status, body) => bail!("{path}: {status} {}", body["message"]),
        }
    }

    /// Changes fields of the object under a path; containers are told apart by name.
    pub(super) fn strategic(&self, path: &str, fields: &Value) -> Result<()> {
        match self.ask("PATCH", path, "application/strategic-merge-patch+json", Some(&fields.to_string()))? {
            (200, _) => Ok(()),
            (status, body) => bail!("{path}: {status} {}", body["message"]),
        }
    }

    /// Makes many objects, each under its path, by one program over few connections.
    pub(super) fn post_all(&self, bodies: &[(&str, Value)]) -> Result<()> {
        let folder = self.dir.join("bodies");
        fs::create_dir_all(&folder)?;
        let mut config = String::new();
        for (at, (path, body)) in bodies.iter().enumerate() {
            let file = folder.join(at.to_string());
            fs::write(&file, body.to_string())?;
            if 0 < at {
                config.push_str("next\n");
            }
            config.push_str(&format!(
                "url = \"{}{path}\"\ncacert = \"{}\"\nheader = \"authorization: Bearer {ADMIN}\"\n\
                 header = \"content-type: application/json\"\ndata-binary = \"@{}\"\nsilent\n\
                 output = \"/dev/null\"\nwrite-out = \"%{{http_code}}\\n\"\n",
                self.url(),
                self.authority.display(),
                file.display()
            ));
        }
        let file = self.dir.join("bodies.curl");
        fs::write(&file, config)?;
        let mut curl = Command::new("curl");
        curl.args(["--parallel", "--parallel-max", "8", "--config"]).arg(&file).stderr(Stdio::null());
        let said = workspace::output(&mut curl, "curl")?;
        let mut answers = BTreeMap::new();
        for status in said.lines() {
            *answers.entry(status).or_insert(0_usize) += 1;
        }
        if answers.get("201") != Some(&bodies.len()) {
            bail!("of {} objects not all were made: {answers:?}", bodies.len());
        }
        Ok(())
    }

    /// Status and body.
    fn ask(&self, method: &str, path: &str, kind: &str, body: Option<&str>) -> Result<(u16, Value)> {
        let mut curl = Command::new("curl");
        curl.args(["-s", "--max-time", "30", "-X", method, "-w", "\n%{http_code}", "--cacert"]);
        curl.arg(&self.authority).args(["-H", &format!("authorization: Bearer {ADMIN}")]);
        if body.is_some() {
            curl.args(["-H", &format!("content-type: {kind}"), "--data-binary", "@-"]);
        }
        curl.arg(format!("{}{path}", self.url()));
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
        let root = root_of(object);
        let inside = if namespaced { format!("/namespaces/{namespace}") } else { String::new() };
        let path = format!("{root}{inside}/{}/{}", plural(&object.kind), object.name());
        let path = format!("{path}?fieldManager=checks&force=true{more}");
        let (status, body) =
            self.ask("PATCH", &path, "application/apply-patch+yaml", Some(&json.to_string()))?;
        if &*object.kind == "Namespace" && more.is_empty() && matches!(status, 200 | 201) {
            self.default_account(object.name())?;
        }
        Ok(match status {
            200 | 201 => Ok(body),
            _ => Err(format!("{status} {}", body["message"])),
        })
    }

    pub(super) fn namespace(&self, name: &str, labels: &Value) -> Result<()> {
        let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } });
        match self.ask("POST", "/api/v1/namespaces", "application/json", Some(&body.to_string()))? {
            (201, _) => self.default_account(name),
            (status, body) => bail!("namespace {name}: {status} {}", body["message"]),
        }
    }

    /// Makes a service account unless it is there.
    pub(super) fn service_account(&self, namespace: &str, name: &str) -> Result<()> {
        let body = json!({ "metadata": { "name": name } }).to_string();
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        match self.ask("POST", &path, "application/json", Some(&body))? {
            (201 | 409, _) => Ok(()),
            (status, body) => bail!("service account {name}: {status} {}", body["message"]),
        }
    }

    /// Whether the server has an object's group and version.
    pub(super) fn knows(&self, object: &Object) -> Result<bool> {
        Ok(self.ask("GET", &root_of(object), "", None)?.0 == 200)
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

/// A program that ends with this one, however this one ends, where `setpriv` is there to see to it.
pub(super) fn ending(program: &Path) -> Command {
    if !workspace::installed("setpriv") {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
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

/// The path of an object's group and version.
fn root_of(object: &Object) -> String {
    match object.api_version.split_once('/') {
        Some(_) => format!("/apis/{}", object.api_version),
        None => format!("/api/{}", object.api_version),
    }
}

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
