//! How rules look at an object: at each container of its pod, at the pod, or at the object itself.

use std::fmt::Display;

use api::Because;
use eval::{Fault, Judgement};
use manifest::{Node, WrongType};

use crate::Subject;
use crate::workload::{Container, Pod, Spot};

/// What is done about a field that the API server would refuse.
pub(crate) const AS_THE_API_HAS_IT: &str = "write the field as the API has it";

/// Something wrong with a field, before the object's name and the remedy are put around it.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// What tells it from others of the same rule and object; empty if there can be one alone.
    pub(crate) key: String,
    /// Field and value.
    pub(crate) what: String,
    /// Where.
    pub(crate) spot: Spot,
}

impl Wrong {
    /// The only such thing of its object.
    pub(crate) fn of(spot: Spot, what: impl Into<String>) -> Self {
        Self { key: String::new(), what: what.into(), spot }
    }

    /// One of several, told apart by `key`.
    pub(crate) fn keyed(key: impl Into<String>, spot: Spot, what: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into(), spot }
    }

    fn fault(self, subject: &Subject<'_>, remedy: &str) -> Fault {
        let Self { key, what, spot } = self;
        let name = subject.name();
        Fault {
            message: format!("{name}: {what}. To mend it, {remedy}"),
            place: subject.place(&spot),
            key: if key.is_empty() { name } else { format!("{name}: {key}") },
            because: vec![Because::new(what, subject.source(&spot))],
            ..Fault::default()
        }
    }
}

/// Whether a pod is what the API server is shown of one that a kubelet runs from a file. It may have no service account
/// (Kubernetes 1.36, `plugin/pkg/admission/serviceaccount`).
pub(crate) fn is_mirror(subject: &Subject<'_>) -> bool {
    let object = subject.object;
    let mark = ["metadata", "annotations", "kubernetes.io/config.mirror"];
    &*object.kind == "Pod" && object.group().is_empty() && object.node.at_path(&mark).is_some()
}

/// What a look finds.
pub(crate) type Found = Result<Vec<Wrong>, WrongType>;

/// Looks at a workload's pod.
pub(crate) fn pod(subject: &Subject<'_>, remedy: &str, find: impl FnOnce(&Pod<'_>) -> Found) -> Judgement {
    match &subject.pod {
        Ok(None) => Judgement::not_applicable(),
        Ok(Some(pod)) => answer(subject, remedy, find(pod)),
        Err(e) => answer(subject, remedy, Err(e)),
    }
}

/// Looks at each container of a workload that `is_meant`; a workload without such a one is none of the rule's.
pub(crate) fn containers<W: IntoIterator<Item = Wrong>>(
    subject: &Subject<'_>,
    remedy: &str,
    is_meant: impl Fn(&Container<'_>) -> bool,
    find: impl Fn(&Pod<'_>, &Container<'_>) -> Result<W, WrongType>,
) -> Judgement {
    let pod = match &subject.pod {
        Ok(None) => return Judgement::not_applicable(),
        Ok(Some(pod)) => pod,
        Err(e) => return answer(subject, remedy, Err(e)),
    };
    let mut judgement = Judgement::default();
    for container in pod.containers.iter().filter(|c| is_meant(c)) {
        judgement.applicable = true;
        add(&mut judgement, subject, remedy, find(pod, container));
    }
    judgement
}

/// Whether an object is of the group and one of the kinds.
pub(crate) fn is(subject: &Subject<'_>, (group, kinds): (&str, &[&str])) -> bool {
    subject.object.group() == group && kinds.contains(&&*subject.object.kind)
}

/// Looks at an object that is of the group and one of the kinds.
pub(crate) fn object(
    subject: &Subject<'_>,
    kinds: (&str, &[&str]),
    remedy: &str,
    find: impl FnOnce() -> Found,
) -> Judgement {
    if is(subject, kinds) { answer(subject, remedy, find()) } else { Judgement::not_applicable() }
}

/// Looks at the `spec` of an object that is of the group and one of the kinds.
pub(crate) fn spec(
    subject: &Subject<'_>,
    kinds: (&str, &[&str]),
    remedy: &str,
    find: impl FnOnce(&Subject<'_>, &Node) -> Found,
) -> Judgement {
    object(subject, kinds, remedy, || match subject.object.node.map_field("spec")? {
        Some(spec) => find(subject, spec),
        None => Ok(Vec::new()),
    })
}

/// Looks at each webhook of a configuration of one of the kinds.
pub(crate) fn webhooks(
    subject: &Subject<'_>,
    kinds: &[&str],
    remedy: &str,
    find: impl Fn(&Subject<'_>, (usize, &Node)) -> Result<Option<Wrong>, WrongType>,
) -> Judgement {
    object(subject, ("admissionregistration.k8s.io", kinds), remedy, || {
        let mut found = Vec::new();
        for webhook in subject.object.node.list_field("webhooks")?.iter().enumerate() {
            found.extend(find(subject, webhook)?);
        }
        Ok(found)
    })
}

/// The judgement that what was found makes.
pub(crate) fn answer<E: Display>(
    subject: &Subject<'_>,
    remedy: &str,
    found: Result<Vec<Wrong>, E>,
) -> Judgement {
    let mut judgement = Judgement::clean();
    add(&mut judgement, subject, remedy, found);
    judgement
}

/// Judges what an object lacks if nothing of the input was missed; a file that was may hold it.
pub(crate) fn lack(subject: &Subject<'_>, remedy: &str, found: Found) -> Judgement {
    match (subject.around.missed(), &found) {
        (Some(path), Ok(wrongs)) if !wrongs.is_empty() => {
            let reason =
                format!("what it seems to lack may stand in `{path}`, which could not be read whole");
            unknown(subject, &reason, "mend or render that file")
        }
        _ => answer(subject, remedy, found),
    }
}

/// The judgement of what cannot be known from this input.
pub(crate) fn unknown(subject: &Subject<'_>, reason: &str, remedy: &str) -> Judgement {
    let mut judgement = Judgement::clean();
    doubt(&mut judgement, subject, reason, remedy);
    judgement
}

/// Adds what cannot be known from this input to a judgement.
pub(crate) fn doubt(judgement: &mut Judgement, subject: &Subject<'_>, reason: &str, remedy: &str) {
    judgement.check(&place(subject), remedy, || Err(reason));
}

fn add<E: Display>(
    judgement: &mut Judgement,
    subject: &Subject<'_>,
    remedy: &str,
    found: Result<impl IntoIterator<Item = Wrong>, E>,
) {
    match found {
        Ok(wrongs) => judgement.faults.extend(wrongs.into_iter().map(|w| w.fault(subject, remedy))),
        Err(e) => judgement.check(&place(subject), AS_THE_API_HAS_IT, || Err(e)),
    }
}

fn place(subject: &Subject<'_>) -> String {
    match subject.path {
        "" => subject.name(),
        path => format!("{path}: {}", subject.name()),
    }
}

/// Whether a path of a node is one by which its container runtime is ruled.
pub(crate) fn rules_runtime(path: &str) -> bool {
    SOCKETS.contains(&path.trim_end_matches('/').trim_start_matches("/var"))
}

/// Sockets and the directories that hold nothing but such, without the `/var` that `/var/run` is `/run` by.
const SOCKETS: &[&str] = &[
    "/run/docker.sock",
    "/run/containerd",
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio",
    "/run/crio/crio.sock",
    "/run/podman",
    "/run/podman/podman.sock",
    "/run/cri-dockerd.sock",
];
