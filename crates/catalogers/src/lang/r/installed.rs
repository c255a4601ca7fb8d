//! R packages that are installed: the `DESCRIPTION` that R writes into `library/NAME`, a list of fields as Debian's.

use std::collections::BTreeMap;

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::Locked;
use crate::lang::text::{Broken, lenient};

/// Reads an installed package's `DESCRIPTION`. R adds `Built` when it installs; without it the file belongs to sources.
/// Packages of priority `base` are R itself.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = lenient(bytes);
    let fields = fields(&text);
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("Built").is_empty() || field("Priority") == "base" {
        return Ok(Harvest::default());
    }
    if field("Package").is_empty() {
        return Err(Broken::new("no line names the `Package`"));
    }
    let mut locked = Locked::new(PackageType::Cran, "R", path);
    let id = locked.add(field("Package"), field("Version"));
    if !field("biocViews").is_empty() || field("git_url").contains("bioconductor.org") {
        locked.qualifier(id, "repository_url", "https://bioconductor.org");
    }
    for license in field("License").split('|') {
        // `MIT + file LICENSE`: the file holds the names of its owners.
        locked.license(id, license.split(" + file").next().unwrap_or_default().trim());
    }
    Ok(locked.finish())
}

/// The fields; a line that begins with a blank goes on with the one above.
fn fields(text: &str) -> BTreeMap<&str, String> {
    let mut fields: BTreeMap<&str, String> = BTreeMap::new();
    let mut open = "";
    for line in text.lines() {
        match line.split_once(':') {
            _ if line.starts_with([' ', '\t']) => {
                if let Some(value) = fields.get_mut(open) {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            Some((name, value)) => {
                open = name;
                fields.insert(name, value.trim().to_owned());
            }
            None => open = "",
        }
    }
    fields
}
