//! Tar archives and zip files, written by hand.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// What container engines keep: a bbolt file, tar-split's list, the documents of Docker and of podman.
pub fn engines() -> Vec<Vec<u8>> {
    use testkit::bolt::{bolt, Node};
    let bucket = |name: &str, node: Node| Node::Bucket(vec![(name.to_owned(), node)]);
    let target = Node::Small(vec![
        ("digest".to_owned(), Node::Bytes(testkit::digest(b"x").into_bytes())),
        ("size".to_owned(), Node::Bytes(vec![0xba, 5])),
    ]);
    let image = Node::Small(vec![("target".to_owned(), target)]);
    let names = bucket("v1", bucket("default", bucket("images", bucket("docker.io/library/shop:1", image))));
    let layer = testkit::image().layer().dir("etc").file("etc/x", "12345").layers().remove(0);
    vec![
        bolt(&names),
        testkit::split(&layer),
        br#"{"Repositories":{"shop":{"shop:1":"sha256:aa"}}}"#.to_vec(),
        br#"[{"id":"a","names":["localhost/shop:1"],"layer":"b"}]"#.to_vec(),
        br#"[{"id":"b","parent":"a","diff-digest":"sha256:2","diff-size":5},{"id":"a"}]"#.to_vec(),
        b"docker.io/library/shop:1\nshop:1".to_vec(),
    ]
}

/// Archives: plain, with long names, pax records, sparse maps, links, whiteouts.
pub fn tars() -> Vec<Vec<u8>> {
    let long = format!("{}/file", "directory/".repeat(20));
    let pax = |records: &str| entry("PaxHeaders/a", b'x', "", records.as_bytes());
    vec![
        archive(&[entry("etc/", b'5', "", b""), entry("etc/os-release", b'0', "", b"ID=alpine\nVERSION_ID=3.18.2\n")]),
        archive(&[entry("././@LongLink", b'L', "", long.as_bytes()), entry("short", b'0', "", b"a")]),
        archive(&[pax("16 path=a/b/c/d\n20 mtime=1.5\n13 size=0000003\n"), entry("x", b'0', "", b"abc")]),
        archive(&[pax("25 SCHILY.xattr.a=b\0\x01\x02d\n"), entry("cap", b'0', "", b"abc")]),
        archive(&[
            pax("22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n27 GNU.sparse.realsize=1024\n25 GNU.sparse.name=sparse\n"),
            entry("GNUSparseFile.0/sparse", b'0', "", &sparse_map()),
        ]),
        archive(&[
            entry("bin/busybox", b'0', "", b"\x7fELF"),
            entry("bin/sh", b'2', "/bin/busybox", b""),
            entry("bin/ls", b'1', "bin/busybox", b""),
            entry("etc/.wh.passwd", b'0', "", b""),
            entry("opt/.wh..wh..opq", b'0', "", b""),
            entry("../../escape", b'0', "", b"x"),
        ]),
    ]
}

fn sparse_map() -> Vec<u8> {
    let mut map = b"1\n512\n3\n".to_vec();
    map.resize(512, 0);
    map.extend_from_slice(b"abc");
    map
}

/// The same archives as layers: plain and gzip.
pub fn layers() -> Vec<Vec<u8>> {
    let mut layers = tars();
    for tar in tars() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        if gzip.write_all(&tar).is_ok() {
            layers.extend(gzip.finish());
        }
    }
    layers
}

/// Two archives behind the length of the first.
pub fn pairs_of_tars() -> Vec<Vec<u8>> {
    let tars = tars();
    let pair = |lower: &Vec<u8>, upper: &Vec<u8>| {
        [&(lower.len() as u32).to_le_bytes(), &lower[..], &upper[..]].concat()
    };
    tars.iter().zip(tars.iter().skip(1)).flat_map(|(a, b)| [pair(a, b), pair(b, a)]).collect()
}

/// The archives as the cache keeps them.
pub fn layer_indexes() -> Vec<Vec<u8>> {
    let index = |tar: Vec<u8>| {
        let mut written = Vec::new();
        let layer = oci::read_layer(&mut tar.as_slice(), &catalogers::Catalogers, &mut |_| {});
        layer.index.encode(&mut written).map(|()| written)
    };
    tars().into_iter().flat_map(index).collect()
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = entries.concat();
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn entry(name: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000755\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(content);
    header.resize(header.len().div_ceil(512) * 512, 0);
    header
}

/// Java archives: properties, a manifest, one within another.
pub fn jars() -> Vec<Vec<u8>> {
    let properties = ("META-INF/maven/g/a/pom.properties", &b"groupId=g\nartifactId=a\nversion=1.0\n"[..]);
    let manifest = ("META-INF/MANIFEST.MF", &b"Manifest-Version: 1.0\r\nImplementation-Title: a\r\nImplementation-Version: 1.0\r\nBundle-SymbolicName: g.a;singleton:=true\r\n\r\n"[..]);
    let inner = zip(&[properties, manifest]);
    vec![zip(&[properties]), zip(&[manifest]), zip(&[("BOOT-INF/lib/a-1.0.jar", &inner), manifest])]
}

/// A zip archive; every second entry is deflated.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (n, (name, content)) in entries.iter().enumerate() {
        let deflated = n % 2 == 1;
        let stored = if deflated { deflate(content) } else { content.to_vec() };
        let mut crc = Crc::new();
        crc.update(content);
        let mut common = Vec::new();
        common.extend_from_slice(&[20, 0, 0, 0]);
        common.extend_from_slice(&(if deflated { 8_u16 } else { 0 }).to_le_bytes());
        common.extend_from_slice(&[0, 0, 0x21, 0]);
        common.extend_from_slice(&crc.sum().to_le_bytes());
        common.extend_from_slice(&(stored.len() as u32).to_le_bytes());
        common.extend_from_slice(&(content.len() as u32).to_le_bytes());
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        let offset = file.len() as u32;
        file.extend_from_slice(b"PK\x03\x04");
        file.extend_from_slice(&common);
        file.extend_from_slice(name.as_bytes());
        file.extend_from_slice(&stored);
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let at = file.len() as u32;
    let count = (entries.len() as u16).to_le_bytes();
    file.extend_from_slice(&directory);
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    file.extend_from_slice(&count);
    file.extend_from_slice(&count);
    file.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    file.extend_from_slice(&at.to_le_bytes());
    file.extend_from_slice(&[0, 0]);
    file
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    match encoder.write_all(content).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes,
        Err(e) => panic!("deflating into memory cannot fail: {e}"),
    }
}
