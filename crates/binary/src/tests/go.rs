//! Go build information in both forms, and crates of Rust binaries.

use std::io::Write;

use super::elf::{ADDRESS, elf};
use crate::{Executable, go, rust};

const BEGIN: &[u8] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const END: &[u8] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

const MODULES: &str = "path\texample.com/shop\nmod\texample.com/shop\t(devel)\t\ndep\tgolang.org/x/net\tv0.1.0\th1:a=\n\
    dep\texample.com/old\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:b=\ndep\texample.com/here\tv2.0.0\n=>\t./here\t\n\
    build\t-ldflags=\"-s -X main.version=v3.4.5\"\nbuild\tGOOS=linux\n";

fn text() -> Vec<u8> {
    [BEGIN, MODULES.as_bytes(), END].concat()
}

fn inline() -> Vec<u8> {
    let text = text();
    let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
    blob.resize(32, 0);
    blob.push(8);
    blob.extend(b"go1.21.5");
    blob.extend([u8::try_from(text.len() % 128).unwrap() | 0x80, u8::try_from(text.len() / 128).unwrap()]);
    blob.extend(text);
    blob
}

fn read(file: &[u8]) -> go::Build {
    go::build(&Executable::parse(file).unwrap()).unwrap().unwrap()
}

fn assert_shop(build: &go::Build) {
    assert_eq!(build.toolchain, "go1.21.5");
    assert_eq!(build.main_version().as_deref(), Some("v3.4.5"));
    let seen: Vec<_> = build.dependencies.iter().map(|m| (m.path.as_str(), m.version.as_str())).collect();
    let expected = [("golang.org/x/net", "v0.1.0"), ("example.com/fork", "v1.0.1"), ("example.com/here", "")];
    assert_eq!(seen, expected);
    assert_eq!(build.settings[1], ("GOOS".to_owned(), "linux".to_owned()));
}

#[test]
fn modules_stand_behind_the_mark_since_go_1_18() {
    assert_shop(&read(&elf(&[(".go.buildinfo", &inline())])));
}

#[test]
fn a_binary_without_the_section_has_the_mark_in_its_data() {
    assert_shop(&read(&elf(&[(".data", &inline())])));
}

#[test]
fn modules_are_pointed_to_before_go_1_18() {
    // Laid out first to learn the addresses, then with them.
    let (version, text) = (b"go1.21.5".to_vec(), text());
    let with = |version_header: u64, text_header: u64, version_at: u64, text_at: u64| {
        let mut blob = b"\xff Go buildinf:\x08\0".to_vec();
        blob.extend([version_header.to_le_bytes(), text_header.to_le_bytes()].concat());
        let header = |at: u64, length: usize| [at.to_le_bytes(), (length as u64).to_le_bytes()].concat();
        let headers = [header(version_at, version.len()), header(text_at, text.len())].concat();
        elf(&[
            (".go.buildinfo", &blob),
            (".data", &headers),
            (".rodata", &[version.clone(), text.clone()].concat()),
        ])
    };
    let draft = with(0, 0, 0, 0);
    let find = |needle: &[u8]| memchr::memmem::find(&draft, needle).unwrap() as u64 + ADDRESS;
    let text_at = find(BEGIN);
    let version_at = text_at - version.len() as u64;
    // The string headers begin at the next multiple of sixteen behind the mark.
    let headers_at = find(b"\xff Go buildinf:") + 32;
    assert_shop(&read(&with(headers_at, headers_at + 16, version_at, text_at)));
}

#[test]
fn a_stripped_section_leaves_the_text_and_the_printed_version() {
    let mut constants = b"\0go1.21.5\0".to_vec();
    constants.extend(text());
    assert_shop(&read(&elf(&[(".rodata", &constants), (".gopclntab", b"\xf1\xff\xff\xff")])));
}

#[test]
fn a_mark_that_points_nowhere_is_said() {
    let mut blob = b"\xff Go buildinf:\x08\0".to_vec();
    blob.extend([0xff; 16]);
    let file = elf(&[(".go.buildinfo", &blob)]);
    assert!(go::build(&Executable::parse(&file).unwrap()).unwrap().is_err());
    let other = elf(&[(".rodata", b"nothing")]);
    assert!(go::build(&Executable::parse(&other).unwrap()).is_none());
}

#[test]
fn the_standard_library_has_the_toolchains_version() {
    let of = |toolchain: &str| {
        go::Build { toolchain: toolchain.to_owned(), ..Default::default() }.standard_library()
    };
    assert_eq!(of("go1.21.5").as_deref(), Some("1.21.5"));
    assert_eq!(of("go1.22rc1").as_deref(), Some("1.22.0-rc.1"));
    assert_eq!(of("go1.20").as_deref(), Some("1.20"));
    assert_eq!(of("go1.21.5 X:boringcrypto").as_deref(), Some("1.21.5"));
    assert_eq!(of("go1.21.5-cloudflare").as_deref(), Some("1.21.5"));
    assert_eq!(of("devel go1.23-9b1a2b3"), None);
    assert_eq!(of(""), None);
}

#[test]
fn a_binary_built_without_modules_still_names_its_repository() {
    let build = go::Build {
        path: "github.com/docker/cli/cmd/docker".to_owned(),
        settings: vec![(
            "-ldflags".to_owned(),
            "-X \"github.com/docker/cli/cli/version.Version=28.2.2\"".to_owned(),
        )],
        ..Default::default()
    };
    assert_eq!(build.main_module().as_deref(), Some("github.com/docker/cli"));
    assert_eq!(build.main_version().as_deref(), Some("v28.2.2"));
    assert_eq!(go::Build { path: "cmd/go".to_owned(), ..Default::default() }.main_module(), None);
}

fn deflated(json: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(json).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_auditable_binary_lists_its_crates() {
    let json =
        br#"{"packages":[{"name":"shop","version":"0.1.0","source":"local","dependencies":[1],"root":true},
        {"name":"serde","version":"1.0.1","source":"crates.io","kind":"build"}]}"#;
    let file = elf(&[(".dep-v0", &deflated(json))]);
    let crates = rust::crates(&Executable::parse(&file).unwrap()).unwrap().unwrap();
    assert_eq!((crates[0].name.as_str(), crates[0].root, crates[0].kind.as_str()), ("shop", true, "runtime"));
    assert_eq!((crates[1].version.as_str(), crates[1].kind.as_str()), ("1.0.1", "build"));
}

#[test]
fn a_list_that_inflates_without_end_is_cut() {
    let size = usize::try_from(rust::LIST_BYTES_MAX).unwrap() + 1;
    let file = elf(&[(".dep-v0", &deflated(&vec![b' '; size]))]);
    let refused = rust::crates(&Executable::parse(&file).unwrap()).unwrap().unwrap_err();
    assert!(refused.contains("more than"), "{refused}");
}
