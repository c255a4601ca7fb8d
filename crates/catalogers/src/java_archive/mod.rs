//! Java archives.
