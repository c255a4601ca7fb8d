//! What could not be read, gathered while a target is read.

use model::{Doubt, DoubtKind, EVERY_CONTROL, Ledger, Skipped, Unread};

/// Doubts and ledger of one target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    pub(crate) doubts: Vec<(String, String, String)>,
    pub(crate) ledger: Ledger,
}

impl Account {
    /// Something could not be read, and an answer may be missing for it.
    pub(crate) fn doubt(&mut self, place: &str, reason: &str, remedy: &str) {
        self.note(place, reason);
        self.doubts.push((place.to_owned(), reason.to_owned(), remedy.to_owned()));
    }

    /// Something was not read, and no answer is missing for it.
    pub(crate) fn note(&mut self, place: &str, reason: &str) {
        self.ledger.unread.push(Unread { r#where: place.to_owned(), reason: reason.to_owned() });
    }

    /// A bound left something out.
    pub(crate) fn skip(&mut self, place: &str, bound: &str, limit: u64, doubt: bool) {
        self.ledger.skipped.push(Skipped { r#where: place.to_owned(), bound: bound.to_owned(), limit });
        if doubt {
            let reason = format!("more than the bound {bound} of {limit}, the rest was not read");
            let remedy = "look at it by hand, or split it";
            self.doubts.push((place.to_owned(), reason, remedy.to_owned()));
        }
    }

    /// Takes over what another counted and could not read.
    pub(crate) fn add(&mut self, other: Self) {
        self.ledger.add(other.ledger);
        self.doubts.extend(other.doubts);
    }

    /// True if everything was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.doubts.is_empty()
    }

    /// Doubts and ledger, sorted, of the target with this id.
    pub(crate) fn close(mut self, target: &str) -> (Vec<Doubt>, Ledger) {
        let mut doubts: Vec<Doubt> = self
            .doubts
            .into_iter()
            .map(|(place, reason, remedy)| Doubt {
                control: EVERY_CONTROL.to_owned(),
                rule: None,
                target: target.to_owned(),
                kind: DoubtKind::Target,
                r#where: place,
                reason,
                remedy,
            })
            .collect();
        doubts.sort();
        doubts.dedup();
        self.ledger.skipped.sort();
        self.ledger.unread.sort();
        self.ledger.unread.dedup();
        (doubts, self.ledger)
    }
}
