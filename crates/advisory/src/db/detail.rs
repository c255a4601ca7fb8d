//! What is known of one vulnerability, and its bytes: a list of fields, each with its kind and its length, so that an
//! older program passes over kinds it does not know.

use model::Timestamp;

use crate::db::codec::{Reader, Writer};

/// All that is known of a vulnerability, whoever says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Detail {
    /// Canonical id: the CVE id where there is one.
    pub id: String,
    /// Every other id, sorted.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: Option<String>,
    /// Scores, best source first.
    pub cvss: Vec<Cvss>,
    /// The severity, and who says it. Advisories of distributions that stand for several vulnerabilities have no
    /// part in it.
    pub severity: Option<Severity>,
    /// EPSS score and percentile.
    pub epss: Option<(f64, f64)>,
    /// Entry of CISA's catalogue.
    pub kev: Option<Kev>,
    /// First publication.
    pub published: Option<Timestamp>,
    /// Last change.
    pub modified: Option<Timestamp>,
    /// Where to read more.
    pub urls: Vec<String>,
}

/// A CVSS score.
#[derive(Debug, Clone, PartialEq)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: String,
    /// Vector.
    pub vector: String,
    /// 0.0–10.0.
    pub score: f64,
    /// Advisory that gives it.
    pub source: String,
}

/// A severity with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severity {
    /// The severity.
    pub severity: model::Severity,
    /// How it is said: `CVSS 3.1 score 7.5`, `rated HIGH`.
    pub how: String,
    /// Advisory that says it.
    pub source: String,
}

/// An entry of CISA's catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kev {
    /// Day it was added.
    pub added: String,
    /// Day by which US agencies must act.
    pub due: Option<String>,
    /// Used by ransomware, if known.
    pub ransomware: bool,
}

const ID: u64 = 1;
const ALIASES: u64 = 2;
const SUMMARY: u64 = 3;
const CVSS: u64 = 4;
const SEVERITY: u64 = 5;
const EPSS: u64 = 6;
const KEV: u64 = 7;
const PUBLISHED: u64 = 8;
const MODIFIED: u64 = 9;
const URLS: u64 = 10;

/// EPSS is kept in billionths, exact for the decimals that FIRST writes.
const BILLION: f64 = 1e9;

impl Detail {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let mut field = |kind: u64, write: &dyn Fn(&mut Writer)| {
            let mut body = Writer::default();
            write(&mut body);
            out.number(kind);
            out.bytes(&body.0);
        };
        field(ID, &|w| w.text(&self.id));
        if !self.aliases.is_empty() {
            field(ALIASES, &|w| w.texts(&self.aliases));
        }
        if let Some(summary) = &self.summary {
            field(SUMMARY, &|w| w.text(summary));
        }
        for cvss in &self.cvss {
            field(CVSS, &|w| {
                w.texts(&[&cvss.version, &cvss.vector, &cvss.source]);
                w.number((cvss.score * 10.0).round() as u64);
            });
        }
        if let Some(severity) = &self.severity {
            field(SEVERITY, &|w| w.texts(&[severity.severity.as_str(), &severity.how, &severity.source]));
        }
        if let Some((score, percentile)) = self.epss {
            field(EPSS, &|w| {
                w.number((score * BILLION).round() as u64);
                w.number((percentile * BILLION).round() as u64);
            });
        }
        if let Some(kev) = &self.kev {
            field(KEV, &|w| {
                w.texts(&[kev.added.as_str(), kev.due.as_deref().unwrap_or("")]);
                w.number(u64::from(kev.ransomware));
            });
        }
        for (kind, time) in [(PUBLISHED, self.published), (MODIFIED, self.modified)] {
            if let Some(time) = time {
                field(kind, &|w| w.signed(time.0));
            }
        }
        if !self.urls.is_empty() {
            field(URLS, &|w| w.texts(&self.urls));
        }
        out.0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let mut out = Self::default();
        while !reader.0.is_empty() {
            let (kind, mut body) = (reader.number()?, Reader(reader.bytes()?));
            out.take(kind, &mut body)?;
        }
        Some(out)
    }

    fn take(&mut self, kind: u64, body: &mut Reader<'_>) -> Option<()> {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        match kind {
            ID => self.id = body.text()?.to_owned(),
            ALIASES => self.aliases = owned(body.texts()?),
            SUMMARY => self.summary = Some(body.text()?.to_owned()),
            CVSS => {
                let [version, vector, source] = <[String; 3]>::try_from(owned(body.texts()?)).ok()?;
                let score = body.number()? as f64 / 10.0;
                self.cvss.push(Cvss { version, vector, score, source });
            }
            SEVERITY => {
                let [severity, how, source] = <[String; 3]>::try_from(owned(body.texts()?)).ok()?;
                self.severity = Some(Severity { severity: severity.parse().ok()?, how, source });
            }
            EPSS => self.epss = Some((body.number()? as f64 / BILLION, body.number()? as f64 / BILLION)),
            KEV => {
                let [added, due] = <[String; 2]>::try_from(owned(body.texts()?)).ok()?;
                let due = (!due.is_empty()).then_some(due);
                self.kev = Some(Kev { added, due, ransomware: body.number()? != 0 });
            }
            PUBLISHED => self.published = Some(Timestamp(body.signed()?)),
            MODIFIED => self.modified = Some(Timestamp(body.signed()?)),
            URLS => self.urls = owned(body.texts()?),
            _ => {}
        }
        Some(())
    }
}
