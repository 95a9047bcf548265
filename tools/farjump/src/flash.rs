//! `cargo xtask flash`: an image onto a disk, with all that a person at `dd` should look at first.
//!
//! ```text
//! image      is it one of ours, whole?                                linux/image_check.rs
//! device     what is it, who uses it?                                 linux/system.rs -> linux/machine.rs
//!            may it be overwritten?                                   linux/check.rs
//! person     types the disk's name, or has passed it by --confirm     linux.rs
//! disk       written, synced, read back past the cache, compared      linux/write.rs
//! ```
//!
//! Linux only: the other systems tell of their disks in other ways.

#[cfg(target_os = "linux")]
mod linux;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

/// Options of `cargo xtask flash`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The disk, such as /dev/sdX: all that is on it is lost
    device: PathBuf,
    /// The image [default: target/farjump.img, as `cargo xtask image` makes it]
    #[arg(long, value_name = "PATH")]
    image: Option<PathBuf>,
    /// The disk's name, for scripts: nothing is asked then
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// Allow a disk of more than 256 GB
    #[arg(long)]
    yes_really: bool,
    /// Allow a regular file in the place of a disk
    #[arg(long)]
    file: bool,
}

/// Writes the image to the disk and compares.
///
/// # Errors
/// The image isn't one of ours; the disk mustn't be overwritten, or its name wasn't confirmed; it can't be written, or
/// reads back otherwise.
pub fn run(args: &Args) -> Result<ExitCode> {
    #[cfg(target_os = "linux")]
    return linux::overwrite(args);
    #[cfg(not(target_os = "linux"))]
    anyhow::bail!(
        "this system isn't Linux, and can't tell which disks are in use; use dd to write to {}, as docs/hardware.md says",
        args.device.display()
    )
}
