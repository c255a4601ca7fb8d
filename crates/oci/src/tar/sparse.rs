//! Sparse files: where the stored bytes belong in the file.

use super::pax::decimal;
use super::{EXTENSION_BYTES_MAX, SPARSE_RUNS_MAX};

/// A run of stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Its bytes.
    pub(crate) length: u64,
}

/// Checks that the runs lie in order within the file and need no more than what is stored.
pub(crate) fn check(runs: &[Run], size: u64, stored: u64) -> Result<(), &'static str> {
    let (mut end, mut sum) = (0u64, 0u64);
    for run in runs {
        let next = run.offset.checked_add(run.length).ok_or("a sparse run ends beyond 64 bits")?;
        if run.offset < end || size < next {
            return Err("sparse runs overlap or leave the file");
        }
        end = next;
        sum = sum.checked_add(run.length).ok_or("sparse runs are longer than 64 bits")?;
    }
    if sum != stored {
        return Err("sparse runs and stored bytes differ in length");
    }
    Ok(())
}

/// Where the walker is inside the runs.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    runs: Vec<Run>,
    run: usize,
    within: u64,
}

impl Cursor {
    pub(crate) fn new(runs: Vec<Run>) -> Self {
        Self { runs, run: 0, within: 0 }
    }

    /// Splits `chunk`, the next stored bytes, into pieces with their offset in the file.
    pub(crate) fn place<'c>(&mut self, mut chunk: &'c [u8], mut each: impl FnMut(u64, &'c [u8])) {
        while !chunk.is_empty() {
            let Some(run) = self.runs.get(self.run) else {
                return;
            };
            let left = run.length.saturating_sub(self.within);
            if left == 0 {
                self.run += 1;
                self.within = 0;
                continue;
            }
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
            let (piece, rest) = chunk.split_at(take);
            each(run.offset.saturating_add(self.within), piece);
            self.within += take as u64;
            chunk = rest;
        }
    }
}

/// Reads the map of format 1.0, which stands in front of the data: a count, then offset and length of each run, each
/// on a line of its own, filled up to a whole block.
#[derive(Debug, Default)]
pub(crate) struct MapReader {
    line: Vec<u8>,
    want: Option<u64>,
    offset: Option<u64>,
    runs: Vec<Run>,
    read: u64,
}

/// What a map reader says after a block.
pub(crate) enum Map {
    /// The map goes on in the next block.
    More,
    /// The map is whole; the data begins with the next block.
    Done(Vec<Run>),
}

impl MapReader {
    /// Takes one block of the map.
    pub(crate) fn block(&mut self, block: &[u8]) -> Result<Map, &'static str> {
        self.read += block.len() as u64;
        if EXTENSION_BYTES_MAX < self.read {
            return Err("a sparse map is larger than EXTENSION_BYTES_MAX");
        }
        for &byte in block {
            if self.want == Some(0) {
                break;
            }
            if byte != b'\n' {
                if 20 <= self.line.len() {
                    return Err("a sparse map has a number of more than 64 bits");
                }
                self.line.push(byte);
                continue;
            }
            let number = decimal(&self.line).ok_or("a sparse map is not a list of numbers")?;
            self.line.clear();
            self.number(number)?;
        }
        if self.want == Some(0) { Ok(Map::Done(std::mem::take(&mut self.runs))) } else { Ok(Map::More) }
    }

    fn number(&mut self, number: u64) -> Result<(), &'static str> {
        match (self.want, self.offset.take()) {
            (None, _) if SPARSE_RUNS_MAX as u64 <= number => {
                return Err("a sparse map has more runs than SPARSE_RUNS_MAX");
            }
            (None, _) => self.want = Some(number),
            (Some(_), None) => self.offset = Some(number),
            (Some(left), Some(offset)) => {
                self.runs.push(Run { offset, length: number });
                self.want = Some(left.saturating_sub(1));
            }
        }
        Ok(())
    }
}
