//! What the user wishes, read from the words of the command line and the files named there.

use model::Digest;
use rules_cluster::remedy::{Amount, Usage, Wishes};

use super::FixRequest;
use crate::world::FlowError;

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

/// Reads them.
pub(super) fn of(request: &FixRequest) -> Result<Wishes, FlowError> {
    let mut wishes = Wishes {
        run_as_user: request.run_as_user,
        read_only_root: request.read_only_root,
        empty_volumes: request.empty_volumes,
        usage: usage(request)?,
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
    Ok(wishes)
}

fn slip(text: &str) -> FlowError {
    FlowError::Usage(format!("`--digest`: `{text}` is not of the form IMAGE:TAG=sha256:…"))
}

fn usage(request: &FixRequest) -> Result<Usage, FlowError> {
    let mut usage = Usage::default();
    for (resource, file) in &request.usage {
        let added = usage.add(&file.bytes, resource.as_deref());
        added.map_err(|e| FlowError::Usage(format!("`--usage`: {}: {e}", file.name)))?;
    }
    Ok(usage)
}

/// Keeps the digest of an image that has a name with a tag.
pub(super) fn note_digest(wishes: &mut Wishes, name: &str, digest: Option<&Digest>, platform: Option<&str>) {
    let last = name.rsplit('/').next().unwrap_or_default();
    if let Some(digest) = digest.filter(|_| last.contains(':') && !name.contains('@')) {
        wishes.know(name, &digest.to_string(), platform);
    }
}
