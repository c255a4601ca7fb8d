//! Writes tar archives (POSIX ustar), an entry at a time, with fixed times.

use std::io::{Result, Write};

/// What an entry is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// A regular file with this content.
    File(&'a [u8]),
    /// A directory.
    Directory,
    /// A symbolic link to this path.
    Symlink(&'a str),
}

/// Writes entries to `out`.
pub(crate) struct Tar<W: Write> {
    out: W,
}

impl<W: Write> Tar<W> {
    /// An archive without entries.
    pub(crate) fn new(out: W) -> Self {
        Self { out }
    }

    /// Adds an entry; the path has at most 100 bytes.
    pub(crate) fn entry(&mut self, path: &str, mode: u32, kind: Kind<'_>) -> Result<()> {
        let (flag, content, link) = match kind {
            Kind::File(content) => (b'0', content, ""),
            Kind::Directory => (b'5', &b""[..], ""),
            Kind::Symlink(link) => (b'2', &b""[..], link),
        };
        let mut header = [0_u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, path.as_bytes());
        put(100, format!("{mode:07o}\0").as_bytes());
        put(108, b"0000000\x000000000\0");
        put(124, format!("{:011o}\0", content.len()).as_bytes());
        put(136, b"14453671600\0");
        put(148, b"        ");
        put(156, &[flag]);
        put(157, link.as_bytes());
        put(257, b"ustar\x0000");
        put(265, b"root");
        put(297, b"root");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.out.write_all(&header)?;
        self.out.write_all(content)?;
        self.out.write_all(&[0; 512][..content.len().wrapping_neg() % 512])
    }

    /// Closes the archive.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.out.write_all(&[0; 1024])?;
        Ok(self.out)
    }
}
