//! A file that the loader read for the kernel.

use crate::{Slice, Str};

/// A file that the configuration names in a `module` line.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// The path on the boot volume, as the configuration spells it.
    pub name: Str,
    /// The bytes, in the mapping of physical memory.
    pub bytes: Slice<u8>,
    /// Physical address of the first byte, a multiple of 4096.
    pub physical_address: u64,
}

const _: () = assert!(size_of::<Module>() == 40);
