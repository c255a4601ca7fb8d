//! Severity, one scale for every domain.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad a finding is. The order is that of the scale: `Unknown < Info < Low < Medium < High < Critical`;
/// a gate treats [`Severity::Unknown`] as a value that nobody knows, never as a low one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody at hand rated it.
    #[default]
    Unknown,
    /// Worth knowing, nothing to do.
    Info,
    /// CVSS 0.1–3.9.
    Low,
    /// CVSS 4.0–6.9.
    Medium,
    /// CVSS 7.0–8.9.
    High,
    /// CVSS 9.0–10.0.
    Critical,
}

impl Severity {
    /// Every severity, worst first.
    pub const WORST_FIRST: [Severity; 6] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info, Self::Unknown];

    /// The qualitative rating of a CVSS score of 0.0–10.0 (CVSS v3.1 section 5, v4.0 section 6).
    #[must_use]
    pub fn from_cvss(score: f64) -> Self {
        match score {
            s if 9.0 <= s => Self::Critical,
            s if 7.0 <= s => Self::High,
            s if 4.0 <= s => Self::Medium,
            s if 0.0 < s => Self::Low,
            0.0 => Self::Info,
            _ => Self::Unknown,
        }
    }

    /// The lower-case word of the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    /// Reads the words of the report and those that advisories use (`MODERATE`, `IMPORTANT`, `NEGLIGIBLE`).
    fn from_str(s: &str) -> Result<Self, String> {
        Ok(match s.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" => Self::Low,
            "info" | "informational" | "none" | "negligible" | "unimportant" => Self::Info,
            "unknown" => Self::Unknown,
            _ => return Err(format!("`{s}` is not a severity: critical, high, medium, low, info, unknown")),
        })
    }
}
