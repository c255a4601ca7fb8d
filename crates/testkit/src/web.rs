//! A small HTTP server on loopback: one thread a connection, one request each, in the mood it is told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines of a request that are read.
const LINES_MAX: usize = 100;

/// Bytes of a slow answer that are sent at a time.
const DRIP_BYTES: usize = 40_000;

/// How the next request for a path is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// `429`, to come back in a second.
    Refuse,
    /// A third of what was asked for, then the connection is closed.
    Cut,
    /// Piece by piece.
    Slow,
}

#[derive(Default)]
struct Shelf {
    files: BTreeMap<String, Arc<Vec<u8>>>,
    moods: BTreeMap<String, VecDeque<Mood>>,
    log: Vec<String>,
}

/// The server; it ends with the program.
pub struct Server {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Starts it on a free port of loopback.
    ///
    /// # Errors
    /// If there is none.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, shelf) = (listener.local_addr()?, Arc::new(Mutex::new(Shelf::default())));
        let ours = Arc::clone(&shelf);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shelf = Arc::clone(&ours);
                // A client that was killed breaks its connection; that is what it is for.
                std::thread::spawn(move || drop(answer(stream, &shelf)));
            }
        });
        Ok(Self { address, shelf })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves a file of this machine under `path`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn serve(&self, path: &str, file: &Path) -> io::Result<()> {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("`{}`: {e}", file.display()));
        let bytes = std::fs::read(file).map_err(named)?;
        lock(&self.shelf).files.insert(path.to_owned(), Arc::new(bytes));
        Ok(())
    }

    /// Serves other bytes from now on; those from before.
    pub fn replace(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        let before = lock(&self.shelf).files.insert(path.to_owned(), Arc::new(bytes.to_vec()));
        before.map(|b| b.to_vec()).unwrap_or_default()
    }

    /// How the next requests for `path` are answered; the ones behind them as ever.
    pub fn mood(&self, path: &str, moods: &[Mood]) {
        lock(&self.shelf).moods.insert(path.to_owned(), moods.iter().copied().collect());
    }

    /// Status and path of each request since the last time.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shelf).log)
    }
}

fn answer(stream: TcpStream, shelf: &Mutex<Shelf>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let mut lines = Vec::new();
    for _ in 0..LINES_MAX {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let path = lines.first().and_then(|l| l.split(' ').nth(1)).unwrap_or("").to_owned();
    let header = |name: &str| {
        let found =
            lines.iter().filter_map(|l| l.split_once(':')).find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, v)| v.trim().to_owned())
    };
    let (file, mood) = {
        let mut shelf = lock(shelf);
        (shelf.files.get(&path).cloned(), shelf.moods.get_mut(&path).and_then(VecDeque::pop_front))
    };
    let mut head = |status: &str, more: &str| {
        lock(shelf).log.push(format!("{} {path}", status.split(' ').next().unwrap_or(status)));
        stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}\r\n").as_bytes())
    };
    if mood == Some(Mood::Refuse) {
        return head("429 Too Many Requests", "retry-after: 1\r\ncontent-length: 0\r\n");
    }
    let Some(file) = file else { return head("404 Not Found", "content-length: 0\r\n") };
    let sum = file.iter().fold(17_u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(*b)));
    let etag = format!("\"{sum:x}\"");
    if header("if-none-match").as_ref() == Some(&etag) {
        return head("304 Not Modified", &format!("etag: {etag}\r\n"));
    }
    let range = header("range").filter(|_| header("if-range").as_ref() == Some(&etag));
    let start =
        range.and_then(|r| r.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().ok());
    let rest = file.get(start.unwrap_or(0)..).unwrap_or_default();
    let common = format!(
        "etag: {etag}\r\nlast-modified: Sun, 16 Aug 2026 08:49:37 GMT\r\ncontent-length: {}\r\n",
        rest.len()
    );
    match start {
        Some(from) => {
            let range =
                format!("content-range: bytes {from}-{}/{}\r\n", file.len().saturating_sub(1), file.len());
            head("206 Partial Content", &(common + &range))?;
        }
        None => head("200 OK", &common)?,
    }
    match mood {
        Some(Mood::Cut) => stream.write_all(rest.get(..rest.len() / 3).unwrap_or_default()),
        Some(Mood::Slow) => {
            for piece in rest.chunks(DRIP_BYTES) {
                stream.write_all(piece)?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        _ => stream.write_all(rest),
    }
}
