//! ELF, PE and Mach-O files as sections and segments: the little that the readers here need of them.

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{Object, ObjectSection, ObjectSegment, SegmentFlags};

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// ELF executable or shared object (neither object file nor core dump).
    Elf,
    /// Windows.
    Pe,
    /// macOS, thin or fat.
    MachO,
    /// A zip archive, Java's among them.
    Zip,
    /// A Java module file: four bytes, then a zip archive.
    Jmod,
}

/// The format by the first bytes (64 are enough); `None` for everything else.
#[must_use]
pub fn format(head: &[u8]) -> Option<Format> {
    match head {
        [0x7f, b'E', b'L', b'F', _, order, ..] => {
            // Object files (type 1) and core dumps (4) are neither run nor loaded.
            let kind = match (order, head.get(16..18)) {
                (2, Some([_, low])) => *low,
                (_, Some([low, _])) => *low,
                _ => 0,
            };
            matches!(kind, 2 | 3).then_some(Format::Elf)
        }
        [b'M', b'Z', ..] => Some(Format::Pe),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => Some(Format::MachO),
        // A Java class file begins with the same four bytes; there the next four hold a version of at least 45.
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1..=30, ..] => Some(Format::MachO),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Format::Zip),
        [b'J', b'M', 1, 0, b'P', b'K', ..] => Some(Format::Jmod),
        _ => None,
    }
}

/// Most sections looked at in one file.
const SECTIONS_MAX: usize = 1024;

/// A parsed executable.
#[derive(Debug)]
pub struct Executable<'b> {
    /// Big-endian.
    pub big: bool,
    /// Bytes of an address.
    pub address_bytes: usize,
    pub(crate) sections: Vec<Section<'b>>,
    pub(crate) segments: Vec<Segment<'b>>,
    whole: &'b [u8],
}

#[derive(Debug)]
pub(crate) struct Section<'b> {
    pub(crate) name: String,
    pub(crate) code: bool,
    pub(crate) data: &'b [u8],
}

#[derive(Debug)]
pub(crate) struct Segment<'b> {
    pub(crate) address: u64,
    pub(crate) writable: bool,
    pub(crate) executable: bool,
    pub(crate) data: &'b [u8],
}

impl<'b> Executable<'b> {
    /// Reads the tables of an executable.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, String> {
        let thin = thin(bytes)?;
        let file = object::File::parse(thin).map_err(|e| e.to_string())?;
        let sections = file
            .sections()
            .take(SECTIONS_MAX)
            .filter_map(|s| {
                let name = String::from_utf8_lossy(s.name_bytes().ok()?).into_owned();
                Some(Section { name, code: s.kind() == object::SectionKind::Text, data: s.data().ok()? })
            })
            .collect();
        let segments = file
            .segments()
            .take(SECTIONS_MAX)
            .filter_map(|s| {
                let (writable, executable) = permissions(s.flags());
                Some(Segment { address: s.address(), writable, executable, data: s.data().ok()? })
            })
            .collect();
        let address_bytes = if file.is_64() { 8 } else { 4 };
        Ok(Self { big: !file.is_little_endian(), address_bytes, sections, segments, whole: thin })
    }

    /// The bytes of the section of one of these names.
    pub(crate) fn section(&self, names: &[&str]) -> Option<&'b [u8]> {
        self.sections.iter().find(|s| names.contains(&s.name.as_str())).map(|s| s.data)
    }

    /// `length` bytes at a virtual address.
    pub(crate) fn at(&self, address: u64, length: usize) -> Option<&'b [u8]> {
        self.segments.iter().find_map(|s| {
            let offset = usize::try_from(address.checked_sub(s.address)?).ok()?;
            s.data.get(offset..offset.checked_add(length)?)
        })
    }

    /// The parts that hold constants: data sections, or data segments where the section table was stripped, or the
    /// whole file where neither is there.
    pub(crate) fn constants(&self) -> Vec<&'b [u8]> {
        let wanted = |s: &&Section<'b>| {
            let parts = ["rodata", "rdata", "const", "cstring", ".data.rel"];
            let whole = [".data", "__data", ".comment", ".dynstr", ".note.package"];
            !s.code && (whole.contains(&s.name.as_str()) || parts.iter().any(|p| s.name.contains(p)))
        };
        let sections: Vec<_> = self.sections.iter().filter(wanted).map(|s| s.data).collect();
        if !sections.is_empty() {
            return sections;
        }
        let segments: Vec<_> = self.segments.iter().filter(|s| !s.executable).map(|s| s.data).collect();
        if segments.is_empty() { vec![self.whole] } else { segments }
    }
}

/// The slice of a fat Mach-O file that is for x86-64, or the first.
fn thin(bytes: &[u8]) -> Result<&[u8], String> {
    fn pick<'b, A: FatArch>(arches: &[A], bytes: &'b [u8]) -> Result<&'b [u8], String> {
        let arch =
            arches.iter().find(|a| a.architecture() == object::Architecture::X86_64).or(arches.first());
        arch.ok_or("a fat file without a slice")?.data(bytes).map_err(|e| e.to_string())
    }
    match object::FileKind::parse(bytes).map_err(|e| e.to_string())? {
        object::FileKind::MachOFat32 => {
            pick(MachOFatFile32::parse(bytes).map_err(|e| e.to_string())?.arches(), bytes)
        }
        object::FileKind::MachOFat64 => {
            pick(MachOFatFile64::parse(bytes).map_err(|e| e.to_string())?.arches(), bytes)
        }
        _ => Ok(bytes),
    }
}

/// Whether a segment may be written and run.
fn permissions(flags: SegmentFlags) -> (bool, bool) {
    match flags {
        SegmentFlags::Elf { p_flags, .. } => {
            let p = p_flags.0;
            (p & 2 != 0, p & 1 != 0)
        }
        SegmentFlags::MachO { initprot, .. } => {
            let p = initprot.0;
            (p & 2 != 0, p & 4 != 0)
        }
        SegmentFlags::Coff { characteristics } => {
            let c = characteristics.0;
            (c & 0x8000_0000 != 0, c & 0x2000_0000 != 0)
        }
        _ => (false, false),
    }
}
