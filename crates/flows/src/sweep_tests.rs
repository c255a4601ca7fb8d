//! Sweeps over a fake registry: what is new, what is gone, and what a run that was broken off leaves to the next.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{Sweep, SweptState};
use inventory::{Target, TargetKind};
use model::{Digest, Timestamp};
use oci::TreeBuilder;
use ports::cache::NoCache;
use ports::remote::{Choice, Listing};
use ports::source::{
    Content, Files, Location, Opened, Peek, Progress, ReadOptions, SourceError, Sources, TargetSpec,
};

use crate::fakes::world;
use crate::{FlowError, Keep, MaxAge, ReadRequest, ScanRequest, SweepRequest, sweep};

const OS: &str = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n";
const OLD: &str =
    "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u1\n\n";
const FIXED: &str =
    "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u2\n\n";

/// Images by name: content and the day they were made.
#[derive(Default)]
struct FakeRegistry {
    images: BTreeMap<String, (&'static str, Option<&'static str>)>,
    problems: Vec<(String, String)>,
    opened: Mutex<Vec<String>>,
    /// Listed, and not there.
    missing: Vec<String>,
}

impl FakeRegistry {
    fn of(images: &[(&str, &'static str)]) -> Self {
        let images = images.iter().map(|(n, c)| ((*n).to_owned(), (*c, None))).collect();
        Self { images, ..Self::default() }
    }
}

impl Sources for FakeRegistry {
    fn open(
        &self,
        spec: &TargetSpec,
        analyzer: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let Location::Registry(name) = &spec.location else {
            return Err(SourceError::Usage("an image is asked for".to_owned()));
        };
        self.opened.lock().unwrap().push(name.clone());
        let (status, _) = self.images[name];
        let mut builder = TreeBuilder::default();
        builder.file("etc/os-release", 0o644, OS.as_bytes(), analyzer);
        builder.file("var/lib/dpkg/status", 0o644, status.as_bytes(), analyzer);
        let target = Target::new(format!("registry:{name}"), TargetKind::Registry, name.clone());
        let files = Files::of(Arc::new(builder.build(None)));
        let content = Content::Files(Box::new(files));
        Ok(vec![Opened::whole(target, content)])
    }

    fn list(&self, _: &Choice) -> Result<Listing, SourceError> {
        Ok(Listing { images: self.images.keys().cloned().collect(), problems: self.problems.clone() })
    }

    fn peek(&self, image: &str, _: &ReadOptions) -> Result<Vec<Peek>, SourceError> {
        if self.missing.iter().any(|m| m == image) {
            return Err(SourceError::Missing(format!("`{image}` is not there")));
        }
        let (content, created) = self.images[image];
        if content == "chart" {
            return Err(SourceError::Usage(format!("`{image}` holds no image")));
        }
        let digest: Digest = oci::sha256(content.as_bytes());
        Ok(vec![Peek { digest, created: created.map(str::to_owned) }])
    }
}

fn request(state: Option<Vec<u8>>) -> SweepRequest {
    SweepRequest {
        choice: Choice { registry: "reg".to_owned(), pattern: "**".to_owned(), ..Choice::default() },
        since: None,
        reports: None,
        state,
        scan: ScanRequest {
            framework: None,
            targets: Vec::new(),
            controls: Vec::new(),
            gates: Vec::new(),
            as_of: "2026-02-01".parse::<Timestamp>().unwrap(),
            database: None,
            max_age: MaxAge::Usual,
            min_package_age: None,
            ignore: None,
            images: None,
            vex: Vec::new(),
            baseline: None,
            read: ReadRequest::default(),
        },
    }
}

/// Runs a sweep; answers it with the state that was kept last. `saves` is how often keeping succeeds.
fn run(registry: &FakeRegistry, request: &SweepRequest, saves: usize) -> (Result<Sweep, FlowError>, Vec<u8>) {
    let world = world(registry, &NoCache);
    let kept = RefCell::new((0, Vec::new()));
    let keep = Keep {
        state: &|bytes| {
            let mut kept = kept.borrow_mut();
            if kept.0 == saves {
                return Err("the disk is full".to_owned());
            }
            *kept = (kept.0 + 1, bytes.to_vec());
            Ok(())
        },
        report: &|_, _| Ok(()),
    };
    let swept = sweep(&world, request, &keep);
    (swept, kept.into_inner().1)
}

fn vulnerabilities(sweep: &Sweep, image: &str) -> usize {
    let image = sweep.images.iter().find(|i| i.name == image).unwrap();
    image.new.iter().filter(|f| f.rule.contains("vulnerab")).count()
}

#[test]
fn the_second_run_tells_what_the_first_did_not_find() {
    let (first, state) = run(&FakeRegistry::of(&[("reg/a:1", FIXED), ("reg/b:1", OLD)]), &request(None), 99);
    let first = first.unwrap();
    assert!(first.images.iter().all(|i| i.first && i.state == SweptState::Scanned));
    assert_eq!((vulnerabilities(&first, "reg/a:1"), vulnerabilities(&first, "reg/b:1")), (0, 1));
    let (second, state) = run(&FakeRegistry::of(&[("reg/a:1", OLD)]), &request(Some(state)), 99);
    let second = second.unwrap();
    assert_eq!(second.since_last, Some("2026-02-01".parse().unwrap()));
    assert_eq!(second.removed, ["reg/b:1"]);
    assert_eq!(vulnerabilities(&second, "reg/a:1"), 1);
    assert!(!second.images[0].first);
    let (third, _) = run(&FakeRegistry::of(&[("reg/a:1", FIXED)]), &request(Some(state)), 99);
    let third = third.unwrap();
    assert!(third.images[0].new.is_empty() && third.images[0].gone == 1, "{:?}", third.images);
}

#[test]
fn a_run_that_was_broken_off_is_continued_and_forgets_nothing_that_is_new() {
    let names: Vec<String> = (0..40).map(|n| format!("reg/a:{n:02}")).collect();
    let images: Vec<(&str, &'static str)> = names.iter().map(|n| (n.as_str(), OLD)).collect();
    let registry = FakeRegistry::of(&images);
    let (broken, state) = run(&registry, &request(None), 2);
    assert!(broken.is_err());
    registry.opened.lock().unwrap().clear();
    let (whole, _) = run(&registry, &request(Some(state)), 99);
    let whole = whole.unwrap();
    let resumed = whole.images.iter().filter(|i| i.state == SweptState::Resumed).count();
    assert_eq!((whole.images.len(), resumed, registry.opened.lock().unwrap().len()), (40, 16, 24));
    assert!(names.iter().all(|n| vulnerabilities(&whole, n) == 1));
}

#[test]
fn another_question_does_not_take_over_what_was_broken_off() {
    let registry = FakeRegistry::of(&[("reg/a:1", OLD)]);
    let (_, state) = run(&registry, &request(None), 1);
    let mut other = request(Some(state));
    other.scan.gates = vec!["severity>=critical".to_owned()];
    let (swept, _) = run(&registry, &other, 99);
    let swept = swept.unwrap();
    assert_eq!((swept.images[0].state, swept.exit), (SweptState::Scanned, 1));
}

#[test]
fn what_is_no_image_or_too_old_is_left_out_and_named() {
    let mut registry = FakeRegistry::of(&[
        ("reg/chart:1", "chart"),
        ("reg/buildpack:1", OLD),
        ("reg/epoch:1", OLD),
        ("reg/old:1", OLD),
        ("reg/undated:1", OLD),
    ]);
    registry.images.get_mut("reg/old:1").unwrap().1 = Some("2025-01-01T00:00:00.123456789Z");
    registry.images.get_mut("reg/buildpack:1").unwrap().1 = Some("1980-01-01T00:00:01Z");
    registry.images.get_mut("reg/epoch:1").unwrap().1 = Some("1970-01-01T00:00:00Z");
    let since = SweepRequest { since: Some("2026-01-01".parse().unwrap()), ..request(None) };
    let (swept, _) = run(&registry, &since, 99);
    let swept = swept.unwrap();
    let left_out = swept.images.iter().filter(|i| i.state == SweptState::LeftOut).map(|i| i.name.as_str());
    assert_eq!(left_out.collect::<Vec<_>>(), ["reg/chart:1", "reg/old:1"]);
    assert_eq!(swept.images.len(), 5);
}

#[test]
fn what_could_not_be_listed_leaves_the_sweep_incomplete_and_removes_nothing() {
    let (_, state) = run(&FakeRegistry::of(&[("reg/a:1", FIXED), ("reg/b:1", FIXED)]), &request(None), 99);
    let mut registry = FakeRegistry::of(&[("reg/a:1", FIXED)]);
    registry.problems.push(("reg/b".to_owned(), "refused".to_owned()));
    let (swept, _) = run(&registry, &request(Some(state)), 99);
    let swept = swept.unwrap();
    assert_eq!((swept.exit, swept.removed.len(), swept.problems.len()), (3, 0, 1));
    let broken = request(Some(b"{".to_vec()));
    assert!(matches!(run(&registry, &broken, 99).0, Err(FlowError::Usage(_))));
}

#[test]
fn an_image_that_is_listed_and_not_there_is_not_one_without_faults() {
    let mut registry = FakeRegistry::of(&[("reg/a:1", OLD), ("reg/b:1", OLD)]);
    let (_, state) = run(&registry, &request(None), 99);
    registry.missing.push("reg/b:1".to_owned());
    let (swept, state) = run(&registry, &request(Some(state)), 99);
    let swept = swept.unwrap();
    assert_eq!((swept.exit, swept.images[1].exit, swept.images[0].exit), (3, 3, 0));
    assert!(swept.images[1].reasons[0].contains("listed, and not there"), "{:?}", swept.images[1]);
    registry.missing.clear();
    let (again, _) = run(&registry, &request(Some(state)), 99);
    assert_eq!(vulnerabilities(&again.unwrap(), "reg/b:1"), 0, "what was known stays known");
}

#[test]
fn a_platform_that_is_none_is_refused_before_anything_is_asked() {
    let mut request = request(None);
    request.scan.read.platform = Some("linux/".to_owned());
    let (swept, _) = run(&FakeRegistry::of(&[("reg/a:1", OLD)]), &request, 99);
    assert!(matches!(swept, Err(FlowError::Usage(_))));
}

#[test]
fn a_registry_of_which_nothing_fits_is_not_one_without_faults() {
    let (swept, _) = run(&FakeRegistry::of(&[]), &request(None), 99);
    let swept = swept.unwrap();
    assert_eq!((swept.exit, swept.problems.len()), (3, 1));
}

#[test]
fn a_gate_may_ask_for_what_is_new_since_the_last_run() {
    let gated = |state: Option<Vec<u8>>| {
        let mut request = request(state);
        request.scan.gates = vec!["new && severity>=critical && !unknown".to_owned()];
        request
    };
    let (first, state) = run(&FakeRegistry::of(&[("reg/a:1", OLD)]), &gated(None), 99);
    assert_eq!(first.unwrap().exit, 1, "of an image that was never seen everything is new");
    let (second, state) = run(&FakeRegistry::of(&[("reg/a:1", OLD)]), &gated(Some(state)), 99);
    assert_eq!(second.unwrap().exit, 0);
    let images = &[("reg/a:1", OLD), ("reg/b:1", OLD)];
    let (third, state) = run(&FakeRegistry::of(images), &gated(Some(state)), 99);
    let third: Vec<u8> = third.unwrap().images.iter().map(|i| i.exit).collect();
    assert_eq!(third, [0, 1]);
    let mut doubtful = gated(Some(state));
    doubtful.scan.gates = vec!["new && severity>=critical".to_owned()];
    let (fourth, _) = run(&FakeRegistry::of(images), &doubtful, 99);
    assert_eq!(fourth.unwrap().exit, 0, "a doubt that stood before hides nothing new");
}
