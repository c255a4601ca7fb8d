//! Rules about Kubernetes objects.
//!
//! [`Subject`] is an object of a file; [`RULES`] judge it through `eval::run`. [`pod_security`] holds the Pod Security
//! Standards as a library of their own, for admission as well.

mod grant;
pub mod hold;
pub mod pod_security;
#[path = "rules/list.rs"]
pub mod rules;
mod standard;
mod subject;
#[cfg(test)]
mod tests;
pub mod workload;

pub use rules::RULES;
pub use subject::{Objects, Subject};
