//! What stands between us and a registry, or in its place, and means harm.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Passes connections on, and breaks some.
pub(crate) struct Relay {
    pub(crate) port: u16,
    /// Connections broken, requests refused, or bytes let through.
    pub(crate) cuts: Arc<AtomicUsize>,
}

impl Relay {
    /// Cuts connections that brought more than `bytes`, `times` times.
    pub(crate) fn cutting(to: u16, bytes: usize, times: usize) -> Result<Self> {
        Self::start(move |client, cuts| {
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { return };
            let (Ok(mut up_from), Ok(mut up_to)) = (client.try_clone(), server.try_clone()) else { return };
            thread::spawn(move || io::copy(&mut up_from, &mut up_to));
            let (mut server, mut client) = (server, client);
            let (mut buffer, mut passed) = (vec![0u8; 16 << 10], 0);
            while let Ok(n) = server.read(&mut buffer) {
                passed += n;
                let cut = bytes < passed && cuts.load(Ordering::SeqCst) < times;
                if n == 0 || cut || client.write_all(&buffer[..n]).is_err() {
                    cuts.fetch_add(usize::from(cut), Ordering::SeqCst);
                    break;
                }
            }
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        })
    }

    /// Lets answers through a little at a time, and counts their bytes.
    pub(crate) fn slow(to: u16) -> Result<Self> {
        Self::start(move |client, passed| {
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { return };
            let (Ok(mut up_from), Ok(mut up_to)) = (client.try_clone(), server.try_clone()) else { return };
            thread::spawn(move || io::copy(&mut up_from, &mut up_to));
            let (mut server, mut client, mut buffer) = (server, client, vec![0u8; 256]);
            while let Ok(n) = server.read(&mut buffer) {
                if n == 0 || client.write_all(&buffer[..n]).is_err() {
                    break;
                }
                passed.fetch_add(n, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(10));
            }
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        })
    }

    /// Answers the first `times` requests for blobs with 429.
    pub(crate) fn busy(to: u16, times: usize) -> Result<Self> {
        Self::start(move |mut client, cuts| {
            let Some(head) = head(&mut client) else { return };
            if head.contains("/blobs/") && cuts.load(Ordering::SeqCst) < times {
                cuts.fetch_add(1, Ordering::SeqCst);
                let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = client.write_all(busy.as_bytes());
                return;
            }
            let Ok(mut server) = TcpStream::connect(("127.0.0.1", to)) else { return };
            let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            if server.write_all(head.as_bytes()).is_ok() {
                let _ = io::copy(&mut server, &mut client);
            }
        })
    }

    fn start(serve: impl Fn(TcpStream, &AtomicUsize) + Send + Sync + 'static) -> Result<Self> {
        let cuts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&cuts);
        let port = listen(move |stream| serve(stream, &counted))?;
        Ok(Self { port, cuts })
    }
}

/// What hostile registries do, and what must be said of it.
pub(crate) const KINDS: [(&str, &str); 6] = [
    ("an endless layer", "more is sent than the 1000 bytes"),
    ("a gigantic manifest", "sends more than 4194304 bytes"),
    ("a layer of another length", "wrong length"),
    ("a redirect to another host", "refused: its bytes are not proven"),
    ("redirects in a circle", "redirects"),
    ("a token server elsewhere", "gets no credentials"),
];

/// A hostile registry, and the host that it would like to tell of our credentials.
pub(crate) struct Server {
    pub(crate) port: u16,
    elsewhere: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts the one of [`KINDS`].
    pub(crate) fn start(kind: &'static str) -> Result<Self> {
        let elsewhere = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&elsewhere);
        let other = listen(move |mut stream| {
            if let Some(head) = head(&mut stream)
                && let Ok(mut heard) = heard.lock()
            {
                heard.push(head);
            }
            let _ = answer(&mut stream, 200, "", &[0; 1000]);
        })?;
        let port = listen(move |mut stream| {
            if let Some(head) = head(&mut stream) {
                let _ = evil(kind, &head, other, &mut stream);
            }
        })?;
        Ok(Self { port, elsewhere })
    }

    /// The first request elsewhere that carried credentials.
    pub(crate) fn leak(&self) -> Result<Option<String>> {
        let heard = self.elsewhere.lock().ok().context("the listener broke")?;
        Ok(heard.iter().find(|h| h.to_lowercase().contains("\r\nauthorization:")).cloned())
    }
}

fn evil(kind: &str, head: &str, other: u16, stream: &mut TcpStream) -> io::Result<()> {
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    if !head.to_lowercase().contains("\r\nauthorization:") {
        let challenge = match kind {
            "a token server elsewhere" => {
                format!("Bearer realm=\"http://127.0.0.1:{other}/token\",service=\"s\"")
            }
            _ => "Basic realm=\"evil\"".to_owned(),
        };
        return answer(stream, 401, &format!("www-authenticate: {challenge}\r\n"), b"");
    }
    let config = br#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]}}"#;
    let config_digest = oci::sha256(config).to_string();
    if path.contains("/manifests/") {
        if kind == "a gigantic manifest" {
            return endless(stream);
        }
        let layer = format!("sha256:{}", "a".repeat(64));
        let manifest = serde_json::json!({ "schemaVersion": 2,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config_digest, "size": config.len() },
            "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": 1000 }] });
        return answer(stream, 200, "", manifest.to_string().as_bytes());
    }
    if path.contains(&config_digest) {
        return answer(stream, 200, "", config);
    }
    match kind {
        "an endless layer" => endless(stream),
        "a layer of another length" => answer(stream, 200, "", &[0; 999]),
        "a redirect to another host" => {
            answer(stream, 307, &format!("location: http://127.0.0.1:{other}/blob?signed=yes\r\n"), b"")
        }
        "redirects in a circle" => answer(stream, 307, &format!("location: {path}\r\n"), b""),
        _ => answer(stream, 200, "", b"{}"),
    }
}

fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

/// Says nothing of its length and never ends.
fn endless(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 x\r\nconnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[b' '; 16 << 10])?;
    }
}

/// The head of a request; `None` for TLS, which is asked for first on loopback, and for whoever says nothing.
fn head(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0u8]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 || byte[0] == 0x16 && head.is_empty() {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(stream));
        }
    });
    Ok(port)
}
