//! Dates of HTTP (RFC 9110, 5.6.7) and how long to wait after a refusal.

use model::Timestamp;

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that is still written.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let mut words = text.trim().split([' ', ',']).filter(|w| !w.is_empty());
    words.next()?;
    let day: u32 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|m| m.eq_ignore_ascii_case(month))? + 1;
    let year: u32 = words.next()?.parse().ok()?;
    let time = words.next()?;
    format!("{year:04}-{month:02}-{day:02}T{time}Z").parse().ok()
}

/// Milliseconds that `Retry-After` asks to wait, from `now` (seconds since 1970) on.
pub(crate) fn retry_after(text: &str, now: i64) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1000);
    }
    let then = http_date(text)?.0;
    u64::try_from(then.saturating_sub(now)).ok().and_then(|s| s.checked_mul(1000)).or(Some(0))
}
