//! Report formats: from one [`api::Report`] to the bytes of a table, JSON, SARIF, HTML, Markdown, JUnit, GitLab,
//! CycloneDX or OSCAL.
//!
//! Every format is a function of the report and of nothing else; where it says what to do it shares [`actions`].

mod actions;
mod cyclonedx;
mod diff;
mod format;
mod gitlab;
mod html;
mod identity;
mod json;
mod junit;
mod markdown;
mod oscal;
mod policy;
mod running;
mod sarif;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod unified;
mod view;

use std::io;

use api::Report;

pub use crate::diff::{DiffFormat, render_diff};
pub use crate::format::{Format, FormatError, Options, RuleHelp, TableStyle};
pub use crate::policy::{PolicyFormat, render_policies};
pub use crate::table::explain;
pub use crate::text::clean;
pub use crate::unified::unified;
pub use json::pretty;

/// The report in `format`, as text. Every format but [`Format::Table`] ignores the style.
#[must_use]
pub fn render(format: Format, report: &Report, style: &TableStyle) -> String {
    let options = Options { style: *style, rules: &[] };
    let mut out = Vec::new();
    // A vector takes every byte, and every format writes UTF-8.
    match write(format, report, &options, &mut out) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(e) => format!("the report could not be written: {e}\n"),
    }
}

/// Writes the report in `format`.
///
/// # Errors
/// Those of `out`.
pub fn write(
    format: Format,
    report: &Report,
    options: &Options<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(table::render(report, &options.style).as_bytes()),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, options.rules, out),
        Format::Html => html::write(report, out),
        Format::Markdown => out.write_all(markdown::render(report).as_bytes()),
        Format::Junit => out.write_all(junit::render(report).as_bytes()),
        Format::Gitlab => gitlab::write(report, gitlab::Kind::of(report), out),
        Format::GitlabContainer => gitlab::write(report, gitlab::Kind::Container, out),
        Format::GitlabSast => gitlab::write(report, gitlab::Kind::Sast, out),
        Format::GitlabDependency => gitlab::write(report, gitlab::Kind::Dependency, out),
        Format::CycloneDx => cyclonedx::write(report, out),
        Format::Oscal => oscal::write(report, out),
    }
}
