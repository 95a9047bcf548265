//! The jump to the kernel, by `handover.S`.

use core::arch::x86_64::__cpuid;
use core::ops::Range;

use farjump_api::CpuFeatures;
use farjump_loader::{Entry, PAGE_SIZE};
use farjump_x86::cpuid;
use x86_64::registers::control::{Cr0Flags, Cr4Flags, EferFlags};
use x86_64::structures::gdt::DescriptorFlags;

/// Selectors: offsets into the GDT.
const CODE64: u16 = 8;
const DATA: u16 = 2 * 8;

core::arch::global_asm!(
    include_str!("handover.S"),
    include_str!("../../stage2/src/handover.S"),
    ".text",
    options(att_syntax),
    CODE64 = const CODE64,
    DATA = const DATA,
    CODE64_DESCRIPTOR = const DescriptorFlags::KERNEL_CODE64.union(DescriptorFlags::ACCESSED).bits(),
    DATA_DESCRIPTOR = const DescriptorFlags::KERNEL_DATA.union(DescriptorFlags::ACCESSED).bits(),
    EFER = const 0xC000_0080_u32,
    CR0_LOADER = const CR0_LOADER.bits(),
    CR4_LOADER = const CR4_LOADER.bits(),
    MXCSR_AT_RESET = const farjump_x86::MXCSR_DEFAULT,
    RFLAGS_CLEAR = const 1 << 1, // which is always 1
);

/// The value of CR0 at the kernel's entry. Source: Intel SDM vol. 3A, "Control Registers".
const CR0_LOADER: Cr0Flags = Cr0Flags::PROTECTED_MODE_ENABLE
    .union(Cr0Flags::MONITOR_COPROCESSOR)
    .union(Cr0Flags::EXTENSION_TYPE)
    .union(Cr0Flags::NUMERIC_ERROR)
    .union(Cr0Flags::WRITE_PROTECT)
    .union(Cr0Flags::PAGING);

/// The value of CR4 at the kernel's entry.
const CR4_LOADER: Cr4Flags =
    Cr4Flags::PHYSICAL_ADDRESS_EXTENSION.union(Cr4Flags::OSFXSR).union(Cr4Flags::OSXMMEXCPT_ENABLE);

unsafe extern "sysv64" {
    static trampoline: [u8; 0];
    fn leave_firmware(boot_info: u64, entry: u64, stack_pointer: u64, page_table: u64, efer: u64) -> !;
}

/// Returns the page with the code that jumps, and with the GDT that the kernel starts on.
pub(crate) fn trampoline_page() -> Range<u64> {
    let start = (&raw const trampoline).addr() as u64 & !(PAGE_SIZE - 1);
    start..start + PAGE_SIZE
}

/// Returns the features that are switched on at the jump, and those that the kernel's page tables may use.
pub(crate) fn cpu_features() -> CpuFeatures {
    let extended = __cpuid(cpuid::EXTENDED_FEATURES).edx;
    let mut features = CpuFeatures::SSE | CpuFeatures::WRITE_PROTECT;
    features.set(CpuFeatures::NO_EXECUTE, extended & cpuid::NO_EXECUTE != 0);
    features.set(CpuFeatures::GIB_PAGES, extended & cpuid::GIB_PAGES != 0);
    features
}

/// Leaves the loader for good.
pub(crate) fn jump(entry: Entry) -> ! {
    let Entry::LongMode { entry, stack_pointer, page_table, argument } = entry;
    let mut efer = EferFlags::LONG_MODE_ENABLE | EferFlags::LONG_MODE_ACTIVE;
    efer.set(EferFlags::NO_EXECUTE_ENABLE, cpu_features().contains(CpuFeatures::NO_EXECUTE));
    // SAFETY: the core has built tables that map the trampoline, the kernel's entry and its stack, and the BootInfo; boot
    // services have ended.
    unsafe { leave_firmware(argument, entry, stack_pointer, page_table, efer.bits()) }
}
