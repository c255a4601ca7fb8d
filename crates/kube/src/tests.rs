//! Clusters out of scripted answers, and configurations as people have them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use ports::cluster::{Cluster, Connection, Connector, Dump};
use ports::http::{Http, HttpError, Request, Response, Wait};
use ports::source::{Silent, SourceError};
use stdx::Secret;

use crate::KubeClusters;
use crate::access::{Access, Proof};
use crate::kubeconfig::find;

/// Answers by path and query, the next one each time, the last for good.
#[derive(Default)]
struct Scripted {
    answers: Mutex<BTreeMap<String, Vec<(u16, String)>>>,
    asked: Mutex<Vec<String>>,
    headers: Mutex<Vec<(String, String)>>,
    connections: Mutex<Vec<Connection>>,
}

impl Scripted {
    fn answer(&self, path: &str, status: u16, body: &str) {
        let mut answers = self.answers.lock().unwrap();
        answers.entry(path.to_owned()).or_default().push((status, body.to_owned()));
    }
}

struct Script(Arc<Scripted>);

impl Http for Script {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let path = request.url.strip_prefix("https://api.example:6443").unwrap().to_owned();
        self.0.asked.lock().unwrap().push(path.clone());
        *self.0.headers.lock().unwrap() = request.headers.clone();
        let mut answers = self.0.answers.lock().unwrap();
        let (status, body) = match answers.get_mut(&path) {
            Some(list) if 1 < list.len() => list.remove(0),
            Some(list) => list[0].clone(),
            None => (404, String::new()),
        };
        if status == 0 {
            return Err(HttpError::Connection {
                host: "api.example".to_owned(),
                reason: "it broke".to_owned(),
            });
        }
        let mut headers = vec![("retry-after".to_owned(), "1".to_owned())];
        let mut body = body.into_bytes();
        // Every list comes compressed, as a real server sends large ones.
        if path.contains("limit=") && status == 200 && request.headers.iter().any(|h| h.1 == "gzip") {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(&body).unwrap();
            body = packer.finish().unwrap();
            headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
        }
        Ok(Response { status, headers, url: path, body: Box::new(std::io::Cursor::new(body)) })
    }
}

impl Connector for Script {
    fn connect(&self, connection: &Connection) -> Result<Arc<dyn Http>, HttpError> {
        self.0.connections.lock().unwrap().push(connection.clone());
        Ok(Arc::new(Script(Arc::clone(&self.0))))
    }
}

struct NoWait;

impl Wait for NoWait {
    fn wait(&self, _: u64) {}
    fn jitter(&self) -> u64 {
        0
    }
    fn now(&self) -> i64 {
        0
    }
}

const CONFIG: &str = "apiVersion: v1
kind: Config
current-context: shop
clusters:
- name: c
  cluster: {server: 'https://api.example:6443/', certificate-authority-data: Q0E=}
users:
- {name: t, user: {token: hidden-token}}
- {name: p, user: {username: me, password: hidden-word}}
- {name: f, user: {tokenFile: token, token: other}}
- {name: i, user: {token: x, as: robot, as-groups: [a, b]}}
- {name: old, user: {auth-provider: {name: gcp}}}
- {name: mask, user: {token: x, as-groups: [a]}}
- {name: ask, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}}
- {name: x, user: {token: x, as: robot, as-user-extra: {example.org/why: [audit, more]}}}
- {name: half, user: {client-certificate-data: Q0E=}}
- name: e
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [x], installHint: install it}
contexts:
- {name: shop, context: {cluster: c, user: t}}
- {name: p, context: {cluster: c, user: p}}
- {name: f, context: {cluster: c, user: f}}
- {name: i, context: {cluster: c, user: i}}
- {name: e, context: {cluster: c, user: e}}
- {name: old, context: {cluster: c, user: old}}
- {name: half, context: {cluster: c, user: half}}
- {name: mask, context: {cluster: c, user: mask}}
- {name: ask, context: {cluster: c, user: ask}}
- {name: x, context: {cluster: c, user: x}}
- {name: lost, context: {cluster: nowhere, user: t}}
";

fn configured(text: &str) -> (tempfile::TempDir, Vec<(String, String)>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    fs::write(&file, text).unwrap();
    let environment = vec![("KUBECONFIG".to_owned(), file.display().to_string())];
    (dir, environment)
}

fn access(context: &str) -> Result<Access, SourceError> {
    let (_dir, environment) = configured(CONFIG);
    find(context, &environment).map(|(_, access)| access)
}

#[test]
fn a_context_leads_to_its_server_and_its_user() {
    let found = access("").unwrap();
    assert_eq!(found.connection.server, "https://api.example:6443");
    assert_eq!(found.connection.authorities.as_deref(), Some(b"CA".as_slice()));
    assert_eq!(found.proof, Proof::Token(Secret::new("hidden-token")));
    assert_eq!(access("p").unwrap().proof, Proof::Password("me".to_owned(), Secret::new("hidden-word")));
    assert!(matches!(access("f").unwrap().proof, Proof::TokenFile(path) if path.ends_with("token")));
    assert_eq!(access("i").unwrap().impersonate.len(), 3);
    let extra = ("impersonate-extra-example.org%2Fwhy".to_owned(), "audit".to_owned());
    assert!(access("x").unwrap().impersonate.contains(&extra));
    let Proof::Plugin(plugin) = access("e").unwrap().proof else { panic!("no plugin") };
    assert!(plugin.command.starts_with('/') && plugin.command.ends_with("plugin"), "{}", plugin.command);
    assert!(!format!("{found:?} {:?}", access("p").unwrap()).contains("hidden"), "no secret is shown");
    for (context, says) in [
        ("none", "knows no context `none`; there are ask, e, f"),
        ("lost", "there is no cluster `nowhere`"),
        ("old", "`auth-provider: gcp` was taken out"),
        ("half", "needs a key"),
        ("mask", "`as`"),
        ("ask", "interactiveMode"),
    ] {
        let Err(SourceError::Usage(said)) = access(context) else { panic!("{context}") };
        assert!(said.contains(says), "{context}: {said}");
    }
}

#[test]
fn several_files_are_one_configuration_and_none_is_said() {
    let (dir, _) = configured(CONFIG);
    let second = dir.path().join("second");
    fs::write(
        &second,
        CONFIG.replace("current-context: shop", "current-context: p").replace("hidden-token", "later"),
    )
    .unwrap();
    let list = format!("{}:{}", dir.path().join("config").display(), second.display());
    let (name, access) = find("", &[("KUBECONFIG".to_owned(), list)]).unwrap();
    assert_eq!((name.as_str(), access.proof), ("shop", Proof::Token(Secret::new("hidden-token"))));
    let Err(SourceError::Usage(said)) = find("", &[("HOME".to_owned(), "/nowhere".to_owned())]) else {
        panic!("a cluster out of nothing")
    };
    assert!(said.contains("/nowhere/.kube/config"), "{said}");
    let (_dir, broken) = configured("apiVersion: v1\nkind: [Config\n");
    assert!(matches!(find("", &broken), Err(SourceError::Usage(s)) if s.contains("line ")));
}

#[test]
fn a_configuration_may_leave_out_its_kind_and_name_the_server_otherwise() {
    let text = CONFIG.replace("apiVersion: v1\nkind: Config\n", "").replace(
        "'https://api.example:6443/'",
        "'api.example:6443/k8s', tls-server-name: inner, disable-compression: true",
    );
    let (_dir, environment) = configured(&text);
    let (_, access) = find("", &environment).unwrap();
    assert_eq!(access.connection.server, "https://api.example:6443/k8s");
    assert_eq!(access.connection.server_name.as_deref(), Some("inner"));
    assert!(access.uncompressed);
    let (_dir, other) = configured("apiVersion: v1\nkind: Pod\n");
    assert!(matches!(find("", &other), Err(SourceError::Usage(s)) if s.contains("kind: Config")));
}

const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","freshness":"Current","resources":[
    {"resource":"pods","verbs":["list","get"]},{"resource":"events","verbs":["list"]},{"resource":"bindings","verbs":["create"]},
    {"resource":"secrets","verbs":["list"]}]}]}]}"#;
const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[
    {"version":"v1","resources":[{"resource":"deployments","verbs":["list"]}]},
    {"version":"v1beta1","resources":[{"resource":"deployments","verbs":["list"]}]}]},
    {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1","freshness":"Stale","resources":[]}]}]}"#;

fn served() -> Arc<Scripted> {
    let server = Arc::new(Scripted::default());
    server.answer("/api", 200, CORE);
    server.answer("/apis", 200, GROUPS);
    server.answer(
        "/api/v1/secrets?limit=500",
        200,
        r#"{"kind":"PartialObjectMetadataList","metadata":{},"items":[]}"#,
    );
    server.answer(
        "/apis/apps/v1/deployments?limit=500",
        200,
        r#"{"kind":"DeploymentList","metadata":{},"items":[{}]}"#,
    );
    server
}

fn dump(server: &Arc<Scripted>, context: &str) -> Result<Dump, SourceError> {
    let (_dir, environment) = configured(CONFIG);
    let connector = Arc::new(Script(Arc::clone(server)));
    KubeClusters::new(connector, Arc::new(NoWait), environment).dump(context, &Silent)
}

#[test]
fn every_page_of_every_kind_is_read_and_what_is_left_out_is_said() {
    let server = served();
    server.answer(
        "/api/v1/pods?limit=500",
        200,
        r#"{"kind":"PodList","metadata":{"continue":"a+b"},"items":[1]}"#,
    );
    server.answer(
        "/api/v1/pods?limit=500&continue=a%2Bb",
        200,
        r#"{"kind":"PodList","metadata":{},"items":[2]}"#,
    );
    let dump = dump(&server, "").unwrap();
    let lists = String::from_utf8(dump.lists.unpacked().unwrap()).unwrap();
    let kinds: Vec<&str> = lists.lines().filter_map(|l| l.split('"').nth(3)).collect();
    assert_eq!(kinds, ["PodList", "PodList", "PartialObjectMetadataList", "DeploymentList"]);
    assert_eq!(dump.left_out[0].0, "events");
    assert_eq!(dump.unlisted.len(), 1, "{:?}", dump.unlisted);
    assert!(dump.unlisted[0].reason.contains("aggregated API server"));
    assert!(!server.asked.lock().unwrap().iter().any(|p| p.contains("v1beta1") || p.contains("events")));
    let headers = server.headers.lock().unwrap();
    assert!(headers.contains(&("authorization".to_owned(), "Bearer hidden-token".to_owned())));
}

#[test]
fn what_is_refused_broken_or_busy_is_named_or_asked_again() {
    let server = served();
    let pods = "/api/v1/pods?limit=500";
    server.answer(pods, 429, "");
    server.answer(pods, 0, "");
    server.answer(pods, 503, "");
    server.answer(pods, 200, r#"{"kind":"PodList","metadata":{"continue":"old"},"items":[]}"#);
    let gone = r#"{"kind":"Status","metadata":{"continue":"new"},"message":"expired","code":410}"#;
    server.answer("/api/v1/pods?limit=500&continue=old", 410, gone);
    server.answer(
        "/api/v1/pods?limit=500&continue=new",
        200,
        r#"{"kind":"PodList","metadata":{},"items":[]}"#,
    );
    let whole = dump(&server, "").unwrap();
    assert_eq!(whole.unlisted.len(), 1, "{:?}", whole.unlisted);

    for (status, body, says) in [
        (403, r#"{"message":"pods is forbidden: User \"x\" cannot list"}"#, "403: pods is forbidden"),
        (500, "", "answers 500"),
        (200, "<html>", "cannot be read"),
        (200, "{}", "where a list was asked for"),
        (200, r#"{"kind":"Status","status":"Failure","items":[]}"#, "`Status` where a list"),
        (200, r#"{"kind":"PodList","metadata":{"continue":"x"},"items":[]}"#, "answers 404"),
        (0, "", "it broke"),
    ] {
        let server = served();
        server.answer(pods, status, body);
        let dump = dump(&server, "").unwrap();
        let found = dump.unlisted.iter().find(|u| u.what == "pods").unwrap();
        assert!(found.reason.contains(says), "{status}: {}", found.reason);
    }

    let server = served();
    for path in [pods, "/api/v1/pods?limit=500&continue=x"] {
        server.answer(path, 200, r#"{"kind":"PodList","metadata":{"continue":"x"},"items":[]}"#);
    }
    let endless = dump(&server, "").unwrap();
    assert!(endless.unlisted.iter().any(|u| u.reason.contains("again and again")), "{:?}", endless.unlisted);
    let server = served();
    server.answer(pods, 200, r#"{"kind":"PodList","metadata":{"continue":"0"},"items":[]}"#);
    for n in 0..30 {
        let page = format!(r#"{{"kind":"PodList","metadata":{{"continue":"{}"}},"items":[]}}"#, n + 1);
        server.answer(&format!("{pods}&continue={n}"), 200, &page);
    }
    let empty = dump(&server, "").unwrap();
    assert!(empty.unlisted.iter().any(|u| u.reason.contains("nothing on them")), "{:?}", empty.unlisted);

    let server = Arc::new(Scripted::default());
    server.answer("/api", 200, r#"{"hello":"world"}"#);
    assert!(
        matches!(dump(&server, ""), Err(SourceError::Unreadable(s)) if s.contains("not of an API server"))
    );
    let server = Arc::new(Scripted::default());
    server.answer("/api", 401, r#"{"message":"Unauthorized"}"#);
    assert!(matches!(dump(&server, ""), Err(SourceError::Unreadable(s)) if s.contains("401: Unauthorized")));
}

#[test]
fn a_server_of_old_is_asked_group_by_group() {
    let server = Arc::new(Scripted::default());
    server.answer("/api", 200, r#"{"kind":"APIVersions","versions":["v1"]}"#);
    let groups = r#"{"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"version":"v1beta1"},{"version":"v1"}],"preferredVersion":{"version":"v1"}}]}"#;
    server.answer("/apis", 200, groups);
    server.answer(
        "/api/v1",
        200,
        r#"{"resources":[{"name":"pods","verbs":["list"]},{"name":"pods/log","verbs":["list"]}]}"#,
    );
    server.answer("/apis/apps/v1", 503, "");
    let older = r#"{"resources":[{"name":"deployments","verbs":["list"]},{"name":"old","verbs":["list"]}]}"#;
    server.answer("/apis/apps/v1beta1", 200, older);
    for old in ["deployments", "old"] {
        server.answer(
            &format!("/apis/apps/v1beta1/{old}?limit=500"),
            200,
            r#"{"kind":"OldList","metadata":{},"items":[]}"#,
        );
    }
    server.answer("/api/v1/pods?limit=500", 200, r#"{"kind":"PodList","metadata":{},"items":[]}"#);
    let dump = dump(&server, "").unwrap();
    assert_eq!(dump.unlisted.len(), 1);
    assert_eq!(dump.unlisted[0].what, "/apis/apps/v1");
    let lists = String::from_utf8(dump.lists.unpacked().unwrap()).unwrap();
    assert!(lists.contains("PodList") && lists.matches("OldList").count() == 2, "{lists}");
}

#[test]
fn a_credential_plugin_is_asked_and_its_secret_is_not_told() {
    let run = |script: &str| {
        let (dir, environment) = configured(CONFIG);
        let path = dir.path().join("plugin");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let server = served();
        server.answer("/api/v1/pods?limit=500", 200, r#"{"kind":"PodList","metadata":{},"items":[]}"#);
        let connector = Arc::new(Script(Arc::clone(&server)));
        let dump = KubeClusters::new(connector, Arc::new(NoWait), environment).dump("e", &Silent);
        let token =
            server.headers.lock().unwrap().iter().find(|h| h.0 == "authorization").map(|h| h.1.clone());
        let client = server.connections.lock().unwrap().first().and_then(|c| c.client.clone());
        (dump.err(), token, client)
    };
    let answer = |status: &str| {
        format!(
            r#"echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{{status}}}}}'"#
        )
    };
    let (error, token, _) = run(&answer(r#""token":"plugged""#));
    assert_eq!((error, token.as_deref()), (None, Some("Bearer plugged")));
    let (error, token, client) = run(&answer(r#""clientCertificateData":"C","clientKeyData":"K""#));
    assert_eq!((error, token, client), (None, None, Some((b"C".to_vec(), b"K".to_vec()))));
    for (script, says) in [
        ("exit 3", "it ended with"),
        ("echo hidden", "is not JSON"),
        (answer("").as_str(), "neither a token nor a certificate"),
        (
            r#"echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential"}'"#,
            "no ExecCredential",
        ),
    ] {
        let Some(SourceError::Unreadable(said)) = run(script).0 else { panic!("{script}") };
        assert!(said.contains(says) && said.contains("install it") && !said.contains("hidden"), "{said}");
    }
}
