//! Text that is read from front to back, of which only a window is in memory where it comes in pieces.

use std::borrow::Cow;
use std::io;

/// Bytes to be read, whole or in pieces.
pub(crate) struct Input<'t> {
    /// What is at hand.
    window: Cow<'t, [u8]>,
    more: Option<Box<dyn Iterator<Item = io::Result<Vec<u8>>> + 't>>,
    /// Bytes behind the reader that are kept before they are let go: letting go moves what is left.
    kept: usize,
    failed: Option<io::Error>,
}

impl<'t> Input<'t> {
    /// All of it at hand.
    pub(crate) fn whole(bytes: &'t [u8]) -> Self {
        Self { window: Cow::Borrowed(bytes), more: None, kept: 0, failed: None }
    }

    /// One piece after another, about as long as `piece`.
    pub(crate) fn pieces(piece: usize, pieces: impl Iterator<Item = io::Result<Vec<u8>>> + 't) -> Self {
        Self { window: Cow::Owned(Vec::new()), more: Some(Box::new(pieces)), kept: piece, failed: None }
    }

    /// What is at hand.
    pub(crate) fn window(&self) -> &[u8] {
        &self.window
    }

    /// The byte at `at`, read if need be.
    pub(crate) fn get(&mut self, at: usize) -> Option<u8> {
        while self.window.len() <= at {
            if !self.read_on() {
                return None;
            }
        }
        self.window.get(at).copied()
    }

    /// Takes another piece to hand; false at the end.
    pub(crate) fn read_on(&mut self) -> bool {
        match self.more.as_mut().and_then(Iterator::next) {
            Some(Ok(piece)) => {
                self.window.to_mut().extend_from_slice(&piece);
                true
            }
            Some(Err(e)) => {
                self.failed = Some(e);
                self.more = None;
                false
            }
            None => false,
        }
    }

    /// Lets go of what stands before `at`, if it is worth it: how many bytes, by which every place moves forward.
    pub(crate) fn let_go(&mut self, at: usize) -> usize {
        match &mut self.window {
            Cow::Owned(window) if self.kept <= at => {
                window.drain(..at.min(window.len()));
                at
            }
            _ => 0,
        }
    }

    /// Leaves out the first bytes.
    pub(crate) fn skip(&mut self, bytes: usize) {
        match &mut self.window {
            Cow::Borrowed(window) => *window = window.get(bytes..).unwrap_or_default(),
            Cow::Owned(window) => drop(window.drain(..bytes.min(window.len()))),
        }
    }

    /// Whether the first byte that is no white space is `byte`.
    pub(crate) fn begins_with(&mut self, byte: u8) -> bool {
        let mut at = 0;
        while self.get(at).is_some_and(|b| b.is_ascii_whitespace()) {
            at += 1;
        }
        self.get(at) == Some(byte)
    }

    /// Why a piece could not be had, so that what looked like the end is none.
    pub(crate) fn failed(&mut self) -> Option<io::Error> {
        self.failed.take()
    }
}
