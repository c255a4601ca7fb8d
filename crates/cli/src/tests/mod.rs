//! Whole commands, run on fakes of the ports.

mod asking;
mod fakes;
mod fixing;
mod judging;
mod running;
