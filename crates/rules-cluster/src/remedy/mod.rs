//! What mends a finding: the edits of the object it is about, and what they change for the workload.
//!
//! A remedy is a pure function of rule, field and object. Whether it helps is not said here: whoever makes the edits
//! judges the object again.

mod amounts;
mod images;
mod pod;
mod pods;
mod probes;
mod resources;
mod security;
#[cfg(test)]
mod tests;
mod usage;

use std::collections::BTreeMap;

use manifest::WrongType;
use manifest::edit::{Address, Edit, New, Sheet, Step, dotted, path};

use crate::pod_security::{Level, Version, check, evaluate};
use crate::workload::{Container, Pod};
use crate::{RULES, Subject};

pub use amounts::{Amount, AmountError, Amounts, DEFAULTS};
pub use security::{level_of, mend};
pub use usage::{Added, UNREAD_SHOWN_MAX, USAGE_ROWS_MAX, Unclaimed, Usage, UsageError};

/// What the user wishes and knows beside the objects.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// User that containers run as that would be root.
    pub run_as_user: Option<i64>,
    /// Root file systems become read-only.
    pub read_only_root: bool,
    /// Volumes that a level forbids become empty directories, whatever they hold.
    pub empty_volumes: bool,
    /// What containers get that say nothing and of which nothing is known.
    pub amounts: Amounts,
    /// What containers used.
    pub usage: Usage,
    /// Digests of images, by name and tag, and the platform that one is of alone.
    pub digests: BTreeMap<String, (String, Option<String>)>,
}

impl Wishes {
    /// Notes the digest of an image; what is noted last counts.
    pub fn know(&mut self, image: &str, digest: &str, platform: Option<&str>) {
        self.digests.insert(images::whole(image), (digest.to_owned(), platform.map(str::to_owned)));
    }
}

/// What mends a finding.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remedy {
    /// The edits, in order; paths begin at the object.
    pub edits: Vec<Edit>,
    /// What they change for the workload, each a sentence without its full stop.
    pub notes: Vec<String>,
}

/// Edits, or why there are none.
pub(crate) type Proposal = Result<Remedy, String>;

impl Remedy {
    /// One that sets a field.
    pub(crate) fn setting(field: &str, value: impl Into<New>) -> Self {
        Self { edits: vec![Edit::Set(path(field), value.into())], notes: Vec::new() }
    }

    /// Adds a note.
    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// What mends the finding of `rule` at `field` of an object.
///
/// # Errors
/// Why nothing is proposed, one sentence without its full stop: a person decides, or something is not known.
pub fn propose(rule: &str, field: &str, subject: &Subject<'_>, wishes: &Wishes) -> Proposal {
    let pod = match &subject.pod {
        Ok(Some(pod)) => pod,
        Ok(None) => return Err(decide(rule)),
        Err(e) => return Err(e.to_string()),
    };
    if let Some(check) = security::check_of(rule) {
        return match mend(check, Version::Latest, pod, wishes) {
            Ok(Some(remedy)) => Ok(remedy),
            Ok(None) => Err("the check finds nothing any more".to_owned()),
            Err(why) => Err(why),
        };
    }
    let place = Place { subject, pod, field, wishes };
    match rule {
        "container-runtime-socket" => pod::without_socket(&place),
        "pod-shares-processes" => pod::apart(&place),
        "pod-user-low" => pod::user(&place),
        "root-filesystem-writable" => pod::read_only(&place),
        "service-account-token-mounted" => pod::without_token(&place),
        "liveness-probe-missing" | "readiness-probe-missing" => probes::propose(rule, &place),
        "image-digest-missing" | "image-tag-floating" | "image-not-pulled" => images::propose(rule, &place),
        _ => resources::propose(rule, &place).unwrap_or_else(|| Err(decide(rule))),
    }
}

/// What a remedy looks at.
pub(crate) struct Place<'p, 's> {
    pub(crate) subject: &'p Subject<'s>,
    pub(crate) pod: &'p Pod<'s>,
    /// The finding's field.
    pub(crate) field: &'p str,
    pub(crate) wishes: &'p Wishes,
}

impl<'s> Place<'_, 's> {
    /// The container that the field is in.
    pub(crate) fn container(&self) -> Result<&Container<'s>, String> {
        let inside = |c: &&Container<'_>| is_below(self.field, &c.path);
        self.pod.containers.iter().find(inside).ok_or_else(|| format!("no container is at `{}`", self.field))
    }
}

fn is_below(field: &str, around: &str) -> bool {
    field.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Takes a field out, but never its container or pod.
pub(crate) fn removal(pod: &Pod<'_>, field: &str) -> Edit {
    let container = pod.containers.iter().find(|c| is_below(field, &c.path));
    let keep = path(container.map_or(&pod.path, |c| &c.path)).len();
    Edit::Remove { path: path(field), keep }
}

/// The words of a wrong type.
pub(crate) fn wrong(e: WrongType) -> String {
    e.to_string()
}

/// Why a finding is left to a person, with what its page says about mending it.
fn decide(rule: &str) -> String {
    let page = RULES.iter().find(|r| r.id == rule).map(eval::Rule::page).unwrap_or_default();
    let fix = page.split_once("**Fix.** ").map_or("", |(_, rest)| rest);
    let fix = fix.split("\n\n").next().unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
    match fix.trim_end_matches('.') {
        "" => "a person decides how".to_owned(),
        fix => format!("a person decides: {fix}"),
    }
}

/// The path of an annotation of a pod: its key has dots of its own.
pub(crate) fn annotation(pod: &Pod<'_>, key: &str) -> Vec<Step> {
    let mut steps = path(&pod.metadata_path);
    steps.extend([Step::Key("annotations".into()), Step::Key(key.into())]);
    steps
}

/// Whether a rule asks for more than a level of the Pod Security Standards does.
#[must_use]
pub fn is_beyond(rule: &str, level: Level) -> bool {
    level_of(rule).is_some_and(|of| level < of)
}

/// The field that an edit is about.
#[must_use]
pub fn field_of(edit: &Edit) -> String {
    dotted(edit.path())
}

/// Rounds after which a pod that is still not let in never will be.
const ROUNDS_MAX: usize = 4;

/// Edits the pod of an object until a level of a version lets it in; what that changes for the workload.
///
/// # Errors
/// What forbids it still, or why an edit was refused.
pub fn bring_to(
    (level, version): (Level, Version),
    sheet: &mut Sheet,
    address: &Address,
    wishes: &Wishes,
) -> Result<Vec<String>, String> {
    let mut notes = Vec::new();
    let mut left = String::new();
    for _ in 0..ROUNDS_MAX {
        let object = sheet.object(address).ok_or("no object is there")?;
        let pod = Pod::of(&object).map_err(wrong)?.ok_or("it brings no pod")?;
        let evaluation = evaluate(level, version, &pod);
        if evaluation.is_allowed() {
            return Ok(notes);
        }
        left = evaluation.message();
        for (id, _) in &evaluation.forbidden {
            let object = sheet.object(address).ok_or("no object is there")?;
            let pod = Pod::of(&object).map_err(wrong)?.ok_or("it brings no pod")?;
            let check = check(id).ok_or("a check without a name")?;
            if let Some(remedy) = mend(check, version, &pod, wishes)? {
                sheet.apply(address, &remedy.edits).map_err(|e| e.to_string())?;
                notes.extend(remedy.notes);
            }
        }
    }
    Err(left)
}
