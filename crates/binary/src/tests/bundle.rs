//! Programs that carry their packages in one file: .NET's bundles, Python's zipapps.

use super::java::zip;
use crate::{dotnet, zipapp};

const DEPS: &[u8] = br#"{"libraries":{"Newtonsoft.Json/13.0.1":{"type":"package"}}}"#;

/// A program with a bundle of `major`, its list of packages behind a file of another kind.
fn bundle(major: u32, deps: &[u8]) -> Vec<u8> {
    let mut out = b"\x7fELF and a host".to_vec();
    let mark = out.len();
    out.extend([0; 8]);
    out.extend([
        0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32, 0x13,
        0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
    ]);
    let begin = out.len() as i64;
    out.extend(deps);
    let header = out.len() as i64;
    for word in [major, 0, 2] {
        out.extend(word.to_le_bytes());
    }
    out.extend(b"\x03abc");
    if major != 1 {
        for long in [begin, deps.len() as i64, 0, 0, 0] {
            out.extend(long.to_le_bytes());
        }
    }
    for (offset, size, kind, name) in [(0, 4, 1, "app.dll"), (begin, deps.len() as i64, 3, "app.deps.json")] {
        out.extend(offset.to_le_bytes());
        out.extend(size.to_le_bytes());
        if major == 6 {
            out.extend(0_i64.to_le_bytes());
        }
        out.extend([kind, name.len() as u8]);
        out.extend(name.as_bytes());
    }
    out[mark..mark + 8].copy_from_slice(&header.to_le_bytes());
    out
}

#[test]
fn a_dotnet_bundle_gives_its_list_of_packages_whatever_its_version() {
    for major in [1, 2, 6] {
        assert_eq!(dotnet::deps(&bundle(major, DEPS)).unwrap().unwrap(), DEPS, "{major}");
    }
    assert!(dotnet::deps(b"\x7fELF and nothing").is_none());
    let mut host = bundle(6, DEPS);
    host[15..23].fill(0);
    assert!(dotnet::deps(&host).is_none(), "a host that bundles nothing");
    let said = |bytes: &[u8]| dotnet::deps(bytes).unwrap().unwrap_err();
    assert!(said(&bundle(7, DEPS)).contains("version 7.0"));
    assert!(said(&bundle(6, b"")).contains("without a list"));
}

#[test]
fn a_bundle_that_is_cut_off_says_so_and_never_panics() {
    let whole = bundle(1, DEPS);
    for length in 0..whole.len() {
        let read = dotnet::deps(&whole[..length]);
        assert!(read.is_none_or(|r| r.is_err()) || length + 40 > whole.len(), "{length}");
    }
    let mut far = bundle(6, DEPS);
    far[15..23].copy_from_slice(&i64::MAX.to_le_bytes());
    assert!(dotnet::deps(&far).unwrap().unwrap_err().contains("outside"));
}

#[test]
fn a_zipapp_gives_the_metadata_of_its_distributions_behind_its_first_line() {
    let files: [(&str, &[u8]); 4] = [
        ("__main__.py", b"import app"),
        ("site-packages/requests-2.31.0.dist-info/METADATA", b"Name: requests\nVersion: 2.31.0\n\nLong text"),
        (
            ".deps/six-1.16.0-py2.py3-none-any.whl/six-1.16.0.dist-info/METADATA",
            b"Name: six\r\nVersion: 1.16.0\r\n\r\n",
        ),
        ("old/EGG-INFO/PKG-INFO", b"Name: old\nVersion: 1\n"),
    ];
    let archive = zip(&files);
    let script = [b"#!/usr/bin/env python3\n".as_slice(), &archive].concat();
    for bytes in [&archive, &script] {
        let found = zipapp::read(bytes);
        assert_eq!(found.problems, []);
        let headers: Vec<&str> = found.metadata.iter().map(|(_, header)| header.as_str()).collect();
        assert_eq!(
            headers,
            ["Name: six\nVersion: 1.16.0", "Name: old\nVersion: 1\n", "Name: requests\nVersion: 2.31.0"]
        );
    }
    let cut = zipapp::read(&script[..script.len() / 2]);
    assert_eq!((cut.metadata.len(), cut.problems.len()), (0, 1));
}
