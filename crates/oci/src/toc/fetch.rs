//! Fetches pieces: neighbours in one range, each inflated by itself and proven by its digest.

use std::io::{self, BufReader, Read};

use sha2::{Digest as _, Sha256};

use super::parse::{Member, Piece, Toc, shown};
use super::{RANGES_MAX, Ranged, TocError, lie, whole};
use crate::inflate::{Compression, LAYER_BYTES_MAX, MAGIC_BYTES, WINDOW_LOG_MAX, read_at_least};

/// Bytes between two pieces that are fetched rather than asked around: about what a request costs.
const GAP_BYTES: u64 = 32 << 10;

/// Bytes inflated at a time.
const CHUNK: usize = 64 << 10;

/// Pieces to fetch: number of the member and how many of its pieces, from its first on.
pub(super) struct Job {
    pub(super) member: usize,
    pub(super) pieces: usize,
    /// Bytes of them that are wanted; the rest only proves them.
    pub(super) keep: u64,
}

/// A stretch of the layer, and the pieces in it.
struct Run {
    at: u64,
    end: u64,
    pieces: Vec<(usize, usize)>,
}

/// What `jobs` cost and how they are had.
pub(super) struct Plan<'t> {
    toc: &'t Toc,
    jobs: Vec<Job>,
    runs: Vec<Run>,
    /// Bytes that are fetched.
    pub(super) bytes: u64,
}

impl<'t> Plan<'t> {
    /// Brings the pieces into the order of the layer and neighbours together.
    pub(super) fn new(toc: &'t Toc, mut jobs: Vec<Job>) -> Self {
        jobs.sort_by_key(|j| j.member);
        let mut pieces: Vec<(u64, u64, u64, usize, usize)> = Vec::new();
        for (number, job) in jobs.iter().enumerate() {
            let own = toc.members.get(job.member).map_or(&[][..], |m| m.pieces.as_slice());
            for (at, piece) in own.iter().take(job.pieces).enumerate() {
                pieces.push((piece.at, piece.inner, piece.end, number, at));
            }
        }
        pieces.sort_unstable();
        let mut gap = GAP_BYTES;
        let mut runs = together(&pieces, gap);
        while RANGES_MAX < runs.len() && gap < LAYER_BYTES_MAX {
            gap = gap.saturating_mul(2);
            runs = together(&pieces, gap);
        }
        let bytes = runs.iter().map(|r| r.end.saturating_sub(r.at)).sum();
        Self { toc, jobs, runs, bytes }
    }

    /// Fetches, and hands each job's bytes to `take` with its member's number.
    pub(super) fn run(
        &self,
        source: &dyn Ranged,
        take: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), TocError>,
    ) -> Result<(), TocError> {
        let mut open = Open { plan: self, file: None, spent: 0 };
        for run in &self.runs {
            let mut reader = source.range(run.at, run.end.saturating_sub(run.at))?;
            let mut at = run.at;
            let mut pieces = run.pieces.as_slice();
            while let Some(first) = pieces.first().and_then(|p| self.piece(*p)) {
                let same = |p: &&(usize, usize)| self.piece(**p).is_some_and(|p| p.1.at == first.1.at);
                let count = pieces.iter().take_while(same).count();
                let (group, rest) = pieces.split_at(count);
                let (begin, end) = (first.1.at, first.1.end);
                skip(&mut reader, begin.saturating_sub(at))?;
                let mut stored = (&mut reader).take(end.saturating_sub(begin));
                open.group(group, &mut stored, take)?;
                let left = stored.limit();
                skip(&mut reader, left)?;
                (at, pieces) = (end, rest);
            }
        }
        Ok(())
    }

    /// The job and the piece.
    fn piece(&self, (job, piece): (usize, usize)) -> Option<(&Member, &Piece)> {
        let member = self.toc.members.get(self.jobs.get(job)?.member)?;
        Some((member, member.pieces.get(piece)?))
    }
}

fn together(pieces: &[(u64, u64, u64, usize, usize)], gap: u64) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &(at, _, end, job, piece) in pieces {
        match runs.last_mut().filter(|run| at <= run.end.saturating_add(gap)) {
            Some(run) => {
                run.end = run.end.max(end);
                run.pieces.push((job, piece));
            }
            None => runs.push(Run { at, end, pieces: vec![(job, piece)] }),
        }
    }
    runs
}

fn skip(reader: &mut dyn Read, bytes: u64) -> Result<(), TocError> {
    match io::copy(&mut reader.take(bytes), &mut io::sink()) {
        Ok(n) if n == bytes => Ok(()),
        Ok(_) => whole("a range of it ends early"),
        Err(e) => whole(format!("a range of it could not be fetched: {e}")),
    }
}

/// The file under way.
struct Open<'p> {
    plan: &'p Plan<'p>,
    file: Option<File>,
    /// Bytes inflated so far.
    spent: u64,
}

struct File {
    job: usize,
    next: usize,
    bytes: Vec<u8>,
    sha: Sha256,
}

impl Open<'_> {
    /// Pieces that are inflated in one go.
    fn group(
        &mut self,
        group: &[(usize, usize)],
        stored: &mut dyn Read,
        take: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), TocError>,
    ) -> Result<(), TocError> {
        let mut inflated = decoder(stored)?;
        let mut at = 0u64;
        for &(job, number) in group {
            let Some((member, piece)) = self.plan.piece((job, number)) else {
                continue;
            };
            let Some(before) = piece.inner.checked_sub(at) else {
                return lie(format!(
                    "the bytes of `{}` would lie in those of another file",
                    shown(&member.path)
                ));
            };
            at = piece.inner.saturating_add(piece.size);
            self.spent = self.spent.saturating_add(before).saturating_add(piece.size);
            if LAYER_BYTES_MAX < self.spent {
                return lie("its members inflate to more than LAYER_BYTES_MAX");
            }
            let what = &member.path;
            copy(&mut *inflated, before, what, &mut |_| {})?;
            let mut file = match self.file.take().filter(|f| f.job == job && f.next == number) {
                Some(file) => file,
                None if number == 0 => File { job, next: 0, bytes: Vec::new(), sha: Sha256::new() },
                None => return lie(format!("the pieces of `{}` lie in no order", shown(what))),
            };
            let keep = self.plan.jobs.get(job).map_or(0, |j| j.keep);
            let mut sha = Sha256::new();
            copy(&mut *inflated, piece.size, what, &mut |bytes| {
                sha.update(bytes);
                file.sha.update(bytes);
                let room =
                    usize::try_from(keep.saturating_sub(file.bytes.len() as u64)).unwrap_or(usize::MAX);
                file.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
            })?;
            if piece.digest.is_some_and(|named| named.0 != <[u8; 32]>::from(sha.finalize())) {
                return lie(format!(
                    "`{}` has other bytes than its digest in the table of contents says",
                    shown(what)
                ));
            }
            file.next += 1;
            self.done(file, take)?;
        }
        Ok(())
    }

    /// Hands a file on once its last piece is there.
    fn done(
        &mut self,
        file: File,
        take: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), TocError>,
    ) -> Result<(), TocError> {
        let Some(job) = self.plan.jobs.get(file.job).filter(|job| job.pieces <= file.next) else {
            self.file = Some(file);
            return Ok(());
        };
        let member = self.plan.toc.members.get(job.member);
        if let Some(member) = member.filter(|m| m.pieces.len() == file.next)
            && member.digest.is_some_and(|named| named.0 != <[u8; 32]>::from(file.sha.finalize()))
        {
            let what = shown(&member.path);
            return lie(format!("`{what}` has other bytes than its digest in the table of contents says"));
        }
        take(job.member, file.bytes)
    }
}

fn decoder<'r>(stored: &'r mut dyn Read) -> Result<Box<dyn Read + 'r>, TocError> {
    let mut magic = vec![0; MAGIC_BYTES];
    let had = read_at_least(stored, &mut magic, MAGIC_BYTES);
    magic.truncate(had.as_ref().map_or(0, |n| *n));
    let compression = had.map(|_| Compression::of(&magic));
    let buffered = BufReader::with_capacity(CHUNK, io::Cursor::new(magic).chain(stored));
    match compression {
        Ok(Compression::Gzip) => Ok(Box::new(flate2::bufread::MultiGzDecoder::new(buffered))),
        Ok(Compression::Zstd) => {
            let decoder = zstd::stream::read::Decoder::with_buffer(buffered).and_then(|mut decoder| {
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Ok(decoder)
            });
            match decoder {
                Ok(decoder) => Ok(Box::new(decoder)),
                Err(e) => whole(format!("a member cannot be inflated: {e}")),
            }
        }
        Ok(Compression::Plain | Compression::Unsupported) => {
            lie("a member does not begin where its table of contents says")
        }
        Err(e) => whole(format!("a range of it could not be fetched: {e}")),
    }
}

fn copy(from: &mut dyn Read, bytes: u64, what: &str, to: &mut dyn FnMut(&[u8])) -> Result<(), TocError> {
    let (mut left, mut buffer) = (bytes, vec![0; CHUNK]);
    while 0 < left {
        let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        match from.read(buffer.get_mut(..want).unwrap_or_default()) {
            Ok(0) => {
                return lie(format!("`{}` is shorter than its table of contents says", shown(what)));
            }
            Ok(n) => {
                to(buffer.get(..n).unwrap_or_default());
                left -= n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return whole(format!("`{}` could not be read: {e}", shown(what))),
        }
    }
    Ok(())
}
