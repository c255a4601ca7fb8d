//! A registry that behaves as it is told, well or ill, without a network.

mod lists;
mod logins;
mod pulls;

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use ports::http::{Http, HttpError, Request, Response, Wait};
use ports::remote::{Parts, Remote};
use ports::source::SourceError;

use crate::{RegistryRemote, RegistrySettings};

/// Bytes of the one layer.
const LAYER: &[u8] = b"0123456789abcdefghij";

type Answer = dyn Fn(&Request, usize) -> Response + Send + Sync;

/// Answers requests and keeps them.
struct Fake {
    answer: Box<Answer>,
    asked: Mutex<Vec<Request>>,
}

impl Http for Fake {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|r| r.url == request.url).count();
        asked.push(request.clone());
        drop(asked);
        Ok((self.answer)(request, before))
    }
}

/// Counts the time instead of letting it pass.
#[derive(Default)]
struct Still(Mutex<Vec<u64>>);

impl Wait for Still {
    fn wait(&self, ms: u64) {
        self.0.lock().unwrap().push(ms);
    }
    fn jitter(&self) -> u64 {
        500
    }
    fn now(&self) -> i64 {
        1_764_000_000 + i64::try_from(self.0.lock().unwrap().iter().sum::<u64>() / 1000).unwrap()
    }
}

/// A registry and who asks it.
struct Scene {
    http: Arc<Fake>,
    wait: Arc<Still>,
    remote: RegistryRemote,
}

impl Scene {
    /// `answer` is given each request and how often its address was asked before.
    fn new(
        settings: RegistrySettings,
        answer: impl Fn(&Request, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let http = Arc::new(Fake { answer: Box::new(answer), asked: Mutex::default() });
        let wait = Arc::new(Still::default());
        let remote = RegistryRemote::new(Arc::clone(&http) as _, Arc::clone(&wait) as _, settings);
        Self { http, wait, remote }
    }

    fn image(&self, name: &str) -> Result<Arc<dyn Parts>, SourceError> {
        self.remote.image(name)
    }

    /// What was asked, `GET url` and the authorization in brackets.
    fn asked(&self) -> Vec<String> {
        let asked = self.http.asked.lock().unwrap();
        let line = |r: &Request| match header(r, "authorization") {
            Some(a) => format!("{} {} [{a}]", r.method.as_str(), r.url),
            None => format!("{} {}", r.method.as_str(), r.url),
        };
        asked.iter().map(line).collect()
    }

    fn waited(&self) -> Vec<u64> {
        self.wait.0.lock().unwrap().clone()
    }
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn response(status: u16, headers: &[(&str, &str)], body: impl Read + Send + 'static) -> Response {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Response { status, headers, url: "https://reg.example/".to_owned(), body: Box::new(body) }
}

fn ok(body: impl Into<Vec<u8>>) -> Response {
    response(200, &[], Cursor::new(body.into()))
}

/// Some bytes, then a broken connection.
struct Cut(Cursor<Vec<u8>>);

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            n => Ok(n),
        }
    }
}

/// The manifest of an image with [`LAYER`].
fn manifest() -> String {
    let config = oci::sha256(b"{}");
    let layer = oci::sha256(LAYER);
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
        "config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},
        "layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{layer}","size":{}}}]}}"#,
        LAYER.len()
    )
}

fn layer_part() -> String {
    format!("blobs/sha256/{}", oci::sha256(LAYER).hex())
}

/// Answers the manifest; layers are `blob`'s.
fn serving(blob: impl Fn(&Request, usize) -> Response + Send + Sync + 'static) -> Scene {
    Scene::new(RegistrySettings::default(), move |request, before| {
        match request.url.contains("/manifests/") {
            true => ok(manifest()),
            false => blob(request, before),
        }
    })
}

/// The layer as the scene's reader gives it.
fn read_layer(scene: &Scene) -> io::Result<Vec<u8>> {
    let parts = scene.image("reg.example/team/shop:1").unwrap();
    let mut bytes = Vec::new();
    let mut reader = parts.open(&layer_part()).unwrap();
    reader.read_to_end(&mut bytes).map(|_| bytes)
}
