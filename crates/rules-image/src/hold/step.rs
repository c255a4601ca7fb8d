//! A step of a pipeline, whatever language it is written in.

use std::rc::Rc;

use super::ours::PREFIX;
use super::shell::{Ends, Shell};
use super::tree::Node;

/// A step: what it does, where, and whether its failure ends the build.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) ends: Ends,
    pub(super) work: Work,
    /// Where it begins, from the project's root.
    pub(super) folder: String,
    /// The job whose steps share what they write to `$GITHUB_ENV`: the line where it begins.
    pub(super) job: usize,
    /// Variables that are set for all of its job.
    pub(super) around: Rc<[(String, String)]>,
    /// Variables that are set for it alone.
    pub(super) settings: Vec<(String, String)>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// Texts of one shell script, each with the 1-based line of the file where it begins.
    Script { texts: Vec<(usize, String)>, shell: Shell },
    /// An action with its inputs.
    Action { line: usize, uses: String, with: Vec<(String, String)> },
}

/// The variables under a key of a node that scanners heed; one that cannot be read stands for itself.
pub(super) fn variables(node: Option<&Node>, key: &str) -> Vec<(String, String)> {
    let all = node.and_then(|n| n.get(key)).map_or(&[][..], Node::entries);
    let heeded = all.iter().filter(|(name, _)| name.starts_with(PREFIX) || name == "TRIVY_EXIT_CODE");
    let text = |value: &Node| value.text().or(value.get("value").and_then(Node::text)).map(str::to_owned);
    heeded.map(|(name, value)| (name.clone(), text(value).unwrap_or_else(|| format!("${name}")))).collect()
}

/// What the settings of a step or job say of its failure, in the words that most pipelines share.
pub(super) fn continues(node: &Node) -> Ends {
    const GO_ON: [&str; 6] = [
        "continue-on-error",
        "allow_failure",
        "allowFailure",
        "continueOnError",
        "ignore_failure",
        "soft_fail",
    ];
    let mut ends = Ends::Yes;
    for key in GO_ON {
        let Some(value) = node.get(key) else { continue };
        let goes_on = format!("`{key}` lets the build go on");
        ends = ends.and(match value.text().map(str::trim) {
            Some("false" | "no" | "" | "${{false}}" | "${{ false }}") => Ends::Yes,
            Some("true" | "yes" | "${{true}}" | "${{ true }}") => {
                Ends::no(format!("`{key}: {}` lets the build go on", value.text().unwrap_or("").trim()))
            }
            Some(other) => Ends::perhaps(format!("`{key}: {other}` may let the build go on")),
            // GitLab's `exit_codes`, Buildkite's `exit_status`: these codes are let pass, others not.
            None if codes(value).is_empty() => Ends::no(goes_on),
            None if codes(value).iter().any(|c| matches!(*c, "1" | "*")) => Ends::no(goes_on),
            None => Ends::Yes,
        });
    }
    if node.str("failure") == "ignore" {
        ends = ends.and(Ends::no("`failure: ignore` lets the build go on"));
    }
    ends
}

/// Exit codes that are let pass.
fn codes(value: &Node) -> Vec<&str> {
    let keys = ["exit_codes", "exit_status"];
    let items = value.items();
    items.into_iter().flat_map(|item| keys.iter().filter_map(|k| item.get(k))).flat_map(Node::words).collect()
}
