//! What the rules of this room look at: a package and what the advisories at hand say about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use advisory::db::Database;
use eval::RuleDoubt;
use model::{DoubtKind, Package, PackageType, Place, SourcePackage, Timestamp};

use crate::age::{CoolDown, Knowledge, Sources, too_old};
use crate::answer::{Answer, Answers, ask};
use crate::ecosystem::{Asked, Question, asked};
use crate::hit::Hit;

/// A package and what the advisories at hand say about it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Id of the package in the report.
    pub id: String,
    /// Type.
    pub kind: PackageType,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Source package.
    pub source: Option<SourcePackage>,
    /// Where it says so.
    pub place: Place,
    /// Who found it: `dpkg`, `npm package-lock`.
    pub found_by: String,
    /// Asked for by the project itself, if the file tells.
    pub direct: Option<bool>,
    /// True if a package of the distribution owns it, whose advisories speak for it.
    pub owned: bool,
    /// When this version was published, where a file records it.
    pub published: Option<Timestamp>,
    /// The moment to judge at.
    pub as_of: Option<Timestamp>,
    /// How long it must have been public, if anybody asks.
    pub cool_down: Option<CoolDown>,
    /// What the database answers.
    pub answers: Vec<Arc<Answer>>,
    /// What other scanners say, each under its canonical id.
    pub claims: Vec<Hit>,
    /// What could not even be asked, or was asked of advisories that are too old.
    pub unasked: Vec<RuleDoubt>,
}

impl eval::Subject for Subject {
    type View<'s> = Self;
}

/// What is asked about `packages`, each question once, in order.
#[must_use]
pub fn questions(packages: &[Package], database: &Database) -> Vec<Question> {
    let asked = packages.iter().map(|package| asked(package, database.info()));
    let all: BTreeSet<Question> = asked
        .flat_map(|asked| match asked {
            Asked::Questions(questions) => questions,
            Asked::Owned | Asked::Nobody(..) => Vec::new(),
        })
        .collect();
    all.into_iter().collect()
}

/// Every package with its answers; `ids` are those of the report, one a package. `sources` counts who answered.
pub(crate) fn subjects(
    packages: &[Package],
    ids: &[String],
    knowledge: Option<&Knowledge<'_>>,
    answers: &Answers,
    sources: &mut Sources,
) -> Vec<Subject> {
    let subject = |(package, id): (&Package, &String)| subject(package, id, knowledge, answers, sources);
    packages.iter().zip(ids).map(subject).collect()
}

fn subject(
    package: &Package,
    id: &str,
    knowledge: Option<&Knowledge<'_>>,
    answers: &Answers,
    sources: &mut Sources,
) -> Subject {
    let mut out = Subject {
        id: id.to_owned(),
        kind: package.kind,
        name: package.name.clone(),
        version: package.version.clone(),
        source: package.source.clone(),
        place: Place {
            path: package.paths.first().map(Into::into).unwrap_or_default(),
            layer: package.layer.as_ref().map(|l| l.diff_id.to_string().into()),
            instruction: package.instruction.as_deref().map(Into::into),
            ..Place::default()
        },
        found_by: package.found_by.clone(),
        direct: package.direct,
        owned: package.owner.is_some(),
        published: package.published,
        as_of: knowledge.map(|k| k.as_of),
        cool_down: knowledge.and_then(|k| Some(CoolDown { as_of: k.as_of, seconds: k.min_package_age? })),
        answers: Vec::new(),
        claims: Vec::new(),
        unasked: Vec::new(),
    };
    let doubt = |place: &str, reason: &str, remedy: &str| RuleDoubt {
        kind: DoubtKind::Knowledge,
        r#where: place.to_owned(),
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
    };
    let Some(knowledge) = knowledge else {
        out.unasked.push(doubt(
            "packages",
            "no advisory database was asked",
            "name one with `--database FILE`",
        ));
        return out;
    };
    let database = knowledge.database;
    match asked(package, database.info()) {
        Asked::Owned => {}
        Asked::Nobody(place, reason, remedy) => out.unasked.push(doubt(&place, &reason, &remedy)),
        Asked::Questions(questions) => {
            sources.add(&questions);
            for question in questions {
                out.unasked.extend(too_old(knowledge, &question.ecosystem, package));
                let answer = answers.get(&question).cloned();
                match answer.unwrap_or_else(|| ask(database, &question).map(Arc::new)) {
                    Ok(answer) => out.answers.push(answer),
                    // Not a gap of what is published: what was asked was not answered, and the scan is not whole.
                    Err(e) => out.unasked.push(RuleDoubt {
                        kind: DoubtKind::Target,
                        ..doubt("advisory database", &e.to_string(), "fetch or build it again")
                    }),
                }
            }
        }
    }
    out
}
