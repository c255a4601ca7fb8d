//! Docker's data root: names in `repositories.json`, configurations in `imagedb`, layers unpacked by a storage driver;
//! or, in newer installations, a containerd of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oci::engine::{docker, is_called, is_id};
use oci::spec::{CONFIG_BYTES_MAX, LAYERS_MAX, read_config};
use ports::source::{Engine, SourceError};

use super::{Kept, Unpacked, ambiguous, containerd, document, drivers, folder, unknown};
use crate::blobs::Store;
use crate::doubts::Account;
use crate::layout::Choice;
use crate::plan::{AGAIN, ImagePlan, LayerPlan, fitting};

/// Docker's images in a containerd are in this namespace.
const NAMESPACE: &str = "moby";

/// Where the containerd that Docker starts keeps its content, below the data root; and the machine's own.
const OWN: &str = "containerd/daemon";
const MACHINES: &str = "/var/lib/containerd";

/// Bytes of a file that holds one word about a layer.
const WORD_BYTES_MAX: u64 = 4 << 10;

pub(super) fn find(wanted: &str, roots: &[PathBuf], choice: Choice<'_>) -> Result<Kept, SourceError> {
    let mut known = Vec::new();
    for root in roots {
        for driver in drivers(&root.join("image"), "")? {
            let path = root.join("image").join(&driver).join("repositories.json");
            let Some(bytes) = document(&path, docker::REPOSITORIES_BYTES_MAX)? else { continue };
            let unreadable = |e: String| SourceError::Unreadable(format!("`{}`: {e}", path.display()));
            let names = docker::repositories(&bytes).map_err(unreadable)?;
            if let Some(image) = chosen(&names, wanted)? {
                return kept(root, &driver, &image, choice);
            }
            known.extend(names.into_iter().map(|(name, _)| name).filter(|name| !name.contains('@')));
        }
        let mut places = vec![root.join(OWN)];
        // The machine's containerd is Docker's only where Docker is the machine's.
        if root == Path::new("/var/lib/docker") {
            places.push(PathBuf::from(MACHINES));
        }
        for place in places {
            let mut all = containerd::names(&place)?;
            all.retain(|i| i.namespace == NAMESPACE);
            if let Some(image) = all.iter().find(|i| containerd::means(i, wanted)) {
                return containerd::kept(&place, image, choice, Engine::Docker);
            }
            known.extend(all.into_iter().map(|i| i.name));
        }
    }
    Err(unknown(Engine::Docker, wanted, known))
}

struct Chosen {
    /// `sha256:…` of the configuration.
    id: String,
    name: String,
    /// Manifest digest, where a registry told one.
    digest: Option<String>,
}

fn chosen(names: &[(String, String)], wanted: &str) -> Result<Option<Chosen>, SourceError> {
    let by_digest = |name: &str| name.split_once('@').is_some_and(|(_, digest)| wanted.ends_with(digest));
    let is_meant = |name: &str, id: &str| is_called(name, wanted) || by_digest(name) || is_id(id, wanted);
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, id) in names.iter().filter(|(name, id)| is_meant(name, id)) {
        let best = found.entry(id).or_insert(name);
        if best.contains('@') && !name.contains('@') {
            *best = name;
        }
    }
    if 1 < found.len() {
        let names: Vec<String> = found.values().map(|n| (*n).to_owned()).collect();
        return Err(ambiguous(Engine::Docker, wanted, &names));
    }
    Ok(found.into_iter().next().map(|(id, name)| {
        let mut of_id = names.iter().filter(|(_, i)| i == id).filter_map(|(name, _)| name.split_once('@'));
        let digest = of_id.next().map(|(_, digest)| digest.to_owned());
        Chosen { id: id.to_owned(), name: name.to_owned(), digest }
    }))
}

fn kept(root: &Path, driver: &str, image: &Chosen, choice: Choice<'_>) -> Result<Kept, SourceError> {
    let base = root.join("image").join(driver);
    let hex = image.id.trim_start_matches("sha256:");
    let path = base.join("imagedb/content/sha256").join(hex);
    let missing =
        || SourceError::Unreadable(format!("`{}`: the image's configuration is missing", path.display()));
    let known = hex.bytes().all(|b| b.is_ascii_hexdigit());
    let config = if known { document(&path, CONFIG_BYTES_MAX)? } else { None };
    let config = config.ok_or_else(missing)?;
    let mut plan = ImagePlan {
        suffix: image.name.clone(),
        digest: image.digest.as_deref().and_then(|d| d.parse().ok()),
        can_have_healthcheck: true,
        ..ImagePlan::default()
    };
    let place = format!("configuration {}", image.id);
    if oci::sha256(&config).to_string() != image.id {
        plan.account.doubt(&place, "wrong digest: its bytes are not what its name says", AGAIN);
    }
    // What is wrong with the configuration is told when the plan takes it over.
    let diff_ids = read_config(&config).map(|c| c.rootfs.diff_ids).unwrap_or_default();
    if LAYERS_MAX < diff_ids.len() {
        plan.account.skip(&place, "LAYERS_MAX", LAYERS_MAX as u64, true);
    }
    let mut unpacked = Unpacked::default();
    for chain in docker::chain(&diff_ids).iter().take(LAYERS_MAX) {
        plan.layers.push(layer(root, driver, chain, &mut unpacked));
    }
    plan.configure(&config, &place);
    let plans = fitting(plan, choice.platform, &format!("docker:{}", image.name))?;
    Ok(Kept { store: Store::Unpacked(unpacked), plans, account: Account::default(), name: String::new() })
}

/// The layer in the folder that `chain` names; if it is not there, reading its part will say so.
fn layer(root: &Path, driver: &str, chain: &str, unpacked: &mut Unpacked) -> LayerPlan {
    let plan = LayerPlan { part: Some(chain.to_owned()), ..LayerPlan::default() };
    let hex = chain.trim_start_matches("sha256:");
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return plan;
    }
    let db = root.join("image").join(driver).join("layerdb/sha256").join(hex);
    let words = |name: &str| {
        let bytes = disk::read(&db.join(name), WORD_BYTES_MAX).ok()?;
        Some(std::str::from_utf8(&bytes).ok()?.trim().to_owned())
    };
    let cache =
        words("cache-id").filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()));
    let Some(cache) = cache else { return plan };
    let size = words("size").and_then(|s| s.parse().ok()).unwrap_or_default();
    let exact = unpacked.add(chain, folder(root, driver, &cache), db.join("tar-split.json.gz"), size);
    LayerPlan { unverified: !exact, ..plan }
}
