//! Catalogues and tags.

use std::io;

use ports::remote::{Choice, Listing};

use super::*;

fn choice(pattern: &str) -> Choice {
    Choice { registry: "reg.example".to_owned(), pattern: pattern.to_owned(), ..Choice::default() }
}

/// Two pages of repositories, tags for each.
fn scene() -> Scene {
    Scene::new(RegistrySettings::default(), |request, _| {
        match request.url.rsplit("/v2/").next().unwrap_or_default() {
            "_catalog?n=1000" => Response {
                headers: vec![("link".to_owned(), "</v2/_catalog?last=b&n=1000>; rel=\"next\"".to_owned())],
                ..ok(r#"{"repositories":["team/shop","team/gone","../evil"]}"#)
            },
            "_catalog?last=b&n=1000" => ok(r#"{"repositories":["lib/base","team/locked"]}"#),
            "team/shop/tags/list?n=1000" => {
                ok(format!(r#"{{"tags":["1.0","1.1","2.0","sha256-{}.sig","a b"]}}"#, "a".repeat(64)))
            }
            "lib/base/tags/list?n=1000" => ok(r#"{"name":"lib/base","tags":["latest"]}"#),
            "team/gone/tags/list?n=1000" => ok(r#"{"tags":null}"#),
            "team/locked/tags/list?n=1000" => response(403, &[], io::empty()),
            _ => response(404, &[], io::empty()),
        }
    })
}

fn listed(choice: &Choice) -> Listing {
    scene().remote.list(choice).unwrap()
}

#[test]
fn a_registry_is_listed_page_by_page_and_says_what_it_could_not_list() {
    let all = listed(&choice("**"));
    assert_eq!(
        all.images,
        [
            "reg.example/lib/base:latest",
            "reg.example/team/shop:1.0",
            "reg.example/team/shop:1.1",
            "reg.example/team/shop:2.0",
            // Its content says whether it is an image.
            &format!("reg.example/team/shop:sha256-{}.sig", "a".repeat(64)),
        ]
    );
    let places: Vec<&str> = all.problems.iter().map(|(p, _)| p.as_str()).collect();
    assert_eq!(places, ["reg.example", "reg.example/team/locked", "reg.example/team/shop"]);
}

#[test]
fn globs_choose_repositories_and_tags() {
    assert_eq!(listed(&choice("lib/*")).images, ["reg.example/lib/base:latest"]);
    assert_eq!(
        listed(&choice("team/*:1.*")).images,
        ["reg.example/team/shop:1.0", "reg.example/team/shop:1.1"]
    );
    assert_eq!(listed(&choice("team/shop:2.*")).images, ["reg.example/team/shop:2.0"]);
    let filtered = Choice {
        include: vec!["team/**".to_owned()],
        exclude: vec!["**:1.0".to_owned(), "**:2*".to_owned(), "**:sha256-*".to_owned()],
        ..choice("**")
    };
    assert_eq!(listed(&filtered).images, ["reg.example/team/shop:1.1"]);
    assert!(scene().remote.list(&choice("[")).is_err());
    assert!(matches!(scene().remote.list(&choice("nothing/here")), Err(SourceError::Missing(_))));
}

#[test]
fn a_list_in_a_circle_or_to_another_host_ends() {
    let circle = Scene::new(RegistrySettings::default(), |_, _| Response {
        headers: vec![("link".to_owned(), "</v2/_catalog?n=1000>; rel=\"next\"".to_owned())],
        ..ok(r#"{"repositories":[]}"#)
    });
    assert_eq!(circle.remote.list(&choice("**")).unwrap().images.len(), 0);
    assert!(circle.asked().len() < 4);
    let full = Scene::new(RegistrySettings::default(), |request, _| match request.url.contains("_catalog") {
        true => Response {
            headers: vec![("link".to_owned(), "</v2/_catalog?n=1000>; rel=\"next\"".to_owned())],
            ..ok(r#"{"repositories":["a"]}"#)
        },
        false => ok(r#"{"tags":["1"]}"#),
    });
    let listing = full.remote.list(&choice("**")).unwrap();
    assert_eq!(listing.images, ["reg.example/a:1"]);
    assert!(listing.problems[0].1.contains("circle"), "{listing:?}");
    let elsewhere = Scene::new(RegistrySettings::default(), |_, _| Response {
        headers: vec![("link".to_owned(), "<https://evil.example/v2/_catalog>; rel=\"next\"".to_owned())],
        ..ok(r#"{"repositories":[]}"#)
    });
    assert!(elsewhere.remote.list(&choice("**")).is_ok());
    assert!(elsewhere.asked().iter().all(|a| !a.contains("evil")));
}

/// One repository whose tags come in three pages, of which `second` is the second.
fn three_pages(second: fn() -> Response) -> Scene {
    Scene::new(RegistrySettings::default(), move |request, _| {
        let link = |to: &str| vec![("link".to_owned(), format!("</v2/a/tags/list?last={to}>; rel=\"next\""))];
        match request.url.rsplit("/v2/").next().unwrap_or_default() {
            "a/tags/list?n=1000" => Response { headers: link("1"), ..ok(r#"{"tags":["1"]}"#) },
            "a/tags/list?last=1" => Response { headers: link("2"), ..second() },
            "a/tags/list?last=2" => ok(r#"{"tags":["3"]}"#),
            _ => response(404, &[], io::empty()),
        }
    })
}

#[test]
fn an_empty_page_is_not_the_end() {
    let listing = three_pages(|| ok(r#"{"tags":null}"#)).remote.list(&choice("a:*")).unwrap();
    assert_eq!(listing.images, ["reg.example/a:1", "reg.example/a:3"]);
    assert!(listing.problems.is_empty(), "{listing:?}");
}

#[test]
fn a_list_that_breaks_off_keeps_what_it_gave_and_says_so() {
    let listing = three_pages(|| response(403, &[], io::empty())).remote.list(&choice("a:*")).unwrap();
    assert_eq!(listing.images, ["reg.example/a:1"]);
    assert!(listing.problems[0].1.contains("breaks off"), "{listing:?}");
    assert!(three_pages(|| ok("{}")).remote.list(&choice("a:*")).is_err());
}

#[test]
fn a_registry_with_smaller_pages_is_asked_for_those() {
    let scene = Scene::new(RegistrySettings::default(), |request, _| {
        match request.url.rsplit("/v2/").next().unwrap_or_default() {
            "_catalog" => ok(r#"{"repositories":["a"]}"#),
            "a/tags/list?n=1000" => ok(r#"{"tags":["1"]}"#),
            _ => response(400, &[], r#"{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}"#.as_bytes()),
        }
    });
    assert_eq!(scene.remote.list(&choice("**")).unwrap().images, ["reg.example/a:1"]);
}

#[test]
fn a_registry_without_a_catalogue_says_what_to_do() {
    for status in [401, 403, 404, 405] {
        let scene = Scene::new(RegistrySettings::default(), move |_, _| response(status, &[], io::empty()));
        match scene.remote.list(&choice("**")) {
            Err(SourceError::Unreadable(text)) => {
                assert!(text.contains("registry:reg.example/REPOSITORY:*"), "{text}")
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}
