//! BIOS services, called through `bios_call.S`.

pub(crate) mod disk;
pub(crate) mod memory_map;
mod packet;

use core::ops::RangeInclusive;

use boot_layout::BIOS_CALL;

use crate::early::{BUFFER, Frame, Page};
use crate::memory::to_usize;

/// Carry: how most services say that they failed.
const CARRY: u16 = 1 << 0;

/// What a service gave back.
pub(crate) struct Reply(Frame);

impl Reply {
    /// AH: most services' status.
    pub(crate) fn status(&self) -> u8 {
        self.0.eax.to_le_bytes()[1]
    }

    /// Whether carry is set.
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

/// Interrupts that are BIOS services. Exceptions and hardware interrupts aren't.
const SERVICES: RangeInclusive<u8> = 0x10..=0x1A;

/// Calls interrupt `vector` in real mode with the registers of `frame`; segments are 0 unless set.
#[inline(never)] // or every one of its callers has it
pub(crate) fn call(vector: u8, frame: Frame) -> Reply {
    unsafe extern "sysv64" {
        fn bios_call(vector: u64);
    }
    assert!(SERVICES.contains(&vector));
    let page: *mut Page = core::ptr::with_exposed_provenance_mut(to_usize(BIOS_CALL.start));
    // SAFETY: the page is this module's and the assembly's alone, and is mapped.
    let shared = unsafe { &raw mut (*page).frame };
    // SAFETY: `shared` is a field of the page.
    unsafe { shared.write_volatile(frame) };
    // SAFETY: the frame is filled; the services that the loader calls write to the buffers that their
    // callers name, and to the BIOS's own memory.
    unsafe { bios_call(u64::from(vector)) };
    // SAFETY: `shared` is a field of the page, now filled by the assembly.
    Reply(unsafe { shared.read_volatile() })
}

/// The small buffer that services read and write, below 64 KiB.
pub(crate) mod buffer {
    use super::BUFFER;
    use crate::memory::{self, Plain};

    /// What a service has written at the buffer's start.
    pub(crate) fn read<T: Plain>() -> T {
        memory::read(u64::from(BUFFER))
    }

    /// Puts bytes at the buffer's start, for a service to read.
    pub(crate) fn write<const N: usize>(bytes: [u8; N]) {
        const { assert!(N <= crate::early::BUFFER_SIZE) };
        // SAFETY: the buffer is this module's; no reference into it outlives a call.
        unsafe { memory::slice_mut::<u8>(u64::from(BUFFER), N) }.copy_from_slice(&bytes);
    }
}
