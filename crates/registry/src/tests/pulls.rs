//! Manifests and layers.

use std::io::{self, Cursor};

use ports::remote::PartError;

use super::*;

#[test]
fn an_image_is_found_and_its_documents_are_verified() {
    let scene = serving(|_, _| ok("{}"));
    let parts = scene.image("reg.example/team/shop:1").unwrap();
    assert_eq!(parts.name(), "reg.example/team/shop");
    assert!(String::from_utf8_lossy(parts.index()).contains(&oci::sha256(manifest().as_bytes()).to_string()));
    let config = format!("blobs/sha256/{}", oci::sha256(b"{}").hex());
    assert_eq!(parts.document(&config, 100).unwrap(), b"{}");
    assert_eq!(parts.size(&layer_part()), Some(20));
    assert_eq!(parts.document(&layer_part(), 10), Err(PartError::TooLarge(20)));
    assert!(parts.open("blobs/sha256/zz").is_err() && parts.open("../../etc/passwd").is_err());
    assert_eq!(scene.asked()[0], "GET https://reg.example/v2/team/shop/manifests/1");
}

#[test]
fn a_manifest_that_is_not_the_one_named_is_refused() {
    let scene = serving(|_, _| ok(""));
    let other = oci::sha256(b"other");
    let refused = scene.image(&format!("reg.example/a@{other}")).err().unwrap().to_string();
    assert!(refused.contains("wrong digest"), "{refused}");
    let told = other.to_string();
    let scene = Scene::new(RegistrySettings::default(), move |_, _| {
        response(200, &[("docker-content-digest", &told)], Cursor::new(manifest()))
    });
    assert!(scene.image("reg.example/a:1").err().unwrap().to_string().contains("wrong digest"));
    let scene =
        Scene::new(RegistrySettings::default(), |request, _| match request.url.contains("/manifests/") {
            true => ok(manifest()),
            false => ok("[]"),
        });
    let config = format!("blobs/sha256/{}", oci::sha256(b"{}").hex());
    let refused = scene.image("reg.example/a:1").unwrap().document(&config, 100).unwrap_err().to_string();
    assert!(refused.contains("wrong digest"), "{refused}");
}

#[test]
fn a_gigantic_manifest_is_not_read() {
    for headers in [&[("content-length", "99999999999")][..], &[]] {
        let headers: Vec<(String, String)> =
            headers.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let scene = Scene::new(RegistrySettings::default(), move |_, _| Response {
            headers: headers.clone(),
            ..response(200, &[], io::repeat(b' '))
        });
        let refused = scene.image("reg.example/a:1").err().unwrap().to_string();
        assert!(refused.contains("more than 4194304 bytes"), "{refused}");
    }
}

#[test]
fn a_layer_that_is_cut_off_is_taken_up_where_it_was() {
    let scene = serving(|request, _| match header(request, "range") {
        None => response(200, &[("content-length", "20")], Cut(Cursor::new(LAYER[..7].to_vec()))),
        Some("bytes=7-") => {
            response(206, &[("content-range", "bytes 7-19/20")], Cut(Cursor::new(LAYER[7..12].to_vec())))
        }
        Some(range) => {
            assert_eq!(range, "bytes=12-");
            // Cannot begin in the middle: sends everything.
            ok(LAYER)
        }
    });
    assert_eq!(read_layer(&scene).unwrap(), LAYER);
    assert_eq!(scene.waited().len(), 2);
}

#[test]
fn a_layer_that_is_cut_off_again_and_again_is_given_up() {
    let scene = serving(|_, _| response(200, &[], Cut(Cursor::new(Vec::new()))));
    let e = read_layer(&scene).unwrap_err().to_string();
    assert!(e.contains("cut off 6 times") && e.contains("byte 0 of 20"), "{e}");
    let waits = scene.waited();
    assert!(waits.is_sorted() && waits.len() == 5, "{waits:?}");
}

#[test]
fn a_layer_of_another_length_is_refused() {
    let endless = serving(|_, _| response(200, &[], io::repeat(b'x')));
    assert!(read_layer(&endless).unwrap_err().to_string().contains("more is sent than the 20 bytes"));
    let long = serving(|_, _| response(200, &[("content-length", "21")], Cursor::new(vec![0; 21])));
    assert!(read_layer(&long).unwrap_err().to_string().contains("wrong length"));
    let elsewhere = serving(|request, _| match header(request, "range") {
        None => response(200, &[], Cut(Cursor::new(LAYER[..7].to_vec()))),
        Some(_) => response(206, &[("content-range", "bytes 0-19/20")], Cursor::new(LAYER)),
    });
    assert!(read_layer(&elsewhere).unwrap_err().to_string().contains("another byte"));
}

#[test]
fn too_many_requests_are_answered_by_waiting_as_asked() {
    let scene = serving(|_, before| match before {
        0 => response(429, &[("retry-after", "7")], io::empty()),
        1 => response(503, &[("retry-after", "Mon, 24 Nov 2025 16:00:20 GMT")], io::empty()),
        2 => response(502, &[], io::empty()),
        _ => ok(LAYER),
    });
    assert_eq!(read_layer(&scene).unwrap(), LAYER);
    let waited = scene.waited();
    assert_eq!((waited[0], waited.len()), (7500, 3));
    assert!(waited[1] <= 20_500, "{waited:?}");
    let long = serving(|_, _| response(429, &[("retry-after", "86400")], io::empty()));
    assert!(read_layer(&long).unwrap_err().to_string().contains("86400 s"));
    let always = serving(|_, _| response(429, &[], io::empty()));
    assert!(read_layer(&always).unwrap_err().to_string().contains("too many requests"));
}

#[test]
fn what_a_registry_does_not_have_is_told_apart_from_what_it_refuses() {
    let said = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no\u001b[31m such"}]}"#;
    let missing = Scene::new(RegistrySettings::default(), move |_, _| response(404, &[], Cursor::new(said)));
    let e = missing.image("reg.example/a:1").err().unwrap();
    assert!(
        matches!(&e, SourceError::Missing(t) if t.contains("NAME_UNKNOWN") && !t.contains('\u{1b}')),
        "{e}"
    );
    let denied = Scene::new(RegistrySettings::default(), |_, _| response(403, &[], io::repeat(b'x')));
    assert!(matches!(denied.image("reg.example/a:1"), Err(SourceError::Unreadable(_))));
    let page = Scene::new(RegistrySettings::default(), |_, _| ok("<html>"));
    assert!(page.image("reg.example/a:1").is_ok(), "what is no manifest is told by who reads it");
}

#[test]
fn a_mirror_is_asked_first_and_passed_over_if_it_fails() {
    let settings = RegistrySettings {
        mirrors: vec![("docker.io".to_owned(), "mirror.example/hub".to_owned())],
        login: Some(("me".to_owned(), stdx::Secret::new("word"))),
        ..RegistrySettings::default()
    };
    let scene = Scene::new(settings, |request, _| match request.url.contains("mirror.example") {
        true => response(404, &[], io::empty()),
        false => ok(manifest()),
    });
    let parts = scene.image("nginx:1.25").unwrap();
    assert_eq!(
        scene.asked(),
        [
            "GET https://mirror.example/v2/hub/library/nginx/manifests/1.25",
            "GET https://registry-1.docker.io/v2/library/nginx/manifests/1.25"
        ]
    );
    assert!(parts.take_notes().iter().any(|n| n.contains("mirror.example")));
}

/// Bytes 5 to 10 of the layer.
fn read_range(scene: &Scene) -> Option<io::Result<Vec<u8>>> {
    let parts = scene.image("reg.example/team/shop:1").unwrap();
    let mut bytes = Vec::new();
    let reader = parts.range(&layer_part(), 5, 5).unwrap();
    reader.map(|mut r| r.read_to_end(&mut bytes).map(|_| bytes))
}

#[test]
fn a_range_is_read_taken_up_and_ends_where_it_was_to_end() {
    let scene = serving(|request, _| match header(request, "range") {
        Some("bytes=5-9") => {
            response(206, &[("content-range", "bytes 5-9/20")], Cut(Cursor::new(LAYER[5..7].to_vec())))
        }
        Some("bytes=7-9") => response(206, &[("content-range", "bytes 7-9/20")], Cursor::new(&LAYER[7..10])),
        other => panic!("{other:?}"),
    });
    assert_eq!(read_range(&scene).unwrap().unwrap(), b"56789");
    // Taken up by a host that can only begin at the beginning.
    let scene = serving(|_, before| match before {
        0 => response(206, &[("content-range", "bytes 5-9/20")], Cut(Cursor::new(LAYER[5..7].to_vec()))),
        _ => ok(LAYER),
    });
    assert_eq!(read_range(&scene).unwrap().unwrap(), b"56789");
}

#[test]
fn a_registry_without_ranges_says_so_before_a_byte_is_read() {
    let scene = serving(|_, _| response(200, &[], Cut(Cursor::new(Vec::new()))));
    assert!(read_range(&scene).is_none());
    assert!(scene.waited().is_empty());
    let parts = scene.image("reg.example/team/shop:1").unwrap();
    for (at, len) in [(0, 0), (0, 21), (20, 1), (u64::MAX, 2)] {
        assert!(matches!(parts.range(&layer_part(), at, len), Err(PartError::Refused(_))), "{at}+{len}");
    }
    let more = serving(|_, _| response(206, &[("content-range", "bytes 5-9/20")], Cursor::new(LAYER)));
    assert!(read_range(&more).unwrap().unwrap_err().to_string().contains("more is sent"));
    let elsewhere = serving(|_, _| response(206, &[("content-range", "bytes 0-4/20")], Cursor::new(LAYER)));
    let parts = elsewhere.image("reg.example/team/shop:1").unwrap();
    assert!(matches!(parts.range(&layer_part(), 5, 5), Err(PartError::Refused(_))));
}

/// No connection until so many questions were asked.
struct Silent(Mutex<usize>);

impl Http for Silent {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let mut asked = self.0.lock().unwrap();
        *asked += 1;
        match *asked {
            n if n <= 8 => {
                Err(HttpError::Connection { host: "reg.example".to_owned(), reason: "refused".to_owned() })
            }
            _ => Ok(Response { url: request.url.clone(), ..response(404, &[], Cursor::new(Vec::new())) }),
        }
    }
}

#[test]
fn a_host_that_never_answered_is_asked_once_for_each_further_image() {
    let http = Arc::new(Silent(Mutex::new(0)));
    let wait = Arc::new(Still::default());
    let remote =
        RegistryRemote::new(Arc::clone(&http) as _, Arc::clone(&wait) as _, RegistrySettings::default());
    let asked = |name: &str| {
        let before = *http.0.lock().unwrap();
        assert!(remote.image(name).is_err());
        *http.0.lock().unwrap() - before
    };
    assert_eq!(asked("reg.example/team/one:1"), 6);
    assert_eq!(asked("reg.example/team/two:1"), 1);
    assert_eq!(asked("reg.example/team/three:1"), 1);
    assert_eq!(asked("reg.example/team/four:1"), 1, "it answers, if only that there is none");
    assert_eq!(wait.0.lock().unwrap().len(), 5, "nobody waits for what never came");
}

/// Speaks plain HTTP, and breaks the first connection of that kind.
struct Stumbling(Mutex<bool>);

impl Http for Stumbling {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let host = "localhost".to_owned();
        if request.url.starts_with("https") {
            return Err(HttpError::Tls { host, reason: "it does not speak TLS".to_owned() });
        }
        if !std::mem::replace(&mut *self.0.lock().unwrap(), true) {
            return Err(HttpError::Connection { host, reason: "reset".to_owned() });
        }
        Ok(Response { url: request.url.clone(), ..ok(manifest()) })
    }
}

#[test]
fn a_connection_that_breaks_makes_no_plain_server_one_of_tls() {
    let (http, wait) = (Stumbling(Mutex::new(false)), Still::default());
    let remote = RegistryRemote::new(Arc::new(http), Arc::new(wait), RegistrySettings::default());
    assert!(remote.image("localhost:5000/team/shop:1").is_ok());
}
