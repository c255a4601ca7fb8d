//! Orders of our own; the suites of others run in `yardsticks`.

pub(crate) mod peers;

use std::cmp::Ordering;

use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

use crate::{Scheme, VERSION_BYTES_MAX, VersionError, compare};

const ALL: [Scheme; 15] = [
    Scheme::Deb,
    Scheme::Apk,
    Scheme::Rpm,
    Scheme::Alpm,
    Scheme::Pep440,
    Scheme::Semver,
    Scheme::Pub,
    Scheme::Maven,
    Scheme::Gem,
    Scheme::Composer,
    Scheme::Nuget,
    Scheme::Hackage,
    Scheme::Cran,
    Scheme::Conda,
    Scheme::Conan,
];

/// Asserts that the versions stand in rising order, each against every other.
fn rising(scheme: Scheme, versions: &[&str]) {
    for (n, a) in versions.iter().enumerate() {
        for (m, b) in versions.iter().enumerate() {
            assert_eq!(compare(scheme, a, b).unwrap(), n.cmp(&m), "{scheme:?}: {a} and {b}");
        }
    }
}

fn equal(scheme: Scheme, versions: &[&str]) {
    for a in versions {
        for b in versions {
            assert_eq!(compare(scheme, a, b).unwrap(), Ordering::Equal, "{scheme:?}: {a} and {b}");
        }
    }
}

#[test]
fn conan_letters_pre_releases_and_builds() {
    rising(
        Scheme::Conan,
        &[
            "1.0.2",
            "1.1.1-pre1",
            "1.1.1",
            "1.1.1+b",
            "1.1.1k",
            "1.1.1l",
            "1.2",
            "1.10",
            "3.0.0-alpha",
            "cci.20200101",
        ],
    );
    equal(Scheme::Conan, &["1.2", "1.2.0", "1.02.0.0"]);
    assert!(Scheme::Conan.parse("[>=1.0]").is_err());
}

#[test]
fn debian_tildes_letters_and_revisions() {
    rising(
        Scheme::Deb,
        &[
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0~rc1",
            "1.0",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1.1",
            "1.0a",
            "1.0b1",
            "1.0+dfsg-1",
            "1.1",
            "1.10",
            "1:0.1",
        ],
    );
    equal(Scheme::Deb, &["0:1.01", "1.1", "1.1-0", "01.1"]);
    assert!(compare(Scheme::Deb, "x:1", "1").is_err());
    assert!(compare(Scheme::Deb, "1 2", "1").is_err());
    assert!(compare(Scheme::Deb, "1-", "1").is_err());
}

#[test]
fn alpine_suffixes_letters_fractions_and_revisions() {
    rising(
        Scheme::Apk,
        &[
            "1.0_alpha",
            "1.0_alpha2",
            "1.0_beta",
            "1.0_pre",
            "1.0_rc1",
            "1.0",
            "1.0-r0",
            "1.0-r10",
            "1.0_git20200101",
            "1.0_p1",
            "1.0_p1-r1",
            "1.0a",
            "1.0.0",
            "1.01",
            "1.1",
            "1.10",
        ],
    );
    rising(Scheme::Apk, &["1.2", "1.2~abc", "1.2~abd-r1", "1.2_p1"]);
    rising(Scheme::Apk, &["6.6.2p2-r9", "6.6.2p2-r10", "6.6.2p10-r0", "6.6.3"]);
}

#[test]
fn rpm_tildes_carets_and_epochs() {
    rising(
        Scheme::Rpm,
        &[
            "1.0~rc1^git1",
            "1.0~rc2",
            "1.0",
            "1.0-1.el8",
            "1.0-1.el8_10",
            "1.0-2.el8",
            "1.0^",
            "1.0^git1",
            "1.0.1",
            "1.10",
            "1:0.1",
        ],
    );
    equal(Scheme::Rpm, &["0:1.0-1", "1.0-1", "1.00-01"]);
    rising(Scheme::Alpm, &["1.0a", "1.0beta", "1.0rc", "1.0", "1.0.a", "1.0.1", "1:0.9"]);
    equal(Scheme::Alpm, &["1.0", "1.0-1"]);
}

#[test]
fn python_phases_posts_and_locals() {
    rising(
        Scheme::Pep440,
        &[
            "weird",
            "1.0.dev1",
            "1.0a1.dev1",
            "1.0a1",
            "1.0b1.post1",
            "1.0rc1",
            "1.0",
            "1.0+abc",
            "1.0+abc.1",
            "1.0+5",
            "1.0.post1.dev2",
            "1.0.post1",
            "1.0.1",
            "1!0.1",
        ],
    );
    equal(Scheme::Pep440, &["1.0", "v1.0.0", " 1 ", "0!1"]);
    equal(Scheme::Pep440, &["1.0rc1", "1.0-c.1", "1.0_preview-1", "1.0RC1"]);
    equal(Scheme::Pep440, &["1.0-1", "1.0.post1", "1.0r1", "1.0.rev.1"]);
    equal(Scheme::Pep440, &["1.0a", "1.0a0", "1.0a.", "1.0-alpha"]);
    equal(Scheme::Pep440, &["1.0rc0.dev1", "1.0rcdev1"]);
}

#[test]
fn semantic_versions_strict_and_loose() {
    rising(
        Scheme::Semver,
        &[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.0.1.2",
            "v1.10.0",
        ],
    );
    equal(Scheme::Semver, &["2.0.0", "2.0.0+incompatible", "v2", "2.0"]);
    // Go pseudo-versions sort by their time, before the release they lead to.
    rising(
        Scheme::Semver,
        &[
            "v0.0.0-20190101000000-aaaaaaaaaaaa",
            "v0.0.0-20200101000000-000000000000",
            "v1.2.3",
            "v1.2.4-0.20200101000000-000000000000",
            "v1.2.4",
        ],
    );
    rising(Scheme::Semver, &["1.21rc2", "1.21rc10", "1.21.0"]);
    equal(Scheme::Semver, &["1.21rc2", "1.21.0-rc.2"]);
    for unknown in ["(devel)", "latest", "1.1.1k", "", "1.0.0-", "file:../x", "1.x"] {
        assert!(compare(Scheme::Semver, unknown, "1.0.0").is_err(), "{unknown}");
    }
    rising(Scheme::Pub, &["1.0.0-a", "1.0.0", "1.0.0+1", "1.0.0+a"]);
}

#[test]
fn maven_qualifiers() {
    rising(
        Scheme::Maven,
        &["1-alpha", "1-beta-2", "1-m3", "1-rc", "1-snapshot", "1", "1-sp", "1-abc", "1-1", "1.0.1", "1.1"],
    );
    equal(Scheme::Maven, &["1", "1.0.0-GA", "1-final", "1.0.RELEASE", "1-0"]);
    assert!(compare(Scheme::Maven, &"1-".repeat(600), "1").is_err());
}

#[test]
fn ruby_php_dotnet_and_lists_of_numbers() {
    rising(Scheme::Gem, &["1.0.0.a", "1.0.0.a1", "1.0.0-1", "1.0.0.rc1", "1", "1.0.1", "1.10"]);
    equal(Scheme::Gem, &["1", "1.0.0", "1.0"]);
    assert!(compare(Scheme::Gem, "1..0", "1").is_err());
    rising(
        Scheme::Composer,
        &["dev-main", "1.0-dev", "1.0.0-alpha1", "v1.0b2", "1.0.0RC1", "1.0", "1.0.0-p1", "1.0.0.1", "1.1"],
    );
    rising(Scheme::Composer, &["1.0", "1.4.2", "1.4.x-dev", "1.5.0", "1.x-dev", "2.0.0-dev", "2.0.0"]);
    equal(Scheme::Composer, &["1", "v1.0.0", "1.0.0.0", "1.0.0+build", "1.0-stable"]);
    rising(Scheme::Nuget, &["1.0.0-1", "1.0.0-alpha", "1.0.0-ALPHA.1", "1.0.0-beta", "1.0.0", "1.0.0.1"]);
    rising(Scheme::Hackage, &["1", "1.0", "1.0.1", "1.10"]);
    rising(Scheme::Cran, &["1.0", "1.0-1", "1.0.2", "1.0-10"]);
    assert!(compare(Scheme::Hackage, "1.a", "1").is_err());
}

#[test]
fn conda_versions() {
    rising(
        Scheme::Conda,
        &[
            "0.4",
            "0.4.1.rc",
            "0.4.1",
            "0.5a1",
            "0.5b3",
            "0.5C1",
            "0.5",
            "0.9.6",
            "0.960923",
            "1.0",
            "1.1dev1",
            "1.1_",
            "1.1a1",
            "1.1.0dev1",
            "1.1.a1",
            "1.1.0rc1",
            "1.1",
            "1.1.0post1",
            "1.1post1",
            "1996.07.12",
            "1!0.4.1",
            "2!0.4.1",
        ],
    );
}

#[test]
fn what_cannot_be_ordered_is_an_error() {
    for scheme in ALL {
        assert!(matches!(scheme.parse(""), Err(VersionError::Malformed { .. })), "{scheme:?}");
        assert!(scheme.parse(&"1".repeat(VERSION_BYTES_MAX + 1)).is_err(), "{scheme:?}");
        assert!(scheme.parse(&"9".repeat(VERSION_BYTES_MAX)).is_ok(), "{scheme:?}");
    }
    let (deb, rpm) = (Scheme::Deb.parse("1").unwrap(), Scheme::Rpm.parse("1").unwrap());
    assert_eq!(deb.compare(&rpm), Err(VersionError::Schemes(Scheme::Deb, Scheme::Rpm)));
}

#[test]
fn ecosystems_and_package_types_name_a_scheme() {
    assert_eq!(Scheme::from_ecosystem("Debian:12"), Some(Scheme::Deb));
    assert_eq!(Scheme::from_ecosystem("Rocky Linux:9"), Some(Scheme::Rpm));
    assert_eq!(Scheme::from_ecosystem("Atari"), None);
    assert_eq!(Scheme::from_purl_type("golang"), Some(Scheme::Semver));
    assert_eq!(Scheme::from_purl_type("generic"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_order_is_antisymmetric_and_transitive(
        a in "[0-9a-cr.~^_:+!*-]{0,9}", b in "[0-9a-cr.~^_:+!*-]{0,9}", c in "[0-9a-cr.~^_:+!*-]{0,9}",
    ) {
        for scheme in ALL {
            let (Ok(a), Ok(b), Ok(c)) = (scheme.parse(&a), scheme.parse(&b), scheme.parse(&c)) else { continue };
            let (ab, bc, ac) = (a.compare(&b).unwrap(), b.compare(&c).unwrap(), a.compare(&c).unwrap());
            prop_assert_eq!(b.compare(&a).unwrap(), ab.reverse(), "{:?} {:?} {:?}", scheme, a, b);
            prop_assert_eq!(a.compare(&a).unwrap(), Ordering::Equal);
            // pacman's own order is not transitive (`1.` against `1` and `1.a`), nor Conan's (`2`, `10` and `1a`), nor
            // Maven's in its corners.
            if ab == bc && !matches!(scheme, Scheme::Alpm | Scheme::Conan | Scheme::Maven) {
                prop_assert_eq!(ac, ab, "{:?} {:?} {:?} {:?}", scheme, a, b, c);
            }
        }
    }

    #[test]
    fn nothing_panics(a in "\\PC{0,20}", b in "\\PC{0,20}") {
        for scheme in ALL {
            let _ = compare(scheme, &a, &b);
        }
    }
}
