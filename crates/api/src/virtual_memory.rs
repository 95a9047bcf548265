//! Where the kernel's virtual memory has its parts, when the kernel doesn't request otherwise.
//!
//! ```text
//! FFFF_8000_0000_0000  PHYSICAL_MEMORY   all physical memory (the kernel may request another place)
//! FFFF_FE00_0000_0000  VMALLOC_AREA      what the kernel maps itself: heap, stacks; empty at its entry
//! FFFF_FF00_0000_0000  KERNEL_STACK_AREA the boot stack, ends at KERNEL_STACK_TOP; unmapped below
//! FFFF_FFFF_8000_0000  KERNEL_BASE       where a position-independent kernel goes
//! ```

use core::ops::Range;

/// End of the physical memory that is mapped whatever is there: 4 GiB. Above, only what lies in RAM is.
pub const FULLY_MAPPED_END: u64 = 4 << 30;

/// Default start of the mapping of all physical memory.
pub const PHYSICAL_MEMORY: u64 = 0xFFFF_8000_0000_0000;

/// The vmalloc area: what the kernel in `kernel/` maps itself, which is its heap, stacks and loaded code. It consists
/// of whole entries of the PML4, so that no table in it is the loader's.
pub const VMALLOC_AREA: Range<u64> = 0xFFFF_FE00_0000_0000..KERNEL_STACK_AREA;

/// End of the kernel's first stack: it grows down from here, and below its last page nothing is mapped.
pub const KERNEL_STACK_TOP: u64 = 0xFFFF_FF80_0000_0000;

/// Lowest address that a kernel's stack may reach.
pub const KERNEL_STACK_AREA: u64 = 0xFFFF_FF00_0000_0000;

/// Where `linker/kernel.ld` links a kernel, and where a position-independent kernel linked at zero is loaded: the last
/// 2 GiB, which the `kernel` code model requires.
pub const KERNEL_BASE: u64 = 0xFFFF_FFFF_8000_0000;
