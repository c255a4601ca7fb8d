//! Images in registries (OCI distribution-spec 1.1, Docker's token authentication): credentials, manifests, layers that
//! are streamed and taken up again where they were cut off.
//!
//! Whatever a registry says is believed only as far as a digest proves it, and credentials go to the host they are for
//! and to nobody else. HTTP and the clock come as ports.

mod auth;
mod challenge;
mod credentials;
mod endpoint;
mod exchange;
mod helper;
mod image;
mod layer;
mod list;
mod pages;
mod remote;
mod retry;
mod settings;

#[cfg(test)]
mod tests;

pub use challenge::{CHALLENGES_MAX, Challenge, challenges};
pub use credentials::AUTH_FILE_BYTES_MAX;
pub use image::MANIFEST_BYTES_MAX;
pub use list::IMAGES_MAX;
pub use pages::{PAGE_BYTES_MAX, PAGES_MAX, following};
pub use remote::RegistryRemote;
pub use settings::RegistrySettings;
