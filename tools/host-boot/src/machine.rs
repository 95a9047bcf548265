//! The platform: a disk, memory, and a list of lines.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;

use farjump_api::{Console as ConsoleInfo, CpuFeatures, TextScreen};
use farjump_loader::PAGE_SIZE;
use farjump_loader::console::Log;
use farjump_loader::memory_map::MapError;
use farjump_loader::platform::{Clock, Console, Facts, Platform};

use crate::disk::HostDisk;
use crate::ram::{HostMemory, Ram};

/// Where the firmware's ACPI tables would be.
pub(crate) const RSDP_ADDRESS: u64 = 0xE_0000;

/// A machine that boots once.
pub(crate) struct Machine<'l, 'm> {
    disk: HostDisk<'m>,
    ram: Option<&'m mut Ram>,
    lines: std::marker::PhantomData<&'l ()>,
}

impl<'m> Machine<'_, 'm> {
    pub(crate) const fn new(disk: HostDisk<'m>, ram: &'m mut Ram) -> Self {
        Self { disk, ram: Some(ram), lines: std::marker::PhantomData }
    }
}

impl<'l, 'm> Platform<'m> for Machine<'l, 'm> {
    type Disk = HostDisk<'m>;
    type DiskError = Infallible;
    type Memory = HostMemory<'m>;
    type Console = HostLog<'l>;
    type Clock = Counter;

    fn memory(&mut self, _: &mut Log<HostLog<'l>>) -> Result<HostMemory<'m>, MapError> {
        HostMemory::new(self.ram.take().ok_or(MapError::NoService)?)
    }

    fn disk(&mut self) -> Result<HostDisk<'m>, Infallible> {
        Ok(self.disk)
    }

    fn facts(&mut self) -> Facts {
        let start = boot_layout::STAGE2.start;
        Facts {
            cpu_features: CpuFeatures::all(),
            rsdp_address: RSDP_ADDRESS,
            console: ConsoleInfo { serial_port: 0, reserved: [0; 3], screen: TextScreen::NONE },
            drive: 0x80,
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
