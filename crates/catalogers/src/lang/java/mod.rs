//! Java and its neighbours: `pom.xml`, gradle's lockfiles, sbt's lockfile. Archives are read elsewhere.

pub(super) mod gradle;
mod model;
pub(super) mod pom;
pub(super) mod sbt;
