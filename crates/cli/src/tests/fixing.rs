//! `fix`, from the command line to the file.

use super::fakes::{FULL, POD, Shell};

const SELECT: [&str; 2] = ["--select", "rule==pod-host-namespace"];

fn fix<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["fix", "web.yaml"], &SELECT, more].concat()
}

#[test]
fn a_diff_is_what_is_printed_and_the_file_stays() {
    let shell = Shell::new();
    shell.file("web.yaml", POD);
    let ran = shell.run(&fix(&[]));
    let diff = "--- a/web.yaml\n+++ b/web.yaml\n@@ -3,7 +3,6 @@\n kind: Pod\n metadata: {name: web, namespace: shop}\n spec:\n-  hostPID: true # to see all\n   containers:\n     - name: web\n       image: shop/web:1\n";
    assert_eq!((ran.exit, ran.out.as_str()), (0, diff), "{}", ran.err);
    assert!(
        ran.err.contains("1 finding closed in 1 file (not written, give `--write`), 0 open"),
        "{}",
        ran.err
    );
    assert_eq!(shell.read("web.yaml"), POD);
}

#[test]
fn a_file_is_written_whole_and_only_as_it_was_read() {
    let shell = Shell::new();
    shell.file("web.yaml", POD);
    let ran = shell.run(&fix(&["--write"]));
    assert_eq!((ran.exit, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(shell.read("web.yaml"), POD.replace("  hostPID: true # to see all\n", ""));
    let ran = shell.run(&fix(&["--write"]));
    assert_eq!(ran.exit, 3, "it is another file by now");
    assert!(ran.err.contains("changed meanwhile"), "{}", ran.err);
    let ran = shell.run(&["fix", "-", "--write"]);
    assert_eq!(ran.exit, 2, "{}", ran.err);
}

/// The shelf of the fakes as it is on the disk.
fn shelf() -> Shell {
    let shell = Shell::new();
    std::fs::create_dir(shell.directory.path().join("shelf")).unwrap();
    for name in ["a.yaml", FULL, "z.yaml"] {
        shell.file(&format!("shelf/{name}"), &POD.replace("name: web", &format!("name: {}", &name[..1])));
    }
    shell
}

fn fix_shelf(shell: &Shell) -> super::fakes::Ran {
    shell.run(&[&["fix", "shelf", "--write"], SELECT.as_slice()].concat())
}

#[test]
fn a_write_that_fails_half_way_names_what_was_written_before_it() {
    let shell = shelf();
    let ran = fix_shelf(&shell);
    assert_eq!(ran.exit, 2, "{}", ran.err);
    assert!(ran.err.contains("`shelf/full.yaml` cannot be written: "), "{}", ran.err);
    assert!(ran.err.contains("; already written: shelf/a.yaml\n"), "{}", ran.err);
    let is_mended = |name: &str| !shell.read(&format!("shelf/{name}")).contains("hostPID");
    assert_eq!(["a.yaml", FULL, "z.yaml"].map(is_mended), [true, false, false]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_only_be_read_is_refused_before_anything_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let shell = shelf();
    let last = shell.directory.path().join("shelf/z.yaml");
    std::fs::set_permissions(&last, std::fs::Permissions::from_mode(0o444)).unwrap();
    // Whoever may write it all the same, as root may, cannot be shown the refusal.
    if std::fs::OpenOptions::new().append(true).open(&last).is_ok() {
        return;
    }
    let ran = fix_shelf(&shell);
    assert_eq!(ran.exit, 2, "{}", ran.err);
    assert!(ran.err.contains("`shelf/z.yaml` cannot be written: "), "{}", ran.err);
    assert!(ran.err.contains("nothing was written"), "{}", ran.err);
    assert!(shell.read("shelf/a.yaml").contains("hostPID"), "not even the first");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_named_is_meant_wherever_it_lies() {
    let shell = Shell::new();
    shell.file("elsewhere.yaml", POD);
    let below = shell.directory.path().join("below");
    std::fs::create_dir(&below).unwrap();
    std::os::unix::fs::symlink("../elsewhere.yaml", below.join("web.yaml")).unwrap();
    let ran = shell.run_in("below", &fix(&["--write"]));
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert_ne!(shell.read("elsewhere.yaml"), POD);
}

#[test]
fn formats_have_their_places_and_slips_are_named() {
    let shell = Shell::new();
    shell.file("web.yaml", POD);
    let ran = shell.run(&fix(&["--format", "json=fix.json,kustomize=kustomization.yaml"]));
    assert_eq!((ran.exit, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(shell.read("fix.json").contains("\"schema\": \"plimsoll.fix/1\""));
    assert!(shell.read("kustomization.yaml").contains("hostPID: null"));
    for (line, word) in [
        (vec!["--format", "table"], "diff, json, kustomize"),
        (vec!["--run-as-user", "0"], "other than root"),
        (vec!["--cpu-request", "much"], "--cpu-request"),
        (vec!["--memory-request", "1Gi"], "below its request"),
        (vec!["--digest", "web"], "--digest"),
        (vec!["--level", "privileged"], "no level"),
        (vec!["--usage", "nowhere.json"], "nowhere.json"),
        (vec!["--select", "rule=="], "gate"),
    ] {
        let line: Vec<&str> = ["fix", "web.yaml"].into_iter().chain(line).collect();
        let ran = shell.run(&line);
        assert_eq!(ran.exit, 2, "{line:?}: {}", ran.err);
        assert!(ran.err.contains(word), "{line:?}: {}", ran.err);
    }
}

#[test]
fn what_stays_open_is_said_with_its_reason() {
    let shell = Shell::new();
    shell.file("web.yaml", POD);
    let ran =
        shell.run(&["fix", "web.yaml", "--select", "control==image-hardening && rule==image-digest-missing"]);
    assert_eq!((ran.exit, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.contains("open: image-digest-missing: the digest of `shop/web:1` is not known"),
        "{}",
        ran.err
    );
    shell.file("usage.json", r#"{"data":{"result":[{"metric":{"namespace":"shop","pod":"web","container":"web"},"value":[1,"0.2"]}]}}"#);
    let ran =
        shell.run(&["fix", "web.yaml", "--select", "rule==pod-best-effort", "--usage", "cpu=usage.json"]);
    assert!(ran.out.contains("+          cpu: 240m\n"), "{}{}", ran.out, ran.err);
}
