//! What the rules of this room look at: an image or root file system, without its packages.

use inventory::{Image, Surface, TargetFacts, TargetKind};
use model::{Distribution, Timestamp};

/// The subject: one per target that is an image or a root file system.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Kind of the target.
    pub kind: TargetKind,
    /// The image's configuration.
    pub image: Option<Image>,
    /// What lies in the file system.
    pub surface: Option<Surface>,
    /// Distribution.
    pub distribution: Option<Distribution>,
    /// The moment ends of life are counted from.
    pub as_of: Timestamp,
}

impl eval::Subject for Subject {
    type View<'s> = Self;
}

impl Subject {
    /// The subject that a target is, if it has a configuration or a file system to speak of.
    #[must_use]
    pub fn of(facts: &TargetFacts, as_of: Timestamp) -> Option<Self> {
        (facts.image.is_some() || facts.surface.is_some()).then(|| Self {
            kind: facts.target.kind,
            image: facts.image.clone(),
            surface: facts.surface.clone(),
            distribution: facts.target.distribution.clone(),
            as_of,
        })
    }
}
