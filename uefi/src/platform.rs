//! UEFI firmware as the loader's core sees it.

use core::arch::x86_64::_rdtsc;

use farjump_api::{Efi, Framebuffer, RequestFlags};
use farjump_fs::partition::{BootPartition, PartitionError};
use farjump_loader::console::Log;
use farjump_loader::memory_map::MapError;
use farjump_loader::platform::{self, Clock, Console, HandoffData};
use uefi::table::cfg::ConfigTableEntry;

use crate::disk::{Disk, DiskError, ReadError};
use crate::memory::{LeaveError, Memory};
use crate::{console, handover};

/// A machine with UEFI firmware.
pub(crate) struct Platform;

impl platform::Platform<'static> for Platform {
    type Disk = Disk;
    type DiskError = DiskError;
    type Memory = Memory;
    type Console = BootConsole;
    type Clock = TimeStampCounter;
    type LeaveError = LeaveError;

    /// The firmware's own events allocate memory until its services end.
    const REGIONS_TO_COME: usize = 64;

    fn memory(&mut self, _: &mut Log<BootConsole>) -> Result<Memory, MapError> {
        Memory::find()
    }

    fn disk(&mut self) -> Result<Disk, DiskError> {
        Disk::open()
    }

    fn partition(&mut self, disk: &mut Disk) -> Result<BootPartition<ReadError>, PartitionError<ReadError>> {
        disk.partition().map_or_else(|| BootPartition::find(disk), Ok)
    }

    fn facts(&mut self, _: RequestFlags) -> HandoffData {
        let table = |guids: [_; 2]| {
            uefi::system::with_config_table(|tables| {
                let mut entries =
                    guids.iter().filter_map(|guid| tables.iter().find(|entry| entry.guid == *guid));
                entries.next().map_or(0, |entry| entry.address.addr() as u64)
            })
        };
        HandoffData {
            cpu_features: handover::cpu_features(),
            rsdp_address: table([ConfigTableEntry::ACPI2_GUID, ConfigTableEntry::ACPI_GUID]),
            smbios_address: table([ConfigTableEntry::SMBIOS3_GUID, ConfigTableEntry::SMBIOS_GUID]),
            console: console::describe(),
            bios_drive: None,
            tsc_hz: 0,
            framebuffer: Framebuffer::NONE,
            efi: Efi {
                system_table: uefi::table::system_table_raw().map_or(0, |table| table.as_ptr().addr() as u64),
                ..Efi::NONE
            },
            trampoline_page: handover::trampoline_page(),
        }
    }

    fn leave(&mut self, memory: &mut Memory, data: &mut HandoffData) -> Result<(), LeaveError> {
        data.efi.memory_map = memory.leave()?;
        Ok(())
    }
}

/// Serial port or the firmware's console.
pub(crate) struct BootConsole;

impl Console for BootConsole {
    fn line(&mut self, line: core::fmt::Arguments<'_>) {
        console::print_line(line);
    }
}

/// The CPU's counter.
pub(crate) struct TimeStampCounter;

impl Clock for TimeStampCounter {
    fn now(&self) -> u64 {
        // SAFETY: every CPU with long mode has a TSC.
        unsafe { _rdtsc() }
    }
}
