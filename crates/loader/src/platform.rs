//! How a machine comes in: the traits that a firmware's half of a loader implements.
//!
//! | trait | role | BIOS |
//! |---|---|---|
//! | [`BlockDevice`](farjump_fs::BlockDevice) | sectors of the boot disk | INT 13h |
//! | [`Memory`] | frames, and the memory map that they are taken from | INT 15h, first 4 GiB one to one |
//! | [`Console`] | lines for people | serial port and screen |
//! | [`Clock`] | time stamps | TSC |
//! | [`Platform`] | opens the others, and knows what else the firmware says | |
//!
//! Every decision and the order of a boot are this crate's; a platform has neither.

use core::fmt;
use core::ops::Range;

use farjump_api::{Console as ConsoleInfo, CpuFeatures, Efi, Framebuffer, MemoryKind, RequestFlags};
use farjump_fs::BlockDevice;

use crate::memory_map::{MapError, MemoryMap};

/// A machine and its firmware. `'m` is how long its memory can be used.
pub trait Platform<'m> {
    /// The disk; shown as messages call it, `drive 80h` say.
    type Disk: BlockDevice + fmt::Display;
    /// Why there is no disk.
    type DiskError: Copy + fmt::Debug + fmt::Display;
    /// Physical memory.
    type Memory: Memory<'m>;
    /// Where lines are printed.
    type Console: Console;
    /// What time stamps come from.
    type Clock: Clock;

    /// Finds out what memory there is, and marks in the map what the loader itself lies in.
    ///
    /// # Errors
    /// The firmware doesn't say, or says what can't be.
    fn memory(&mut self, log: &mut crate::console::Log<Self::Console>) -> Result<Self::Memory, MapError>;

    /// Opens the disk that was booted from.
    ///
    /// # Errors
    /// It can't be read at all.
    fn disk(&mut self) -> Result<Self::Disk, Self::DiskError>;

    /// What a kernel is told of the machine. What takes time to find may be left out unless the kernel has `requested`
    /// it.
    fn facts(&mut self, requested: RequestFlags) -> Facts;
}

/// Physical memory: the map, and frames out of it.
pub trait Memory<'m> {
    /// Which of the firmware's services described the memory.
    fn source(&self) -> &'static str;

    /// The memory map, with all frames that have been taken.
    fn map(&self) -> &MemoryMap;

    /// Takes whole frames for `size_bytes`, at least one, and marks them as `kind`. What is in them is whatever was
    /// there.
    ///
    /// # Errors
    /// No free run is large enough.
    fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<Frames<'m>, MapError>;
}

/// Where lines for people are printed.
pub trait Console {
    /// Prints a line; it can't fail. The line's end is added.
    fn line(&mut self, line: fmt::Arguments<'_>);
}

/// What time stamps come from.
pub trait Clock {
    /// The time-stamp counter, or what counts in its place.
    fn now(&self) -> u64;
}

/// What a kernel is told of the machine.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What of the CPU is switched on, and what page tables may use.
    pub cpu_features: CpuFeatures,
    /// Physical address of the ACPI root system description pointer, zero where there is none.
    pub rsdp_address: u64,
    /// Physical address of the SMBIOS entry point, zero where there is none or none was requested.
    pub smbios_address: u64,
    /// Serial port and screen.
    pub console: ConsoleInfo,
    /// The BIOS's number for the drive; `None` if the firmware is no BIOS.
    pub bios_drive: Option<u8>,
    /// Counts of the time-stamp counter in a second, zero where it isn't known without a measurement.
    pub tsc_hz: u64,
    /// The framebuffer, or [`Framebuffer::NONE`].
    pub framebuffer: Framebuffer,
    /// What UEFI has left, or [`Efi::NONE`].
    pub efi: Efi,
    /// The page with the code that jumps: it must be mapped where it is.
    pub trampoline_page: Range<u64>,
}

/// Whole frames of physical memory that were taken out of the map, and their contents.
#[derive(Debug)]
pub struct Frames<'m> {
    start: u64,
    bytes: &'m mut [u8],
}

impl<'m> Frames<'m> {
    /// The frames from the physical address `start` on, whose contents are `bytes`.
    #[must_use]
    pub const fn new(start: u64, bytes: &'m mut [u8]) -> Self {
        Self { start, bytes }
    }

    /// Physical address of the first byte.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The contents.
    #[must_use]
    pub const fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// The contents, for good.
    #[must_use]
    pub const fn into_bytes(self) -> &'m mut [u8] {
        self.bytes
    }
}

/// A count of bytes, or an address, as the compiler wants it.
#[expect(clippy::cast_possible_truncation, reason = "a loader for 64-bit machines has a usize of 64 bits")]
pub(crate) const fn to_usize(number: u64) -> usize {
    const { assert!(usize::BITS == 64) };
    number as usize
}
