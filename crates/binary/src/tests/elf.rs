//! The smallest ELF files that carry what the readers look for.

use crate::{Executable, Format, format};

/// A little-endian 64-bit ELF file with these sections; each lies in a segment of its own at `ADDRESS + offset`.
pub(super) fn elf(sections: &[(&str, &[u8])]) -> Vec<u8> {
    const HEADER: usize = 64;
    const PROGRAM: usize = 56;
    let mut names = b"\0".to_vec();
    let mut body: Vec<u8> = Vec::new();
    let mut headers = vec![[0_u8; 64].to_vec()];
    let mut programs = Vec::new();
    let start = HEADER + PROGRAM * sections.len();
    for (name, data) in sections {
        // Go's mark is searched at multiples of sixteen.
        body.resize(body.len().next_multiple_of(16), 0);
        let offset = ((start.next_multiple_of(16)) + body.len()) as u64;
        headers.push(section(names.len() as u32, 1, offset, data.len() as u64));
        programs.extend(segment(offset, data.len() as u64));
        names.extend(name.bytes().chain([0]));
        body.extend_from_slice(data);
    }
    let names_at = (start.next_multiple_of(16) + body.len()) as u64;
    headers.push(section(names.len() as u32, 3, names_at, names.len() as u64 + 10));
    names.extend(b".shstrtab\0");
    body.extend_from_slice(&names);
    let table = start.next_multiple_of(16) + body.len();
    let mut out = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    out.extend(0_u64.to_le_bytes());
    out.extend((HEADER as u64).to_le_bytes());
    out.extend((table as u64).to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    let count = headers.len() as u16;
    for half in [64, 56, sections.len() as u16, 64, count, count - 1] {
        out.extend(half.to_le_bytes());
    }
    out.extend(programs);
    out.resize(start.next_multiple_of(16), 0);
    out.extend(body);
    headers.iter().for_each(|h| out.extend(h));
    out
}

/// Where the first byte of the file would be in memory.
pub(super) const ADDRESS: u64 = 0x40_0000;

fn section(name: u32, kind: u32, offset: u64, size: u64) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(name.to_le_bytes());
    out.extend(kind.to_le_bytes());
    for word in [2, ADDRESS + offset, offset, size] {
        out.extend(word.to_le_bytes());
    }
    out.extend([0; 8]);
    out.extend(1_u64.to_le_bytes());
    out.extend(0_u64.to_le_bytes());
    out
}

fn segment(offset: u64, size: u64) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(1_u32.to_le_bytes());
    out.extend(6_u32.to_le_bytes());
    for word in [offset, ADDRESS + offset, ADDRESS + offset, size, size, 1] {
        out.extend(word.to_le_bytes());
    }
    out
}

#[test]
fn the_first_bytes_tell_the_format() {
    assert_eq!(format(&elf(&[])), Some(Format::Elf));
    assert_eq!(format(b"PK\x03\x04"), Some(Format::Zip));
    assert_eq!(format(b"\xca\xfe\xba\xbe\0\0\0\x02\0\0"), Some(Format::MachO));
    // A Java class of version 65, not a fat Mach-O of 65 architectures.
    assert_eq!(format(b"\xca\xfe\xba\xbe\0\0\0\x41\0\0"), None);
    // An object file is neither run nor loaded.
    let mut object = elf(&[]);
    object[16] = 1;
    assert_eq!(format(&object), None);
    assert_eq!(format(b""), None);
}

#[test]
fn a_file_that_only_begins_like_an_executable_is_refused_in_words() {
    assert!(Executable::parse(b"\x7fELF\x02\x01\x01").is_err());
    assert!(Executable::parse(b"").is_err());
}

proptest::proptest! {
    #[test]
    fn no_change_of_a_byte_makes_a_reader_panic(at in 0_usize..1200, to in 0_u8..=255) {
        let mut file = elf(&[
            (".go.buildinfo", b"\xff Go buildinf:\x08\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08go1.21.5\0"),
            (".dep-v0", b"\x78\x9c\x03\0\0\0\0\x01"),
            (".rodata", b"\0nginx version: nginx/1.22.1\0"),
        ]);
        let at = at % file.len();
        file[at] = to;
        if let Ok(parsed) = Executable::parse(&file) {
            let _ = crate::go::build(&parsed);
            let _ = crate::rust::crates(&parsed);
            let _ = crate::software::recognise("usr/sbin/nginx", &parsed);
        }
    }
}
