//! `--images`: what workloads run, beside them in one report.

use crate::tests::fakes::Shell;

/// From the heading of a section to the end of it.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let rest = text.find(heading).and_then(|at| text.get(at..)).unwrap_or_default();
    rest.split("\n\n\n").next().and_then(|s| s.split("\nWhat could").next()).unwrap_or(rest)
}

#[test]
fn where_images_run_stands_in_the_table() {
    let shell = Shell::new();
    let ran = shell.run(&["scan", "deploy.yaml", "--images", "--control", "dependencies"]);
    assert_eq!(ran.exit, 3, "one image cannot be had: {}", ran.err);
    let wanted = "\
Where it runs                                                                2 images in 2 workloads
────────────────────────────────────────────────────────────────────────────────────────────────────
1.  images.example/web:2                                                                  1 critical
    exposed     Pod shop/web by Service shop/web (LoadBalancer)
2.  images.example/nowhere:1                                                        could not be had
    privileged  Pod shop/lost

Pod shop/web                                                                              1 critical
    exposed
    CVE-2025-0001 (fixed in 1.2.0); 1 of 1 with a fix
";
    assert_eq!(section(&ran.out, "Where it runs").trim_end(), wanted.trim_end(), "{}", ran.out);
    assert!(!shell.run(&["scan", "deploy.yaml"]).out.contains("Where it runs"));
}

#[test]
fn gates_ask_what_is_exposed() {
    let shell = Shell::new();
    let exit = |line: &[&str]| {
        shell.run(&[&["scan", "deploy.yaml", "--control", "dependencies"], line].concat()).exit
    };
    assert_eq!(exit(&["--images", "--fail-on", "severity>=critical && exposed"]), 1);
    assert_eq!(
        exit(&["--images", "--fail-on", "severity>=critical && privileged"]),
        3,
        "the lost one may be"
    );
    assert_eq!(exit(&["--fail-on", "exposed"]), 3, "without images nobody knows");
}

#[test]
fn an_earlier_report_answers_for_an_image() {
    let shell = Shell::new();
    let written = shell.run(&["scan", "registry:images.example/web:2", "--format", "json=kept/web.json"]);
    assert_eq!(written.exit, 2, "the folder is not there yet: {}", written.err);
    shell.file("kept/other.json", "{}");
    let written = shell.run(&["scan", "registry:images.example/web:2", "--format", "json=kept/web.json"]);
    assert_eq!(written.exit, 0, "{}", written.err);
    let ran = shell.run(&["scan", "deploy.yaml", "--images-from", "kept", "--control", "dependencies"]);
    assert!(ran.out.contains("known by    kept/web.json"), "{}", ran.out);
    assert!(ran.err.contains("`kept/other.json` is no report"), "{}", ran.err);
    for (place, words) in [
        ("nowhere", "no images can be listed here"),
        ("kept/other.json", "`kept/other.json` is no report of `--format json`"),
        ("a=kept/web.json", "a report names its images itself"),
    ] {
        let slip = shell.run(&["scan", "deploy.yaml", "--images-from", place]);
        assert_eq!(slip.exit, 2, "{place}: {}", slip.err);
        assert!(slip.err.contains(words), "{place}: {}", slip.err);
    }
}
