//! Manifests that ask for packages without saying which versions are used, and lockfiles that are not read. Where no
//! lock or list of their ecosystem speaks, what is installed is not known, and that is said.

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::locked::Locked;
use super::python::pyproject::no_versions;
use super::text::{self, Broken, decode};

/// A document of which only this much is read: whether it asks for packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unlocked {
    BunBinary,
    CabalPackage,
    Carthage,
    ConanRecipe,
    Deno,
    JuliaProject,
    Mix,
    Packrat,
    Paket,
    Podfile,
    Pubspec,
    Rebar,
    SbtBuild,
    SetupCfg,
    SetupPy,
    Stack,
    SwiftPackage,
}

use Unlocked as U;

impl Unlocked {
    /// The document that a file is by its name, if it is one.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "bun.lockb" => U::BunBinary,
            "Cartfile.resolved" => U::Carthage,
            "conanfile.py" => U::ConanRecipe,
            "deno.lock" => U::Deno,
            "Project.toml" | "JuliaProject.toml" => U::JuliaProject,
            "mix.exs" => U::Mix,
            "packrat.lock" => U::Packrat,
            "paket.lock" => U::Paket,
            "Podfile" => U::Podfile,
            "pubspec.yaml" => U::Pubspec,
            "rebar.config" => U::Rebar,
            "build.sbt" => U::SbtBuild,
            "setup.cfg" => U::SetupCfg,
            "setup.py" => U::SetupPy,
            "stack.yaml" => U::Stack,
            "Package.swift" => U::SwiftPackage,
            _ => return name.strip_suffix(".cabal").filter(|stem| !stem.is_empty()).map(|_| U::CabalPackage),
        })
    }

    /// The ecosystem.
    pub(super) fn ecosystem(self) -> PackageType {
        match self {
            U::BunBinary | U::Deno => PackageType::Npm,
            U::CabalPackage | U::Stack => PackageType::Hackage,
            U::Carthage | U::SwiftPackage => PackageType::Swift,
            U::ConanRecipe => PackageType::Conan,
            U::JuliaProject => PackageType::Julia,
            U::Mix | U::Rebar => PackageType::Hex,
            U::Packrat => PackageType::Cran,
            U::Paket => PackageType::Nuget,
            U::Podfile => PackageType::Cocoapods,
            U::Pubspec => PackageType::Pub,
            U::SbtBuild => PackageType::Maven,
            U::SetupCfg | U::SetupPy => PackageType::Pypi,
        }
    }

    /// Says that the versions are not known, if the document asks for any.
    pub(super) fn read(self, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
        let mut locked = Locked::new(self.ecosystem(), "manifest", path);
        match self {
            U::BunBinary => locked.unknown(
                "Bun's binary lockfile is not read",
                "write it as text: `bun install --save-text-lockfile --frozen-lockfile --lockfile-only`",
            ),
            U::Carthage | U::Deno | U::Packrat | U::Paket => {
                let remedy = "scan what is installed, or a bill of materials of the build";
                locked.unknown("lockfiles of this kind are not read", remedy);
            }
            U::JuliaProject => {
                // Other programs use the name too, and fill it in from templates.
                let Ok(project) = text::toml(bytes) else { return Ok(Harvest::default()) };
                let names = text::table(&project, "deps").filter(|(_, uuid)| is_uuid(uuid));
                no_versions(&mut locked, names.map(|(name, _)| name), self.remedy());
            }
            U::Pubspec => {
                let project = text::yaml(bytes)?;
                let names = ["dependencies", "dev_dependencies"]
                    .into_iter()
                    .flat_map(|table| text::table(&project, table))
                    .filter(|(_, asked)| asked.get("sdk").is_none() && asked.get("path").is_none());
                no_versions(&mut locked, names.map(|(name, _)| name), self.remedy());
            }
            _ if self.asks(&decode(bytes)?) => {
                let reason = "it asks for packages, and no lockfile says which versions are used";
                locked.unknown(reason, self.remedy());
            }
            _ => {}
        }
        Ok(locked.finish())
    }

    /// True if a document that is a program, or nearly one, asks for packages.
    fn asks(self, text: &str) -> bool {
        let code = |comment: &'static str| {
            text.lines().map(str::trim).filter(move |line| !line.is_empty() && !line.starts_with(comment))
        };
        match self {
            U::CabalPackage => code("--").any(|l| l.to_ascii_lowercase().starts_with("build-depends:")),
            U::ConanRecipe => code("#").any(|l| l.contains("requires")),
            U::Mix => code("#").any(|l| l.contains("{:") && l.contains(',')),
            U::Podfile => code("#").any(|l| {
                l.strip_prefix("pod").is_some_and(|rest| rest.starts_with([' ', '(', '\t', '"', '\'']))
            }),
            U::Rebar => {
                let bare: String = code("%").flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
                bare.split("{deps,[").skip(1).any(|rest| !rest.starts_with(']'))
            }
            U::SbtBuild => code("//").any(|l| l.contains("libraryDependencies")),
            U::SetupCfg | U::SetupPy => code("#").any(|l| l.contains("install_requires")),
            U::Stack => code("#").any(|l| l.starts_with("resolver:") || l.starts_with("snapshot:")),
            U::SwiftPackage => {
                let bare: String = code("//").flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
                let mut asked = bare.split(".package(").skip(1);
                asked.any(|rest| !rest.starts_with("path:"))
            }
            _ => false,
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            U::CabalPackage => "commit cabal.project.freeze, which `cabal freeze` writes",
            U::ConanRecipe => "commit conan.lock, which `conan lock create` writes",
            U::JuliaProject => "commit Manifest.toml",
            U::Mix => "commit mix.lock",
            U::Podfile => "commit Podfile.lock",
            U::Pubspec => "commit pubspec.lock",
            U::Rebar => "commit rebar.lock",
            U::SetupCfg | U::SetupPy => "pin what is installed in a requirements.txt, or commit a lockfile",
            U::Stack => "commit stack.yaml.lock, or cabal.project.freeze, which names every package",
            U::SwiftPackage => "commit Package.resolved",
            _ => "scan what is built, or a bill of materials of the build",
        }
    }
}

/// True for the UUID by which Julia knows a package; other programs' `Project.toml` have none.
fn is_uuid(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 36 && text.matches('-').count() == 4)
}
