//! The image of `examples/shop`: what its storefront's Dockerfile leaves behind, byte for byte the same each time.
//!
//! Programs are a few bytes that begin like an executable; the package databases name what a real image would hold.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use crate::image::{self, Layer};
use crate::tar::{Kind, Tar};

const CREATED: &str = "2023-08-21T09:14:00Z";

/// A package of the distribution.
struct Apk {
    name: &'static str,
    version: &'static str,
    origin: &'static str,
    license: &'static str,
    needs: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const fn apk(
    name: &'static str,
    version: &'static str,
    origin: &'static str,
    license: &'static str,
    needs: &'static str,
    files: &'static [(&'static str, &'static str)],
) -> Apk {
    Apk { name, version, origin, license, needs, files }
}

const BASE: &[Apk] = &[
    apk("alpine-baselayout", "3.4.3-r1", "alpine-baselayout", "GPL-2.0-only", "", &[("etc", "group")]),
    apk("apk-tools", "2.14.0-r2", "apk-tools", "GPL-2.0-only", "so:libcrypto.so.3", &[("sbin", "apk")]),
    apk("busybox", "1.36.1-r0", "busybox", "GPL-2.0-only", "so:libc.musl-x86_64.so.1", &[("bin", "busybox")]),
    apk("busybox-binsh", "1.36.1-r0", "busybox", "GPL-2.0-only", "busybox=1.36.1-r0", &[("bin", "sh")]),
    apk("ca-certificates-bundle", "20230506-r0", "ca-certificates", "MPL-2.0 AND MIT", "", &[]),
    apk(
        "libcrypto3",
        "3.1.1-r1",
        "openssl",
        "Apache-2.0",
        "so:libc.musl-x86_64.so.1",
        &[("lib", "libcrypto.so.3")],
    ),
    apk("libssl3", "3.1.1-r1", "openssl", "Apache-2.0", "so:libcrypto.so.3", &[("lib", "libssl.so.3")]),
    apk("musl", "1.2.4-r0", "musl", "MIT", "", &[("lib", "ld-musl-x86_64.so.1")]),
    apk("zlib", "1.2.13-r1", "zlib", "Zlib", "so:libc.musl-x86_64.so.1", &[("lib", "libz.so.1.2.13")]),
];

const ADDED: &[Apk] = &[
    apk("brotli-libs", "1.0.9-r14", "brotli", "MIT", "", &[("usr/lib", "libbrotlicommon.so.1.0.9")]),
    apk("c-ares", "1.19.1-r0", "c-ares", "MIT", "", &[("usr/lib", "libcares.so.2.6.1")]),
    apk("curl", "8.1.2-r0", "curl", "curl", "so:libcurl.so.4", &[("usr/bin", "curl")]),
    apk("libcurl", "8.1.2-r0", "curl", "curl", "so:libnghttp2.so.14", &[("usr/lib", "libcurl.so.4.8.0")]),
    apk("libgcc", "12.2.1_git20220924-r10", "gcc", "GPL-2.0-or-later", "", &[("usr/lib", "libgcc_s.so.1")]),
    apk("nghttp2-libs", "1.53.0-r0", "nghttp2", "MIT", "", &[("usr/lib", "libnghttp2.so.14.24.2")]),
    apk("nodejs", "18.17.1-r0", "nodejs", "MIT", "so:libcares.so.2", &[("usr/bin", "node")]),
];

/// Writes the layout into `out`.
pub(crate) fn write(out: &Path) -> Result<()> {
    let lock: Value =
        serde_json::from_str(include_str!("../../examples/shop/services/storefront/package-lock.json"))
            .context("the storefront's lockfile is no JSON")?;
    let layers = [
        layer("ADD alpine-minirootfs-3.18.2-x86_64.tar.gz / # buildkit", base)?,
        layer(
            "RUN /bin/sh -c apk add --no-cache curl nodejs npm && chmod u+s /usr/bin/curl # buildkit",
            added,
        )?,
        layer("ADD https://assets.shop.example/fonts.tar.gz /app/public/fonts.tar.gz # buildkit", fonts)?,
        layer("RUN /bin/sh -c npm ci --omit=dev && chmod -R 777 /app/uploads # buildkit", |tar| {
            modules(tar, &lock)
        })?,
        layer("COPY server.js . # buildkit", application)?,
    ];
    let config = json!({
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "NODE_ENV=production",
            "CATALOGUE_DB_PASSWORD=n0t-a-real-one-9f8a7b6c5d",
        ],
        "Cmd": ["node", "server.js"],
        "WorkingDir": "/app",
        "ExposedPorts": {"3000/tcp": {}},
        "Labels": {"org.opencontainers.image.title": "storefront", "org.opencontainers.image.version": "2.4.1"},
    });
    let history = [
        (1, "CMD [\"/bin/sh\"]"),
        (3, "ENV NODE_ENV=production"),
        (3, "ENV CATALOGUE_DB_PASSWORD=n0t-a-real-one-9f8a7b6c5d"),
        (3, "WORKDIR /app"),
        (5, "EXPOSE map[3000/tcp:{}]"),
        (5, "CMD [\"node\" \"server.js\"]"),
    ];
    if out.exists() {
        std::fs::remove_dir_all(out).with_context(|| format!("`{}` cannot be removed", out.display()))?;
    }
    image::write(out, "2.4.1", &config, &layers, &history, CREATED)
}

type Archive = Tar<Vec<u8>>;

fn layer(created_by: &str, fill: impl FnOnce(&mut Archive) -> Result<()>) -> Result<Layer> {
    let mut tar = Tar::new(Vec::new());
    fill(&mut tar)?;
    let tar = tar.finish()?;
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(&tar)?;
    Ok(Layer {
        blob: gzip.finish()?,
        diff_id: image::digest(&tar),
        kind: "application/vnd.oci.image.layer.v1.tar+gzip",
        created_by: created_by.to_owned(),
    })
}

fn base(tar: &mut Archive) -> Result<()> {
    for dir in
        ["bin/", "etc/", "lib/", "lib/apk/", "lib/apk/db/", "root/", "sbin/", "usr/", "usr/bin/", "var/"]
    {
        tar.entry(dir, 0o755, Kind::Directory)?;
    }
    tar.entry("tmp/", 0o1777, Kind::Directory)?;
    let release = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.18.2\nPRETTY_NAME=\"Alpine Linux v3.18\"\nHOME_URL=\"https://alpinelinux.org/\"\n";
    tar.entry("etc/os-release", 0o644, Kind::File(release.as_bytes()))?;
    tar.entry("etc/alpine-release", 0o644, Kind::File(b"3.18.2\n"))?;
    tar.entry(
        "etc/passwd",
        0o644,
        Kind::File(b"root:x:0:0:root:/root:/bin/ash\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"),
    )?;
    tar.entry("etc/group", 0o644, Kind::File(b"root:x:0:root\nnobody:x:65534:\n"))?;
    tar.entry("bin/busybox", 0o755, Kind::File(&program("BusyBox v1.36.1 (2023-06-02 00:42:02 UTC)")))?;
    tar.entry("bin/sh", 0o777, Kind::Symlink("/bin/busybox"))?;
    tar.entry("sbin/apk", 0o755, Kind::File(&program("apk-tools 2.14.0")))?;
    tar.entry("lib/libcrypto.so.3", 0o755, Kind::File(&program("OpenSSL 3.1.1 30 May 2023")))?;
    tar.entry("lib/libssl.so.3", 0o755, Kind::File(&program("libssl.so.3")))?;
    tar.entry("lib/ld-musl-x86_64.so.1", 0o755, Kind::File(&program("musl libc (x86_64)")))?;
    tar.entry("lib/libz.so.1.2.13", 0o755, Kind::File(&program("1.2.13")))?;
    tar.entry("lib/apk/db/installed", 0o644, Kind::File(installed(&[BASE]).as_bytes()))?;
    Ok(())
}

fn added(tar: &mut Archive) -> Result<()> {
    tar.entry("lib/apk/db/installed", 0o644, Kind::File(installed(&[BASE, ADDED]).as_bytes()))?;
    tar.entry("usr/bin/curl", 0o4755, Kind::File(&program("curl 8.1.2")))?;
    tar.entry("usr/bin/node", 0o755, Kind::File(&program("node v18.17.1")))?;
    tar.entry("usr/lib/", 0o755, Kind::Directory)?;
    for (dir, file) in ADDED.iter().flat_map(|p| p.files).filter(|f| f.0 == "usr/lib") {
        tar.entry(&format!("{dir}/{file}"), 0o755, Kind::File(&program(file)))?;
    }
    Ok(())
}

fn fonts(tar: &mut Archive) -> Result<()> {
    tar.entry("app/", 0o755, Kind::Directory)?;
    tar.entry("app/public/", 0o755, Kind::Directory)?;
    tar.entry("app/public/fonts.tar.gz", 0o644, Kind::File(b"not a real font\n"))?;
    Ok(())
}

/// What `npm ci --omit=dev` installs, and the npm cache that the next layer hides.
fn modules(tar: &mut Archive, lock: &Value) -> Result<()> {
    tar.entry("app/uploads/", 0o777, Kind::Directory)?;
    tar.entry("app/node_modules/", 0o755, Kind::Directory)?;
    tar.entry("app/.cache/", 0o755, Kind::Directory)?;
    tar.entry("app/.cache/npm.tar", 0o644, Kind::File(&vec![0; 256 * 1024]))?;
    tar.entry(
        "app/package-lock.json",
        0o644,
        Kind::File((serde_json::to_string_pretty(lock)? + "\n").as_bytes()),
    )?;
    tar.entry("app/.npmrc", 0o644, Kind::File(b"//packages.shop.example/:_authToken=not-a-real-token\n"))?;
    for (path, package) in lock["packages"].as_object().context("a lockfile without packages")? {
        let Some(name) = path.strip_prefix("node_modules/") else { continue };
        if package["dev"] == true {
            continue;
        }
        let name = name.rsplit("node_modules/").next().unwrap_or(name);
        let manifest = json!({"name": name, "version": package["version"], "license": package["license"]});
        tar.entry(&format!("app/{path}/"), 0o755, Kind::Directory)?;
        let text = serde_json::to_string_pretty(&manifest)? + "\n";
        tar.entry(&format!("app/{path}/package.json"), 0o644, Kind::File(text.as_bytes()))?;
    }
    Ok(())
}

fn application(tar: &mut Archive) -> Result<()> {
    let manifest = include_bytes!("../../examples/shop/services/storefront/package.json");
    let server = include_bytes!("../../examples/shop/services/storefront/server.js");
    tar.entry("app/package.json", 0o644, Kind::File(manifest))?;
    tar.entry("app/server.js", 0o644, Kind::File(server))?;
    tar.entry("app/.wh..cache", 0o644, Kind::File(b""))?;
    Ok(())
}

/// apk's record of what is installed.
fn installed(lists: &[&[Apk]]) -> String {
    let mut packages: Vec<&Apk> = lists.iter().copied().flatten().collect();
    packages.sort_by_key(|p| p.name);
    let mut text = String::new();
    for p in packages {
        text.push_str(&format!("P:{}\nV:{}\nA:x86_64\nL:{}\no:{}\n", p.name, p.version, p.license, p.origin));
        if !p.needs.is_empty() {
            text.push_str(&format!("D:{}\n", p.needs));
        }
        for (dir, file) in p.files {
            text.push_str(&format!("F:{dir}\nR:{file}\n"));
        }
        text.push('\n');
    }
    text
}

/// Something that begins like a 64-bit program for x86-64 and says what it is.
fn program(says: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    bytes.resize(52, 0);
    bytes.extend_from_slice(&[64, 0]);
    bytes.resize(64, 0);
    bytes.extend_from_slice(says.as_bytes());
    bytes.push(0);
    bytes
}
