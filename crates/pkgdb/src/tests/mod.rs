//! Databases written byte by byte, whole and broken.

mod forms;
mod texts;
mod writers;
