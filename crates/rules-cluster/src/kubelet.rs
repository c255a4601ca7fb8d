//! Configurations of kubelets: objects of their own, and the one that kubeadm keeps for every node in a ConfigMap.

use eval::Judgement;
use manifest::{Node, Object, WrongType};

use crate::Subject;
use crate::look::{self, Wrong};
use crate::workload::Spot;

/// The ConfigMap of kubeadm, and what its name began with before 1.24.
const KUBEADM: (&str, &str) = ("kubelet-config", "kubelet-config-1.");

/// A field that is wrong, and what is.
pub(crate) type Fault = (&'static str, String);

/// Looks at the configuration of a kubelet that an object is or holds.
pub(crate) fn judge(
    subject: &Subject<'_>,
    remedy: &str,
    find: impl Fn(&Node) -> Result<Vec<Fault>, WrongType>,
) -> Judgement {
    let told = |faults: Vec<Fault>, spot: &dyn Fn(&str) -> Spot| -> Vec<Wrong> {
        faults.into_iter().map(|(field, what)| Wrong::keyed(field, spot(field), what)).collect()
    };
    if is_configuration(subject.object) {
        let found = find(&subject.object.node);
        return look::answer(subject, remedy, found.map(|f| told(f, &|field| subject.spot(field))));
    }
    let name = subject.object.name();
    let is_named = name == KUBEADM.0 || name.starts_with(KUBEADM.1);
    let is_kubeadm = look::is(subject, ("", &["ConfigMap"])) && subject.object.namespace() == "kube-system";
    let text = subject.object.node.at_path(&["data", "kubelet"]).and_then(Node::text);
    let Some(text) = text.filter(|_| is_named && is_kubeadm) else { return Judgement::not_applicable() };
    let mut objects = Vec::new();
    let summary = manifest::read(text.as_bytes(), &mut |object| objects.push(object));
    match (objects.iter().find(|o| is_configuration(o)), summary.flaws.first()) {
        (Some(object), None) => {
            let found = find(&object.node);
            look::answer(subject, remedy, found.map(|f| told(f, &|_| subject.spot("data.kubelet"))))
        }
        (None, None) => look::unknown(subject, "`data.kubelet` is no KubeletConfiguration", "mend it"),
        (_, Some(flaw)) => look::unknown(subject, &format!("`data.kubelet`: {}", flaw.reason), "mend it"),
    }
}

fn is_configuration(object: &Object) -> bool {
    object.group() == "kubelet.config.k8s.io" && &*object.kind == "KubeletConfiguration"
}
