//! Small helpers that the standard library lacks: a text that is never shown.

mod secret;

pub use secret::Secret;
