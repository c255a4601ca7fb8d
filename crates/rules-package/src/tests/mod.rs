//! Tests.

mod age;
mod cases;
mod overruled;
mod questions;
mod united;
