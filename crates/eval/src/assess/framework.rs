//! A framework as data: domains of controls, what each control asks, and which rules answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use inventory::TargetKind;
use serde::Deserialize;

use crate::suggest::nearest;

/// Bytes of the largest framework that is read.
pub const FRAMEWORK_BYTES_MAX: usize = 1 << 20;

/// A framework.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Id, as in `--framework`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Edition and address of the document it stands for; empty for one of our own.
    #[serde(default)]
    pub source: String,
    /// Domains in the order of the scorecard.
    pub domains: Vec<Domain>,
}

/// A group of controls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Id.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Controls in the order of the scorecard.
    pub controls: Vec<Control>,
}

/// A control.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Id.
    pub id: String,
    /// What it asks, one line.
    pub title: String,
    /// The questions that measure it. One without rules is not measured by this version.
    pub see: Vec<Question>,
    /// How this version tells whether a fix would re-evaluate clean.
    #[serde(default)]
    pub fix: FixProof,
    /// Kinds of evidence of enforcement that this version looks for; none if it looks for none.
    #[serde(default)]
    pub hold: Vec<EvidenceKind>,
    /// Ids of Plimsoll's own controls that its rules belong to; its own id in Plimsoll's own framework.
    #[serde(skip)]
    pub answers: BTreeSet<String>,
    /// Those of them for which such evidence of enforcement is looked for.
    #[serde(skip)]
    pub held: BTreeSet<String>,
}

/// A question of a control.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// Ids of the rules that answer it.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Kinds of targets that it is asked of; empty for all.
    #[serde(default)]
    pub of: Vec<TargetKind>,
}

/// How it is known that a fix would re-evaluate clean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixProof {
    /// It is not.
    #[default]
    None,
    /// Every finding names a version that no advisory at hand affects.
    FixedVersion,
    /// Every finding is gone from manifests that were mended and judged again.
    MendedManifest,
}

/// A kind of evidence that something in the target enforces a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A pipeline step that fails the build.
    PipelineGate,
    /// Labels of namespaces that make the API server refuse pods.
    NamespaceLabel,
}

/// Why a text is no framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameworkError {
    /// Not TOML of this shape; the parser's message, with line and column.
    Shape(String),
    /// An id that occurs twice.
    Twice(String),
    /// A control that asks nothing.
    NoQuestion(String),
    /// Without a single control.
    Empty,
    /// A control of another framework under an id of Plimsoll's own.
    OwnId(String),
    /// A control that names a rule which does not exist: control, rule, and the rule that may be meant.
    NoRule(String, String, Option<String>),
    /// More bytes than [`FRAMEWORK_BYTES_MAX`].
    TooLarge,
}

impl fmt::Display for FrameworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(s) => write!(f, "{}", s.trim_end()),
            Self::Twice(id) => write!(f, "`{id}` occurs twice"),
            Self::NoQuestion(id) => write!(f, "control `{id}` asks no question"),
            Self::Empty => f.write_str("it has no control"),
            Self::OwnId(id) => write!(f, "`{id}` is a control of Plimsoll's own; choose another id"),
            Self::NoRule(control, rule, near) => {
                write!(f, "control `{control}` names rule `{rule}`, which does not exist; ")?;
                match near {
                    Some(near) => write!(f, "did you mean `{near}`?"),
                    None => f.write_str("`plimsoll rules list` has them all"),
                }
            }
            Self::TooLarge => write!(f, "it is larger than {FRAMEWORK_BYTES_MAX} bytes"),
        }
    }
}

impl std::error::Error for FrameworkError {}

impl Framework {
    /// Reads a framework.
    ///
    /// # Errors
    /// [`FrameworkError`].
    pub fn parse(text: &str) -> Result<Self, FrameworkError> {
        let mut framework = Self::read(text)?;
        for control in framework.domains.iter_mut().flat_map(|d| &mut d.controls) {
            control.answers = BTreeSet::from([control.id.clone()]);
            if !control.hold.is_empty() {
                control.held = control.answers.clone();
            }
        }
        let mut rules = BTreeSet::new();
        let named = framework.controls().flat_map(|c| &c.see).flat_map(|q| &q.rules);
        for rule in named {
            if !rules.insert(rule.as_str()) {
                return Err(FrameworkError::Twice(rule.clone()));
            }
        }
        Ok(framework)
    }

    /// Reads a framework of others, whose controls are answered by rules of `own`; a rule may answer several of them.
    ///
    /// # Errors
    /// [`FrameworkError`].
    pub fn parse_other(text: &str, own: &Self) -> Result<Self, FrameworkError> {
        let mut framework = Self::read(text)?;
        if framework.domains.iter().all(|d| d.controls.is_empty()) {
            return Err(FrameworkError::Empty);
        }
        let owners: BTreeMap<&str, &str> = own.rules().map(|(control, rule)| (rule, control)).collect();
        for control in framework.domains.iter_mut().flat_map(|d| &mut d.controls) {
            if own.control_ids().any(|id| id == control.id) {
                return Err(FrameworkError::OwnId(control.id.clone()));
            }
            let mut rules = BTreeSet::new();
            for rule in control.see.iter().flat_map(|q| &q.rules) {
                let Some(owner) = owners.get(rule.as_str()) else {
                    let near = nearest(rule, owners.keys().copied()).map(str::to_owned);
                    return Err(FrameworkError::NoRule(control.id.clone(), rule.clone(), near));
                };
                if !rules.insert(rule) {
                    return Err(FrameworkError::Twice(rule.clone()));
                }
                control.answers.insert((*owner).to_owned());
            }
            let is_held = |c: &&Control| c.hold.iter().any(|kind| control.hold.contains(kind));
            let held = own.controls().filter(is_held).map(|c| c.id.clone());
            control.held = held.filter(|id| control.answers.contains(id)).collect();
        }
        Ok(framework)
    }

    /// What every framework must be.
    fn read(text: &str) -> Result<Self, FrameworkError> {
        if FRAMEWORK_BYTES_MAX < text.len() {
            return Err(FrameworkError::TooLarge);
        }
        let framework: Self = toml::from_str(text).map_err(|e| FrameworkError::Shape(e.to_string()))?;
        let (mut seen, mut domains) = (BTreeSet::new(), BTreeSet::new());
        if let Some(twice) = framework.domains.iter().find(|d| !domains.insert(d.id.as_str())) {
            return Err(FrameworkError::Twice(twice.id.clone()));
        }
        for control in framework.controls() {
            if !seen.insert(control.id.as_str()) {
                return Err(FrameworkError::Twice(control.id.clone()));
            }
            if control.see.is_empty() {
                return Err(FrameworkError::NoQuestion(control.id.clone()));
            }
        }
        Ok(framework)
    }

    /// The framework with these controls alone; with all of them if none is named.
    #[must_use]
    pub fn of(mut self, controls: &[String]) -> Self {
        for domain in &mut self.domains {
            domain.controls.retain(|c| controls.is_empty() || controls.contains(&c.id));
        }
        self.domains.retain(|d| !d.controls.is_empty());
        self
    }

    /// Every control in the order of the scorecard.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.domains.iter().flat_map(|d| &d.controls)
    }

    /// Ids of the controls.
    pub fn control_ids(&self) -> impl Iterator<Item = &str> {
        self.controls().map(|c| c.id.as_str())
    }

    /// Ids of the rules, each with its control.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.controls()
            .flat_map(|c| c.see.iter().flat_map(|q| q.rules.iter().map(|r| (c.id.as_str(), r.as_str()))))
    }

    /// What a test refuses: rules that the framework names under a control that is not theirs or that `known` (pairs
    /// of control and rule id) lacks, and rules of its controls that it does not name. One line each.
    #[must_use]
    pub fn disagreements(&self, known: &[(&str, &str)]) -> Vec<String> {
        let named: BTreeSet<(&str, &str)> = self.rules().collect();
        let known: BTreeSet<(&str, &str)> = known.iter().copied().collect();
        let controls: BTreeSet<&str> = self.control_ids().collect();
        let strangers =
            named.difference(&known).map(|(control, rule)| match known.iter().find(|(_, r)| r == rule) {
                Some((other, _)) => {
                    format!("control `{control}` names rule `{rule}`, which answers `{other}`")
                }
                None => format!("control `{control}` names rule `{rule}`, which does not exist"),
            });
        let forgotten = known
            .difference(&named)
            .filter(|(c, r)| controls.contains(c) && !named.iter().any(|(_, rule)| rule == r));
        strangers
            .chain(forgotten.map(|(c, r)| format!("no question of control `{c}` names its rule `{r}`")))
            .collect()
    }
}
