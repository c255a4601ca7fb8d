//! What lies in a file system beside packages, as far as rules ask.

use inventory::{FileFact, FileTrait, Problem, Surface};
use model::Package;
use oci::{FileKind, FileRef, Interest, Tree};

use crate::credential;
use crate::owners::Owners;

/// Largest `passwd` read, in bytes.
const PASSWD_BYTES_MAX: u64 = 4 << 20;
/// Most files listed for nothing but being writable by everyone; every other notable file is listed.
const WORLD_WRITABLE_MAX: usize = 50_000;

/// What the pass shall do with a file that only the surface needs.
pub(crate) fn interest(path: &str, size: u64) -> Option<Interest> {
    let wanted = (path == "etc/passwd" && size <= PASSWD_BYTES_MAX)
        || (credential::may_hold(path) && 0 < size && size <= credential::CREDENTIAL_BYTES_MAX);
    wanted.then_some(Interest::Keep)
}

/// The surface of `tree`; `packages` tell which package owns a file. The caller, who knows the layers, fills what they
/// wasted and which of them brought each file.
#[must_use]
pub fn surface(tree: &Tree, packages: &[Package]) -> Surface {
    let owners = Owners::new(packages);
    let mut surface = Surface::default();
    let mut writable = 0;
    for file in tree.iter() {
        if file.kind == FileKind::Regular {
            surface.files += 1;
            surface.bytes = surface.bytes.saturating_add(file.size);
        }
        let traits = traits(tree, &file);
        if traits == [FileTrait::WorldWritable] {
            writable += 1;
        }
        if !traits.is_empty() && (traits != [FileTrait::WorldWritable] || writable <= WORLD_WRITABLE_MAX) {
            surface.notable.push(fact(&file, traits, &owners));
        }
    }
    surface.users = users(tree);
    surface
}

/// What [`surface`] leaves out.
pub(crate) fn left_out(tree: &Tree) -> Option<Problem> {
    let count = tree.iter().filter(is_world_writable).count();
    (WORLD_WRITABLE_MAX < count).then(|| {
        let reason =
            format!("{count} files are writable by everyone, of which {WORLD_WRITABLE_MAX} are listed");
        Problem::unread(
            "image-hardening",
            "",
            reason,
            "take the right to write away from everyone (`chmod -R o-w`)",
        )
    })
}

fn is_world_writable(file: &FileRef<'_>) -> bool {
    let sticky = file.kind == FileKind::Directory && file.mode & 0o1000 != 0;
    matches!(file.kind, FileKind::Regular | FileKind::Directory) && file.mode & 0o002 != 0 && !sticky
}

fn fact(file: &FileRef<'_>, traits: Vec<FileTrait>, owners: &Owners<'_>) -> FileFact {
    FileFact {
        path: file.path.to_owned(),
        traits,
        mode: file.mode,
        uid: file.uid,
        gid: file.gid,
        size: file.size,
        layer: None,
        instruction: None,
        owner: owners.of(file.path),
    }
}

fn traits(tree: &Tree, file: &FileRef<'_>) -> Vec<FileTrait> {
    let mut out = Vec::new();
    let regular = file.kind == FileKind::Regular;
    let runs = file.mode & 0o111 != 0;
    if regular && runs && file.mode & 0o4000 != 0 {
        out.push(FileTrait::Setuid);
    }
    // Without the group's execute bit the bit asks for mandatory locking (chmod(2)), and gives nobody anything.
    if regular && file.mode & 0o2010 == 0o2010 {
        out.push(FileTrait::Setgid);
    }
    if is_world_writable(file) {
        out.push(FileTrait::WorldWritable);
    }
    if let Some(role) = role(tree, file) {
        out.push(role);
    }
    if regular && holds_credentials(tree, file) {
        out.push(FileTrait::Credential);
    }
    if regular && file.capability {
        out.push(FileTrait::Capability);
    }
    out
}

fn holds_credentials(tree: &Tree, file: &FileRef<'_>) -> bool {
    let readable =
        0 < file.size && file.size <= credential::CREDENTIAL_BYTES_MAX && credential::may_hold(file.path);
    readable && tree.kept(file.path).is_some_and(|bytes| credential::holds(file.path, bytes))
}

/// Folders that a `PATH` names.
const BIN: [&str; 7] = ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "busybox"];

const SHELLS: &[&str] = &[
    "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "lksh", "mksh", "nu", "rbash", "sh",
    "tcsh", "xonsh", "yash", "zsh",
];
const PACKAGE_MANAGERS: &[&str] = &[
    "apk",
    "apt",
    "apt-get",
    "aptitude",
    "bun",
    "bundle",
    "cargo",
    "composer",
    "conda",
    "corepack",
    "cpan",
    "cpanm",
    "dnf",
    "dnf5",
    "dpkg",
    "easy_install",
    "gem",
    "mamba",
    "microdnf",
    "micromamba",
    "nix",
    "nix-env",
    "npm",
    "npx",
    "opkg",
    "pacman",
    "pip",
    "pip2",
    "pip3",
    "pipenv",
    "pipx",
    "pnpm",
    "poetry",
    "rpm",
    "snap",
    "tdnf",
    "uv",
    "yarn",
    "yarnpkg",
    "yum",
    "zypper",
];
const COMPILERS: &[&str] = &[
    "ar", "as", "c++", "c89", "c99", "cc", "clang", "clang++", "cpp", "g++", "gcc", "gdb", "gdc", "gfortran",
    "ghc", "go", "javac", "ld", "ld.bfd", "ld.gold", "ld.lld", "lld", "make", "nasm", "ninja", "rustc",
    "tcc", "yasm", "zig",
];
const NETWORK_TOOLS: &[&str] = &[
    "aria2c",
    "arp",
    "curl",
    "dig",
    "ftp",
    "host",
    "ifconfig",
    "ip",
    "iptables",
    "lftp",
    "lynx",
    "mosh",
    "nc",
    "nc.openbsd",
    "nc.traditional",
    "ncat",
    "netcat",
    "netstat",
    "nmap",
    "nslookup",
    "ping",
    "rclone",
    "rsh",
    "rsync",
    "scp",
    "sftp",
    "socat",
    "ss",
    "ssh",
    "sshd",
    "tcpdump",
    "telnet",
    "tftp",
    "traceroute",
    "w3m",
    "wget",
    "wget2",
];

/// The role that a program has by its name: a file that runs, or a link that leads to one, in a folder of the `PATH`.
fn role(tree: &Tree, file: &FileRef<'_>) -> Option<FileTrait> {
    let (folder, name) = file.path.rsplit_once('/')?;
    if !BIN.contains(&folder) {
        return None;
    }
    let runs = match file.kind {
        FileKind::Regular => file.mode & 0o111 != 0,
        FileKind::Symlink => {
            tree.resolve(file.path).is_some_and(|f| f.kind == FileKind::Regular && f.mode & 0o111 != 0)
        }
        _ => false,
    };
    if !runs {
        return None;
    }
    let has = |list: &[&str]| list.binary_search(&name).is_ok();
    if has(SHELLS) {
        Some(FileTrait::Shell)
    } else if has(PACKAGE_MANAGERS) || numbered(name, &["pip", "pip3", "pip2", "easy_install"]) {
        Some(FileTrait::PackageManager)
    } else if has(COMPILERS) || numbered(name, &["gcc", "g++", "cpp", "clang", "clang++"]) || cross(name) {
        Some(FileTrait::Compiler)
    } else if has(NETWORK_TOOLS) {
        Some(FileTrait::NetworkTool)
    } else {
        None
    }
}

/// `gcc-12`, `pip3.11`.
fn numbered(name: &str, stems: &[&str]) -> bool {
    stems.iter().any(|stem| {
        let rest = name.strip_prefix(stem).map(|r| r.trim_start_matches(['-', '.']));
        rest.is_some_and(|r| !r.is_empty() && r.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    })
}

/// `x86_64-linux-gnu-gcc-12`.
fn cross(name: &str) -> bool {
    let Some((_, tool)) = name.split_once("-linux-") else { return false };
    let tool = tool.split_once('-').map_or("", |(_, tool)| tool);
    COMPILERS.binary_search(&tool).is_ok() || numbered(tool, &["gcc", "g++", "cpp"])
}

fn users(tree: &Tree) -> Vec<(String, u32)> {
    let Ok(bytes) = tree.open("etc/passwd", PASSWD_BYTES_MAX) else { return Vec::new() };
    String::from_utf8_lossy(&bytes)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let id = fields.nth(1)?.parse().ok()?;
            (!name.is_empty()).then_some((name, id))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{COMPILERS, NETWORK_TOOLS, PACKAGE_MANAGERS, SHELLS, cross, numbered};

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        for list in [SHELLS, PACKAGE_MANAGERS, COMPILERS, NETWORK_TOOLS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn a_compiler_for_another_machine_is_a_compiler() {
        assert!(cross("x86_64-linux-gnu-gcc-12"));
        assert!(cross("aarch64-linux-musl-ld"));
        assert!(!cross("x86_64-linux-gnu-strings"));
        assert!(
            numbered("pip3.11", &["pip3"]) && numbered("gcc-12", &["gcc"]) && !numbered("gcc-ar", &["gcc"])
        );
    }
}
