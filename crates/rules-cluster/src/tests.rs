//! Runs the cases of every rule: `src/rules/NAME/cases.md`, prose with a manifest (a block of `yaml`, the file
//! `shop.yaml`) and what is expected (a block of `expect`): `pass`, `not applicable`, `unknown: PLACE: WORDS`, or one line
//! a fault: severity, line, words of the message.

mod change;

use std::collections::BTreeSet;
use std::path::Path;

use eval::{Judgement, Rule};
use manifest::Object;
use testkit::cases::{Case, fits};

use crate::{Objects, RULES, Subject, Surroundings};

/// Rules whose fault is one of another rule as well, by what it is.
const ALSO: [(&str, &str); 2] =
    [("container-runtime-socket", "pod-host-path"), ("rbac-grants-everything", "rbac-wildcard")];

fn cases(rule: &Rule<Objects>) -> Vec<Case> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let file = rules.join(rule.id.replace('-', "_")).join("cases.md");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    testkit::cases::cases(&text, &["yaml", "expect"]).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn objects(yaml: &str) -> Vec<Object> {
    let mut objects = Vec::new();
    let summary = manifest::read(yaml.as_bytes(), &mut |object| objects.push(object));
    assert_eq!(summary.flaws, [], "{yaml}");
    objects
}

fn around(objects: &[Object]) -> Surroundings {
    let mut around = Surroundings::default();
    objects.iter().for_each(|object| around.see(object));
    around
}

fn subjects<'o>(objects: &'o [Object], around: &'o Surroundings) -> Vec<Subject<'o>> {
    objects.iter().map(|object| Subject::of("shop.yaml", object, around)).collect()
}

fn answer(rule: &Rule<Objects>, judgement: &Judgement) -> Vec<String> {
    if !judgement.applicable {
        return vec!["not applicable".to_owned()];
    }
    let faults = judgement.faults.iter().map(|f| {
        let severity = f.severity.unwrap_or(rule.severity);
        format!("{severity} {}: {}", f.place.line.unwrap_or(0), f.message)
    });
    let doubts = judgement.doubts.iter().map(|d| format!("unknown: {}: {}", d.r#where, d.reason));
    let all: Vec<String> = faults.chain(doubts).collect();
    if all.is_empty() { vec!["pass".to_owned()] } else { all }
}

#[test]
fn every_case_of_every_rule_is_answered_as_its_page_says() {
    let mut wrong = Vec::new();
    for rule in RULES {
        for case in cases(rule) {
            let objects = objects(&case.texts("yaml").concat());
            let around = around(&objects);
            let answers: Vec<String> =
                subjects(&objects, &around).iter().flat_map(|s| answer(rule, &(rule.judge)(s))).collect();
            let expected = case.lines("expect");
            let same =
                answers.len() == expected.len() && answers.iter().zip(&expected).all(|(a, e)| fits(a, e));
            if !same {
                wrong.push(format!("{}: {}: {:?}, got {answers:?}", rule.id, case.title, expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_first_case_of_a_rule_flips_this_rule_alone() {
    for rule in RULES {
        let case = &cases(rule)[0];
        let objects = objects(&case.texts("yaml").concat());
        let around = around(&objects);
        let subjects = subjects(&objects, &around);
        let flipped: Vec<&str> = RULES
            .iter()
            .filter(|r| subjects.iter().any(|s| !(r.judge)(s).faults.is_empty()))
            .map(|r| r.id)
            .filter(|id| !ALSO.contains(&(rule.id, id)))
            .collect();
        assert_eq!(flipped, [rule.id], "{}", case.title);
    }
}

#[test]
fn the_first_case_of_a_rule_is_one_change_away_from_one_that_no_rule_finds_fault_with() {
    let mut far = Vec::new();
    for rule in RULES {
        let all: Vec<Vec<Object>> = cases(rule).iter().map(|c| objects(&c.texts("yaml").concat())).collect();
        let (bad, others) = all.split_first().unwrap();
        let good = others.iter().filter(|objects| is_good(rule, objects));
        let nearest = good.map(|good| change::between(bad, good)).min();
        if nearest != Some(1) {
            far.push(format!("{}: {nearest:?}", rule.id));
        }
    }
    assert!(far.is_empty(), "changes to the nearest good case: {}", far.join(", "));
}

/// Whether the rule passes what it judges, all of it, and no other rule finds a fault.
fn is_good(rule: &Rule<Objects>, objects: &[Object]) -> bool {
    let around = around(objects);
    let subjects = subjects(objects, &around);
    let own: Vec<Judgement> = subjects.iter().map(|s| (rule.judge)(s)).filter(|j| j.applicable).collect();
    let faultless = |r: &Rule<Objects>| subjects.iter().all(|s| (r.judge)(s).faults.is_empty());
    !own.is_empty() && own.iter().all(|j| j.doubts.is_empty()) && RULES.iter().all(faultless)
}

#[test]
fn every_rule_has_a_page_and_every_check_a_rule() {
    let mut checks = BTreeSet::new();
    for rule in RULES {
        let page = rule.page();
        for heading in ["**Why.**", "**What is looked at.**", "**Fix.**"] {
            assert!(page.contains(heading), "{}: {heading}", rule.id);
        }
        checks.extend(
            crate::pod_security::all().filter(|c| page.contains(&format!("check `{}`", c.id))).map(|c| c.id),
        );
    }
    // The baseline's check of `/proc` is the weaker half of the restricted one.
    let wanted = crate::pod_security::all().map(|c| c.id).filter(|id| *id != "procMount");
    assert_eq!(checks, wanted.collect());
}

#[test]
fn kinds_of_others_are_judged_where_they_keep_their_template_as_kubernetes_does() {
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec:\n  template:\n    \
                   spec:\n      containers:\n        - {name: a, image: a, securityContext: {privileged: true}}\n";
    let judged = |text: &str| {
        let objects = objects(text);
        let around = around(&objects);
        let all = subjects(&objects, &around);
        let rule = RULES.iter().find(|r| r.id == "pod-privileged").unwrap();
        let faults = all.iter().map(|s| (rule.judge)(s).faults.len()).sum::<usize>();
        (faults, all.iter().find_map(|s| crate::workload::hidden_pod(s.object, &[])))
    };
    assert_eq!(judged(rollout), (1, None));
    let scaled = rollout.replace("Rollout", "ScaledJob").replace("  template:", "  jobTargetRef:");
    assert_eq!(judged(&scaled), (0, Some("spec.jobTargetRef.spec".to_owned())), "{scaled}");
    let other = "apiVersion: example.com/v1\nkind: Shop\nspec: {containers: [a, b]}\n";
    assert_eq!(judged(other), (0, None), "words are no containers");
}
