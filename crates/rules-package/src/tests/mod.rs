//! Tests.

mod age;
pub(crate) mod cases;
mod damaged;
mod overruled;
mod questions;
mod remedy;
mod streams;
mod united;
