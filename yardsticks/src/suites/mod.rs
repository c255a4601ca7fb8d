//! One file a suite, one `run` a file.

pub(crate) mod cyclonedx;
pub(crate) mod lockfiles;
pub(crate) mod pod_security;
pub(crate) mod polaris;
pub(crate) mod purl;
pub(crate) mod versions;
pub(crate) mod vulnerability_matching;
