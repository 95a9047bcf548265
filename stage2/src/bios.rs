//! BIOS services, called through `bios_call.S`.

pub(crate) mod disk;
pub(crate) mod memory_map;
mod packet;

use core::ops::RangeInclusive;

use boot_layout::BIOS_CALL;

use crate::early::{BUFFER, BUFFER_ALIGNMENT, BUFFER_SIZE, Frame, Page};
use crate::memory::to_usize;

/// The carry flag, by which most services report a failure.
const CARRY: u16 = 1 << 0;

/// The registers that a service returned.
pub(crate) struct Reply(Frame);

impl Reply {
    /// Returns AH, the status of most services.
    pub(crate) fn status(&self) -> u8 {
        self.0.eax.to_le_bytes()[1]
    }

    /// Returns whether carry is set.
    pub(crate) fn carry(&self) -> bool {
        self.0.flags & CARRY != 0
    }
}

impl core::ops::Deref for Reply {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.0
    }
}

/// Interrupts that are BIOS services, not exceptions or hardware interrupts.
const SERVICES: RangeInclusive<u8> = 0x10..=0x1A;

/// Calls interrupt `vector` in real mode with the registers of `frame`; segments are 0 unless set.
#[inline(never)] // a copy in each caller would make stage 2 larger
pub(crate) fn call(vector: u8, frame: Frame) -> Reply {
    unsafe extern "sysv64" {
        fn bios_call(vector: u64);
    }
    assert!(SERVICES.contains(&vector));
    let page: *mut Page = core::ptr::with_exposed_provenance_mut(to_usize(BIOS_CALL.start));
    // SAFETY: the page is mapped, and only this module and the assembly use it.
    let shared = unsafe { &raw mut (*page).frame };
    // SAFETY: `shared` points to a field of the page.
    unsafe { shared.write_volatile(frame) };
    // SAFETY: the frame is filled; the services that the loader calls write only to the buffers that their
    // callers pass, and to the BIOS's own memory.
    unsafe { bios_call(u64::from(vector)) };
    // SAFETY: `shared` points to a field of the page, which the assembly has filled.
    Reply(unsafe { shared.read_volatile() })
}

/// The small buffer that services read and write, below 64 KiB.
pub(crate) mod buffer {
    use super::{BUFFER, BUFFER_ALIGNMENT, BUFFER_SIZE};
    use crate::memory::{self, Plain};

    /// Returns what a service has written at the buffer's start.
    pub(crate) fn read<T: Plain>() -> T {
        memory::read(u64::from(BUFFER))
    }

    /// Writes a value at the buffer's start, for a service to read.
    pub(crate) fn write<T: Plain>(value: T) {
        const { assert!(size_of::<T>() <= BUFFER_SIZE && align_of::<T>() <= BUFFER_ALIGNMENT) };
        // SAFETY: only this module uses the buffer, which is aligned for T, and no reference into it outlives a call.
        unsafe { memory::slice_mut(u64::from(BUFFER), 1) }.fill(value);
    }
}
