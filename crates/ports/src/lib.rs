//! One small trait per effect that a flow needs. Adapters implement them, flows and faces see nothing else.

pub mod cache;
pub mod cluster;
pub mod feeds;
pub mod http;
pub mod knowledge;
pub mod remote;
pub mod render;
pub mod source;
