//! Which question is asked about which package.

use super::cases::{database, package};
use crate::{Asked, asked};

/// Ecosystem, name and version of the first question; or the place of the doubt.
fn question(line: &str) -> String {
    let ecosystems = [
        "Debian:12",
        "Debian:6.0",
        "Ubuntu:22.04:LTS",
        "Ubuntu:Pro:18.04:LTS",
        "Ubuntu:Pro:22.04:LTS",
        "Alpine:v3.18",
        "Alpine:edge",
        "AlmaLinux:9",
        "Rocky Linux:9",
        "Red Hat:enterprise_linux:9::appstream",
        "Red Hat:enterprise_linux:9::baseos",
        "Wolfi",
        "SUSE:Linux Enterprise Server 15 SP5",
        "SUSE:Linux Enterprise Server 11 SP1 LTSS",
        "SUSE:Linux Enterprise Server 16.0",
        "SUSE:Linux Enterprise Micro 5.5",
        "SUSE:Linux Micro 6.1",
        "SUSE:Manager Server 5.5",
        "openSUSE:Leap 15.5",
        "Arch Linux",
        "Photon OS:5.0",
        "PyPI",
        "npm",
        "Go",
        "Maven",
        "crates.io",
        "RubyGems",
        "ConanCenter",
        "Pub",
    ];
    let records: Vec<String> = ecosystems
        .iter()
        .map(|e| format!(r#"{{"id":"X-{e}","affected":[{{"package":{{"ecosystem":"{e}","name":"x"}},"versions":["1"]}}]}}"#))
        .collect();
    let list = format!("[{}]", records.join(","));
    let database = database(&[("list.json", &list)], &[]);
    match asked(&package(line), database.info()) {
        Asked::Questions(questions) => {
            let all: Vec<String> =
                questions.iter().map(|q| format!("{} {} {}", q.ecosystem, q.name, q.version)).collect();
            all.join("; ")
        }
        Asked::Nobody(place, ..) => format!("nobody: {place}"),
        Asked::Owned => "owned".to_owned(),
    }
}

#[test]
fn distributions_are_asked_by_release_and_source() {
    assert_eq!(
        question("deb libssl3 3.0-1 source=openssl/3.0-1 distribution=debian:12"),
        "Debian:12 openssl 3.0-1"
    );
    assert_eq!(
        question("deb libssl3 3.0-1+b1 source=openssl/3.0-1 distribution=debian:12.4"),
        "Debian:12 openssl 3.0-1"
    );
    assert_eq!(question("deb bash 4-1 distribution=debian:6.0"), "Debian:6.0 bash 4-1");
    assert_eq!(
        question("deb bash 4-1 distribution=ubuntu:22.04"),
        "Ubuntu:22.04:LTS bash 4-1; Ubuntu:Pro:22.04:LTS bash 4-1"
    );
    assert_eq!(question("deb bash 4-1 distribution=ubuntu:18.04"), "Ubuntu:Pro:18.04:LTS bash 4-1");
    assert_eq!(
        question("apk libssl3 3-r0 source=openssl/3-r0 distribution=alpine:3.18.9"),
        "Alpine:v3.18 openssl 3-r0"
    );
    assert_eq!(question("apk a 3-r0 distribution=alpine:3.21.0_alpha20240807"), "Alpine:edge a 3-r0");
    assert_eq!(question("apk a 3-r0 distribution=wolfi:20230201"), "Wolfi a 3-r0");
    assert_eq!(
        question("rpm openssl-libs 1:3-1.el9 source=openssl/1:3-1.el9 distribution=almalinux:9.4"),
        "AlmaLinux:9 openssl-libs 1:3-1.el9"
    );
    assert_eq!(
        question("rpm openssl-libs 1:3-1.el9 source=openssl/1:3-1.el9 distribution=rocky:9.4"),
        "Rocky Linux:9 openssl 1:3-1.el9"
    );
    assert_eq!(
        question("rpm bash 5-1 distribution=rhel:9.2"),
        "Red Hat:enterprise_linux:9::appstream bash 5-1; Red Hat:enterprise_linux:9::baseos bash 5-1"
    );
    assert_eq!(
        question("rpm bash 5-1 distribution=sles:15.5"),
        "SUSE:Linux Enterprise Server 15 SP5 bash 5-1"
    );
    for (distribution, product) in [
        ("sles:11.1", "Linux Enterprise Server 11 SP1 LTSS"),
        ("sles:16.0", "Linux Enterprise Server 16.0"),
        ("sle-micro:5.5", "Linux Enterprise Micro 5.5"),
        ("sl-micro:6.1", "Linux Micro 6.1"),
    ] {
        let line = format!("rpm bash 5-1 distribution={distribution}");
        assert_eq!(question(&line), format!("SUSE:{product} bash 5-1"));
    }
    assert_eq!(
        question("rpm libxml2-2 2-1 source=libxml2/2-1 distribution=sles:15.5"),
        "SUSE:Linux Enterprise Server 15 SP5 libxml2 2-1; SUSE:Linux Enterprise Server 15 SP5 libxml2-2 2-1"
    );
    assert_eq!(question("rpm bash 5-1 distribution=opensuse-leap:15.5"), "openSUSE:Leap 15.5 bash 5-1");
    assert_eq!(question("alpm lib32-pam 1-1 source=pam/1-1 distribution=arch:"), "Arch Linux lib32-pam 1-1");
    assert_eq!(
        question("rpm expat-libs 1-1.ph5 source=expat/1-1.ph5 distribution=photon:5.0"),
        "Photon OS:5.0 expat 1-1.ph5"
    );
}

#[test]
fn a_release_or_distribution_that_nobody_covers_is_a_doubt() {
    assert_eq!(question("deb bash 4-1 distribution=debian:9"), "nobody: Debian:9");
    assert_eq!(question("deb bash 4-1 distribution=ubuntu:24.04"), "nobody: Ubuntu:24.04");
    assert_eq!(question("rpm bash 4-1 distribution=fedora:40"), "nobody: fedora 40");
    assert_eq!(question("deb bash 4-1"), "nobody: deb packages");
    assert_eq!(question("nuget Json 1.0"), "nobody: NuGet");
    assert_eq!(question("conda numpy 1.0"), "nobody: conda");
    assert_eq!(question("generic nginx 1.25.3"), "nobody: generic software");
    assert_eq!(question("generic registry.terraform.io/hashicorp/aws 4.0.0"), "nobody: Terraform");
    assert_eq!(question("maven log4j-core 2.14.1 path=app/log4j.jar"), "nobody: Maven app/log4j.jar");
}

#[test]
fn a_package_of_a_private_registry_is_not_the_public_one_of_its_name() {
    let conan = |purl: &str| question(&format!("conan fmt 9.1.0 path=conan.lock purl={purl}"));
    assert_eq!(conan("pkg:conan/fmt@9.1.0"), "ConanCenter fmt 9.1.0");
    assert_eq!(conan("pkg:conan/fmt@9.1.0?rrev=1"), "ConanCenter fmt 9.1.0");
    assert_eq!(conan("pkg:conan/fmt@9.1.0?channel=stable&user=acme"), "nobody: ConanCenter conan.lock");
    let dart = |purl: &str| question(&format!("pub http 1.0.0 purl={purl}"));
    assert_eq!(dart("pkg:pub/http@1.0.0?repository_url=https://pub.dartlang.org/"), "Pub http 1.0.0");
    assert_eq!(dart("pkg:pub/http@1.0.0?repository_url=pub.dev"), "Pub http 1.0.0");
    assert_eq!(dart("pkg:pub/http@1.0.0?repository_url=https://dart.example.org"), "nobody: pub.dev");
}

#[test]
fn languages_are_asked_by_registry() {
    assert_eq!(question("pypi django 1.11"), "PyPI django 1.11");
    assert_eq!(question("pypi requests 2.28.1 owner=deb:python3-requests"), "owned");
    assert_eq!(question("golang stdlib go1.20.3"), "Go stdlib 1.20.3");
    assert_eq!(question("golang stdlib go1.21rc2"), "Go stdlib 1.21.0-rc.2");
    assert_eq!(question("golang stdlib 1.22.0-custom"), "Go stdlib 1.22.0-custom");
    assert_eq!(question("golang golang.org/x/net v0.7.0"), "Go golang.org/x/net v0.7.0");
    assert_eq!(question("maven org.apache:log4j 2.14.1"), "Maven org.apache:log4j 2.14.1");
}
