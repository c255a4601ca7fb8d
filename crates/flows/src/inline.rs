//! What files accept themselves: comments and annotations of manifests, collected while they are read.

use std::collections::BTreeMap;

use api::{Note, NoteKind};
use eval::suppress::{INLINE_ANNOTATION, INLINE_COMMENT, Inline, Scope, parse_inline};
use manifest::{COMMENTS_MAX, Node, Position};
use rules_cluster::Subject;
use rules_cluster::workload::Spot;

/// Acceptances of the manifests of one target.
#[derive(Default)]
pub(crate) struct Inlines {
    /// To be held against findings.
    pub(crate) accepted: Vec<Inline>,
    /// What was not applied, and why.
    pub(crate) refused: Vec<Note>,
    /// Every rule and its control.
    rules: BTreeMap<&'static str, &'static str>,
    is_on: bool,
}

/// Where an acceptance stands.
struct Spoken<'s> {
    target: &'s str,
    by: String,
    scope: Scope,
    is_copy: bool,
}

impl Inlines {
    /// Nothing yet; `is_on` unless the user does not trust the authors of the files.
    pub(crate) fn new(is_on: bool) -> Self {
        Self { rules: crate::rules().iter().map(|r| (r.id, r.control)).collect(), is_on, ..Self::default() }
    }

    /// Reads the comments of a file.
    pub(crate) fn file(&mut self, target: &str, path: &str, bytes: &[u8]) {
        if !self.is_on {
            return;
        }
        for (n, comment) in manifest::comments(bytes, INLINE_COMMENT).into_iter().enumerate() {
            let (first, last) = comment.lines;
            let by = format!("{path}:{} (comment)", comment.at.line);
            if n == COMMENTS_MAX {
                return self.refuse(by, &format!("the file has more than {COMMENTS_MAX} such comments"));
            }
            let scope = Scope::Lines { path: path.to_owned(), first, last };
            self.take(&comment.text, Spoken { target, by, scope, is_copy: false });
        }
    }

    /// Reads the annotations of an object and of the pods that it brings.
    pub(crate) fn object(&mut self, target: &str, subject: &Subject<'_>) {
        if !self.is_on {
            return;
        }
        let metadata = |key: &str| subject.object.node.at_path(&["metadata", key]);
        let is_copy = metadata("ownerReferences").is_some_and(|o| !o.items().is_empty());
        let mut say = |text: Option<&str>, at: Position, field: String, under: String| {
            let place = subject.place(&Spot { field, at });
            let by = match place.line {
                Some(line) => format!("{}:{line}", place.path),
                None => subject.name(),
            };
            let by = format!("{by} (annotation {INLINE_ANNOTATION})");
            let Some(text) = text else { return self.refuse(by, "its value is no text") };
            for line in text.lines().filter(|l| !l.trim().is_empty()) {
                let scope = Scope::Object { place: Box::new(place.clone()), under: under.clone() };
                self.take(line, Spoken { target, by: by.clone(), scope, is_copy });
            }
        };
        if let Some(entry) = metadata("annotations").and_then(|a| a.entry(INLINE_ANNOTATION)) {
            let field = format!("metadata.annotations.{INLINE_ANNOTATION}");
            say(Node::text(&entry.value), entry.at, field, String::new());
        }
        let Ok(Some(pod)) = &subject.pod else { return };
        if let (Some((text, at)), Some(under)) =
            (pod.annotation(INLINE_ANNOTATION), pod.metadata_path.strip_suffix("metadata"))
            && !under.is_empty()
        {
            let field = format!("{}.annotations.{INLINE_ANNOTATION}", pod.metadata_path);
            say(Some(text), at, field, under.to_owned());
        }
    }

    /// Leaves out those of rules that were not asked.
    pub(crate) fn retain(&mut self, is_asked: impl Fn(&str) -> bool) {
        let rules = &self.rules;
        let asked = |rule: &String| rules.get(rule.as_str()).is_some_and(|control| is_asked(control));
        self.accepted.retain(|i| i.entry.ids.iter().any(asked));
    }

    fn take(&mut self, text: &str, spoken: Spoken<'_>) {
        let Spoken { target, by, scope, is_copy } = spoken;
        let entry = match parse_inline(text) {
            Ok(entry) => entry,
            Err(why) => return self.refuse(by, &why),
        };
        if let Some(id) = entry.ids.iter().find(|id| !self.rules.contains_key(id.as_str())) {
            return self.refuse(by, &format!("`{id}` is no rule, see `plimsoll rules list`"));
        }
        self.accepted.push(Inline { target: target.to_owned(), by, entry, scope, is_copy });
    }

    fn refuse(&mut self, r#where: String, why: &str) {
        let message = format!("{why}; write `RULE reason=\"…\" until=2027-01-31`");
        self.refused.push(Note { kind: NoteKind::InvalidIgnore, r#where, message });
    }
}

#[cfg(test)]
mod tests {
    use api::{Finding, Status};
    use eval::suppress::{Context, apply};

    use crate::manifests::{Asked, Manifests};

    const WEB: &str = r#"apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostNetwork: true # plimsoll:ignore pod-host-namespace reason="it sees every packet" until=2027-01-31
  containers:
    # plimsoll:ignore pod-privileged,pod-host-port reason="a driver" owner="network team"
    - name: web
      image: web
      ports: [{containerPort: 80, hostPort: 80}]
      securityContext: {privileged: true}
    - {name: other, image: other, securityContext: {privileged: true}}
"#;

    const SHOP: &str = r#"# plimsoll:ignore image-tag-floating reason="a mirror of our own"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  annotations:
    plimsoll.dev/ignore: |
      replicas-single reason="one is enough" until=2026-12-31
      grace-period-zero reason="it ends at once"
spec:
  template:
    metadata: {annotations: {plimsoll.dev/ignore: 'pod-best-effort reason="measured"'}}
    spec: {containers: [{name: shop, image: shop}]}
"#;

    /// What suppresses which rule, and what the user is told.
    fn judged(yaml: &str, is_on: bool, day: &str) -> (Vec<String>, Vec<String>, Vec<Finding>) {
        let asked = Asked { no_inline: !is_on, ..Asked::default() };
        let judged = Manifests::file("web.yaml", yaml.as_bytes().into()).judge("t", asked);
        let mut findings = judged.outcome.findings;
        let context = Context {
            ignores: &[],
            inlines: &judged.inlines.accepted,
            vex: &[],
            targets: &[],
            packages: &[],
            as_of: day.parse().unwrap(),
        };
        let notes = apply(&mut findings, &context).notes;
        let by = |f: &Finding| format!("{} {}", f.rule, f.suppression.as_ref().map_or("", |s| &s.by));
        let mut by: Vec<String> =
            findings.iter().filter(|f| f.status == Status::Suppressed).map(by).collect();
        by.sort();
        let notes = judged.inlines.refused.iter().chain(&notes);
        let notes = notes.map(|n| format!("{:?} {}: {}", n.kind, n.r#where, n.message)).collect();
        (by, notes, findings)
    }

    #[test]
    fn a_comment_covers_what_it_stands_on_or_above_and_nothing_beside() {
        let (by, notes, findings) = judged(WEB, true, "2026-11-27");
        assert_eq!(by, ["pod-host-namespace web.yaml:5 (comment)", "pod-host-port web.yaml:7 (comment)"]);
        assert_eq!(notes, Vec::<String>::new());
        assert!(findings.iter().filter_map(|f| f.suppression.as_ref()).all(|s| s.in_source));
        let step = |rule: &str| {
            let finding = findings.iter().find(|f| f.rule == rule).unwrap();
            finding.because.last().map(|b| format!("{} ({})", b.what, b.from)).unwrap()
        };
        assert_eq!(step("pod-host-port"), "suppressed: a driver (web.yaml:7 (comment))");
        let beside =
            "not suppressed: it is about line 12 as well, where it does not hold (web.yaml:7 (comment))";
        assert_eq!(step("pod-privileged"), beside);
    }

    #[test]
    fn an_annotation_covers_its_object_or_its_pods_and_a_comment_at_the_head_the_document() {
        let (by, notes, _) = judged(SHOP, true, "2026-11-27");
        let wanted = [
            "image-tag-floating web.yaml:1 (comment)",
            "pod-best-effort web.yaml:12 (annotation plimsoll.dev/ignore)",
            "replicas-single web.yaml:7 (annotation plimsoll.dev/ignore)",
        ];
        assert_eq!(by, wanted);
        let unused = "UnusedIgnore web.yaml:7 (annotation plimsoll.dev/ignore): grace-period-zero: covers nothing; \
                      remove it";
        assert_eq!(notes, [unused]);
        let (by, notes, _) = judged(SHOP, true, "2027-01-01");
        assert_eq!(by, wanted[..2], "its last day is over");
        let expired = "ExpiredIgnore web.yaml:7 (annotation plimsoll.dev/ignore): replicas-single: held until \
                       2026-12-31; 1 finding is open again";
        assert_eq!(notes[0], expired);
    }

    #[test]
    fn who_does_not_trust_the_authors_hears_nobody() {
        let (by, notes, _) = judged(WEB, false, "2026-11-27");
        assert_eq!((by, notes), (Vec::new(), Vec::new()));
        assert_eq!(judged(SHOP, false, "2026-11-27").0, Vec::<String>::new());
    }

    #[test]
    fn without_a_reason_or_a_rule_nothing_is_accepted_and_the_report_says_so() {
        for (said, words) in [
            ("replicas-single", "it gives no `reason`"),
            ("reason=x", "it names no rule"),
            ("replicas-singel reason=x", "`replicas-singel` is no rule"),
            ("replicas-single reason=x until=soon", "`soon` is no day"),
        ] {
            let yaml = SHOP.replace("image-tag-floating reason=\"a mirror of our own\"", said);
            let (by, notes, _) = judged(&yaml, true, "2026-11-27");
            assert_eq!(by.len(), 2, "{said}: {by:?}");
            assert!(notes[0].starts_with("InvalidIgnore web.yaml:1 (comment): "), "{notes:?}");
            assert!(notes[0].contains(words), "{notes:?}");
        }
        let annotated = SHOP.replace("plimsoll.dev/ignore: |", "plimsoll.dev/ignore: 5\n    other: |");
        assert!(judged(&annotated, true, "2026-11-27").1[0].contains("its value is no text"));
    }

    #[test]
    fn what_a_controller_copied_onto_its_object_is_no_slip() {
        let owned =
            SHOP.replace("  name: shop\n", "  name: shop\n  ownerReferences: [{kind: Fleet, name: a}]\n");
        assert_eq!(judged(&owned, true, "2026-11-27").1, Vec::<String>::new());
    }
}
