//! One header block: where the fields stand and how numbers are written.

use super::BLOCK;
use super::sparse::Run;

/// A header block whose checksum holds.
#[derive(Clone, Copy)]
pub(crate) struct Header<'b> {
    block: &'b [u8; BLOCK],
    format: Format,
}

/// Which dialect the magic names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Before POSIX: no magic.
    V7,
    /// POSIX `ustar`, also under pax.
    Ustar,
    /// Schily's: `ustar` with a shorter prefix and a trailer.
    Star,
    /// GNU.
    Gnu,
}

/// What a block is.
pub(crate) enum Block<'b> {
    /// All zero: the end, if another follows.
    Zero,
    /// A header.
    Header(Header<'b>),
    /// Neither; the checksum does not hold.
    Garbage,
}

/// Reads a block.
pub(crate) fn read(block: &[u8; BLOCK]) -> Block<'_> {
    // The sums as POSIX has it (unsigned) and as old Sun tar wrote it (signed); the field itself counts as spaces.
    let unsigned: u32 = block.iter().map(|&b| u32::from(b)).sum();
    if unsigned == 0 {
        return Block::Zero;
    }
    let Some(stored) = number(&block[148..156]) else {
        return Block::Garbage;
    };
    let field: u32 = block[148..156].iter().map(|&b| u32::from(b)).sum();
    let unsigned = unsigned - field + 8 * u32::from(b' ');
    if stored != u64::from(unsigned) {
        let high = |bytes: &[u8]| bytes.iter().filter(|&&b| 0x80 <= b).count() as u64;
        let signed = u64::from(unsigned).checked_sub(256 * (high(block) - high(&block[148..156])));
        if signed != Some(stored) {
            return Block::Garbage;
        }
    }
    Block::Header(Header { block, format: format(block) })
}

fn format(block: &[u8; BLOCK]) -> Format {
    match (&block[257..263], &block[263..265]) {
        (b"ustar ", b" \0") => Format::Gnu,
        (b"ustar\0", _) if &block[508..512] == b"tar\0" => Format::Star,
        (b"ustar\0", _) => Format::Ustar,
        _ => Format::V7,
    }
}

impl<'b> Header<'b> {
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn name(&self) -> &'b [u8] {
        text(&self.block[0..100])
    }

    /// The part of the path before the name, without the slash between them.
    pub(crate) fn prefix(&self) -> &'b [u8] {
        match self.format {
            Format::Ustar => text(&self.block[345..500]),
            Format::Star => text(&self.block[345..476]),
            Format::V7 | Format::Gnu => b"",
        }
    }

    pub(crate) fn link(&self) -> &'b [u8] {
        text(&self.block[157..257])
    }

    pub(crate) fn kind(&self) -> u8 {
        self.block[156]
    }

    pub(crate) fn mode(&self) -> Option<u64> {
        number(&self.block[100..108])
    }

    pub(crate) fn uid(&self) -> Option<u64> {
        number(&self.block[108..116])
    }

    pub(crate) fn gid(&self) -> Option<u64> {
        number(&self.block[116..124])
    }

    pub(crate) fn size(&self) -> Option<u64> {
        number(&self.block[124..136])
    }

    /// Old GNU sparse files: the file's size with its holes.
    pub(crate) fn real_size(&self) -> Option<u64> {
        number(&self.block[483..495])
    }

    /// Old GNU sparse files: the first four runs, and whether blocks with more of them follow.
    pub(crate) fn sparse(&self) -> (Option<Vec<Run>>, bool) {
        (runs(&self.block[386..482]), self.block[482] != 0)
    }
}

/// The runs of an old GNU sparse extension block, and whether another follows.
pub(crate) fn sparse_block(block: &[u8; BLOCK]) -> (Option<Vec<Run>>, bool) {
    (runs(&block[0..504]), block[504] != 0)
}

fn runs(bytes: &[u8]) -> Option<Vec<Run>> {
    let mut out = Vec::new();
    for pair in bytes.chunks_exact(24) {
        let (offset, length) = pair.split_at(12);
        if offset.first() == Some(&0) || length.first() == Some(&0) {
            break;
        }
        out.push(Run { offset: number(offset)?, length: number(length)? });
    }
    Some(out)
}

/// A field up to its first zero byte.
fn text(field: &[u8]) -> &[u8] {
    match memchr::memchr(0, field) {
        Some(end) => &field[..end],
        None => field,
    }
}

/// A number: octal between spaces and zero bytes, or base 256 where the first bit is set (GNU). `None` if it is
/// neither, negative, or beyond 64 bits.
pub(crate) fn number(field: &[u8]) -> Option<u64> {
    let (&first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        // Bit 0x40 is the sign.
        if first & 0x40 != 0 {
            return None;
        }
        return rest
            .iter()
            .try_fold(u64::from(first & 0x3f), |n, &b| n.checked_mul(256).map(|n| n | u64::from(b)));
    }
    let blank = |b: &u8| *b == b' ' || *b == 0;
    let start = field.iter().position(|b| !blank(b)).unwrap_or(field.len());
    let digits = &field[start..];
    let end = digits.iter().position(blank).unwrap_or(digits.len());
    digits[..end].iter().try_fold(0u64, |n, &b| match b {
        b'0'..=b'7' => n.checked_mul(8)?.checked_add(u64::from(b - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256_and_never_negative() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"77777777777"), Some(0o77_777_777_777));
        assert_eq!(number(b"12x4567\0"), None);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]), Some(0x2_0000_0000));
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(&[0xbf; 12]), None);
        assert_eq!(number(b""), None);
    }
}
