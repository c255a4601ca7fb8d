//! A layer as a stream: never more than its manifest names, taken up again where it was cut off.

use std::io::{self, Read};
use std::ops::Range;

use model::Digest;
use ports::http::{Response, pause};

use crate::exchange::AskError;
use crate::image::{ImageParts, ask_blob};

/// Cuts in a row without a byte between them.
const CUTS_IN_A_ROW_MAX: u32 = 5;

/// Bytes after which a cut is one of its own: who gives a few and is cut off again makes no headway.
const HEADWAY_BYTES: u64 = 64 << 10;

/// Cuts of one layer.
const CUTS_MAX: u32 = 100;

/// Reads one layer.
pub(crate) struct LayerReader<'p> {
    parts: &'p ImageParts,
    digest: Digest,
    /// Bytes, as the manifest names them.
    size: u64,
    /// The next byte.
    at: u64,
    /// Behind the last byte that is wanted.
    until: u64,
    body: Option<Box<dyn Read + Send>>,
    /// False until it is known that a range can be had: then nothing is passed over to come to it.
    begun: bool,
    /// Which endpoint is asked.
    endpoint: usize,
    cuts_in_a_row: u32,
    cuts: u32,
    /// Bytes since the last cut.
    since_cut: u64,
}

impl<'p> LayerReader<'p> {
    pub(crate) fn new(parts: &'p ImageParts, digest: Digest, size: u64) -> Self {
        Self {
            parts,
            digest,
            size,
            at: 0,
            until: size,
            body: None,
            begun: true,
            endpoint: 0,
            cuts_in_a_row: 0,
            cuts: 0,
            since_cut: 0,
        }
    }

    /// Reads a range; `None` if the whole would be sent instead.
    pub(crate) fn range(
        parts: &'p ImageParts,
        digest: Digest,
        size: u64,
        range: Range<u64>,
    ) -> Result<Option<Self>, AskError> {
        let mut reader = Self { at: range.start, until: range.end, ..Self::new(parts, digest, size) };
        reader.begun = reader.wanted().is_none();
        let (body, is_part) = reader.begin(0)?;
        (reader.body, reader.begun) = (Some(body), true);
        Ok(is_part.then_some(reader))
    }

    /// What is asked for; `None` for all of it.
    fn wanted(&self) -> Option<String> {
        match (self.at, self.until) {
            (0, until) if until == self.size => None,
            (at, until) if until == self.size => Some(format!("bytes={at}-")),
            (at, until) => Some(format!("bytes={at}-{}", until.saturating_sub(1))),
        }
    }

    /// Asks for what is left; endpoints that do not have it are passed over. Answers the body, and whether no more is
    /// sent than was asked for.
    fn begin(&self, endpoint: usize) -> Result<(Box<dyn Read + Send>, bool), AskError> {
        let endpoints = &self.parts.endpoints;
        let mut last = AskError::Missing("no host is left to ask".to_owned());
        for step in 0..endpoints.len() {
            let Some(endpoint) = endpoints.get((endpoint + step) % endpoints.len()) else {
                continue;
            };
            let ask = ask_blob(endpoint, &self.parts.reference.repository, &self.digest, self.wanted());
            match self.parts.exchange.send(&ask) {
                Ok(response) => {
                    let is_part = response.status == 206;
                    if !is_part && !self.begun {
                        return Ok((Box::new(io::empty()), false));
                    }
                    let body = self.continued(response, &endpoint.host).map_err(AskError::Failed)?;
                    return Ok((body, is_part));
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    /// The body from byte `at` on, whether or not the server can begin there.
    fn continued(&self, response: Response, host: &str) -> Result<Box<dyn Read + Send>, String> {
        let wrong = |n: u64| format!("wrong length: {} bytes are named, `{host}` sends {n}", self.size);
        match (response.status, self.at) {
            (206, at) if self.wanted().is_some() => {
                let range = response.header("content-range").unwrap_or_default();
                if content_range(range).is_none_or(|(first, _)| first != at) {
                    return Err(format!("`{host}` takes the layer up at another byte than asked for"));
                }
                if let Some(total) = content_range(range).and_then(|r| r.1).filter(|n| *n != self.size) {
                    return Err(wrong(total));
                }
                Ok(response.body)
            }
            (200, at) => {
                if let Some(n) = response.length().filter(|n| *n != self.size) {
                    return Err(wrong(n));
                }
                let mut body = response.body;
                // The server cannot begin in the middle: what was read already is passed over.
                let passed = io::copy(&mut (&mut body).take(at), &mut io::sink());
                match passed {
                    Ok(n) if n == at && self.until != self.size => {
                        Ok(Box::new(body.take(self.until.saturating_sub(at))))
                    }
                    Ok(n) if n == at => Ok(body),
                    // As cut off as it was: told by the next read, which comes back here.
                    Ok(_) | Err(_) => Ok(Box::new(io::empty())),
                }
            }
            (status, _) => Err(format!("`{host}` answers with status {status} instead of a layer")),
        }
    }

    fn cut(&mut self, reason: &str) -> io::Result<()> {
        self.body = None;
        self.cuts += 1;
        self.since_cut = 0;
        self.cuts_in_a_row += 1;
        self.endpoint = self.endpoint.wrapping_add(1);
        if CUTS_IN_A_ROW_MAX < self.cuts_in_a_row || CUTS_MAX < self.cuts {
            return Err(io::Error::other(format!(
                "cut off {} times, the last time at byte {} of {}: {reason}",
                self.cuts, self.at, self.size
            )));
        }
        pause(&*self.parts.exchange.wait, self.cuts_in_a_row);
        Ok(())
    }

    /// Behind the last byte there must be nothing.
    fn end(&mut self) -> io::Result<usize> {
        let Some(mut body) = self.body.take() else {
            return Ok(0);
        };
        match body.read(&mut [0u8]) {
            Ok(0) => Ok(0),
            Ok(_) => {
                let more = format!("wrong length: more is sent than the {} bytes that are named", self.until);
                Err(io::Error::other(more))
            }
            // All bytes are here; how the connection ended is of no matter, the digest is verified.
            Err(_) => Ok(0),
        }
    }
}

impl Read for LayerReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let left = self.until.saturating_sub(self.at);
            if left == 0 && (self.body.is_some() || self.size != 0) {
                return self.end();
            }
            if left == 0 {
                return Ok(0);
            }
            let Some(body) = &mut self.body else {
                let begun = self.begin(self.endpoint).map_err(|e| io::Error::other(e.text().to_owned()))?;
                self.body = Some(begun.0);
                continue;
            };
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let (head, _) = buffer.split_at_mut(want);
            match body.read(head) {
                Ok(0) => self.cut("the connection ended")?,
                Ok(n) => {
                    self.at += n as u64;
                    self.since_cut += n as u64;
                    if HEADWAY_BYTES <= self.since_cut {
                        self.cuts_in_a_row = 0;
                    }
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => self.cut(&e.to_string())?,
            }
        }
    }
}

/// First byte and total of `bytes 100-199/200` (RFC 9110, 14.4).
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}
