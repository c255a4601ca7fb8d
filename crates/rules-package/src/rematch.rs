//! Packages that were read before, asked about again: answers are remembered across many targets, and nothing is
//! written out that nobody asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use advisory::db::{Database, DbError};
use model::Package;

use crate::answer::{Answer, ask};
use crate::ecosystem::{Asked, Question, asked};
use crate::hit::Hit;

/// Answers that are remembered; then all are forgotten, which costs time and changes nothing.
const ANSWERS_MAX: usize = 1 << 17;

/// A database and what it answered so far.
pub struct Memory<'d> {
    database: &'d Database,
    answers: BTreeMap<Question, Arc<Answer>>,
    /// Packages that alone are asked about, by ecosystem and name; `None` for all.
    only: Option<&'d BTreeSet<(&'d str, &'d str)>>,
    answers_max: usize,
}

/// What is true of one package.
#[derive(Debug, Clone, Default)]
pub struct Matched {
    /// Answers, in which hits lie.
    answers: Vec<Arc<Answer>>,
    /// True if nobody in the database speaks of such packages.
    pub unasked: bool,
}

impl Matched {
    /// What affects the package, by id; what the distribution denies is left out.
    #[must_use]
    pub fn hits(&self) -> BTreeMap<&str, &Hit> {
        let denied: BTreeSet<&str> =
            self.answers.iter().flat_map(|a| &a.denied).map(|d| d.vulnerability.as_str()).collect();
        let stands = |h: &&Hit| h.primary || !denied.contains(h.vulnerability.id.as_str());
        let mut out = BTreeMap::new();
        for hit in self.answers.iter().flat_map(|a| &a.hits).filter(stands) {
            out.entry(hit.vulnerability.id.as_str()).or_insert(hit);
        }
        out
    }

    /// True if it cannot be known whether something affects the package.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.unasked || self.answers.iter().any(|a| !a.doubts.is_empty())
    }
}

impl<'d> Memory<'d> {
    /// An empty memory; with `only`, packages that it does not name are taken to be affected by nothing.
    #[must_use]
    pub fn new(database: &'d Database, only: Option<&'d BTreeSet<(&'d str, &'d str)>>) -> Self {
        Self { database, answers: BTreeMap::new(), only, answers_max: ANSWERS_MAX }
    }

    /// What is true of `package`.
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn ask(&mut self, package: &Package) -> Result<Matched, DbError> {
        self.ask_at(package, None)
    }

    /// What would be true of `package` at another version: the one that advisories speak of, which is the source
    /// package's where they go by source.
    ///
    /// # Errors
    /// As [`Memory::ask`].
    pub fn ask_at(&mut self, package: &Package, version: Option<&str>) -> Result<Matched, DbError> {
        let mut out = Matched::default();
        let questions = match asked(package, self.database.info()) {
            Asked::Owned => return Ok(out),
            Asked::Nobody(..) => {
                out.unasked = true;
                return Ok(out);
            }
            Asked::Questions(questions) => questions,
        };
        for mut question in questions {
            if let Some(version) = version {
                version.clone_into(&mut question.version);
            }
            let key = (question.ecosystem.as_str(), question.name.as_str());
            if self.only.is_some_and(|only| !only.contains(&key) && !only.contains(&filed(&question).key())) {
                continue;
            }
            if let Some(known) = self.answers.get(&question) {
                out.answers.push(Arc::clone(known));
                continue;
            }
            let answer = Arc::new(ask(self.database, &question)?);
            out.answers.push(Arc::clone(&answer));
            if self.answers_max <= self.answers.len() {
                self.answers.clear();
            }
            self.answers.insert(question, answer);
        }
        Ok(out)
    }
}

/// Ecosystem and name as the database files them.
struct Filed<'q>(&'q str, String);

impl Filed<'_> {
    fn key(&self) -> (&str, &str) {
        (self.0, &self.1)
    }
}

fn filed(question: &Question) -> Filed<'_> {
    Filed(&question.ecosystem, advisory::ecosystem::key_name(&question.ecosystem, &question.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::cases::{database, package};

    #[test]
    fn what_is_forgotten_is_asked_again_and_answered_the_same() {
        let record = r#"[{"id":"X-1","affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["1"]}]},
                         {"id":"X-2","affected":[{"package":{"ecosystem":"npm","name":"b"},"versions":["1"]}]}]"#;
        let database = database(&[("list.json", record)], &[]);
        let mut all = Memory::new(&database, None);
        let mut short = Memory { answers_max: 1, ..Memory::new(&database, None) };
        for line in ["npm a 1", "npm b 1", "npm a 1", "npm b 2", "npm b 1", "npm c 1"] {
            let package = package(line);
            let ids = |m: &mut Memory<'_>| {
                let matched = m.ask(&package).unwrap();
                (matched.hits().into_keys().map(str::to_owned).collect::<Vec<_>>(), matched.is_doubtful())
            };
            assert_eq!(ids(&mut all), ids(&mut short), "{line}");
            assert!(short.answers.len() <= 1);
        }
        assert_eq!(all.answers.len(), 4);
    }
}
