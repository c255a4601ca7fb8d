//! Locks of folders: one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ports::http::Wait;
use ports::knowledge::KnowledgeError;

use crate::download::cannot_write;

/// Milliseconds between two looks at a lock that another process holds.
const LOOK_MS: u64 = 250;

/// Seconds that another process is waited for.
const WAIT_SECONDS_MAX: u64 = 1_800;

/// A lock whose file goes with it: for a folder that is not ours.
pub(crate) struct Passing {
    path: PathBuf,
    _file: File,
}

impl Drop for Passing {
    fn drop(&mut self) {
        // It is still held: whoever waits for it sees that it is gone and makes another. One that stays harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}

/// Times that a lock may turn out to be gone when it is got.
const GONE_MAX: u32 = 1_000;

/// As [`take`], with a lock that leaves no file behind.
pub(crate) fn take_passing(
    folder: &Path,
    name: &str,
    wait: &dyn Wait,
    note: &dyn Fn(&str),
) -> Result<Passing, KnowledgeError> {
    let path = folder.join(name);
    for _ in 0..GONE_MAX {
        let file = take(folder, name, wait, note)?;
        let named = fs::metadata(&path).ok().map(|m| (m.dev(), m.ino()));
        if file.metadata().is_ok_and(|m| named == Some((m.dev(), m.ino()))) {
            return Ok(Passing { path, _file: file });
        }
    }
    Err(KnowledgeError::Unreadable(format!("`{}` is made and removed all the time", path.display())))
}

/// Takes the lock `name` of `folder`. It goes with the file handle, so that a process that is killed leaves none behind.
pub(crate) fn take(
    folder: &Path,
    name: &str,
    wait: &dyn Wait,
    note: &dyn Fn(&str),
) -> Result<File, KnowledgeError> {
    let path = folder.join(name);
    let failed = |e: &std::io::Error| KnowledgeError::Unreadable(cannot_write(&path, e));
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.map_err(|e| failed(&e))?;
    for look in 0..=WAIT_SECONDS_MAX * 1000 / LOOK_MS {
        match file.try_lock() {
            Ok(()) => {
                // Who holds it is for people only; a lock without it is as good.
                let _ = file.set_len(0).and_then(|()| file.rewind());
                let _ = write!(file, "{}", std::process::id());
                return Ok(file);
            }
            Err(TryLockError::WouldBlock) => {
                if look == 0 {
                    let who = fs::read_to_string(&path).unwrap_or_default();
                    let who = if who.trim().is_empty() {
                        String::new()
                    } else {
                        format!(" (process {})", who.trim())
                    };
                    note(&format!(
                        "another update is at work on `{}`{who}; waiting for it",
                        folder.display()
                    ));
                }
                wait.wait(LOOK_MS);
            }
            Err(TryLockError::Error(e)) => return Err(failed(&e)),
        }
    }
    let text = format!(
        "another update has been at work on `{}` for {} minutes; end it, or try again later",
        folder.display(),
        WAIT_SECONDS_MAX / 60
    );
    Err(KnowledgeError::Unreadable(text))
}
