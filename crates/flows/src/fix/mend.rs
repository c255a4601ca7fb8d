//! One file: each finding closed by the edits of its remedy, each proven on its object before the next.

use std::collections::BTreeSet;

use api::Finding;
use eval::Outcome;
use manifest::edit::{Address, Sheet};
use manifest::{Entry, Node};
use model::ObjectRef;
use rules_cluster::remedy::{self, Wishes, level_of};
use rules_cluster::{RULES, Subject, Surroundings};

use super::{Answer, PATCH};

/// Proposals that one finding gets: a rule may name the fields at fault one after another.
const ROUNDS_MAX: usize = 16;

/// What the files stand in.
pub(super) struct Scene<'s> {
    pub(super) around: &'s Surroundings,
    pub(super) target: &'s str,
    pub(super) wishes: &'s Wishes,
}

/// A file, and how each of its findings was answered.
pub(super) struct File<'f> {
    pub(super) path: &'f str,
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
    pub(super) answers: Vec<(&'f Finding, Answer)>,
}

impl<'f> File<'f> {
    /// One that is left alone.
    pub(super) fn refused(path: &'f str, findings: &[&'f Finding], why: &str) -> Self {
        let answers = findings.iter().map(|f| (*f, Answer::Open(why.to_owned()))).collect();
        Self { path, before: Vec::new(), after: Vec::new(), answers }
    }

    /// Ids of the findings that are said to be gone.
    pub(super) fn closed(&self) -> impl Iterator<Item = &str> {
        let closed = self.answers.iter().filter(|(_, a)| matches!(a, Answer::Closed { .. }));
        closed.map(|(f, _)| f.id.as_str())
    }

    /// Takes every change of it back.
    pub(super) fn put_back(&mut self, why: &str) {
        self.after.clone_from(&self.before);
        for (_, answer) in &mut self.answers {
            if matches!(answer, Answer::Closed { .. }) {
                *answer = Answer::Open(why.to_owned());
            }
        }
    }
}

impl Scene<'_> {
    /// Mends a file as far as it can be.
    pub(super) fn file<'f>(&self, path: &'f str, bytes: &[u8], findings: &[&'f Finding]) -> File<'f> {
        let sheet = match Sheet::read(bytes) {
            Ok(sheet) => sheet,
            Err(e) => return File::refused(path, findings, &format!("the file is left alone: {e}")),
        };
        let mut work = Work { scene: self, path, sheet, known: None };
        let mut left: Vec<&'f Finding> = findings.to_vec();
        // What the standards ask comes first: one remedy may close what another rule finds too.
        left.sort_by_key(|f| (level_of(&f.rule).is_none(), level_of(&f.rule)));
        let mut answers = Vec::new();
        for address in work.sheet.objects() {
            let Some(name) = work.name(&address) else { continue };
            let (ours, others) = left.into_iter().partition(|f| is_about(f, &name));
            left = others;
            let is_patch = work.sheet.object(&address).is_some_and(|o| is_patch(&o.node));
            let answer = |f: &'f Finding| match is_patch {
                true => (f, Answer::Open(PATCH.to_owned())),
                false => (f, work.close(&address, f)),
            };
            answers.extend(Vec::from_iter(ours).into_iter().map(answer));
        }
        let nowhere = "the file is left alone: its object was not found again";
        answers.extend(left.into_iter().map(|f| (f, Answer::Open(nowhere.to_owned()))));
        answers.sort_by(|(a, _), (b, _)| (&a.r#where, &a.rule).cmp(&(&b.r#where, &b.rule)));
        File { path, before: bytes.to_vec(), after: work.sheet.bytes(), answers }
    }
}

/// Whether there are words in it that only a strategic merge understands (`k8s.io/apimachinery`, `strategicpatch`).
fn is_patch(node: &Node) -> bool {
    const WORDS: [&str; 4] = ["$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/"];
    let is_word = |e: &Entry| WORDS.iter().any(|word| e.key.starts_with(word)) || is_patch(&e.value);
    node.fields().iter().any(is_word) || node.items().iter().any(is_patch)
}

fn is_about(finding: &Finding, name: &ObjectRef) -> bool {
    finding.r#where.object.as_ref().is_some_and(|o| ObjectRef { field: None, ..o.clone() } == *name)
}

struct Work<'s> {
    scene: &'s Scene<'s>,
    path: &'s str,
    sheet: Sheet,
    /// What was last said of an object, which is not changed since.
    known: Option<(Address, Outcome)>,
}

impl Work<'_> {
    fn with_subject<T>(&self, address: &Address, ask: impl FnOnce(&Subject<'_>) -> T) -> Option<T> {
        let object = self.sheet.object(address)?;
        Some(ask(&Subject::of(self.path, &object, self.scene.around)))
    }

    fn name(&self, address: &Address) -> Option<ObjectRef> {
        self.with_subject(address, |subject| subject.reference(None))
    }

    /// What every rule says of an object as it is now.
    fn judge(&self, address: &Address) -> Outcome {
        let judge = |subject: &Subject<'_>| eval::run(RULES, std::iter::once(subject), self.scene.target);
        self.with_subject(address, judge).unwrap_or_default()
    }

    /// Closes a finding, or leaves the document as it was.
    fn close(&mut self, address: &Address, finding: &Finding) -> Answer {
        let before = match self.known.take() {
            Some((known, outcome)) if known == *address => outcome,
            _ => self.judge(address),
        };
        let Some(kept) = self.sheet.keep(address) else { return Answer::Open("it is gone".to_owned()) };
        let (now, answer) = match self.attempt(address, finding, &before) {
            Ok((now, answer)) => (now, answer),
            Err(why) => {
                self.sheet.restore(kept);
                (before, Answer::Open(why))
            }
        };
        self.known = Some((address.clone(), now));
        answer
    }

    fn attempt(
        &mut self,
        address: &Address,
        finding: &Finding,
        before: &Outcome,
    ) -> Result<(Outcome, Answer), String> {
        let (mut edits, mut notes) = (Vec::new(), Vec::new());
        let mut now = before.clone();
        for _ in 0..ROUNDS_MAX {
            let Some(found) = now.findings.iter().find(|f| f.id == finding.id) else {
                proven(before, &now)?;
                notes.sort();
                notes.dedup();
                return Ok((now, Answer::Closed { edits, notes }));
            };
            let field = found.r#where.object.as_ref().and_then(|o| o.field.clone()).unwrap_or_default();
            let propose =
                |subject: &Subject<'_>| remedy::propose(&finding.rule, &field, subject, self.scene.wishes);
            let remedy = self.with_subject(address, propose).ok_or("its object was not found again")??;
            let is_changed = self.sheet.apply(address, &remedy.edits).map_err(|e| e.to_string())?;
            if !is_changed {
                return Err("what would mend it is so already".to_owned());
            }
            edits.extend(remedy.edits.iter().map(remedy::field_of));
            notes.extend(remedy.notes);
            now = self.judge(address);
        }
        Err("it is found again after every change".to_owned())
    }
}

/// Nothing is found that was not, and nothing is less known.
fn proven(before: &Outcome, now: &Outcome) -> Result<(), String> {
    let known: BTreeSet<&str> = before.findings.iter().map(|f| f.id.as_str()).collect();
    let new: BTreeSet<&str> =
        now.findings.iter().filter(|f| !known.contains(f.id.as_str())).map(|f| f.rule.as_str()).collect();
    if !new.is_empty() {
        return Err(format!("mended, it brings {}", Vec::from_iter(new).join(", ")));
    }
    match before.doubts.len() < now.doubts.len() {
        true => Err("mended, less of it could be judged".to_owned()),
        false => Ok(()),
    }
}
