//! The names of the formats, and what a caller may choose about them.

use std::fmt;
use std::str::FromStr;

/// A report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people at a terminal.
    Table,
    /// `plimsoll.report/1`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// One self-contained page.
    Html,
    /// A summary for merge requests and job pages.
    Markdown,
    /// JUnit XML: gates and findings as test cases.
    Junit,
    /// GitLab's container scanning report where a target is an image, its SAST report where all are manifests, else its
    /// dependency scanning report.
    Gitlab,
    /// GitLab's container scanning report.
    GitlabContainer,
    /// GitLab's dependency scanning report.
    GitlabDependency,
    /// GitLab's report of static analysis (SAST): what stands at a line of a file.
    GitlabSast,
    /// CycloneDX 1.6 with vulnerabilities and what was accepted of them (VEX).
    CycloneDx,
    /// OSCAL 1.1.2 assessment results.
    Oscal,
}

impl Format {
    /// Every format, the default first.
    pub const ALL: [Format; 12] = [
        Self::Table,
        Self::Json,
        Self::Sarif,
        Self::Html,
        Self::Markdown,
        Self::Junit,
        Self::Gitlab,
        Self::GitlabContainer,
        Self::GitlabDependency,
        Self::GitlabSast,
        Self::CycloneDx,
        Self::Oscal,
    ];

    /// The word after `--format`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Gitlab => "gitlab",
            Self::GitlabContainer => "gitlab-container",
            Self::GitlabDependency => "gitlab-dependency",
            Self::GitlabSast => "gitlab-sast",
            Self::CycloneDx => "cyclonedx",
            Self::Oscal => "oscal",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError(pub String);

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = Format::ALL.iter().map(|f| f.as_str()).collect();
        write!(f, "`{}` is not a format; choose one of {}", self.0, words.join(", "))
    }
}

impl std::error::Error for FormatError {}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(s: &str) -> Result<Self, FormatError> {
        Self::ALL.into_iter().find(|f| f.as_str() == s).ok_or_else(|| FormatError(s.to_owned()))
    }
}

/// How a table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableStyle {
    /// Columns of the terminal; held between 60 and 200.
    pub width: usize,
    /// ANSI colours. Everything can be read without them.
    pub colour: bool,
    /// Glyphs beyond ASCII.
    pub unicode: bool,
}

impl Default for TableStyle {
    fn default() -> Self {
        Self { width: 100, colour: false, unicode: true }
    }
}

/// The page of a rule, for formats that carry help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHelp {
    /// Rule id.
    pub id: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub page: String,
    /// What others call it, `polaris:cpuLimitsMissing`; a format that has tags carries them.
    pub tags: Vec<String>,
}

/// What a caller may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options<'r> {
    /// Of the table.
    pub style: TableStyle,
    /// Pages of the rules that ran, for SARIF; may be empty.
    pub rules: &'r [RuleHelp],
}
