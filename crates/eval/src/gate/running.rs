//! What runs, as `--images` linked it: `running`, `privileged` and `exposed`.

use std::collections::BTreeMap;

use api::{Finding, Run, TargetRow, WorkloadRow};

use super::Evidence;
use super::ast::Flag;
use super::truth::Truth;

/// Targets whose findings may run without being linked: nobody says which image they are.
const UNLINKED: [&str; 3] = ["results", "rootfs", "sbom"];

/// Targets that are images.
const IMAGES: [&str; 3] = ["docker-archive", "oci", "registry"];

/// Workloads named in one sentence.
const NAMED_MAX: usize = 2;

/// Targets and workloads, findable by what findings say of them.
pub(super) struct Running<'r> {
    is_linked: bool,
    targets: BTreeMap<&'r str, &'r TargetRow>,
    workloads: BTreeMap<Key<'r>, &'r WorkloadRow>,
}

/// Target, kind, namespace, name.
type Key<'r> = (&'r str, &'r str, &'r str, &'r str);

impl<'r> Running<'r> {
    pub(super) fn of(evidence: &Evidence<'r>) -> Self {
        let key = |w: &'r WorkloadRow| {
            let object = &w.object;
            (w.target.as_str(), object.kind.as_str(), object.namespace.as_str(), object.name.as_str())
        };
        Self {
            is_linked: evidence.workloads.is_some(),
            targets: evidence.targets.iter().map(|t| (t.id.as_str(), t)).collect(),
            workloads: evidence.workloads.unwrap_or_default().iter().map(|w| (key(w), w)).collect(),
        }
    }

    /// Of a finding about a workload what the workload is, else what its image is.
    pub(super) fn of_finding(&self, flag: Flag, f: &Finding) -> Truth {
        match &f.r#where.object {
            _ if !self.is_linked => Truth::Unknown,
            None => self.of_target(flag, &f.target),
            Some(_) => match self.workload(f) {
                // It brings no pod.
                None => Truth::False,
                Some(row) => Truth::of_known(match flag {
                    Flag::Privileged => row.privileged,
                    Flag::Exposed => row.exposed,
                    _ => Some(true),
                }),
            },
        }
    }

    pub(super) fn of_target(&self, flag: Flag, id: &str) -> Truth {
        let Some(target) = self.targets.get(id).filter(|_| self.is_linked) else { return Truth::Unknown };
        if target.runs_in.is_empty() && UNLINKED.contains(&target.kind.as_str()) {
            return Truth::Unknown;
        }
        match Truth::any(target.runs_in.iter().map(|run| of_run(flag, run))) {
            Truth::Irrelevant => Truth::False,
            other => other,
        }
    }

    /// A doubt of an image hides only what its containers are; one of a target that holds workloads may hide any.
    pub(super) fn of_doubt(&self, flag: Flag, target: &str) -> Truth {
        let is_image = self.targets.get(target).is_some_and(|t| IMAGES.contains(&t.kind.as_str()));
        if is_image && self.of_target(flag, target) == Truth::False { Truth::False } else { Truth::Unknown }
    }

    fn workload(&self, f: &Finding) -> Option<&'r WorkloadRow> {
        let object = f.r#where.object.as_ref()?;
        let key = (f.target.as_str(), object.kind.as_str(), object.namespace.as_str(), object.name.as_str());
        self.workloads.get(&key).copied()
    }

    /// Which workloads decide it: `exposed: Deployment shop/web by Ingress shop/web`.
    pub(super) fn why(&self, flag: Flag, word: &str, f: &Finding) -> String {
        let runs = self.targets.get(f.target.as_str()).map_or(&[][..], |t| t.runs_in.as_slice());
        let fitting: Vec<&Run> = runs.iter().filter(|r| of_run(flag, r) == Truth::True).collect();
        match self.of_finding(flag, f) {
            Truth::Unknown => format!("whether {word} is not known"),
            Truth::True if fitting.is_empty() => word.to_owned(),
            Truth::True => {
                let more = fitting.len().saturating_sub(NAMED_MAX);
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let names: Vec<String> = fitting.iter().take(NAMED_MAX).map(|r| named(flag, r)).collect();
                format!("{word}: {}{more}", names.join(", "))
            }
            _ => format!("not {word}"),
        }
    }
}

fn of_run(flag: Flag, run: &Run) -> Truth {
    Truth::of_known(match flag {
        Flag::Privileged => run.privileged,
        Flag::Exposed => run.exposed,
        _ => Some(true),
    })
}

fn named(flag: Flag, run: &Run) -> String {
    let object = &run.object;
    let name = match object.namespace.as_str() {
        "" => format!("{} {}", object.kind, object.name),
        namespace => format!("{} {namespace}/{}", object.kind, object.name),
    };
    match run.exposed_by.first().filter(|_| flag == Flag::Exposed) {
        Some(way) => format!("{name} by {way}"),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use api::{ContainerRole, Gate, GateOutcome, TargetRow};
    use model::{Doubt, DoubtKind, ObjectRef, Place, Severity};

    use super::*;
    use crate::gate::tests::finding as found;
    use crate::gate::{Expression, evaluate};

    fn object(name: &str) -> ObjectRef {
        let (api_version, kind, namespace) = ("apps/v1".into(), "Deployment".into(), "shop".into());
        ObjectRef { api_version, kind, namespace, name: name.into(), field: None }
    }

    fn run(name: &str, privileged: Option<bool>, exposed: Option<bool>) -> Run {
        Run {
            target: "manifests:deploy".into(),
            object: object(name),
            container: "c".into(),
            role: ContainerRole::Container,
            image: "web:1".into(),
            privileged,
            exposed,
            exposed_by: exposed.filter(|e| *e).map(|_| "Ingress shop/web".to_owned()).into_iter().collect(),
        }
    }

    fn target(id: &str, runs_in: Vec<Run>) -> TargetRow {
        let (kind, name) = id.split_once(':').unwrap();
        TargetRow {
            id: id.into(),
            kind: kind.into(),
            name: name.into(),
            digest: None,
            platform: None,
            distribution: None,
            sources: Vec::new(),
            runs_in,
            matched: None,
        }
    }

    fn workload(name: &str, privileged: Option<bool>, exposed: Option<bool>) -> WorkloadRow {
        WorkloadRow {
            id: name.into(),
            target: "manifests:deploy".into(),
            object: object(name),
            privileged,
            exposed,
            images: Vec::new(),
            findings: BTreeMap::new(),
            fixable: 0,
            worst: Vec::new(),
        }
    }

    fn finding(target: &str, object: Option<ObjectRef>) -> Finding {
        let place = Place { object, ..Place::default() };
        Finding { target: target.into(), r#where: place, ..found("rule", "image-scanning", Severity::High) }
    }

    fn gate(findings: &[Finding], doubts: &[Doubt], linked: bool, expression: &str) -> Gate {
        let targets = [
            target(
                "registry:web:1",
                vec![run("web", Some(false), Some(true)), run("job", None, Some(false))],
            ),
            target("registry:idle:1", Vec::new()),
            target("sbom:bill", Vec::new()),
            target("dir:.", Vec::new()),
        ];
        let workloads = [workload("web", Some(false), Some(true)), workload("job", None, Some(false))];
        let evidence = Evidence {
            findings,
            doubts,
            packages: &[],
            targets: &targets,
            workloads: linked.then_some(&workloads),
            rules: &[],
            controls: &[],
            database: None,
            as_of: "2026-11-25".parse().unwrap(),
            baseline: None,
        };
        evaluate(&[Expression::parse(expression).unwrap()], &evidence).remove(0)
    }

    fn outcomes(f: &Finding, linked: bool) -> [GateOutcome; 3] {
        ["running", "privileged", "exposed"]
            .map(|word| gate(std::slice::from_ref(f), &[], linked, word).outcome)
    }

    use GateOutcome::{Fail, Incomplete, Pass};

    #[test]
    fn a_finding_of_an_image_is_as_the_workloads_that_run_it() {
        assert_eq!(outcomes(&finding("registry:web:1", None), true), [Fail, Incomplete, Fail]);
        assert_eq!(outcomes(&finding("registry:idle:1", None), true), [Pass, Pass, Pass]);
        assert_eq!(outcomes(&finding("dir:.", None), true), [Pass, Pass, Pass], "a file is not run");
        assert_eq!(outcomes(&finding("sbom:bill", None), true), [Incomplete, Incomplete, Incomplete]);
        let both = gate(&[finding("registry:web:1", None)], &[], true, "severity>=high && exposed");
        assert!(
            both.because.contains("exposed: Deployment shop/web by Ingress shop/web"),
            "{}",
            both.because
        );
    }

    #[test]
    fn a_finding_of_a_workload_is_as_the_workload() {
        let of = |name: &str| outcomes(&finding("manifests:deploy", Some(object(name))), true);
        assert_eq!(of("web"), [Fail, Pass, Fail]);
        assert_eq!(of("job"), [Fail, Incomplete, Pass]);
        assert_eq!(of("a-service"), [Pass, Pass, Pass]);
    }

    #[test]
    fn without_images_nobody_knows() {
        let found = finding("registry:web:1", None);
        assert_eq!(outcomes(&found, false), [Incomplete, Incomplete, Incomplete]);
        let nothing = gate(&[], &[], false, "severity>=high && exposed");
        assert!(nothing.outcome == Incomplete && nothing.because.contains("--images"), "{}", nothing.because);
        assert_eq!(gate(&[found], &[], true, "known(privileged) && privileged").outcome, Pass);
    }

    #[test]
    fn a_doubt_of_an_image_that_nothing_exposes_hides_nothing_exposed() {
        let doubt = |target: &str| Doubt {
            control: "image-scanning".into(),
            rule: None,
            target: target.into(),
            kind: DoubtKind::Target,
            r#where: "layer".into(),
            reason: "broken".into(),
            remedy: "mend it".into(),
        };
        assert_eq!(gate(&[], &[doubt("registry:idle:1")], true, "exposed").outcome, Pass);
        assert_eq!(gate(&[], &[doubt("registry:web:1")], true, "exposed").outcome, Incomplete);
        assert_eq!(gate(&[], &[doubt("manifests:deploy")], true, "exposed").outcome, Incomplete);
    }
}
