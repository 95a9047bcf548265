//! The page [`boot_layout::BIOS_CALL`]: data that real-mode code and Rust share, and the frame of a BIOS call.
//!
//! Real-mode code can't reach a `static` above 64 KiB, so these have fixed addresses.

use core::mem::offset_of;

use boot_layout::BIOS_CALL;

use crate::memory::to_usize;

/// The layout of the page.
#[repr(C)]
pub(crate) struct Page {
    /// Registers of a BIOS call.
    pub(crate) frame: Frame,
    /// Far pointer to the service, from the interrupt vector table.
    vector: u32,
    /// RSP of the 64-bit caller.
    saved_rsp: u64,
    /// The control registers for the BIOS's services: CR0, CR4 and the lower half of EFER as the BIOS left them.
    bios_cr0: u32,
    bios_cr4: u32,
    bios_efer: u32,
    /// The lower half of EFER in the loader; its upper half is zero.
    loader_efer: u32,
    /// TSC after the CPU check.
    pub(crate) stage2_tsc: u64,
    /// TSC at the first instruction in long mode.
    pub(crate) long_mode_tsc: u64,
    /// Data that a BIOS service reads or writes: see [`BUFFER`].
    buffer: Buffer,
    /// The A20 test writes two values here, and compares the word 1 MiB above.
    a20_probe: u16,
}

/// Registers of a BIOS call, in the order in which POPAL, POP ES and POP DS take them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Frame {
    pub(crate) edi: u32,
    pub(crate) esi: u32,
    pub(crate) ebp: u32,
    /// PUSHAL writes ESP here, POPAL skips it.
    pub(crate) esp: u32,
    pub(crate) ebx: u32,
    pub(crate) edx: u32,
    pub(crate) ecx: u32,
    pub(crate) eax: u32,
    pub(crate) es: u16,
    pub(crate) ds: u16,
    /// FLAGS after the call; not read before it.
    pub(crate) flags: u16,
}

/// Aligned, because some BIOSes require that for a disk address packet.
#[repr(C, align(16))]
struct Buffer([u8; BUFFER_SIZE]);

/// Bytes of the buffer.
pub(crate) const BUFFER_SIZE: usize = 512;

/// The buffer's alignment.
pub(crate) const BUFFER_ALIGNMENT: usize = align_of::<Buffer>();

const PAGE: usize = to_usize(BIOS_CALL.start);

/// Addresses in the page, for the assembly.
pub(crate) const FRAME: usize = PAGE + offset_of!(Page, frame);
pub(crate) const FRAME_FLAGS: usize = FRAME + offset_of!(Frame, flags);
pub(crate) const VECTOR: usize = PAGE + offset_of!(Page, vector);
pub(crate) const SAVED_RSP: usize = PAGE + offset_of!(Page, saved_rsp);
pub(crate) const BIOS_CR0: usize = PAGE + offset_of!(Page, bios_cr0);
pub(crate) const BIOS_CR4: usize = PAGE + offset_of!(Page, bios_cr4);
pub(crate) const BIOS_EFER: usize = PAGE + offset_of!(Page, bios_efer);
pub(crate) const LOADER_EFER: usize = PAGE + offset_of!(Page, loader_efer);
pub(crate) const STAGE2_TSC: usize = PAGE + offset_of!(Page, stage2_tsc);
pub(crate) const LONG_MODE_TSC: usize = PAGE + offset_of!(Page, long_mode_tsc);
pub(crate) const A20_PROBE: usize = PAGE + offset_of!(Page, a20_probe);

/// Address of the buffer, below 64 KiB: a segment of 0 reaches it.
pub(crate) const BUFFER: u16 = {
    let address = PAGE + offset_of!(Page, buffer);
    assert!(address + BUFFER_SIZE <= 0x1_0000);
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    {
        address as u16
    }
};

const _: () = assert!(size_of::<Page>() as u64 <= BIOS_CALL.end - BIOS_CALL.start);
const _: () = assert!(offset_of!(Frame, flags) == 36);
