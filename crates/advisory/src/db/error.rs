//! Why a database file cannot be used.

use std::fmt;

/// Why a database file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbError {
    /// Not a database of Plimsoll.
    NotADatabase,
    /// Written in a format this program cannot read.
    Version {
        /// Of the file.
        major: u16,
        /// Of the file.
        minor: u16,
        /// The major that this program reads.
        reads: u16,
    },
    /// Shorter than its header says.
    Truncated {
        /// Bytes it should have.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// A checksum does not fit.
    Checksum {
        /// What part.
        part: &'static str,
        /// Offset in the file.
        offset: u64,
    },
    /// The checksums fit and the content makes no sense.
    Malformed {
        /// What part.
        part: &'static str,
    },
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADatabase => f.write_str("this is no plimsoll advisory database"),
            Self::Version { major, minor, reads } => write!(
                f,
                "the database has format {major}.{minor}, this program reads format {reads}: {}",
                if reads < major {
                    "update plimsoll, or build the database with this version"
                } else {
                    "build the database again with this version"
                }
            ),
            Self::Truncated { expected, found } => {
                write!(f, "the database is cut off: {found} of {expected} bytes are there")
            }
            Self::Checksum { part, offset } => {
                write!(f, "the database is damaged: checksum of {part} at byte {offset} does not fit")
            }
            Self::Malformed { part } => write!(f, "the database is damaged: {part} makes no sense"),
        }
    }
}

impl std::error::Error for DbError {}
