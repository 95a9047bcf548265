//! The terminal's settings, put back whatever becomes of the emulator that changes them.

#[cfg(unix)]
pub(super) use unix::SavedTerminal;

#[cfg(unix)]
mod unix {
    use std::io;

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    use crate::interrupt::{self, Undo};

    /// How the terminal at standard input was. Dropping this puts it back, and so does a signal.
    #[derive(Debug)]
    pub(in crate::run) struct SavedTerminal {
        settings: Option<Termios>,
        _undo: Undo,
    }

    impl SavedTerminal {
        pub(in crate::run) fn save() -> Self {
            let settings = tcgetattr(io::stdin()).ok();
            let at_signal = settings.clone();
            Self { settings, _undo: interrupt::on_signal(move || restore(at_signal.as_ref())) }
        }
    }

    impl Drop for SavedTerminal {
        fn drop(&mut self) {
            restore(self.settings.as_ref());
        }
    }

    fn restore(settings: Option<&Termios>) {
        if let Some(settings) = settings {
            // A terminal that is gone needs no settings.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, settings);
        }
    }
}

/// Elsewhere the emulator has a console of its own.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct SavedTerminal;

#[cfg(not(unix))]
impl SavedTerminal {
    pub(super) const fn save() -> Self {
        Self
    }
}
