//! The pass over a layer by its table of contents: the same index that reading the whole gives.

use std::collections::BTreeMap;

use super::fetch::{Job, Plan};
use super::parse::{Member, Toc};
use super::{Ranged, TocError, whole};
use crate::analyze::{Analyzer, Glance, Interest};
use crate::index::{FILE_KEEP_BYTES_MAX, LAYER_KEEP_BYTES_MAX, LayerBuilder, LayerIndex};
use crate::layer::HEAD_BYTES;
use crate::tree::OpenError;

/// A layer of which the needed members were read.
#[derive(Debug)]
pub struct TocRead {
    /// What it holds. Its bytes are those of its files, since the archive was not seen.
    pub index: LayerIndex,
    /// Bytes of members that were fetched.
    pub fetched: u64,
}

/// What the pass has of a member.
enum Had {
    Bytes(Vec<u8>),
    Answer(Vec<u8>),
    /// Wanted, and beyond this bound.
    Beyond(&'static str, u64),
}

/// Reads what `analyzer` asks for.
///
/// # Errors
/// [`TocError::Whole`] also if most of the layer would be needed.
pub fn read_members(toc: &Toc, analyzer: &dyn Analyzer, source: &dyn Ranged) -> Result<TocRead, TocError> {
    let mut pass =
        Pass { toc, analyzer, paths: BTreeMap::new(), had: BTreeMap::new(), held: 0, again: Vec::new() };
    let jobs = pass.wanted();
    let first = Plan::new(toc, jobs);
    let half = source.size() / 2;
    if half < first.bytes {
        return whole("more than half of it is needed");
    }
    first.run(source, &mut |member, bytes| pass.take(member, bytes))?;
    let again = std::mem::take(&mut pass.again);
    let second = Plan::new(toc, again.into_iter().map(|member| toc.whole(member)).collect());
    let fetched = first.bytes.saturating_add(second.bytes);
    if source.size() <= fetched {
        return whole("most of it is needed");
    }
    second.run(source, &mut |member, bytes| {
        pass.settle(member, &bytes);
        Ok(())
    })?;
    Ok(TocRead { index: pass.index(), fetched })
}

/// The bytes of one member, at most `max`.
///
/// # Errors
/// [`OpenError`].
pub fn open_member(toc: &Toc, ordinal: u32, max: u64, source: &dyn Ranged) -> Result<Vec<u8>, OpenError> {
    let number = ordinal as usize;
    let member = toc.members.get(number).ok_or(OpenError::Missing)?;
    if max < member.size {
        return Err(OpenError::TooLarge(member.size));
    }
    if member.pieces.is_empty() {
        return Ok(toc.unfetched(number).to_vec());
    }
    let mut found = None;
    let plan = Plan::new(toc, vec![toc.whole(number)]);
    let ran = plan.run(source, &mut |_, bytes| {
        found = Some(bytes);
        Ok(())
    });
    match (ran, found) {
        (Ok(()), Some(bytes)) => Ok(bytes),
        (Ok(()), None) => Err(OpenError::Missing),
        (Err(e), _) => Err(OpenError::Source(e.to_string())),
    }
}

impl Toc {
    /// The bytes of a member without pieces: none, or the table itself.
    fn unfetched(&self, number: usize) -> &[u8] {
        let own = number + 1 == self.members.len() && !self.text.is_empty();
        if own { &self.text } else { &[] }
    }

    fn whole(&self, number: usize) -> Job {
        let member = self.members.get(number);
        Job {
            member: number,
            pieces: member.map_or(0, |m| m.pieces.len()),
            keep: member.map_or(0, |m| m.size),
        }
    }

    /// A job for the first bytes, as many pieces as prove them.
    fn head(&self, number: usize, member: &Member) -> Job {
        let mut have = 0u64;
        let wanted = member.size.min(HEAD_BYTES as u64);
        let before = |have: &mut u64, size: u64| {
            let short = *have < wanted;
            *have = have.saturating_add(size);
            short
        };
        let pieces = member.pieces.iter().take_while(|p| before(&mut have, p.size)).count();
        match member.pieces.iter().take(pieces).all(|p| p.digest.is_some()) {
            // What is in one piece with its head is at hand if it turns out to be wanted.
            true if pieces < member.pieces.len() => Job { member: number, pieces, keep: HEAD_BYTES as u64 },
            _ => self.whole(number),
        }
    }
}

struct Pass<'p> {
    toc: &'p Toc,
    analyzer: &'p dyn Analyzer,
    /// Cleaned paths of what was asked for.
    paths: BTreeMap<usize, String>,
    had: BTreeMap<usize, Had>,
    /// Bytes in `had`.
    held: u64,
    /// Members whose head was wanted and whose whole is.
    again: Vec<usize>,
}

impl Pass<'_> {
    /// Asks the analyzer by names, and makes of it what must be fetched.
    fn wanted(&mut self) -> Vec<Job> {
        let mut builder = LayerBuilder::default();
        let mut jobs = Vec::new();
        for (number, member) in self.toc.members.iter().enumerate() {
            if builder.entry(&member.entry()).is_none() {
                continue;
            }
            let path = builder.last_path();
            let glance = self.analyzer.glance(path, member.size, u32::from(member.mode));
            if glance == Glance::Decided(Interest::No) {
                continue;
            }
            self.paths.insert(number, path.to_owned());
            match glance {
                _ if member.pieces.is_empty() => {
                    let bytes = self.toc.unfetched(number);
                    self.settle(number, bytes);
                }
                Glance::Decided(_) if FILE_KEEP_BYTES_MAX < member.size => {
                    self.had.insert(number, Had::Beyond("FILE_KEEP_BYTES_MAX", FILE_KEEP_BYTES_MAX));
                }
                Glance::Decided(_) => jobs.push(self.toc.whole(number)),
                Glance::Head if FILE_KEEP_BYTES_MAX < member.size => {
                    let job = self.toc.head(number, member);
                    jobs.push(Job { keep: HEAD_BYTES as u64, ..job });
                }
                Glance::Head => jobs.push(self.toc.head(number, member)),
            }
        }
        jobs
    }

    /// Takes what the first round fetched: a whole file, or a head.
    fn take(&mut self, number: usize, bytes: Vec<u8>) -> Result<(), TocError> {
        let Some(member) = self.toc.members.get(number) else {
            return Ok(());
        };
        if bytes.len() as u64 == member.size {
            self.settle(number, &bytes);
            return Ok(());
        }
        let head = bytes.get(..HEAD_BYTES).unwrap_or(&bytes);
        if self.interest(number, member, head) != Interest::No {
            match FILE_KEEP_BYTES_MAX < member.size {
                true => {
                    drop(self.had.insert(number, Had::Beyond("FILE_KEEP_BYTES_MAX", FILE_KEEP_BYTES_MAX)))
                }
                false => self.again.push(number),
            }
        }
        Ok(())
    }

    fn interest(&self, number: usize, member: &Member, head: &[u8]) -> Interest {
        let path = self.paths.get(&number).map_or("", String::as_str);
        self.analyzer.interest(path, member.size, u32::from(member.mode), head)
    }

    /// A file is at hand.
    fn settle(&mut self, number: usize, bytes: &[u8]) {
        let Some(member) = self.toc.members.get(number) else {
            return;
        };
        let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
        let had = match self.interest(number, member, head) {
            Interest::No => return,
            Interest::Keep => Had::Bytes(bytes.to_vec()),
            Interest::Digest => {
                let path = self.paths.get(&number).map_or("", String::as_str);
                Had::Answer(self.analyzer.digest(path, bytes))
            }
        };
        let (Had::Bytes(kept) | Had::Answer(kept)) = &had else {
            return;
        };
        let len = kept.len() as u64;
        if LAYER_KEEP_BYTES_MAX < self.held.saturating_add(len) {
            self.had.insert(number, Had::Beyond("LAYER_KEEP_BYTES_MAX", LAYER_KEEP_BYTES_MAX));
            return;
        }
        self.held += len;
        self.had.insert(number, had);
    }

    /// Every entry in its order, with what was had of it.
    fn index(mut self) -> LayerIndex {
        let mut builder = LayerBuilder::default();
        let mut bytes = 0u64;
        for (number, member) in self.toc.members.iter().enumerate() {
            let Some(ordinal) = builder.entry(&member.entry()) else {
                continue;
            };
            bytes = bytes.saturating_add(member.size);
            match self.had.remove(&number) {
                None => {}
                Some(Had::Bytes(kept)) => drop(builder.keep(ordinal, &kept)),
                Some(Had::Answer(answer)) => drop(builder.note(ordinal, &answer)),
                Some(Had::Beyond(bound, limit)) => {
                    let path = builder.last_path().to_owned();
                    builder.skip(path, bound, limit, true);
                }
            }
        }
        builder.set_bytes(bytes);
        builder.finish(self.analyzer)
    }
}
