//! Tests.

mod age;
pub(crate) mod cases;
mod overruled;
mod questions;
mod united;
