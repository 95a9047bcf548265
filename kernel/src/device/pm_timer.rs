//! ACPI's power management timer: a clock that few machines lack, and that nothing switches off.
//!
//! Source: ACPI 6.5, "Power Management Timer".

use farjump_acpi_tables::fadt::Fadt;
use farjump_timekeeping::pm_timer;
use x86_64::instructions::port::PortReadOnly;

/// Reads that show that it counts: each takes a count of its clock or more, 0.28 microseconds.
const PROOF_READS: u32 = 1000;

/// The timer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PmTimer {
    port: u16,
}

impl PmTimer {
    /// Finds it. `None`: the tables name none, or it stands still.
    pub(crate) fn find() -> Option<Self> {
        let timer = Self { port: Fadt::find(&crate::acpi::tables().ok()?).ok()?.pm_timer()? };
        let start = timer.read();
        (0..PROOF_READS).any(|_| timer.passed(start) > 0).then_some(timer)
    }

    /// Its count.
    pub(crate) fn read(self) -> u32 {
        // SAFETY: reading the timer changes nothing.
        unsafe { PortReadOnly::new(self.port).read() }
    }

    /// The counts since it was at `start`, less than 4.7 seconds ago.
    pub(crate) fn passed(self, start: u32) -> u32 {
        pm_timer::passed(start, self.read())
    }
}
