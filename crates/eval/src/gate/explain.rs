//! Puts a gate's decision into one sentence.

use api::Finding;
use model::Timestamp;

use super::ast::{Flag, Node, Number, Test, Text, Word};
use super::item::{Index, Item, cell, licence_fits, number_of};
use super::truth::Truth;

/// Licences named in one sentence.
const LICENCES_MAX: usize = 3;

/// Why the tree says `wanted` of the item: the values that decide it, in the order of the gate, each once.
pub(super) fn why(index: &Index<'_>, node: &Node, item: Item<'_>, wanted: Truth) -> String {
    let mut reasons = Vec::new();
    collect(index, node, item, wanted, &mut reasons);
    let mut seen = Vec::new();
    for reason in reasons {
        if !seen.contains(&reason) {
            seen.push(reason);
        }
    }
    seen.join(", ")
}

fn collect(index: &Index<'_>, node: &Node, item: Item<'_>, wanted: Truth, out: &mut Vec<String>) {
    match node {
        Node::Not(part) => collect(index, part, item, wanted.not(), out),
        Node::Atom(test) => out.extend(value(index, test, item)),
        Node::And(parts) | Node::Or(parts) => {
            let mut deciding = parts.iter().filter(|p| index.judge(p, item) == wanted);
            // One true part of an `or` decides, and one false part of an `and`.
            let one_is_enough =
                matches!((node, wanted), (Node::Or(_), Truth::True) | (Node::And(_), Truth::False));
            if one_is_enough {
                deciding.next().into_iter().for_each(|p| collect(index, p, item, wanted, out));
            } else {
                deciding.for_each(|p| collect(index, p, item, wanted, out));
            }
        }
    }
}

fn value(index: &Index<'_>, test: &Test, item: Item<'_>) -> Option<String> {
    match item {
        Item::Finding(f) => of_finding(index, test, f),
        Item::Package(p) => Some(match test.word() {
            Word::Text(Text::License) => licences(test, std::iter::once(p)),
            Word::Flag(Flag::Development) => flag("for development alone", Some(p.development)),
            Word::Flag(Flag::Direct) => flag("asked for by the project", p.direct),
            word => word.name().to_owned(),
        }),
        Item::Control(c) => Some(match test {
            Test::Cell(way, _) => {
                let cell = cell(*way, c);
                format!("{} is {}: {}", Word::Way(*way).name(), outcome(cell.outcome), cell.because)
            }
            Test::Flag(Flag::ControlFailed) => {
                format!("see is {}: {}", outcome(c.see.outcome), c.see.because)
            }
            _ => return None,
        }),
        Item::Doubt(_) => None,
    }
}

/// The licences that the test asks for; all of them, as far as there is room, where none fits.
fn licences<'p>(test: &Test, packages: impl Iterator<Item = &'p api::PackageRow>) -> String {
    let all: Vec<&str> = packages.flat_map(|p| p.licenses.iter().map(String::as_str)).collect();
    let fitting: Vec<&str> = all.iter().copied().filter(|l| licence_fits(test, l)).collect();
    let shown = if fitting.is_empty() { &all } else { &fitting };
    if shown.is_empty() {
        return "its licence is not known".to_owned();
    }
    let more = match shown.len().saturating_sub(LICENCES_MAX) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let some: Vec<&str> = shown.iter().take(LICENCES_MAX).copied().collect();
    format!("its licence is {}{more}", some.join(", "))
}

fn outcome(outcome: api::CellOutcome) -> &'static str {
    match outcome {
        api::CellOutcome::Pass => "pass",
        api::CellOutcome::Fail => "fail",
        api::CellOutcome::Unknown => "unknown",
        api::CellOutcome::NotApplicable => "not applicable",
        api::CellOutcome::NotImplemented => "not implemented",
    }
}

fn flag(what: &str, value: Option<bool>) -> String {
    match value {
        Some(true) => what.to_owned(),
        Some(false) => format!("not {what}"),
        None => format!("whether {what} is not known"),
    }
}

fn of_finding(index: &Index<'_>, test: &Test, f: &Finding) -> Option<String> {
    let vulnerability = f.vulnerability.as_deref();
    Some(match test.word() {
        Word::Severity => format!("severity is {}", not_known(f.severity.as_str())),
        Word::Number(number) => {
            let name = match number {
                Number::Epss => "EPSS",
                Number::Percentile => "EPSS percentile",
                Number::Cvss => "CVSS",
            };
            match number_of(number, f) {
                Some(n) => format!("{name} is {n}"),
                None if vulnerability.is_some() => format!("{name} is not known"),
                None => format!("no vulnerability, so no {name}"),
            }
        }
        Word::Age => match vulnerability.map(|v| v.published) {
            Some(Some(published)) => age(index.as_of, published),
            Some(None) => "its publication date is not known".to_owned(),
            None => "no vulnerability, so no age".to_owned(),
        },
        Word::Flag(Flag::Fixable) => match (f.fix.as_deref(), vulnerability.and_then(|v| v.fixed.first())) {
            (Some(api::Fix { version: Some(version), .. }), _) | (None, Some(version)) => {
                format!("fixed in {version}")
            }
            (Some(_), _) => "a fix is at hand".to_owned(),
            (None, None) => "no fix is known".to_owned(),
        },
        Word::Flag(kev @ (Flag::Kev | Flag::Ransomware)) => match vulnerability.map(|v| &v.kev) {
            Some(Some(entry)) if kev == Flag::Kev => format!("known to be exploited since {}", entry.added),
            Some(Some(entry)) if entry.ransomware => "used by ransomware".to_owned(),
            Some(None) if index.judge(&Node::Atom(test.clone()), Item::Finding(f)) == Truth::Unknown => {
                "the database has no catalogue of exploited vulnerabilities".to_owned()
            }
            _ => "not known to be exploited".to_owned(),
        },
        Word::Flag(Flag::Development) => flag("for development alone", Some(index.is_development(f))),
        Word::Flag(flag @ (Flag::Exposed | Flag::Privileged | Flag::Running)) => {
            index.running.why(flag, Word::Flag(flag).name(), f)
        }
        Word::Flag(Flag::Direct) => package_flag(index, f, "asked for by the project", |p| p.direct),
        Word::Flag(Flag::Reached) => package_flag(index, f, "in use at run time", |p| p.reached),
        Word::Flag(Flag::New) => match index.judge(&Node::Atom(test.clone()), Item::Finding(f)) {
            Truth::True => "the earlier report did not have it".to_owned(),
            Truth::Unknown => "the earlier report could not see so far".to_owned(),
            _ => "the earlier report had it".to_owned(),
        },
        Word::Flag(Flag::ControlFailed) => format!("its control {} failed", f.control),
        Word::Flag(Flag::Any | Flag::Unknown) => return None,
        Word::Text(Text::Control) => format!("control is {}", f.control),
        Word::Text(Text::Rule) => format!("rule is {}", f.rule),
        Word::Text(Text::Path) => format!("path is `{}`", f.r#where.path),
        Word::Text(Text::License) => licences(test, index.packages_of(f).flatten()),
        Word::Text(text) => {
            let values: Vec<&str> = index.packages_of(f).flatten().map(|p| package_value(text, p)).collect();
            match (text, values.is_empty()) {
                (Text::Id, _) => format!("id is {}", vulnerability.map_or(f.id.as_str(), |v| v.id.as_str())),
                (Text::Target, _) => format!("target is {}", f.target),
                (_, true) => format!("no {}", Word::Text(text).name()),
                (_, false) => format!("{} is {}", Word::Text(text).name(), values.join(", ")),
            }
        }
        Word::Way(way) => format!("{} of its control", Word::Way(way).name()),
    })
}

fn package_value(text: Text, p: &api::PackageRow) -> &str {
    match text {
        Text::Version => &p.version,
        Text::Purl => &p.purl,
        Text::Type => p.kind.as_str(),
        Text::Source => p.source.as_ref().map_or("none", |s| s.name.as_str()),
        _ => &p.name,
    }
}

fn package_flag(
    index: &Index<'_>,
    f: &Finding,
    what: &str,
    of: impl Fn(&api::PackageRow) -> Option<bool>,
) -> String {
    let values: Vec<Option<bool>> = index.packages_of(f).map(|p| p.and_then(&of)).collect();
    let known = if values.contains(&Some(true)) {
        Some(true)
    } else if values.contains(&None) {
        None
    } else {
        Some(false)
    };
    flag(what, known)
}

fn not_known(severity: &str) -> &str {
    if severity == "unknown" { "not known" } else { severity }
}

fn age(as_of: Timestamp, published: Timestamp) -> String {
    format!("published {} days before {}", as_of.days_since(published), as_of.date())
}

/// A finding in a few words: what and where.
pub(super) fn name(index: &Index<'_>, f: &Finding) -> String {
    let what = f.vulnerability.as_ref().map_or(f.rule.as_str(), |v| v.id.as_str());
    match index.packages_of(f).flatten().next() {
        Some(p) => format!("{what} in {} {}", p.name, p.version),
        None if f.r#where.path.is_empty() => what.to_owned(),
        None => format!("{what} at `{}`", f.r#where.path),
    }
}
