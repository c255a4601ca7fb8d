//! Whole commands, run on fakes of the ports.

mod asking;
mod fakes;
mod judging;
mod running;
