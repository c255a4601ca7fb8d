//! Facts: what a target is made of, and how a cataloger hands over what it found; and what a text gives away ([`secret`]).

mod facts;
mod harvest;
pub mod secret;

pub use facts::{FileFact, FileTrait, HistoryLine, Image, Surface, Target, TargetFacts, TargetKind};
pub use harvest::{Harvest, Problem};
