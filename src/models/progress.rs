//! What a pull tells whoever watches: bars on a terminal, plain lines elsewhere. It never decides anything.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Speaks to standard error.
pub(crate) struct Progress {
    on_terminal: bool,
}

impl Progress {
    /// Bars when standard error is a terminal, lines when not.
    pub(crate) fn new() -> Self {
        Self { on_terminal: std::io::stderr().is_terminal() }
    }

    /// Says one thing.
    pub(crate) fn say(&self, line: &str) {
        use std::io::Write;
        // Nobody reads any more: nothing to be done about it.
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    /// Follows `name` over `bytes`, of which `already` are there.
    pub(crate) fn bytes(&self, name: &str, bytes: u64, already: u64) -> ProgressBar {
        if !self.on_terminal {
            return ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
        }
        let style =
            ProgressStyle::with_template("{msg:34} {bar:30} {bytes:>10}/{total_bytes:10} {bytes_per_sec:>12} {eta:>4}");
        let bar = ProgressBar::new(bytes).with_message(name.to_owned());
        bar.set_style(style.expect("the template is constant and valid"));
        bar.set_position(already);
        bar
    }

    /// Shows that something of unknown length is going on.
    pub(crate) fn busy(&self, what: String) -> ProgressBar {
        if !self.on_terminal {
            self.say(&what);
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        bar
    }
}
