//! Points in time. Nothing here reads a clock: the door passes `--as-of` in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC, `2026-11-25T18:23:22Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A text that is neither an RFC 3339 time nor a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampError(pub String);

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a time: write `2026-11-25T18:23:22Z` or `2026-11-25`", self.0)
    }
}

impl std::error::Error for TimestampError {}

impl Timestamp {
    /// Whole days from `earlier` to `self`; negative when `self` comes first.
    #[must_use]
    pub fn days_since(self, earlier: Timestamp) -> i64 {
        (self.0 - earlier.0).div_euclid(86_400)
    }

    /// The date alone, `2026-11-25`.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(s: &str) -> Result<Self, TimestampError> {
        let bad = || TimestampError(s.chars().take(64).collect());
        if let Ok(t) = s.parse::<jiff::Timestamp>() {
            return Ok(Self(t.as_second()));
        }
        if s.len() != 10 {
            return Err(bad());
        }
        let midnight: jiff::Timestamp = format!("{s}T00:00:00Z").parse().map_err(|_| bad())?;
        Ok(Self(midnight.as_second()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(t) => write!(f, "{t}"),
            Err(_) => write!(f, "{}s", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_and_a_date_are_read_and_written_in_utc() {
        let t: Timestamp = "2026-11-25T20:23:22+02:00".parse().unwrap();
        assert_eq!(t.to_string(), "2026-11-25T18:23:22Z");
        let d: Timestamp = "2026-11-24".parse().unwrap();
        assert_eq!(d.to_string(), "2026-11-24T00:00:00Z");
        assert_eq!(t.days_since(d), 1);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
