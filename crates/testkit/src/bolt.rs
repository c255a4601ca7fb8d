//! Writes files as bbolt does: two meta pages, an empty list of free pages, and a page for each bucket.

/// What stands under a key.
#[derive(Debug, Clone)]
pub enum Node {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A bucket in a page of its own.
    Bucket(Vec<(String, Node)>),
    /// A bucket in the value.
    Small(Vec<(String, Node)>),
}

const PAGE: usize = 4096;

/// The file with the bucket `root`.
#[must_use]
pub fn bolt(root: &Node) -> Vec<u8> {
    let mut file = vec![0; 3 * PAGE];
    header(&mut file[2 * PAGE..], 2, 0x10, 0, 0);
    let (Node::Bucket(entries) | Node::Small(entries)) = root else { return file };
    let top = bucket(entries, &mut file);
    let pages = (file.len() / PAGE) as u64;
    for (page, transaction) in [(0, 7u64), (1, 6)] {
        let at = page * PAGE;
        header(&mut file[at..], page as u64, 4, 0, 0);
        let mut meta = Vec::new();
        for word in [0xED0C_DAEDu32, 2, PAGE as u32, 0] {
            meta.extend(word.to_le_bytes());
        }
        for word in [top, 0, 2, pages, transaction] {
            meta.extend(word.to_le_bytes());
        }
        let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        meta.extend(meta.iter().fold(0xcbf2_9ce4_8422_2325, fnv).to_le_bytes());
        file[at + 16..at + 16 + meta.len()].copy_from_slice(&meta);
    }
    file
}

/// Writes a bucket behind the file; answers its page.
fn bucket(entries: &[(String, Node)], file: &mut Vec<u8>) -> u64 {
    let mut page = leaf(entries, file);
    let id = (file.len() / PAGE) as u64;
    let len = page.len().next_multiple_of(PAGE);
    page.resize(len, 0);
    header(&mut page, id, 2, entries.len() as u16, (len / PAGE - 1) as u32);
    file.append(&mut page);
    id
}

/// A leaf page without its number; buckets below it are written first.
fn leaf(entries: &[(String, Node)], file: &mut Vec<u8>) -> Vec<u8> {
    let mut page = vec![0; 16 + 16 * entries.len()];
    for (number, (key, node)) in entries.iter().enumerate() {
        let (flags, value) = match node {
            Node::Bytes(bytes) => (0u32, bytes.clone()),
            Node::Bucket(entries) => {
                let root = bucket(entries, file);
                (1, [root.to_le_bytes(), [0; 8]].concat())
            }
            Node::Small(entries) => {
                let mut inner = leaf(entries, file);
                header(&mut inner, 0, 2, entries.len() as u16, 0);
                (1, [vec![0; 16], inner].concat())
            }
        };
        let at = 16 + 16 * number;
        let words = [flags, (page.len() - at) as u32, key.len() as u32, value.len() as u32];
        page[at..at + 16].copy_from_slice(&words.map(u32::to_le_bytes).concat());
        page.extend(key.as_bytes());
        page.extend(value);
    }
    page
}

fn header(page: &mut [u8], id: u64, flags: u16, count: u16, overflow: u32) {
    page[..8].copy_from_slice(&id.to_le_bytes());
    page[8..10].copy_from_slice(&flags.to_le_bytes());
    page[10..12].copy_from_slice(&count.to_le_bytes());
    page[12..16].copy_from_slice(&overflow.to_le_bytes());
}
