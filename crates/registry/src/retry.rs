//! When to ask again: exponential waits with chance, or what the server asks for.

use ports::http::{Response, Wait, pause, retry_after};

/// Times one request is sent.
pub(crate) const ATTEMPTS_MAX: u32 = 6;

/// Seconds of the longest wait that a server may ask for.
pub(crate) const RETRY_AFTER_SECONDS_MAX: u64 = 300;

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
