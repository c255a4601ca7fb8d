//! Executables with the sections that Go and cargo-auditable write, by hand.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::Compression;

/// A Go program, a Rust program and one that says nothing.
pub fn executables() -> Vec<Vec<u8>> {
    vec![
        elf(&[(".go.buildinfo", &go_build_information(), 0), (".text", b"\xc3", 4)]),
        elf(&[(".dep-v0", &rust_dependencies(), 0)]),
        elf(&[(".rodata", b"OpenSSL 3.0.11 19 Sep 2023\0BusyBox v1.36.1 (2023)\0", 0)]),
    ]
}

/// Since Go 1.18: magic, pointer size, flags 2, then version and module text, each behind its length as a varint.
fn go_build_information() -> Vec<u8> {
    let modules = "path\texample/a\nmod\texample/a\t(devel)\t\ndep\tgolang.org/x/net\tv0.6.0\th1:x=\n=>\tb\tv1.0.0\t\nbuild\t-compiler=gc\n";
    let mut info = b"\xff Go buildinf:\x08\x02".to_vec();
    info.resize(32, 0);
    info.push(6);
    info.extend_from_slice(b"go1.20");
    let text = [
        &b"0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6"[..],
        modules.as_bytes(),
        &[0xf9, 0x32, 0x43, 0x31, 0x86, 0x18, 0x20, 0x72, 0, 0x82, 0x42, 0x10, 0x41, 0x16, 0xd8, 0xf2],
    ]
    .concat();
    let mut length = text.len();
    while 0x80 <= length {
        info.push((length as u8 & 0x7f) | 0x80);
        length >>= 7;
    }
    info.push(length as u8);
    info.extend_from_slice(&text);
    info
}

fn rust_dependencies() -> Vec<u8> {
    let json = b"{\"packages\":[{\"name\":\"a\",\"version\":\"1.0.0\",\"source\":\"local\",\"dependencies\":[1],\"root\":true},{\"name\":\"time\",\"version\":\"0.1.43\",\"source\":\"crates.io\"}]}";
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    match encoder.write_all(json).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes,
        Err(e) => panic!("deflating into memory cannot fail: {e}"),
    }
}

/// A 64-bit little-endian executable with these sections (name, content, flags) and a segment over each.
fn elf(sections: &[(&str, &[u8], u64)]) -> Vec<u8> {
    const HEADER: usize = 64;
    const SEGMENT: usize = 56;
    let names: Vec<&str> = sections.iter().map(|s| s.0).chain([".shstrtab"]).collect();
    let mut strings = vec![0_u8];
    let offsets: Vec<u32> = names
        .iter()
        .map(|n| {
            let at = strings.len() as u32;
            strings.extend_from_slice(n.as_bytes());
            strings.push(0);
            at
        })
        .collect();
    let mut body = Vec::new();
    let (mut segments, mut headers) = (Vec::new(), vec![0_u8; 64]);
    let start = HEADER + SEGMENT * sections.len();
    let contents = sections.iter().map(|s| (s.1, s.2, 1_u32)).chain([(&strings[..], 0, 3)]);
    for ((content, flags, kind), name) in contents.zip(&offsets) {
        body.resize(body.len().div_ceil(16) * 16, 0);
        let offset = (start + body.len()) as u64;
        body.extend_from_slice(content);
        let size = content.len() as u64;
        headers.extend_from_slice(&name.to_le_bytes());
        headers.extend_from_slice(&kind.to_le_bytes());
        for word in [flags | 2, 0x40_0000 + offset, offset, size, 0, 16, 0] {
            headers.extend_from_slice(&word.to_le_bytes());
        }
        if kind == 1 {
            segments.extend_from_slice(&[1, 0, 0, 0, 6, 0, 0, 0]);
            for word in [offset, 0x40_0000 + offset, 0x40_0000 + offset, size, size, 16] {
                segments.extend_from_slice(&word.to_le_bytes());
            }
        }
    }
    // A section header is 64 bytes: name, type, flags, address, offset, size, link and info, alignment, entry size.
    let table = (start + body.len()) as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    for word in [0x40_0000_u64, HEADER as u64, table] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(&[0; 4]);
    let count = (names.len() + 1) as u16;
    for half in [64, SEGMENT as u16, sections.len() as u16, 64, count, count - 1] {
        file.extend_from_slice(&half.to_le_bytes());
    }
    [file, segments, body, headers].concat()
}
