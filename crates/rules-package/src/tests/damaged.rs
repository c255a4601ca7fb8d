//! A database of which a part is damaged was not asked: that is no gap of what is published.

use std::sync::Arc;

use advisory::db::{Builder, Database};
use model::DoubtKind;

use super::cases::{known, package};
use crate::judge;

#[test]
fn a_damaged_database_leaves_the_scan_incomplete() {
    let record = r#"{"id":"X-1","modified":"2026-11-20T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}"#;
    let mut builder = Builder::new();
    builder.add(advisory::read("x.json", record.as_bytes()));
    let whole = builder.finish().unwrap().bytes;
    let mut seen = 0;
    for at in (0..whole.len()).rev() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        // What lies in the head is refused at once.
        let Ok(database) = Database::open(Arc::new(bytes)) else { continue };
        let judged = judge("t", &[package("npm x 1.0.0")], &["a".into()], Some(&known(&database)));
        let damaged: Vec<_> = judged.outcome.doubts.iter().filter(|d| d.reason.contains("damaged")).collect();
        assert!(damaged.iter().all(|d| d.kind == DoubtKind::Target), "{at}: {damaged:?}");
        seen += damaged.len();
    }
    assert!(0 < seen);
}
