//! The only HTTP stack: connections, certificates, proxies, time limits.
//!
//! Blocking, one thread an exchange, connections kept and shared. TLS is rustls with one provider and the system's
//! roots; nothing here knows a registry or a feed.

mod agents;
mod body;
mod client;
mod cluster;
mod proxy;
mod settings;
mod url;
mod wait;

#[cfg(test)]
mod tests;

pub use client::NetClient;
pub use cluster::Connections;
pub use settings::{CERTIFICATE_BYTES_MAX, HostSettings, Limits, NetSettings};
pub use wait::Clock;
