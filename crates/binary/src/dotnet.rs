//! .NET programs published as a single file: the list of packages that the bundle carries
//! (dotnet/runtime, `src/native/corehost/bundle/header.h`, `manifest.cpp`).

use memchr::memmem;

use crate::Problem;

/// SHA-256 of `.net core bundle` and a line feed; the eight bytes before it say where the header is, zero for none.
const SIGNATURE: [u8; 32] = [
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32, 0x13,
    0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
];

/// Bytes of the longest `*.deps.json` that is read.
pub const DEPS_BYTES_MAX: usize = 16 << 20;

/// Files in a bundle that are looked at.
const FILES_MAX: u32 = 100_000;

/// What a file in a bundle is (`file_type.h`): the list of packages.
const DEPS_JSON: u8 = 3;

/// The `*.deps.json` of a program published as one file; `None` for any other program.
pub fn deps(bytes: &[u8]) -> Option<Result<&[u8], Problem>> {
    let at = memmem::find(bytes, &SIGNATURE)?;
    let offset = bytes.get(at.checked_sub(8)?..at)?;
    let offset = i64::from_le_bytes(offset.try_into().ok()?);
    (offset != 0).then(|| {
        let begin = usize::try_from(offset).ok().filter(|o| *o < bytes.len());
        let begin = begin.ok_or("the header of the bundle lies outside of the file")?;
        Reader { bytes, at: begin }.deps()
    })
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn deps(mut self) -> Result<&'b [u8], Problem> {
        let [major, minor, files] = [self.word()?, self.word()?, self.word()?];
        if !matches!(major, 1 | 2 | 6) {
            return Err(format!("a .NET bundle of version {major}.{minor}, which is not known"));
        }
        self.text()?;
        let place = match major {
            1 => self.listed(files)?,
            _ => Some((self.long()?, self.long()?)).filter(|(_, size)| *size != 0),
        };
        let (offset, size) = place.ok_or("a .NET bundle without a list of its packages (`*.deps.json`)")?;
        let begin = usize::try_from(offset).map_err(|_| outside())?;
        let size = usize::try_from(size).map_err(|_| outside())?;
        if DEPS_BYTES_MAX < size {
            return Err(format!("its list of packages is longer than {DEPS_BYTES_MAX} bytes"));
        }
        begin.checked_add(size).and_then(|end| self.bytes.get(begin..end)).ok_or_else(outside)
    }

    /// Where the list lies, by the table of files.
    fn listed(&mut self, files: u32) -> Result<Option<(i64, i64)>, Problem> {
        if FILES_MAX < files {
            return Err(format!("more than {FILES_MAX} files in a .NET bundle"));
        }
        for _ in 0..files {
            let (offset, size) = (self.long()?, self.long()?);
            let [kind] = self.take()?;
            self.text()?;
            if kind == DEPS_JSON {
                return Ok(Some((offset, size)));
            }
        }
        Ok(None)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.first_chunk::<N>().ok_or("the header of the .NET bundle is cut off")?;
        self.at += N;
        Ok(*found)
    }

    fn word(&mut self) -> Result<u32, Problem> {
        self.take().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<i64, Problem> {
        self.take().map(i64::from_le_bytes)
    }

    /// Passes a text with its length in front, seven bits a byte.
    fn text(&mut self) -> Result<(), Problem> {
        let mut length = 0_usize;
        for shift in [0, 7, 14] {
            let [byte] = self.take()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                self.at += length;
                return Ok(());
            }
        }
        Err("a name in the .NET bundle is too long".to_owned())
    }
}

fn outside() -> Problem {
    "the list of packages lies outside of the .NET bundle".to_owned()
}
