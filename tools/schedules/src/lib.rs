//! Reads workloads and traces for `cargo xtask sched`, and shows the resulting schedules.
//!
//! ```text
//! workload.json ─▶ workload ─▶ crates/scheduler ─▶ trace ─▶ schedule ─▶ output: text, JSON, SVG, Chrome's traces
//! trace.csv, of a kernel or of `run --format csv` ───┘
//! ```
//!
//! Assumes nothing about a file. Rejects invalid input, with the path of the field or the number of the line, and
//! input that is too large to simulate or draw. It accesses neither files nor a terminal: the input is bytes, the output
//! text.

#![forbid(unsafe_code)]

pub mod csv;
mod name;
mod output;
mod params;
mod schedule;
mod trace;
mod workload;

pub use output::{Comparison, Format, compare, show};
pub use params::title;
pub use schedule::Schedule;
pub use trace::Trace;
pub use workload::Workload;
