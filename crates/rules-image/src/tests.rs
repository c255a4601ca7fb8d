//! Runs the cases of every rule: `src/rules/NAME/cases.md`, prose with facts and what is expected of them.
//!
//! A case is a heading, prose, a block of facts and a block of expectations:
//!
//! ````text
//! ## A password in a variable is found
//!
//! ```image
//! env DB_PASSWORD=hunter2hunter2
//! ```
//!
//! ```expect
//! high -: `ENV DB_PASSWORD` holds
//! ```
//! ````
//!
//! An expectation is `pass`, `not applicable`, `unknown: WORDS`, or one line a fault in order: severity, path (`-` for
//! none), and words of the message. The facts are those of [`fact`].

use std::path::{Path, PathBuf};

use eval::{Judgement, Rule};
use inventory::{FileFact, FileTrait, HistoryLine, Image, Surface, TargetKind};
use model::{Digest, Distribution, LayerRef};
use testkit::cases::fits;

use crate::{RULES, Subject};

struct Case {
    rule: String,
    title: String,
    facts: Vec<String>,
    expected: Vec<String>,
}

fn rules_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules")
}

fn cases(rule: &Rule<Subject>) -> Vec<Case> {
    let file = rules_dir().join(rule.id.replace('-', "_")).join("cases.md");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let found = testkit::cases::cases(&text, &["image", "expect"]);
    let found = found.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let case = |case: testkit::cases::Case| Case {
        rule: rule.id.to_owned(),
        facts: case.lines("image"),
        expected: case.lines("expect"),
        title: case.title,
    };
    found.into_iter().map(case).collect()
}

/// The subject that facts describe; an image of the Docker format unless `kind` says otherwise.
fn subject(facts: &[String]) -> Subject {
    let mut subject = Subject {
        kind: TargetKind::DockerArchive,
        image: Some(Image { os: "linux".to_owned(), can_have_healthcheck: true, ..Image::default() }),
        surface: Some(Surface::default()),
        distribution: None,
        as_of: "2026-11-25".parse().unwrap(),
    };
    for line in facts.iter().filter(|l| !l.trim().is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        fact(&mut subject, word, rest);
    }
    subject
}

/// One line of facts.
fn fact(subject: &mut Subject, word: &str, rest: &str) {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let number = |n: usize| words[n].replace('_', "").parse::<u64>().unwrap();
    match word {
        "kind" => {
            subject.kind = if rest == "rootfs" { TargetKind::Rootfs } else { TargetKind::Oci };
            subject.image = subject.image.take().filter(|_| rest != "rootfs");
            subject.image.iter_mut().for_each(|i| i.can_have_healthcheck = false);
        }
        "no-file-system" => subject.surface = None,
        "as-of" => subject.as_of = rest.parse().unwrap(),
        "distribution" => {
            let end_of_life = words.iter().find_map(|w| w.strip_prefix("end=")).map(str::to_owned);
            let version =
                words.get(1).filter(|w| !w.starts_with("end=")).map_or(String::new(), |w| (*w).to_owned());
            subject.distribution = Some(Distribution {
                id: words[0].to_owned(),
                version,
                end_of_life,
                ..Distribution::default()
            });
        }
        "passwd" => {
            subject.surface.as_mut().unwrap().users.push((words[0].to_owned(), words[1].parse().unwrap()))
        }
        "bytes" => subject.surface.as_mut().unwrap().bytes = number(0),
        "wasted" => {
            let surface = subject.surface.as_mut().unwrap();
            surface.wasted_bytes += number(1);
            surface.wasted.push((words[0].to_owned(), number(1)));
        }
        "file" => {
            let file = file(&words);
            subject.surface.as_mut().unwrap().notable.push(file);
        }
        _ => configuration(subject.image.as_mut().expect("an image"), word, rest, &words),
    }
}

fn configuration(image: &mut Image, word: &str, rest: &str, words: &[&str]) {
    let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    match word {
        "user" => image.user = rest.to_owned(),
        "os" => image.os = rest.to_owned(),
        "env" => image.env.push(rest.to_owned()),
        "label" => image.labels.extend(rest.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))),
        "entrypoint" => image.entrypoint = owned(words),
        "cmd" => image.cmd = owned(words),
        "port" => image.exposed_ports.push(rest.to_owned()),
        "healthcheck" => image.healthcheck = owned(words),
        "layer" => image.layers.push(layer(image.layers.len())),
        "history" => {
            image.layers.push(layer(image.layers.len()));
            let layer = u32::try_from(image.layers.len() - 1).ok();
            let (created_by, comment) = (rest.to_owned(), String::new());
            image.history.push(HistoryLine { created_by, comment, empty_layer: false, layer });
        }
        "history-of-configuration" => image.history.push(HistoryLine {
            created_by: rest.to_owned(),
            comment: String::new(),
            empty_layer: true,
            layer: None,
        }),
        other => panic!("no fact `{other}`"),
    }
}

fn layer(index: usize) -> LayerRef {
    LayerRef { index: u32::try_from(index).unwrap(), diff_id: Digest([u8::try_from(index).unwrap(); 32]) }
}

/// `PATH TRAIT… mode=4755 uid=0 owner=deb:x`.
fn file(words: &[&str]) -> FileFact {
    let mut file = FileFact {
        path: words[0].to_owned(),
        traits: Vec::new(),
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 1,
        layer: Some(layer(0)),
        instruction: Some("RUN make install".to_owned()),
        owner: None,
    };
    for word in &words[1..] {
        match word.split_once('=') {
            Some(("mode", mode)) => file.mode = u32::from_str_radix(mode, 8).unwrap(),
            Some(("uid", uid)) => file.uid = uid.parse().unwrap(),
            Some(("owner", owner)) => file.owner = Some(owner.to_owned()),
            Some((other, _)) => panic!("no attribute `{other}`"),
            None => file.traits.push(file_trait(word)),
        }
    }
    file
}

fn file_trait(word: &str) -> FileTrait {
    match word {
        "setuid" => FileTrait::Setuid,
        "setgid" => FileTrait::Setgid,
        "world-writable" => FileTrait::WorldWritable,
        "shell" => FileTrait::Shell,
        "package-manager" => FileTrait::PackageManager,
        "compiler" => FileTrait::Compiler,
        "network-tool" => FileTrait::NetworkTool,
        "credential" => FileTrait::Credential,
        "capability" => FileTrait::Capability,
        other => panic!("no trait `{other}`"),
    }
}

/// What was answered, in the words of an expectation.
fn answer(rule: &Rule<Subject>, judgement: &Judgement) -> Vec<String> {
    if !judgement.applicable {
        return vec!["not applicable".to_owned()];
    }
    let path = |p: &str| if p.is_empty() { "-".to_owned() } else { p.to_owned() };
    let faults = judgement.faults.iter().map(|f| {
        let severity = f.severity.unwrap_or(rule.severity);
        format!("{severity} {}: {}", path(&f.place.path), f.message)
    });
    let doubts = judgement.doubts.iter().map(|d| format!("unknown: {}: {}", d.r#where, d.reason));
    let all: Vec<String> = faults.chain(doubts).collect();
    if all.is_empty() { vec!["pass".to_owned()] } else { all }
}

#[test]
fn every_case_of_every_rule_is_answered_as_its_page_says() {
    let mut wrong = Vec::new();
    for rule in RULES {
        for case in cases(rule) {
            let answers = answer(rule, &(rule.judge)(&subject(&case.facts)));
            let same = answers.len() == case.expected.len()
                && answers.iter().zip(&case.expected).all(|(a, e)| fits(a, e));
            if !same {
                wrong.push(format!(
                    "{}: {}\n  expected {:?}\n  answered {answers:?}",
                    case.rule, case.title, case.expected
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_of_every_case_says_why() {
    for rule in RULES {
        for case in cases(rule) {
            for fault in (rule.judge)(&subject(&case.facts)).faults {
                let told = fault.because.iter().all(|b| !b.what.is_empty() && !b.from.is_empty());
                let rest = fault.key == "rest";
                assert!(told && (rest || !fault.because.is_empty()), "{}: {}", rule.id, case.title);
            }
        }
    }
}

#[test]
fn every_rule_has_a_case_that_passes_one_that_fails_and_one_that_is_unknown() {
    for rule in RULES {
        let cases = cases(rule);
        let has = |wanted: &str| cases.iter().any(|c| c.expected.iter().any(|e| e.starts_with(wanted)));
        assert!(has("pass"), "{}: no case passes", rule.id);
        let fails = ["critical ", "high ", "medium ", "low ", "info "].iter().any(|s| has(s));
        assert!(fails, "{}: no case fails", rule.id);
        let page = rules_dir().join(rule.id.replace('-', "_")).join("cases.md");
        let never = std::fs::read_to_string(page).unwrap().lines().any(|l| l.starts_with("Never unknown: "));
        assert!(has("unknown: ") || never, "{}: no case is unknown, and the page does not say why", rule.id);
    }
}

#[test]
fn every_rule_has_a_page_and_answers_a_control() {
    for rule in RULES {
        let page = rule.page();
        for heading in ["**Why.**", "**What is looked at.**", "**Fix.**"] {
            assert!(page.contains(heading), "{}: {heading}", rule.id);
        }
        assert!(["image-hardening", "secrets"].contains(&rule.control), "{}", rule.id);
    }
}

#[test]
fn every_finding_of_one_rule_in_one_image_has_its_own_identity() {
    for rule in RULES {
        for case in cases(rule) {
            let faults = (rule.judge)(&subject(&case.facts)).faults;
            let mut ids: Vec<String> =
                faults.iter().map(|f| eval::finding_id(&[rule.id, &f.key, &f.place.path, ""])).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), faults.len(), "{}: {}", rule.id, case.title);
            assert!(
                faults
                    .iter()
                    .all(|f| f.fix.is_some() || f.key == "rest" || rule.id == "distribution-end-of-life")
            );
        }
    }
}

#[test]
fn the_built_in_framework_names_every_rule_of_this_room_under_its_control() {
    let framework = eval::assess::Framework::parse(eval::assess::PLIMSOLL).unwrap();
    let known: Vec<(&str, &str)> = RULES.iter().map(|r| (r.control, r.id)).collect();
    // Whether the rules of other rooms exist is asked where all rooms are known.
    let others = framework.rules().filter(|(_, id)| RULES.iter().all(|r| r.id != *id));
    let all: Vec<(&str, &str)> = known.into_iter().chain(others).collect();
    assert_eq!(framework.disagreements(&all), Vec::<String>::new());
}

#[test]
fn no_answer_of_any_rule_shows_a_secret() {
    let secret = "hunter2hunter2";
    let facts: Vec<String> = [
        "env DB_PASSWORD=hunter2hunter2",
        "label token=hunter2hunter2",
        "entrypoint /app --password hunter2hunter2",
        "cmd --token=hunter2hunter2",
        "history RUN |1 TOKEN=hunter2hunter2 /bin/sh -c curl https://a:hunter2hunter2@b.example/x | sh # buildkit",
        "history-of-configuration ENV DB_PASSWORD=hunter2hunter2",
        "history ADD https://u:hunter2hunter2@b.example/x /x",
        "file a setuid setgid world-writable shell package-manager compiler network-tool credential capability",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut subject = subject(&facts);
    let notable = &mut subject.surface.as_mut().unwrap().notable[0];
    notable.instruction = Some("RUN x --password hunter2hunter2".to_owned());
    let mut shown = String::new();
    for rule in RULES {
        shown += &format!("{:?}", (rule.judge)(&subject));
    }
    assert!(!shown.contains(secret), "{shown}");
    assert!(shown.contains("***"));
}

#[test]
fn very_many_files_become_one_last_finding() {
    let many: Vec<String> = (0..1000).map(|n| format!("file var/x{n:04} world-writable mode=666")).collect();
    let rule = RULES.iter().find(|r| r.id == "world-writable-file").unwrap();
    let faults = (rule.judge)(&subject(&many)).faults;
    assert_eq!(faults.len(), crate::common::FILE_FINDINGS_MAX + 1);
    assert!(faults.last().unwrap().message.starts_with("800 more files"), "{:?}", faults.last());
}

proptest::proptest! {
    #[test]
    fn no_configuration_makes_a_rule_panic(texts in proptest::collection::vec("\\PC{0,60}", 8)) {
        let mut subject = subject(&[]);
        let image = subject.image.as_mut().unwrap();
        image.user = texts[0].clone();
        image.env = vec![texts[1].clone(), format!("PATH={}", texts[2])];
        image.exposed_ports = vec![texts[3].clone()];
        image.labels = vec![("org.opencontainers.image.base.name".to_owned(), texts[4].clone())];
        image.entrypoint = texts[5..6].to_vec();
        for text in &texts {
            for prefix in ["", "ADD https://", "RUN curl ", "PASSWORD=", "echo ", "://a:", "-----BEGIN ", "eyJ.eyJ"] {
                let created_by = format!("{prefix}{text}@{text}| chpasswd | sh");
                let comment = text.clone();
                image.history.push(HistoryLine { created_by, comment, empty_layer: true, layer: None });
            }
        }
        for rule in RULES {
            let _ = (rule.judge)(&subject);
        }
    }
}
