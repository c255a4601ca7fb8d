//! Small root file systems: one sentence each, the files, and what is found.

use inventory::{FileTrait, Harvest, TargetKind};
use model::{Package, PackageType};
use oci::{Tree, TreeBuilder};

use crate::{Catalogers, catalog, distribution, surface};

struct Root(TreeBuilder);

impl Root {
    fn new() -> Self {
        Self(TreeBuilder::default())
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.0.file(path, 0o644, text.as_bytes(), &Catalogers);
        self
    }

    fn bytes(mut self, path: &str, bytes: &[u8]) -> Self {
        self.0.file(path, 0o755, bytes, &Catalogers);
        self
    }

    fn program(mut self, path: &str, mode: u32) -> Self {
        self.0.file(path, mode, b"#!/bin/sh\n", &Catalogers);
        self
    }

    fn link(mut self, path: &str, target: &str) -> Self {
        self.0.symlink(path, target);
        self
    }

    fn tree(self) -> Tree {
        self.0.build(None)
    }

    fn harvest(self) -> Harvest {
        catalog(&self.tree(), TargetKind::Rootfs)
    }
}

fn named<'h>(harvest: &'h Harvest, name: &str) -> &'h Package {
    harvest.packages.iter().find(|p| p.name == name).unwrap()
}

const BOOKWORM: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";

#[test]
fn a_bill_of_materials_within_an_image_names_what_carries_no_metadata() {
    let bitnami = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"SPDXID": "SPDXRef-nginx", "name": "nginx", "versionInfo": "1.25.3-1",
        "externalRefs": [{"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:bitnami/nginx@1.25.3-1"}]}]}"#;
    let vendored = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": "libwebp", "version": "1.3.1", "purl": "pkg:generic/libwebp@1.3.1"},
        {"type": "library", "name": "pillow", "version": "10.0.0", "purl": "pkg:pypi/pillow@10.0.0"}]}"#;
    let site = "usr/local/lib/python3.11/site-packages/pillow-10.0.0.dist-info";
    let harvest = Root::new()
        .file("opt/bitnami/nginx/.spdx-nginx.spdx", bitnami)
        .file(&format!("{site}/METADATA"), "Metadata-Version: 2.1\nName: pillow\nVersion: 10.0.0\n")
        .file(&format!("{site}/sboms/auditwheel.cdx.json"), vendored)
        .file("srv/broken.spdx.json", "{")
        .harvest();
    let found: Vec<_> = harvest.packages.iter().map(|p| (p.purl.as_str(), p.found_by.as_str())).collect();
    assert_eq!(
        found,
        [
            ("pkg:pypi/pillow@10.0.0", "python dist-info"),
            ("pkg:bitnami/nginx@1.25.3-1", "bill of materials"),
            ("pkg:generic/libwebp@1.3.1", "bill of materials"),
        ]
    );
    assert_eq!(harvest.problems.len(), 1, "{:?}", harvest.problems);
    assert!(harvest.problems[0].reason.starts_with("not JSON"), "{:?}", harvest.problems);
}

#[test]
fn vulnerabilities_that_a_bill_within_an_image_lists_are_in_doubt() {
    let bill = |ids: &[&str]| {
        let of = |id: &&str| format!(r#"{{"id": "{id}", "affects": [{{"ref": "a"}}, {{"ref": "b"}}]}}"#);
        let all = ids.iter().map(of).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
            {{"type": "library", "bom-ref": "a", "name": "zlib", "version": "1.2.11", "purl": "pkg:generic/zlib@1.2.11"}}],
            "vulnerabilities": [{all}]}}"#
        )
    };
    let harvest = Root::new()
        .file("opt/app/few.cdx.json", &bill(&["CVE-2022-37434", "CVE-2018-25032"]))
        .file("opt/app/many.cdx.json", &bill(&["CVE-1-1", "CVE-1-2", "CVE-1-3", "CVE-1-4", "CVE-1-1"]))
        .file("opt/app/none.cdx.json", &bill(&[]))
        .harvest();
    let told: Vec<_> = harvest.problems.iter().map(|p| (p.r#where.as_str(), p.reason.as_str())).collect();
    let why = "vulnerabilities that it lists, not taken over from within an image";
    let few = format!("{why}: 2 (CVE-2018-25032, CVE-2022-37434)");
    let many = format!("{why}: 4 (CVE-1-1, CVE-1-2, CVE-1-3, …)");
    assert_eq!(told, [("opt/app/few.cdx.json", few.as_str()), ("opt/app/many.cdx.json", many.as_str())]);
    let is_target =
        |p: &inventory::Problem| p.control == "image-scanning" && p.kind == model::DoubtKind::Target;
    assert!(harvest.problems.iter().all(is_target), "{:?}", harvest.problems);
}

#[test]
fn a_package_of_pacman_knows_base_files_and_what_it_needs() {
    let desc = |name: &str, more: &str| {
        format!("%NAME%\n{name}\n\n%VERSION%\n1:6.0.1-1\n\n%ARCH%\nx86_64\n\n{more}")
    };
    let harvest = Root::new()
        .file("etc/os-release", "ID=arch\nNAME=\"Arch Linux\"\n")
        .file(
            "var/lib/pacman/local/pacman-1:6.0.1-1/desc",
            &desc("pacman", "%BASE%\npac\n\n%DEPENDS%\nlibx>=1\ngone\n"),
        )
        .file("var/lib/pacman/local/pacman-1:6.0.1-1/files", "%FILES%\nusr/\nusr/bin/pacman\nusr/bin/gone\n")
        .file(
            "var/lib/pacman/local/glibc-1:6.0.1-1/desc",
            &desc("glibc", "%LICENSE%\nGPL-2.0-or-later\n\n%PROVIDES%\nlibx=2\n"),
        )
        .file("var/lib/pacman/local/broken-1/desc", "%NAME%\nbroken\n")
        .file("var/lib/pacman/local/bare-1/files", "%FILES%\nusr/\n")
        .program("usr/bin/pacman", 0o755)
        .harvest();
    let pacman = named(&harvest, "pacman");
    assert_eq!(pacman.purl, "pkg:alpm/arch/pacman@1:6.0.1-1?arch=x86_64&distro=arch&upstream=pac");
    assert_eq!(pacman.depends_on, ["glibc"]);
    assert_eq!(pacman.owned_files, ["usr/bin/pacman"]);
    assert_eq!(named(&harvest, "glibc").licenses, ["GPL-2.0-or-later"]);
    let problems: Vec<&str> = harvest.problems.iter().map(|p| p.r#where.as_str()).collect();
    assert_eq!(problems, ["var/lib/pacman/local/bare-1", "var/lib/pacman/local/broken-1/desc"]);
}

#[test]
fn a_debian_package_knows_source_files_licences_and_what_it_needs() {
    let status = "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n\
        Source: openssl\nVersion: 3.0.11-1~deb12u2\nDepends: libc6 (>= 2.34), libgone | libz1:any\n\n\
        Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\nProvides: libz1 (= 1)\n\n\
        Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n";
    let harvest = Root::new()
        .file("etc/os-release", BOOKWORM)
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/info/libssl3:amd64.list", "/.\n/usr\n/lib/libssl.so.3\n/usr/share/gone\n")
        .link("lib", "usr/lib")
        .file("usr/lib/libssl.so.3", "x")
        .file(
            "usr/share/doc/libssl3/copyright",
            "Format: x\n\nFiles: *\nLicense: Apache-2.0\n text\n\nLicense: GPL-2+\n",
        )
        .harvest();
    assert_eq!(harvest.problems, []);
    assert_eq!(harvest.packages.len(), 2);
    let p = named(&harvest, "libssl3");
    assert_eq!(
        p.source.as_ref().map(|s| (s.name.as_str(), s.version.as_str())),
        Some(("openssl", "3.0.11-1~deb12u2"))
    );
    assert_eq!(p.owned_files, ["usr/lib/libssl.so.3"]);
    assert_eq!(p.licenses, ["Apache-2.0", "GPL-2.0-or-later"]);
    assert_eq!(p.depends_on, ["libc6"]);
    assert_eq!(
        p.purl,
        "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl"
    );
}

#[test]
fn a_rebuilt_binary_package_keeps_the_version_of_its_source() {
    let status = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nSource: bash (5.2.15-2)\nVersion: 5.2.15-2+b7\n";
    let harvest = Root::new().file("var/lib/dpkg/status", status).harvest();
    assert_eq!(named(&harvest, "bash").source.as_ref().map(|s| s.version.as_str()), Some("5.2.15-2"));
    assert!(named(&harvest, "bash").purl.contains("upstream=bash%405.2.15-2"));
}

#[test]
fn a_distroless_image_has_one_file_a_package() {
    let harvest = Root::new()
        .file("etc/os-release", BOOKWORM)
        .file("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n")
        .file("var/lib/dpkg/status.d/base.md5sums", "0123456789abcdef0123456789abcdef  etc/host.conf\n")
        .file("etc/host.conf", "x")
        .harvest();
    let p = named(&harvest, "base-files");
    assert_eq!(p.paths, ["var/lib/dpkg/status.d/base"]);
    assert_eq!(p.owned_files, ["etc/host.conf"]);
}

#[test]
fn a_diverted_file_belongs_to_who_put_it_where_it_is() {
    let status = "Package: dash\nStatus: install ok installed\nVersion: 1\n\nPackage: other\nStatus: install ok installed\nVersion: 2\n";
    let harvest = Root::new()
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n")
        .file("var/lib/dpkg/info/dash.list", "/bin/sh\n")
        .file("var/lib/dpkg/info/other.list", "/bin/sh\n")
        .file("bin/sh", "a")
        .file("bin/sh.distrib", "b")
        .harvest();
    assert_eq!(named(&harvest, "dash").owned_files, ["bin/sh"]);
    assert_eq!(named(&harvest, "other").owned_files, ["bin/sh.distrib"]);
}

#[test]
fn wolfi_is_apk_with_its_own_name() {
    let harvest = Root::new()
        .file("etc/os-release", "ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n")
        .file(
            "usr/lib/apk/db/installed",
            "P:libcrypto3\nV:3.3.1-r0\nA:x86_64\nL:Apache-2.0\no:openssl\np:so:libcrypto.so.3=3\n\n\
             P:curl\nV:8.9.0-r1\nA:x86_64\nL:MIT\no:curl\nD:so:libcrypto.so.3 !old\nF:usr/bin\nR:curl\n\n",
        )
        .file("usr/bin/curl", "x")
        .link("lib", "usr/lib")
        .harvest();
    assert_eq!(named(&harvest, "curl").depends_on, ["libcrypto3"]);
    assert_eq!(named(&harvest, "curl").owned_files, ["usr/bin/curl"]);
    assert_eq!(
        named(&harvest, "libcrypto3").purl,
        "pkg:apk/wolfi/libcrypto3@3.3.1-r0?arch=x86_64&distro=wolfi-20230201&upstream=openssl"
    );
    assert_eq!(harvest.packages.len(), 2);
}

#[test]
fn a_broken_database_is_a_problem_and_yields_what_is_whole() {
    let harvest = Root::new()
        .file("lib/apk/db/installed", "P:good\nV:1-r0\n\nV:2-r0\n\n")
        .file("var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0 and then nothing")
        .file("var/lib/rpm/rpmdb.sqlite-wal", "something")
        .harvest();
    assert_eq!(harvest.packages.len(), 1);
    let places: Vec<&str> = harvest.problems.iter().map(|p| p.r#where.as_str()).collect();
    assert_eq!(places, ["lib/apk/db/installed", "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite-wal"]);
    assert!(harvest.problems.iter().all(|p| p.kind == model::DoubtKind::Target));
}

#[test]
fn what_a_distribution_package_owns_is_marked() {
    let metadata = "Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\n\n";
    let place = "usr/lib/python3/dist-packages/requests-2.28.1.dist-info/METADATA";
    let harvest = Root::new()
        .file(
            "var/lib/dpkg/status",
            "Package: python3-requests\nStatus: install ok installed\nVersion: 2.28.1-1\n",
        )
        .file("var/lib/dpkg/info/python3-requests.list", &format!("/{place}\n"))
        .file(place, metadata)
        .harvest();
    assert_eq!(named(&harvest, "requests").owner.as_deref(), Some("deb:python3-requests"));
    assert_eq!(named(&harvest, "python3-requests").owner, None);
}

#[test]
fn every_way_a_root_file_system_names_its_distribution() {
    let id = |root: Root| distribution(&root.tree()).map(|d| (d.id, d.version));
    let is = |id: &str, version: &str| Some((id.to_owned(), version.to_owned()));
    assert_eq!(
        id(Root::new().file("etc/os-release", "ID='alpine'\nVERSION_ID=3.18.9\n")),
        is("alpine", "3.18.9")
    );
    assert_eq!(id(Root::new().file("usr/lib/os-release", BOOKWORM)), is("debian", "12"));
    assert_eq!(
        id(Root::new().file("usr/lib/os-release", BOOKWORM).link("etc/os-release", "../usr/lib/os-release")),
        is("debian", "12")
    );
    assert_eq!(id(Root::new().file("etc/alpine-release", "3.2.3\n")), is("alpine", "3.2.3"));
    assert_eq!(
        id(Root::new().file("etc/centos-release", "CentOS release 6.10 (Final)\n")),
        is("centos", "6.10")
    );
    assert_eq!(
        id(Root::new()
            .file("etc/redhat-release", "Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n")),
        is("rhel", "5.11")
    );
    assert_eq!(id(Root::new().file("etc/debian_version", "7.11\n")), is("debian", "7"));
    assert_eq!(
        id(Root::new()
            .file("etc/os-release", "ID=debian\nPRETTY_NAME=x\n")
            .file("etc/debian_version", "trixie/sid\n")),
        is("debian", "13")
    );
    let centos = "ID=\"centos\"\nVERSION_ID=\"7\"\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\n";
    let root = Root::new()
        .file("etc/os-release", centos)
        .file("etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n");
    assert_eq!(id(root), is("centos", "7.9.2009"));
    assert_eq!(id(Root::new().file("etc/hostname", "x\n")), None);
}

#[test]
fn the_surface_names_what_an_attacker_would_use() {
    let tree = Root::new()
        .program("bin/su", 0o4755)
        .program("bin/busybox", 0o755)
        .link("bin/sh", "/bin/busybox")
        .link("bin/wget", "/bin/gone")
        .program("usr/bin/gcc-12", 0o755)
        .program("usr/bin/apt-get", 0o755)
        .program("opt/curl", 0o755)
        .program("srv/open", 0o666)
        .file("root/.ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n")
        .file("etc/ssl/certs/ca.pem", "-----BEGIN CERTIFICATE-----\nx\n")
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/:/bin/false\n")
        .tree();
    let seen = surface(&tree, &[]);
    let of = |path: &str| {
        seen.notable.iter().find(|f| f.path == path).map(|f| f.traits.clone()).unwrap_or_default()
    };
    assert_eq!(of("bin/su"), [FileTrait::Setuid]);
    assert_eq!(of("bin/sh"), [FileTrait::Shell]);
    assert_eq!(of("bin/wget"), []);
    assert_eq!(of("usr/bin/gcc-12"), [FileTrait::Compiler]);
    assert_eq!(of("usr/bin/apt-get"), [FileTrait::PackageManager]);
    assert_eq!(of("opt/curl"), []);
    assert_eq!(of("srv/open"), [FileTrait::WorldWritable]);
    assert_eq!(of("root/.ssh/id_ed25519"), [FileTrait::Credential]);
    assert_eq!(of("etc/ssl/certs/ca.pem"), []);
    assert_eq!(seen.users, [("root".to_owned(), 0), ("web".to_owned(), 33)]);
}

#[test]
fn a_place_with_too_many_open_files_says_what_it_leaves_out() {
    let mut root = Root::new();
    for i in 0..=50_000 {
        root.0.file(&format!("srv/{i}"), 0o666, b"x", &Catalogers);
    }
    let tree = root.program("bin/su", 0o4755).tree();
    let harvest = catalog(&tree, TargetKind::Rootfs);
    assert!(harvest.problems.iter().any(|p| p.reason.contains("50001 files")), "{:?}", harvest.problems);
    assert_eq!(surface(&tree, &[]).notable.len(), 50_001);
}

#[test]
fn a_java_archive_in_an_image_is_a_place_of_its_own() {
    // An empty zip archive: its name alone tells.
    let empty = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let mut root = Root::new();
    root.0.file("opt/app/lib/widgets-2.1.jar", 0o644, empty, &Catalogers);
    root.0.file("opt/app/lib/log4j-core-2.14.1.jar", 0o644, empty, &Catalogers);
    let harvest = root.harvest();
    assert_eq!(named(&harvest, "org.apache.logging.log4j:log4j-core").version, "2.14.1");
    assert_eq!(named(&harvest, "widgets").purl, "pkg:maven/widgets@2.1");
    assert_eq!(named(&harvest, "widgets").paths, ["opt/app/lib/widgets-2.1.jar"]);
}

#[test]
fn a_java_runtime_is_known_by_its_release_file() {
    let release = "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"17.0.9+9\"\nJAVA_VERSION=\"17.0.9\"\nOS_ARCH=\"x86_64\"\n";
    let harvest = Root::new().file("opt/java/openjdk/release", release).harvest();
    let p = named(&harvest, "openjdk");
    assert_eq!((p.kind, p.version.as_str()), (PackageType::Generic, "17.0.9"));
    assert_eq!(p.purl, "pkg:generic/openjdk@17.0.9");
}

#[test]
fn a_distribution_without_a_package_list_is_not_an_empty_one() {
    let bare = || Root::new().file("etc/os-release", "ID=debian\nVERSION_ID=12\n");
    let problems = bare().harvest().problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].reason.contains("no package database"), "{problems:?}");
    let status = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n";
    assert!(bare().file("var/lib/dpkg/status", status).harvest().problems.is_empty());
}

#[test]
fn a_package_database_without_a_byte_was_not_read() {
    for path in [
        "var/lib/rpm/Packages",
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        "lib/apk/db/installed",
        "var/lib/dpkg/status",
    ] {
        let root = Root::new().file("etc/os-release", "ID=rocky\nVERSION_ID=9\n").file(path, "");
        let problems = root.harvest().problems;
        assert_eq!(problems.len(), 1, "{path}: {problems:?}");
        assert_eq!((problems[0].kind, problems[0].r#where.as_str()), (model::DoubtKind::Target, path));
    }
}

/// Every lockfile that is read, by its name.
const LOCKFILES: [&str; 23] = [
    "Cargo.lock",
    "Gemfile.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "bun.lock",
    "composer.lock",
    "conan.lock",
    "go.mod",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "pylock.toml",
    "uv.lock",
    "yarn.lock",
    "pom.xml",
    "go.sum",
];

#[test]
fn what_is_no_lockfile_is_never_one_without_packages() {
    let wrong = [
        "",
        "{}",
        "[]",
        "null",
        "some words of a person",
        "<html><body>404</body></html>",
        "\u{0}\u{1}\u{2}",
    ];
    let mut silent = Vec::new();
    for name in LOCKFILES {
        for text in wrong {
            let mut files = Root::new().file(name, text);
            if name == "go.sum" {
                files = files.file("go.mod", "module x\n\ngo 1.21\n");
            }
            let harvest = catalog(&files.tree(), TargetKind::Dir);
            if harvest.packages.is_empty() && harvest.problems.is_empty() {
                silent.push(format!("{name}: {text:?}"));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn a_lockfile_of_a_version_that_nobody_knows_is_unknown() {
    for (name, text) in [
        ("Cargo.lock", "version = 99\n"),
        ("Package.resolved", "{\"version\": 99, \"pins\": []}"),
        ("Pipfile.lock", "{\"_meta\": {\"pipfile-spec\": 99}, \"default\": {}, \"develop\": {}}"),
        ("bun.lock", "{\"lockfileVersion\": 99, \"packages\": {}}"),
        ("conan.lock", "{\"version\": \"99.0\", \"requires\": []}"),
        ("package-lock.json", "{\"lockfileVersion\": 99, \"packages\": {}}"),
        ("packages.lock.json", "{\"version\": 99, \"dependencies\": {}}"),
        ("pdm.lock", "[metadata]\nlock_version = \"99\"\n"),
        ("pnpm-lock.yaml", "lockfileVersion: '99.0'\n"),
        ("poetry.lock", "package = []\n[metadata]\nlock-version = \"99\"\n"),
        ("pylock.toml", "lock-version = \"99\"\npackages = []\n"),
        ("uv.lock", "version = 99\n"),
        ("yarn.lock", "__metadata:\n  version: 99\n"),
    ] {
        let harvest = catalog(&Root::new().file(name, text).tree(), TargetKind::Dir);
        assert!(harvest.problems.iter().any(|p| p.r#where == name), "{name}: {:?}", harvest.problems);
    }
}

#[test]
fn a_python_program_in_one_archive_names_the_distributions_in_it() {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let archive = testkit::zip(&[
        file("__main__.py", "import app"),
        file(
            "site-packages/requests-2.31.0.dist-info/METADATA",
            "Name: Requests\nVersion: 2.31.0\nLicense: Apache 2.0\n",
        ),
        file("site-packages/nameless.dist-info/METADATA", "Summary: x\n"),
    ])
    .unwrap();
    let script = [b"#!/usr/bin/env python3\n".as_slice(), &archive].concat();
    let harvest = Root::new()
        .bytes("opt/app.pyz", &archive)
        .bytes("usr/local/bin/tool", &script)
        .bytes("usr/local/bin/plain", b"#!/usr/bin/python3\nprint(1)\n")
        .bytes("opt/broken.pex", &archive[..archive.len() / 2])
        .harvest();
    let places: Vec<_> = harvest.packages.iter().map(|p| (p.purl.as_str(), p.paths[0].as_str())).collect();
    let inside = "site-packages/requests-2.31.0.dist-info/METADATA";
    assert_eq!(
        places,
        [
            ("pkg:pypi/requests@2.31.0", format!("opt/app.pyz!/{inside}").as_str()),
            ("pkg:pypi/requests@2.31.0", format!("usr/local/bin/tool!/{inside}").as_str()),
        ]
    );
    let problems: Vec<&str> = harvest.problems.iter().map(|p| p.r#where.as_str()).collect();
    let nameless = "site-packages/nameless.dist-info/METADATA";
    assert_eq!(
        problems,
        [
            "opt/app.pyz!/".to_owned() + nameless,
            "opt/broken.pex".to_owned(),
            "usr/local/bin/tool!/".to_owned() + nameless
        ]
    );
}

#[test]
fn a_package_whose_metadata_names_no_licence_has_that_of_the_text_beside_it() {
    let isc = "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.";
    let site = "usr/lib/python3/site-packages/a-1.0.dist-info";
    let harvest = Root::new()
        .file(
            "srv/node_modules/said/package.json",
            r#"{"name": "said", "version": "1.0.0", "license": "MIT"}"#,
        )
        .file("srv/node_modules/said/LICENSE", isc)
        .file("srv/node_modules/mute/package.json", r#"{"name": "mute", "version": "1.0.0"}"#)
        .file("srv/node_modules/mute/LICENSE.md", isc)
        .file("srv/node_modules/none/package.json", r#"{"name": "none", "version": "1.0.0"}"#)
        .file(&format!("{site}/METADATA"), "Name: a\nVersion: 1.0\n")
        .file(&format!("{site}/licenses/LICENSE"), "Mozilla Public License Version 2.0")
        .harvest();
    let licenses = |name: &str| named(&harvest, name).licenses.join(", ");
    assert_eq!(
        [licenses("said"), licenses("mute"), licenses("none"), licenses("a")],
        ["MIT", "ISC", "", "MPL-2.0"]
    );
    assert_eq!(harvest.problems, []);
}
