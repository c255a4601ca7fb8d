//! Archives of advisories.

use std::io::{Read, Write};

use crate::archive::{Format, entries, format};
use crate::{Problem, is_document_name};

/// A file of a tar archive.
fn member(name: &str, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut out = block.to_vec();
    out.extend_from_slice(body);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn tar() -> Vec<u8> {
    let mut out = member("./a/CVE-1.json", b'0', b"{\"id\":\"CVE-1\"}");
    out.extend(member("./README.md", b'0', b"hello"));
    out.extend(member("pax", b'x', b"31 path=a/long/name/CVE-2.json\n"));
    out.extend(member("short", b'0', b"{}"));
    out.extend(member("a/link.json", b'2', b""));
    out.resize(out.len() + 1024, 0);
    out
}

fn read(bytes: &[u8]) -> (Vec<(String, usize)>, Vec<Problem>) {
    let mut seen = Vec::new();
    let kind = format(bytes).unwrap();
    let problems =
        entries("x", bytes, kind, &is_document_name, &mut |name, body| seen.push((name, body.len())));
    (seen, problems)
}

#[test]
fn tar_plain_and_packed_gives_the_same() {
    let expected = vec![("./a/CVE-1.json".to_owned(), 14), ("a/long/name/CVE-2.json".to_owned(), 2)];
    let plain = tar();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::bulk::compress(&plain, 1).unwrap();
    let mut bzip2 = Vec::new();
    bzip2::read::BzEncoder::new(plain.as_slice(), bzip2::Compression::fast())
        .read_to_end(&mut bzip2)
        .unwrap();
    // `pbzip2` writes several streams, one behind the other.
    let (head, tail) = plain.split_at(700);
    let mut streams = Vec::new();
    for part in [head, tail] {
        bzip2::read::BzEncoder::new(part, bzip2::Compression::fast()).read_to_end(&mut streams).unwrap();
    }
    assert_eq!((format(&bzip2), format(&streams)), (Some(Format::TarBzip2), Some(Format::TarBzip2)));
    let cut = bzip2.get(..bzip2.len() - 20).unwrap();
    assert_eq!(read(cut).1.len(), 1, "an archive that is cut off is a problem");
    assert_eq!(
        (format(&plain), format(&gzip), format(&zstd)),
        (Some(Format::Tar), Some(Format::TarGzip), Some(Format::TarZstd))
    );
    for bytes in [plain, gzip, zstd, bzip2, streams] {
        assert_eq!(read(&bytes), (expected.clone(), Vec::new()));
    }
}

/// A tar archive of `a.json` with `{}`, as `xz` packs it.
const TAR_XZ: &[u8] = &[
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01, 0x0c,
    0x00, 0x00, 0x00, 0x8f, 0x98, 0x41, 0x9c, 0xe0, 0x27, 0xff, 0x00, 0x5a, 0x5d, 0x00, 0x30, 0x8b, 0x89,
    0x47, 0x73, 0xf8, 0x2a, 0x55, 0x54, 0x95, 0xd1, 0xff, 0x63, 0x5f, 0xb3, 0xbd, 0xe8, 0xbe, 0xca, 0xf9,
    0x77, 0x94, 0xad, 0x6b, 0x77, 0x80, 0x5d, 0x33, 0xc9, 0x48, 0xbb, 0xd8, 0xe5, 0xc1, 0x79, 0x84, 0x5d,
    0xd1, 0x55, 0x3d, 0x75, 0x3b, 0xac, 0x31, 0x6e, 0xf1, 0xb0, 0xb4, 0xf8, 0xa8, 0xb6, 0x2b, 0xff, 0xd7,
    0xb7, 0xb7, 0x87, 0x5d, 0xd5, 0x24, 0x20, 0x22, 0x88, 0xce, 0x97, 0x51, 0x4a, 0x5a, 0x0e, 0xfd, 0x32,
    0xf9, 0x79, 0xb3, 0xb6, 0x5e, 0xc3, 0xd0, 0x79, 0xf0, 0xf2, 0x6e, 0xd0, 0x85, 0xfe, 0xb4, 0x85, 0x1b,
    0x95, 0x00, 0x00, 0x00, 0x00, 0xba, 0xde, 0xa0, 0x31, 0x6a, 0xec, 0x4e, 0xed, 0x00, 0x01, 0x76, 0x80,
    0x50, 0x00, 0x00, 0x00, 0x31, 0x85, 0xc5, 0x64, 0xb1, 0xc4, 0x67, 0xfb, 0x02, 0x00, 0x00, 0x00, 0x00,
    0x04, 0x59, 0x5a,
];

#[test]
fn tar_in_xz_is_read_and_one_cut_off_is_told() {
    assert_eq!(format(TAR_XZ), Some(Format::TarXz));
    assert_eq!(read(TAR_XZ), (vec![("a.json".to_owned(), 2)], Vec::new()));
    let (_, problems) = read(&TAR_XZ[..TAR_XZ.len() - 40]);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn what_comes_before_the_damage_is_read_and_the_damage_is_told() {
    let cut = tar()[..600].to_vec();
    let (seen, problems) = read(&cut);
    assert_eq!((seen.len(), problems.len()), (0, 1));
    let mut broken = tar();
    broken[1024 + 3] ^= 1;
    let (seen, problems) = read(&broken);
    assert_eq!((seen.len(), problems[0].reason.as_str()), (1, "a tar header is damaged"));
}

#[test]
fn zip_is_read_and_a_wrong_checksum_is_told() {
    let mut bytes = Vec::new();
    let mut zip = rawzip::ZipArchiveWriter::new(&mut bytes);
    for name in ["CVE-1.json", "notes.txt"] {
        let (mut entry, config) =
            zip.new_file(name).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut writer = config.wrap(encoder);
        writer.write_all(b"{\"id\":\"CVE-1\"}").unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    zip.finish().unwrap();
    assert_eq!(read(&bytes), (vec![("CVE-1.json".to_owned(), 14)], Vec::new()));
    let at = bytes.windows(4).position(|w| w == b"PK\x03\x04").unwrap() + 30 + "CVE-1.json".len() + 4;
    bytes[at] ^= 0xff;
    let (seen, problems) = read(&bytes);
    assert_eq!((seen.len(), problems.len()), (0, 1), "{problems:?}");
}

#[test]
fn a_gzipped_document_is_no_archive() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"cve,epss,percentile\nCVE-1,0.5,0.5\n").unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(format(&bytes), None);
    assert_eq!(crate::read("epss.csv.gz", &bytes).epss.len(), 1);
}
