//! `build.sbt.lock` of the sbt-dependency-lock plugin.

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `build.sbt.lock`.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    text::has_one_of(&lock, &["dependencies", "lockVersion"])?;
    let mut locked = Locked::new(PackageType::Maven, "build.sbt.lock", path);
    for dependency in text::list(&lock, "dependencies") {
        let (Some(group), Some(artifact)) = (text::text(dependency, "org"), text::text(dependency, "name"))
        else {
            continue;
        };
        let id =
            locked.add(&format!("{group}:{artifact}"), text::text(dependency, "version").unwrap_or_default());
        let mut configurations = text::texts(dependency, "configurations").peekable();
        let named = configurations.peek().is_some();
        locked.dev(id, named && configurations.all(|c| matches!(c, "test" | "it" | "scala-doc-tool")));
    }
    Ok(locked.finish())
}
