//! The verbs: each one file and one public function, each seeing ports only.

mod world;

pub use world::{FlowError, NamedBytes, ScanRequest};
