//! Installed gems: `specifications/NAME-VERSION.gemspec`, which RubyGems generates in one shape.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;

use crate::lang::files::split;
use crate::lang::locked::Locked;
use crate::lang::text::Broken;

/// Reads an installed specification.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = String::from_utf8_lossy(bytes);
    let mut locked = Locked::new(PackageType::Gem, "gem specification", path);
    let mut spec = Specification::default();
    for line in text.lines().map(str::trim) {
        spec.line(line);
    }
    let stub = spec.stub.clone().unwrap_or_default();
    let name = spec.name.or(Some(stub.0)).filter(|n| !n.is_empty());
    let version = spec.version.or(Some(stub.1)).filter(|v| !v.is_empty());
    let (Some(name), Some(version)) = (name, version) else {
        let file = split(path).1;
        return Err(Broken::new(format!("`{file}` is no specification that RubyGems generated")));
    };
    let id = locked.add(&name, &version);
    for license in &spec.licenses {
        locked.license(id, license);
    }
    if !matches!(stub.2.as_str(), "" | "ruby") {
        locked.qualifier(id, "platform", &stub.2);
    }
    let mut harvest = locked.finish();
    for package in &mut harvest.packages {
        package.depends_on = spec.dependencies.iter().cloned().collect();
    }
    Ok(harvest)
}

#[derive(Default)]
struct Specification {
    /// Name, version and platform of `# stub: name version platform paths`.
    stub: Option<(String, String, String)>,
    name: Option<String>,
    version: Option<String>,
    licenses: Vec<String>,
    dependencies: BTreeSet<String>,
}

impl Specification {
    fn line(&mut self, line: &str) {
        if let Some(stub) = line.strip_prefix("# stub: ") {
            let mut words = stub.split(' ').map(str::to_owned);
            if let (Some(name), Some(version), Some(platform)) = (words.next(), words.next(), words.next()) {
                self.stub.get_or_insert((name, version, platform));
            }
            return;
        }
        let Some((object, rest)) = line.split_once('.') else { return };
        if object.is_empty() || !object.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return;
        }
        if let Some((field, value)) = rest.split_once('=') {
            match field.trim() {
                "name" if self.name.is_none() => self.name = strings(value).next().map(str::to_owned),
                "version" if self.version.is_none() => {
                    self.version = strings(value).next().map(str::to_owned)
                }
                "license" | "licenses" if self.licenses.is_empty() => {
                    self.licenses = strings(value).map(str::to_owned).collect();
                }
                _ => {}
            }
        }
        if rest.starts_with("add_runtime_dependency") || rest.starts_with("add_dependency") {
            let quoted = rest.split_once("%q<").and_then(|(_, r)| r.split_once('>')).map(|(name, _)| name);
            self.dependencies.extend(quoted.or_else(|| strings(rest).next()).map(str::to_owned));
        }
    }
}

/// The quoted texts of a line of Ruby.
fn strings(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(['"', '\''])?;
        let quote = rest.get(start..)?.chars().next()?;
        let (inside, after) = rest.get(start + 1..)?.split_once(quote)?;
        rest = after;
        Some(inside)
    })
}
