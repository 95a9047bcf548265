//! Implements the loader's traits on a BIOS.

use farjump_api::{Efi, Framebuffer, Phase, RequestFlags};
use farjump_loader::console::Log;
use farjump_loader::memory_map::MapError;
use farjump_loader::platform::{self, Clock, Console, HandoffData};
use farjump_loader::timeline::Timeline;

use crate::bios::disk::{Disk, DriveError};
use crate::physical_memory::Memory;
use crate::{acpi, console, cpu, early, handover, memory, smbios};

/// A PC with a BIOS, and the drive that it was booted from.
pub(crate) struct Platform {
    pub(crate) drive: u8,
}

impl platform::Platform<'static> for Platform {
    type Disk = Disk;
    type DiskError = DriveError;
    type Memory = Memory;
    type Console = BootConsole;
    type Clock = TimeStampCounter;
    type LeaveError = core::convert::Infallible;

    fn memory(&mut self, log: &mut Log<BootConsole>) -> Result<Memory, MapError> {
        Memory::find(log)
    }

    fn disk(&mut self) -> Result<Disk, DriveError> {
        Disk::open(self.drive)
    }

    fn facts(&mut self, requested: RequestFlags) -> HandoffData {
        let wants_smbios = requested.contains(RequestFlags::SMBIOS);
        HandoffData {
            cpu_features: cpu::features(),
            rsdp_address: acpi::find_rsdp(),
            smbios_address: if wants_smbios { smbios::find_entry_point() } else { 0 },
            console: console::describe(),
            bios_drive: Some(self.drive),
            tsc_hz: cpu::tsc_hz(),
            framebuffer: Framebuffer::NONE,
            efi: Efi::NONE,
            trampoline_page: handover::trampoline_page(),
        }
    }
}

/// Serial port and screen.
pub(crate) struct BootConsole;

impl Console for BootConsole {
    fn line(&mut self, line: core::fmt::Arguments<'_>) {
        console::print_line(line);
    }
}

/// The CPU's time stamp counter.
pub(crate) struct TimeStampCounter;

impl Clock for TimeStampCounter {
    fn now(&self) -> u64 {
        cpu::time_stamp()
    }
}

/// Returns a timeline that starts with the times that the assembly has recorded.
pub(crate) fn timeline() -> Timeline<TimeStampCounter> {
    let early = [
        (Phase::STAGE2, memory::read(early::STAGE2_TSC as u64)),
        (Phase::LONG_MODE, memory::read(early::LONG_MODE_TSC as u64)),
    ];
    Timeline::begin(TimeStampCounter, early)
}
