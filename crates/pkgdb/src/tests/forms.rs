//! rpm's database in its three forms.

use proptest::prelude::*;

use super::writers::{bdb, header, ndb, sqlite};
use crate::Found;
use crate::rpm::{Form, Package, database, form};

/// Three packages: one that fits anywhere, one that needs an overflow page, one that needs several.
fn headers() -> Vec<Vec<u8>> {
    vec![header("small", 0), header("middle", 2_000), header("large", 20_000)]
}

fn databases() -> Vec<(Form, Vec<u8>)> {
    let headers = headers();
    vec![
        (Form::Ndb, ndb(&headers)),
        (Form::BerkeleyDb, bdb(&headers, false)),
        (Form::BerkeleyDb, bdb(&headers, true)),
        (Form::Sqlite, sqlite(&headers)),
    ]
}

fn names(found: &Found<Package>) -> Vec<&str> {
    found.packages.iter().map(|p| p.name.as_str()).collect()
}

#[test]
fn every_form_yields_the_same_packages() {
    for (expected, bytes) in databases() {
        assert_eq!(form(&bytes), Some(expected));
        let found = database(&bytes);
        assert_eq!(found.problems, [], "{expected:?}");
        assert_eq!(names(&found), ["small", "middle", "large"], "{expected:?}");
        let p = &found.packages[0];
        assert_eq!((p.epoch, p.version.as_str(), p.release.as_str()), (Some(7), "1.2", "3.el9"));
        assert_eq!(p.source_rpm, "source-1.2-3.el9.src.rpm");
        assert_eq!(p.modularity_label, "nodejs:18:8080:abc");
        assert_eq!(p.files, ["usr/bin/tool"], "a ghost is no file on disk");
    }
}

#[test]
fn a_database_cut_anywhere_says_so_and_yields_what_it_has() {
    for (form, bytes) in databases() {
        for part in [1, 3, 7, 9] {
            let found = database(&bytes[..bytes.len() * part / 10]);
            assert!(!found.problems.is_empty(), "{form:?} cut at {part}/10 without a word");
            assert!(found.packages.len() < 3);
        }
    }
}

#[test]
fn a_chain_that_bites_its_tail_ends() {
    let mut bytes = bdb(&headers(), false);
    // The second overflow page of the large header names the first as its next.
    let page = 4 * 4096;
    bytes[page + 16..page + 20].copy_from_slice(&3_u32.to_le_bytes());
    let found = database(&bytes);
    assert!(found.problems.iter().any(|p| p.reason.contains("twice")), "{:?}", found.problems);
    assert!(names(&found).contains(&"small"));
}

#[test]
fn a_bucket_that_lost_its_kind_does_not_take_packages_away_in_silence() {
    for kind in [0, 12] {
        let mut bytes = bdb(&headers(), true);
        bytes[4096 + 25] = kind;
        let found = database(&bytes);
        assert!(found.packages.is_empty());
        assert!(!found.problems.is_empty());
    }
}

#[test]
fn a_header_whose_paths_outgrow_it_is_refused() {
    // A long directory shared by thousands of names would be written out thousands of times.
    let mut data = vec![b'd'; 60_000];
    data.push(0);
    let names_at = data.len() as u32;
    data.extend(b"a\0".repeat(5_000));
    data.resize(data.len().next_multiple_of(4), 0);
    let indexes_at = data.len() as u32;
    data.extend([0; 4].repeat(5_000));
    let name_at = data.len() as u32;
    data.extend(b"n\x001\0");
    let entries = [
        (1000, 6, name_at, 1),
        (1001, 6, name_at + 2, 1),
        (1116, 4, indexes_at, 5_000),
        (1117, 8, names_at, 5_000),
        (1118, 8, 0, 1),
    ];
    let mut blob = (entries.len() as u32).to_be_bytes().to_vec();
    blob.extend((data.len() as u32).to_be_bytes());
    for (tag, kind, offset, count) in entries {
        for word in [tag, kind, offset, count] {
            blob.extend(u32::to_be_bytes(word));
        }
    }
    blob.extend(data);
    assert!(crate::rpm::header(&blob).is_err());
}

#[test]
fn what_is_no_database_is_said() {
    for bytes in [&b""[..], b"hello", b"SQLite format 3\0", b"RpmP"] {
        assert!(!database(bytes).problems.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is broken, a reader ends, and what it yields is no more than the file can hold.
    #[test]
    fn flipped_bytes_never_hang_or_panic(which in 0_usize..4, flips in prop::collection::vec((any::<u32>(), any::<u8>()), 1..12)) {
        let (_, mut bytes) = databases().swap_remove(which);
        for (at, to) in flips {
            let at = at as usize % bytes.len();
            bytes[at] = to;
        }
        prop_assert!(database(&bytes).packages.len() <= 64);
    }

    #[test]
    fn any_bytes_are_no_package(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = crate::rpm::header(&bytes);
        let _ = database(&bytes);
        let _ = crate::dpkg::status(&bytes);
        let _ = crate::dpkg::licenses(&bytes);
        let _ = crate::apk::installed(&bytes);
    }
}
