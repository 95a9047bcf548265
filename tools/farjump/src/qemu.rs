//! QEMU: a machine's arguments, its process, its serial port, its monitor, and how it ended.
//!
//! ```text
//! Machine ──arguments──▶ Child ──stdout──▶ serial::Lines ──▶ watch ──▶ Report { lines, Outcome }
//!                          └── monitor socket ──▶ Qmp
//! ```
//!
//! Assumes QEMU 6 or newer. An image is never written: every drive is opened with `snapshot=on`. A child
//! never outlives its handle, and every wait has a time limit.

mod child;
mod disk;
mod expectation;
mod key_injector;
#[cfg(unix)]
mod line;
mod logs;
mod machine;
mod outcome;
mod qmp;
pub mod serial;
mod watch;

pub use child::Child;
pub use disk::comma_escaped;
pub use disk::{Disk, ImageFormat};
pub use expectation::Expectation;
pub use expectation::matches;
pub use key_injector::{Trigger, Typing};
#[cfg(unix)]
pub use line::Pace;
pub use logs::Logs;
pub use machine::{Accel, Machine, MemorySize, SerialPort};
pub use outcome::{Outcome, Status};
pub use qmp::{Qmp, accept};
pub use watch::{Report, SeenLine, Watch, boot, boot_with_monitor, is_last_word, watch};
