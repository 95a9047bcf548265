//! How far a copy has come, where that takes long enough to ask.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Less than this is there before anyone reads a progress bar.
const WORTH_SHOWING: u64 = 8 << 20;

/// A bar for `bytes`, on standard error if that is a terminal.
pub(crate) fn bar(bytes: u64, what: &'static str) -> ProgressBar {
    if bytes < WORTH_SHOWING {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr())
        .with_style(style)
        .with_message(what)
}
