//! Rules about packages: which advisories affect them.
