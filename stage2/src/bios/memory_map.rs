//! INT 15h: asks the BIOS for the memory map.

use boot_layout::bios::{INT_BASE_MEMORY, INT_SYSTEM};
use farjump_loader::console::Log;
use farjump_loader::memory_map::{FirmwareRegion, MapError, regions_from_e801, regions_from_int15_88};

use super::{Reply, buffer, call};
use crate::early::{BUFFER, Frame};
use crate::memory::Plain;
use crate::platform::BootConsole;

/// INT 15h, EAX: the next entry of the memory map.
const QUERY_SYSTEM_ADDRESS_MAP: u32 = 0xE820;

/// INT 15h, EAX: sizes below and above 16 MiB.
const GET_LARGE_MEMORY_SIZE: u32 = 0xE801;

/// INT 15h, EAX: size above 1 MiB, up to 64 MiB.
const GET_EXTENDED_MEMORY_SIZE: u32 = 0x8800;

/// `SMAP`: in EDX, and in EAX after a success.
const SIGNATURE: u32 = u32::from_be_bytes(*b"SMAP");

/// Bytes of an entry with ACPI 3's extended attributes.
const ENTRY_SIZE: usize = size_of::<FirmwareRegion>();

/// Bytes of an entry without them.
const SHORT_ENTRY_SIZE: u32 = 20;

/// The service that returned the memory map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    E820,
    E801,
    Int15Ah88,
}

impl Source {
    /// Returns its name, for messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::E820 => "E820",
            Self::E801 => "E801",
            Self::Int15Ah88 => "INT 15h AH=88h",
        }
    }
}

/// Fills `entries` from the best service that the BIOS supports, and returns their number. Entries that don't fit are left
/// out.
///
/// # Errors
/// [`MapError::NoService`].
pub(crate) fn query(
    entries: &mut [FirmwareRegion],
    log: &mut Log<BootConsole>,
) -> Result<(Source, usize), MapError> {
    match query_e820(entries, log) {
        0 => {}
        count => return Ok((Source::E820, count)),
    }
    let e801 = query_e801().map(|regions| (Source::E801, regions));
    let answer = e801.or_else(|| Some((Source::Int15Ah88, query_int15_88()?)));
    let (source, regions) = answer.ok_or(MapError::NoService)?;
    entries[..regions.len()].copy_from_slice(&regions);
    Ok((source, regions.len()))
}

/// Source: ACPI 6.5, "INT 15H, E820H - Query System Address Map".
fn query_e820(entries: &mut [FirmwareRegion], log: &mut Log<BootConsole>) -> usize {
    let mut continuation = 0;
    for (count, slot) in entries.iter_mut().enumerate() {
        // An entry of 20 bytes doesn't overwrite the attributes, so they stay: enabled.
        let preset = FirmwareRegion { start: 0, length: 0, kind: 0, attributes: FirmwareRegion::ENABLED };
        buffer::write(preset);
        let reply = call_e820(continuation);
        if reply.carry() {
            return count; // some BIOSes report in this way that the previous entry was the last
        }
        if reply.eax != SIGNATURE || reply.ecx < SHORT_ENTRY_SIZE {
            return 0; // a partial map is worse than none: it may lack reserved regions, which would then be allocated
        }
        *slot = buffer::read();
        if reply.ecx == SHORT_ENTRY_SIZE {
            slot.attributes = FirmwareRegion::ENABLED;
        }
        continuation = reply.ebx;
        if continuation == 0 {
            return count + 1;
        }
    }
    log.info(format_args!(
        "the firmware's memory map has more than {} entries; the rest is left out",
        entries.len()
    ));
    entries.len()
}

fn call_e820(continuation: u32) -> Reply {
    #[expect(clippy::cast_possible_truncation, reason = "24")]
    const SIZE: u32 = ENTRY_SIZE as u32;
    call(
        INT_SYSTEM,
        Frame {
            eax: QUERY_SYSTEM_ADDRESS_MAP,
            ebx: continuation,
            ecx: SIZE,
            edx: SIGNATURE,
            edi: BUFFER.into(),
            ..Frame::default()
        },
    )
}

/// Source: RBIL INT 15/AX=E801h: the sizes are in AX and BX, in some BIOSes in CX and DX only.
fn query_e801() -> Option<[FirmwareRegion; 3]> {
    let reply = call(INT_SYSTEM, Frame { eax: GET_LARGE_MEMORY_SIZE, ..Frame::default() });
    let (low, high) = match (low_word(reply.eax), low_word(reply.ebx)) {
        (0, 0) => (low_word(reply.ecx), low_word(reply.edx)),
        sizes => sizes,
    };
    (!reply.carry() && low != 0).then(|| regions_from_e801(base_memory_kib(), low, high))
}

/// Source: RBIL INT 15/AH=88h.
fn query_int15_88() -> Option<[FirmwareRegion; 3]> {
    let reply = call(INT_SYSTEM, Frame { eax: GET_EXTENDED_MEMORY_SIZE, ..Frame::default() });
    let extended_kib = low_word(reply.eax);
    (!reply.carry() && extended_kib != 0).then(|| {
        let [base, extended] = regions_from_int15_88(base_memory_kib(), extended_kib);
        [base, extended, FirmwareRegion::usable(0, 0)]
    })
}

fn base_memory_kib() -> u16 {
    low_word(call(INT_BASE_MEMORY, Frame::default()).eax)
}

fn low_word(register: u32) -> u16 {
    let [low, high, ..] = register.to_le_bytes();
    u16::from_le_bytes([low, high])
}

// SAFETY: the integers of an E820 entry, in its order and without padding: any bytes are valid.
unsafe impl Plain for FirmwareRegion {}
const _: () = assert!(ENTRY_SIZE == 24);
