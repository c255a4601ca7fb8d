//! Rules about Kubernetes objects.
//!
//! [`Subject`] is an object of a file and what stands around it ([`Surroundings`]); [`RULES`] judge it through `eval::run`. [`pod_security`] holds the Pod Security
//! Standards as a library of their own, for admission as well.

mod absent;
mod around;
mod audit;
mod collector;
mod component;
mod control;
mod custom;
mod grant;
pub mod hold;
mod image;
mod kubelet;
mod labelled;
mod look;
mod mention;
mod node;
pub mod pod_security;
pub mod psp;
mod quantity;
mod reach;
pub mod remedy;
mod resources;
#[path = "rules/list.rs"]
pub mod rules;
pub mod runs;
mod selector;
mod standard;
mod subject;
#[cfg(test)]
mod tests;
mod unread;
pub mod workload;

pub use around::Surroundings;
pub use custom::{Custom, CustomError, KINDS_MAX};
pub use rules::RULES;
pub use subject::{Objects, Subject};
