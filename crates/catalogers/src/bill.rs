//! Bills of materials that lie in an image: what its builder says of parts that carry no metadata of their own
//! (Bitnami's `.spdx-NAME.spdx`, PEP 770's `dist-info/sboms/`).

use std::collections::BTreeSet;

use inventory::{Harvest, Problem};
use model::{DoubtKind, Package, PackageType};
use oci::{FileKind, Interest, Tree};

const CONTROL: &str = "dependencies";
const REMEDY: &str = "repair the bill of materials, or leave it out of the image";

/// Vulnerabilities of one bill of materials that a doubt names; the others are counted.
const IDS_SHOWN_MAX: usize = 3;

/// Letters of an id that a doubt shows.
const ID_LETTERS_MAX: usize = 64;

/// Bytes of the largest bill of materials within an image.
const BILL_BYTES_MAX: u64 = 32 << 20;

/// Bills of materials of one image.
const BILLS_MAX: usize = 4_096;

/// What the pass shall do with a bill of materials; `None` if it is none by its name.
pub(crate) fn interest(path: &str, size: u64) -> Option<Interest> {
    is_bill(path).then_some(if size <= BILL_BYTES_MAX { Interest::Keep } else { Interest::No })
}

fn is_bill(path: &str) -> bool {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    // PEP 770: every file of the folder is one, whatever its name; those that are read are JSON and XML.
    let is_python = dir.ends_with(".dist-info/sboms") && ends(&[".json", ".xml"]);
    is_python || ends(&[".cdx.json", ".cyclonedx.json", ".cdx.xml", ".spdx.json", ".spdx"])
}

/// What the bills of `tree` name beside the packages that were seen themselves.
pub(crate) fn catalog(tree: &Tree, system: &[Package], others: &[Package]) -> Harvest {
    let mut harvest = Harvest::default();
    let key = |p: &Package| (p.kind, p.name.clone(), p.version.clone());
    let mut known: BTreeSet<(PackageType, String, String)> = system.iter().chain(others).map(key).collect();
    let bills: Vec<&str> =
        tree.iter().filter(|f| f.kind == FileKind::Regular && is_bill(f.path)).map(|f| f.path).collect();
    for (n, path) in bills.into_iter().enumerate() {
        if BILLS_MAX <= n {
            let reason = format!("more than BILLS_MAX ({BILLS_MAX}) bills of materials");
            harvest.problems.push(Problem::unread(CONTROL, path, reason, REMEDY));
            break;
        }
        let bytes = tree.open(path, BILL_BYTES_MAX).map_err(|e| e.to_string());
        match bytes.and_then(|bytes| sbom::read(&bytes).map_err(|e| e.to_string())) {
            Ok((document, flaws)) => {
                harvest.documents += 1;
                harvest.problems.extend(flaws.into_iter().map(|flaw| problem(path, &flaw)));
                harvest.problems.extend(listed(path, &document.claims));
                for mut package in document.packages.into_iter().filter(|p| known.insert(key(p))) {
                    package.paths = vec![path.to_owned()];
                    // Names of others that only this document tells apart.
                    package.depends_on = Vec::new();
                    harvest.packages.push(package);
                }
            }
            Err(reason) => harvest.problems.push(Problem::unread(CONTROL, path, reason, REMEDY)),
        }
    }
    harvest
}

/// The vulnerabilities that a bill of materials lists itself (CycloneDX 1.4 and later, `vulnerabilities[]`). Within an
/// image they are its builder's word of another day, and no findings; what they are about may be vulnerable all the same.
fn listed(path: &str, claims: &[sbom::results::Claim]) -> Option<Problem> {
    let ids: BTreeSet<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    let short = |id: &&str| id.chars().take(ID_LETTERS_MAX).collect::<String>();
    let first = ids.iter().take(IDS_SHOWN_MAX).map(short).collect::<Vec<_>>().join(", ");
    let more = if ids.len() <= IDS_SHOWN_MAX { "" } else { ", …" };
    let reason = match ids.len() {
        0 => return None,
        n => {
            format!("vulnerabilities that it lists, not taken over from within an image: {n} ({first}{more})")
        }
    };
    let remedy = "take the file out of the image and scan it beside it, as `sbom:FILE`";
    Some(Problem::unread("image-scanning", path, reason, remedy))
}

fn problem(path: &str, flaw: &sbom::Flaw) -> Problem {
    let reason = format!("{}: {}", flaw.pointer, flaw.reason);
    match flaw.kind {
        DoubtKind::Target => Problem::unread(CONTROL, path, reason, REMEDY),
        DoubtKind::Knowledge => Problem::unknown(CONTROL, path, reason, REMEDY),
    }
}
