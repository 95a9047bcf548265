//! The traits that a loader implements for its firmware.
//!
//! | trait | role | BIOS |
//! |---|---|---|
//! | [`BlockDevice`] | sectors of the boot disk | INT 13h |
//! | [`Memory`] | frames, and the memory map that they are taken from | INT 15h, first 4 GiB one to one |
//! | [`Console`] | messages to the user | serial port and screen |
//! | [`Clock`] | times of the timeline | TSC |
//! | [`Platform`] | opens the others, and reports the firmware's other data | |
//!
//! This crate makes all decisions and determines the order of a boot; a platform does neither.

use core::fmt;
use core::ops::Range;

use farjump_api::{Console as ConsoleInfo, CpuFeatures, Efi, Framebuffer, MemoryKind, RequestFlags};
use farjump_fs::BlockDevice;
use farjump_fs::partition::{BootPartition, PartitionError};

use crate::memory_map::{MapError, MemoryMap};

/// A machine and its firmware. `'m` is the lifetime of its memory.
pub trait Platform<'m> {
    /// The disk. It is displayed with its name in messages, such as `drive 80h`.
    type Disk: BlockDevice + fmt::Display;
    /// Why there is no disk.
    type DiskError: Copy + fmt::Debug + fmt::Display;
    /// Physical memory.
    type Memory: Memory<'m>;
    /// Where lines are printed.
    type Console: Console;
    /// The clock of the timeline.
    type Clock: Clock;
    /// Why the firmware couldn't be left.
    type LeaveError: Copy + fmt::Debug + fmt::Display;

    /// How many regions the memory map may gain between the allocation of the `BootInfo` and the jump.
    const REGIONS_TO_COME: usize = 2;

    /// Asks the firmware for the memory map, and marks the loader's own memory in it.
    ///
    /// # Errors
    /// The firmware doesn't report the memory, or its list is invalid.
    fn memory(&mut self, log: &mut crate::console::Log<Self::Console>) -> Result<Self::Memory, MapError>;

    /// Opens the disk that was booted from.
    ///
    /// # Errors
    /// It can't be read at all.
    fn disk(&mut self) -> Result<Self::Disk, Self::DiskError>;

    /// Finds the partition to boot: the one that the firmware has chosen, or else the one that the partition tables name.
    ///
    /// # Errors
    /// The tables name none.
    fn partition(
        &mut self,
        disk: &mut Self::Disk,
    ) -> Result<BootPartition<DiskReadError<'m, Self>>, PartitionError<DiskReadError<'m, Self>>> {
        BootPartition::find(disk)
    }

    /// What a kernel is told of the machine. What takes time to find may be left out unless the kernel has `requested`
    /// it.
    fn facts(&mut self, requested: RequestFlags) -> HandoffData;

    /// Leaves the firmware, after everything is loaded and all frames are allocated, and completes the memory map and the
    /// data for the kernel. A BIOS needs no farewell.
    ///
    /// # Errors
    /// The firmware doesn't let go.
    fn leave(&mut self, memory: &mut Self::Memory, data: &mut HandoffData) -> Result<(), Self::LeaveError> {
        let _ = (memory, data);
        Ok(())
    }
}

/// Why a read of a platform's disk failed.
pub type DiskReadError<'m, P> = <<P as Platform<'m>>::Disk as BlockDevice>::Error;

/// Physical memory: the map, and an allocator of frames.
pub trait Memory<'m> {
    /// Returns the name of the firmware service that described the memory.
    fn source(&self) -> &'static str;

    /// Returns the memory map, including all allocated frames.
    fn map(&self) -> &MemoryMap;

    /// Allocates whole frames for `size_bytes`, at least one, and marks them as `kind`. Their contents are arbitrary.
    ///
    /// # Errors
    /// No free run is large enough.
    fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<Frames<'m>, MapError>;
}

/// Prints messages to the user.
pub trait Console {
    /// Prints a line and a line end. This can't fail.
    fn line(&mut self, line: fmt::Arguments<'_>);
}

/// The clock of the timeline.
pub trait Clock {
    /// Returns the time stamp counter, or the value of another counter.
    fn now(&self) -> u64;
}

/// What a kernel is told of the machine.
#[derive(Debug, Clone)]
pub struct HandoffData {
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
    /// Counts of the time stamp counter in a second, zero where it isn't known without a measurement.
    pub tsc_hz: u64,
    /// The framebuffer, or [`Framebuffer::NONE`].
    pub framebuffer: Framebuffer,
    /// What UEFI has left, or [`Efi::NONE`].
    pub efi: Efi,
    /// The page with the code that jumps: it must be mapped where it is.
    pub trampoline_page: Range<u64>,
}

/// Allocated frames of physical memory, and their contents.
#[derive(Debug)]
pub struct Frames<'m> {
    start: u64,
    bytes: &'m mut [u8],
}

impl<'m> Frames<'m> {
    /// Returns the frames from the physical address `start` on, whose contents are `bytes`.
    #[must_use]
    pub const fn new(start: u64, bytes: &'m mut [u8]) -> Self {
        Self { start, bytes }
    }

    /// Returns the physical address of the first byte.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// Returns the contents.
    #[must_use]
    pub const fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// Returns the contents, which are never freed.
    #[must_use]
    pub const fn into_bytes(self) -> &'m mut [u8] {
        self.bytes
    }
}

/// Converts an address or a number of bytes.
#[expect(clippy::cast_possible_truncation, reason = "a loader for 64-bit machines has a usize of 64 bits")]
pub(crate) const fn to_usize(number: u64) -> usize {
    const { assert!(usize::BITS == 64) };
    number as usize
}
