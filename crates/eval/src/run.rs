//! The run loop: every rule over every subject; counts, findings, doubts.

use std::collections::BTreeSet;

use api::{Finding, RuleRow, Status};
use model::{Doubt, DoubtKind, Text};

use crate::rule::{Fault, Rule, RuleDoubt, Subject};

/// What the run loop hands on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// One row a rule, in the order of the rules.
    pub rules: Vec<RuleRow>,
    /// Findings, unsorted.
    pub findings: Vec<Finding>,
    /// Doubts, unsorted; one of a rule that is the same of several subjects stands once, and each subject counts.
    pub doubts: Vec<Doubt>,
}

impl Outcome {
    /// What passed on a target of which a part could not be read is not known to pass: a rule whose control such a
    /// doubt concerns counts those subjects as unknown.
    pub fn doubt_passes(&mut self, doubts: &[Doubt]) {
        let unread =
            |control: &str| doubts.iter().any(|d| d.kind == DoubtKind::Target && d.concerns(control));
        for row in self.rules.iter_mut().filter(|r| r.passed != 0) {
            if unread(&row.control) {
                row.unknown += std::mem::take(&mut row.passed);
            }
        }
    }
}

/// Judges every subject by every rule. Per subject and rule fail beats unknown beats pass.
pub fn run<'a, 's: 'a, S: Subject<View<'s>: 'a>>(
    rules: &[Rule<S>],
    subjects: impl Iterator<Item = &'a S::View<'s>> + Clone,
    target: &str,
) -> Outcome {
    let mut out = Outcome::default();
    let target_text = Text::from(target);
    for rule in rules {
        let names = Names {
            control: rule.control.into(),
            rule: rule.id.into(),
            title: rule.title.into(),
            target: target_text.clone(),
        };
        let mut row =
            RuleRow { id: rule.id.to_owned(), control: rule.control.to_owned(), ..RuleRow::default() };
        // A doubt about an ecosystem is the same at each of its packages, of which there may be hundreds of thousands.
        let mut told: BTreeSet<RuleDoubt> = BTreeSet::new();
        for subject in subjects.clone() {
            let judgement = (rule.judge)(subject);
            if !judgement.applicable {
                row.not_applicable += 1;
                continue;
            }
            row.evaluated += 1;
            match (judgement.faults.is_empty(), judgement.doubts.is_empty()) {
                (false, _) => row.failed += 1,
                (true, false) => row.unknown += 1,
                (true, true) => row.passed += 1,
            }
            out.findings.extend(judgement.faults.into_iter().map(|f| finding(rule, f, &names)));
            for doubt in judgement.doubts {
                if !told.contains(&doubt) {
                    told.insert(doubt.clone());
                    out.doubts.push(of_rule(rule.control, rule.id, target, doubt));
                }
            }
        }
        out.rules.push(row);
    }
    out
}

fn of_rule(control: &str, rule: &str, target: &str, doubt: RuleDoubt) -> Doubt {
    Doubt {
        control: control.to_owned(),
        rule: Some(rule.to_owned()),
        target: target.to_owned(),
        kind: doubt.kind,
        r#where: doubt.r#where,
        reason: doubt.reason,
        remedy: doubt.remedy,
    }
}

/// What every finding of one rule on one target says alike.
struct Names {
    control: Text,
    rule: Text,
    title: Text,
    target: Text,
}

fn finding<S: Subject>(rule: &Rule<S>, mut fault: Fault, names: &Names) -> Finding {
    // A report may hold hundreds of thousands of them: none keeps the room that its texts grew into.
    fault.message.shrink_to_fit();
    fault.because.shrink_to_fit();
    for step in &mut fault.because {
        step.what.shrink_to_fit();
        step.from.shrink_to_fit();
    }
    let vulnerability = fault.vulnerability.as_ref().map_or("", |v| v.id.as_str());
    Finding {
        id: finding_id(&[rule.id, &fault.key, &fault.place.path, vulnerability]),
        control: names.control.clone(),
        rule: names.rule.clone(),
        severity: fault.severity.unwrap_or(rule.severity),
        title: fault.title.map_or_else(|| names.title.clone(), Text::from),
        message: fault.message,
        target: names.target.clone(),
        r#where: fault.place,
        packages: fault.packages,
        vulnerability: fault.vulnerability,
        because: fault.because,
        fix: fault.fix.map(Box::new),
        status: Status::Open,
        suppression: None,
    }
}

/// A finding's id: FNV-1a (64 bit) over the parts, each closed by a zero byte, in hexadecimal.
#[must_use]
pub fn finding_id(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|p| p.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use super::*;
    use crate::rule::Judgement;

    struct Package;

    impl Subject for Package {
        type View<'s> = Self;
    }

    const RULE: Rule<Package> = Rule {
        id: "unknown",
        control: "dependencies",
        title: "Nobody knows",
        severity: Severity::Low,
        doc: "",
        judge: |_| {
            let mut out = Judgement::clean();
            out.doubts.push(RuleDoubt {
                kind: DoubtKind::Knowledge,
                r#where: "npm".to_owned(),
                reason: "covered in part".to_owned(),
                remedy: "cover it whole".to_owned(),
            });
            out
        },
    };

    #[test]
    fn one_doubt_of_many_subjects_stands_once_and_each_of_them_is_unknown() {
        let outcome = run(&[RULE], [Package, Package, Package].iter(), "dir:a");
        assert_eq!((outcome.rules[0].unknown, outcome.doubts.len()), (3, 1));
        assert_eq!(outcome.doubts[0].rule.as_deref(), Some("unknown"));
    }
}
