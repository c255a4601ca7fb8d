//! Rules about Kubernetes objects.

pub mod pod_security;
pub mod workload;
