//! `gradle.lockfile`, `buildscript-gradle.lockfile` and the older `gradle/dependency-locks/CONFIGURATION.lockfile`.

use inventory::Harvest;
use model::PackageType;

use crate::lang::files::split;
use crate::lang::locked::Locked;
use crate::lang::text::{Broken, decode};

/// Reads a lockfile: `group:artifact:version=configuration,…`; the older files are of one configuration.
pub(in crate::lang) fn read_lock(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(Broken::new("the file is empty; Gradle writes `empty=` where there is nothing to lock"));
    }
    let mut locked = Locked::new(PackageType::Maven, "gradle.lockfile", path);
    let of_file = split(path).1.trim_end_matches(".lockfile");
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, of_file));
        let parts: Vec<&str> = coordinates.split(':').map(str::trim).collect();
        let [group, artifact, version] = parts.as_slice() else {
            locked.problem(crate::lang::files::unread(
                &format!("{path}:{}", index + 1),
                "the line is not `group:artifact:version=configurations`",
            ));
            continue;
        };
        let id = locked.add(&format!("{group}:{artifact}"), version);
        let dev = configurations.split(',').map(str::trim).filter(|c| !c.is_empty()).all(is_test);
        locked.dev(id, dev);
    }
    Ok(locked.finish())
}

/// `testCompileClasspath`, `integrationTestRuntimeClasspath`.
fn is_test(configuration: &str) -> bool {
    configuration.starts_with("test") || configuration.contains("Test")
}

/// Reads a build script that no lock stands beside. It is a program: only that it asks for something can be seen.
pub(in crate::lang) fn read_build(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut locked = Locked::new(PackageType::Maven, "build.gradle", path);
    let asks = ["implementation", "api", "compile", "runtimeOnly", "compileOnly"];
    let declares = |line: &str| {
        asks.iter()
            .any(|word| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(['(', ' ', '"', '\''])))
    };
    if text.lines().map(str::trim).any(declares) {
        locked.unknown(
            "the build script asks for dependencies, and no lockfile says which versions are used",
            "turn dependency locking on (`dependencyLocking { lockAllConfigurations() }`) and commit gradle.lockfile",
        );
    }
    Ok(locked.finish())
}
