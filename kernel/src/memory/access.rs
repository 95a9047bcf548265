//! Bytes at any address that somebody names: what can't be read or written is an error.
//!
//! | address | read | written |
//! |---|---|---|
//! | not canonical, not mapped | refused | refused |
//! | a device's registers, whatever else isn't memory | refused: reading them may change them | refused |
//! | the screen | yes | yes |
//! | free memory, by the mapping of all physical memory | yes | yes |
//! | memory in use: code, data, stacks, heap, page tables, `BootInfo`, modules | yes | refused |
//!
//! So nothing that is written here can harm the kernel, and whoever has the old byte can put it back, until somebody
//! allocates the frame. The page tables are asked first; and if they allow what then faults, that is an error too.

use core::fmt;

use farjump_api::BootInfo;
use x86_64::instructions::interrupts::without_interrupts;

use super::frames;
use crate::arch::{page_walk, probe};

/// Why a byte can't be had.
#[derive(Debug, Clone, Copy)]
pub enum AccessError {
    /// Bits 48 to 63 of the address aren't as bit 47.
    NonCanonical(u64),
    /// No page is mapped at this address.
    NotMapped(u64),
    /// The memory map doesn't call this physical address RAM: a device may mind being read.
    NoMemory(u64),
    /// Somebody uses the byte at this address.
    InUse(u64),
    /// The page tables allow it, but the CPU faulted.
    Faulted(u64),
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NonCanonical(address) => {
                write!(f, "{address:#x} is no address: bits 48 to 63 aren't as bit 47")
            }
            Self::NotMapped(address) => write!(f, "{address:#x} isn't mapped"),
            Self::NoMemory(physical) => {
                write!(
                    f,
                    "physical address {physical:#x} isn't RAM by the memory map: the firmware's or a device's"
                )
            }
            Self::InUse(address) => {
                write!(f, "{address:#x} is in use: only free memory and the screen can be written")
            }
            Self::Faulted(address) => write!(f, "the CPU can't access {address:#x}"),
        }
    }
}

impl core::error::Error for AccessError {}

/// The byte at `address`.
///
/// # Errors
/// [`AccessError`].
pub fn read(address: u64) -> Result<u8, AccessError> {
    let physical = physical_address(address)?;
    if !is_memory(physical) {
        return Err(AccessError::NoMemory(physical));
    }
    probe::read(address).ok_or(AccessError::Faulted(address))
}

/// Writes a byte, and gives the one that was there.
///
/// # Errors
/// [`AccessError`]; then nothing is written.
pub fn write(address: u64, byte: u8) -> Result<u8, AccessError> {
    // Nobody allocates the frame between the question and the answer.
    without_interrupts(|| {
        let old = read(address)?;
        let physical = physical_address(address)?;
        if !is_screen(physical) && !frames::is_free(physical) {
            return Err(AccessError::InUse(address));
        }
        // SAFETY: a cell of the screen, of which any bits are a character, or a byte of a frame that nobody has.
        let written = unsafe { probe::write(address, byte) };
        written.map(|()| old).ok_or(AccessError::Faulted(address))
    })
}

fn physical_address(address: u64) -> Result<u64, AccessError> {
    if !page_walk::is_canonical(address) {
        return Err(AccessError::NonCanonical(address));
    }
    let mapping = page_walk::find(address).ok_or(AccessError::NotMapped(address))?;
    Ok(mapping.physical_address)
}

fn is_memory(physical: u64) -> bool {
    let regions = crate::boot::info().map_or(&[][..], |boot_info| boot_info.memory_map.get());
    let mut here = regions.iter().filter(|region| region.range().contains(&physical)).peekable();
    let is_there = here.peek().is_some();
    is_screen(physical) || (is_there && here.all(|region| region.kind.lies_in_ram()))
}

fn is_screen(physical: u64) -> bool {
    crate::boot::info().and_then(screen).is_some_and(|screen| screen.contains(&physical))
}

fn screen(boot_info: &BootInfo) -> Option<core::ops::Range<u64>> {
    let screen = boot_info.console.text_screen()?;
    let size_bytes = u64::from(screen.columns) * u64::from(screen.rows) * size_of::<u16>() as u64;
    Some(screen.physical_address..screen.physical_address + size_bytes)
}
