//! A body that must keep coming.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::settings::Limits;

/// Gives a body up that comes too slowly to ever end: a server that sends a byte now and then passes every limit
/// between two bytes. Only time spent waiting for the peer counts, not what the reader does in between.
pub(crate) struct Paced<R> {
    inner: R,
    limits: Limits,
    waited: Duration,
    bytes: u64,
    /// What `content-length` promised and has not come yet.
    left: Option<u64>,
}

impl<R: Read> Paced<R> {
    pub(crate) fn new(inner: R, limits: Limits, length: Option<u64>) -> Self {
        Self { inner, limits, waited: Duration::ZERO, bytes: 0, left: length }
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begun = Instant::now();
        let n = self.inner.read(buffer)?;
        self.waited += begun.elapsed();
        self.bytes = self.bytes.saturating_add(n as u64);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(n as u64);
            if n == 0 && *left != 0 && !buffer.is_empty() {
                let missing = format!("the connection ended, {left} bytes are missing");
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, missing));
            }
        }
        if self.limits.window <= self.waited {
            if n != 0 && self.bytes < self.limits.window_bytes {
                let slow = format!("{} bytes in {} s are too few", self.bytes, self.waited.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, slow));
            }
            (self.waited, self.bytes) = (Duration::ZERO, 0);
        }
        Ok(n)
    }
}
