//! Cells that are earned, and those that are not.

use api::{CellOutcome, ControlRow, Finding, Fix, FixKind, RuleRow, Status};
use inventory::TargetKind;
use model::{Doubt, DoubtKind, Place, Severity};

use super::{
    EvidenceKind, FixEvidence, Framework, FrameworkError, HoldEvidence, Measured, MendEvidence, PLIMSOLL,
    Scorecard, assess,
};

use CellOutcome::{Fail, NotApplicable, NotImplemented, Pass, Unknown};

const SMALL: &str = r#"
name = "small"
title = "Small"

[[domains]]
id = "d"
title = "D"

[[domains.controls]]
id = "image-scanning"
title = "Scanned"
fix = "fixed-version"
hold = ["pipeline-gate"]
see = [{ ask = "Vulnerable?", rules = ["vulnerable"] }]

[[domains.controls]]
id = "image-hardening"
title = "Hardened"
see = [
    { ask = "Rights?", rules = ["root", "setuid"] },
    { ask = "Tools?", rules = ["shell"] },
    { ask = "Manifest?", rules = ["manifest"], of = ["dir"] },
]

[[domains.controls]]
id = "signing"
title = "Signed"
see = [{ ask = "Signed?" }]
"#;

#[derive(Default)]
struct Run {
    rules: Vec<RuleRow>,
    findings: Vec<Finding>,
    doubts: Vec<Doubt>,
    fixes: Vec<FixEvidence>,
    mends: Vec<MendEvidence>,
    hold: Vec<HoldEvidence>,
    targets: Vec<TargetKind>,
}

impl Run {
    fn of(kind: TargetKind) -> Self {
        Self { targets: vec![kind], ..Self::default() }
    }

    fn rule(mut self, id: &str, passed: u64, failed: u64, unknown: u64) -> Self {
        let evaluated = passed + failed + unknown;
        let (id, control) = (id.to_owned(), String::new());
        self.rules.push(RuleRow { id, control, evaluated, passed, failed, unknown, not_applicable: 0 });
        self
    }

    fn finding(mut self, rule: &str, severity: Severity, version: Option<&str>, status: Status) -> Self {
        let fix = version.map(|v| Fix {
            kind: FixKind::Upgrade,
            command: None,
            patch: None,
            version: Some(v.to_owned()),
        });
        self.findings.push(Finding {
            id: format!("{rule}-{}", self.findings.len()),
            control: "".into(),
            rule: rule.into(),
            severity,
            title: "".into(),
            message: String::new(),
            target: "".into(),
            r#where: Place::default(),
            packages: vec!["p".to_owned()],
            vulnerability: None,
            because: Vec::new(),
            fix: fix.map(Box::new),
            status,
            suppression: None,
        });
        self
    }

    fn doubt(mut self, control: &str) -> Self {
        self.doubts.push(Doubt {
            control: control.to_owned(),
            rule: None,
            target: "t".to_owned(),
            kind: DoubtKind::Knowledge,
            r#where: "app/x".to_owned(),
            reason: "nobody can order `1.x`".to_owned(),
            remedy: "write a version".to_owned(),
        });
        self
    }

    fn fixed(mut self, outcome: CellOutcome) -> Self {
        self.fixes.push(FixEvidence {
            control: "image-scanning".to_owned(),
            target: String::new(),
            package: "p".to_owned(),
            outcome,
            because: format!("{outcome:?}"),
        });
        self
    }

    fn mended(mut self, finding: &str, outcome: CellOutcome, because: &str) -> Self {
        let (target, finding) = (String::new(), finding.to_owned());
        self.mends.push(MendEvidence { target, finding, outcome, because: because.to_owned() });
        self
    }

    fn hold(mut self, control: &str, outcome: CellOutcome) -> Self {
        self.hold.push(HoldEvidence {
            control: control.to_owned(),
            kind: EvidenceKind::PipelineGate,
            outcome,
            because: format!("{outcome:?}"),
        });
        self
    }

    fn card(&self) -> Scorecard {
        self.card_of(&Framework::parse(SMALL).unwrap())
    }

    fn card_of(&self, framework: &Framework) -> Scorecard {
        let measured = Measured {
            rules: &self.rules,
            findings: &self.findings,
            doubts: &self.doubts,
            fixes: &self.fixes,
            mends: &self.mends,
            hold: &self.hold,
            targets: &self.targets,
        };
        assess(framework, &measured)
    }

    fn control(&self, id: &str) -> ControlRow {
        self.card().controls.into_iter().find(|c| c.id == id).unwrap()
    }

    fn see(&self, id: &str) -> CellOutcome {
        self.control(id).see.outcome
    }
}

#[test]
fn a_control_passes_only_if_every_question_was_answered_about_something() {
    let half = Run::of(TargetKind::Oci).rule("root", 1, 0, 0).rule("setuid", 1, 0, 0);
    let control = half.control("image-hardening");
    assert_eq!((control.see.outcome, control.fix.outcome), (Unknown, NotImplemented));
    assert!(control.see.because.contains("Tools?"), "{}", control.see.because);
    let whole = half.rule("shell", 1, 0, 0);
    assert_eq!(whole.see("image-hardening"), Pass);
}

#[test]
fn a_question_of_another_kind_of_target_is_not_asked() {
    let run = |kind| Run::of(kind).rule("root", 1, 0, 0).rule("shell", 1, 0, 0);
    assert_eq!(run(TargetKind::Oci).see("image-hardening"), Pass);
    assert_eq!(run(TargetKind::Dir).see("image-hardening"), Unknown);
}

#[test]
fn without_a_subject_a_control_is_not_applicable_and_without_a_rule_not_implemented() {
    let run = Run::of(TargetKind::Oci).rule("vulnerable", 0, 0, 0);
    assert_eq!(run.see("image-scanning"), NotApplicable);
    let control = run.control("signing");
    assert_eq!((control.see.outcome, control.fix.outcome), (NotImplemented, NotImplemented));
    assert_eq!(control.hold.outcome, NotImplemented);
}

#[test]
fn fail_beats_unknown_beats_pass() {
    let run = Run::of(TargetKind::Oci).rule("vulnerable", 4, 0, 0);
    assert_eq!(run.see("image-scanning"), Pass);
    let doubted = run.doubt("image-scanning");
    let cell = doubted.control("image-scanning").see;
    assert_eq!(cell.outcome, Unknown);
    assert_eq!(cell.because, "app/x: nobody can order `1.x`; to know it, write a version");
    let failed =
        doubted.rule("vulnerable", 0, 1, 0).finding("vulnerable", Severity::High, None, Status::Open);
    let cell = failed.control("image-scanning").see;
    assert_eq!((cell.outcome, cell.findings), (Fail, vec!["vulnerable-0".to_owned()]));
    assert_eq!(Run::of(TargetKind::Oci).rule("vulnerable", 3, 0, 1).see("image-scanning"), Unknown);
}

#[test]
fn a_doubt_of_another_control_changes_nothing_and_one_of_all_does() {
    let run = || Run::of(TargetKind::Oci).rule("vulnerable", 4, 0, 0);
    assert_eq!(run().doubt("secrets").see("image-scanning"), Pass);
    assert_eq!(run().doubt("").see("image-scanning"), Unknown);
}

#[test]
fn suppressed_findings_do_not_fail_a_control_and_are_counted() {
    let run = Run::of(TargetKind::Oci).rule("vulnerable", 1, 1, 0);
    assert_eq!(run.see("image-scanning"), Fail);
    let covered = run.finding("vulnerable", Severity::High, None, Status::Suppressed);
    let cell = covered.control("image-scanning").see;
    assert_eq!(cell.outcome, Pass);
    assert!(cell.because.contains("1 findings suppressed"), "{}", cell.because);
}

#[test]
fn the_worst_ten_findings_are_named_worst_first() {
    let mut run = Run::of(TargetKind::Oci).rule("vulnerable", 0, 12, 0);
    for n in 0..12 {
        let severity = if n == 11 { Severity::Critical } else { Severity::Low };
        run = run.finding("vulnerable", severity, None, Status::Open);
    }
    let cell = run.control("image-scanning").see;
    assert_eq!((cell.findings.len(), cell.findings[0].as_str()), (10, "vulnerable-11"));
    assert_eq!(cell.because, "12 open findings: 1 critical, 11 low");
}

#[test]
fn a_fix_passes_only_if_every_finding_has_a_version() {
    let run = Run::of(TargetKind::Oci).rule("vulnerable", 0, 2, 0);
    let one = run.finding("vulnerable", Severity::High, Some("1.2"), Status::Open).fixed(Pass);
    assert_eq!(one.control("image-scanning").fix.outcome, Pass);
    let cell = one.finding("vulnerable", Severity::Low, None, Status::Open).control("image-scanning").fix;
    assert_eq!((cell.outcome, cell.findings), (Fail, vec!["vulnerable-1".to_owned()]));
    let hardening =
        Run::of(TargetKind::Oci).rule("root", 0, 1, 0).finding("root", Severity::Low, None, Status::Open);
    assert_eq!(hardening.control("image-hardening").fix.outcome, NotImplemented);
}

#[test]
fn a_fixed_version_counts_only_once_it_was_judged_itself() {
    let run = || {
        let failed = Run::of(TargetKind::Oci).rule("vulnerable", 0, 1, 0);
        failed.finding("vulnerable", Severity::High, Some("1.2"), Status::Open)
    };
    let fix = |run: Run| run.control("image-scanning").fix.outcome;
    assert_eq!(fix(run()), Unknown, "nobody judged it");
    assert_eq!(fix(run().fixed(Pass)), Pass);
    assert_eq!(fix(run().fixed(Unknown).fixed(Pass)), Unknown);
    assert_eq!(fix(run().fixed(Pass).fixed(Unknown).fixed(Fail)), Fail);
    assert_eq!(fix(run().fixed(Pass).doubt("image-scanning")), Unknown, "what was not seen may need a fix");
    assert_eq!(run().fixed(Fail).control("image-scanning").fix.findings, ["vulnerable-0"]);
}

#[test]
fn where_nothing_could_be_judged_nothing_is_said_of_a_fix() {
    let run = Run::of(TargetKind::Oci).doubt("");
    assert_eq!(run.control("image-scanning").fix.outcome, Unknown);
    assert_eq!(run.see("image-hardening"), Unknown);
    assert_eq!(run.see("signing"), NotImplemented, "no rule asks, so no doubt hides an answer");
}

#[test]
fn hold_needs_evidence_in_the_target() {
    let hold = |run: Run| run.control("image-scanning").hold.outcome;
    assert_eq!(hold(Run::of(TargetKind::Oci)), NotApplicable);
    assert_eq!(hold(Run::of(TargetKind::Dir)), Fail);
    assert_eq!(hold(Run::of(TargetKind::Dir).hold("image-scanning", Pass)), Pass);
    assert_eq!(
        hold(Run::of(TargetKind::Dir).hold("image-scanning", Fail).hold("image-scanning", Pass)),
        Pass
    );
    assert_eq!(hold(Run::of(TargetKind::Dir).hold("image-scanning", Unknown)), Unknown);
    assert_eq!(hold(Run::of(TargetKind::Dir).hold("dependencies", Pass)), Fail);
}

#[test]
fn the_score_counts_judged_cells_only_and_says_how() {
    let run = Run::of(TargetKind::Dir).rule("vulnerable", 1, 0, 0);
    let score = run.card().score;
    assert_eq!((score.value, score.of), (1, 2));
    assert!(
        score.arithmetic.starts_with("1 pass of 2 judged (1 pass + 1 fail + 0 unknown)"),
        "{}",
        score.arithmetic
    );
    assert!(score.arithmetic.ends_with("9 cells in all"), "{}", score.arithmetic);
}

#[test]
fn the_built_in_framework_has_eight_domains_and_nineteen_controls() {
    let framework = Framework::parse(PLIMSOLL).unwrap();
    assert_eq!((framework.domains.len(), framework.controls().count()), (8, 19));
}

#[test]
fn a_framework_that_names_unknown_rules_or_forgets_some_is_refused() {
    let framework = Framework::parse(SMALL).unwrap();
    let mut known: Vec<(&str, &str)> = framework.rules().collect();
    assert!(framework.disagreements(&known).is_empty());
    known.retain(|(_, rule)| *rule != "root" && *rule != "shell");
    known.push(("image-scanning", "shell"));
    known.push(("image-scanning", "new"));
    let wrong = framework.disagreements(&known);
    assert_eq!(
        wrong,
        [
            "control `image-hardening` names rule `root`, which does not exist",
            "control `image-hardening` names rule `shell`, which answers `image-scanning`",
            "no question of control `image-scanning` names its rule `new`",
        ]
    );
}

#[test]
fn a_framework_with_a_slip_is_refused_with_its_line() {
    let error = |text: &str| Framework::parse(text).unwrap_err();
    let slip = error(&SMALL.replace("title = \"Signed\"", "titel = \"Signed\"")).to_string();
    assert!(slip.contains("line 27"), "{slip}");
    assert_eq!(error(&SMALL.replace("\"setuid\"", "\"root\"")), FrameworkError::Twice("root".to_owned()));
    assert_eq!(
        error(&SMALL.replace("\"signing\"", "\"image-scanning\"")),
        FrameworkError::Twice("image-scanning".to_owned())
    );
    assert_eq!(
        error(&SMALL.replace("[{ ask = \"Signed?\" }]", "[]")),
        FrameworkError::NoQuestion("signing".to_owned())
    );
}

const OTHER: &str = r#"
name = "other"
title = "Other"
[[domains]]
id = "d"
title = "D"
[[domains.controls]]
id = "1.1"
title = "One"
hold = ["pipeline-gate"]
see = [{ ask = "Root?", rules = ["root", "vulnerable"] }]
[[domains.controls]]
id = "1.2"
title = "Two"
see = [{ ask = "Root again?", rules = ["root"] }]
[[domains.controls]]
id = "1.3"
title = "Three"
see = [{ ask = "By hand?" }]
"#;

impl Run {
    fn other(&self, id: &str) -> ControlRow {
        let own = Framework::parse(SMALL).unwrap();
        let other = Framework::parse_other(OTHER, &own).unwrap();
        let measured = Measured {
            rules: &self.rules,
            findings: &self.findings,
            doubts: &self.doubts,
            fixes: &self.fixes,
            mends: &self.mends,
            hold: &self.hold,
            targets: &self.targets,
        };
        assess(&other, &measured).controls.into_iter().find(|c| c.id == id).unwrap()
    }
}

#[test]
fn a_control_of_another_framework_is_earned_by_the_rules_that_it_names_and_no_others() {
    let run = || Run::of(TargetKind::Oci).rule("root", 1, 0, 0).rule("setuid", 0, 1, 0);
    assert_eq!(run().other("1.2").see.outcome, Pass, "a failing rule that it does not name is not its own");
    assert_eq!(run().other("1.3").see.outcome, NotImplemented);
    let failed = run().rule("root", 0, 1, 0).finding("root", Severity::Low, None, Status::Open);
    assert_eq!(failed.other("1.2").see.outcome, Fail);
    assert_eq!(failed.other("1.1").see.outcome, Fail, "a rule may answer several controls");
    assert_eq!(
        run().doubt("image-hardening").other("1.2").see.outcome,
        Unknown,
        "a doubt of its rule's control"
    );
    assert_eq!(run().doubt("").other("1.2").see.outcome, Unknown, "a doubt of all");
    assert_eq!(run().doubt("secrets").other("1.2").see.outcome, Pass);
}

#[test]
fn what_other_scanners_found_is_no_pass_of_another_framework() {
    let mut run = Run::of(TargetKind::Oci).rule("root", 1, 0, 0);
    run = run.finding("imported-misconfiguration", Severity::High, None, Status::Open);
    run.findings[0].control = "image-hardening".into();
    assert_eq!(run.other("1.2").see.outcome, Unknown);
}

#[test]
fn another_framework_is_held_only_where_each_of_our_controls_is() {
    let run = || Run::of(TargetKind::Dir).rule("root", 1, 0, 0).rule("vulnerable", 1, 0, 0);
    assert_eq!(run().other("1.1").hold.outcome, Fail, "no evidence");
    assert_eq!(run().hold("image-scanning", Pass).other("1.1").hold.outcome, Pass);
    assert_eq!(run().hold("image-scanning", Unknown).other("1.1").hold.outcome, Unknown);
    assert_eq!(run().hold("image-scanning", Pass).other("1.2").hold.outcome, NotImplemented);
}

#[test]
fn another_framework_that_is_none_says_what_is_wrong() {
    let own = Framework::parse(SMALL).unwrap();
    let error = |text: &str| Framework::parse_other(text, &own).unwrap_err().to_string();
    assert_eq!(error(&OTHER.replace("1.2", "1.1")), "`1.1` occurs twice");
    assert_eq!(error(&OTHER.replace("\"vulnerable\"", "\"root\"")), "`root` occurs twice");
    let slip = error(&OTHER.replace("\"vulnerable\"", "\"vulnerble\""));
    assert_eq!(
        slip,
        "control `1.1` names rule `vulnerble`, which does not exist; did you mean `vulnerable`?"
    );
    assert!(error(&OTHER.replace("1.2", "image-scanning")).contains("of Plimsoll's own"));
    assert!(error(&OTHER.replace("title = \"Two\"", "titel = \"Two\"")).contains("titel"));
    assert_eq!(error("name = \"x\"\ntitle = \"X\"\ndomains = []\n"), "it has no control");
    let large = format!("{OTHER}# {}", "x".repeat(super::FRAMEWORK_BYTES_MAX));
    assert!(error(&large).contains("larger than"));
}

#[test]
fn the_frameworks_in_the_program_are_whole() {
    let own = Framework::parse(PLIMSOLL).unwrap();
    for (name, text) in super::OTHERS {
        let framework = Framework::parse_other(text, &own).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(framework.name, name);
        assert!(!framework.source.is_empty(), "{name} says where its numbers are from");
        let answered = framework.controls().filter(|c| !c.answers.is_empty()).count();
        assert!(0 < answered, "{name}");
    }
}

#[test]
fn who_may_do_everything_may_do_each_single_thing() {
    let own = Framework::parse(PLIMSOLL).unwrap();
    let single = ["rbac-creates-workloads", "rbac-escalates", "rbac-node-proxy", "rbac-reads-secrets"];
    for (name, text) in super::OTHERS {
        let framework = Framework::parse_other(text, &own).unwrap();
        for question in framework.controls().flat_map(|c| &c.see) {
            let asks = |rule: &str| question.rules.iter().any(|r| r == rule);
            let all = ["rbac-cluster-admin-bound", "rbac-grants-everything", "rbac-wildcard"].map(asks);
            assert!(!single.into_iter().any(asks) || all == [true; 3], "{name}: {}", question.ask);
        }
    }
}

const MENDED: &str = r#"
name = "mended"
title = "Mended"

[[domains]]
id = "a"
title = "A"
[[domains.controls]]
id = "resources"
title = "Resources"
fix = "mended-manifest"
see = [{ ask = "Limits?", rules = ["limit"] }]
"#;

#[test]
fn a_mended_manifest_earns_its_cell_only_if_every_finding_is_gone_from_it() {
    let run = || {
        Run::of(TargetKind::Manifests)
            .rule("limit", 0, 2, 0)
            .finding("limit", Severity::Low, None, Status::Open)
            .finding("limit", Severity::Low, None, Status::Open)
            .mended("limit-0", CellOutcome::Pass, "`plimsoll fix`")
    };
    let fix = |run: Run| {
        let framework = Framework::parse(MENDED).unwrap();
        let cell = run.card_of(&framework).controls.remove(0).fix;
        (cell.outcome, cell.because)
    };
    let (outcome, because) = fix(run());
    assert_eq!(
        (outcome, because.contains("1 of 2 stand in no file")),
        (CellOutcome::Unknown, true),
        "{because}"
    );
    let (outcome, because) = fix(run().mended("limit-1", CellOutcome::Fail, "a person decides"));
    assert_eq!((outcome, because.as_str()), (CellOutcome::Fail, "1 of 2 stay open: a person decides"));
    let (outcome, _) = fix(run().mended("limit-1", CellOutcome::Unknown, "too large"));
    assert_eq!(outcome, CellOutcome::Unknown);
    let (outcome, because) = fix(run().mended("limit-1", CellOutcome::Pass, "`plimsoll fix`"));
    assert_eq!(outcome, CellOutcome::Pass, "{because}");
    assert!(because.starts_with("`plimsoll fix` closes all 2"), "{because}");
    let (outcome, _) = fix(run().mended("limit-1", CellOutcome::Pass, "`plimsoll fix`").doubt("resources"));
    assert_eq!(outcome, CellOutcome::Unknown);
}
