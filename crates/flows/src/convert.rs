//! `policy convert`: PodSecurityPolicies of manifests, a dump or a live cluster as levels of the Pod Security Standards.

use std::collections::BTreeSet;

use api::{POLICY_CONVERSION_SCHEMA, PolicyConversion, Tool};
use inventory::Problem;
use model::{Doubt, Ledger};
use rules_cluster::psp::Conversion;

use crate::read::read;
use crate::world::{FlowError, ReadRequest, World};

/// The control that a policy which is not known leaves without an answer.
const CONTROL: &str = "pod-security";

/// What is done about something that the input does not hold.
const WHOLE: &str = "convert the whole cluster, or add the object";

/// Converts every policy of the targets: files and folders of manifests, `-`, `cluster:[CONTEXT]`.
///
/// # Errors
/// [`FlowError`] if a target makes no sense; what could not be read is a doubt, and the exit code 3.
pub fn convert(
    world: &World<'_>,
    targets: &[String],
    request: &ReadRequest,
) -> Result<PolicyConversion, FlowError> {
    let targets: Vec<String> = targets.iter().map(|t| written(t)).collect();
    let (mut conversion, mut doubts, mut ledger) = (Conversion::default(), Vec::new(), Ledger::default());
    let mut names = BTreeSet::new();
    for read in read(world, request, &targets)? {
        let target = read.facts.target.id;
        let mut flaws = Vec::new();
        let seen = read.manifests.each(&mut |path, object| conversion.see(path, object), &mut flaws);
        doubts.extend(read.facts.doubts);
        doubts.extend(flaws.into_iter().map(|(place, reason)| {
            Problem::unread(CONTROL, place, reason, "mend the file").into_doubt(&target)
        }));
        ledger.add(read.facts.ledger);
        ledger.add(seen);
        names.insert(target);
    }
    if !doubts.is_empty() {
        conversion.miss();
    }
    let found = conversion.finish();
    let target = names.into_iter().collect::<Vec<_>>().join(", ");
    let unknown = |place: String, reason: String, remedy: &str| -> Doubt {
        Problem::unknown(CONTROL, place, reason, remedy).into_doubt(&target)
    };
    doubts.extend(found.doubts.into_iter().map(|d| unknown(d.place, d.reason, WHOLE)));
    if found.policies.is_empty() {
        let reason = "no PodSecurityPolicy that can be read is in it".to_owned();
        doubts.push(unknown(
            target.clone(),
            reason,
            "give the policies, or a cluster of Kubernetes 1.24 or older",
        ));
    }
    doubts.sort();
    doubts.dedup();
    Ok(PolicyConversion {
        schema: POLICY_CONVERSION_SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: world.version.to_owned() },
        policies: found.policies,
        subjects: found.subjects,
        namespaces: found.namespaces,
        exit: if doubts.is_empty() { 0 } else { 3 },
        doubts,
        ledger,
    })
}

/// A target as the reader takes it: what says nothing else is manifests.
fn written(target: &str) -> String {
    let is_said = target == "-" || target.starts_with("cluster:") || target.starts_with("manifests:");
    if is_said { target.to_owned() } else { format!("manifests:{target}") }
}
