//! Thousands of findings: every format stays within its own bounds, and tables say what they leave out.

use api::Report;

use crate::tests::sample;
use crate::{Format, TableStyle};

/// The sample's findings, over and over, each with an id of its own.
fn many(n: usize) -> Report {
    let mut report = sample::scan();
    let pattern = report.findings.clone();
    report.findings = (0..n)
        .filter_map(|i| {
            let mut finding = pattern.get(i % pattern.len())?.clone();
            finding.id = format!("{i:016x}");
            Some(finding)
        })
        .collect();
    report
}

#[test]
fn a_table_of_ten_thousand_findings_is_short_and_counts_what_it_leaves_out() {
    let report = many(10_000);
    let table = crate::render(Format::Table, &report, &TableStyle::default());
    assert!(table.lines().count() < 250, "{} lines", table.lines().count());
    assert!(table.contains("fixes 2 vulnerabilities: 1 critical, 1 high"), "{table}");
    assert!(table.contains("    … 4662 more\n"), "{table}");
    let narrow = TableStyle { width: 60, ..TableStyle::default() };
    for line in crate::render(Format::Table, &report, &narrow).lines() {
        assert!(crate::text::width(line) <= 60, "too wide: {line}");
    }
}

#[test]
fn documents_for_machines_leave_nothing_out() {
    let report = many(8_000);
    for format in [Format::Json, Format::Sarif, Format::Html] {
        let text = crate::render(format, &report, &TableStyle::default());
        let words: std::collections::BTreeSet<&str> = text.split(['"', ':']).collect();
        assert!(
            report.findings.iter().all(|f| words.contains(f.id.as_str())),
            "{format} leaves findings out"
        );
    }
    let markdown = crate::render(Format::Markdown, &report, &TableStyle::default());
    assert!(markdown.len() < 65_536, "a comment of a forge holds no more: {}", markdown.len());
}
