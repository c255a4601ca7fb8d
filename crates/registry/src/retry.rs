//! When to ask again: exponential waits with chance, or what the server asks for.

use ports::http::{Response, Wait, pause};

/// Times one request is sent.
pub(crate) const ATTEMPTS_MAX: u32 = 6;

/// Seconds of the longest wait that a server may ask for.
pub(crate) const RETRY_AFTER_SECONDS_MAX: u64 = 300;

/// What `Retry-After` asks for in seconds: a number or a date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(response: &Response, wait: &dyn Wait) -> Option<u64> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?.as_second();
    Some(u64::try_from(at.saturating_sub(wait.now())).unwrap_or(0))
}

/// Waits as the server asks, else as [`pause`]; `Err` with the seconds if it asks for too long.
pub(crate) fn pause_as_asked(wait: &dyn Wait, response: &Response, attempt: u32) -> Result<(), u64> {
    match retry_after(response, wait) {
        Some(seconds) if RETRY_AFTER_SECONDS_MAX < seconds => Err(seconds),
        Some(seconds) => {
            // A little later than asked, so that not all who were refused come back at once.
            wait.wait(seconds.saturating_mul(1000).saturating_add(wait.jitter().min(999)));
            Ok(())
        }
        None => {
            pause(wait, attempt);
            Ok(())
        }
    }
}
