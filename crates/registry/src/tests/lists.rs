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
            "reg.example/team/shop:2.0"
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
        exclude: vec!["**:1.0".to_owned(), "**:2*".to_owned()],
        ..choice("**")
    };
    assert_eq!(listed(&filtered).images, ["reg.example/team/shop:1.1"]);
    assert!(scene().remote.list(&choice("[")).is_err());
    assert!(matches!(scene().remote.list(&choice("nothing/here")), Err(SourceError::Usage(_))));
}

#[test]
fn a_list_in_a_circle_or_to_another_host_ends() {
    let circle = Scene::new(RegistrySettings::default(), |_, _| Response {
        headers: vec![("link".to_owned(), "</v2/_catalog?n=1000>; rel=\"next\"".to_owned())],
        ..ok(r#"{"repositories":[]}"#)
    });
    assert_eq!(circle.remote.list(&choice("**")).unwrap().images.len(), 0);
    assert!(circle.asked().len() < 4);
    let elsewhere = Scene::new(RegistrySettings::default(), |_, _| Response {
        headers: vec![("link".to_owned(), "<https://evil.example/v2/_catalog>; rel=\"next\"".to_owned())],
        ..ok(r#"{"repositories":["a"]}"#)
    });
    assert!(elsewhere.remote.list(&choice("**")).is_err());
    assert!(elsewhere.asked().iter().all(|a| !a.contains("evil")));
}
