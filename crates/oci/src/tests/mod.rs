//! Layers read from archives that the testkit, GNU tar or chance wrote.

mod archives;
mod differential;
mod merging;
mod properties;

use std::sync::Arc;

use testkit::ImageBuilder;

use crate::{Analyzer, Interest, LayerRead, Merged, Tree, merge, read_layer};

/// Keeps what is small, notes the length of `*.big`.
pub(crate) struct KeepAll;

impl Analyzer for KeepAll {
    fn version(&self) -> u32 {
        1
    }
    fn interest(&self, path: &str, size: u64, _: u32, head: &[u8]) -> Interest {
        assert!(head.len() <= 64 && head.len() as u64 <= size);
        if path.ends_with(".big") {
            Interest::Digest
        } else if size < 1 << 20 {
            Interest::Keep
        } else {
            Interest::No
        }
    }
    fn digest(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        format!("{path} {}", bytes.len()).into_bytes()
    }
}

pub(crate) fn read(stored: &[u8]) -> LayerRead {
    read_layer(&mut &*stored, &KeepAll, &mut |_| {})
}

pub(crate) fn merged(image: &ImageBuilder) -> Merged {
    merge(image.layers().iter().map(|l| Arc::new(read(&l.stored()).index)).collect())
}

/// The tree as lines: `path kind mode size`, links with their target.
pub(crate) fn lines(tree: &Tree) -> Vec<String> {
    tree.iter()
        .map(|f| match f.kind {
            crate::FileKind::Regular => {
                let text = tree.kept(f.path).map(|b| String::from_utf8_lossy(b).into_owned());
                format!("{} = {}", f.path, text.unwrap_or_else(|| f.size.to_string()))
            }
            crate::FileKind::Directory => format!("{}/", f.path),
            crate::FileKind::Symlink => format!("{} -> {}", f.path, f.link.unwrap_or_default()),
            crate::FileKind::Special => format!("{} special", f.path),
        })
        .collect()
}
