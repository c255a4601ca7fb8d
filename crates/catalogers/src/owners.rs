//! Which package of the distribution owns which file.

use std::collections::HashMap;

use model::Package;

/// Files and their owners. Looked up, never iterated.
pub(crate) struct Owners<'p> {
    files: HashMap<&'p str, &'p Package>,
}

impl<'p> Owners<'p> {
    pub(crate) fn new(packages: &'p [Package]) -> Self {
        let count = packages.iter().map(|p| p.owned_files.len()).sum();
        let mut files = HashMap::with_capacity(count);
        for package in packages.iter().filter(|p| p.kind.is_distribution()) {
            for file in &package.owned_files {
                files.entry(file.as_str()).or_insert(package);
            }
        }
        Self { files }
    }

    /// `deb:python3-requests`, for a path that may name a place inside an archive (`a.jar!/b.jar`).
    pub(crate) fn of(&self, path: &str) -> Option<String> {
        let file = path.split("!/").next().unwrap_or(path);
        self.files.get(file).map(|p| format!("{}:{}", p.kind, p.name))
    }
}
