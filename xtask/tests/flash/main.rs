//! `cargo xtask flash`, live: onto a file, and where the rights suffice onto a loop device.
//!
//! Without Rust's own harness: what needs a loop device is reported as skipped where there is none, not as passed.
//! Linux only, as the command is.

#[cfg(target_os = "linux")]
mod linux;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return linux::run();
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::SUCCESS
}
