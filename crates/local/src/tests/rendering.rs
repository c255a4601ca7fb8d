//! Charts and kustomizations, rendered by programs that are scripts of our own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ports::render::{Form, Programs, Render, Rendered, Unrendered, Wanted};

use crate::render::LocalRender;

/// A folder of programs and a target beside it.
struct Machine(tempfile::TempDir);

impl Machine {
    fn with(programs: &[(&str, &str)]) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for dir in ["bin", "deploy"] {
            fs::create_dir(machine.0.path().join(dir)).unwrap();
        }
        for (name, script) in programs {
            let path = machine.0.path().join("bin").join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn render(&self, form: Form, programs: &Programs) -> Result<Rendered, Unrendered> {
        let root = self.path("deploy");
        let wanted = Wanted { form, root: &root, folder: "charts/shop", release: "shop", programs };
        LocalRender { path: vec![Path::new(&self.path("bin")).to_owned()] }.render(&wanted)
    }
}

/// Says its version, or what it was told.
const TALKS: &str = "case $1 in version) echo v9.9.9; exit;; esac\necho \"$0 $*\"; pwd; /usr/bin/env";

#[test]
fn a_chart_is_rendered_by_helm_without_the_users_environment() {
    let machine = Machine::with(&[("helm", TALKS)]);
    let programs = Programs { values: vec!["/values/prod.yaml".to_owned()], ..Programs::default() };
    let rendered = machine.render(Form::Chart, &programs).unwrap();
    assert_eq!(rendered.by, "helm v9.9.9");
    let text = String::from_utf8(rendered.bytes).unwrap();
    let mut lines = text.lines();
    let called = format!(
        "{} template shop ./charts/shop --include-crds --values /values/prod.yaml",
        machine.path("bin/helm")
    );
    assert_eq!(lines.next(), Some(called.as_str()));
    assert_eq!(lines.next(), Some(machine.path("deploy").as_str()));
    for line in lines {
        let (name, value) = line.split_once('=').unwrap();
        let own = ["PWD", "SHLVL", "_", "OLDPWD"].contains(&name);
        let nothing = value.starts_with("/proc/none") || value == "http://127.0.0.1:9";
        assert!(own || nothing, "{line}");
    }
}

#[test]
fn a_kustomization_is_rendered_by_kustomize_or_else_by_kubectl() {
    let first = |machine: &Machine, programs: &Programs| {
        let rendered = machine.render(Form::Kustomization, programs).unwrap();
        let text = String::from_utf8(rendered.bytes).unwrap();
        let called = text.lines().next().unwrap().to_owned();
        (rendered.by, called.replace(&machine.path("bin/"), ""))
    };
    let both = Machine::with(&[("kustomize", TALKS), ("kubectl", TALKS)]);
    let by_kustomize = ("kustomize v9.9.9".to_owned(), "kustomize build ./charts/shop".to_owned());
    let by_kubectl = ("kubectl v9.9.9".to_owned(), "kubectl kustomize ./charts/shop".to_owned());
    assert_eq!(first(&both, &Programs::default()), by_kustomize);
    let named = |name: &str| Programs { kustomize: Some(name.to_owned()), ..Programs::default() };
    assert_eq!(first(&both, &named("kubectl")), by_kubectl);
    assert_eq!(first(&both, &named(&both.path("bin/kubectl"))), by_kubectl);
    let one = Machine::with(&[("kubectl", TALKS)]);
    assert_eq!(first(&one, &Programs::default()), by_kubectl);
}

#[test]
fn what_cannot_be_rendered_says_why_and_what_to_do() {
    let none = Machine::with(&[]);
    let refused = none.render(Form::Chart, &Programs::default()).unwrap_err();
    assert_eq!(refused.reason, "not rendered: no `helm` is on the path");
    assert_eq!(refused.remedy, "install helm, or name it with `--helm`");
    let named = Programs { kustomize: Some("./nowhere".to_owned()), ..Programs::default() };
    let refused = none.render(Form::Kustomization, &named).unwrap_err();
    assert_eq!(refused.reason, "not rendered: `./nowhere` is no program");

    let script =
        "echo 'level=WARN' >&2; echo \"Error: $PWD/x: https://me:word@example.org/x.tgz\" >&2; exit 7";
    let fails = Machine::with(&[("helm", script)]);
    let refused = fails.render(Form::Chart, &Programs::default()).unwrap_err();
    let wanted = "not rendered: helm: it ended with exit status: 7: ./x: https://example.org/x.tgz";
    assert_eq!(refused.reason, wanted);

    let script =
        "echo \"E1127 04:07:18.8 $$ run.go:72] \\\"command failed\\\" err=\\\"no base\\\"\" >&2; exit 1";
    let kubectl = Machine::with(&[("kubectl", script)]);
    let refused = kubectl.render(Form::Kustomization, &Programs::default()).unwrap_err();
    assert_eq!(refused.reason, "not rendered: kubectl: it ended with exit status: 1: \"no base\"");

    let long = Machine::with(&[("helm", "exec /usr/bin/head -c 70000000 /dev/zero")]);
    let refused = long.render(Form::Chart, &Programs::default()).unwrap_err();
    assert_eq!(refused.reason, "not rendered: helm: it writes more than 67108864 bytes");
}
