//! The cache as a folder of files: written beside and renamed, so that a reader never sees half of one; checked when
//! read; pruned oldest first.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Bytes that the cache takes on disk.
pub const CACHE_BYTES_MAX: u64 = 2 << 30;

/// Bytes of one entry.
pub const CACHE_ENTRY_BYTES_MAX: u64 = 512 << 20;

/// In front of entries that the generic port writes.
const MAGIC: &[u8; 8] = b"plimcac1";

/// A cache in a folder, `$XDG_CACHE_HOME/plimsoll`.
#[derive(Debug)]
pub struct DirCache {
    dir: PathBuf,
    bytes_max: u64,
    notes: Mutex<BTreeSet<String>>,
    /// What lies there, as far as known; `None` before the first write.
    total: Mutex<Option<u64>>,
    temporary: AtomicU64,
}

impl DirCache {
    /// A cache in `dir`, made when first written.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        Self::with_bound(dir, CACHE_BYTES_MAX)
    }

    /// A cache of at most `bytes_max` bytes.
    #[must_use]
    pub fn with_bound(dir: PathBuf, bytes_max: u64) -> Self {
        Self {
            dir,
            bytes_max,
            notes: Mutex::default(),
            total: Mutex::default(),
            temporary: AtomicU64::new(0),
        }
    }

    /// The entry as a stream; the reader checks what it reads.
    pub(crate) fn reader(&self, key: &str) -> Option<BufReader<File>> {
        match File::open(self.path(key)) {
            Ok(file) => Some(BufReader::with_capacity(1 << 16, file)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => {
                self.note(format!("the cache cannot be read: {}: {e}", self.dir.display()));
                None
            }
        }
    }

    /// Writes an entry by way of a temporary file. A failure is a note.
    pub(crate) fn write(&self, key: &str, fill: &dyn Fn(&mut dyn Write) -> io::Result<()>) {
        if let Err(e) = self.try_write(key, fill) {
            self.note(format!(
                "the cache cannot be written, the next run reads again: {}: {e}",
                self.dir.display()
            ));
        }
    }

    /// Removes an entry that turned out damaged.
    pub(crate) fn damaged(&self, key: &str, why: &dyn std::fmt::Display) {
        self.note(format!("a cache entry is damaged and is made again: {key}: {why}"));
        // If it cannot be removed it cannot be overwritten either, which the next write says.
        let _ = fs::remove_file(self.path(key));
    }

    pub(crate) fn note(&self, text: String) {
        if let Ok(mut notes) = self.notes.lock() {
            notes.insert(text);
        }
    }

    fn try_write(&self, key: &str, fill: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        // In a container every run has the same number; the time tells this run's file from the last one's.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let temporary = self.dir.join(format!(".{}.{number}.{now:x}.tmp", std::process::id()));
        let written = fill_file(&temporary, fill).and_then(|len| {
            fs::rename(&temporary, self.path(key))?;
            Ok(len)
        });
        match written {
            Ok(len) => self.grown(len),
            Err(e) => {
                // The error at hand is the one to tell.
                let _ = fs::remove_file(&temporary);
                Err(e)
            }
        }
    }

    /// Counts what was added, and prunes where it is too much.
    fn grown(&self, len: u64) -> io::Result<()> {
        let Ok(mut total) = self.total.lock() else {
            return Ok(());
        };
        let now = match *total {
            None => self.entries()?.iter().map(|e| e.2).sum(),
            Some(before) => before + len,
        };
        *total = Some(if self.bytes_max < now { self.prune()? } else { now });
        Ok(())
    }

    /// Removes the oldest until a quarter is free; answers what is left.
    fn prune(&self) -> io::Result<u64> {
        let mut entries = self.entries()?;
        entries.sort();
        let mut left: u64 = entries.iter().map(|e| e.2).sum();
        for (_, path, len) in entries {
            if left <= self.bytes_max / 4 * 3 {
                break;
            }
            match fs::remove_file(&path) {
                Ok(()) => left = left.saturating_sub(len),
                Err(e) if e.kind() == io::ErrorKind::NotFound => left = left.saturating_sub(len),
                Err(e) => return Err(e),
            }
        }
        Ok(left)
    }

    fn entries(&self) -> io::Result<Vec<(SystemTime, PathBuf, u64)>> {
        let mut out = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            match entry.metadata() {
                Ok(meta) if meta.is_file() => {
                    out.push((meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), entry.path(), meta.len()));
                }
                Ok(_) => {}
                // Another process prunes as well.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(out)
    }

    fn path(&self, key: &str) -> PathBuf {
        let safe: String = key
            .chars()
            .take(200)
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
            .collect();
        // Never the name of a temporary file or of a directory.
        self.dir.join(format!("c{safe}"))
    }

    fn try_get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(reader) = self.reader(key) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        reader.take(CACHE_ENTRY_BYTES_MAX).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        let body = bytes.strip_prefix(MAGIC).and_then(|b| b.split_first_chunk::<4>());
        match body {
            Some((crc, body)) if crc32fast::hash(body).to_le_bytes() == *crc => {
                let start = bytes.len() - body.len();
                bytes.drain(..start);
                Ok(Some(bytes))
            }
            _ => Err("it does not match its checksum".to_owned()),
        }
    }
}

fn fill_file(path: &Path, fill: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 18, File::create_new(path)?);
    fill(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_data()?;
    Ok(file.metadata()?.len())
}

impl ports::cache::Cache for DirCache {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        match self.try_get(key) {
            Ok(found) => found,
            Err(why) => {
                self.damaged(key, &why);
                None
            }
        }
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        if CACHE_ENTRY_BYTES_MAX < bytes.len() as u64 {
            self.note(format!("a result of {} bytes is too large for the cache", bytes.len()));
            return;
        }
        self.write(key, &|out| {
            out.write_all(MAGIC)?;
            out.write_all(&crc32fast::hash(bytes).to_le_bytes())?;
            out.write_all(bytes)
        });
    }

    fn take_notes(&self) -> Vec<String> {
        self.notes
            .lock()
            .map(|mut notes| std::mem::take(&mut *notes).into_iter().collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::cache::Cache;

    #[test]
    fn what_is_put_is_given_back_until_it_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let cache = DirCache::new(dir.path().join("deep/down"));
        assert_eq!(cache.get("a/../b"), None);
        cache.put("a/../b", b"bytes");
        assert_eq!(cache.get("a/../b").as_deref(), Some(&b"bytes"[..]));
        assert!(cache.take_notes().is_empty());
        let path = cache.path("a/../b");
        assert_eq!(path.parent().unwrap(), dir.path().join("deep/down"));
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get("a/../b"), None);
        assert_eq!(cache.take_notes().len(), 1);
        assert_eq!(cache.get("a/../b"), None);
        assert!(cache.take_notes().is_empty(), "gone, and said once");
    }

    #[test]
    fn the_oldest_go_when_there_is_too_much() {
        let dir = tempfile::tempdir().unwrap();
        let cache = DirCache::with_bound(dir.path().to_owned(), 10_000);
        for n in 0..20 {
            cache.put(&format!("k{n:02}"), &[n; 1000]);
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(u64::from(n));
            File::open(cache.path(&format!("k{n:02}"))).unwrap().set_modified(at).unwrap();
        }
        assert_eq!(cache.get("k00"), None);
        assert!(cache.get("k19").is_some());
        assert!(cache.entries().unwrap().iter().map(|e| e.2).sum::<u64>() <= 10_000);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_a_note() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"").unwrap();
        let cache = DirCache::new(file);
        cache.put("k", b"v");
        assert_eq!(cache.get("k"), None);
        assert!(!cache.take_notes().is_empty());
    }
}
