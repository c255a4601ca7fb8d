//! What a cataloger hands over.

use model::{Doubt, DoubtKind, Package};
use serde::{Deserialize, Serialize};

/// Packages found and problems met. Nothing that went wrong is dropped: it is a [`Problem`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Harvest {
    /// Packages.
    pub packages: Vec<Package>,
    /// Problems.
    pub problems: Vec<Problem>,
    /// Documents parsed.
    pub documents: u64,
}

/// Something a cataloger could not read or order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Control the answer was wanted for.
    pub control: String,
    /// Target (a broken or unsupported file) or knowledge.
    pub kind: DoubtKind,
    /// File, with line where known.
    pub r#where: String,
    /// What happened.
    pub reason: String,
    /// What would make it known.
    pub remedy: String,
}

impl Problem {
    /// A file of the target that could not be read whole.
    #[must_use]
    pub fn unread(control: &str, place: impl Into<String>, reason: impl Into<String>, remedy: &str) -> Self {
        Self {
            control: control.to_owned(),
            kind: DoubtKind::Target,
            r#where: place.into(),
            reason: reason.into(),
            remedy: remedy.to_owned(),
        }
    }

    /// Something Plimsoll does not know about a thing it read.
    #[must_use]
    pub fn unknown(control: &str, place: impl Into<String>, reason: impl Into<String>, remedy: &str) -> Self {
        Self { kind: DoubtKind::Knowledge, ..Self::unread(control, place, reason, remedy) }
    }

    /// The doubt this problem is, in `target`.
    #[must_use]
    pub fn into_doubt(self, target: &str) -> Doubt {
        Doubt {
            control: self.control,
            rule: None,
            target: target.to_owned(),
            kind: self.kind,
            r#where: self.r#where,
            reason: self.reason,
            remedy: self.remedy,
        }
    }
}

impl Harvest {
    /// Adds what `other` found.
    pub fn add(&mut self, other: Harvest) {
        self.packages.extend(other.packages);
        self.problems.extend(other.problems);
        self.documents += other.documents;
    }
}
