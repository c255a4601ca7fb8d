//! Versions that are lists of numbers and nothing else: Hackage (`Data.Version`) and R (`package_version`). A longer list
//! is greater than the one it begins with.

use std::cmp::Ordering;

use crate::text::Number;

/// The numbers.
#[derive(Debug, Clone)]
pub(crate) struct Key(Vec<Number>);

pub(crate) fn parse_hackage(text: &str) -> Result<Key, &'static str> {
    let numbers: Option<Vec<Number>> = text.trim().split('.').map(Number::read).collect();
    numbers.map(Key).ok_or("it is not numbers between dots")
}

pub(crate) fn parse_cran(text: &str) -> Result<Key, &'static str> {
    let numbers: Option<Vec<Number>> = text.trim().split(['.', '-']).map(Number::read).collect();
    numbers.map(Key).ok_or("it is not numbers between dots and hyphens")
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    a.0.cmp(&b.0)
}
