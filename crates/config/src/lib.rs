//! Configuration: file, environment, flags, and where each value came from.
//!
//! Three layers, each a map from key to value and source, are laid over one another: flag over environment over file.
//! Every flag of the command line has a key of the same name. This crate is given text; finding and reading the file
//! is the caller's.

mod environment;
mod file;
mod key;
mod settings;
#[cfg(test)]
mod tests;

pub use environment::parse_environment;
pub use file::{FILE_BYTES_MAX, parse_file};
pub use key::{KEYS, Key, Kind, key};
pub use settings::{ConfigError, Layer, Setting, Settings, Source, Value};

/// Name of the file that is searched from the working directory upwards.
pub const FILE_NAME: &str = "plimsoll.toml";

/// What the names of environment variables begin with.
pub const ENVIRONMENT_PREFIX: &str = "PLIMSOLL_";
