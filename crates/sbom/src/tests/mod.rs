//! Documents of our own in the shape that each writer gives them.

mod foreign;
mod hostile;
mod outline;
mod round_trip;
mod schema;
mod spdx3;
mod suite;

use model::{Digest, Distribution, LayerRef, Package, PackageType, SourcePackage};

use crate::{CycloneDxVersion, Input, SubjectKind, write_cyclonedx, write_cyclonedx_xml};

/// A digest of one repeated byte.
fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

fn debian() -> Distribution {
    Distribution {
        id: "debian".to_owned(),
        version: "12".to_owned(),
        codename: Some("bookworm".to_owned()),
        pretty_name: Some("Debian GNU/Linux 12 (bookworm)".to_owned()),
        id_like: Vec::new(),
        end_of_life: Some("2026-06-10".to_owned()),
    }
}

/// Packages that use every field that travels.
fn packages() -> Vec<(String, Package)> {
    let openssl = Package {
        purl: "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl"
            .to_owned(),
        source: Some(SourcePackage { name: "openssl".to_owned(), version: "3.0.11-1~deb12u2".to_owned() }),
        architecture: Some("amd64".to_owned()),
        licenses: vec!["Apache-2.0".to_owned(), "GPL-2.0-only OR MIT".to_owned()],
        paths: vec!["var/lib/dpkg/status".to_owned(), "var/lib/dpkg/info/libssl3.list".to_owned()],
        layer: Some(LayerRef { index: 0, diff_id: digest(7) }),
        instruction: Some("ADD file:abc in /\n# \"quoted\"".to_owned()),
        distribution: Some(debian()),
        found_by: "dpkg".to_owned(),
        ..Package::new(PackageType::Deb, "libssl3", "3.0.11-1~deb12u2")
    };
    let nodejs = Package {
        purl: "pkg:rpm/almalinux/nodejs@18.19.0-1.el9?arch=x86_64&epoch=1&rpmmod=nodejs:18".to_owned(),
        module: Some("nodejs:18".to_owned()),
        architecture: Some("x86_64".to_owned()),
        licenses: vec!["MIT and BSD, see COPYING".to_owned()],
        distribution: Some(debian()),
        found_by: "rpm".to_owned(),
        ..Package::new(PackageType::Rpm, "nodejs", "1:18.19.0-1.el9")
    };
    let core = Package {
        purl: "pkg:npm/%40angular/core@17.0.1".to_owned(),
        licenses: vec!["MIT".to_owned()],
        paths: vec!["app/package-lock.json".to_owned()],
        direct: Some(true),
        found_by: "npm package-lock".to_owned(),
        depends_on: vec!["rxjs@6.0.0".to_owned()],
        ..Package::new(PackageType::Npm, "@angular/core", "17.0.1")
    };
    let rxjs = |version: &str| Package {
        purl: format!("pkg:npm/rxjs@{version}"),
        direct: Some(false),
        dev: version == "7.0.0",
        owner: Some("deb:node-rxjs".to_owned()),
        found_by: "npm package-lock".to_owned(),
        ..Package::new(PackageType::Npm, "rxjs", version)
    };
    let toml = Package {
        purl: "pkg:golang/github.com/burntsushi/toml@v1.3.2".to_owned(),
        found_by: "go build information".to_owned(),
        ..Package::new(PackageType::Golang, "github.com/BurntSushi/toml", "v1.3.2")
    };
    let log4j = Package {
        purl: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1".to_owned(),
        licenses: vec!["Apache-2.0".to_owned()],
        found_by: "jar".to_owned(),
        ..Package::new(PackageType::Maven, "org.apache.logging.log4j:log4j-core", "2.14.1")
    };
    let python = Package {
        purl: "pkg:generic/python@3.11.4".to_owned(),
        found_by: "elf strings".to_owned(),
        ..Package::new(PackageType::Generic, "python", "3.11.4")
    };
    [openssl, nodejs, core, rxjs("6.0.0"), rxjs("7.0.0"), toml, log4j, python]
        .into_iter()
        .map(|p| (p.purl.clone(), p))
        .collect()
}

/// Hands an input of all of [`packages`] to `with`.
fn with_input<T>(with: impl FnOnce(&Input<'_>) -> T) -> T {
    let packages = packages();
    let borrowed: Vec<(String, &Package)> = packages.iter().map(|(id, p)| (id.clone(), p)).collect();
    let distribution = debian();
    let dependencies = [("pkg:npm/%40angular/core@17.0.1".to_owned(), "pkg:npm/rxjs@6.0.0".to_owned())];
    with(&Input {
        name: "registry.example/shop/web:1.2",
        kind: SubjectKind::Container,
        digest: Some(digest(9)),
        distribution: Some(&distribution),
        packages: &borrowed,
        dependencies: &dependencies,
        as_of: "2026-11-25T18:00:00Z".parse().unwrap(),
        tool_version: "0.1.0",
    })
}

fn cyclonedx(input: &Input<'_>) -> String {
    write_cyclonedx(input, CycloneDxVersion::default())
}

fn cyclonedx_xml(input: &Input<'_>) -> String {
    write_cyclonedx_xml(input, CycloneDxVersion::default())
}
