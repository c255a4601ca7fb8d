//! Which images a workload runs, with which rights, and what reaches them.

use api::{ContainerRole, Run};
use manifest::WrongType;

use crate::Subject;
use crate::reach::ways;
use crate::workload::{Container, Pod};

/// The containers of a workload that run an image, in their order; none of an object that brings no pod. What reaches
/// them is known where the surroundings were asked to note it ([`crate::Surroundings::with_reach`]).
///
/// # Errors
/// In words, why it is not known which images it runs.
pub fn of(subject: &Subject<'_>, target: &str) -> Result<Vec<Run>, String> {
    let pod = match &subject.pod {
        Ok(Some(pod)) => pod,
        Ok(None) => return Ok(Vec::new()),
        Err(e) => return Err(e.to_string()),
    };
    let mut runs = Vec::new();
    for container in &pod.containers {
        let image = container.node.text_field("image").map_err(|e| e.to_string())?;
        let Some(image) = image.filter(|i| !i.is_empty()) else {
            return Err(format!("container \"{}\" names no image", container.name));
        };
        runs.push(run(subject, pod, container, (target, image)));
    }
    Ok(runs)
}

fn run(
    subject: &Subject<'_>,
    pod: &Pod<'_>,
    container: &Container<'_>,
    (target, image): (&str, &str),
) -> Run {
    let ways = ways(subject, pod, container);
    Run {
        target: target.to_owned(),
        object: subject.reference(Some(container.spot("image").field)),
        container: container.name.to_owned(),
        role: match container.list {
            "initContainers" => ContainerRole::Init,
            "ephemeralContainers" => ContainerRole::Ephemeral,
            _ => ContainerRole::Container,
        },
        image: image.to_owned(),
        privileged: is_privileged(container).ok(),
        exposed: ways.as_ref().map(|ways| !ways.is_empty()),
        exposed_by: ways.unwrap_or_default(),
    }
}

fn is_privileged(container: &Container<'_>) -> Result<bool, WrongType> {
    let context = container.security_context()?;
    Ok(context.map(|c| c.bool_field("privileged")).transpose()?.flatten() == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Surroundings;

    const POD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    \
                       metadata: {labels: {app: web}}\n    spec:\n      initContainers:\n        - {name: setup, image: setup:1}\n      \
                       containers:\n        - name: web\n          image: web:1\n";
    const SERVICE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {app: web}\n";

    fn runs(yaml: &str, missed: bool) -> Vec<Run> {
        let mut objects = Vec::new();
        let _ = manifest::read(yaml.as_bytes(), &mut |object| objects.push(object));
        let mut around = Surroundings::default().with_reach();
        objects.iter().for_each(|o| around.see(o));
        if missed {
            around.miss("broken.yaml");
        }
        let subjects: Vec<Subject<'_>> = objects.iter().map(|o| Subject::of("a.yaml", o, &around)).collect();
        subjects.iter().flat_map(|s| of(s, "manifests:a.yaml").unwrap()).collect()
    }

    fn exposed(yaml: &str) -> (Option<bool>, String) {
        let runs = runs(yaml, false);
        let web = runs.iter().find(|r| r.container == "web").unwrap();
        (web.exposed, web.exposed_by.join(", "))
    }

    #[test]
    fn every_container_runs_an_image() {
        let privileged = format!("{POD}          securityContext: {{privileged: true}}\n");
        let runs = runs(&privileged, false);
        let said: Vec<_> =
            runs.iter().map(|r| (r.container.as_str(), r.image.as_str(), r.role, r.privileged)).collect();
        assert_eq!(
            said,
            [
                ("setup", "setup:1", ContainerRole::Init, Some(false)),
                ("web", "web:1", ContainerRole::Container, Some(true))
            ]
        );
        let field = runs[1].object.field.as_deref();
        assert_eq!(field, Some("spec.template.spec.containers[0].image"));
    }

    #[test]
    fn what_comes_from_outside_exposes() {
        let (no, nothing) = (Some(false), String::new());
        assert_eq!(exposed(POD), (no, nothing.clone()));
        assert_eq!(exposed(&format!("{POD}{SERVICE}")), (no, nothing), "only from inside the cluster");
        let node_port = format!("{POD}{SERVICE}  type: NodePort\n");
        assert_eq!(exposed(&node_port), (Some(true), "Service shop/web (NodePort)".to_owned()));
        let ips = format!("{POD}{SERVICE}  externalIPs: [192.0.2.1]\n");
        assert_eq!(exposed(&ips), (Some(true), "Service shop/web (external IPs)".to_owned()));
        let other = node_port.replace("selector: {app: web}", "selector: {app: other}");
        assert_eq!(exposed(&other).0, no, "a service of other pods");
        let port = format!("{POD}          ports: [{{containerPort: 80, hostPort: 8080}}]\n");
        assert_eq!(exposed(&port), (Some(true), "host port 8080".to_owned()));
        let host = POD.replace("      initContainers", "      hostNetwork: true\n      initContainers");
        assert_eq!(exposed(&host), (Some(true), "host network".to_owned()));
    }

    #[test]
    fn routes_expose_the_services_they_lead_to() {
        let of = |what: &str| exposed(&format!("{POD}{SERVICE}---\n{what}"));
        let meta = "metadata: {name: way, namespace: shop}\nspec:\n";
        let ingress = format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\n{meta}  rules: [{{http: {{paths: [{{backend: {{service: {{name: web}}}}}}]}}}}]\n"
        );
        assert_eq!(of(&ingress), (Some(true), "Ingress shop/way".to_owned()));
        let old = format!(
            "apiVersion: extensions/v1beta1\nkind: Ingress\n{meta}  backend: {{serviceName: web, servicePort: 80}}\n"
        );
        assert_eq!(of(&old).0, Some(true));
        let route = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n{meta}  parentRefs: [{{name: g}}]\n  rules: [{{backendRefs: [{{name: web, port: 80}}]}}]\n"
        );
        assert_eq!(of(&route), (Some(true), "HTTPRoute shop/way".to_owned()));
        let mesh = route.replace("{name: g}", "{kind: Service, group: '', name: web}");
        assert_eq!(of(&mesh).0, Some(false), "a mesh lets nothing in");
        let openshift = format!(
            "apiVersion: route.openshift.io/v1\nkind: Route\n{meta}  to: {{kind: Service, name: web}}\n"
        );
        assert_eq!(of(&openshift).0, Some(true));
        let absent = ingress.replace("name: web", "name: elsewhere");
        assert_eq!(of(&absent).0, None, "its service is not in the input, so it may lead anywhere");
    }

    #[test]
    fn what_was_not_read_may_expose() {
        let web = |yaml: &str| runs(yaml, true).into_iter().find(|r| r.container == "web").unwrap().exposed;
        assert_eq!(web(POD), None);
        assert_eq!(web(&format!("{POD}{SERVICE}  type: NodePort\n")), Some(true));
        let init = runs(POD, true).into_iter().find(|r| r.role == ContainerRole::Init).unwrap();
        assert_eq!(init.exposed, Some(false), "it is gone before traffic comes");
    }

    #[test]
    fn a_container_without_an_image_is_not_known() {
        let yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n";
        let mut objects = Vec::new();
        let _ = manifest::read(yaml.as_bytes(), &mut |object| objects.push(object));
        let around = Surroundings::default();
        let said = of(&Subject::of("a.yaml", &objects[0], &around), "manifests:a.yaml");
        assert_eq!(said, Err("container \"a\" names no image".to_owned()));
    }
}
