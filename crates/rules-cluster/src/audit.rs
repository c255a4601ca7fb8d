//! Audit policies: which rule of one answers a request, as the API server has it
//! (<https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>; matching and validation:
//! `k8s.io/apiserver`, packages `audit/policy` and `apis/audit/validation`).

use std::fmt;

use manifest::{Node, Position, WrongType};

use crate::pod_security::texts;

/// The group of policies.
pub(crate) const GROUP: &str = "audit.k8s.io";

/// How much of a request is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Nothing.
    None,
    /// Who, what, when.
    Metadata,
    /// And what was sent.
    Request,
    /// And what was answered.
    RequestResponse,
}

impl Level {
    /// The word of policies.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Metadata => "Metadata",
            Self::Request => "Request",
            Self::RequestResponse => "RequestResponse",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::None, Self::Metadata, Self::Request, Self::RequestResponse];
        all.into_iter().find(|l| l.as_str() == word)
    }
}

/// Why the API server does not start with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A field of another type.
    Type(WrongType),
    /// A rule that it does not take, by its place in the list, and why.
    Rule(usize, String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(e) => e.fmt(f),
            Self::Rule(index, why) => {
                write!(f, "`rules[{index}]` {why}: the API server does not start with this policy")
            }
        }
    }
}

impl From<WrongType> for Refused {
    fn from(e: WrongType) -> Self {
        Self::Type(e)
    }
}

/// A request that a policy is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    /// Verb, `create`.
    pub(crate) verb: &'static str,
    /// API group; empty for the core.
    pub(crate) group: &'static str,
    /// Resource, with its subresource behind a slash.
    pub(crate) resource: &'static str,
    /// Whether objects of the resource lie in a namespace.
    pub(crate) in_namespace: bool,
}

/// Resources of a group that a rule is about.
#[derive(Debug)]
struct Resources<'p> {
    group: &'p str,
    /// None means every one.
    resources: Vec<&'p str>,
    /// Certain objects alone.
    named: bool,
}

/// A rule of a policy.
#[derive(Debug)]
pub(crate) struct Rule<'p> {
    /// What is recorded of the requests that it answers.
    pub(crate) level: Level,
    /// Where it stands.
    pub(crate) at: Position,
    /// Neither the beginning nor the end of a request is recorded.
    pub(crate) omits_all: bool,
    users: bool,
    groups: Vec<&'p str>,
    verbs: Vec<&'p str>,
    namespaces: Vec<&'p str>,
    resources: Vec<Resources<'p>>,
    urls: bool,
}

/// Groups of everybody who is logged in with an account of a person.
pub(crate) const PERSON: &[&str] = &["system:authenticated"];

/// Groups of every service account.
pub(crate) const ACCOUNT: &[&str] = &["system:authenticated", "system:serviceaccounts"];

/// Reads the rules of a policy, in order.
///
/// # Errors
/// [`Refused`] if the API server would not take it.
pub(crate) fn rules(policy: &Node) -> Result<Vec<Rule<'_>>, Refused> {
    let omitted = texts(policy, "omitStages")?;
    policy.list_field("rules")?.iter().enumerate().map(|(n, node)| rule(n, node, &omitted)).collect()
}

fn rule<'p>(index: usize, node: &'p Node, omitted: &[&str]) -> Result<Rule<'p>, Refused> {
    let refuse = |why: String| Err(Refused::Rule(index, why));
    let level = match node.text_field("level")? {
        Some(word) => match Level::parse(word) {
            Some(level) => level,
            None => return refuse(format!("has level `{word}`, which is none")),
        },
        None => return refuse("has no level".to_owned()),
    };
    let mut resources = Vec::new();
    for each in node.list_field("resources")? {
        let (listed, named) = (texts(each, "resources")?, !texts(each, "resourceNames")?.is_empty());
        if named && listed.is_empty() {
            return refuse("has resourceNames without resources".to_owned());
        }
        resources.push(Resources {
            group: each.text_field("group")?.unwrap_or(""),
            resources: listed,
            named,
        });
    }
    let (namespaces, urls) = (texts(node, "namespaces")?, !texts(node, "nonResourceURLs")?.is_empty());
    if urls && !(resources.is_empty() && namespaces.is_empty()) {
        return refuse("is about resources and nonResourceURLs at once".to_owned());
    }
    let omits = |stage: &str| -> Result<bool, WrongType> {
        Ok(omitted.contains(&stage) || texts(node, "omitStages")?.contains(&stage))
    };
    Ok(Rule {
        level,
        at: node.at,
        omits_all: omits("RequestReceived")? && omits("ResponseComplete")?,
        users: !texts(node, "users")?.is_empty(),
        groups: texts(node, "userGroups")?,
        verbs: texts(node, "verbs")?,
        namespaces,
        resources,
        urls,
    })
}

impl Rule<'_> {
    /// Whether it answers the request of everybody who is in `groups`, in whichever namespace, of whichever object.
    pub(crate) fn answers_all(&self, request: Request, groups: &[&str]) -> bool {
        let people =
            !self.users && (self.groups.is_empty() || self.groups.iter().any(|g| groups.contains(g)));
        let places = self.namespaces.is_empty() || (!request.in_namespace && self.namespaces.contains(&""));
        people && places && self.is_about(request, false)
    }

    /// Whether it answers the request of somebody, somewhere, of some object.
    pub(crate) fn answers_some(&self, request: Request) -> bool {
        let places = self.namespaces.is_empty()
            || self.namespaces.iter().any(|n| n.is_empty() != request.in_namespace);
        places && self.is_about(request, true)
    }

    fn is_about(&self, request: Request, named: bool) -> bool {
        let verbs = self.verbs.is_empty() || self.verbs.contains(&request.verb);
        let fits = |r: &Resources<'_>| {
            let any = r.resources.is_empty() || r.resources.iter().any(|word| covers(word, request.resource));
            r.group == request.group && any && (named || !r.named)
        };
        verbs && !self.urls && (self.resources.is_empty() || self.resources.iter().any(fits))
    }
}

/// Whether a word of a rule's `resources` means a resource: itself, `*`, `*/exec`, `pods/*`.
fn covers(word: &str, resource: &str) -> bool {
    let (parent, sub) = resource.split_once('/').unwrap_or((resource, ""));
    word == "*"
        || word == resource
        || word.strip_prefix("*/").is_some_and(|w| !sub.is_empty() && w == sub)
        || word.strip_suffix("/*").is_some_and(|w| w == parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_resources_are_read_as_the_api_server_does() {
        for (word, resource, wanted) in [
            ("*", "pods", true),
            ("*", "pods/exec", true),
            ("pods", "pods", true),
            ("pods", "pods/exec", false),
            ("pods/exec", "pods/exec", true),
            ("*/exec", "pods/exec", true),
            ("*/exec", "pods", false),
            ("pods/*", "pods/exec", true),
            ("pods/*", "pods", true),
            ("secrets", "pods", false),
        ] {
            assert_eq!(covers(word, resource), wanted, "{word} {resource}");
        }
    }
}
