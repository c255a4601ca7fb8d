//! From files to packages, one folder per ecosystem.
