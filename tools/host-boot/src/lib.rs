//! Boots a disk's bytes on the host: runs the loader on a platform that consists only of memory.
//!
//! ```text
//! disk bytes ──▶ HostDisk ─┐
//! Ram ─────────▶ HostMemory┼─▶ farjump_loader::boot ─▶ lines, Entry
//! line buffer ─▶ HostLog  ─┘                      │
//!                                          Kernel: the state that the CPU sees at the jump
//! ```
//!
//! A boot takes about 50 microseconds, and needs no firmware or emulator. [`Kernel`] walks the page tables and reads the
//! BootInfo as a kernel would: by addresses, with its own walk, and not by the loader's types.
//!
//! The disk may contain any bytes. Real mode, the jump and INT 13h are tested in QEMU.

#![forbid(unsafe_code)]

mod disk;
mod kernel;
mod machine;
mod ram;

use std::cell::RefCell;

use farjump_loader::policy::Policy;
use farjump_loader::timeline::Timeline;

pub use disk::{HostDisk, NoSuchSector};
pub use farjump_loader::Entry;
pub use kernel::{Kernel, Page, Snapshot};
pub use machine::Firmware;
pub use ram::Ram;

use machine::{Counter, HostLog, Machine};

/// The result of a boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// All lines that were printed.
    pub lines: Vec<String>,
    /// How the kernel is entered; `None` if the boot failed.
    pub entry: Option<Entry>,
}

impl Report {
    /// Returns the last line, if it is the reason of a failed boot.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.lines.last()?.strip_prefix("loader: error: ")
    }
}

/// Boots from `disk` on a machine with this memory and a BIOS.
pub fn boot(disk: HostDisk<'_>, ram: &mut Ram, policy: Policy) -> Report {
    boot_on(Firmware::BIOS, disk, ram, policy)
}

/// Boots from `disk` on a machine with this firmware and memory.
pub fn boot_on(firmware: Firmware, disk: HostDisk<'_>, ram: &mut Ram, policy: Policy) -> Report {
    let lines = RefCell::new(Vec::new());
    let mut machine = Machine::new(firmware, disk, ram);
    let entry =
        farjump_loader::boot(&mut machine, HostLog(&lines), Timeline::begin(Counter::default(), []), policy);
    Report { lines: lines.into_inner(), entry }
}
