//! Tests.

mod age;
mod cases;
mod questions;
mod united;
