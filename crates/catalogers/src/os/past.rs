//! Which layer brought a package of the distribution: the first one whose package database holds it in the version
//! that is installed, as far as the databases of all layers are known.

use std::collections::{BTreeMap, BTreeSet};

use model::{Package, PackageType};
use oci::{Tree, Version, Was};

use super::{apk, dpkg, rpm};

/// Bytes of the databases of all layers of an image that are compared; what is beyond is not known.
const COMPARED_BYTES_MAX: usize = 512 << 20;

/// Name, version and architecture.
pub(super) type Key = (String, String, String);

/// What the databases of successive layers hold.
pub(crate) struct Past {
    chains: BTreeMap<&'static str, Chain>,
}

/// One package manager's databases, base first.
type Chain = Vec<(u32, State)>;

/// What a database held from one layer on.
enum State {
    /// These packages.
    Holds(BTreeSet<Key>),
    /// It was not kept, or is beyond the bound.
    Unknown,
}

/// A package manager's files, and how one of them is read.
struct Manager<'m> {
    paths: &'m [&'m str],
    read: fn(Was<'_>) -> Option<BTreeSet<Key>>,
}

impl Past {
    /// Reads the databases of every layer that changed one; nothing is read of an image with one version.
    pub(crate) fn of(tree: &Tree, packages: &[Package]) -> Self {
        let mut room = COMPARED_BYTES_MAX;
        let mut chains = BTreeMap::new();
        for kind in [PackageType::Deb, PackageType::Apk, PackageType::Rpm] {
            if !packages.iter().any(|p| p.kind == kind) {
                continue;
            }
            let manager = match kind {
                PackageType::Apk => Manager { paths: &apk::INSTALLED, read: apk::held },
                PackageType::Rpm => Manager { paths: &rpm::PATHS, read: rpm::held },
                _ => Manager { paths: &[dpkg::STATUS], read: dpkg::held },
            };
            chains.insert(kind.as_str(), chain(tree, &manager, &mut room));
        }
        Self { chains }
    }

    /// The layer that brought a package; `None` if the databases do not tell.
    pub(crate) fn layer(&self, tree: &Tree, package: &Package) -> Option<u32> {
        let key = key(package);
        let own = package.paths.first().filter(|path| dpkg::is_own_stanza(path));
        if let Some(path) = own {
            let manager = Manager { paths: &[path], read: dpkg::held };
            return first_with(&chain(tree, &manager, &mut { COMPARED_BYTES_MAX }), &key);
        }
        first_with(self.chains.get(package.kind.as_str())?, &key)
    }
}

fn key(package: &Package) -> Key {
    let architecture = package.architecture.clone().unwrap_or_default();
    (package.name.clone(), package.version.clone(), architecture)
}

/// Going down from the top: the lowest layer that holds `key` and above which no layer is without it.
fn first_with(chain: &[(u32, State)], key: &Key) -> Option<u32> {
    // A single version needs no comparing: what is installed came with it.
    if let [(layer, _)] = chain {
        return Some(*layer);
    }
    let mut found = None;
    for (layer, state) in chain.iter().rev() {
        match state {
            State::Holds(keys) if keys.contains(key) => found = Some(*layer),
            State::Holds(_) => return found,
            State::Unknown => return None,
        }
    }
    found
}

fn chain(tree: &Tree, manager: &Manager<'_>, room: &mut usize) -> Chain {
    let versions: Vec<Vec<Version<'_>>> = manager.paths.iter().map(|path| tree.versions(path)).collect();
    let layers: BTreeSet<u32> = versions.iter().flatten().map(|v| v.layer).collect();
    if layers.len() == 1 {
        return layers.into_iter().map(|layer| (layer, State::Unknown)).collect();
    }
    // The newest are read first: if the bound is crossed, it is the oldest that are not known.
    let mut chain: Chain = layers
        .into_iter()
        .rev()
        .map(|layer| {
            let mut files: Vec<Was<'_>> = versions
                .iter()
                .filter_map(|v| v.iter().rev().find(|v| v.layer <= layer).map(|v| v.was))
                .filter(|was| *was != Was::Gone)
                .collect();
            // Two names may lead to one file.
            files.dedup();
            (layer, state(&files, manager, room))
        })
        .collect();
    chain.reverse();
    chain
}

fn state(files: &[Was<'_>], manager: &Manager<'_>, room: &mut usize) -> State {
    let mut keys = BTreeSet::new();
    for was in files {
        let len = match was {
            Was::Kept(bytes) | Was::Noted(bytes) => bytes.len(),
            Was::Gone | Was::Unknown => 0,
        };
        let Some(left) = room.checked_sub(len) else { return State::Unknown };
        *room = left;
        match (manager.read)(*was) {
            Some(held) => keys.extend(held),
            None => return State::Unknown,
        }
    }
    State::Holds(keys)
}
