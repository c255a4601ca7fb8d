//! Every object that may be listed: which kinds there are (aggregated discovery, KEP-3352; the older way where a server
//! does not know it), then page after page.

use std::collections::BTreeSet;
use std::io::Write;

use manifest::Packed;
use ports::cluster::{Dump, Unlisted};
use ports::source::{Progress, SourceError};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::server::{Refusal, Server, escaped};

/// Objects a page of a list.
pub const PAGE_OBJECTS: u32 = 500;

/// Pages of one list.
pub const PAGES_MAX: u32 = 10_000;

/// Pages of one list that may hold nothing and name a next one.
pub const EMPTY_PAGES_MAX: u32 = 20;

/// Bytes of all lists together.
pub const LIST_BYTES_MAX: u64 = 1 << 30;

/// Bytes of one page, or of one answer of the discovery.
const PAGE_BYTES_MAX: u64 = 256 << 20;

/// What the API server is asked to answer with.
const JSON: &str = "application/json";
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                         application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
/// Names and labels alone: the values of secrets are nobody's here.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// Kinds that say nothing about how a cluster is set up: group, resource.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("", "componentstatuses", "a state of the moment"),
    ("", "endpoints", "made by controllers of what is read"),
    ("", "events", "a state of the moment"),
    ("apps", "controllerrevisions", "made by controllers of what is read"),
    ("coordination.k8s.io", "leases", "a state of the moment"),
    ("discovery.k8s.io", "endpointslices", "made by controllers of what is read"),
    ("events.k8s.io", "events", "a state of the moment"),
    ("metrics.k8s.io", "nodes", "a state of the moment"),
    ("metrics.k8s.io", "pods", "a state of the moment"),
    ("storage.k8s.io", "csistoragecapacities", "a state of the moment"),
];

/// A kind that can be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Resource {
    group: String,
    version: String,
    name: String,
}

impl Resource {
    fn path(&self) -> String {
        match self.group.as_str() {
            "" => format!("/api/{}/{}", self.version, self.name),
            group => format!("/apis/{group}/{}/{}", self.version, self.name),
        }
    }

    fn shown(&self) -> String {
        if self.group.is_empty() { self.name.clone() } else { format!("{}.{}", self.name, self.group) }
    }
}

/// Lists everything.
pub(crate) fn read(server: &Server<'_>, name: String, progress: &dyn Progress) -> Result<Dump, SourceError> {
    let mut dump = Dump { name, ..Dump::default() };
    let mut resources = BTreeSet::new();
    for root in ["/api", "/apis"] {
        match discover(server, root, &mut dump) {
            Ok(found) => resources.extend(found),
            Err(refusal) => {
                let address = server.address();
                return Err(SourceError::Unreadable(format!("`{address}{root}`: {}", refusal.reason)));
            }
        }
    }
    for resource in resources {
        let left_out = LEFT_OUT.iter().find(|(g, n, _)| *g == resource.group && *n == resource.name);
        if let Some((.., why)) = left_out {
            dump.left_out.push((resource.shown(), (*why).to_owned()));
            continue;
        }
        if let Err(refusal) = list(server, &resource, &mut dump, progress) {
            dump.unlisted.push(Unlisted {
                what: resource.shown(),
                remedy: remedy(&refusal, &resource),
                reason: refusal.reason,
            });
        }
    }
    Ok(dump)
}

fn remedy(refusal: &Refusal, resource: &Resource) -> String {
    match refusal.status {
        401 => "log in to the cluster again".to_owned(),
        403 => format!(
            "allow `list` of `{}` to the user that asks (ClusterRole `view` allows most)",
            resource.shown()
        ),
        _ => "ask again, and look at the API server".to_owned(),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Discovered {
    kind: String,
    items: Vec<Group>,
    /// Of the older answers: `APIVersions`, `APIGroupList`.
    versions: Vec<String>,
    groups: Vec<OldGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group {
    metadata: Name,
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
    resources: Vec<Listed>,
    freshness: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Listed {
    resource: String,
    /// Of the older answers.
    name: String,
    verbs: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OldGroup {
    name: String,
    versions: Vec<OldVersion>,
    preferred_version: OldVersion,
}

#[derive(Default, Clone, Deserialize)]
#[serde(default)]
struct OldVersion {
    version: String,
}

/// The kinds below `/api` or `/apis`, each in the version that the server prefers.
fn discover(server: &Server<'_>, root: &str, dump: &mut Dump) -> Result<Vec<Resource>, Refusal> {
    let answer: Discovered = parse(&server.get(root, DISCOVERY, PAGE_BYTES_MAX)?)?;
    match answer.kind.as_str() {
        "APIGroupDiscoveryList" => {}
        "APIVersions" | "APIGroupList" => return Ok(discover_each(server, &answer, dump)),
        kind => return Err(wrong(format!("the answer is `{kind}`, and not of an API server of Kubernetes"))),
    }
    let mut found = Vec::new();
    for group in answer.items {
        let mut seen = BTreeSet::new();
        for version in group.versions {
            if version.freshness == "Stale" {
                dump.unlisted.push(Unlisted {
                    what: format!("{}/{}", group.metadata.name, version.version),
                    reason: "the aggregated API server behind it does not answer".to_owned(),
                    remedy: "mend its APIService".to_owned(),
                });
            }
            // A kind that a later version no longer serves is still there in this one.
            for listed in version.resources.iter().filter(|r| can_list(r)) {
                if seen.insert(listed.resource.clone()) {
                    found.push(Resource {
                        group: group.metadata.name.clone(),
                        version: version.version.clone(),
                        name: listed.resource.clone(),
                    });
                }
            }
        }
    }
    Ok(found)
}

fn can_list(resource: &Listed) -> bool {
    resource.verbs.iter().any(|v| v == "list")
}

/// The older way: one request a group.
fn discover_each(server: &Server<'_>, answer: &Discovered, dump: &mut Dump) -> Vec<Resource> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Resources {
        resources: Vec<Listed>,
    }
    let core = answer.versions.iter().map(|v| (String::new(), v.clone()));
    // The preferred version first; a kind that it does not have is read in another.
    let others = answer.groups.iter().flat_map(|g| {
        let mut versions: Vec<&str> = g.versions.iter().map(|v| v.version.as_str()).collect();
        versions.sort_by_key(|v| *v != g.preferred_version.version);
        versions.into_iter().map(|v| (g.name.clone(), v.to_owned()))
    });
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for (group, version) in core.chain(others) {
        let path =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        match server.get(&path, JSON, PAGE_BYTES_MAX).and_then(|bytes| parse::<Resources>(&bytes)) {
            Ok(answer) => {
                let mut is_new = |r: &Listed| seen.insert((group.clone(), r.name.clone()));
                let listed = answer.resources.into_iter();
                let listed = listed.filter(|r| can_list(r) && !r.name.contains('/') && is_new(r));
                found.extend(listed.map(|r| Resource {
                    group: group.clone(),
                    version: version.clone(),
                    name: r.name,
                }));
            }
            Err(refusal) => dump.unlisted.push(Unlisted {
                what: path,
                reason: refusal.reason,
                remedy: "mend its APIService".to_owned(),
            }),
        }
    }
    found
}

fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|e| wrong(format!("the server's answer cannot be read: {e}")))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    kind: String,
    metadata: PageAbout,
    items: Option<Vec<IgnoredAny>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageAbout {
    r#continue: String,
}

/// Appends every page of one list. What came before a failure is kept, and the failure is named.
fn list(
    server: &Server<'_>,
    resource: &Resource,
    dump: &mut Dump,
    progress: &dyn Progress,
) -> Result<(), Refusal> {
    let accept = if resource.group.is_empty() && resource.name == "secrets" { METADATA } else { JSON };
    let (mut place, mut resumed, mut empty) = (String::new(), false, 0);
    for _ in 0..PAGES_MAX {
        let mut path = format!("{}?limit={PAGE_OBJECTS}", resource.path());
        if !place.is_empty() {
            path.push_str("&continue=");
            path.push_str(&escaped(&place));
        }
        let left = LIST_BYTES_MAX.saturating_sub(dump.lists.len());
        let page = match server.get(&path, accept, PAGE_BYTES_MAX.min(left)) {
            Ok(page) => page,
            // The place expired: the server says where an inconsistent list goes on.
            Err(Refusal { status: 410, resume: Some(next), .. }) if !resumed => {
                (place, resumed) = (next, true);
                continue;
            }
            Err(refusal) => return Err(refusal),
        };
        let about: Page = parse(&page)?;
        // Kinds of others may call their lists otherwise; an empty one may have no `items`.
        if !about.kind.ends_with("List") && (about.items.is_none() || about.kind == "Status") {
            let kind = if about.kind.is_empty() { "nothing" } else { &about.kind };
            return Err(wrong(format!("the server answers with `{kind}` where a list was asked for")));
        }
        progress.expect(page.len() as u64);
        progress.advance(page.len() as u64);
        keep(&mut dump.lists, &page)?;
        if about.metadata.r#continue.is_empty() {
            return Ok(());
        }
        empty += u32::from(about.items.as_ref().is_none_or(Vec::is_empty));
        if EMPTY_PAGES_MAX < empty {
            return Err(wrong(format!(
                "the server sends more than {EMPTY_PAGES_MAX} pages with nothing on them"
            )));
        }
        if place == about.metadata.r#continue {
            return Err(wrong("the server sends the same page again and again".to_owned()));
        }
        place = about.metadata.r#continue;
    }
    Err(wrong(format!("more than the bound PAGES_MAX of {PAGES_MAX} pages")))
}

/// An answer that another try brings again.
fn wrong(reason: String) -> Refusal {
    Refusal { status: 1, reason, resume: None }
}

/// Keeps a page as a line of its own.
fn keep(lists: &mut Packed, page: &[u8]) -> Result<(), Refusal> {
    let kept = lists.write_all(page).and_then(|()| lists.write_all(b"\n"));
    kept.map_err(|e| wrong(format!("a page cannot be kept: {e}")))
}
