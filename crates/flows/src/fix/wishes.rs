//! What the user wishes, read from the words of the command line and the files named there.

use model::{Digest, Doubt, DoubtKind};
use rules_cluster::Custom;
use rules_cluster::remedy::{Added, Amount, Usage, Wishes};

use super::FixRequest;
use crate::read::Read;
use crate::world::FlowError;

/// Containers without an object that a note names; the others are counted.
const NAMES_SHOWN_MAX: usize = 3;

/// What containers get that say nothing, as quantities; the defaults where nothing is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Request of processor time.
    pub cpu_request: Option<String>,
    /// Limit of processor time.
    pub cpu_limit: Option<String>,
    /// Request of memory.
    pub memory_request: Option<String>,
    /// Limit of memory.
    pub memory_limit: Option<String>,
    /// Request of the node's disk.
    pub ephemeral_storage_request: Option<String>,
    /// Limit of the node's disk.
    pub ephemeral_storage_limit: Option<String>,
}

/// What is to be said of the files that are read beside the target.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) notes: Vec<String>,
    pub(super) doubts: Vec<Doubt>,
}

/// Reads them.
pub(super) fn of(request: &FixRequest) -> Result<(Wishes, Said), FlowError> {
    let (usage, said) = usage(request)?;
    let mut wishes = Wishes {
        run_as_user: request.run_as_user,
        read_only_root: request.read_only_root,
        empty_volumes: request.empty_volumes,
        usage,
        ..Wishes::default()
    };
    let Amounts {
        cpu_request,
        cpu_limit,
        memory_request,
        memory_limit,
        ephemeral_storage_request,
        ephemeral_storage_limit,
    } = &request.amounts;
    let amounts = &mut wishes.amounts;
    for (flag, given, amount) in [
        ("--cpu-request", cpu_request, &mut amounts.cpu.0),
        ("--cpu-limit", cpu_limit, &mut amounts.cpu.1),
        ("--memory-request", memory_request, &mut amounts.memory.0),
        ("--memory-limit", memory_limit, &mut amounts.memory.1),
        ("--ephemeral-storage-request", ephemeral_storage_request, &mut amounts.ephemeral_storage.0),
        ("--ephemeral-storage-limit", ephemeral_storage_limit, &mut amounts.ephemeral_storage.1),
    ] {
        if let Some(text) = given {
            *amount = Amount::parse(text).map_err(|e| FlowError::Usage(format!("`{flag}`: {e}")))?;
        }
    }
    for (what, pair) in [
        ("cpu", &amounts.cpu),
        ("memory", &amounts.memory),
        ("ephemeral storage", &amounts.ephemeral_storage),
    ] {
        if pair.1.is_below(&pair.0) {
            let (request, limit) = (pair.0.text(), pair.1.text());
            let why = format!("the limit of {what}, {limit}, is below its request, {request}: give both");
            return Err(FlowError::Usage(why));
        }
    }
    for report in &request.reports {
        for target in &report.report.targets {
            let digest = target.digest.as_deref().and_then(|d| d.parse().ok());
            note_digest(&mut wishes, &target.name, digest.as_ref(), target.platform.as_deref());
        }
    }
    // What the user says himself counts more than what a report says.
    for text in &request.digests {
        let (image, digest) = text.split_once('=').ok_or_else(|| slip(text))?;
        let digest: Digest = digest.parse().map_err(|_| slip(text))?;
        if image.is_empty() || image.contains('@') {
            return Err(slip(text));
        }
        wishes.know(image, &digest.to_string(), None);
    }
    Ok((wishes, said))
}

fn slip(text: &str) -> FlowError {
    FlowError::Usage(format!("`--digest`: `{text}` is not of the form IMAGE:TAG=sha256:…"))
}

fn usage(request: &FixRequest) -> Result<(Usage, Said), FlowError> {
    let (mut usage, mut said) = (Usage::default(), Said::default());
    for (resource, file) in &request.usage {
        let added = usage.add(&file.bytes, resource.as_deref());
        let added = added.map_err(|e| FlowError::Usage(format!("`--usage`: {}: {e}", file.name)))?;
        said.of(&request.target, &file.name, &added);
    }
    Ok((usage, said))
}

impl Said {
    fn of(&mut self, target: &str, file: &str, added: &Added) {
        let doubt = |place: String, reason: String| Doubt {
            control: "resources".to_owned(),
            rule: None,
            target: target.to_owned(),
            kind: DoubtKind::Target,
            r#where: place,
            reason,
            remedy: "ask for the usage again, or take the row out of the file".to_owned(),
        };
        let rows = added.unread.iter();
        self.doubts.extend(rows.map(|(row, why)| doubt(format!("{file}: {row}"), why.clone())));
        if let Some(more) = added.unread_count.checked_sub(added.unread.len()).filter(|n| *n != 0) {
            self.doubts.push(doubt(file.to_owned(), format!("{more} more quantities cannot be read")));
        }
        if added.of_no_container != 0 {
            let n = added.of_no_container;
            self.notes
                .push(format!("`--usage`: {file}: rows that name no container of a pod, passed over: {n}"));
        }
        if added.samples == 0 {
            self.notes.push(format!("`--usage`: {file}: it says nothing of any container"));
        }
    }
}

/// Rows of usage that fit no container of the target; the first few by name.
pub(super) fn unclaimed(usage: &Usage, reads: &[Read], customs: &[Custom]) -> Option<String> {
    let mut left = usage.unclaimed();
    for read in reads.iter().filter(|_| !usage.is_empty()) {
        read.manifests.each_subject(customs, &mut |subject| left.claim(subject));
    }
    let count = left.names().count();
    let first = left.names().take(NAMES_SHOWN_MAX).collect::<Vec<_>>().join(", ");
    let more = if NAMES_SHOWN_MAX < count { ", …" } else { "" };
    (count != 0)
        .then(|| format!("`--usage` names containers that are not in the target: {count} ({first}{more})"))
}

/// Keeps the digest of an image that has a name with a tag.
pub(super) fn note_digest(wishes: &mut Wishes, name: &str, digest: Option<&Digest>, platform: Option<&str>) {
    let last = name.rsplit('/').next().unwrap_or_default();
    if let Some(digest) = digest.filter(|_| last.contains(':') && !name.contains('@')) {
        wishes.know(name, &digest.to_string(), platform);
    }
}
