//! What `cargo xtask sched` reads, works out and shows.
//!
//! ```text
//! workload.json ─▶ workload ─▶ crates/scheduler ─▶ trace ─▶ schedule ─▶ output: text, JSON, SVG, Chrome's traces
//! trace.csv, of a kernel or of `run --format csv` ───┘
//! ```
//!
//! Assumes nothing of a file. Refuses what makes no sense, with the path of the field or the number of the line, and
//! what is more than can be simulated or drawn. No files, no terminal: bytes come in, text goes out.

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
