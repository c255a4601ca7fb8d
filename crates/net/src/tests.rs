//! A tiny server on loopback that behaves as it is told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ports::cluster::{Connection, Connector};
use ports::http::{Http, HttpError, Method, Request};

use crate::{Connections, Limits, NetClient, NetSettings};

type Answer = dyn Fn(&str, &mut TcpStream) + Send + Sync;

/// Serves every connection with `answer`, which is given the request's head; answers its port and what was asked.
fn serve(answer: Arc<Answer>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let (mut head, mut byte) = (Vec::new(), [0u8]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                log.lock().unwrap().push(head.clone());
                answer(&head, &mut stream);
            });
        }
    });
    (port, asked)
}

fn client() -> NetClient {
    let limits = Limits {
        connect: Duration::from_secs(5),
        first_byte: Duration::from_millis(600),
        idle: Duration::from_millis(600),
        window: Duration::from_millis(400),
        window_bytes: 1000,
    };
    NetClient::new(NetSettings { user_agent: "plimsoll/1".to_owned(), limits, ..NetSettings::default() })
}

fn say(text: &'static str) -> Arc<Answer> {
    Arc::new(move |_, stream| stream.write_all(text.as_bytes()).unwrap())
}

#[test]
fn a_body_is_streamed_and_statuses_are_no_errors() {
    let (port, asked) = serve(say("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nX-A: b\r\n\r\nno"));
    let response = client().send(&Request::get(format!("http://127.0.0.1:{port}/x?y=1"))).unwrap();
    assert_eq!((response.status, response.header("x-a"), response.length()), (404, Some("b"), Some(2)));
    assert_eq!(response.bytes(10).unwrap(), b"no");
    let head = asked.lock().unwrap().remove(0);
    assert!(head.starts_with("GET /x?y=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("user-agent: plimsoll/1\r\n"), "{head}");
}

#[test]
fn a_body_that_ends_early_is_an_error() {
    let (port, _) = serve(say("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nno"));
    let response = client().send(&Request::get(format!("http://127.0.0.1:{port}/"))).unwrap();
    assert!(matches!(response.bytes(10), Err(HttpError::Cut { .. })));
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_port() {
    let (there, asked) = serve(say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    let (here, _) = serve(Arc::new(move |head, stream| {
        let to = if head.starts_with("GET /same") {
            "/out".to_owned()
        } else {
            format!("http://127.0.0.1:{there}/b?s=1")
        };
        write!(stream, "HTTP/1.1 307 Go\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
    }));
    let request = Request::get(format!("http://127.0.0.1:{here}/same")).header("authorization", "Bearer t");
    let back = client().send(&request).unwrap();
    assert_eq!((back.status, back.header("location")), (307, Some("/out")));
    let response = client().send(&request.following(3)).unwrap();
    assert_eq!(response.status, 200);
    let head = asked.lock().unwrap().remove(0).to_lowercase();
    assert!(!head.contains("authorization"), "{head}");
    assert!(matches!(
        client().send(&Request::get(format!("http://127.0.0.1:{here}/same")).following(1)),
        Err(HttpError::Redirect { .. })
    ));
}

#[test]
fn whoever_is_silent_or_drips_is_given_up() {
    let (port, _) = serve(Arc::new(|_, _| thread::sleep(Duration::from_secs(5))));
    let silent = client().send(&Request::get(format!("http://127.0.0.1:{port}/")));
    assert!(matches!(silent, Err(HttpError::Timeout { .. })), "{silent:?}");
    let (port, _) = serve(Arc::new(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    }));
    let drips = client().send(&Request::get(format!("http://127.0.0.1:{port}/"))).unwrap().bytes(200_000);
    assert!(matches!(&drips, Err(HttpError::Cut { reason, .. }) if reason.contains("too few")), "{drips:?}");
}

#[test]
fn plain_http_is_for_this_machine_or_by_name() {
    let refused = client().send(&Request::get("http://registry.example/v2/"));
    assert_eq!(refused.unwrap_err(), HttpError::PlainHttp { host: "registry.example".to_owned() });
    let closed = { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let closed = client().send(&Request::get(format!("http://127.0.0.1:{closed}/")));
    assert!(matches!(closed, Err(HttpError::Connection { .. })), "{closed:?}");
}

#[test]
fn bodies_are_sent_and_a_head_has_none() {
    let (port, asked) = serve(Arc::new(|head, stream| {
        let mut body = [0u8; 3];
        if head.starts_with("POST") {
            stream.read_exact(&mut body).unwrap();
        }
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n").unwrap();
        if head.starts_with("POST") {
            stream.write_all(&body).unwrap();
        }
    }));
    let url = format!("http://localhost:{port}/token");
    let post = Request { method: Method::Post, body: Some(b"a=b".to_vec()), ..Request::get(url.clone()) };
    assert_eq!(client().send(&post).unwrap().bytes(10).unwrap(), b"a=b");
    let head = client().send(&Request { method: Method::Head, ..Request::get(url) }).unwrap();
    assert_eq!((head.length(), head.bytes(10).unwrap().len()), (Some(3), 0));
    assert!(asked.lock().unwrap()[0].to_lowercase().contains("content-length: 3"));
}

#[test]
fn a_server_may_be_known_by_another_name_than_it_is_reached_by() {
    let (port, asked) = serve(say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
    let settings = NetSettings { user_agent: "plimsoll/1".to_owned(), ..NetSettings::default() };
    let place = format!("127.0.0.1:{port}");
    let known = |proxy: Option<String>, server: &str| {
        let connection = Connection {
            server: format!("http://{server}"),
            server_name: Some("localhost".to_owned()),
            proxy,
            ..Connection::default()
        };
        let http = Connections(settings.clone()).connect(&connection).unwrap();
        http.send(&Request::get(format!("http://{server}/x"))).map(|r| r.status)
    };
    assert_eq!(known(None, &place), Ok(200));
    assert!(asked.lock().unwrap()[0].contains(&format!("host: {place}\r\n")));
    let refused = known(Some(format!("http://{place}")), "api.example:6443");
    assert!(matches!(refused, Err(HttpError::PlainHttp { .. })), "{refused:?}");
}
