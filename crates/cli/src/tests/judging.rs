//! `scan` and `assess`: reports, places, gates, settings.

use serde_json::Value;

use crate::tests::fakes::{Closed, Shell};

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_scan_prints_a_table_and_exits_zero_without_gates() {
    let ran = Shell::new().run(&["scan", "app.json"]);
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert!(ran.out.contains("Upgrade left-pad to 1.2.0"), "{}", ran.out);
    assert!(ran.out.contains("Verdict   UNGATED"), "{}", ran.out);
    assert!(!ran.out.contains('\x1b'), "no colour without a terminal");
    assert_eq!(ran.err, "note: app.json came from the cache\n");
}

#[test]
fn the_same_command_writes_the_same_bytes() {
    let shell = Shell::new();
    for format in ["table", "json", "sarif", "html", "markdown", "junit", "gitlab", "cyclonedx", "oscal"] {
        let line = ["assess", "app.json", "--format", format];
        let (one, two) = (shell.run(&line), shell.run(&line));
        assert_eq!((one.exit, &one.out), (two.exit, &two.out), "{format}");
        assert!(!one.out.is_empty());
    }
}

#[test]
fn gates_decide_the_exit_code() {
    let shell = Shell::new();
    assert_eq!(shell.run(&["scan", "a", "--fail-on", "severity>=critical"]).exit, 1);
    assert_eq!(shell.run(&["scan", "broken", "--fail-on", "severity>=critical"]).exit, 1, "1 goes before 3");
    assert_eq!(shell.run(&["scan", "broken"]).exit, 3, "the target could not be read whole");
    let slip = shell.run(&["scan", "a", "--fail-on", "severty>=high"]);
    assert_eq!(slip.exit, 2);
    assert!(slip.err.contains("severty"), "{}", slip.err);
}

#[test]
fn what_makes_no_sense_is_two_and_says_what_to_do() {
    let shell = Shell::new();
    for (line, words) in [
        (vec!["scan"], "required"),
        (vec!["scna", "a"], "scan"),
        (vec!["scan", "a", "--frmat", "json"], "--format"),
        (vec!["scan", "missing"], "there is no such file"),
        (
            vec!["scan", "a", "--format", "xml"],
            "`--format`: `xml` is not a format; choose one of table, json",
        ),
        (vec!["scan", "a", "--format", "json,sarif"], "json and sarif would both go to standard output"),
        (vec!["scan", "a", "--format", "json=x,sarif=x"], "would both go to x"),
        (vec!["scan", "a", "--format", "json=no/such/dir/x"], "its directory does not exist"),
        (vec!["scan", "a", "--format", "json="], "names no file"),
        (vec!["scan", "a", "--as-of", "yesterday"], "`--as-of`: `yesterday` is not a time"),
        (
            vec!["scan", "a", "--max-database-age", "soon"],
            "`soon` is no age: write `12h`, `7d`, `4w` or `any`",
        ),
        (vec!["scan", "a", "--min-package-age", "+7d"], "`+7d` is no age"),
        (vec!["scan", "a", "--color", "purple"], "`purple` is none of auto, always, never"),
        (vec!["scan", "a", "--control", "nonsense"], "`nonsense` is not a control"),
        (
            vec!["scan", "a", "--ignore-file", "nowhere.toml"],
            "`nowhere.toml` cannot be read: there is no such file",
        ),
        (vec!["scan", "a", "--vex", "nowhere.json"], "`nowhere.json` cannot be read"),
        (vec!["scan", "a", "--database", "missing.db"], "there is no database `missing.db`"),
        (vec!["scan", "a", "--config", "nowhere.toml"], "`nowhere.toml` cannot be read"),
        (vec!["scan", "a", "--jobs", "many"], "--jobs"),
        (vec!["scan", "a", "--exclude", "vendor/**"], "`--exclude` is about the images of a whole registry"),
    ] {
        let ran = shell.run(&line);
        assert_eq!(ran.exit, 2, "{line:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{line:?}: {}", ran.err);
        assert!(ran.out.is_empty(), "{line:?}");
    }
}

#[test]
fn several_formats_go_to_several_places_in_one_run() {
    let shell = Shell::new();
    let line = ["scan", "app.json", "--format", "table,json=report.json,html=page.html,sarif=out.sarif"];
    let ran = shell.run(&line);
    assert!(ran.out.contains("What to do"));
    assert_eq!(report(&shell.read("report.json"))["schema"], "plimsoll.report/1");
    assert!(shell.read("page.html").starts_with("<!doctype html>"));
    assert_eq!(report(&shell.read("out.sarif"))["version"], "2.1.0");
}

#[test]
fn a_reader_who_goes_away_is_no_error_and_files_are_written_all_the_same() {
    let shell = Shell::new();
    let mut err = Vec::new();
    let line = ["scan", "a", "-q", "--format", "table,json=report.json", "--fail-on", "severity>=critical"];
    let exit = shell.run_to("", &line, &mut Closed, &mut err);
    assert_eq!((exit, String::from_utf8(err).unwrap()), (1, String::new()));
    assert!(!shell.read("report.json").is_empty());
    let mut err = Vec::new();
    assert_eq!(shell.run_to("", &["rules", "list"], &mut Closed, &mut err), 0);
    assert!(err.is_empty());
    let broken = shell.run_to("", &["sbom", "broken", "-q"], &mut Closed, &mut err);
    assert_eq!(broken, 3, "who reads it changes no answer");
}

#[test]
fn settings_come_from_flag_then_environment_then_file() {
    let mut shell = Shell::new();
    shell.file("plimsoll.toml", "format = [\"json\"]\nas-of = \"2025-02-03\"\nquiet = true\n");
    shell.file("below/deeper/keep", "");
    let ran = shell.run_in("below/deeper", &["scan", "a"]);
    assert_eq!(report(&ran.out)["as_of"], "2025-02-03T00:00:00Z", "{}", ran.err);
    assert!(ran.err.is_empty(), "quiet: {}", ran.err);
    shell.set("PLIMSOLL_AS_OF", "2025-03-04");
    assert_eq!(report(&shell.run(&["scan", "a"]).out)["as_of"], "2025-03-04T00:00:00Z");
    let line = ["scan", "a", "--as-of", "2025-05-06", "--quiet=false"];
    let ran = shell.run(&line);
    assert_eq!(report(&ran.out)["as_of"], "2025-05-06T00:00:00Z");
    assert!(ran.err.starts_with("note: "));
    assert!(
        shell.run(&["scan", "a", "--config", "none"]).out.starts_with("Plimsoll"),
        "no file was asked for"
    );
}

#[test]
fn a_slip_in_the_configuration_is_an_error_with_its_line() {
    let shell = Shell::new();
    shell.file("plimsoll.toml", "quiet = true\nfial-on = [\"kev\"]\n");
    let ran = shell.run(&["scan", "a"]);
    assert_eq!(ran.exit, 2);
    assert_eq!(ran.err, "error: plimsoll.toml:2:1: `fial-on` is no key; did you mean `fail-on`?\n");
    shell.file("plimsoll.toml", "color = \"purple\"");
    let ran = shell.run(&["scan", "a"]);
    assert!(ran.err.contains("plimsoll.toml:1: `color`: `purple` is none of"), "{}", ran.err);
}

#[test]
fn a_file_of_the_project_names_no_program_to_run() {
    let mut shell = Shell::new();
    shell.file("plimsoll.toml", "render = true\nvalues = [\"prod.yaml\"]\n");
    assert_eq!(shell.run(&["scan", "a"]).exit, 0);
    assert_eq!(shell.run(&["scan", "a", "--helm", "helm-4"]).exit, 0);
    shell.file("plimsoll.toml", "render = true\nhelm = \"./anything\"\n");
    let ran = shell.run(&["scan", "a"]);
    assert_eq!(ran.exit, 2);
    assert!(
        ran.err.starts_with("error: plimsoll.toml:2: `helm`: a file names no program to run"),
        "{}",
        ran.err
    );
    shell.set("PLIMSOLL_HELM", "helm-4");
    assert_eq!(shell.run(&["scan", "a"]).exit, 0, "whoever sets the environment may");
    shell.file("plimsoll.toml", "");
    let ran = shell.run(&["scan", "a", "--kustomize", "kubectl"]);
    assert_eq!(ran.err, "error: `--kustomize`: nothing is rendered without `--render`\n");
}

#[test]
fn a_terminal_has_colour_unless_the_user_says_no() {
    let mut shell = Shell::new();
    shell.terminal = true;
    let ran = shell.run(&["scan", "a"]);
    assert!(ran.out.contains("\x1b["));
    assert!(
        ran.out.lines().any(|l| l.starts_with("\x1b[2m─") && l.matches('─').count() == 90),
        "as wide as the terminal"
    );
    assert!(!shell.run(&["scan", "a", "--color", "never"]).out.contains('\x1b'));
    shell.set("NO_COLOR", "1");
    assert!(!shell.run(&["scan", "a"]).out.contains('\x1b'));
    assert!(shell.run(&["scan", "a", "--color", "always"]).out.contains('\x1b'));
    shell.set("LC_ALL", "C");
    assert!(shell.run(&["scan", "a"]).out.is_ascii(), "a locale that cannot show it gets ASCII");
}

#[test]
fn flags_reach_the_sources() {
    let shell = Shell::new();
    let ran = shell.run(&["scan", "a", "--verify", "--format", "json"]);
    assert_eq!(report(&ran.out)["targets"][0]["id"], "sbom:verified-a");
    let ran = shell.run(&["scan", "a", "b", "--format", "json"]);
    assert_eq!(report(&ran.out)["targets"].as_array().unwrap().len(), 2);
}

#[test]
fn another_framework_has_its_own_table_beside_the_nineteen_controls() {
    let shell = Shell::new();
    let table = shell.run(&["assess", "app.json", "--framework", "nist-800-190"]);
    assert!(table.out.contains("NIST SP 800-190"), "{}{}", table.out, table.err);
    assert!(table.out.contains("4.1.1"), "{}", table.out);
    let json = shell.run(&["assess", "app.json", "--framework", "nist-800-190", "--format", "json"]);
    let report = report(&json.out);
    let find = |list: &Value, id: &str| {
        list.as_array().unwrap().iter().find(|c| c["id"] == id).map(|c| c["see"]["outcome"].clone())
    };
    assert_eq!(find(&report["framework"]["controls"], "4.1.1").unwrap(), "fail");
    assert_eq!(find(&report["framework"]["controls"], "4.2.1").unwrap(), "not-implemented");
    assert_eq!(report["controls"].as_array().unwrap().len(), 19);
    let gated = [
        "assess",
        "app.json",
        "--framework",
        "nist-800-190",
        "--fail-on",
        "control-failed",
        "--format",
        "json",
    ];
    let gated = shell.run(&gated);
    assert_eq!(gated.exit, 1);
    assert!(gated.out.contains("\"4.1.1\""), "{}", gated.out);
    for format in ["html", "markdown", "junit"] {
        let ran = shell.run(&["assess", "app.json", "--framework", "pci-dss-4", "--format", format]);
        assert!(ran.out.contains("6.3"), "{format}");
    }
}

#[test]
fn a_framework_that_is_none_is_a_usage_error() {
    let shell = Shell::new();
    let slip = shell.run(&["assess", "app.json", "--framework", "cis"]);
    assert_eq!(slip.exit, 2);
    assert!(slip.err.contains("`cis` is no framework; one of cis-kubernetes"), "{}", slip.err);
    let both = shell.run(&["assess", "app.json", "--framework", "pci-dss-4", "--control", "secrets"]);
    assert_eq!(both.exit, 2);
    assert!(both.err.contains("`--control`"), "{}", both.err);
    let listed = shell.run(&["frameworks", "list"]);
    assert_eq!(listed.exit, 0);
    assert!(listed.out.contains("mitre-attack-containers"), "{}", listed.out);
    let shown = shell.run(&["frameworks", "show", "cis-kubernetes"]);
    assert!(shown.out.contains("5.1.1") && shown.out.contains("no rule of this version"), "{}", shown.out);
}

#[test]
fn a_kind_of_others_that_is_none_is_a_usage_error() {
    let shell = Shell::new();
    let slip = shell.run(&["scan", "app.json", "--workload", "Fleet"]);
    assert_eq!(slip.exit, 2);
    assert!(slip.err.contains("`--workload`: `Fleet` names no kind"), "{}", slip.err);
    assert_eq!(shell.run(&["scan", "app.json", "--workload", "example.org/Fleet=spec.template"]).exit, 0);
}
