//! What a rule is and what it answers about one subject.

use std::fmt;
use std::sync::Arc;

use api::{Because, Fix, Vulnerability};
use model::{DoubtKind, Place, Severity};

/// What rules look at. One may borrow from what was read, so the loop hands on a [`Subject::View`] of any lifetime.
pub trait Subject {
    /// What a rule sees.
    type View<'s>;
}

/// A rule over subjects of type `S`. Its view carries all a rule may see; a rule is a pure function of it.
pub struct Rule<S: Subject> {
    /// Stable id, kebab-case.
    pub id: &'static str,
    /// Id of the control it answers.
    pub control: &'static str,
    /// One line, for tables.
    pub title: &'static str,
    /// Severity of its faults unless a fault brings its own.
    pub severity: Severity,
    /// The rule's own file (`include_str!("mod.rs")`); its `//!` lines are the user's page, see [`Rule::page`].
    pub doc: &'static str,
    /// The judgement.
    pub judge: for<'a, 's> fn(&'a S::View<'s>) -> Judgement,
}

impl<S: Subject> Rule<S> {
    /// The user's page in Markdown: the `//!` lines that head the rule's file.
    #[must_use]
    pub fn page(&self) -> String {
        let lines = self.doc.lines().take_while(|l| l.starts_with("//!")).map(|l| l.get(3..).unwrap_or(""));
        lines.map(|l| l.strip_prefix(' ').unwrap_or(l)).flat_map(|l| [l, "\n"]).collect()
    }
}

/// What a rule answers about one subject. The run loop adds rule, subject, severity and where.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// False if the rule has nothing to say about this subject.
    pub applicable: bool,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What could not be known.
    pub doubts: Vec<RuleDoubt>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fault {
    /// Overrides the rule's severity.
    pub severity: Option<Severity>,
    /// Overrides the rule's title.
    pub title: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What makes the finding's id beside rule, path and vulnerability: package type and name, field … never a version.
    pub key: String,
    /// Package ids.
    pub packages: Vec<String>,
    /// The vulnerability.
    pub vulnerability: Option<Arc<Vulnerability>>,
    /// The argument.
    pub because: Vec<Because>,
    /// The fix.
    pub fix: Option<Fix>,
}

/// What a rule could not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleDoubt {
    /// Target or knowledge.
    pub kind: DoubtKind,
    /// Where.
    pub r#where: String,
    /// Why.
    pub reason: String,
    /// What would make it known.
    pub remedy: String,
}

impl Judgement {
    /// The rule has nothing to say.
    #[must_use]
    pub fn not_applicable() -> Self {
        Self::default()
    }

    /// The rule applies; nothing is wrong so far.
    #[must_use]
    pub fn clean() -> Self {
        Self { applicable: true, ..Self::default() }
    }

    /// Runs one check; an error becomes a doubt of this check and keeps the faults of the others.
    pub fn check<E: fmt::Display>(
        &mut self,
        place: &str,
        remedy: &str,
        check: impl FnOnce() -> Result<Option<Fault>, E>,
    ) {
        match check() {
            Ok(fault) => self.faults.extend(fault),
            Err(e) => self.doubts.push(RuleDoubt {
                kind: DoubtKind::Knowledge,
                r#where: place.to_owned(),
                reason: e.to_string(),
                remedy: remedy.to_owned(),
            }),
        }
    }
}
