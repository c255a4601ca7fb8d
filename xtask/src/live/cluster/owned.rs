//! What controllers make of objects: said once, on the topmost object, until somebody changes it by hand.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Run, Said, plane, said};

/// Objects of which controllers make others.
const OBJECTS: &str = include_str!("owned.yaml");

/// Pods and ReplicaSets that come of them.
const MADE: (usize, usize) = (5, 2);

/// Both checks: before somebody changes a pod and a ReplicaSet by hand, and afterwards.
pub(super) fn check(run: &Run<'_>) -> Result<Option<String>> {
    run.load(&[("owned.yaml".to_owned(), OBJECTS.to_owned())])?;
    let pods = "/api/v1/namespaces/owned/pods";
    let sets = "/apis/apps/v1/namespaces/owned/replicasets";
    let count = |list: Value| list["items"].as_array().map_or(0, Vec::len);
    run.plane.wait("the controllers make no pods", |plane| {
        Ok((count(plane.get(pods)?), count(plane.get(sets)?)) == MADE)
    })?;
    let before = findings(run)?;
    let tops =
        [("Deployment", "kept"), ("Deployment", "edited"), ("StatefulSet", "counted"), ("Job", "done")];
    let silent: Vec<_> =
        tops.iter().filter(|t| before.iter().filter(|s| (&*s.1, &*s.3) == **t).count() < 3).collect();
    let twice: Vec<&Said> = before.iter().filter(|s| matches!(&*s.1, "Pod" | "ReplicaSet")).collect();
    if !silent.is_empty() || !twice.is_empty() {
        return Ok(Some(format!("nothing about {silent:?}; twice {twice:?}")));
    }
    let pod = named(&run.plane.get(pods)?, "kept-")?;
    let image = json!([{ "name": "kept", "image": "kept:latest" }]);
    run.plane.strategic(&format!("{pods}/{pod}"), &json!({ "spec": { "containers": image } }))?;
    let set = named(&run.plane.get(sets)?, "edited-")?;
    let privileged = json!([{ "name": "edited", "securityContext": { "privileged": true } }]);
    let template = json!({ "spec": { "containers": privileged } });
    run.plane.strategic(&format!("{sets}/{set}"), &json!({ "spec": { "template": template } }))?;
    // The Deployment makes another one instead.
    run.plane.wait("the Deployment makes no other ReplicaSet", |plane| {
        Ok(count(plane.get(sets)?) == MADE.1 + 1)
    })?;
    let after = findings(run)?;
    let of = |kind: &str| -> Vec<&Said> { after.iter().filter(|s| s.1 == kind).collect() };
    let (of_pods, of_sets) = (of("Pod"), of("ReplicaSet"));
    let holds = !of_pods.is_empty()
        && of_pods.iter().all(|s| s.3 == pod && s.4.contains("image"))
        && !of_sets.is_empty()
        && of_sets.iter().all(|s| s.3 == set && s.4.contains("privileged"));
    println!(
        "cluster: {} findings about a pod and {} about a ReplicaSet changed by hand",
        of_pods.len(),
        of_sets.len()
    );
    Ok((!holds).then(|| format!("changed by hand: {of_pods:?} {of_sets:?}")))
}

fn findings(run: &Run<'_>) -> Result<Vec<Said>> {
    let (_, report) = run.scan("cluster:", plane::ADMIN)?;
    Ok(said(&report).into_iter().filter(|s| s.2 == "owned").collect())
}

/// The name of the first object that begins so.
fn named(list: &Value, prefix: &str) -> Result<String> {
    let names = list["items"].as_array().into_iter().flatten().filter_map(|o| o["metadata"]["name"].as_str());
    let found = names.into_iter().find(|n| n.starts_with(prefix));
    Ok(found.with_context(|| format!("nothing is called `{prefix}…`"))?.to_owned())
}
