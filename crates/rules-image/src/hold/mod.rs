//! Evidence that a project's pipeline enforces a control: a step that fails the build on what a scanner finds.
//!
//! A scanner that is called is no evidence; one whose answer ends the build is. So a call is read as the shell and the
//! pipeline would: its own options, what follows it (`|| true`), and the settings of its step and job
//! (`continue-on-error`, `allow_failure`). What does not enforce is evidence as well, of a gate that holds nothing.

mod lines;
mod tools;

use api::CellOutcome;
use eval::assess::HoldEvidence;

use lines::{Language, Line, lines, settings};

/// Bytes of the largest pipeline file that is read.
pub const PIPELINE_BYTES_MAX: u64 = 1 << 20;

/// Controls that a pipeline gate can enforce.
const CONTROLS: [&str; 2] = ["image-scanning", "dependencies"];

/// Whether a path (relative to the project's root) is a pipeline file that [`evidence`] reads.
#[must_use]
pub fn is_pipeline(path: &str) -> bool {
    const FILES: [&str; 14] = [
        ".gitlab-ci.yml",
        ".gitlab-ci.yaml",
        ".travis.yml",
        ".drone.yml",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        ".circleci/config.yml",
        ".buildkite/pipeline.yml",
        "azure-pipelines.yml",
        "azure-pipelines.yaml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "Jenkinsfile",
    ];
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    let within = |dir: &str| yaml && path.strip_prefix(dir).is_some_and(|rest| !rest.contains('/'));
    let jenkins = path.rsplit('/').next().is_some_and(|f| f.starts_with("Jenkinsfile"));
    FILES.contains(&path)
        || jenkins
        || within(".github/workflows/")
        || (yaml && path.starts_with(".gitlab/ci/"))
}

/// What the pipeline files enforce and what they only look at, in the order of files and lines; empty if no scanner is
/// called.
#[must_use]
pub fn evidence(files: &[(String, Vec<u8>)]) -> Vec<HoldEvidence> {
    files.iter().flat_map(|(path, bytes)| of_file(path, bytes)).collect()
}

fn of_file(path: &str, bytes: &[u8]) -> Vec<HoldEvidence> {
    let unreadable = |why: &str| {
        let because = format!("`{path}` could not be read: {why}");
        CONTROLS.map(|c| one(c, CellOutcome::Unknown, because.clone())).to_vec()
    };
    if PIPELINE_BYTES_MAX < bytes.len() as u64 {
        return unreadable(&format!("larger than {PIPELINE_BYTES_MAX} bytes"));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return unreadable("not UTF-8") };
    let name = path.rsplit('/').next().unwrap_or(path);
    let language = if name.starts_with("Jenkinsfile") { Language::Groovy } else { Language::Yaml };
    let all = lines(text, language);
    let mut out = Vec::new();
    for (n, line) in all.iter().enumerate() {
        for call in tools::calls(&all, n, language) {
            let verdict = call.gates.clone().and_then(|()| holds(&all, n, language));
            let place = format!("`{path}:{}`", line.number);
            let (outcome, because) = match verdict {
                Ok(()) => (CellOutcome::Pass, format!("{place} runs {}, which fails the build", call.tool)),
                Err(why) => (CellOutcome::Fail, format!("{place} runs {}, but {why}", call.tool)),
            };
            out.extend(call.controls.iter().map(|c| one(c, outcome, because.clone())));
        }
    }
    out
}

fn one(control: &str, outcome: CellOutcome, because: String) -> HoldEvidence {
    HoldEvidence { control: control.to_owned(), outcome, because }
}

/// Whether the step and the job around a line let its failure end the build.
fn holds(all: &[Line], n: usize, language: Language) -> Result<(), String> {
    if language == Language::Groovy {
        let near = all.iter().skip(n.saturating_sub(2)).take(n.min(2) + 1);
        return match near
            .flat_map(|l| {
                ["catchError", "warnError", "returnStatus: true"].iter().find(|w| l.text.contains(**w))
            })
            .next()
        {
            Some(word) => Err(format!("`{word}` lets the build go on")),
            None => Ok(()),
        };
    }
    for (key, value) in settings(all, n) {
        let on = value == "true" || value == "yes";
        match key {
            "continue-on-error" | "allow_failure" | "continueOnError" | "ignore_failure" | "soft_fail"
                if on =>
            {
                return Err(format!("`{key}: {value}` lets the build go on"));
            }
            "failure" if value == "ignore" => return Err("`failure: ignore` lets the build go on".to_owned()),
            "when" if value == "manual" => {
                return Err("it runs only when somebody starts it (`when: manual`)".to_owned());
            }
            "if" if value == "false" => return Err("it never runs (`if: false`)".to_owned()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether the call's answer is lost in what follows it on its line.
fn swallowed(after: &str) -> Option<String> {
    const HARMLESS: [&str; 6] = ["true", ":", "echo", "printf", "exit 0", "/bin/true"];
    let rest = after.strip_prefix("||")?.trim_start();
    let word = HARMLESS
        .iter()
        .find(|w| rest == **w || rest.starts_with(&format!("{w} ")) || rest.starts_with(&format!("{w};")))?;
    Some(format!("`|| {word}` throws its answer away"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Outcome of image-scanning and dependencies, the best evidence of each.
    fn held(path: &str, text: &str) -> (Option<CellOutcome>, Option<CellOutcome>) {
        let found = evidence(&[(path.to_owned(), text.as_bytes().to_vec())]);
        let of = |control: &str| {
            let best = |o| found.iter().any(|e| e.control == control && e.outcome == o).then_some(o);
            best(CellOutcome::Pass).or(best(CellOutcome::Unknown)).or(best(CellOutcome::Fail))
        };
        (of("image-scanning"), of("dependencies"))
    }

    fn gitlab(command: &str) -> (Option<CellOutcome>, Option<CellOutcome>) {
        held(".gitlab-ci.yml", &format!("scan:\n  stage: test\n  script:\n    - cd x\n    - {command}\n"))
    }

    const PASS: Option<CellOutcome> = Some(CellOutcome::Pass);
    const FAIL: Option<CellOutcome> = Some(CellOutcome::Fail);

    #[test]
    fn a_scanner_holds_only_if_its_answer_fails() {
        assert_eq!(gitlab("plimsoll scan dir:. --fail-on 'kev && fixable' --format table"), (PASS, PASS));
        assert_eq!(gitlab("plimsoll scan dir:."), (FAIL, FAIL));
        assert_eq!(gitlab("plimsoll sbom dir:."), (None, None));
        assert_eq!(gitlab("trivy image --exit-code 1 --severity HIGH app:1"), (PASS, PASS));
        assert_eq!(gitlab("trivy image --exit-code=1 app:1"), (PASS, PASS));
        assert_eq!(gitlab("trivy --quiet image app:1"), (FAIL, FAIL));
        assert_eq!(gitlab("trivy image --exit-code 0 app:1"), (FAIL, FAIL));
        assert_eq!(gitlab("trivy fs --exit-code 1 ."), (None, PASS));
        assert_eq!(gitlab("trivy config --exit-code 1 ."), (None, None));
        assert_eq!(gitlab("trivy image --scanners secret --exit-code 1 app:1"), (None, None));
        assert_eq!(gitlab("grype app:1 --fail-on high"), (PASS, PASS));
        assert_eq!(gitlab("grype dir:. -f high"), (None, PASS));
        assert_eq!(gitlab("grype app:1"), (FAIL, FAIL));
        assert_eq!(gitlab("snyk container test app:1"), (PASS, PASS));
        assert_eq!(gitlab("snyk test"), (None, PASS));
        assert_eq!(gitlab("snyk monitor"), (None, FAIL));
        assert_eq!(gitlab("npm audit --audit-level=high"), (None, PASS));
        assert_eq!(gitlab("npm audit fix"), (None, None));
        assert_eq!(gitlab("cargo audit"), (None, PASS));
        assert_eq!(gitlab("npm ci"), (None, None));
    }

    #[test]
    fn wrappers_paths_and_containers_are_seen_through() {
        assert_eq!(gitlab("CI=1 sudo ./bin/trivy image --exit-code 1 x"), (PASS, PASS));
        assert_eq!(
            gitlab("docker run --rm -v /a:/a aquasec/trivy:0.50.0 image --exit-code 1 x"),
            (PASS, PASS)
        );
        assert_eq!(gitlab("\"trivy image --exit-code 1 x\""), (PASS, PASS));
        assert_eq!(gitlab("sh -c 'grype x -f high'"), (PASS, PASS));
        assert_eq!(gitlab("make && grype x -f high && echo done"), (PASS, PASS));
        assert_eq!(gitlab("python -m pip_audit"), (None, PASS));
        assert_eq!(gitlab("npx snyk test"), (None, PASS));
    }

    #[test]
    fn words_that_are_no_call_are_none() {
        assert_eq!(gitlab("echo plimsoll scan --fail-on kev"), (None, None));
        assert_eq!(gitlab("# plimsoll scan dir:. --fail-on kev"), (None, None));
        assert_eq!(gitlab("apt-get install trivy"), (None, None));
        assert_eq!(
            held(
                ".github/workflows/a.yml",
                "jobs:\n  a:\n    steps:\n      - name: trivy image --exit-code 1\n"
            ),
            (None, None)
        );
    }

    #[test]
    fn an_answer_that_is_thrown_away_holds_nothing() {
        assert_eq!(gitlab("trivy image --exit-code 1 x || true"), (FAIL, FAIL));
        assert_eq!(gitlab("trivy image --exit-code 1 x || echo bad"), (FAIL, FAIL));
        assert_eq!(gitlab("trivy image --exit-code 1 x || exit 1"), (PASS, PASS));
        assert_eq!(gitlab("grype x -f high | tee report.txt"), (FAIL, FAIL));
        assert_eq!(gitlab("set -o pipefail; grype x -f high | tee report.txt"), (PASS, PASS));
    }

    #[test]
    fn settings_of_step_and_job_decide_as_well() {
        let job = "scan:\n  script:\n    - grype x -f high\n  allow_failure: true\n";
        assert_eq!(held(".gitlab-ci.yml", job), (FAIL, FAIL));
        let other =
            "lint:\n  script: [make]\n  allow_failure: true\nscan:\n  script:\n    - grype x -f high\n";
        assert_eq!(held(".gitlab-ci.yml", other), (PASS, PASS));
        let manual = "scan:\n  when: manual\n  script:\n    - grype x -f high\n";
        assert_eq!(held(".gitlab-ci.yml", manual), (FAIL, FAIL));
        let step = "jobs:\n  a:\n    steps:\n      - run: |\n          make\n          grype x -f high\n        continue-on-error: true\n";
        assert_eq!(held(".github/workflows/a.yml", step), (FAIL, FAIL));
        let next = "jobs:\n  a:\n    steps:\n      - run: grype x -f high\n      - run: make\n        continue-on-error: true\n";
        assert_eq!(held(".github/workflows/a.yml", next), (PASS, PASS));
        let whole = "jobs:\n  a:\n    continue-on-error: true\n    steps:\n      - run: grype x -f high\n";
        assert_eq!(held(".github/workflows/a.yml", whole), (FAIL, FAIL));
    }

    #[test]
    fn actions_are_read_with_their_inputs() {
        let action = |uses: &str, with: &str| {
            let with = with.replace(' ', "\n          ");
            let with = with.replace('=', ": ");
            let text = format!(
                "jobs:\n  a:\n    steps:\n      - name: scan\n        uses: {uses}\n        with:\n          a: b\n          {with}\n      - run: make\n"
            );
            held(".github/workflows/a.yml", &text)
        };
        assert_eq!(action("aquasecurity/trivy-action@0.20.0", "exit-code='1'"), (PASS, PASS));
        assert_eq!(action("aquasecurity/trivy-action@0.20.0", "format=sarif"), (FAIL, FAIL));
        assert_eq!(action("aquasecurity/trivy-action@0.20.0", "exit-code='1' scan-type=fs"), (None, PASS));
        assert_eq!(action("anchore/scan-action@v3", "image=x"), (PASS, PASS));
        assert_eq!(action("anchore/scan-action@v3", "fail-build=false"), (FAIL, FAIL));
        assert_eq!(action("actions/dependency-review-action@v4", "c=d"), (None, PASS));
        assert_eq!(action("actions/checkout@v4", "c=d"), (None, None));
    }

    #[test]
    fn jenkins_steps_are_shell_in_quotes() {
        let stage = |step: &str| {
            format!(
                "pipeline {{\n  stages {{\n    stage('Scan') {{ steps {{\n      {step}\n    }} }}\n  }}\n}}\n"
            )
        };
        assert_eq!(held("Jenkinsfile", &stage("sh 'trivy image --exit-code 1 x'")), (PASS, PASS));
        assert_eq!(
            held("ci/Jenkinsfile.nightly", &stage("sh(script: \"grype x -f high\", returnStatus: true)")),
            (FAIL, FAIL)
        );
        assert_eq!(held("Jenkinsfile", &stage("// sh 'trivy image --exit-code 1 x'")), (None, None));
        assert_eq!(
            held("Jenkinsfile", &stage("sh '''\n      cd x\n      snyk test\n      '''")),
            (None, PASS)
        );
    }

    #[test]
    fn continued_lines_are_one_command() {
        let text = "scan:\n  script:\n    - trivy image \\\n        --exit-code 1 \\\n        app:1\n";
        assert_eq!(held(".gitlab-ci.yml", text), (PASS, PASS));
        assert!(
            evidence(&[(".gitlab-ci.yml".into(), text.into())])[0]
                .because
                .starts_with("`.gitlab-ci.yml:3` runs trivy")
        );
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        let unknown = Some(CellOutcome::Unknown);
        let found = evidence(&[("Jenkinsfile".to_owned(), vec![0xff])]);
        assert_eq!(found.iter().map(|e| Some(e.outcome)).collect::<Vec<_>>(), [unknown, unknown]);
        let large = vec![b' '; usize::try_from(PIPELINE_BYTES_MAX).unwrap() + 1];
        assert_eq!(evidence(&[("Jenkinsfile".to_owned(), large)])[0].outcome, CellOutcome::Unknown);
    }

    #[test]
    fn pipeline_files_are_known_by_their_place() {
        for path in [
            ".gitlab-ci.yml",
            ".github/workflows/a.yaml",
            "Jenkinsfile",
            "a/Jenkinsfile",
            ".gitlab/ci/x/y.yml",
        ] {
            assert!(is_pipeline(path), "{path}");
        }
        for path in [".github/dependabot.yml", "deploy/x.yml", ".github/workflows/sub/a.yml", "README.md"] {
            assert!(!is_pipeline(path), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\PC|\n| |- |run: |trivy |'|\"|\\|){0,60}") {
            let _ = held(".github/workflows/a.yml", &text);
            let _ = held("Jenkinsfile", &text);
        }
    }
}
