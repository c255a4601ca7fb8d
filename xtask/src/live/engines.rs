//! Images in the keeping of real engines: written by skopeo, containerd and Docker, read from their files, held against
//! the same image in its layout.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Image, difference, rows_of, scan};
use crate::suite::Tally;
use crate::workspace;

/// The image that is kept: gzip layers, as every engine takes them.
const IMAGE: &str = "alpine:3.20.3";

/// How long a daemon may take to begin.
const START: Duration = Duration::from_secs(60);

/// Keeps the image in every engine that is at hand and compares what is read.
pub(crate) fn compare(program: &Path, images: &[Image], scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(image) = images.iter().find(|i| i.name == IMAGE) else {
        tally.skipped.push(format!("engines: no image `{IMAGE}` under the shared material"));
        return Ok(tally);
    };
    let want = rows_of(&scan(program, image, scratch)?)?;
    let kept: [(&str, &[&str], Keep); 3] = [
        ("podman", &["skopeo"], podman),
        ("containerd", &["skopeo", "containerd", "ctr"], containerd),
        ("docker", &["skopeo", "dockerd", "docker"], docker),
    ];
    for (engine, programs, keep) in kept {
        if let Some(missing) = programs.iter().find(|p| !workspace::installed(p)) {
            tally.skipped.push(format!("{engine}: `{missing}` is not installed"));
            continue;
        }
        let root = scratch.join(engine);
        std::fs::create_dir_all(&root).with_context(|| format!("`{}`", root.display()))?;
        let Some(target) = keep(image, &root)? else {
            tally.skipped.push(format!("{engine}: it does not run on this machine"));
            continue;
        };
        let report = read(program, engine, &target, &root, scratch)?;
        tally.count(engine, "packages of an image it keeps", difference(&rows_of(&report)?, &want));
        let unverified =
            report.contains("cannot be verified").then(|| "a digest was not verified".to_owned());
        tally.count(engine, "digests of the layers it unpacked", unverified);
    }
    Ok(tally)
}

/// Has an engine keep the image below a folder; answers the target, or nothing if the engine cannot run here.
type Keep = fn(&Image, &Path) -> Result<Option<String>>;

fn podman(image: &Image, root: &Path) -> Result<Option<String>> {
    for driver in ["overlay", "vfs"] {
        let store =
            format!("containers-storage:[{driver}@{0}/storage+{0}/run]localhost/live:1", root.display());
        if copy(image, &store)? {
            // The library leaves its folder mounted on itself where it could mount at all.
            let mounted = root.join("storage").join(driver);
            Command::new("umount").arg(mounted).stderr(Stdio::null()).status().context("umount")?;
            return Ok(Some("podman:live:1".to_owned()));
        }
    }
    Ok(None)
}

fn containerd(image: &Image, root: &Path) -> Result<Option<String>> {
    let (socket, archive) = (root.join("state/c.sock"), root.join("live.tar"));
    if !copy(image, &format!("oci-archive:{}:docker.io/library/live:1", archive.display()))? {
        bail!("skopeo cannot write an archive");
    }
    let settings = format!(
        "version = 2\nroot = \"{0}/storage\"\nstate = \"{0}/state\"\n\
         disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = \"{1}\"\n",
        root.display(),
        socket.display()
    );
    let file = root.join("containerd.toml");
    std::fs::write(&file, settings)?;
    let mut daemon = Daemon::start(Command::new("containerd").arg("--config").arg(&file))?;
    if !daemon.listens(&socket) {
        return Ok(None);
    }
    let mut import = Command::new("ctr");
    import.arg("--address").arg(&socket).args(["--namespace", "live", "images", "import", "--no-unpack"]);
    workspace::run(import.arg(&archive).stdout(Stdio::null()), "ctr")?;
    Ok(Some("containerd:live/docker.io/library/live:1".to_owned()))
}

fn docker(image: &Image, root: &Path) -> Result<Option<String>> {
    let (socket, archive) = (root.join("d.sock"), root.join("live.tar"));
    if !copy(image, &format!("docker-archive:{}:live:1", archive.display()))? {
        bail!("skopeo cannot write an archive");
    }
    let address = format!("unix://{}", socket.display());
    let mut command = Command::new("dockerd");
    command.arg("--data-root").arg(root.join("storage")).arg("--exec-root").arg(root.join("run"));
    command.arg("--pidfile").arg(root.join("pid")).args(["--host", &address]);
    command.args(["--iptables=false", "--ip6tables=false", "--bridge=none"]);
    let mut daemon = Daemon::start(&mut command)?;
    if !daemon.listens(&socket) {
        return Ok(None);
    }
    let mut load = Command::new("docker");
    load.args(["--host", &address, "load", "--input"]).arg(&archive).stdout(Stdio::null());
    workspace::run(&mut load, "docker load")?;
    Ok(Some("docker:live:1".to_owned()))
}

fn copy(image: &Image, to: &str) -> Result<bool> {
    let from = format!("oci:{}:{}", image.layout.display(), image.tag);
    let mut command = Command::new("skopeo");
    command
        .args(["--insecure-policy", "copy", "--quiet", &from, to])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(command.status().context("skopeo could not be started")?.success())
}

fn read(program: &Path, engine: &str, target: &str, root: &Path, scratch: &Path) -> Result<String> {
    let report: PathBuf = scratch.join("report.json");
    let mut command = Command::new(program);
    command.args(["scan", target, "--no-cache", "--as-of", "2026-11-25"]);
    command.arg(format!("--{engine}-root")).arg(root.join("storage"));
    let output = command.arg("--format").arg(format!("json={}", report.display())).output()?;
    if output.status.code() != Some(0) {
        bail!("plimsoll scan {target}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    std::fs::read_to_string(&report).with_context(|| format!("{target}: no report was written"))
}

/// A daemon of ours, asked to end when it is no longer needed.
struct Daemon(Child);

impl Daemon {
    fn start(command: &mut Command) -> Result<Self> {
        let daemon = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self(daemon.with_context(|| format!("{command:?} could not be started"))?))
    }

    /// Waits until it does; false if it ends instead, or takes too long.
    fn listens(&mut self, socket: &Path) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if std::os::unix::net::UnixStream::connect(socket).is_ok() {
                return true;
            }
            if !matches!(self.0.try_wait(), Ok(None)) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Asked first, so that it unmounts what it mounted; it is told again, and for good, if it does not go.
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        let begun = Instant::now();
        while asked.is_ok() && begun.elapsed() < START {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
