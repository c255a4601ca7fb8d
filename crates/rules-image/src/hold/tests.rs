//! What pipelines hold, in the words of pipelines.

use api::CellOutcome;
use model::PackageType;

use super::*;

mod ours;
mod shell;

/// Outcome of image-scanning and dependencies, the best evidence of each.
fn held(path: &str, text: &str) -> (Option<CellOutcome>, Option<CellOutcome>) {
    let project = Project { has_images: true, ..Project::default() };
    // What is built is what the scanners of these examples look at.
    let build = ("Jenkinsfile.build".to_owned(), b"sh 'docker build -t app:1 .'".to_vec());
    let found = evidence(&[build, (path.to_owned(), text.as_bytes().to_vec())], &project);
    let of = |control: &str| {
        let best = |o| found.iter().any(|e| e.control == control && e.outcome == o).then_some(o);
        best(CellOutcome::Pass).or(best(CellOutcome::Unknown)).or(best(CellOutcome::Fail))
    };
    (of("image-scanning"), of("dependencies"))
}

fn gitlab(command: &str) -> (Option<CellOutcome>, Option<CellOutcome>) {
    held(".gitlab-ci.yml", &format!("scan:\n  stage: test\n  script:\n    - {command}\n"))
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
    assert_eq!(gitlab("CI=1 sudo ./bin/trivy image --exit-code 1 app:1"), (PASS, PASS));
    assert_eq!(
        gitlab("docker run --rm -v /a:/a aquasec/trivy:0.50.0 image --exit-code 1 app:1"),
        (PASS, PASS)
    );
    assert_eq!(gitlab("\"trivy image --exit-code 1 app:1\""), (PASS, PASS));
    assert_eq!(gitlab("sh -c 'grype app:1 -f high'"), (PASS, PASS));
    assert_eq!(gitlab("make && grype app:1 -f high && echo done"), (PASS, PASS));
    assert_eq!(gitlab("python -m pip_audit"), (None, PASS));
    assert_eq!(gitlab("npx snyk test"), (None, PASS));
}

#[test]
fn words_that_are_no_call_are_none() {
    assert_eq!(gitlab("echo plimsoll scan --fail-on kev"), (None, None));
    assert_eq!(gitlab("# plimsoll scan dir:. --fail-on kev"), (None, None));
    assert_eq!(gitlab("apt-get install trivy"), (None, None));
    assert_eq!(gitlab("command -v plimsoll scan"), (None, None));
    assert_eq!(gitlab("git commit -m 'npm audit' || npm audit fix"), (None, None));
    assert_eq!(
        held(
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    steps:\n      - name: trivy image --exit-code 1\n"
        ),
        (None, None)
    );
}

#[test]
fn an_answer_that_is_thrown_away_holds_nothing() {
    assert_eq!(gitlab("trivy image --exit-code 1 app:1 || true"), (FAIL, FAIL));
    assert_eq!(gitlab("trivy image --exit-code 1 app:1 || echo bad"), (FAIL, FAIL));
    assert_eq!(gitlab("trivy image --exit-code 1 app:1 || exit 1"), (PASS, PASS));
    assert_eq!(gitlab("grype app:1 -f high | tee report.txt"), (FAIL, FAIL));
    assert_eq!(gitlab("set -o pipefail; grype app:1 -f high | tee report.txt"), (PASS, PASS));
}

#[test]
fn settings_of_step_and_job_decide_as_well() {
    let job = "scan:\n  script:\n    - grype app:1 -f high\n  allow_failure: true\n";
    assert_eq!(held(".gitlab-ci.yml", job), (FAIL, FAIL));
    let other =
        "lint:\n  script: [make]\n  allow_failure: true\nscan:\n  script:\n    - grype app:1 -f high\n";
    assert_eq!(held(".gitlab-ci.yml", other), (PASS, PASS));
    let manual = "scan:\n  when: manual\n  script:\n    - grype app:1 -f high\n";
    assert_eq!(held(".gitlab-ci.yml", manual), (FAIL, FAIL));
    let step = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          make\n          grype app:1 -f high\n        continue-on-error: true\n";
    assert_eq!(held(".github/workflows/a.yml", step), (FAIL, FAIL));
    let next = "on: push\njobs:\n  a:\n    steps:\n      - run: grype app:1 -f high\n      - run: make\n        continue-on-error: true\n";
    assert_eq!(held(".github/workflows/a.yml", next), (PASS, PASS));
    let whole =
        "on: push\njobs:\n  a:\n    continue-on-error: true\n    steps:\n      - run: grype app:1 -f high\n";
    assert_eq!(held(".github/workflows/a.yml", whole), (FAIL, FAIL));
}

#[test]
fn actions_are_read_with_their_inputs() {
    let action = |uses: &str, with: &str| {
        let with = with.replace(' ', "\n          ");
        let with = with.replace('=', ": ");
        let text = format!(
            "on: push\njobs:\n  a:\n    steps:\n      - name: scan\n        uses: {uses}\n        with:\n          image-ref: app:1\n          {with}\n      - run: make\n"
        );
        held(".github/workflows/a.yml", &text)
    };
    assert_eq!(action("aquasecurity/trivy-action@0.20.0", "exit-code='1'"), (PASS, PASS));
    assert_eq!(action("aquasecurity/trivy-action@0.20.0", "format=sarif"), (FAIL, FAIL));
    assert_eq!(action("aquasecurity/trivy-action@0.20.0", "exit-code='1' scan-type=fs"), (None, PASS));
    assert_eq!(action("anchore/scan-action@v3", "image=app:1"), (PASS, PASS));
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
    assert_eq!(held("Jenkinsfile", &stage("sh 'trivy image --exit-code 1 app:1'")), (PASS, PASS));
    assert_eq!(
        held("ci/Jenkinsfile.nightly", &stage("sh(script: \"grype app:1 -f high\", returnStatus: true)")),
        (FAIL, FAIL)
    );
    assert_eq!(held("Jenkinsfile", &stage("// sh 'trivy image --exit-code 1 app:1'")), (None, None));
    assert_eq!(held("Jenkinsfile", &stage("sh '''\n      make\n      snyk test\n      '''")), (None, PASS));
}

#[test]
fn continued_lines_are_one_command() {
    let text = "scan:\n  script:\n    - |\n      trivy image \\\n        --exit-code 1 \\\n        app:1\n";
    assert_eq!(held(".gitlab-ci.yml", text), (PASS, PASS));
    assert!(
        evidence(&[(".gitlab-ci.yml".into(), text.into())], &Project::default())[0]
            .because
            .starts_with("`.gitlab-ci.yml:4` runs trivy")
    );
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let unknown = Some(CellOutcome::Unknown);
    let found = evidence(&[("Jenkinsfile".to_owned(), vec![0xff])], &Project::default());
    assert_eq!(found.iter().map(|e| Some(e.outcome)).collect::<Vec<_>>(), [unknown, unknown]);
    let large = vec![b' '; usize::try_from(PIPELINE_BYTES_MAX).unwrap() + 1];
    assert_eq!(
        evidence(&[("Jenkinsfile".to_owned(), large)], &Project::default())[0].outcome,
        CellOutcome::Unknown
    );
}

#[test]
fn pipeline_files_are_known_by_their_place() {
    for path in
        [".gitlab-ci.yml", ".github/workflows/a.yaml", "Jenkinsfile", "a/Jenkinsfile", ".gitlab/ci/x/y.yml"]
    {
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

/// Outcome and reason of the best evidence for a control.
fn told(files: &[(&str, &str)], project: &Project, control: &str) -> (Option<CellOutcome>, String) {
    let files: Vec<(String, Vec<u8>)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let found = evidence(&files, project);
    let of = |o| found.iter().find(|e| e.control == control && e.outcome == o);
    let best = of(CellOutcome::Pass).or(of(CellOutcome::Unknown)).or(of(CellOutcome::Fail));
    best.map_or((None, String::new()), |e| (Some(e.outcome), e.because.clone()))
}

fn lockfiles(all: &[(PackageType, &str)]) -> Project {
    let packages = all.iter().map(|(kind, file)| (*kind, (*file).to_owned())).collect();
    Project { packages, ..Project::default() }
}

const UNKNOWN: Option<CellOutcome> = Some(CellOutcome::Unknown);

#[track_caller]
fn dependencies(path: &str, text: &str, outcome: Option<CellOutcome>, words: &str) {
    let (found, because) = told(&[(path, text)], &Project::default(), "dependencies");
    assert_eq!(found, outcome, "{text}\n{because}");
    assert!(because.contains(words), "{text}\n{because}");
}

#[test]
fn a_gate_must_look_at_this_project() {
    for (command, outcome, words) in [
        ("trivy fs --exit-code 1 .", PASS, ""),
        ("trivy fs --exit-code 1 --skip-dirs vendor $CI_PROJECT_DIR", PASS, ""),
        ("docker run --rm -v $PWD:/src aquasec/trivy fs --exit-code 1 /src", PASS, ""),
        ("trivy fs --exit-code 1 /opt/other", FAIL, "`/opt/other`, which is no part of this project"),
        ("cd ../other && grype dir:. -f high", FAIL, "no part of this project"),
        ("plimsoll scan dir:../other --fail-on any", FAIL, "no part of this project"),
        (
            "git clone https://example.com/x/other.git && cd other && trivy fs --exit-code 1 .",
            FAIL,
            "another repository",
        ),
        ("trivy repo --exit-code 1 https://example.com/x/other.git", FAIL, "no part of this project"),
        ("trivy fs --exit-code 1 $DIR", UNKNOWN, "known only when it runs"),
        ("grype sbom:bom.json -f high", UNKNOWN, "whether `bom.json` describes this project"),
        ("trivy fs --exit-code 1 services/a", UNKNOWN, "`services/a` alone"),
        ("trivy image --exit-code 1 nginx:1.25", UNKNOWN, "no step here builds `nginx:1.25`"),
        (
            "docker build -t shop:1 . ; trivy image --exit-code 1 nginx:1.25",
            FAIL,
            "what is built here is `shop`",
        ),
        (
            "docker build -t r.example.com/shop:$TAG . ; trivy image --exit-code 1 r.example.com/shop:$TAG",
            PASS,
            "",
        ),
        ("trivy image --exit-code 1 $CI_REGISTRY_IMAGE:$CI_COMMIT_SHA", PASS, ""),
        ("trivy image --exit-code 1 --input app.tar", PASS, ""),
    ] {
        let text = format!("scan:\n  script:\n    - {command}\n");
        dependencies(".gitlab-ci.yml", &text, outcome, words);
    }
}

#[test]
fn a_project_is_held_only_if_steps_look_at_all_of_it() {
    let project =
        lockfiles(&[(PackageType::Npm, "web/package-lock.json"), (PackageType::Cargo, "Cargo.lock")]);
    let script = |commands: &[&str]| {
        let lines: Vec<String> = commands.iter().map(|c| format!("    - {c}\n")).collect();
        format!("scan:\n  script:\n{}", lines.concat())
    };
    let of = |commands: &[&str]| told(&[(".gitlab-ci.yml", &script(commands))], &project, "dependencies");
    assert_eq!(of(&["plimsoll scan . --fail-on 'severity>=high'"]).0, PASS);
    let (outcome, because) = of(&["cargo audit"]);
    assert_eq!(outcome, FAIL);
    assert!(because.ends_with("no step that does looks at `web/package-lock.json` (npm)"), "{because}");
    assert_eq!(of(&["cargo audit", "cd web", "npm audit"]).0, PASS);
    assert_eq!(of(&["pip-audit"]).0, FAIL);
    let build = "docker build -t a/one . && docker build -t a/two .";
    let images =
        |commands: &[&str]| told(&[(".gitlab-ci.yml", &script(commands))], &project, "image-scanning");
    let (outcome, because) = images(&[build, "trivy image --exit-code 1 a/one"]);
    assert_eq!(outcome, FAIL);
    assert!(because.ends_with("no step that does looks at the image `two`"), "{because}");
    assert_eq!(images(&[build, "grype a/one -f high", "grype a/two -f high"]).0, PASS);
    assert_eq!(images(&[build, "docker push a/one", "grype a/one -f high"]).0, PASS);
    assert_eq!(images(&[build, "plimsoll scan . --fail-on any"]).0, FAIL);
}

#[test]
fn a_gate_of_ours_holds_what_it_could_match() {
    let gate = |options: &str| format!("scan:\n  script:\n    - plimsoll scan . {options}\n");
    for (options, outcome, words) in [
        ("--fail-on 'severity>=critical && kev'", PASS, ""),
        ("--control dependencies --fail-on any", PASS, ""),
        ("--control secrets --fail-on any", None, ""),
        ("--control image-scanning --fail-on any", None, ""),
        ("--fail-on 'control == secrets'", FAIL, "no vulnerability matches its gate"),
        ("--fail-on 'license in (GPL-3.0-only)'", FAIL, "no vulnerability matches its gate"),
        ("--fail-on 'id == CVE-2021-44228'", FAIL, "no vulnerability matches its gate"),
        ("--fail-on 'rule == setuid-file' --fail-on 'severity>=high'", PASS, ""),
        ("--fail-on \"$GATE\"", UNKNOWN, "known only when it runs"),
        ("--fail-on 'severity>='", FAIL, "is none"),
    ] {
        dependencies(".gitlab-ci.yml", &gate(options), outcome, words);
    }
    let files = [(".gitlab-ci.yml", &*gate("")), ("plimsoll.toml", "fail-on = [\"severity>=high\"]\n")];
    assert_eq!(told(&files, &Project::default(), "dependencies").0, PASS);
    assert_eq!(told(&files[..1], &Project::default(), "dependencies").0, FAIL);
}

#[test]
fn a_job_that_does_not_run_with_a_change_holds_nothing() {
    for (job, outcome, words) in [
        ("", PASS, ""),
        ("  when: manual\n", FAIL, "`when: manual`"),
        ("  when: on_failure\n", FAIL, "after something failed"),
        ("  allow_failure: true\n", FAIL, "allow_failure"),
        ("  allow_failure:\n    exit_codes: [1]\n", FAIL, "allow_failure"),
        ("  allow_failure:\n    exit_codes: 137\n", PASS, ""),
        ("  rules:\n    - when: never\n", FAIL, "when: never"),
        ("  rules:\n    - if: $CI_PIPELINE_SOURCE == \"schedule\"\n", FAIL, "a clock"),
        ("  rules:\n    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n", PASS, ""),
        ("  rules:\n    - if: $CI_COMMIT_BRANCH\n      allow_failure: true\n", FAIL, "allow_failure"),
        (
            "  rules:\n    - if: $CI_PIPELINE_SOURCE == \"schedule\"\n      when: never\n    - when: on_success\n",
            PASS,
            "",
        ),
        ("  rules:\n    - if: $RUN_SCAN\n", UNKNOWN, "depends on `$RUN_SCAN`"),
        ("  rules:\n    - changes: [Dockerfile]\n", UNKNOWN, "Dockerfile"),
        ("  only: [schedules]\n", FAIL, "only for `schedules`"),
        ("  only: [main, merge_requests]\n", PASS, ""),
        ("  except: [branches, merge_requests]\n", FAIL, "no branch"),
    ] {
        let text = format!("scan:\n  script: [trivy fs --exit-code 1 .]\n{job}");
        dependencies(".gitlab-ci.yml", &text, outcome, words);
    }
    let never =
        "workflow:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'schedule'\nscan:\n  script: [npm audit]\n";
    dependencies(".gitlab-ci.yml", never, FAIL, "a clock");
    let after = "scan:\n  script: [make]\n  after_script: [npm audit]\n";
    dependencies(".gitlab-ci.yml", after, FAIL, "after_script");
}

#[test]
fn a_hidden_job_counts_only_where_it_is_extended() {
    let hidden = ".scan:\n  script: [npm audit]\n";
    dependencies(".gitlab-ci.yml", hidden, None, "");
    dependencies(".gitlab-ci.yml", &format!("{hidden}a:\n  extends: .scan\n"), PASS, "");
    dependencies(".gitlab-ci.yml", &format!("{hidden}.b:\n  extends: .scan\n"), None, "");
    dependencies(
        ".gitlab-ci.yml",
        &format!("{hidden}a:\n  extends: [.scan]\n  when: manual\n"),
        FAIL,
        "manual",
    );
    dependencies(
        ".gitlab-ci.yml",
        &format!("{hidden}a:\n  script:\n    - !reference [.scan, script]\n"),
        PASS,
        "",
    );
    let main = "include:\n  - local: /.gitlab/ci/*.yml\na:\n  extends: .scan\n";
    let files = [(".gitlab-ci.yml", main), (".gitlab/ci/scan.yml", hidden)];
    assert_eq!(told(&files, &Project::default(), "dependencies").0, PASS);
    let stray = [
        (".gitlab-ci.yml", "a:\n  script: [make]\n"),
        (".gitlab/ci/scan.yml", "b:\n  script: [npm audit]\n"),
    ];
    assert_eq!(told(&stray, &Project::default(), "dependencies").0, UNKNOWN);
    let anchored = ".scan: &scan\n  script: [npm audit]\na:\n  <<: *scan\n";
    dependencies(".gitlab-ci.yml", anchored, PASS, "");
}

#[test]
fn a_workflow_must_be_started_by_changes() {
    let workflow = |on: &str, job: &str, step: &str| {
        format!("on: {on}\njobs:\n  a:\n    runs-on: x\n{job}    steps:\n      - run: npm audit\n{step}")
    };
    for (on, job, step, outcome, words) in [
        ("push", "", "", PASS, ""),
        ("[pull_request]", "", "", PASS, ""),
        ("workflow_dispatch", "", "", FAIL, "`workflow_dispatch` alone"),
        ("[workflow_dispatch, schedule]", "", "", FAIL, "alone"),
        ("\n  schedule:\n    - cron: '0 0 * * *'\n  push:", "", "", PASS, ""),
        ("\n  push:\n    paths: [docs/**]", "", "", UNKNOWN, "docs/**"),
        ("workflow_call", "", "", UNKNOWN, "no workflow here calls it"),
        ("push", "    if: false\n", "", FAIL, "never runs"),
        ("push", "    needs: b\n", "  b:\n    if: false\n", FAIL, "waits for `b`"),
        (
            "push",
            "",
            "      - uses: docker://aquasec/trivy:0.50\n        with:\n          args: fs --exit-code 0 .\n",
            PASS,
            "",
        ),
        ("push", "    if: ${{ false }}\n", "", FAIL, "never runs"),
        ("push", "    if: github.ref == 'refs/heads/main'\n", "", PASS, ""),
        ("push", "    if: github.event_name == 'schedule'\n", "", FAIL, "a clock"),
        ("push", "", "        if: failure()\n", FAIL, "after something failed"),
        ("push", "", "        if: ${{ !failure() }}\n", PASS, ""),
        ("push", "    if: success() || failure()\n", "", PASS, ""),
        ("push", "", "        if: ${{ inputs.scan }}\n", UNKNOWN, "inputs.scan"),
        ("push", "", "        continue-on-error: true\n", FAIL, "continue-on-error"),
        ("push", "    continue-on-error: ${{ matrix.soft }}\n", "", UNKNOWN, "may let the build go on"),
        ("push", "", "        working-directory: ../other\n", FAIL, "no part of this project"),
        ("\n  push:\n    paths-ignore: ['**']", "", "", FAIL, "ignores every file"),
        ("\n  push:\n    paths-ignore: ['**.md', docs/**]", "", "", PASS, ""),
        ("\n  push:\n    paths-ignore: [services/**]", "", "", UNKNOWN, "`services/**`"),
        ("\n  push:\n    branches: []", "", "", UNKNOWN, "no branch"),
        ("\n  push:\n    branches: [main]\n    tags: [v*]", "", "", PASS, ""),
        ("\n  push:\n    tags: [v*]", "", "", UNKNOWN, "tagged"),
        ("\n  pull_request:\n    types: [closed]", "", "", FAIL, "closed"),
        ("\n  pull_request:\n    types: [labeled]", "", "", UNKNOWN, "`labeled`"),
        ("\n  pull_request:\n    types: [opened, synchronize]", "", "", PASS, ""),
        ("push", "    if: github.actor == 'someone'\n", "", UNKNOWN, "some people"),
        ("push", "    if: github.actor != 'dependabot[bot]'\n", "", UNKNOWN, "some people"),
    ] {
        dependencies(".github/workflows/a.yml", &workflow(on, job, step), outcome, words);
    }
    let callee = workflow("workflow_call", "", "");
    let caller = "on: push\njobs:\n  b:\n    uses: ./.github/workflows/scan.yml\n";
    let files = [(".github/workflows/scan.yml", &*callee), (".github/workflows/b.yml", caller)];
    assert_eq!(told(&files, &Project::default(), "dependencies").0, PASS);
    let piped = "on: push\njobs:\n  a:\n    steps:\n      - run: npm audit | tee x\n        shell: bash\n";
    dependencies(".github/workflows/a.yml", piped, PASS, "");
}

#[test]
fn stages_of_jenkins_have_conditions_and_catchers() {
    let stage = |inside: &str| {
        format!("pipeline {{\n  stages {{\n    stage('Scan') {{\n{inside}\n    }}\n  }}\n}}\n")
    };
    for (inside, outcome, words) in [
        ("steps { sh 'npm audit' }", PASS, ""),
        ("when { expression { false } }\nsteps { sh 'npm audit' }", FAIL, "never runs"),
        ("when { expression { return params.SCAN } }\nsteps { sh 'npm audit' }", UNKNOWN, "params.SCAN"),
        ("when { branch 'main' }\nsteps { sh 'npm audit' }", PASS, ""),
        ("when { triggeredBy 'TimerTrigger' }\nsteps { sh 'npm audit' }", FAIL, "a clock"),
        ("steps { catchError(buildResult: 'SUCCESS') {\n\n\n\n sh 'npm audit' } }", FAIL, "catchError"),
        ("steps { script { try { sh 'npm audit' } catch (e) { echo 'bad' } } }", FAIL, "try"),
        ("steps { script { try { sh 'npm audit' } catch (e) { throw e } } }", PASS, ""),
        (
            "steps { script { def code = sh(script: 'npm audit', returnStatus: true) } }",
            UNKNOWN,
            "returnStatus",
        ),
        ("steps { dir('../other') { sh 'npm audit' } }", FAIL, "no part of this project"),
        ("steps { sh 'npm audit || true' }", FAIL, "throws its answer away"),
        ("steps { /* sh 'npm audit' */ }", None, ""),
        ("input { message 'go?' }\nsteps { sh 'npm audit' }", FAIL, "`input`"),
    ] {
        dependencies("Jenkinsfile", &stage(inside), outcome, words);
    }
    let (_, because) = told(
        &[("Jenkinsfile", &stage("steps {\n  sh '''\n    make\n    npm audit\n  '''\n}"))],
        &Project::default(),
        "dependencies",
    );
    assert!(because.starts_with("`Jenkinsfile:7`"), "{because}");
}

#[test]
fn other_pipelines_have_habits_of_their_own() {
    dependencies("azure-pipelines.yml", "steps:\n  - script: npm audit\n", PASS, "");
    dependencies(
        "azure-pipelines.yml",
        "steps:\n  - script: npm audit\n    continueOnError: true\n",
        FAIL,
        "go on",
    );
    dependencies(
        "azure-pipelines.yml",
        "steps:\n  - script: |\n      npm audit\n      echo done\n",
        FAIL,
        "later command",
    );
    dependencies(
        "azure-pipelines.yml",
        "steps:\n  - script: npm audit\n    enabled: false\n",
        FAIL,
        "never runs",
    );
    dependencies(
        ".drone.yml",
        "steps:\n  - commands: [npm audit]\n    when:\n      event: [cron]\n",
        FAIL,
        "`cron`",
    );
    dependencies(
        ".drone.yml",
        "steps:\n  - commands: [npm audit]\n    failure: ignore\n",
        FAIL,
        "failure: ignore",
    );
    dependencies(
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps:\n      - run: npm audit | tee x\n",
        PASS,
        "",
    );
    dependencies(
        "cloudbuild.yaml",
        "steps:\n  - name: aquasec/trivy\n    args: [fs, --exit-code, '1', .]\n",
        PASS,
        "",
    );
    let lenient =
        "steps:\n  - name: aquasec/trivy\n    args: [fs, --exit-code, '1', .]\n    allowFailure: true\n";
    dependencies("cloudbuild.yaml", lenient, FAIL, "allowFailure");
    let circle =
        |rest: &str| format!("jobs:\n  a:\n    steps:\n      - run: npm audit\nworkflows:\n  w:\n{rest}");
    dependencies(".circleci/config.yml", &circle("    jobs: [a]\n"), PASS, "");
    dependencies(".circleci/config.yml", &circle("    jobs: [b]\n"), FAIL, "no workflow runs its job");
    let nightly =
        "    triggers:\n      - schedule:\n          cron: x\n    jobs:\n      - a:\n          context: c\n";
    dependencies(".circleci/config.yml", &circle(nightly), FAIL, "a clock");
    let custom = "pipelines:\n  custom:\n    scan:\n      - step:\n          script: [npm audit]\n";
    dependencies("bitbucket-pipelines.yml", custom, FAIL, "`custom`");
    dependencies("bitbucket-pipelines.yml", &custom.replace("custom", "branches"), PASS, "");
    dependencies(
        "azure-pipelines.yml",
        "trigger: none\npr: none\nsteps:\n  - script: npm audit\n",
        FAIL,
        "trigger: none",
    );
}

#[test]
fn only_a_script_of_a_posix_shell_is_read_as_one() {
    let step = |shell: &str, run: &str| {
        format!(
            "on: push\njobs:\n  a:\n    steps:\n      - shell: {shell}\n        run: |\n          {run}\n"
        )
    };
    let on = |shell: &str, run: &str, outcome, words: &str| {
        dependencies(
            ".github/workflows/ci.yml",
            &step(shell, &run.replace('\n', "\n          ")),
            outcome,
            words,
        );
    };
    on("bash", "npm audit | tee out\necho done", PASS, "");
    on("sh", "npm audit | tee out\necho done", FAIL, "pipefail");
    on("sh", "npm audit\necho done", PASS, "");
    on("bash {0}", "npm audit\necho done", FAIL, "goes on after it fails");
    on("bash -e {0}", "npm audit\necho done", PASS, "");
    on("bash -euo pipefail {0}", "npm audit | tee out\necho done", PASS, "");
    on("python", "npm audit", UNKNOWN, "`python`");
    on("pwsh", "npm audit", UNKNOWN, "`pwsh`");
}

#[test]
fn what_stands_behind_a_group_takes_the_answers_within() {
    for (lines, outcome, words) in [
        ("{ npm audit; } || true", FAIL, "`|| true`"),
        ("if true; then npm audit; fi || true", FAIL, "`|| true`"),
        ("for x in a; do npm audit; done | tee out", FAIL, "pipefail"),
        ("{\nnpm audit\n} &", FAIL, "background"),
        ("{ npm audit; } || exit 1", PASS, ""),
        ("set -o pipefail\n{ npm audit; } | tee out", PASS, ""),
        ("set +o errexit\nnpm audit\necho done", FAIL, "goes on after it fails"),
        ("set +e\nset -o errexit\nnpm audit\necho done", PASS, ""),
        ("echo pipefail\nnpm audit | tee out", FAIL, "pipefail"),
        ("set -o pipefail\nset +o pipefail\nnpm audit | tee out", FAIL, "pipefail"),
        ("set -euo pipefail\nnpm audit | tee out", PASS, ""),
    ] {
        let script = format!("scan:\n  script:\n    - |\n      {}\n", lines.replace('\n', "\n      "));
        dependencies(".gitlab-ci.yml", &script, outcome, words);
    }
}
