//! What is undone when a signal ends the program: a drop handler doesn't run then.
//!
//! | signal | what happens |
//! |---|---|
//! | SIGINT (Ctrl-C), SIGTERM, SIGHUP | all that is registered is undone, the latest first; then the signal ends the program |
//! | SIGINT, after [`leave_ctrl_c_to_the_child`] | nothing: a child at the same terminal has got it too, and ends or doesn't |
//! | one that was ignored when the program started | stays ignored: `nohup` |
//!
//! Assumes that what is undone may be undone at any moment, by another thread.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use crate::output::noteln;
type Action = Box<dyn FnOnce() + Send>;

static REGISTRY: Mutex<Registry> = Mutex::new(Registry(Vec::new()));

static CTRL_C_IS_THE_CHILDS: AtomicBool = AtomicBool::new(false);

/// As long as this lives, a signal undoes what it was made for.
#[derive(Debug)]
#[must_use]
pub(crate) struct Undo {
    number: u64,
}

/// Has `action` done when a signal ends the program.
pub(crate) fn on_signal(action: impl FnOnce() + Send + 'static) -> Undo {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        if let Err(error) = watch() {
            noteln!("warning: a signal won't remove temporary files: {error}");
        }
    });
    let number = registry().add(Box::new(action));
    Undo { number }
}

/// Has the file `path` removed when a signal ends the program.
pub(crate) fn removes_file(path: PathBuf) -> Undo {
    // It may be gone already, which is what is wanted.
    on_signal(move || drop(std::fs::remove_file(path)))
}

/// From now on Ctrl-C is for a child at the same terminal.
pub(crate) fn leave_ctrl_c_to_the_child() {
    CTRL_C_IS_THE_CHILDS.store(true, Ordering::Relaxed);
    // Begins to watch, where nothing has been registered yet.
    drop(on_signal(|| ()));
}

/// Undoes all that is registered.
pub(crate) fn undo_all() {
    // Not for the whole loop: what is done may register and unregister, too.
    while let Some(action) = { registry().take_last() } {
        action();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        registry().remove(self.number);
    }
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbered actions, the latest last.
struct Registry(Vec<(u64, Action)>);

impl Registry {
    fn add(&mut self, action: Action) -> u64 {
        let number = self.0.last().map_or(0, |(number, _)| number + 1);
        self.0.push((number, action));
        number
    }

    fn remove(&mut self, number: u64) {
        self.0.retain(|(registered, _)| *registered != number);
    }

    fn take_last(&mut self) -> Option<Action> {
        self.0.pop().map(|(_, action)| action)
    }
}

/// Waits for signals in a thread of its own.
#[cfg(unix)]
fn watch() -> io::Result<()> {
    use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let signals = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    let mut signals = Signals::new(signals)?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal != SIGINT || !CTRL_C_IS_THE_CHILDS.load(Ordering::Relaxed) {
                undo_all();
                end_by(signal);
            }
        }
    });
    Ok(())
}

/// Ends the program as an unhandled `signal` does, so that the parent process sees what happened.
#[cfg(unix)]
pub(crate) fn end_by(signal: i32) -> ! {
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    std::process::exit(128 + signal)
}

/// Whether `signal` was ignored when the program started. Linux tells; elsewhere it wasn't.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

/// Where there are no signals there is Ctrl-C.
#[cfg(not(unix))]
fn watch() -> io::Result<()> {
    let handler = || {
        if !CTRL_C_IS_THE_CHILDS.load(Ordering::Relaxed) {
            undo_all();
            std::process::exit(1);
        }
    };
    ctrlc::set_handler(handler).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn what_is_over_is_not_undone_and_the_latest_is_undone_first() {
        let (sender, undone) = mpsc::channel();
        let mut registry = Registry(Vec::new());
        let numbers = ["directory", "file", "terminal"].map(|what| {
            let sender = sender.clone();
            registry.add(Box::new(move || sender.send(what).unwrap()))
        });
        registry.remove(numbers[1]);
        while let Some(action) = registry.take_last() {
            action();
        }
        assert_eq!(undone.try_iter().collect::<Vec<_>>(), ["terminal", "directory"]);
    }
}
