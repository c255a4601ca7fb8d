//! Where targets are read from.
