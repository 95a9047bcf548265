//! The BIOS's memory, in which the SMBIOS entry point may be.

use farjump_loader::smbios::{self, AREA};

use crate::memory::{self, to_usize};

/// Returns the physical address of the SMBIOS entry point, zero if there is none.
pub(crate) fn find_entry_point() -> u64 {
    // SAFETY: the firmware's memory: nothing writes it while the loader runs and no BIOS call is under way.
    let area: &[u8] = unsafe { memory::slice(AREA.start, to_usize(AREA.end - AREA.start)) };
    smbios::find_entry_point(area).map_or(0, |offset| AREA.start + offset as u64)
}
