//! Who asks, and who learns of it.

use std::io;

use super::*;
use stdx::Secret;

fn settings() -> RegistrySettings {
    RegistrySettings { login: Some(("me".to_owned(), Secret::new("wrought"))), ..RegistrySettings::default() }
}

/// `me:wrought`.
const BASIC: &str = "Basic bWU6d3JvdWdodA==";

fn challenge(text: &'static str) -> Response {
    response(401, &[("www-authenticate", text)], io::empty())
}

#[test]
fn a_token_is_fetched_once_for_every_scope_and_again_when_it_is_refused() {
    let scene = Scene::new(settings(), |request, before| {
        if request.url.starts_with("https://auth.example/token") {
            assert_eq!(header(request, "authorization"), Some(BASIC));
            return ok(format!(r#"{{"token":"t{before}","expires_in":3600}}"#));
        }
        match (header(request, "authorization"), request.url.contains("/manifests/")) {
            (Some("Bearer t0"), true) => ok(manifest()),
            (Some("Bearer t1"), false) => ok(LAYER),
            _ => challenge(
                r#"Bearer realm="https://auth.example/token",service="reg.example",scope="repository:team/shop:pull""#,
            ),
        }
    });
    assert_eq!(read_layer(&scene).unwrap(), LAYER);
    let asked = scene.asked();
    let tokens: Vec<&String> = asked.iter().filter(|a| a.contains("auth.example")).collect();
    assert_eq!(tokens.len(), 2, "{asked:?}");
    assert!(
        tokens[0].contains("/token?scope=repository%3Ateam%2Fshop%3Apull&service=reg.example"),
        "{}",
        tokens[0]
    );
    assert!(asked.iter().filter(|a| a.contains("reg.example/v2")).all(|a| !a.contains(BASIC)), "{asked:?}");
}

#[test]
fn credentials_do_not_go_to_a_token_server_in_plain() {
    for realm in [
        r#"Bearer realm="http://elsewhere.example/token""#,
        r#"Bearer realm="http://reg.example/token""#,
        r#"Bearer realm="http://localhost:1/token""#,
        r#"Bearer realm="ftp://reg.example/""#,
        r#"Bearer realm="https://reg.example@elsewhere.example/""#,
        "Bearer",
    ] {
        let scene = Scene::new(settings(), move |_, _| challenge(realm));
        let e = scene.image("reg.example/a:1").err().unwrap().to_string();
        assert!(e.contains("gets no credentials"), "{realm}: {e}");
        assert_eq!(scene.asked().len(), 1, "{realm}");
        assert!(!e.contains("wrought"), "{e}");
    }
}

#[test]
fn a_plain_registry_may_have_a_plain_token_server_on_its_own_host_only() {
    let plain = || RegistrySettings { plain_http: vec!["reg.example:5000".to_owned()], ..settings() };
    let token = |realm: &'static str| {
        Scene::new(plain(), move |request, _| match () {
            () if request.url.contains("/token") => ok(r#"{"access_token":"t"}"#),
            () if header(request, "authorization") == Some("Bearer t") => ok(manifest()),
            () => Response { url: "http://reg.example:5000/".to_owned(), ..challenge(realm) },
        })
    };
    assert!(token(r#"Bearer realm="http://reg.example:5001/token""#).image("reg.example:5000/a:1").is_ok());
    assert!(token(r#"Bearer realm="http://other.example/token""#).image("reg.example:5000/a:1").is_err());
}

#[test]
fn basic_authentication_is_tried_once_and_never_against_a_redirects_host() {
    let scene = Scene::new(settings(), |request, _| match header(request, "authorization") {
        Some(BASIC) => ok(manifest()),
        _ => challenge("Basic realm=\"own\""),
    });
    assert!(scene.image("reg.example/a:1").is_ok());
    assert_eq!(scene.asked().len(), 2);
    let wrong = Scene::new(settings(), |_, _| challenge("Basic realm=\"own\""));
    let e = wrong.image("reg.example/a:1").err().unwrap().to_string();
    assert!(e.contains("docker login") && !e.contains("wrought"), "{e}");
    assert_eq!(wrong.asked().len(), 2);
    let redirected = Scene::new(settings(), |_, _| Response {
        url: "https://blobs.example/x".to_owned(),
        ..challenge("Basic realm=\"blobs\"")
    });
    assert!(redirected.image("reg.example/a:1").is_err());
    assert!(redirected.asked().iter().all(|a| !a.contains("Basic")), "{:?}", redirected.asked());
}

#[test]
fn without_credentials_a_refusal_says_how_to_log_in() {
    let scene = Scene::new(RegistrySettings::default(), |_, _| challenge("Basic realm=x"));
    let e = scene.image("reg.example/a:1").err().unwrap().to_string();
    assert!(e.contains("none is known") && e.contains("docker login reg.example"), "{e}");
}

#[test]
fn the_login_of_the_command_is_for_one_registry() {
    let scene = Scene::new(settings(), |_, _| ok(manifest()));
    assert!(scene.image("reg.example/a:1").is_ok());
    assert!(scene.image("reg.example/b:1").is_ok());
    assert!(matches!(scene.image("other.example/a:1"), Err(SourceError::Usage(_))));
}

#[test]
fn an_identity_token_is_exchanged_by_post() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.json");
    std::fs::write(&file, r#"{"auths":{"reg.example":{"identitytoken":"re+fresh"}}}"#).unwrap();
    let settings = RegistrySettings { auth_files: vec![file], ..RegistrySettings::default() };
    let scene = Scene::new(settings, |request, _| {
        if request.url == "https://auth.example/token" {
            let body = String::from_utf8(request.body.clone().unwrap()).unwrap();
            assert!(
                body.contains("grant_type=refresh_token") && body.contains("refresh_token=re%2Bfresh"),
                "{body}"
            );
            return ok(r#"{"access_token":"t"}"#);
        }
        match header(request, "authorization") {
            Some("Bearer t") => ok(manifest()),
            _ => challenge(r#"Bearer realm="https://auth.example/token",service="s""#),
        }
    });
    assert!(scene.image("reg.example/a:1").is_ok());
    assert!(scene.asked().iter().any(|a| a == "POST https://auth.example/token"));
}
