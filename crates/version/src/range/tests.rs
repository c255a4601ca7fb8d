//! Ranges in the words of each ecosystem, and properties that hold of all of them.

use proptest::prelude::*;

use super::{Dialect, Range, allows};

/// A range, what it allows, and what it does not.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

fn hold(dialect: Dialect, rows: &[Row]) {
    for (range, inside, outside) in rows {
        for version in *inside {
            assert_eq!(allows(dialect, range, version), Ok(true), "{dialect:?} `{range}` and {version}");
        }
        for version in *outside {
            assert_eq!(allows(dialect, range, version), Ok(false), "{dialect:?} `{range}` and {version}");
        }
    }
}

fn refused(dialect: Dialect, texts: &[&str]) {
    for text in texts {
        assert!(Range::parse(dialect, text).is_err(), "{dialect:?} reads `{text}`");
    }
}

#[test]
fn npm_reads_its_whole_grammar() {
    hold(
        Dialect::Npm,
        &[
            ("^1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0", "1.3.0-beta", "2.0.0-0"]),
            ("^0.2.3", &["0.2.9"], &["0.3.0"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4"]),
            ("^0.0", &["0.0.9"], &["0.1.0"]),
            ("~1.2", &["1.2.9"], &["1.3.0"]),
            ("~> 1", &["1.9.0"], &["2.0.0"]),
            ("1.x", &["1.0.0"], &["2.0.0"]),
            ("1.2.3", &["1.2.3", "1.2.3+build"], &["1.2.4"]),
            (" =v1.2.3 ", &["1.2.3"], &["1.2.4"]),
            ("", &["1.0.0", "1.0.0-beta"], &[]),
            ("*", &["1.0.0", "1.0.0-beta"], &[]),
            (">= 1.2 < 2", &["1.2.0", "1.9.9"], &["2.0.0", "1.1.9", "2.0.0-rc.1"]),
            ("1 || 3", &["1.5.0", "3.0.0"], &["2.0.0"]),
            ("1.2 - 2.3", &["1.2.0", "2.3.9"], &["2.4.0", "1.1.9"]),
            ("1.2.3 - 2.3.4", &["2.3.4"], &["2.3.5"]),
            (">1.2", &["1.3.0"], &["1.2.9"]),
            ("<=1.2", &["1.2.9"], &["1.3.0"]),
            ("^1.2.3-beta.2", &["1.2.3-beta.4", "1.3.0"], &["1.2.3-beta.1", "1.2.4-beta.4"]),
            (">x", &[], &["1.0.0"]),
        ],
    );
    refused(
        Dialect::Npm,
        &[
            "latest",
            "github:a/b",
            "npm:b@1",
            "workspace:*",
            "catalog:",
            "file:../a",
            "1.2.3.4",
            "^",
            "https://h/a.tgz",
        ],
    );
}

#[test]
fn cargo_takes_a_version_alone_for_a_caret() {
    hold(
        Dialect::Cargo,
        &[
            ("1.2", &["1.2.0", "1.9.0"], &["2.0.0", "1.1.0", "1.3.0-rc.1"]),
            ("0.3.1", &["0.3.9"], &["0.4.0", "0.3.0"]),
            ("=1.2.3", &["1.2.3"], &["1.2.4"]),
            ("=1.2", &["1.2.9"], &["1.3.0"]),
            ("~1.2.3", &["1.2.9"], &["1.3.0"]),
            ("*", &["9.0.0"], &["1.0.0-rc.1"]),
            ("1.*", &["1.9.0"], &["2.0.0"]),
            (">= 1.2, < 1.5", &["1.4.9"], &["1.5.0"]),
            ("1.0.0-alpha.1", &["1.0.0-alpha.2", "1.2.0"], &["1.0.0-alpha.0"]),
            (">=1.2.0-alpha, <1.2", &[], &["1.2.0-alpha", "1.2.0"]),
        ],
    );
    refused(Dialect::Cargo, &["", "a", "1.2.3.4", "1 || 2"]);
}

#[test]
fn composer_lets_pre_releases_of_the_lower_end_in() {
    hold(
        Dialect::Composer,
        &[
            ("^1.2", &["1.2.0", "v1.9", "1.2.0-beta1"], &["2.0.0", "2.0.0-beta1", "1.1.9"]),
            ("^0.3.1", &["0.3.9"], &["0.4.0"]),
            ("~1.2", &["1.9.0"], &["2.0.0"]),
            ("~1.2.3", &["1.2.9"], &["1.3.0"]),
            ("1.2.*", &["1.2.9"], &["1.3.0"]),
            ("*", &["1.0"], &[]),
            (">=1.0 <2.0 || ^3.1", &["1.5", "3.2"], &["2.0", "2.5"]),
            (">=1.0,<2.0|^3.1", &["1.5", "3.2"], &["2.0", "2.5"]),
            ("1.0 - 2.0", &["2.0.9"], &["2.1.0"]),
            ("1.0.0 - 2.1.0", &["2.1.0"], &["2.1.1"]),
            ("1.0.2", &["1.0.2", "1.0.2.0"], &["1.0.3"]),
            ("^2.0@dev", &["2.1.0"], &["3.0.0"]),
            ("!=1.5", &["1.4"], &["1.5.0"]),
            ("@dev", &["1.0"], &[]),
        ],
    );
    refused(
        Dialect::Composer,
        &["", "dev-main", "dev-main as 1.0", "self.version", "1.x-dev#abc", "^1.0 || dev-x"],
    );
}

#[test]
fn python_reads_pep_440_and_poetry_its_own() {
    let common: &[Row] = &[
        (">=1.2,<2", &["1.2", "1.9.post1"], &["2.0", "2.0a1", "1.1"]),
        ("==1.2", &["1.2.0", "1.2+local"], &["1.2.1"]),
        ("==1.2+a", &["1.2+a"], &["1.2", "1.2+b"]),
        ("==1.2.*", &["1.2.9", "1.2a1", "1.2.dev1"], &["1.3", "1.3.dev1"]),
        ("!=1.2.*", &["1.3", "1.1"], &["1.2.5"]),
        ("!=1.2", &["1.3"], &["1.2.0"]),
        ("~=2.2", &["2.2", "2.9"], &["3.0", "2.1", "3.0.dev1"]),
        ("~=1.4.5", &["1.4.9"], &["1.5"]),
        (">1.7", &["1.7.1"], &["1.7.0.post1", "1.7+local"]),
        ("==1!2.*", &["1!2.3"], &["2.3"]),
    ];
    hold(Dialect::Pep440, common);
    hold(Dialect::Poetry, &common[..common.len() - 2]);
    hold(Dialect::Pep440, &[("", &["1"], &[]), ("===1.0-X", &["1.0-x"], &["1.0"])]);
    hold(
        Dialect::Poetry,
        &[
            ("^1.2", &["1.2", "1.9"], &["2.0", "2.0a1", "1.1"]),
            ("^0.3", &["0.3.9"], &["0.4"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4"]),
            ("^0.0", &["0.0.9"], &["0.1"]),
            ("^1", &["1.9"], &["2"]),
            ("~1.2.3", &["1.2.9"], &["1.3"]),
            ("~1", &["1.9"], &["2"]),
            ("1.2", &["1.2.0"], &["1.2.1"]),
            ("1.2.*", &["1.2.1"], &["1.3"]),
            ("*", &["1"], &[]),
            ("^1.2 || ^3.0", &["1.3", "3.1"], &["2.0"]),
            (">=1.2 <2", &["1.5"], &["2.1"]),
            ("^1.0a1", &["1.0a2", "1.5"], &["2.0"]),
        ],
    );
    refused(Dialect::Pep440, &["1.2", ">=", ">=1.*", "~=1", "==a.*"]);
    refused(Dialect::Poetry, &["", "git", "^", "||"]);
}

#[test]
fn nuget_takes_a_version_alone_for_the_lowest() {
    hold(
        Dialect::Nuget,
        &[
            ("1.0", &["1.0.0", "9.0"], &["0.9", "1.0.0-beta"]),
            ("[1.0]", &["1.0.0.0"], &["1.0.1"]),
            ("[1.0,2.0)", &["1.0", "1.9"], &["2.0", "0.9"]),
            ("(1.0, )", &["1.1"], &["1.0"]),
            ("(,1.0]", &["0.1", "1.0"], &["1.1"]),
            ("1.*", &["1.0", "2.0"], &["0.9"]),
            ("1.2.*-*", &["1.2.0-beta"], &["1.1"]),
            ("*", &["0.1"], &[]),
        ],
    );
    refused(Dialect::Nuget, &["", "[1.0", "(1.0)", "(,)", "[1,2,3]", "$(Version)", "[1.0)"]);
}

#[test]
fn pub_gem_and_hex_read_theirs() {
    hold(
        Dialect::Pub,
        &[
            ("any", &["1.0.0"], &[]),
            ("^1.2.3", &["1.9.0", "1.2.3+1", "1.3.0-dev"], &["2.0.0", "2.0.0-dev", "1.2.2"]),
            ("^0.1.2", &["0.1.9"], &["0.2.0"]),
            ("^0.0.3", &["0.0.9"], &["0.1.0"]),
            (">=1.0.0<2.0.0", &["1.5.0"], &["2.0.0", "2.0.0-dev"]),
            (">= 2.0.0-dev <2.0.0", &["2.0.0-dev", "2.0.0-rc"], &["2.0.0"]),
            ("1.2.3", &["1.2.3"], &["1.2.4", "1.2.3+1"]),
        ],
    );
    refused(Dialect::Pub, &["^1.2", "^1.0.0 <2.0.0", "x"]);
    hold(
        Dialect::Gem,
        &[
            ("~> 7.0", &["7.0", "7.9"], &["8.0", "6.9", "8.0.0.rc1"]),
            ("~> 7.0.1", &["7.0.9"], &["7.1", "7.1.0.rc1"]),
            ("~> 1", &["1.9"], &["2.0"]),
            (">= 1.2, < 2.0.a", &["1.3"], &["2.0", "1.1"]),
            ("= 1.0", &["1.0.0"], &["1.0.1"]),
            ("1.0", &["1.0"], &["1.1"]),
            ("!= 1.0", &["1.1"], &["1.0"]),
            ("", &["1.0"], &[]),
        ],
    );
    refused(Dialect::Gem, &["~>", "=> 1", "a"]);
    hold(
        Dialect::Hex,
        &[
            ("~> 2.0", &["2.9.0"], &["3.0.0", "3.0.0-rc.1"]),
            ("~> 2.1.3-dev", &["2.1.3-dev", "2.1.9"], &["2.2.0"]),
            (">= 2.0.0 and < 2.1.0 or == 3.0.0", &["2.0.5", "3.0.0"], &["2.1.0"]),
            ("1.2.3", &["1.2.3"], &["1.2.4"]),
            ("!= 1.2.3", &["1.2.4"], &["1.2.3"]),
        ],
    );
    refused(Dialect::Hex, &["", "~> 2", ">= 2.0", "latest", "1.0.0 and"]);
}

#[test]
fn endless_ranges_are_refused() {
    for dialect in
        [Dialect::Npm, Dialect::Cargo, Dialect::Composer, Dialect::Poetry, Dialect::Hex, Dialect::Pub]
    {
        refused(
            dialect,
            &[&"9".repeat(40), &">=1.0.0 ".repeat(300), &">=1.0.0,".repeat(300), &"1 ||".repeat(2000)],
        );
    }
    // Each of them doubles the alternatives.
    refused(Dialect::Pep440, &[&"!=1.*,".repeat(40)]);
    refused(Dialect::Gem, &[&"~> 1,".repeat(300)]);
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "[\\PC]{0,40}", version in "[0-9a-z.+!-]{0,16}") {
        for dialect in Dialect::ALL {
            let _ = allows(dialect, &text, &version);
        }
    }

    #[test]
    fn what_looks_like_a_range_never_panics(text in "[0-9.x*^~<>=!,| v@()a\\[\\]-]{0,24}") {
        for dialect in Dialect::ALL {
            let _ = allows(dialect, &text, "1.2.3");
        }
    }

    #[test]
    fn every_version_is_in_its_own_caret_and_outside_of_the_next(a in 1_u32..50, b in 0_u32..50, c in 0_u32..50, d in 0_u32..50) {
        let version = format!("{a}.{}.{d}", b + c);
        for dialect in [Dialect::Npm, Dialect::Cargo, Dialect::Composer, Dialect::Poetry, Dialect::Pub] {
            prop_assert_eq!(allows(dialect, &format!("^{a}.{b}.0"), &version), Ok(true));
            prop_assert_eq!(allows(dialect, &format!("^{}.0.0", a + 1), &version), Ok(false));
            prop_assert_eq!(allows(dialect, &format!(">={version}"), &version), Ok(true));
            prop_assert_eq!(allows(dialect, &format!("<{version}"), &version), Ok(false));
        }
        for dialect in [Dialect::Gem, Dialect::Hex] {
            prop_assert_eq!(allows(dialect, &format!("~> {a}.{b}"), &version), Ok(true));
            prop_assert_eq!(allows(dialect, &format!("~> {}.0", a + 1), &version), Ok(false));
        }
    }
}
