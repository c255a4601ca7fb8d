//! `db update`: fetch what changed of the feeds, judge what came, build the database anew if anything did.

use std::collections::BTreeSet;

use advisory::Problem;
use advisory::db::Info;
use model::Timestamp;
use ports::feeds::{Feed, Fetched, Folder, Kept, Prebuilt, PrebuiltFile};
use ports::knowledge::{BuildReport, BuildRequest, InspectRequest, Inspected};

use crate::world::{FlowError, World};

/// A feed that shrank to fewer than this part of a hundred of its records is refused: upstreams take back single
/// advisories, never half of them, and a feed that was cut at a whole record looks sound.
const SHRUNK_PERCENT_MIN: u64 = 50;

/// Of a hundred documents of a feed, how many may be unreadable before the feed as a whole is refused.
const UNREADABLE_PERCENT_MAX: u64 = 10;

/// `db update` as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateRequest {
    /// Names or words of feeds, `debian`, `osv-npm`; empty for the usual ones.
    pub only: Vec<String>,
    /// Feeds beside the usual ones.
    pub also: Vec<String>,
    /// The file to write; `None` for the user's own database.
    pub out: Option<String>,
    /// Takes a feed that shrank to less than half.
    pub smaller: bool,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
}

/// What came of an update.
#[derive(Debug, Clone)]
pub struct UpdateReport {
    /// One row for each feed that was asked for, in the order of their names.
    pub rows: Vec<UpdateRow>,
    /// What was built; `None` if the database is of what is there already.
    pub built: Option<BuildReport>,
    /// The database.
    pub path: Option<String>,
    /// Documents that could not be read.
    pub problems: Vec<Problem>,
    /// The moment that ages are counted from.
    pub now: Timestamp,
}

impl UpdateReport {
    /// True if something that was asked for is not in the database as its upstream has it.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.problems.is_empty() || self.rows.iter().any(|r| matches!(r.outcome, UpdateOutcome::Failed(_)))
    }
}

/// What came of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRow {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub outcome: UpdateOutcome,
    /// Records in what is kept of it.
    pub records: u64,
    /// Of when what is kept of it is; `None` if nothing is.
    pub modified: Option<Timestamp>,
}

/// What came of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// Its upstream has what is kept.
    Unchanged,
    /// It is new; documents that were read anew.
    Changed(u64),
    /// It could not be fetched, or was refused; what was kept of it stays.
    Failed(String),
}

/// Updates the database from feeds.
///
/// # Errors
/// [`FlowError`] if the request makes no sense, or nothing at all could be fetched or written.
pub fn db_update(world: &World<'_>, request: &UpdateRequest) -> Result<UpdateReport, FlowError> {
    let asked = choose(&world.feeds.catalogue()?, request)?;
    let mut folder = world.feeds.open(world.note)?;
    let before = folder.kept();
    let fetched = folder.fetch(&asked, world.progress);
    let mut problems = Vec::new();
    let mut outcomes = Vec::with_capacity(asked.len());
    for (feed, fetched) in asked.iter().zip(fetched) {
        let known = before.iter().find(|k| k.name == feed.name);
        let (outcome, unread) = take(world, request, &mut *folder, feed, fetched, known)?;
        problems.extend(unread);
        outcomes.push(outcome);
    }
    let kept = folder.kept();
    let rows: Vec<UpdateRow> = asked.iter().zip(outcomes).map(|(feed, o)| row(feed, o, &kept)).collect();
    let there: Vec<Kept> = kept.into_iter().filter(|k| !k.files.is_empty() || k.problem.is_some()).collect();
    if there.iter().all(|k| k.files.is_empty()) {
        let why = rows.iter().find_map(|r| match &r.outcome {
            UpdateOutcome::Failed(reason) => Some(format!("{}: {reason}", r.name)),
            _ => None,
        });
        return Err(FlowError::Unreadable(format!("no feed could be fetched; {}", why.unwrap_or_default())));
    }
    let path = request.out.clone().or_else(|| world.knowledge.own());
    let inputs = inputs(&there, path.as_deref());
    let usable = || world.knowledge.open(path.as_deref()).is_ok();
    let built = match folder.built() {
        Some(built) if built == inputs && path.is_some() && usable() => None,
        _ => {
            let request = BuildRequest {
                out: request.out.clone(),
                feeds: there,
                parsed: Some(folder.parsed()),
                jobs: request.jobs,
                ..BuildRequest::default()
            };
            let built = world.knowledge.build(&request, world.progress)?;
            folder.set_built(&inputs)?;
            Some(built)
        }
    };
    Ok(UpdateReport { rows, built, path, problems, now: folder.now() })
}

/// Every feed that is known, with what is kept of it; then what is kept of feeds that are not known any more.
///
/// # Errors
/// [`FlowError`] if the user's own sources make no sense, or the folder cannot be read.
pub fn db_feeds(world: &World<'_>) -> Result<Vec<(Feed, Option<Kept>)>, FlowError> {
    let all = world.feeds.catalogue()?;
    let kept = world.feeds.open(world.note)?.kept();
    let find = |name: &str| kept.iter().find(|k| k.name == name).cloned();
    let mut out: Vec<(Feed, Option<Kept>)> = all.into_iter().map(|f| (f.clone(), find(&f.name))).collect();
    for k in &kept {
        if !out.iter().any(|(f, _)| f.name == k.name) {
            out.push((Feed { name: k.name.clone(), ..Feed::default() }, Some(k.clone())));
        }
    }
    Ok(out)
}

/// The feeds that are asked for.
fn choose(all: &[Feed], request: &UpdateRequest) -> Result<Vec<Feed>, FlowError> {
    let mut wanted: BTreeSet<usize> = BTreeSet::new();
    for word in request.only.iter().chain(&request.also) {
        let word = word.trim().to_lowercase();
        let named = |f: &Feed| f.name == word || f.words.contains(&word);
        let found: Vec<usize> = all.iter().enumerate().filter(|(_, f)| named(f)).map(|(n, _)| n).collect();
        if found.is_empty() {
            let names: Vec<&str> = all.iter().map(|f| f.name.as_str()).collect();
            let text = format!("`{word}` is no feed; there are {}", names.join(", "));
            return Err(FlowError::Usage(text));
        }
        // A word asks for the usual feeds that it fits; for others only if it fits no usual one, or is a name.
        let usual: Vec<usize> = found
            .iter()
            .copied()
            .filter(|n| all.get(*n).is_some_and(|f| f.usual || f.name == word))
            .collect();
        wanted.extend(if usual.is_empty() { found } else { usual });
    }
    if request.only.is_empty() {
        wanted.extend(all.iter().enumerate().filter(|(_, f)| f.usual).map(|(n, _)| n));
    }
    Ok(wanted.into_iter().filter_map(|n| all.get(n).cloned()).collect())
}

/// Judges what came of one feed, and takes it or leaves what is kept; beside it what could not be read.
fn take(
    world: &World<'_>,
    request: &UpdateRequest,
    folder: &mut dyn Folder,
    feed: &Feed,
    fetched: Fetched,
    known: Option<&Kept>,
) -> Result<(UpdateOutcome, Vec<Problem>), FlowError> {
    let files = match fetched {
        Fetched::Failed(reason) => {
            folder.refuse(feed, &reason)?;
            return Ok((UpdateOutcome::Failed(reason), Vec::new()));
        }
        Fetched::Unchanged => {
            folder.adopt(feed, known.map_or(0, |k| k.records))?;
            return Ok((UpdateOutcome::Unchanged, Vec::new()));
        }
        Fetched::Changed(files) => files,
    };
    let inspected = world.knowledge.inspect(
        &InspectRequest {
            feed: &feed.name,
            files: &files,
            before: known.map_or(&[], |k| k.files.as_slice()),
            parsed: &folder.parsed(),
            jobs: request.jobs,
        },
        world.progress,
    )?;
    if let Some(reason) = refusal(&inspected, known, request.smaller) {
        folder.refuse(feed, &reason)?;
        return Ok((UpdateOutcome::Failed(reason), Vec::new()));
    }
    folder.adopt(feed, inspected.records)?;
    Ok((UpdateOutcome::Changed(inspected.read), inspected.problems))
}

/// Why what came of a feed is not taken.
fn refusal(inspected: &Inspected, known: Option<&Kept>, smaller: bool) -> Option<String> {
    if let Some(reason) = &inspected.broken {
        return Some(format!("what was sent is broken: {reason}"));
    }
    let unreadable = inspected.problems.len() as u64;
    if inspected.records == 0 {
        let why = inspected.problems.first().map(|p| format!(": {}", p.reason)).unwrap_or_default();
        return Some(format!("what was sent holds no advisory{why}"));
    }
    let all = inspected.records.saturating_add(unreadable);
    if all.saturating_mul(UNREADABLE_PERCENT_MAX) < unreadable.saturating_mul(100) {
        let first =
            inspected.problems.first().map(|p| format!("{}: {}", p.r#where, p.reason)).unwrap_or_default();
        return Some(format!("{unreadable} documents of what was sent cannot be read, the first: {first}"));
    }
    let had = known.map_or(0, |k| k.records);
    if !smaller && inspected.records.saturating_mul(100) < had.saturating_mul(SHRUNK_PERCENT_MIN) {
        return Some(format!(
            "what was sent has {} records, where there were {had}; if that is right, say `--accept-smaller`",
            inspected.records
        ));
    }
    None
}

fn row(feed: &Feed, outcome: UpdateOutcome, kept: &[Kept]) -> UpdateRow {
    let known = kept.iter().find(|k| k.name == feed.name).filter(|k| !k.files.is_empty());
    UpdateRow {
        name: feed.name.clone(),
        outcome,
        records: known.map_or(0, |k| k.records),
        modified: known.and_then(|k| k.modified),
    }
}

/// What a database is made of, in one text: the same text, the same database.
fn inputs(kept: &[Kept], out: Option<&str>) -> String {
    let mut text = format!("{}\n", out.unwrap_or(""));
    for feed in kept {
        let digests: Vec<&str> = feed.files.iter().map(|f| f.digest.as_str()).collect();
        text.push_str(&format!("{} {} {}\n", feed.name, digests.join(","), feed.problem.is_some()));
    }
    text
}

/// A prebuilt database that was taken.
#[derive(Debug, Clone)]
pub struct PrebuiltReport {
    /// Where it is now.
    pub path: String,
    /// What was fetched.
    pub file: PrebuiltFile,
    /// What it says about itself.
    pub info: Info,
}

/// Fetches one prebuilt database and puts it in the place of the one at `out`, the user's own without it; `older` takes
/// one built from older advisories than those at hand.
///
/// # Errors
/// [`FlowError`] if it cannot be fetched, its signature does not fit, it is no database, or older.
pub fn db_fetch(
    world: &World<'_>,
    prebuilt: &Prebuilt,
    out: Option<&str>,
    older: bool,
) -> Result<PrebuiltReport, FlowError> {
    let own = world.knowledge.own();
    let Some(target) = out.map(str::to_owned).or(own) else {
        return Err(FlowError::Usage("name a file to write: `--out FILE`".to_owned()));
    };
    let folder = match target.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    };
    let wanted = Prebuilt { folder: folder.to_owned(), ..prebuilt.clone() };
    let mut taken = None;
    world.feeds.prebuilt(&wanted, world.progress, world.note, &mut |file| {
        taken = Some((file.clone(), world.knowledge.adopt(&file.path, Some(&target), older)?));
        Ok(())
    })?;
    let (file, adopted) = taken.ok_or_else(|| FlowError::Unreadable("nothing was fetched".to_owned()))?;
    Ok(PrebuiltReport { path: adopted.path, file, info: adopted.info })
}
