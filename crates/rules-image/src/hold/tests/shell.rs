//! What becomes of a scan's answer, in the scripts that people write.

use super::super::shell::{Ends, SCRIPT_COMMANDS_MAX, Script, Shell};
use super::{FAIL, PASS, UNKNOWN, dependencies};

const HELD: &[&str] = &[
    "scan x",
    "make && scan x",
    "scan x && echo done",
    "scan x || exit 1",
    "scan x || { echo bad; exit 1; }",
    "scan x || false",
    "set -o pipefail\nscan x | tee y",
    "sh -c 'scan x'",
    "echo a; scan x; echo b",
    "scan x > y 2>&1",
    "if ! scan x; then echo bad; exit 1; fi",
    "if scan x; then echo ok; else exit 1; fi",
    "set +e\nscan x\ncode=$?\nexit $code",
    "set +e\nscan x\nrc=$?\nset -e\nupload report\nexit \"$rc\"",
    "rc=0; scan x || rc=$?; cat report; exit $rc",
    "rc=0\nscan x || rc=$?\n[ ${rc} -eq 0 ] || exit 1",
    "rc=0\nscan x || rc=1\nif [ \"$rc\" -ne 0 ]; then\n  echo bad\n  exit 1\nfi",
    "rc=0; scan x || rc=$?; test $rc -eq 0",
    "rc=0; scan x || rc=$?; [[ $rc == 0 ]] || { echo bad; exit 1; }",
    "rc=0; scan x || rc=$?; if (( rc != 0 )); then exit 1; fi",
    "rc=0; scan x || rc=$((rc + $?)); exit $rc",
    "failed=false; scan x || failed=true; if [ $failed = true ]; then exit 1; fi",
    "scan x || rc=$?\nexit ${rc:-0}",
    "rc=0; scan x || rc=$?; case $rc in 0) echo ok ;; *) exit 1 ;; esac",
    "if scan x; then rc=0; else rc=$?; fi; exit $rc",
    "die() { echo \"$1\"; exit 1; }\nscan x || die bad",
    "check() { scan x; }\ncheck",
    "set +e; scan x | tee y; exit ${PIPESTATUS[0]}",
    "scan x &\npid=$!\nmake\nwait $pid",
    "scan x &\nwait $!",
    "( scan x )",
    "(exit 0)\nscan x",
    "( cd a; exit 0 ); scan x",
    "( scan x ) || exit 1",
    "trap cleanup EXIT\ncleanup() { rm -f t; }\nscan x",
    "cleanup() { docker rm -f c || true; }\ntrap cleanup EXIT INT TERM\nscan x",
    "trap 'rc=$?; rm -f t; exit $rc' EXIT\nscan x",
    "for t in a b; do scan x; done",
    "bash -ec 'scan x; echo done'",
    "eval 'scan x'",
    "while true && break; do make; done\nscan x",
    "while read line; do echo $line; done < list\nscan x",
    "if command -v curl >/dev/null; then curl -O y; else wget y; fi\nscan x",
    "scan x \\\n  --quiet\necho done",
];

const LOST: &[&str] = &[
    "scan x || true",
    "scan x || echo bad",
    "scan x || exit 0",
    "scan x | tee y",
    "scan x &",
    "scan x && echo ok\necho on",
    "set +e\nscan x\necho done",
    "if scan x; then echo clean; fi",
    "sh -c 'scan x; echo done'",
    "sh -c 'scan x' || true",
    "( scan x ) || true",
    "! bash -ec 'scan x; true'",
    "for i in a b; do while break; do make; done; exit 0; done\nscan x",
    "( scan x ) &",
    "( scan x ) &\nwait",
    "set +e\n( scan x; exit 0 )",
    "( set +e; scan x; exit 0 )",
    "(scan x || true)\necho done",
    "scan x || exit 0",
    "scan x || { echo bad; exit 0; }",
    "if scan x; then echo ok; fi\necho done",
    "if scan x; then echo ok; else echo bad; fi",
    "if ! scan x; then echo bad; fi",
    "! scan x",
    "rc=0; scan x || rc=$?; exit 0",
    "rc=0; scan x || rc=$?; echo $rc",
    "set +e; scan x; rc=$?; set -e; echo $rc",
    "scan x && rc=0 || rc=1; echo $rc",
    "rc=0; scan x || rc=$?; if [ $rc -ne 0 ]; then echo bad; fi",
    "rc=0; scan x || rc=$?; if [ $rc -eq 0 ]; then exit 1; fi",
    "scan x | tee y; echo ${PIPESTATUS[0]}",
    "for t in 1 2 3; do scan x && break; sleep 5; done",
    "check() { scan x; }\ncheck || true",
    "check() { scan x; return 0; }\nif check; then echo ok; fi",
    "set +e\ncheck() { scan x; return 0; }\ncheck",
    "scan () ( true )\nscan x",
    "trap cleanup EXIT\ncleanup() { rm -f t; exit 0; }\nscan x",
    "function finish { exit 0; }\ntrap finish EXIT\nscan x",
    "scan x || true; make || exit 1",
    "{ scan x; exit 0; } || true",
    "scan x || :",
];

const UNCLEAR: &[&str] = &[
    "scan x > report || true\nif grep -q HIGH report; then exit 1; fi",
    "set +e\nscan x\nif [ $? -eq 3 ]; then exit 1; fi",
    "rc=0; scan x || rc=$?; if [ -n \"$STRICT\" ]; then exit $rc; fi",
    "set +e\nscan x\nexit $(cat code)",
    "scan x &\nwait -n",
    "set +e\nfor t in a b; do scan $t; done",
    "if scan x",
    "scan x 'and more",
];

const STRICT: Shell = Shell { errexit: true, pipefail: false };

/// What becomes of the answer of `scan`.
fn ends(script: &str) -> Ends {
    let script = Script::read(script, STRICT);
    let scan = script.commands().iter().rposition(|c| c.words.iter().any(|w| w == "scan"));
    scan.map_or(Ends::no("no such command"), |index| script.ends(index))
}

fn lost(script: &str) -> bool {
    matches!(ends(script), Ends::No(_))
}

#[test]
fn an_answer_ends_the_script_or_is_lost() {
    for script in HELD {
        assert_eq!(ends(script), Ends::Yes, "{script}");
    }
    for script in LOST {
        assert!(lost(script), "{script}: {:?}", ends(script));
    }
    for script in UNCLEAR {
        assert!(matches!(ends(script), Ends::Perhaps(_)), "{script}: {:?}", ends(script));
    }
}

#[test]
fn what_stands_before_decides_whether_a_command_runs() {
    for script in [
        "exit 0\nscan x",
        "exit 256\nscan x",
        "for i in a; do break; scan x; done",
        "exec make\nscan x",
        "if false; then scan x; fi",
        "if true; then make; else scan x; fi",
        "while false; do scan x; done",
        "if [ 1 = 2 ]; then\n  scan x\nfi",
        "false && scan x",
        "true || scan x",
        "check() {\n  scan x\n}\nmake",
        "function check {\n  scan x\n}",
        "alias scan=true\nscan x",
        "scan() { true; }\nscan x",
        "trap 'exit 0' EXIT\nscan x",
        "trap 'rm -f t; exit 0' ERR EXIT\nscan x",
        "set -n\nscan x",
        "kill $$\nscan x",
        "sh -c 'exit 0; scan x'",
    ] {
        assert!(lost(script), "{script}: {:?}", ends(script));
    }
    for script in [
        "if true; then scan x; fi",
        "for i in 1 2 3; do docker pull x && break; sleep 5; done\nscan x",
        "[ -f Dockerfile ] || exit 1\nscan x",
        "if [ -z \"$A\" ]; then echo no; exit 1; fi\nscan x",
        "for i in a b; do scan $i; done",
        "trap 'rm -rf t' EXIT\nscan x",
        "{ scan x; }",
        "false || scan x",
        "if false; then exit 0; fi\nscan x",
        "until false; do make; scan x; done",
        "if make; then echo yes; else exit 1; fi\nscan x",
        "cd a && scan x",
    ] {
        assert_eq!(ends(script), Ends::Yes, "{script}");
    }
    for script in [
        "if [ -n \"$CI\" ]; then scan x; fi",
        "[ \"$A\" = b ] && scan x",
        "make || scan x",
        "[ -n \"$SKIP\" ] && exit 0\nscan x",
        "case $A in\n  b) scan x ;;\nesac",
        "for i in $ALL; do scan $i; done",
        "exit $A\nscan x; exit 0",
    ] {
        let told = ends(script);
        assert!(matches!(told, Ends::Perhaps(_)) || script.starts_with("exit $A"), "{script}: {told:?}");
    }
}

#[test]
fn what_is_no_command_is_none() {
    for script in ["# scan x", "echo 'scan x'", "cat > s.sh <<EOF\nscan x\nEOF\n", "make # scan x"] {
        assert_eq!(ends(script), Ends::no("no such command"), "{script}");
    }
}

#[test]
fn a_script_without_end_is_not_judged() {
    let script = "true\n".repeat(SCRIPT_COMMANDS_MAX - 1) + "scan x\ntrue\n";
    assert!(matches!(ends(&script), Ends::Perhaps(_)));
}

#[test]
fn a_script_of_too_many_ways_is_not_judged() {
    let deep = |n: usize| format!("{}scan x{}", "( ".repeat(n), " )".repeat(n));
    assert_eq!(ends(&deep(20)), Ends::Yes);
    assert!(matches!(ends(&deep(2000)), Ends::Perhaps(_)));
    let calls = "f() { f; f; }\nf\nscan x";
    assert!(matches!(ends(calls), Ends::Perhaps(_)));
    let loops = "for a in 1 2 3; do ".repeat(30) + "scan x" + &"; done".repeat(30);
    assert!(matches!(ends(&loops), Ends::Yes | Ends::Perhaps(_)));
    let asked: String = (0..60).map(|n| format!("[ -f {n} ] && v{n}=1\n")).collect();
    assert!(matches!(ends(&(asked + "scan x")), Ends::Perhaps(_)));
    let guards: String = (0..60).map(|n| format!("if [ -f {n} ]; then echo {n}; fi\n")).collect();
    assert_eq!(ends(&(guards + "scan x")), Ends::Yes);
}

#[test]
fn words_lines_and_folders() {
    let script = Script::read("cd a\nscan ${{ github.sha }} \\\n  \"b c\" $(cat v)\ncd b && scan y", STRICT);
    let scans: Vec<_> = script.commands().iter().filter(|c| c.words[0] == "scan").collect();
    assert_eq!(scans[0].words, ["scan", "${{github.sha}}", "b c", "$(catv)"]);
    assert_eq!((scans[0].line, scans[0].folder.as_str()), (1, "a"));
    assert_eq!((scans[1].line, scans[1].folder.as_str()), (3, "a/b"));
    let script = Script::read("(cd a && scan x)\nbash -c '\nscan y'\n", STRICT);
    let scans: Vec<_> = script.commands().iter().filter(|c| c.words[0] == "scan").collect();
    assert_eq!((scans[0].line, scans[0].folder.as_str()), (0, "a"));
    assert_eq!((scans[1].line, scans[1].folder.as_str()), (2, ""));
}

#[test]
fn a_step_is_followed_as_its_shell_would() {
    const SCAN: &str = "plimsoll scan . --fail-on 'severity>=high'";
    for (lines, outcome, words) in [
        ("( SCAN ) || true", FAIL, "`|| true`"),
        ("( SCAN ) &", FAIL, "background"),
        ("SCAN &\nmake test\nwait $!", PASS, ""),
        ("set +e\n( SCAN; exit 0 )", FAIL, ""),
        ("(exit 0)\nSCAN", PASS, ""),
        ("plimsoll () ( true )\nSCAN", FAIL, "took its name"),
        (
            "cleanup() {\n  rm -rf tmp\n  exit 0\n}\ntrap cleanup EXIT\nSCAN",
            FAIL,
            "`trap` ends the script well",
        ),
        ("cleanup() {\n  rm -rf tmp\n}\ntrap cleanup EXIT\nSCAN", PASS, ""),
        ("rc=0\nSCAN || rc=$?\ncat report.txt\nexit $rc", PASS, ""),
        ("set +e\nSCAN\nrc=$?\nset -e\ncat report.txt\nexit \"$rc\"", PASS, ""),
        ("set +e\nSCAN\nrc=$?\necho done with $rc", FAIL, "a later command's answer counts"),
        ("if ! SCAN; then\n  echo bad\n  exit 1\nfi\necho good", PASS, ""),
        ("if SCAN; then\n  echo good\nfi", FAIL, "only chooses"),
        ("SCAN || exit 0", FAIL, "`|| exit 0`"),
        (
            "SCAN --format json > out.json || true\nif jq -e .findings out.json; then exit 1; fi",
            UNKNOWN,
            "up to the script",
        ),
        ("if SCAN", UNKNOWN, "cannot be read"),
    ] {
        let lines = lines.replace("SCAN", SCAN).replace('\n', "\n          ");
        let text = format!("on: push\njobs:\n  a:\n    steps:\n      - run: |\n          {lines}\n");
        dependencies(".github/workflows/ci.yml", &text, outcome, words);
    }
}
