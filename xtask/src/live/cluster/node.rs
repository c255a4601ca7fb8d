//! A node: containerd, runc and the kubelet in namespaces of their own, beside a control plane; pods that run, from images
//! made here. It needs root.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use testkit::image;

use super::plane::{self, NODE, Plane};
use crate::live::debian;
use crate::live::tools::{self, Tool};
use crate::workspace;

/// What the node is called.
pub(super) const NAME: &str = "node1";

/// This end of the line between the machine and the node, where the API server listens; the node's end is in `holder.sh`.
const HERE: &str = "10.98.77.1";

/// The node's end.
const THERE: &str = "10.98.77.2";

/// What this end is called.
const LINK: &str = "plimsoll0";

/// Packages of Debian that a node is made of.
const PACKAGES: [&str; 4] = ["containerd", "runc", "containernetworking-plugins", "busybox-static"];

/// Tenths of a second that a program may take to start.
const TENTHS_MAX: u32 = 300;

/// Where programs are looked for that cannot be told another place.
const STATE: [&str; 2] = ["/var/lib/cni", "/var/lib/kubelet"];

/// A control plane with one node; both end when this is dropped.
pub(super) struct Cluster {
    // Dropped in this order: what runs on the node ends before the server that it asks.
    node: Node,
    pub(super) plane: Plane,
}

struct Node {
    holder: Child,
    first: u32,
    children: Vec<Child>,
    dir: PathBuf,
    debian: PathBuf,
    made: Vec<&'static str>,
}

impl Cluster {
    /// Starts it, or says why not; the images are named as given, and all sleep.
    pub(super) fn start(root: &Path, dir: &Path, images: &[&str]) -> Result<Result<Self, String>> {
        if let Some(why) = hindrance()? {
            return Ok(Err(why));
        }
        let debian = match debian::unpacked("node", &PACKAGES)? {
            Ok(folder) => folder,
            Err(why) => return Ok(Err(why)),
        };
        let kubelet = match tools::tool(root, "kubelet")? {
            Tool::At(program) => program,
            Tool::Missing(why) => return Ok(Err(why)),
        };
        fs::create_dir_all(dir)?;
        let mut node = Node::begin(dir, debian)?;
        let plane = match Plane::start(root, &dir.join("plane"), HERE)? {
            Ok(plane) => plane,
            Err(why) => return Ok(Err(why)),
        };
        node.containerd(images)?;
        node.kubelet(&kubelet, &plane)?;
        plane.wait(&format!("the node is not ready: {}", dir.display()), |plane| {
            let node = plane.get(&format!("/api/v1/nodes/{NAME}")).unwrap_or_default();
            let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
            Ok(conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
        })?;
        Ok(Ok(Self { node, plane }))
    }

    /// Where the runtime keeps its images.
    pub(super) fn images(&self) -> PathBuf {
        self.node.dir.join("containerd")
    }

    /// Waits until each Deployment of a namespace has the pods that it wants, ready; how many pods.
    pub(super) fn available(&self, namespace: &str) -> Result<u64> {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
        let count = |d: &Value, field: &str| d["status"][field].as_u64().unwrap_or_default();
        self.plane.wait(&format!("not every pod runs: {}", self.node.dir.display()), |plane| {
            let list = plane.get(&path)?;
            let all = list["items"].as_array().cloned().unwrap_or_default();
            let whole = |d: &Value| d["spec"]["replicas"].as_u64() == Some(count(d, "availableReplicas"));
            Ok(!all.is_empty() && all.iter().all(whole))
        })?;
        let list = self.plane.get(&path)?;
        Ok(list["items"].as_array().into_iter().flatten().map(|d| count(d, "availableReplicas")).sum())
    }
}

/// Why there can be no node here.
fn hindrance() -> Result<Option<String>> {
    if std::env::consts::ARCH != "x86_64" {
        return Ok(Some("a node is made for x86-64 alone".to_owned()));
    }
    if workspace::output(Command::new("id").arg("-u"), "id")?.trim() != "0" {
        return Ok(Some("a node needs root".to_owned()));
    }
    if let Some(missing) =
        ["setpriv", "unshare", "nsenter", "ip", "mount"].iter().find(|p| !workspace::installed(p))
    {
        return Ok(Some(format!("`{missing}` is not installed")));
    }
    let mut unshare = Command::new("unshare");
    let tried = unshare.args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]).output()?;
    if !tried.status.success() {
        let said = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
        return Ok(Some(format!("namespaces cannot be made here: {said}")));
    }
    if Path::new("/sys/class/net").join(LINK).exists() {
        return Ok(Some(format!("the link `{LINK}` is there: another node of these checks runs")));
    }
    // Those of a run that was cut off are empty.
    remove_groups();
    Ok(groups().next().map(|group| format!("`{}`: another node runs here", group.display())))
}

/// The control groups of pods that are there.
fn groups() -> impl Iterator<Item = PathBuf> {
    let hierarchies = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten().map(|e| e.path());
    let all = hierarchies.chain([PathBuf::from("/sys/fs/cgroup")]);
    all.flat_map(|h| ["kubepods", "k8s.io"].map(|g| h.join(g))).filter(|g| g.is_dir())
}

/// Removes those in which nothing runs.
fn remove_groups() {
    for group in groups() {
        let mut find = Command::new("find");
        find.arg(&group).args(["-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
        let _ = find.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Node {
    /// The namespaces, and the line to them.
    fn begin(dir: &Path, debian: PathBuf) -> Result<Self> {
        let mut made = Vec::new();
        for folder in STATE {
            if !Path::new(folder).is_dir() {
                fs::create_dir_all(folder)?;
                made.push(folder);
            }
        }
        let script = dir.join("holder.sh");
        fs::write(&script, include_str!("holder.sh"))?;
        let log = File::create(dir.join("holder.log"))?;
        let mut unshare = plane::ending(Path::new("unshare"));
        unshare.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
        unshare.args(["--propagation", "private", "sh"]).arg(&script).arg(dir);
        let holder = unshare.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let children = format!("/proc/{0}/task/{0}/children", holder.id());
        let mut node = Self { holder, first: 0, children: Vec::new(), dir: dir.to_owned(), debian, made };
        node.wait("the namespaces do not begin", || {
            Ok(fs::read_to_string(&children).is_ok_and(|c| !c.trim().is_empty()))
        })?;
        node.first = fs::read_to_string(&children)?.trim().parse().context("more than one child")?;
        let netns = node.first.to_string();
        for words in [
            vec!["link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", &netns],
            vec!["addr", "add", &format!("{HERE}/24"), "dev", LINK],
            vec!["link", "set", LINK, "up"],
        ] {
            workspace::run(Command::new("ip").args(words), "ip")?;
        }
        node.wait("the namespaces are not ready", || Ok(dir.join("holder.ready").is_file()))?;
        Ok(node)
    }

    fn wait(&self, what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
        for _ in 0..TENTHS_MAX {
            if holds()? {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let mut said = String::new();
        for name in ["holder", "containerd", "kubelet"] {
            let log = fs::read_to_string(self.dir.join(format!("{name}.log"))).unwrap_or_default();
            said.push_str(&log.lines().rev().take(4).collect::<Vec<_>>().join("\n  "));
        }
        bail!("{what}: {said}")
    }

    /// A program in the namespaces.
    fn inside(&self, program: &Path) -> Command {
        let own = ["usr/bin", "usr/sbin", "bin"].map(|d| self.debian.join(d).display().to_string()).join(":");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.first.to_string(), "-n", "-m", "-p", "--"]).arg(program);
        command.env("PATH", format!("{own}:{path}")).stdin(Stdio::null());
        command
    }

    fn spawn(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let log = File::create(self.dir.join(format!("{name}.log")))?;
        let child = command.stdout(log.try_clone()?).stderr(log).spawn();
        self.children.push(child.with_context(|| format!("{name} could not be started"))?);
        Ok(())
    }

    /// The runtime, with images of the given names.
    fn containerd(&mut self, images: &[&str]) -> Result<()> {
        let networks = self.dir.join("networks");
        fs::create_dir_all(&networks)?;
        let addresses = json!({ "type": "host-local", "dataDir": self.dir.join("addresses"),
            "ranges": [[{ "subnet": "10.244.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] });
        let bridge = json!({ "type": "bridge", "bridge": "cni0", "isGateway": true, "ipam": addresses });
        let network = json!({ "cniVersion": "1.0.0", "name": "checks", "plugins": [bridge] });
        fs::write(networks.join("10-checks.conflist"), network.to_string())?;
        let config = format!(
            "version = 2\nroot = {root:?}\nstate = \"/run/containerd\"\n[grpc]\naddress = \
             \"/run/containerd/containerd.sock\"\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"{PAUSE}\"\n\
             restrict_oom_score_adj = true\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = {plugins:?}\n\
             conf_dir = {networks:?}\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \
             \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n\
             SystemdCgroup = false\nBinaryName = {runc:?}\n",
            root = self.dir.join("containerd"),
            plugins = self.debian.join("usr/lib/cni"),
            runc = self.debian.join("usr/sbin/runc"),
        );
        let file = self.dir.join("containerd.toml");
        fs::write(&file, config)?;
        let program = self.debian.join("usr/bin/containerd");
        let mut containerd = self.inside(&program);
        self.spawn("containerd", containerd.arg("--config").arg(&file))?;
        let ctr = self.debian.join("usr/bin/ctr");
        self.wait("containerd does not answer", || {
            let mut version = self.inside(&ctr);
            Ok(version.arg("version").output()?.status.success())
        })?;
        let busybox = fs::read(self.debian.join("bin/busybox"))?;
        for name in [PAUSE].iter().chain(images) {
            let sleeps = image()
                .layer()
                .file_mode("bin/busybox", 0o755, &busybox)
                .symlink("bin/sh", "busybox")
                .user("65534")
                .config("Entrypoint", json!(["/bin/busybox", "sleep", "1000000"]));
            let file = self.dir.join("image.tar");
            fs::write(&file, sleeps.docker_archive(name))?;
            let mut import = self.inside(&ctr);
            import.args(["--namespace", "k8s.io", "images", "import"]).arg(&file);
            workspace::output(&mut import, "ctr images import")?;
        }
        Ok(())
    }

    fn kubelet(&mut self, program: &Path, plane: &Plane) -> Result<()> {
        let names = self.dir.join("resolv.conf");
        fs::write(&names, format!("nameserver {HERE}\n"))?;
        let own = self.dir.join("static");
        fs::create_dir_all(&own)?;
        fs::write(own.join("watchman.yaml"), include_str!("watchman.yaml"))?;
        let config = json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "authentication": { "anonymous": { "enabled": false }, "webhook": { "enabled": true } },
            "authorization": { "mode": "Webhook" },
            "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
            "cgroupDriver": "cgroupfs", "failCgroupV1": false, "failSwapOn": false, "oomScoreAdj": 0,
            "staticPodPath": own, "resolvConf": names, "clusterDomain": "cluster.local", "clusterDNS": ["10.96.0.10"],
            "podLogsDir": self.dir.join("pods"), "volumePluginDir": self.dir.join("volumes"),
            "evictionHard": { "memory.available": "100Mi", "nodefs.available": "1%",
                              "imagefs.available": "1%", "nodefs.inodesFree": "1%" },
            "imageGCHighThresholdPercent": 100, "syncFrequency": "10s",
        });
        let file = self.dir.join("kubelet.json");
        fs::write(&file, config.to_string())?;
        let mut kubelet = self.inside(program);
        kubelet.arg(format!("--config={}", file.display()));
        kubelet.arg(format!("--kubeconfig={}", plane.kubeconfig(NODE)?.display()));
        kubelet.arg(format!("--root-dir={}", self.dir.join("kubelet").display()));
        kubelet.arg(format!("--cert-dir={}", self.dir.join("kubelet/pki").display()));
        kubelet.args([format!("--hostname-override={NAME}"), format!("--node-ip={THERE}")]);
        self.spawn("kubelet", &mut kubelet)
    }
}

/// What holds the namespaces of a pod.
pub(super) const PAUSE: &str = "localhost/sleeps:1";

impl Drop for Node {
    fn drop(&mut self) {
        // With `unshare` its child ends (`--kill-child`), the first process of a pid namespace, and with that all others and
        // every mount. What is left of them is removed as far as it can be: there is nobody to tell.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        for _ in 0..TENTHS_MAX {
            if groups().next().is_none() {
                break;
            }
            remove_groups();
            thread::sleep(Duration::from_millis(100));
        }
        for folder in &self.made {
            let _ = fs::remove_dir(folder);
        }
    }
}
