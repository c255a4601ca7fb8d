//! Databases that are damaged, cut off, older, newer, or no databases at all.

use std::sync::Arc;

use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{built, npm};
use crate::db::{Database, DbError};

fn file() -> Vec<u8> {
    let documents: Vec<String> = (0..400)
        .map(|n| npm(&format!("GHSA-{n}"), &format!("\"CVE-2030-{n}\""), &format!("p{}", n % 90)))
        .collect();
    built(&documents.iter().map(String::as_str).collect::<Vec<_>>()).bytes
}

fn open(bytes: Vec<u8>) -> Result<Database, DbError> {
    Database::open(Arc::new(bytes))
}

/// Rewrites the head's checksum, as whoever forges a file can.
fn forge(bytes: &mut [u8]) {
    let head = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    bytes[28..32].fill(0);
    let crc = crc32fast::hash(&bytes[..head.min(bytes.len())]);
    bytes[28..32].copy_from_slice(&crc.to_le_bytes());
}

/// Everything that can be asked.
fn ask(database: &Database) -> Result<(), DbError> {
    for n in 0..90 {
        for entry in database.lookup("npm", &format!("p{n}"))? {
            for v in database.advisory(entry.advisory)?.vulnerabilities {
                database.detail(v)?;
            }
        }
    }
    database.search("CVE-2030-7", 5)?;
    database.verify()
}

#[test]
fn a_sound_file_verifies() {
    ask(&open(file()).unwrap()).unwrap();
}

#[test]
fn other_files_are_no_databases() {
    for bytes in [&b""[..], b"x", b"PLIMSDB", b"SQLite format 3\0 and more"] {
        assert_eq!(open(bytes.to_vec()).err(), Some(DbError::NotADatabase));
    }
}

#[test]
fn a_newer_minor_is_read_and_another_major_is_refused_with_the_reason() {
    let mut newer = file();
    newer[10..12].copy_from_slice(&9_u16.to_le_bytes());
    forge(&mut newer);
    let database = open(newer).unwrap();
    assert_eq!(database.info().format.1, 9);
    ask(&database).unwrap();
    let mut other = file();
    other[8..10].copy_from_slice(&7_u16.to_le_bytes());
    let refused = open(other).err().unwrap().to_string();
    assert_eq!(
        refused,
        "the database has format 7.2, this program reads format 1: update plimsoll, or build the database with this version"
    );
}

#[test]
fn a_file_that_is_cut_off_says_so_wherever_it_is_cut() {
    let whole = file();
    for length in (8..whole.len()).step_by(211) {
        assert!(
            matches!(
                open(whole[..length].to_vec()),
                Err(DbError::Truncated { .. } | DbError::Checksum { .. })
            ),
            "{length}"
        );
    }
}

#[test]
fn a_flipped_bit_in_the_head_is_met_at_open_and_in_the_body_when_it_is_touched() {
    let whole = file();
    let head = u32::from_le_bytes(whole[12..16].try_into().unwrap()) as usize;
    for at in (32..head).step_by(17) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        assert!(open(bytes).is_err(), "byte {at} of the head");
    }
    for at in (head..whole.len()).step_by(997) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        let database = open(bytes).unwrap();
        assert!(matches!(ask(&database), Err(DbError::Checksum { .. })), "byte {at} of the body");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Checksums that fit protect nobody from a forger: whatever the tables say, the answer is an error or an answer.
    #[test]
    fn a_forged_file_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24)) {
        let mut bytes = file();
        let head = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        let json = u32::from_le_bytes(bytes[24..28].try_into().unwrap()) as usize;
        for (at, value) in changes {
            let at = at.index(bytes.len() - 64) + 64;
            bytes[at] = value;
        }
        let pages: Vec<u32> = bytes[head..].chunks(16 << 10).map(crc32fast::hash).collect();
        for (n, crc) in pages.into_iter().enumerate() {
            let at = (64 + json).next_multiple_of(4) + 4 * n;
            bytes[at..at + 4].copy_from_slice(&crc.to_le_bytes());
        }
        forge(&mut bytes);
        if let Ok(database) = open(bytes) {
            let _ = ask(&database);
        }
    }

    #[test]
    fn no_document_makes_the_reader_panic(text in "[\\[\\]{}\":,a-z0-9 \n-]{0,200}") {
        let _ = crate::read("a.json", text.as_bytes());
        let _ = crate::read("a.yaml", text.as_bytes());
        let _ = crate::read("a.csv", text.as_bytes());
    }
}
