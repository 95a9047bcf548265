//! The jump to the kernel, by `handover.S`.

use core::ops::Range;

use farjump_loader::{Entry, PAGE_SIZE};

/// The page with the code that jumps, and with the GDT that the kernel starts on.
pub(crate) fn trampoline_page() -> Range<u64> {
    unsafe extern "C" {
        static trampoline: [u8; 0];
    }
    let start = (&raw const trampoline).addr() as u64 & !(PAGE_SIZE - 1);
    start..start + PAGE_SIZE
}

/// Leaves the loader for good.
pub(crate) fn jump(entry: Entry) -> ! {
    unsafe extern "sysv64" {
        fn trampoline(boot_info: u64, entry: u64, stack_pointer: u64, page_table: u64) -> !;
    }
    let Entry::LongMode { entry, stack_pointer, page_table, argument } = entry;
    // SAFETY: the core has built tables that map the trampoline, the kernel's entry and its stack, and the BootInfo.
    unsafe { trampoline(argument, entry, stack_pointer, page_table) }
}
