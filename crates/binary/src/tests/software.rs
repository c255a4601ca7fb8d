//! Which products are recognised, and what is none.

use super::elf::elf;
use crate::{Executable, software};

/// What the constants of the file at `path` say.
fn of(path: &str, constants: &str) -> Vec<String> {
    let file = elf(&[(".rodata", constants.as_bytes())]);
    let file = Executable::parse(&file).unwrap();
    software::recognise(path, &file).into_iter().map(|s| format!("{} {}", s.product, s.version)).collect()
}

#[test]
fn a_product_is_known_by_its_name_and_its_own_words() {
    assert_eq!(of("usr/sbin/nginx", "\0nginx version: nginx/1.22.1\0"), ["nginx 1.22.1"]);
    assert_eq!(of("usr/lib/libcrypto.so.1.1", "\0OpenSSL 1.1.1w  11 Sep 2023\0"), ["openssl 1.1.1w"]);
    assert_eq!(
        of("x/numpy.libs/libcrypto-9b60b02d.so.3", "\0OpenSSL 3.0.13 30 Jan 2024\0"),
        ["openssl 3.0.13"]
    );
    assert_eq!(of("usr/local/bin/python3.12", "\x003.12.4\0x\x003.1\0"), ["python 3.12.4"]);
    assert_eq!(of("usr/local/bin/python3.13", "\x003.13.0rc2+\0"), ["python 3.13.0rc2"]);
    assert_eq!(of("usr/sbin/sshd", "\0OpenSSH_9.2\0OpenSSH_9.2p1 Debian-2\0"), ["openssh 9.2p1"]);
    assert_eq!(of("bin/[", "\0BusyBox v1.36.1 (2023-11-07)\0"), ["busybox 1.36.1"]);
    assert_eq!(
        of("usr/lib/libxml2.so.2", "http://www.w3.org/XML/1998/namespace\x0020914\0"),
        ["libxml2 2.9.14"]
    );
    assert_eq!(
        of("opt/jvm/lib/server/libjvm.so", "for linux-amd64 JRE (1.8.0_392-b08), built"),
        ["openjdk 1.8.0_392"]
    );
    assert_eq!(
        of("usr/sbin/mysqld", "\x0010.11.6-MariaDB\0Welcome to MariaDB\0".trim()),
        ["mariadb 10.11.6"]
    );
}

#[test]
fn redis_is_the_version_that_a_build_id_is_glued_to() {
    let constants =
        "\x007.0.15\0\x002.6.0\0\x006.2.0\0\x007.0.15buildhost-1701469167000000000\0redis_version:%s\0";
    assert_eq!(of("usr/bin/redis-server", constants), ["redis 7.0.15"]);
    assert_eq!(of("usr/bin/redis-server", "\x007.0.15\0\x002.6.0\0redis_version:%s\0"), Vec::<String>::new());
}

#[test]
fn what_a_product_was_built_with_is_not_the_product() {
    let quoted = "\0built with OpenSSL 3.0.11 19 Sep 2023\0";
    assert_eq!(of("usr/sbin/nginx", quoted), Vec::<String>::new());
    assert_eq!(of("usr/bin/dash", quoted), Vec::<String>::new());
    assert_eq!(of("usr/lib/python3/_ssl.cpython-311-x86_64-linux-gnu.so", quoted), Vec::<String>::new());
}

#[test]
fn two_answers_are_none() {
    assert_eq!(of("usr/lib/libzstd.so.1", "\x001.5.4\0\x001.4.0\0"), Vec::<String>::new());
}

#[test]
fn a_java_runtime_says_so_in_its_release_file() {
    let of = |text: &str| software::java_release(text).map(|s| format!("{} {}", s.product, s.version));
    let temurin = "JAVA_VERSION=\"17.0.9\"\nJAVA_RUNTIME_VERSION=\"17.0.9+9\"\nOS_ARCH=\"x86_64\"\n";
    assert_eq!(of(temurin).as_deref(), Some("openjdk 17.0.9"));
    assert_eq!(of("JAVA_VERSION=\"1.8.0_392\"\nOS_ARCH=\"amd64\"\n").as_deref(), Some("openjdk 1.8.0_392"));
    assert_eq!(of("NAME=x\n"), None);
}
