//! The folder and its downloads against an upstream in memory that is slow, broken, cut, unchanged, or refuses.

mod artifacts;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use ports::feeds::{Feed, FeedFile, Feeds, Fetched, Prebuilt, PrebuiltFile};
use ports::http::{Http, HttpError, Request, Response, Wait};
use ports::knowledge::KnowledgeError;
use ports::source::Silent;

use crate::{FeedSettings, HttpFeeds};

/// What the upstream does with the next requests for a path.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    /// Sends so many bytes and breaks off.
    Cut(usize),
    /// Answers this status, asking to wait so many seconds.
    Refuse(u16, u64),
    /// Sends without end, and without saying how much.
    Endless,
    /// Names a length, sends less and ends as if that were all.
    Short(usize),
    /// Does not answer.
    Silent,
}

#[derive(Default)]
struct Upstream {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    moods: Mutex<BTreeMap<String, Vec<Mood>>>,
    log: Mutex<Vec<String>>,
    no_etag: bool,
}

impl Upstream {
    fn serve(&self, path: &str, bytes: &[u8]) {
        self.files.lock().unwrap().insert(path.to_owned(), bytes.to_vec());
    }

    fn mood(&self, path: &str, moods: &[Mood]) {
        self.moods.lock().unwrap().insert(path.to_owned(), moods.to_vec());
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

/// Gives bytes, then an error or nothing more.
struct Body {
    bytes: io::Cursor<Vec<u8>>,
    cut: bool,
    endless: bool,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.endless {
            buffer.fill(b'x');
            return Ok(buffer.len());
        }
        match self.bytes.read(buffer)? {
            0 if self.cut => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the other side went away")),
            n => Ok(n),
        }
    }
}

impl Http for Upstream {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let header = |name: &str| request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let path = request.url.trim_start_matches("https://up").to_owned();
        let mut moods = self.moods.lock().unwrap();
        let mood = moods.get_mut(&path).filter(|m| !m.is_empty()).map(|m| m.remove(0));
        let file = self.files.lock().unwrap().get(&path).cloned();
        let response = |status: u16, headers: &[(&str, String)], body: Body| {
            let range = header("range").map_or(String::new(), |r| format!(" {r}"));
            self.log.lock().unwrap().push(format!("{status} {path}{range}"));
            Response {
                status,
                headers: headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect(),
                url: request.url.clone(),
                body: Box::new(body),
            }
        };
        let body =
            |bytes: &[u8], cut: bool| Body { bytes: io::Cursor::new(bytes.to_vec()), cut, endless: false };
        match mood {
            Some(Mood::Refuse(status, seconds)) => {
                return Ok(response(status, &[("retry-after", seconds.to_string())], body(b"", false)));
            }
            Some(Mood::Silent) => {
                let error = HttpError::Timeout { host: "up".to_owned(), waiting: "an answer".to_owned() };
                return Err(error);
            }
            _ => {}
        }
        let Some(file) = file else { return Ok(response(404, &[], body(b"", false))) };
        let etag = format!("\"{}-{}\"", file.len(), file.iter().map(|b| u64::from(*b)).sum::<u64>());
        if header("if-none-match").as_ref() == Some(&etag) {
            return Ok(response(304, &[], body(b"", false)));
        }
        let start = match (header("range"), header("if-range")) {
            (Some(range), Some(by)) if by == etag => {
                range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap()
            }
            _ => 0,
        };
        let rest = &file[start..];
        let mut headers = vec![("last-modified", "Sun, 06 Jan 2030 08:49:37 GMT".to_owned())];
        if !self.no_etag {
            headers.push(("etag", etag));
        }
        let mut status = 200;
        if start != 0 {
            status = 206;
            headers.push(("content-range", format!("bytes {start}-{}/{}", file.len() - 1, file.len())));
        }
        let sized = ("content-length", rest.len().to_string());
        Ok(match mood {
            Some(Mood::Cut(n)) => {
                headers.push(sized);
                response(status, &headers, body(&rest[..n], true))
            }
            Some(Mood::Short(n)) => {
                headers.push(sized);
                response(status, &headers, body(&rest[..n], false))
            }
            Some(Mood::Endless) => {
                let endless = Body { bytes: io::Cursor::new(Vec::new()), cut: false, endless: true };
                response(status, &headers, endless)
            }
            _ => {
                headers.push(sized);
                response(status, &headers, body(rest, false))
            }
        })
    }
}

/// A clock that waits for nobody and notes how long it would have.
#[derive(Default)]
struct Patience(Mutex<Vec<u64>>);

impl Wait for Patience {
    fn wait(&self, ms: u64) {
        self.0.lock().unwrap().push(ms);
    }
    fn jitter(&self) -> u64 {
        0
    }
    fn now(&self) -> i64 {
        // 2030-01-08
        1_894_060_800
    }
}

struct Bench {
    upstream: Arc<Upstream>,
    patience: Arc<Patience>,
    feeds: HttpFeeds,
    directory: tempfile::TempDir,
}

/// Waits for as many microseconds as milliseconds are asked for.
struct Hasty;

impl Wait for Hasty {
    fn wait(&self, ms: u64) {
        std::thread::sleep(std::time::Duration::from_micros(ms));
    }
    fn jitter(&self) -> u64 {
        0
    }
    fn now(&self) -> i64 {
        1_894_060_800
    }
}

fn bench() -> Bench {
    bench_of(Upstream::default())
}

fn bench_of(upstream: Upstream) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let (upstream, patience) = (Arc::new(upstream), Arc::new(Patience::default()));
    let settings = FeedSettings { folder: Some(directory.path().join("feeds")), ..FeedSettings::default() };
    let feeds = HttpFeeds::new(settings, upstream.clone(), patience.clone(), Arc::new(artifacts::Nowhere));
    Bench { upstream, patience, feeds, directory }
}

fn feed(name: &str) -> Feed {
    let file = FeedFile {
        name: "all.zip".to_owned(),
        url: format!("https://up/{name}.zip"),
        bytes_max: 1_000_000,
        ..FeedFile::default()
    };
    Feed { name: name.to_owned(), files: vec![file], usual: true, ..Feed::default() }
}

impl Bench {
    /// Fetches and adopts; what came of it, and the kept content.
    fn update(&self, feed: &Feed) -> (Fetched, Option<Vec<u8>>) {
        let mut folder = self.feeds.open(&|_| {}).unwrap();
        let fetched = folder.fetch(std::slice::from_ref(feed), &Silent).remove(0);
        match &fetched {
            Fetched::Failed(reason) => folder.refuse(feed, reason).unwrap(),
            _ => folder.adopt(feed, 1).unwrap(),
        }
        let kept = folder.kept().into_iter().find(|k| k.name == feed.name).unwrap();
        let content = kept.files.first().map(|f| std::fs::read(Path::new(&f.path)).unwrap());
        (fetched, content)
    }
}

fn failed(fetched: &Fetched) -> &str {
    match fetched {
        Fetched::Failed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_did_not_change_is_not_fetched_again() {
    let bench = bench();
    bench.upstream.serve("/a.zip", b"one");
    assert!(matches!(bench.update(&feed("a")).0, Fetched::Changed(_)));
    assert_eq!(bench.update(&feed("a")), (Fetched::Unchanged, Some(b"one".to_vec())));
    bench.upstream.serve("/a.zip", b"two!");
    let (fetched, content) = bench.update(&feed("a"));
    assert!(matches!(fetched, Fetched::Changed(_)), "{fetched:?}");
    assert_eq!(content.as_deref(), Some(&b"two!"[..]));
    assert_eq!(bench.upstream.log(), ["200 /a.zip", "304 /a.zip", "200 /a.zip"]);
}

#[test]
fn what_broke_off_goes_on_where_it_broke_off() {
    let bench = bench();
    let content: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
    bench.upstream.serve("/a.zip", &content);
    bench.upstream.mood("/a.zip", &[Mood::Cut(70_000), Mood::Short(30_000), Mood::Silent]);
    let (fetched, kept) = bench.update(&feed("a"));
    assert!(matches!(fetched, Fetched::Changed(_)), "{fetched:?}");
    assert!(kept.as_deref() == Some(&content[..]));
    let log = bench.upstream.log();
    assert_eq!(log, ["200 /a.zip", "206 /a.zip bytes=70000-", "206 /a.zip bytes=100000-"]);
    assert_eq!(bench.patience.0.lock().unwrap().len(), 3, "each retry waits");
}

#[test]
fn a_run_that_was_killed_is_gone_on_with_by_the_next() {
    let bench = bench();
    bench.upstream.serve("/a.zip", &[7; 1000]);
    bench.upstream.mood("/a.zip", &[Mood::Cut(100), Mood::Silent, Mood::Silent, Mood::Silent, Mood::Silent]);
    let (fetched, kept) = bench.update(&feed("a"));
    assert!(failed(&fetched).contains("took too long"), "{fetched:?}");
    assert_eq!(kept, None, "a part is nothing");
    bench.upstream.log();
    let (fetched, kept) = bench.update(&feed("a"));
    assert!(matches!(fetched, Fetched::Changed(_)), "{fetched:?}");
    assert_eq!(kept.unwrap(), [7; 1000]);
    assert_eq!(bench.upstream.log(), ["206 /a.zip bytes=100-"]);
}

#[test]
fn a_part_of_an_older_state_is_not_gone_on_with() {
    let bench = bench();
    bench.upstream.serve("/a.zip", &[7; 1000]);
    bench.upstream.mood("/a.zip", &[Mood::Cut(100), Mood::Silent, Mood::Silent, Mood::Silent, Mood::Silent]);
    bench.update(&feed("a"));
    bench.upstream.serve("/a.zip", &[8; 2000]);
    let (_, kept) = bench.update(&feed("a"));
    assert_eq!(kept.unwrap(), [8; 2000]);
}

#[test]
fn a_refusal_is_waited_for_as_it_asks_and_not_for_ever() {
    let bench = bench();
    bench.upstream.serve("/a.zip", b"one");
    bench.upstream.mood("/a.zip", &[Mood::Refuse(429, 7), Mood::Refuse(503, 2)]);
    assert!(matches!(bench.update(&feed("a")).0, Fetched::Changed(_)));
    assert_eq!(*bench.patience.0.lock().unwrap(), [7_000, 2_000]);
    bench.upstream.mood("/b.zip", &[Mood::Refuse(429, 86_400)]);
    let (fetched, _) = bench.update(&feed("b"));
    assert!(failed(&fetched).contains("asks to come back in 86400 seconds"), "{fetched:?}");
}

#[test]
fn what_has_no_end_is_refused_and_leaves_nothing() {
    let bench = bench();
    bench.upstream.serve("/a.zip", b"one");
    bench.update(&feed("a"));
    bench.upstream.serve("/a.zip", b"other");
    bench.upstream.mood("/a.zip", &[Mood::Endless]);
    let (fetched, kept) = bench.update(&feed("a"));
    assert!(failed(&fetched).contains("more than the 1000000 bytes"), "{fetched:?}");
    assert_eq!(kept.as_deref(), Some(&b"one"[..]), "what was kept stays");
    let incoming = bench.directory.path().join("feeds/incoming/a");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
}

#[test]
fn a_feed_that_failed_says_why_and_keeps_what_there_was() {
    let bench = bench();
    bench.upstream.serve("/a.zip", b"one");
    bench.update(&feed("a"));
    bench.upstream.files.lock().unwrap().clear();
    let (fetched, kept) = bench.update(&feed("a"));
    assert_eq!(failed(&fetched), "`https://up/a.zip` answered 404");
    assert_eq!(kept.as_deref(), Some(&b"one"[..]));
    let folder = bench.feeds.open(&|_| {}).unwrap();
    let known = folder.kept().remove(0);
    assert_eq!(known.problem.as_deref(), Some("`https://up/a.zip` answered 404"));
    assert_eq!(known.modified.unwrap().date().to_string(), "2030-01-06", "of when it is does not move");
}

#[test]
fn a_damaged_state_is_said_and_everything_is_fetched_anew() {
    let bench = bench();
    bench.upstream.serve("/a.zip", b"one");
    bench.update(&feed("a"));
    std::fs::write(bench.directory.path().join("feeds/state.json"), "{\"version\": 1, \"feeds\"").unwrap();
    let notes = Mutex::new(Vec::new());
    drop(bench.feeds.open(&|n| notes.lock().unwrap().push(n.to_owned())).unwrap());
    assert!(notes.lock().unwrap()[0].contains("fetched anew"), "{notes:?}");
    assert!(matches!(bench.update(&feed("a")).0, Fetched::Changed(_)));
}

#[test]
fn a_kept_file_that_is_gone_is_fetched_again() {
    let bench = bench();
    bench.upstream.serve("/a.zip", b"one");
    bench.update(&feed("a"));
    std::fs::remove_dir_all(bench.directory.path().join("feeds/files/a")).unwrap();
    let (_, kept) = bench.update(&feed("a"));
    assert_eq!(kept.as_deref(), Some(&b"one"[..]));
}

#[test]
fn a_second_process_waits_and_says_so() {
    let bench = bench();
    let held = bench.feeds.open(&|_| {}).unwrap();
    let notes = Mutex::new(Vec::new());
    let refused = bench.feeds.open(&|n| notes.lock().unwrap().push(n.to_owned()));
    assert!(refused.err().unwrap().to_string().contains("another update has been at work"));
    assert!(notes.lock().unwrap()[0].contains("waiting"), "{notes:?}");
    drop(held);
    bench.feeds.open(&|n| panic!("{n}")).unwrap();
}

#[test]
fn a_file_that_may_be_missing_is_no_failure() {
    let bench = bench();
    let mut feed = feed("a");
    feed.files.push(FeedFile {
        name: "next.json".to_owned(),
        url: "https://up/next.json".to_owned(),
        optional: true,
        bytes_max: 1000,
        ..FeedFile::default()
    });
    bench.upstream.serve("/a.zip", b"one");
    assert!(matches!(bench.update(&feed).0, Fetched::Changed(_)));
    bench.upstream.serve("/next.json", b"{}");
    match bench.update(&feed).0 {
        Fetched::Changed(files) => assert_eq!(files.len(), 2),
        other => panic!("{other:?}"),
    }
}

/// A key and signatures over `the database`, made with `openssl genpkey` and `openssl pkeyutl`.
mod signed {
    pub(super) use aws_lc_rs::rand::SystemRandom;
    pub(super) use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    };
    use base64::Engine;

    pub(super) fn pem(head: &[u8], key: &[u8]) -> Vec<u8> {
        let der = [head, key].concat();
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n").into_bytes()
    }

    pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD.encode(bytes).into_bytes()
    }
}

/// Fetches a prebuilt database and leaves it where it is.
fn prebuilt(feeds: &dyn Feeds, wanted: &Prebuilt) -> Result<PrebuiltFile, KnowledgeError> {
    let mut taken = None;
    feeds.prebuilt(wanted, &Silent, &|_| {}, &mut |file| {
        taken = Some(file.clone());
        Ok(())
    })?;
    Ok(taken.unwrap())
}

#[test]
fn a_prebuilt_database_is_taken_only_if_the_key_signed_it() {
    let bench = bench();
    let message = b"the database";
    let pair = signed::Ed25519KeyPair::generate().unwrap();
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let key = signed::pem(&head, signed::KeyPair::public_key(&pair).as_ref());
    bench.upstream.serve("/p.db", message);
    let wanted = Prebuilt {
        from: "https://up/p.db".to_owned(),
        key: Some(key),
        signature: None,
        folder: bench.directory.path().join("db").display().to_string(),
    };
    let unsigned = prebuilt(&bench.feeds, &wanted).err().unwrap().to_string();
    assert!(unsigned.contains("--insecure-unsigned"), "{unsigned}");
    bench.upstream.serve("/p.db.sig", pair.sign(b"another").as_ref());
    let wrong = prebuilt(&bench.feeds, &wanted).err().unwrap().to_string();
    assert!(wrong.contains("does not fit"), "{wrong}");
    assert_eq!(std::fs::read_dir(&wanted.folder).unwrap().count(), 0, "nothing unsigned stays");
    for signature in [pair.sign(message).as_ref().to_vec(), signed::base64(pair.sign(message).as_ref())] {
        bench.upstream.serve("/p.db.sig", &signature);
        let taken = prebuilt(&bench.feeds, &wanted).unwrap();
        assert_eq!((std::fs::read(&taken.path).unwrap(), taken.signed), (message.to_vec(), Some("ed25519")));
    }
    let bare = Prebuilt { key: None, ..wanted };
    assert_eq!(prebuilt(&bench.feeds, &bare).unwrap().signed, None);
}

#[test]
fn two_fetches_into_one_folder_come_one_after_the_other() {
    let bench = bench();
    let message = vec![7_u8; 300_000];
    bench.upstream.serve("/p.db", &message);
    let folder = bench.directory.path().join("db").display().to_string();
    let wanted =
        Prebuilt { from: "https://up/p.db".to_owned(), folder: folder.clone(), ..Prebuilt::default() };
    let inside = std::sync::atomic::AtomicUsize::new(0);
    let registries = Arc::new(artifacts::Nowhere);
    let feeds = HttpFeeds::new(FeedSettings::default(), bench.upstream.clone(), Arc::new(Hasty), registries);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (feeds, wanted, inside, message, folder) = (&feeds, &wanted, &inside, &message, &folder);
            scope.spawn(move || {
                let mut take = |file: &PrebuiltFile| {
                    assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    assert!(std::fs::read(&file.path).unwrap() == *message);
                    std::fs::rename(&file.path, format!("{folder}/{n}")).unwrap();
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    Ok(())
                };
                feeds.prebuilt(wanted, &Silent, &|_| {}, &mut take).unwrap();
            });
        }
    });
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 8, "no lock stays");
}

#[test]
fn a_signature_of_cosign_is_ecdsa_in_base64() {
    let bench = bench();
    let message = b"the database";
    let pair = signed::EcdsaKeyPair::generate(&signed::ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let head = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let key = signed::pem(&head, signed::KeyPair::public_key(&pair).as_ref());
    let signature = pair.sign(&signed::SystemRandom::new(), message).unwrap();
    bench.upstream.serve("/p.db", message);
    bench.upstream.serve("/p.db.sig", &signed::base64(signature.as_ref()));
    let folder = bench.directory.path().join("db").display().to_string();
    let wanted = Prebuilt { from: "https://up/p.db".to_owned(), key: Some(key), signature: None, folder };
    assert_eq!(prebuilt(&bench.feeds, &wanted).unwrap().signed, Some("ecdsa-p256"));
    let broken = Prebuilt { key: Some(b"no key".to_vec()), ..wanted };
    assert!(prebuilt(&bench.feeds, &broken).err().unwrap().to_string().contains("BEGIN PUBLIC KEY"));
}

#[test]
fn a_mirror_serves_every_upstream_by_host_and_path() {
    let settings = FeedSettings {
        mirror: Some("https://m.example/all/".to_owned()),
        own: vec!["corp=https://corp.example/x/advisories.tar.zst".to_owned()],
        ..FeedSettings::default()
    };
    let feeds = HttpFeeds::new(
        settings,
        Arc::new(Upstream::default()),
        Arc::new(Patience::default()),
        Arc::new(artifacts::Nowhere),
    );
    let all = feeds.catalogue().unwrap();
    let url = |name: &str| all.iter().find(|f| f.name == name).unwrap().files[0].url.clone();
    assert_eq!(
        url("osv-red-hat"),
        "https://m.example/all/storage.googleapis.com/osv-vulnerabilities/Red%20Hat/all.zip"
    );
    assert_eq!(url("corp"), "https://m.example/all/corp.example/x/advisories.tar.zst");
    assert!(
        all.iter()
            .flat_map(|f| &f.files)
            .all(|f| f.url.starts_with("https://m.example/all/") && f.bytes_max != 0)
    );
    let slip = FeedSettings { own: vec!["Not A Name=ftp".to_owned()], ..FeedSettings::default() };
    let feeds = HttpFeeds::new(
        slip,
        Arc::new(Upstream::default()),
        Arc::new(Patience::default()),
        Arc::new(artifacts::Nowhere),
    );
    assert!(feeds.catalogue().err().unwrap().to_string().contains("NAME=https://"));
}

#[test]
fn without_an_etag_the_time_tells() {
    let bench = bench_of(Upstream { no_etag: true, ..Upstream::default() });
    bench.upstream.serve("/a.zip", b"one");
    bench.update(&feed("a"));
    let (fetched, _) = bench.update(&feed("a"));
    assert_eq!(fetched, Fetched::Unchanged, "equal content is no change, whoever says nothing of it");
}
