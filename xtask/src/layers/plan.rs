//! The floor table, `xtask/layers.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The table as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// Floors, lowest first.
    pub(crate) floor: Vec<Floor>,
    /// Packages outside the house.
    pub(crate) tools: Crates,
    /// What tests lean on.
    pub(crate) testing: Testing,
    /// Libraries that touch the world.
    pub(crate) effect_libraries: Names,
    /// Library to the only crates that may name it.
    pub(crate) fences: BTreeMap<String, Vec<String>>,
    /// Words no file of a wing may use.
    pub(crate) words: Vec<Words>,
}

/// A floor, or one wing of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Floor {
    /// Height.
    pub(crate) level: u8,
    /// Name for messages.
    pub(crate) name: String,
    /// Wing.
    pub(crate) wing: Wing,
    /// Its crates may lean on one another.
    #[serde(default)]
    pub(crate) sideways: bool,
    /// Folders under `crates/`.
    pub(crate) crates: Vec<String>,
}

/// Which wing a floor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wing {
    /// Values in, values out.
    Pure,
    /// Touches the world.
    Effect,
    /// What adapters and faces share of how they touch it.
    Hand,
    /// Sees ports.
    Flow,
    /// Terminal, sockets.
    Face,
    /// Names the adapters.
    Door,
}

/// A list of crates.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Crates {
    /// Folders or packages.
    pub(crate) crates: Vec<String>,
}

/// A list of libraries.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Names {
    /// Package names.
    pub(crate) names: Vec<String>,
}

/// The testing crates and how high they may reach.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Testing {
    /// Folders.
    pub(crate) crates: Vec<String>,
    /// The highest floor they may name.
    pub(crate) level_max: u8,
}

/// Words and the wings they are refused in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// Wings.
    pub(crate) wings: Vec<Wing>,
    /// Words as they stand in code.
    pub(crate) words: Vec<String>,
}

impl Plan {
    /// Reads `xtask/layers.toml`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let path = root.join("xtask/layers.toml");
        toml::from_str(&super::read_text(&path)?)
            .with_context(|| format!("`{}` is no floor table", path.display()))
    }

    /// The floor of a crate of the house.
    pub(crate) fn floor(&self, name: &str) -> Option<&Floor> {
        self.floor.iter().find(|f| f.crates.iter().any(|c| c == name))
    }

    /// True for packages outside the house.
    pub(crate) fn is_tool(&self, name: &str) -> bool {
        self.tools.crates.iter().any(|c| c == name)
    }

    /// True for what only tests may name.
    pub(crate) fn is_testing(&self, name: &str) -> bool {
        self.testing.crates.iter().any(|c| c == name)
    }
}
