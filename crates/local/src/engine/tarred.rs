//! Headers of archives, written for files that lie in a folder.

/// A header: a regular file unless `kind` says otherwise.
#[derive(Default)]
pub(super) struct Header {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    /// Type flag of ustar; zero for a regular file.
    pub(super) kind: u8,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    /// Carries `security.capability`.
    pub(super) capability: bool,
}

/// The largest user, group and size that ustar has room for.
const ID_MAX: u32 = 0o777_7777;
const SIZE_MAX: u64 = 0o777_7777_7777;

impl Header {
    /// The blocks: where ustar has no room for something, a pax header in front says it (POSIX.1-2017, `pax`).
    pub(super) fn write(&self) -> Vec<u8> {
        let mut records = Vec::new();
        let mut record = |key: &str, value: &[u8]| records.extend(pax(key, value));
        if 100 < self.path.len() {
            record("path", &self.path);
        }
        if 100 < self.link.len() {
            record("linkpath", &self.link);
        }
        for (key, id) in [("uid", self.uid), ("gid", self.gid)] {
            if ID_MAX < id {
                record(key, id.to_string().as_bytes());
            }
        }
        if SIZE_MAX < self.size {
            record("size", self.size.to_string().as_bytes());
        }
        if self.capability {
            record("SCHILY.xattr.security.capability", b"1");
        }
        let mut out = Vec::new();
        if !records.is_empty() {
            let extended =
                Self { path: b"pax".to_vec(), kind: b'x', size: records.len() as u64, ..Self::default() };
            out.extend(extended.block());
            records.resize(records.len().next_multiple_of(512), 0);
            out.append(&mut records);
        }
        out.extend(self.block());
        out
    }

    fn block(&self) -> Vec<u8> {
        let mut out = vec![0u8; 512];
        let mut put = |at: usize, bytes: &[u8], room: usize| {
            let bytes = bytes.get(..room).unwrap_or(bytes);
            if let Some(place) = out.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        put(0, &self.path, 100);
        put(100, format!("{:07o}", self.mode).as_bytes(), 7);
        put(108, format!("{:07o}", self.uid.min(ID_MAX)).as_bytes(), 7);
        put(116, format!("{:07o}", self.gid.min(ID_MAX)).as_bytes(), 7);
        put(124, format!("{:011o}", self.size.min(SIZE_MAX)).as_bytes(), 11);
        put(136, b"00000000000", 11);
        put(148, b"        ", 8);
        put(156, &[if self.kind == 0 { b'0' } else { self.kind }], 1);
        put(157, &self.link, 100);
        put(257, b"ustar\x0000", 8);
        let sum: u32 = out.iter().map(|b| u32::from(*b)).sum();
        if let Some(place) = out.get_mut(148..155) {
            place.copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
        out
    }
}

/// `LENGTH KEY=VALUE\n`, the length counting itself.
fn pax(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + 1;
    while len.to_string().len() + rest != len {
        len = len.to_string().len() + rest;
    }
    [len.to_string().as_bytes(), b" ", key.as_bytes(), b"=", value, b"\n"].concat()
}
