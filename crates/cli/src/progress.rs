//! Progress on a terminal: bytes, rate and an estimate; silence otherwise.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ports::source::Progress;

/// A run shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// Redraws a second.
const REDRAWS: u8 = 10;

/// A bar on standard error.
pub(crate) struct Bar {
    bar: ProgressBar,
    started: Instant,
}

impl Bar {
    /// A bar if `shown`, else nothing.
    pub(crate) fn new(shown: bool) -> Option<Self> {
        if !shown {
            return None;
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let template = "  reading {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
        // The template is a constant and is shown by the tests of this file; a plain bar is no worse for the report.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("█▌ "));
        Some(Self { bar, started: Instant::now() })
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn expect(&self, bytes: u64) {
        self.bar.inc_length(bytes);
    }

    fn advance(&self, bytes: u64) {
        if self.bar.is_hidden() && PATIENCE < self.started.elapsed() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS));
        }
        self.bar.inc(bytes);
    }
}
