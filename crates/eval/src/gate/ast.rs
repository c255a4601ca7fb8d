//! The words of a gate and the tree they form.

use api::CellOutcome;
use model::Severity;

use crate::Glob;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Atom(Test),
}

/// One question about one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Flag(Flag),
    Known(Word),
    Severity(Order, Severity),
    Number(Number, Order, f64),
    /// Seconds.
    Age(Order, i64),
    /// One of these, letter case aside.
    Text(Text, Vec<String>),
    Like(Text, Glob),
    Cell(Way, CellOutcome),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Differs,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Order {
    pub(super) fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Differs => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => right < left,
            Self::AtLeast => right <= left,
        }
    }
}

/// A word that stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Any,
    ControlFailed,
    Development,
    Direct,
    Exposed,
    Fixable,
    Kev,
    New,
    Privileged,
    Ransomware,
    Reached,
    Running,
    Unknown,
}

/// A word with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Epss,
    Percentile,
    Cvss,
}

/// A word with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Control,
    Id,
    License,
    Package,
    Path,
    Purl,
    Rule,
    Source,
    Target,
    Type,
    Version,
}

/// A way in which a control is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    See,
    Fix,
    Hold,
}

/// Any word of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Flag(Flag),
    Severity,
    Number(Number),
    Age,
    Text(Text),
    Way(Way),
}

/// The words, in the order of the alphabet.
pub(super) const WORDS: &[(&str, Word)] = &[
    ("age", Word::Age),
    ("any", Word::Flag(Flag::Any)),
    ("control", Word::Text(Text::Control)),
    ("control-failed", Word::Flag(Flag::ControlFailed)),
    ("cvss", Word::Number(Number::Cvss)),
    ("development", Word::Flag(Flag::Development)),
    ("direct", Word::Flag(Flag::Direct)),
    ("epss", Word::Number(Number::Epss)),
    ("epss-percentile", Word::Number(Number::Percentile)),
    ("exposed", Word::Flag(Flag::Exposed)),
    ("fix", Word::Way(Way::Fix)),
    ("fixable", Word::Flag(Flag::Fixable)),
    ("hold", Word::Way(Way::Hold)),
    ("id", Word::Text(Text::Id)),
    ("kev", Word::Flag(Flag::Kev)),
    ("licence", Word::Text(Text::License)),
    ("license", Word::Text(Text::License)),
    ("new", Word::Flag(Flag::New)),
    ("package", Word::Text(Text::Package)),
    ("path", Word::Text(Text::Path)),
    ("privileged", Word::Flag(Flag::Privileged)),
    ("purl", Word::Text(Text::Purl)),
    ("ransomware", Word::Flag(Flag::Ransomware)),
    ("reached", Word::Flag(Flag::Reached)),
    ("rule", Word::Text(Text::Rule)),
    ("running", Word::Flag(Flag::Running)),
    ("see", Word::Way(Way::See)),
    ("severity", Word::Severity),
    ("source", Word::Text(Text::Source)),
    ("target", Word::Text(Text::Target)),
    ("type", Word::Text(Text::Type)),
    ("unknown", Word::Flag(Flag::Unknown)),
    ("version", Word::Text(Text::Version)),
];

impl Word {
    /// The word of this spelling, letter case aside.
    pub(super) fn named(name: &str) -> Option<Self> {
        WORDS.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, w)| *w)
    }

    /// Its spelling.
    pub(super) fn name(self) -> &'static str {
        // Searched from the end, so that `license` wins over `licence`.
        WORDS.iter().rev().find(|(_, w)| *w == self).map_or("", |(n, _)| n)
    }
}

impl Test {
    /// The word that the test asks about.
    pub(super) fn word(&self) -> Word {
        match self {
            Self::Flag(f) => Word::Flag(*f),
            Self::Known(w) => *w,
            Self::Severity(..) => Word::Severity,
            Self::Number(n, ..) => Word::Number(*n),
            Self::Age(..) => Word::Age,
            Self::Text(t, _) | Self::Like(t, _) => Word::Text(*t),
            Self::Cell(w, _) => Word::Way(*w),
        }
    }
}

impl Node {
    /// Every test, from left to right.
    pub(super) fn tests(&self) -> Vec<&Test> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Node::tests).collect(),
            Self::Not(part) => part.tests(),
            Self::Atom(test) => vec![test],
        }
    }
}
