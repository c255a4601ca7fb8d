//! Tests.

mod age;
pub(crate) mod cases;
mod damaged;
mod overruled;
mod questions;
mod streams;
mod united;
