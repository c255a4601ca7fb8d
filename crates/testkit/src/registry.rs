//! A registry for real: a `docker-registry` program over a folder, on loopback, until it is dropped.

use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The registry.
pub struct Registry {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Registry {
    /// Starts the program `binary` over `data`, with configuration and log in `dir`; `more` may add to what it is told
    /// (distribution, `docs/content/about/configuration.md`).
    ///
    /// # Errors
    /// If it cannot be started, or does not answer; with what it logged.
    pub fn start(binary: &Path, data: &Path, dir: &Path, more: impl FnOnce(&mut Value)) -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut config = json!({
            "version": "0.1",
            "storage": { "filesystem": { "rootdirectory": data } },
            "http": { "addr": format!("127.0.0.1:{port}") },
        });
        more(&mut config);
        let file = dir.join(format!("registry-{port}.yml"));
        // YAML is a superset of JSON.
        fs::write(&file, config.to_string())?;
        let log = dir.join(format!("registry-{port}.log"));
        let out = File::create(&log)?;
        let child =
            Command::new(binary).arg("serve").arg(&file).stderr(out.try_clone()?).stdout(out).spawn()?;
        let registry = Self { child, port, log };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(registry);
            }
            thread::sleep(Duration::from_millis(50));
        }
        let said = fs::read_to_string(&registry.log)?;
        Err(io::Error::other(format!("docker-registry does not answer: {said}")))
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The digest of each blob that it was asked for so far, as often as it was.
    ///
    /// # Errors
    /// If its log cannot be read.
    pub fn blobs_asked(&self) -> io::Result<Vec<String>> {
        let log = fs::read_to_string(&self.log)?;
        let asked = |line: &str| {
            let path = line.split_once("\"GET /v2/")?.1.split_once("/blobs/sha256:")?.1;
            Some(format!("sha256:{}", path.get(..64)?))
        };
        Ok(log.lines().filter_map(asked).collect())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
