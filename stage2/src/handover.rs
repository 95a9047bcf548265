//! Jumps to the kernel, by `handover.S`.

use core::ops::Range;

use farjump_loader::{Entry, PAGE_SIZE};

/// Returns the page with the code that jumps to the kernel and with the GDT that the kernel starts with.
pub(crate) fn trampoline_page() -> Range<u64> {
    unsafe extern "C" {
        static trampoline: [u8; 0];
    }
    let start = (&raw const trampoline).addr() as u64 & !(PAGE_SIZE - 1);
    start..start + PAGE_SIZE
}

/// Jumps to the kernel.
pub(crate) fn jump(entry: Entry) -> ! {
    unsafe extern "sysv64" {
        fn trampoline(boot_info: u64, entry: u64, stack_pointer: u64, page_table: u64) -> !;
    }
    let Entry::LongMode { entry, stack_pointer, page_table, argument } = entry;
    // SAFETY: the page tables, which `farjump_loader` has built, map the trampoline, the kernel, its stack and the BootInfo.
    unsafe { trampoline(argument, entry, stack_pointer, page_table) }
}
