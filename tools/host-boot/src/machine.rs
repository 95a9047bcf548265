//! The platform: a disk, memory, and a list of lines.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;

use farjump_api::{Console as ConsoleInfo, CpuFeatures, Efi, Framebuffer, RequestFlags, TextScreen};
use farjump_loader::PAGE_SIZE;
use farjump_loader::console::Log;
use farjump_loader::memory_map::MapError;
use farjump_loader::platform::{Clock, Console, HandoffData, Platform};

use crate::disk::HostDisk;
use crate::ram::{HostMemory, Ram};

/// What the firmware says.
#[derive(Debug, Clone)]
pub struct Firmware {
    /// The BIOS's number for the drive.
    pub bios_drive: Option<u8>,
    /// Where the ACPI tables would be.
    pub rsdp_address: u64,
    /// Where the SMBIOS entry point would be.
    pub smbios_address: u64,
    /// How fast the time stamp counter would count.
    pub tsc_hz: u64,
    /// The screen.
    pub framebuffer: Framebuffer,
    /// UEFI's tables.
    pub efi: Efi,
}

impl Firmware {
    /// A PC with a BIOS, booted from its first hard disk.
    pub const BIOS: Self = Self {
        bios_drive: Some(0x80),
        rsdp_address: 0xE_0000,
        smbios_address: 0xF_59F0,
        tsc_hz: 0,
        framebuffer: Framebuffer::NONE,
        efi: Efi::NONE,
    };
}

/// A machine that boots once.
pub(crate) struct Machine<'l, 'm> {
    firmware: Firmware,
    disk: HostDisk<'m>,
    ram: Option<&'m mut Ram>,
    lines: std::marker::PhantomData<&'l ()>,
}

impl<'m> Machine<'_, 'm> {
    pub(crate) const fn new(firmware: Firmware, disk: HostDisk<'m>, ram: &'m mut Ram) -> Self {
        Self { firmware, disk, ram: Some(ram), lines: std::marker::PhantomData }
    }
}

impl<'l, 'm> Platform<'m> for Machine<'l, 'm> {
    type Disk = HostDisk<'m>;
    type DiskError = Infallible;
    type Memory = HostMemory<'m>;
    type Console = HostLog<'l>;
    type Clock = Counter;
    type LeaveError = std::convert::Infallible;

    fn memory(&mut self, _: &mut Log<HostLog<'l>>) -> Result<HostMemory<'m>, MapError> {
        HostMemory::new(self.ram.take().ok_or(MapError::NoService)?)
    }

    fn disk(&mut self) -> Result<HostDisk<'m>, Infallible> {
        Ok(self.disk)
    }

    fn facts(&mut self, requested: RequestFlags) -> HandoffData {
        let start = boot_layout::STAGE2.start;
        let Firmware { bios_drive, rsdp_address, smbios_address, tsc_hz, framebuffer, efi } = self.firmware;
        let wants_smbios = requested.contains(RequestFlags::SMBIOS);
        HandoffData {
            cpu_features: CpuFeatures::all(),
            rsdp_address,
            smbios_address: if wants_smbios { smbios_address } else { 0 },
            console: ConsoleInfo { serial_port: 0, reserved: [0; 3], screen: TextScreen::NONE },
            bios_drive,
            tsc_hz,
            framebuffer,
            efi,
            trampoline_page: start..start + PAGE_SIZE,
        }
    }
}

/// Lines, one after the other.
pub(crate) struct HostLog<'l>(pub(crate) &'l RefCell<Vec<String>>);

impl Console for HostLog<'_> {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        self.0.borrow_mut().push(line.to_string());
    }
}

/// A clock that advances by one each time it is read.
#[derive(Debug, Default)]
pub(crate) struct Counter(Cell<u64>);

impl Clock for Counter {
    fn now(&self) -> u64 {
        self.0.replace(self.0.get() + 1)
    }
}
