//! Cases of our own; the official suite runs in `yardsticks`.

use super::{PURL_BYTES_MAX, Purl, PurlError};

fn canonical(text: &str) -> String {
    Purl::parse(text).unwrap().to_string()
}

#[test]
fn every_component_survives_a_round_trip() {
    let purl = Purl::builder("deb", "libstdc++6")
        .namespace("Debian")
        .version("1:12.2.0-14+deb12u1")
        .qualifier("arch", "amd64")
        .qualifier("distro", "debian-12")
        .subpath("usr/./lib//x")
        .build()
        .unwrap();
    let text = "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12#usr/lib/x";
    assert_eq!(purl.to_string(), text);
    assert_eq!(Purl::parse(text).unwrap(), purl);
}

#[test]
fn what_early_tools_wrote_is_read() {
    assert_eq!(canonical("pkg://npm/@types/node@20.1.0"), "pkg:npm/%40types/node@20.1.0");
    assert_eq!(canonical("pkg:npm/@types/node"), "pkg:npm/%40types/node");
    assert_eq!(canonical("PKG:PyPI/Zope.Interface@5.0"), "pkg:pypi/zope-interface@5.0");
    assert_eq!(
        canonical("pkg:golang/github.com%2Fspf13/Cobra@v1.8.0"),
        "pkg:golang/github.com/spf13/cobra@v1.8.0"
    );
    assert_eq!(canonical("pkg:opam/git@3/16.1"), "pkg:opam/git@3%2F16.1");
    assert_eq!(canonical("pkg:apk/alpine/musl@1.2.5-r0?arch="), "pkg:apk/alpine/musl@1.2.5-r0");
}

#[test]
fn types_have_their_own_rules() {
    assert_eq!(canonical("pkg:pub/Http-Parser@1.0.0"), "pkg:pub/http_parser@1.0.0");
    assert_eq!(canonical("pkg:hackage/a_b@1"), "pkg:hackage/a-b@1");
    assert_eq!(canonical("pkg:cpan/gdt/URI-PackageURL"), "pkg:cpan/GDT/URI-PackageURL");
    assert_eq!(canonical("pkg:git/host.example/a/b/c@1"), "pkg:git/host.example/a/b/c@1");
    assert_eq!(canonical("pkg:nuget/Newtonsoft.Json@13.0.1"), "pkg:nuget/Newtonsoft.Json@13.0.1");
    for refused in [
        "pkg:vcpkg/boost/asio@1",
        "pkg:swift/Alamofire@5",
        "pkg:swift/github.com/Alamofire/@5",
        "pkg:julia/Dates@1",
        "pkg:swid/Fedora@29",
        "pkg:cocoapods/.Kit@1",
        "pkg:chrome-extension/dogs@1",
        "pkg:cargo/crates/serde@1",
    ] {
        assert!(Purl::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn broken_texts_are_named() {
    assert_eq!(Purl::parse("npm/a@1"), Err(PurlError::Scheme));
    assert_eq!(Purl::parse("pkg:maven/@1.3.4"), Err(PurlError::Name));
    assert_eq!(Purl::parse("pkg:3d/x"), Err(PurlError::Type("3d".to_owned())));
    assert_eq!(Purl::parse("pkg:npm"), Err(PurlError::Type("npm".to_owned())));
    assert_eq!(Purl::parse("pkg:npm/a%ff"), Err(PurlError::Encoding("a%ff".to_owned())));
    assert_eq!(Purl::parse("pkg:npm/a%4"), Err(PurlError::Encoding("a%4".to_owned())));
    for qualifiers in ["a", "in%20production=true", "Arch=x", "a=1&a=2", "a_B=1&a_b=2", "=1"] {
        assert!(matches!(Purl::parse(&format!("pkg:npm/x?{qualifiers}")), Err(PurlError::Qualifier(_))));
    }
    let long = format!("pkg:npm/{}", "a".repeat(PURL_BYTES_MAX));
    assert_eq!(Purl::parse(&long), Err(PurlError::TooLong(long.len())));
    // Short enough as it stands, too long once it is escaped.
    assert!(matches!(Purl::parse(&format!("pkg:npm/{}", "é".repeat(5000))), Err(PurlError::TooLong(_))));
    assert!(Purl::parse(&format!("pkg:npm/{}", "é".repeat(2000))).is_ok());
}

#[test]
fn any_text_is_read_or_refused_and_the_normal_form_is_stable() {
    // A small generator instead of a dependency: every text of up to five tokens from those that mean something.
    let tokens = ["pkg:", "npm/", "git/", "@", "/", "?", "#", "a=", "&", "%2F", "%", "é", "..", "a"];
    let mut read = 0;
    for n in 0..tokens.len().pow(5) {
        let mut rest = n;
        let mut text = String::new();
        for _ in 0..5 {
            text.push_str(tokens[rest % tokens.len()]);
            rest /= tokens.len();
        }
        if let Ok(purl) = Purl::parse(&text) {
            read += 1;
            let again = Purl::parse(&purl.to_string()).unwrap_or_else(|e| panic!("{text}: {purl}: {e}"));
            assert_eq!(again, purl, "{text}");
        }
    }
    assert!(1000 < read, "{read}");
}
