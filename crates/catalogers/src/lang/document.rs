//! Which files are documents, what role they play, and who reads them.

use inventory::Harvest;
use model::PackageType;

use super::files::{Files, join, parent, split, upwards};
use super::text::Broken;
use super::unlocked::Unlocked;
use super::{
    actions, cocoapods, conan, conda, dart, dotnet, elixir, golang, haskell, java, javascript, julia, php,
    python, r, ruby, rust, swift, terraform,
};

/// What a document says about the packages it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Every package of the project with its version.
    Lock,
    /// Some packages with versions: the project's own list, without what those bring along.
    List,
    /// What the project asks for, mostly without versions; counts only where no lock or list speaks.
    Manifest,
    /// A package that is installed.
    Installed,
}

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Document {
    DistInfo,
    EggInfo,
    PythonArchive,
    Requirements,
    PoetryLock,
    UvLock,
    PipfileLock,
    PdmLock,
    PyLock,
    PyProject,
    Pipfile,
    PackageJson,
    NpmLock,
    YarnLock,
    PnpmLock,
    BunLock,
    GoMod,
    GoVendor,
    CargoLock,
    CargoToml,
    Pom,
    GradleLock,
    GradleBuild,
    SbtLock,
    GemfileLock,
    Gemfile,
    GemSpecification,
    ComposerLock,
    ComposerJson,
    ComposerInstalled,
    NugetLock,
    NugetConfig,
    NugetCentral,
    NugetProject,
    DotnetDeps,
    ConanLock,
    ConanRequires,
    PodfileLock,
    SwiftResolved,
    PubspecLock,
    MixLock,
    RebarLock,
    ErlangApplication,
    RenvLock,
    RInstalled,
    JuliaManifest,
    StackLock,
    CabalFreeze,
    CondaLock,
    CondaExplicit,
    PixiLock,
    CondaMeta,
    CondaEnvironment,
    Workflow,
    TerraformLock,
    Unlocked(Unlocked),
}

use Document as D;

impl Document {
    /// The document that a path is by its name, if it is one.
    pub(super) fn of(path: &str) -> Option<Self> {
        let (dir, name) = split(path);
        Some(match name {
            "METADATA" if dir.ends_with(".dist-info") => D::DistInfo,
            "PKG-INFO" if dir.ends_with(".egg-info") || split(dir).1 == "EGG-INFO" => D::EggInfo,
            "poetry.lock" => D::PoetryLock,
            "uv.lock" => D::UvLock,
            "Pipfile.lock" => D::PipfileLock,
            "pdm.lock" => D::PdmLock,
            "pyproject.toml" => D::PyProject,
            "Pipfile" => D::Pipfile,
            "package.json" => D::PackageJson,
            "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json" => D::NpmLock,
            "yarn.lock" => D::YarnLock,
            "pnpm-lock.yaml" => D::PnpmLock,
            "bun.lock" => D::BunLock,
            "go.mod" => D::GoMod,
            "modules.txt" if split(dir).1 == "vendor" => D::GoVendor,
            "Cargo.lock" => D::CargoLock,
            "Cargo.toml" => D::CargoToml,
            "pom.xml" => D::Pom,
            "gradle.lockfile" | "buildscript-gradle.lockfile" => D::GradleLock,
            "build.gradle" | "build.gradle.kts" => D::GradleBuild,
            "build.sbt.lock" => D::SbtLock,
            "Gemfile.lock" | "gems.locked" => D::GemfileLock,
            "Gemfile" | "gems.rb" => D::Gemfile,
            "composer.lock" => D::ComposerLock,
            "composer.json" => D::ComposerJson,
            "installed.json" => D::ComposerInstalled,
            "packages.lock.json" => D::NugetLock,
            "packages.config" => D::NugetConfig,
            "Packages.props" | "packages.props" => D::NugetCentral,
            "conan.lock" => D::ConanLock,
            "conanfile.txt" => D::ConanRequires,
            "Podfile.lock" => D::PodfileLock,
            "Package.resolved" => D::SwiftResolved,
            "pubspec.lock" => D::PubspecLock,
            "mix.lock" => D::MixLock,
            "rebar.lock" => D::RebarLock,
            "renv.lock" => D::RenvLock,
            "DESCRIPTION" if r::is_library(dir) => D::RInstalled,
            "Manifest.toml" | "JuliaManifest.toml" => D::JuliaManifest,
            "stack.yaml.lock" => D::StackLock,
            "cabal.project.freeze" => D::CabalFreeze,
            "conda-lock.yml" | "conda-lock.yaml" => D::CondaLock,
            "pixi.lock" => D::PixiLock,
            "environment.yml" | "environment.yaml" => D::CondaEnvironment,
            ".terraform.lock.hcl" => D::TerraformLock,
            _ => return Self::by_extension(dir, name).or_else(|| Unlocked::of(name).map(D::Unlocked)),
        })
    }

    fn by_extension(dir: &str, name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let folder = || split(dir).1;
        Some(match extension {
            "egg-info" => D::EggInfo,
            "whl" | "egg" => D::PythonArchive,
            "txt" if stem.contains("requirements") || folder() == "requirements" => D::Requirements,
            "toml" if stem.strip_prefix("pylock").is_some_and(|s| s.is_empty() || s.starts_with('.')) => {
                D::PyLock
            }
            "gemspec" if folder() == "specifications" || dir.ends_with("specifications/default") => {
                D::GemSpecification
            }
            "lockfile" if dir.ends_with("gradle/dependency-locks") => D::GradleLock,
            "json" if stem.ends_with(".deps") => D::DotnetDeps,
            "json" if folder() == "conda-meta" => D::CondaMeta,
            "app" if folder() == "ebin" => D::ErlangApplication,
            "lock" if stem.starts_with("conda-") => D::CondaExplicit,
            "toml" if stem.starts_with("Manifest-v") => D::JuliaManifest,
            "yml" | "yaml" if actions::is(dir, stem, extension) => D::Workflow,
            "props" if stem.to_ascii_lowercase().ends_with(".packages") => D::NugetCentral,
            "csproj" | "fsproj" | "vbproj" => D::NugetProject,
            "props" | "targets" if stem.eq_ignore_ascii_case("Directory.Build") => D::NugetProject,
            _ => return None,
        })
    }

    /// The ecosystem.
    pub(super) fn ecosystem(self) -> PackageType {
        match self {
            D::DistInfo
            | D::EggInfo
            | D::PythonArchive
            | D::Requirements
            | D::PoetryLock
            | D::UvLock
            | D::PipfileLock
            | D::PdmLock
            | D::PyLock
            | D::PyProject
            | D::Pipfile => PackageType::Pypi,
            D::PackageJson | D::NpmLock | D::YarnLock | D::PnpmLock | D::BunLock => PackageType::Npm,
            D::GoMod | D::GoVendor => PackageType::Golang,
            D::CargoLock | D::CargoToml => PackageType::Cargo,
            D::Pom | D::GradleLock | D::GradleBuild | D::SbtLock => PackageType::Maven,
            D::GemfileLock | D::Gemfile | D::GemSpecification => PackageType::Gem,
            D::ComposerLock | D::ComposerJson | D::ComposerInstalled => PackageType::Composer,
            D::NugetLock | D::NugetConfig | D::NugetCentral | D::NugetProject | D::DotnetDeps => {
                PackageType::Nuget
            }
            D::ConanLock | D::ConanRequires => PackageType::Conan,
            D::PodfileLock => PackageType::Cocoapods,
            D::SwiftResolved => PackageType::Swift,
            D::PubspecLock => PackageType::Pub,
            D::MixLock | D::RebarLock | D::ErlangApplication => PackageType::Hex,
            D::RenvLock | D::RInstalled => PackageType::Cran,
            D::JuliaManifest => PackageType::Julia,
            D::StackLock | D::CabalFreeze => PackageType::Hackage,
            D::CondaLock | D::CondaExplicit | D::PixiLock | D::CondaMeta | D::CondaEnvironment => {
                PackageType::Conda
            }
            D::Workflow => PackageType::Github,
            D::TerraformLock => PackageType::Generic,
            D::Unlocked(unlocked) => unlocked.ecosystem(),
        }
    }

    /// The role at `path`: a `package.json` below `node_modules` is an installed package, elsewhere a manifest.
    pub(super) fn role(self, path: &str) -> Role {
        match self {
            D::DistInfo
            | D::EggInfo
            | D::GemSpecification
            | D::ComposerInstalled
            | D::DotnetDeps
            | D::CondaMeta
            | D::RInstalled
            | D::ErlangApplication => Role::Installed,
            D::PackageJson if has_component(path, "node_modules") => Role::Installed,
            D::Requirements
            | D::PythonArchive
            | D::GoMod
            | D::GoVendor
            | D::Pom
            | D::NugetConfig
            | D::StackLock
            | D::CondaEnvironment
            | D::Workflow => Role::List,
            D::PackageJson
            | D::PyProject
            | D::Pipfile
            | D::CargoToml
            | D::Gemfile
            | D::ComposerJson
            | D::GradleBuild
            | D::NugetProject
            | D::ConanRequires
            | D::Unlocked(_) => Role::Manifest,
            _ => Role::Lock,
        }
    }

    /// Reads the document.
    pub(super) fn read(self, files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
        match self {
            D::DistInfo | D::EggInfo => python::installed::read(files, path, bytes),
            D::PythonArchive => Ok(python::archive::read(path)),
            D::Requirements => python::requirements::read(files, path, bytes),
            D::PoetryLock => python::poetry::read(files, path, bytes),
            D::UvLock => python::uv::read(path, bytes),
            D::PipfileLock => python::pipfile::read_lock(files, path, bytes),
            D::Pipfile => python::pipfile::read_manifest(path, bytes),
            D::PdmLock => python::pdm::read(files, path, bytes),
            D::PyLock => python::pylock::read(path, bytes),
            D::PyProject => python::pyproject::read(path, bytes),
            D::PackageJson if self.role(path) == Role::Manifest => javascript::manifest::read(path, bytes),
            D::PackageJson => javascript::installed::read(path, bytes),
            D::NpmLock => javascript::npm::read(files, path, bytes),
            D::YarnLock => javascript::yarn::read(files, path, bytes),
            D::PnpmLock => javascript::pnpm::read(path, bytes),
            D::BunLock => javascript::bun::read(path, bytes),
            D::GoMod => golang::module::read(files, path, bytes),
            D::GoVendor => golang::vendor::read(path, bytes),
            D::CargoLock => rust::read_lock(files, path, bytes),
            D::CargoToml => rust::read_manifest(path, bytes),
            D::Pom => java::pom::read(files, path, bytes),
            D::GradleLock => java::gradle::read_lock(path, bytes),
            D::GradleBuild => java::gradle::read_build(path, bytes),
            D::SbtLock => java::sbt::read(path, bytes),
            D::GemfileLock => ruby::lock::read(path, bytes),
            D::Gemfile => ruby::lock::read_manifest(path, bytes),
            D::GemSpecification => ruby::specification::read(path, bytes),
            D::ComposerLock => php::read_lock(files, path, bytes),
            D::ComposerJson => php::read_manifest(path, bytes),
            D::ComposerInstalled => php::read_installed(path, bytes),
            D::NugetLock => dotnet::read_lock(path, bytes),
            D::NugetConfig => dotnet::read_config(path, bytes),
            D::NugetCentral => dotnet::project::read_central(path, bytes),
            D::NugetProject => dotnet::project::read(path, bytes),
            D::DotnetDeps => dotnet::read_deps(path, bytes),
            D::ConanLock => conan::read(path, bytes),
            D::ConanRequires => conan::read_requires(path, bytes),
            D::PodfileLock => cocoapods::read(path, bytes),
            D::SwiftResolved => swift::read(path, bytes),
            D::PubspecLock => dart::read(path, bytes),
            D::MixLock => elixir::read(path, bytes),
            D::RebarLock => elixir::rebar::read(path, bytes),
            D::ErlangApplication => elixir::application::read(path, bytes),
            D::RenvLock => r::read(path, bytes),
            D::RInstalled => r::installed::read(path, bytes),
            D::JuliaManifest => julia::read(files, path, bytes),
            D::StackLock => haskell::read_stack(path, bytes),
            D::CabalFreeze => haskell::read_freeze(path, bytes),
            D::CondaLock => conda::read_lock(path, bytes),
            D::CondaExplicit => conda::pixi::read_explicit(path, bytes),
            D::PixiLock => conda::pixi::read(path, bytes),
            D::CondaMeta => conda::read_installed(path, bytes),
            D::CondaEnvironment => conda::read_environment(path, bytes),
            D::Workflow => actions::read(path, bytes),
            D::TerraformLock => terraform::read(path, bytes),
            D::Unlocked(unlocked) => unlocked.read(path, bytes),
        }
    }
}

/// True for the files that no document is, but that a reader opens beside one.
pub(super) fn is_support(path: &str) -> bool {
    let (dir, name) = split(path);
    match name {
        "RECORD" | "REQUESTED" | "top_level.txt" | "installed-files.txt" => {
            dir.ends_with(".dist-info") || dir.ends_with(".egg-info") || split(dir).1 == "EGG-INFO"
        }
        "go.sum" | "constraints.txt" | "pnpm-workspace.yaml" => true,
        _ => false,
    }
}

/// True if a directory of `path` is called `name`.
pub(super) fn has_component(path: &str, name: &str) -> bool {
    split(path).0.split('/').any(|part| part == name)
}

/// True if `path` lies in a directory where package managers put the packages of others, or in an unpacked archive
/// that carries the `pom.xml` it was built from.
pub(super) fn in_dependency(files: Files<'_>, path: &str) -> bool {
    if path.starts_with("META-INF/maven/") || path.contains("/META-INF/maven/") {
        return true;
    }
    upwards(parent(path)).any(|dir| match split(dir).1 {
        "node_modules" | "bower_components" | "jspm_packages" | "site-packages" | "dist-packages"
        | ".git" | ".tox" | ".nox" | ".bundle" | "Pods" => true,
        "vendor" => is_managed_vendor(files, dir, path),
        _ => false,
    })
}

/// True if a package manager fills the folder `vendor`: Go, Composer, Bundler or Cargo. Otherwise it is a folder like any
/// other, and what lies in it is the project's own.
fn is_managed_vendor(files: Files<'_>, vendor: &str, path: &str) -> bool {
    let has = |name: &str| files.has(&join(vendor, name));
    let first = path.get(vendor.len() + 1..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    matches!(first, "bundle" | "cache")
        || has("modules.txt")
        || has("autoload.php")
        || has("composer/installed.json")
        || has(&format!("{first}/.cargo-checksum.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_known_by_their_names() {
        for (path, expected) in [
            ("a/b-1.dist-info/METADATA", Some(D::DistInfo)),
            ("METADATA", None),
            ("a/b.egg-info", Some(D::EggInfo)),
            ("a/b.egg/EGG-INFO/PKG-INFO", Some(D::EggInfo)),
            ("requirements-dev.txt", Some(D::Requirements)),
            ("requirements/base.txt", Some(D::Requirements)),
            ("docs/notes.txt", None),
            ("pylock.dev.toml", Some(D::PyLock)),
            ("pylockx.toml", None),
            ("gems/specifications/default/a-1.gemspec", Some(D::GemSpecification)),
            ("a.gemspec", None),
            ("vendor/modules.txt", Some(D::GoVendor)),
            ("modules.txt", None),
            ("App.deps.json", Some(D::DotnetDeps)),
            ("deps.json", None),
        ] {
            assert_eq!(Document::of(path), expected, "{path}");
        }
    }

    #[test]
    fn a_package_json_is_installed_only_below_node_modules() {
        assert_eq!(D::PackageJson.role("node_modules/a/package.json"), Role::Installed);
        assert_eq!(D::PackageJson.role("node_modules.old/package.json"), Role::Manifest);
    }
}
