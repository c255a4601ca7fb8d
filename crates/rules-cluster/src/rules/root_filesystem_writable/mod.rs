//! The root file system of a container should be read-only.
//!
//! **Why.** Whoever breaks into the container can put programs into it and change those that are there. Where nothing
//! can be written but to volumes that are meant for it, that is far harder, and what is written is seen.
//!
//! **What is looked at.** `securityContext.readOnlyRootFilesystem` of every container, init container and ephemeral
//! container; it is `false` unless set. Pods of Windows do not know the field.
//!
//! **Fix.** Set it to true, and mount an `emptyDir` where the work writes (`/tmp`).
//!
//! Source: <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "root-filesystem-writable",
    control: "pod-security",
    title: "A container may change its own programs",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "set it to true, and mount an emptyDir where it writes",
            |_| true,
            |pod, c| {
                let context = c.security_context()?;
                let read_only =
                    context.map(|c| c.bool_field("readOnlyRootFilesystem")).transpose()?.flatten();
                let how = match read_only {
                    Some(true) => return Ok(None),
                    _ if pod.is_windows()? => return Ok(None),
                    Some(false) => "set to false",
                    None => "not set",
                };
                let what = format!("container \"{}\" has readOnlyRootFilesystem {how}", c.name);
                Ok(Some(Wrong::keyed(c.name, c.spot("securityContext.readOnlyRootFilesystem"), what)))
            },
        )
    },
};
