//! Tests.

mod cases;
mod questions;
mod united;
