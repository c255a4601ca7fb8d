//! Writes zip archives.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// An archive of deflated files (PKWARE, APPNOTE.TXT 4.3), without zip64.
///
/// # Errors
/// If there are more files or bytes than an archive without zip64 holds.
pub fn zip(files: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let over = |_| io::Error::other("more than an archive without zip64 holds");
    let word = |n: usize| u32::try_from(n).map_err(over);
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content)?;
        let packed = packed.finish()?;
        let mut crc = Crc::new();
        crc.update(content);
        let mut common = Vec::new();
        // Version 2.0, no flags, deflated, midnight of 1980-01-01.
        for half in [20_u16, 0, 8, 0, 0x21] {
            common.extend(half.to_le_bytes());
        }
        for word in [crc.sum(), word(packed.len())?, word(content.len())?] {
            common.extend(word.to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).map_err(over)?.to_le_bytes());
        let begins = word(out.len())?;
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        out.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        // No extra field, no comment, disk 0, no attributes.
        directory.extend([0; 12]);
        directory.extend(begins.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (begins, length) = (word(out.len())?, word(directory.len())?);
    let count = u16::try_from(files.len()).map_err(over)?;
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes().repeat(2));
    out.extend(length.to_le_bytes());
    out.extend(begins.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}
