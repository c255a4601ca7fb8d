//! What our own gate holds, with all that settings, variables and ignore files do to it.

use crate::hold::Project;

use super::{FAIL, PASS, UNKNOWN, dependencies, told};

#[test]
fn settings_that_disarm_our_gate_are_seen_wherever_they_stand() {
    let script =
        |lines: &str| format!("scan:\n  script:\n    - |\n      {}\n", lines.replace('\n', "\n      "));
    for (lines, outcome, words) in [
        ("plimsoll scan . --fail-on any", PASS, ""),
        ("export PLIMSOLL_FAIL_ON='severity>=high'\nplimsoll scan .", PASS, ""),
        ("PLIMSOLL_CONTROL=secrets plimsoll scan . --fail-on any", FAIL, "`secrets` alone"),
        ("export PLIMSOLL_CONTROL=secrets\nplimsoll scan . --fail-on any", FAIL, "`secrets` alone"),
        ("export PLIMSOLL_CONTROL=secrets\nunset PLIMSOLL_CONTROL\nplimsoll scan . --fail-on any", PASS, ""),
        ("plimsoll scan . --fail-on any --as-of 1990-01-01", FAIL, "as of 1990-01-01"),
        ("export PLIMSOLL_AS_OF=1990-01-01\nplimsoll scan . --fail-on any", FAIL, "as of 1990-01-01"),
        ("plimsoll scan . --fail-on any --as-of $DAY", UNKNOWN, "known only when it runs"),
        ("plimsoll scan . --fail-on any --help", FAIL, "scans nothing"),
        ("plimsoll scan . --fail-on any --ignore-file other-ignore.toml", UNKNOWN, "not read here"),
        ("plimsoll scan . --fail-on any --config strict.toml", UNKNOWN, "not read here"),
        ("plimsoll scan . --fail-on any --config none", PASS, ""),
        ("plimsoll scan . --fail-on any --exclude '**'", UNKNOWN, "`--exclude **` leaves out"),
        ("plimsoll scan . --fail-on any --include none", UNKNOWN, "leaves out"),
        ("plimsoll scan . --fail-on any --since 7d", UNKNOWN, "leaves out"),
        ("plimsoll scan . --fail-on any --vex vex.json", UNKNOWN, "`vex.json`"),
        ("plimsoll scan . --fail-on any --rematch", UNKNOWN, "earlier scans"),
        ("plimsoll scan . --fail-on 'severity>=high' --baseline old.json", PASS, ""),
        (
            "plimsoll scan . --fail-on 'new && severity>=high' --baseline old.json",
            UNKNOWN,
            "what `old.json` has",
        ),
        ("plimsoll scan . --fail-on any --control $WANTED", UNKNOWN, "`$WANTED`"),
    ] {
        dependencies(".gitlab-ci.yml", &script(lines), outcome, words);
    }
    let variable =
        "variables:\n  PLIMSOLL_CONTROL: secrets\nscan:\n  script: [plimsoll scan . --fail-on any]\n";
    dependencies(".gitlab-ci.yml", variable, FAIL, "`secrets` alone");
}

#[test]
fn an_ignore_file_that_accepts_everything_leaves_nothing_of_a_gate() {
    let pipeline = "scan:\n  script: [plimsoll scan . --fail-on any --ignore-file ci/ignore.toml]\n";
    let with = |entry: &str| {
        let ignore = format!("[[ignore]]\n{entry}\nreason = \"later\"\nowner = \"platform\"\n");
        let files = [(".gitlab-ci.yml", pipeline), ("ci/ignore.toml", ignore.as_str())];
        told(&files, &Project::default(), "dependencies")
    };
    assert_eq!(with("id = \"CVE-2026-1\"").0, PASS);
    assert_eq!(with("package = \"lodash\"").0, PASS);
    for entry in ["path = \"**\"", "rule = \"dependency-vulnerable\""] {
        let (outcome, because) = with(entry);
        assert_eq!(outcome, FAIL, "{entry}: {because}");
        assert!(because.contains("accepts everything"), "{because}");
    }
    let configured = [
        (".gitlab-ci.yml", "scan:\n  script: [plimsoll scan .]\n"),
        ("plimsoll.toml", "fail-on = [\"any\"]\ncontrol = [\"secrets\"]\n"),
    ];
    assert_eq!(told(&configured, &Project::default(), "dependencies").0, FAIL);
}

#[test]
fn what_earlier_steps_write_down_reaches_the_scan() {
    let steps = |before: &str, between: &str| {
        let before = before.replace('\n', "\n          ");
        format!(
            "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          {before}\n{between}      - run: plimsoll scan .\n"
        )
    };
    let other = "  b:\n    steps:\n";
    for (before, between, outcome, words) in [
        ("echo \"PLIMSOLL_FAIL_ON=none\" >> $GITHUB_ENV", "", FAIL, "`none`"),
        ("echo \"PLIMSOLL_FAIL_ON=any\" >> \"$GITHUB_ENV\"", "", PASS, ""),
        ("echo \"PLIMSOLL_FAIL_ON=any\" >> \"$GITHUB_ENV\"", other, FAIL, "without `--fail-on`"),
        ("cat >> $GITHUB_ENV <<EOF\nPLIMSOLL_FAIL_ON=any\nEOF", "", PASS, ""),
        ("echo \"PLIMSOLL_FAIL_ON=$GATE\" >> $GITHUB_ENV", "", UNKNOWN, "known only when it runs"),
        (
            "if make; then echo PLIMSOLL_FAIL_ON=any >> $GITHUB_ENV; fi",
            "",
            UNKNOWN,
            "known only when it runs",
        ),
        ("echo PLIMSOLL_FAIL_ON=any | tee -a $GITHUB_ENV", "", UNKNOWN, "known only when it runs"),
        ("export PLIMSOLL_FAIL_ON=any\necho A=b >> $GITHUB_ENV", "", FAIL, "without `--fail-on`"),
    ] {
        dependencies(".github/workflows/a.yml", &steps(before, between), outcome, words);
    }
    let variable = "on: push\nenv:\n  PLIMSOLL_CONTROL: ${{ vars.X }}\njobs:\n  a:\n    steps:\n      - run: plimsoll scan . --fail-on any\n";
    dependencies(".github/workflows/a.yml", variable, UNKNOWN, "known only when it runs");
}

#[test]
fn what_jenkins_sets_around_a_step_reaches_the_scan() {
    let stage = |around: &str, steps: &str| {
        format!("pipeline {{\n  {around}\n  stages {{ stage('Scan') {{ steps {{ {steps} }} }} }}\n}}\n")
    };
    for (around, steps, outcome, words) in [
        ("environment { PLIMSOLL_FAIL_ON = 'any' }", "sh 'plimsoll scan .'", PASS, ""),
        (
            "environment { PLIMSOLL_CONTROL = 'secrets' }",
            "sh 'plimsoll scan . --fail-on any'",
            FAIL,
            "`secrets`",
        ),
        (
            "environment { PLIMSOLL_CONTROL = credentials('x') }",
            "sh 'plimsoll scan . --fail-on any'",
            UNKNOWN,
            "known only",
        ),
        (
            "",
            "withEnv(['A=b', 'PLIMSOLL_AS_OF=1990-01-01']) { sh 'plimsoll scan . --fail-on any' }",
            FAIL,
            "1990",
        ),
        (
            "",
            "withEnv([\"PLIMSOLL_FAIL_ON=${params.GATE}\"]) { sh 'plimsoll scan .' }",
            UNKNOWN,
            "known only",
        ),
        (
            "",
            "withEnv(['PLIMSOLL_FAIL_ON=any']) { sh 'make' }\n sh 'plimsoll scan .'",
            FAIL,
            "without `--fail-on`",
        ),
    ] {
        dependencies("Jenkinsfile", &stage(around, steps), outcome, words);
    }
}

#[test]
fn what_another_job_sets_is_not_set_here() {
    let github = |env: &str| {
        format!(
            "on: push\njobs:\n  a:\n{env}    steps:\n      - run: make\n  b:\n    steps:\n      - run: plimsoll scan .\n"
        )
    };
    let armed = "    env:\n      PLIMSOLL_FAIL_ON: any\n";
    dependencies(".github/workflows/a.yml", &github(armed), FAIL, "without `--fail-on`");
    let own = github("") + "        env:\n          PLIMSOLL_FAIL_ON: any\n";
    dependencies(".github/workflows/a.yml", &own, PASS, "");
    let gitlab =
        "a:\n  variables: {PLIMSOLL_FAIL_ON: any}\n  script: [make]\nb:\n  script: [plimsoll scan .]\n";
    dependencies(".gitlab-ci.yml", gitlab, FAIL, "without `--fail-on`");
    dependencies(
        ".gitlab-ci.yml",
        "b:\n  variables: {PLIMSOLL_FAIL_ON: any}\n  script: [plimsoll scan .]\n",
        PASS,
        "",
    );
    let ruled = "b:\n  rules:\n    - variables: {PLIMSOLL_CONTROL: secrets}\n  script: [plimsoll scan . --fail-on any]\n";
    dependencies(".gitlab-ci.yml", ruled, UNKNOWN, "known only when it runs");
}

#[test]
fn variables_of_azure_count_for_what_they_stand_beside() {
    for (path, text, outcome, words) in [
        // Azure: root, job, list and mapping, a step's own, another job's, a condition.
        (
            "azure-pipelines.yml",
            "variables:\n  PLIMSOLL_FAIL_ON: any\nsteps:\n- bash: plimsoll scan .\n",
            PASS,
            "",
        ),
        (
            "azure-pipelines.yml",
            "variables:\n- name: plimsoll.fail.on\n  value: any\nsteps:\n- bash: plimsoll scan .\n",
            PASS,
            "",
        ),
        (
            "azure-pipelines.yml",
            "jobs:\n- job: a\n  variables: {PLIMSOLL_FAIL_ON: any}\n  steps: [{bash: plimsoll scan .}]\n",
            PASS,
            "",
        ),
        (
            "azure-pipelines.yml",
            "jobs:\n- job: a\n  variables: {PLIMSOLL_FAIL_ON: any}\n  steps: [{bash: make}]\n\
             - job: b\n  steps: [{bash: plimsoll scan .}]\n",
            FAIL,
            "without `--fail-on`",
        ),
        (
            "azure-pipelines.yml",
            "jobs:\n- job: a\n  variables: {PLIMSOLL_CONTROL: secrets}\n  steps: [{bash: make}]\n\
             - job: b\n  steps: [{bash: plimsoll scan . --fail-on any}]\n",
            PASS,
            "",
        ),
        (
            "azure-pipelines.yml",
            "variables:\n- ${{ if eq(variables.x, 'y') }}:\n  - name: PLIMSOLL_CONTROL\n    value: secrets\n\
             steps:\n- bash: plimsoll scan . --fail-on any\n",
            UNKNOWN,
            "known only when it runs",
        ),
    ] {
        dependencies(path, text, outcome, words);
    }
}

#[test]
fn variables_of_circleci_and_travis_count_for_their_job() {
    for (path, text, outcome, words) in [
        // CircleCI: a job, its container, a shared executor, a step.
        (
            ".circleci/config.yml",
            "workflows: {w: {jobs: [a, b]}}\njobs:\n  a: {environment: {PLIMSOLL_FAIL_ON: any}, steps: [checkout]}\n  \
             b: {steps: [{run: plimsoll scan .}]}\n",
            FAIL,
            "without `--fail-on`",
        ),
        (
            ".circleci/config.yml",
            "workflows: {w: {jobs: [a]}}\njobs:\n  a: {docker: [{image: x, environment: {PLIMSOLL_FAIL_ON: any}}], \
             steps: [{run: plimsoll scan .}]}\n",
            PASS,
            "",
        ),
        (
            ".circleci/config.yml",
            "workflows: {w: {jobs: [a]}}\nexecutors: {e: {environment: {PLIMSOLL_FAIL_ON: any}}}\njobs:\n  \
             a: {executor: e, steps: [{run: {command: plimsoll scan .}}]}\n",
            PASS,
            "",
        ),
        (
            ".circleci/config.yml",
            "workflows: {w: {jobs: [a]}}\njobs:\n  a: {steps: [{run: {command: make, environment: {PLIMSOLL_FAIL_ON: \
             any}}}, {run: plimsoll scan .}]}\n",
            FAIL,
            "without `--fail-on`",
        ),
        // Travis: for all, of one line, of several.
        (".travis.yml", "env: {global: [PLIMSOLL_FAIL_ON=any]}\nscript: plimsoll scan .\n", PASS, ""),
        (".travis.yml", "env: X=1 PLIMSOLL_FAIL_ON='any'\nscript: plimsoll scan .\n", PASS, ""),
        (
            ".travis.yml",
            "env: [PLIMSOLL_FAIL_ON=any, PLIMSOLL_FAIL_ON=none]\nscript: plimsoll scan .\n",
            UNKNOWN,
            "known only when it runs",
        ),
    ] {
        dependencies(path, text, outcome, words);
    }
}

#[test]
fn variables_of_other_pipelines_count_for_their_step() {
    for (path, text, outcome, words) in [
        // Cloud Build, Buildkite, Woodpecker.
        (
            "cloudbuild.yaml",
            "steps:\n- {name: x, env: [PLIMSOLL_FAIL_ON=any], script: make}\n- {name: x, script: plimsoll scan .}\n",
            FAIL,
            "without `--fail-on`",
        ),
        (
            "cloudbuild.yaml",
            "options: {env: [PLIMSOLL_FAIL_ON=any]}\nsteps:\n- {name: x, script: plimsoll scan .}\n",
            PASS,
            "",
        ),
        (
            ".buildkite/pipeline.yml",
            "steps:\n- {command: make, env: {PLIMSOLL_FAIL_ON: any}}\n- {command: plimsoll scan .}\n",
            FAIL,
            "without `--fail-on`",
        ),
        (
            ".woodpecker.yml",
            "steps:\n  a: {image: x, environment: {PLIMSOLL_FAIL_ON: any}, commands: [plimsoll scan .]}\n",
            PASS,
            "",
        ),
        (
            ".woodpecker.yml",
            "steps:\n  a: {image: x, environment: {PLIMSOLL_CONTROL: {from_secret: c}}, commands: [plimsoll scan . \
             --fail-on any]}\n",
            UNKNOWN,
            "known only when it runs",
        ),
    ] {
        dependencies(path, text, outcome, words);
    }
}

#[test]
fn what_scripts_of_circleci_and_azure_hand_on_is_known_only_when_it_runs() {
    let circle = "workflows: {w: {jobs: [a]}}\njobs:\n  a:\n    steps:\n    - run: echo 'export PLIMSOLL_CONTROL=secrets' \
                  >> $BASH_ENV\n    - run: plimsoll scan . --fail-on any\n";
    dependencies(".circleci/config.yml", circle, UNKNOWN, "known only when it runs");
    let azure = "steps:\n- bash: echo '##vso[task.setvariable variable=plimsoll.control]secrets'\n\
                 - bash: plimsoll scan . --fail-on any\n";
    dependencies("azure-pipelines.yml", azure, UNKNOWN, "known only when it runs");
}
