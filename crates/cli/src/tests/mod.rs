//! Whole commands, run on fakes of the ports.
