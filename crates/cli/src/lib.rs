//! The terminal: commands, flags, progress, exit codes.
