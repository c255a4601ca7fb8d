//! The cache beside a run.
