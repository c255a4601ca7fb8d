//! Debian's `docker-registry`: found or unpacked, filled from layouts, started with or without TLS and a password.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use testkit::registry::Registry;

use crate::live::debian;
use crate::workspace;

/// `shop` with the password of the checks, as `htpasswd -nB` writes it.
const HTPASSWD: &str = "shop:$2y$05$tHVAih5rZvnzctmOyyb9yOCn5QEV2cT8Z6nqSpAyLtjcx1ka.o8xq\n";

/// The program, or why there is none.
pub(crate) fn program() -> Result<Result<PathBuf, String>> {
    if workspace::installed("docker-registry") {
        return Ok(Ok(PathBuf::from("docker-registry")));
    }
    let peers = workspace::cache()?.join("peers");
    let program = peers.join("docker-registry");
    if program.is_file() {
        return Ok(Ok(program));
    }
    let unpacked = debian::unpacked("registry", &["docker-registry"])?;
    Ok(unpacked.map(|folder| folder.join("usr/bin/docker-registry")))
}

/// An authority of our own and what it signed for `localhost`.
pub(crate) struct Certificates {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Makes them with `openssl`.
pub(crate) fn certificates(dir: &Path) -> Result<Certificates> {
    certificates_for(dir, "127.0.0.1")
}

/// As [`certificates`], for an address.
pub(crate) fn certificates_for(dir: &Path, address: &str) -> Result<Certificates> {
    let openssl = |args: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(dir).args(args.split_whitespace());
        workspace::output(&mut command, "openssl").map(drop)
    };
    let names = format!("subjectAltName=DNS:localhost,IP:{address}\nbasicConstraints=CA:FALSE\n");
    fs::write(dir.join("names"), names)?;
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=checks"))?;
    openssl(&format!("req {key} -keyout own.key -out own.csr -subj /CN=localhost"))?;
    openssl(
        "x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out own.pem -days 2 -extfile names",
    )?;
    Ok(Certificates {
        authority: dir.join("ca.pem"),
        certificate: dir.join("own.pem"),
        key: dir.join("own.key"),
    })
}

/// Starts a registry over `data`; with certificates it wants the password as well.
pub(crate) fn start(binary: &Path, data: &Path, dir: &Path, tls: Option<&Certificates>) -> Result<Registry> {
    let htpasswd = dir.join("htpasswd");
    fs::write(&htpasswd, HTPASSWD)?;
    Registry::start(binary, data, dir, |config| {
        if let Some(tls) = tls {
            config["http"]["tls"] = json!({ "certificate": tls.certificate, "key": tls.key });
            config["auth"] = json!({ "htpasswd": { "realm": "checks", "path": htpasswd } });
        }
    })
    .context("docker-registry could not be started")
}

/// What a registry was filled with.
pub(crate) struct Filled {
    /// Image in the registry, and the target that holds the same here.
    pub(crate) images: Vec<(String, String)>,
}

/// Fills `data` from the shared layouts, by pushing to a registry without TLS.
pub(crate) fn fill(binary: &Path, data: &Path, shared: &Path, dir: &Path) -> Result<Filled> {
    let registry = start(binary, data, dir, None)?;
    let push = Push { port: registry.port() };
    let mut images = Vec::new();
    let layout = |folder: &str| shared.join("images").join(folder);
    for (repository, tag, folder, from) in [
        ("team/alpine", "3.20.3", "alpine", "3.20.3"),
        ("team/alpine", "3.18.9", "alpine", "3.18.9"),
        ("team/python", "old", "apps", "python-old"),
    ] {
        push.image(repository, tag, &layout(folder), from, None)?;
        images.push((format!("{repository}:{tag}"), format!("oci:{}:{from}", layout(folder).display())));
    }
    push.image("team/zstd", "1", &layout("alpine"), "3.20.3", Some(&zstd))?;
    images.push(("team/zstd:1".to_owned(), format!("oci:{}:3.20.3", layout("alpine").display())));
    let amd = push.image("team/many", "amd64", &layout("alpine"), "3.20.3", None)?;
    let arm = push.image("team/many", "arm64", &layout("almalinux"), "9-aarch64-2022-05-09", None)?;
    let entry = |manifest: &(String, usize), architecture: &str| {
        json!({ "mediaType": MANIFEST, "digest": manifest.0, "size": manifest.1,
                "platform": { "os": "linux", "architecture": architecture } })
    };
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry(&amd, "amd64"), entry(&arm, "arm64")] });
    push.manifest("team/many", "1", INDEX, index.to_string().as_bytes())?;
    Ok(Filled { images })
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A layer stored anew.
pub(crate) struct Repacked {
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) annotations: Value,
    /// Digest of the archive, where it is another.
    pub(crate) diff_id: Option<String>,
}

/// Stores the archive of a layer anew.
pub(crate) type Repack<'r> = &'r dyn Fn(Vec<u8>) -> Result<Repacked>;

fn zstd(tar: Vec<u8>) -> Result<Repacked> {
    let bytes = zstd::encode_all(tar.as_slice(), 3)?;
    Ok(Repacked { kind: "zstd", bytes, annotations: json!({}), diff_id: None })
}

/// Pushes over plain HTTP.
pub(crate) struct Push {
    pub(crate) port: u16,
}

impl Push {
    /// Pushes an image of a layout; answers digest and size of its manifest.
    pub(crate) fn image(
        &self,
        repository: &str,
        tag: &str,
        layout: &Path,
        from: &str,
        repack: Option<Repack<'_>>,
    ) -> Result<(String, usize)> {
        let blob = |digest: &str| fs::read(layout.join("blobs").join(digest.replace(':', "/")));
        let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json"))?)?;
        let manifests = index["manifests"].as_array().context("no manifests")?;
        let named = manifests.iter().find(|m| m["annotations"]["org.opencontainers.image.ref.name"] == from);
        let digest = named.and_then(|m| m["digest"].as_str()).with_context(|| format!("no `{from}`"))?;
        let bytes = blob(digest)?;
        let mut manifest: Value = serde_json::from_slice(&bytes)?;
        let config = manifest["config"]["digest"].as_str().context("no configuration")?.to_owned();
        let mut config: Value = serde_json::from_slice(&blob(&config)?)?;
        for (number, layer) in manifest["layers"].as_array_mut().context("no layers")?.iter_mut().enumerate()
        {
            let digest = layer["digest"].as_str().context("no digest")?.to_owned();
            let mut content = blob(&digest)?;
            if let Some(repack) = repack {
                let mut all = All::default();
                oci::inflate(&mut content.as_slice(), oci::Verify::Nothing, &mut all);
                let Repacked { kind, bytes, annotations, diff_id } = repack(all.0)?;
                content = bytes;
                layer["mediaType"] = format!("application/vnd.oci.image.layer.v1.tar+{kind}").into();
                layer["size"] = content.len().into();
                layer["digest"] = oci::sha256(&content).to_string().into();
                layer["annotations"] = annotations;
                if let Some(id) = diff_id {
                    config["rootfs"]["diff_ids"][number] = id.into();
                }
            }
            self.blob(repository, &oci::sha256(&content).to_string(), &content)?;
        }
        if repack.is_none() {
            let digest = manifest["config"]["digest"].as_str().unwrap_or_default();
            self.blob(repository, digest, &blob(digest)?)?;
            self.manifest(repository, tag, MANIFEST, &bytes)?;
            return Ok((oci::sha256(&bytes).to_string(), bytes.len()));
        }
        let config = config.to_string().into_bytes();
        let digest = oci::sha256(&config).to_string();
        self.blob(repository, &digest, &config)?;
        (manifest["config"]["digest"], manifest["config"]["size"]) = (digest.into(), config.len().into());
        let bytes = manifest.to_string().into_bytes();
        self.manifest(repository, tag, MANIFEST, &bytes)?;
        Ok((oci::sha256(&bytes).to_string(), bytes.len()))
    }

    /// Pushes files as an artifact, as `oras push` does: a layer each, its name as the title.
    pub(crate) fn artifact(&self, repository: &str, tag: &str, files: &[(&str, Vec<u8>)]) -> Result<()> {
        let mut layers = Vec::new();
        let empty = oci::sha256(b"{}").to_string();
        self.blob(repository, &empty, b"{}")?;
        for (name, bytes) in files {
            let digest = oci::sha256(bytes).to_string();
            self.blob(repository, &digest, bytes)?;
            layers.push(
                json!({ "mediaType": "application/octet-stream", "digest": digest, "size": bytes.len(),
                                "annotations": { "org.opencontainers.image.title": name } }),
            );
        }
        let config = json!({ "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 });
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers,
                               "artifactType": "application/vnd.unknown.artifact.v1" });
        self.manifest(repository, tag, MANIFEST, manifest.to_string().as_bytes())
    }

    fn blob(&self, repository: &str, digest: &str, bytes: &[u8]) -> Result<()> {
        let begun = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"")?;
        let location = begun
            .lines()
            .find_map(|l| l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case("location")));
        let (_, location) = location.with_context(|| format!("no upload begins: {begun}"))?;
        let path = location
            .split_once("://")
            .map_or(location, |(_, rest)| rest.get(rest.find('/').unwrap_or(0)..).unwrap_or("/"));
        let answer =
            self.send("PUT", &format!("{path}&digest={digest}"), "application/octet-stream", bytes)?;
        if answer.starts_with("HTTP/1.1 201") { Ok(()) } else { bail!("a blob is not taken: {answer}") }
    }

    fn manifest(&self, repository: &str, tag: &str, kind: &str, bytes: &[u8]) -> Result<()> {
        let answer = self.send("PUT", &format!("/v2/{repository}/manifests/{tag}"), kind, bytes)?;
        if answer.starts_with("HTTP/1.1 201") { Ok(()) } else { bail!("a manifest is not taken: {answer}") }
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.port,
            body.len()
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

#[derive(Default)]
struct All(Vec<u8>);

impl oci::Receive for All {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.0.extend_from_slice(bytes);
        true
    }
    fn read(&mut self, _: u64) {}
}

/// The file in the registry's storage that holds the largest layer of an image.
pub(crate) fn largest_blob(data: &Path, repository: &str, tag: &str) -> Result<PathBuf> {
    let root = data.join("docker/registry/v2");
    let blob = |digest: &str| {
        let hex = digest.trim().trim_start_matches("sha256:");
        root.join("blobs/sha256").join(hex.get(..2).unwrap_or_default()).join(hex).join("data")
    };
    let link =
        root.join("repositories").join(repository).join("_manifests/tags").join(tag).join("current/link");
    let manifest: Value = serde_json::from_slice(&fs::read(blob(&fs::read_to_string(link)?))?)?;
    let layers = manifest["layers"].as_array().context("no layers")?;
    let largest = layers.iter().max_by_key(|l| l["size"].as_u64()).context("no layer")?;
    Ok(blob(largest["digest"].as_str().context("no digest")?))
}

/// Base64 (RFC 4648, 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
