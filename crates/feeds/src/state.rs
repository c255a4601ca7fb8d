//! What the folder holds, in one file that is replaced whole: whatever it does not name does not count.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::download::Validators;

/// Bytes of the largest state that is read.
const STATE_BYTES_MAX: u64 = 16 << 20;

/// Raised when an older program would misread the file.
const VERSION: u32 = 1;

/// What the folder holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    pub(crate) feeds: BTreeMap<String, FeedState>,
    #[serde(default)]
    pub(crate) built: Option<String>,
}

/// What is kept of a feed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct FeedState {
    pub(crate) ecosystem: Option<String>,
    #[serde(default)]
    pub(crate) whole: bool,
    pub(crate) files: Vec<FileState>,
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// Seconds since 1970.
    pub(crate) checked: Option<i64>,
    #[serde(default)]
    pub(crate) records: u64,
    #[serde(default)]
    pub(crate) problem: Option<String>,
}

/// A kept file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileState {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Name within the folder of its feed.
    pub(crate) stored: String,
    pub(crate) digest: String,
    pub(crate) bytes: u64,
    #[serde(flatten)]
    pub(crate) validators: Validators,
}

impl FeedState {
    pub(crate) fn time(seconds: Option<i64>) -> Option<Timestamp> {
        seconds.map(Timestamp)
    }
}

impl State {
    /// Reads the state; an empty one if there is none, and the reason if there is one that cannot be read.
    pub(crate) fn read(folder: &Path) -> Result<(Self, Option<String>), io::Error> {
        let path = folder.join("state.json");
        let empty = Self { version: VERSION, ..Self::default() };
        match fs::metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok((empty, None)),
            Err(e) => return Err(e),
            Ok(about) if STATE_BYTES_MAX < about.len() => {
                return Ok((empty, Some("it is larger than it may be".to_owned())));
            }
            Ok(_) => {}
        }
        match serde_json::from_slice::<Self>(&fs::read(&path)?) {
            Ok(state) if state.version == VERSION => Ok((state, None)),
            Ok(state) => Ok((empty, Some(format!("it is of version {}", state.version)))),
            Err(e) => Ok((empty, Some(e.to_string()))),
        }
    }

    /// Replaces the state on the disk.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let (path, beside) = (folder.join("state.json"), folder.join("state.json.new"));
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let mut file = File::create(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        // The rename lasts once the directory is on the disk; some file systems cannot flush one, which harms nobody.
        if let Ok(handle) = File::open(folder) {
            let _ = handle.sync_all();
        }
        Ok(())
    }
}
