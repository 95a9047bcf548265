//! Includes the assembly, and passes it all numbers as named operands.

use boot_layout::{
    BASE_MEMORY_END, LOADER_STACK, PAGE_TABLES, REAL_STACK, STAGE2, bios, disk, stage2_header,
};
use farjump_x86::paging::{LARGE_PAGE_SIZE, PAGE_SIZE};
use farjump_x86::{cpuid, uart, vga};
use x86_64::registers::control::{Cr0Flags, Cr4Flags, EferFlags};
use x86_64::registers::rflags::RFlags;
use x86_64::structures::paging::PageTableFlags;

use crate::{early, exceptions, gdt};

core::arch::global_asm!(
    farjump_x86::register_macros!(),
    include_str!("head.S"),
    include_str!("../../stage1/src/console.S"),
    // The end of the first sector: its CRC-32, which the image builder fills in.
    ".org stage2_start + {HEADER_CRC32_OFFSET}",
    ".long 0",
    include_str!("entry.S"),
    include_str!("cpu_check.S"),
    include_str!("a20.S"),
    include_str!("bios_registers.S"),
    include_str!("long_mode.S"),
    include_str!("bios_call.S"),
    include_str!("handover.S"),
    include_str!("exceptions.S"),
    ".text",
    ".code64",
    options(att_syntax),

    // Addresses
    STAGE2_START = const STAGE2.start,
    REAL_STACK_TOP = const REAL_STACK.end,
    LOADER_STACK_TOP = const LOADER_STACK.end,
    PML4 = const PAGE_TABLES.start,
    PDPT = const PAGE_TABLES.start + PAGE_SIZE,
    PAGE_DIRECTORIES = const PAGE_TABLES.start + 2 * PAGE_SIZE,
    EARLY_STAGE2_TSC = const early::STAGE2_TSC,
    EARLY_LONG_MODE_TSC = const early::LONG_MODE_TSC,
    A20_PROBE = const early::A20_PROBE,
    FRAME = const early::FRAME,
    FRAME_FLAGS = const early::FRAME_FLAGS,
    VECTOR = const early::VECTOR,
    SAVED_RSP = const early::SAVED_RSP,
    BIOS_CR0 = const early::BIOS_CR0,
    BIOS_CR4 = const early::BIOS_CR4,
    BIOS_EFER = const early::BIOS_EFER,
    LOADER_EFER = const early::LOADER_EFER,
    GDT = sym gdt::GDT,
    GDT_SIZE = const size_of_val(&gdt::GDT),
    IDT_POINTER = sym exceptions::IDT_POINTER,
    stage2_main = sym crate::stage2_main,

    // Stage 2's header
    SECTOR_SIZE = const disk::SECTOR_SIZE,
    WORD_SIZE = const size_of::<u32>(),
    HEADER_MAGIC = const stage2_header::MAGIC,
    HEADER_MAGIC_OFFSET = const stage2_header::MAGIC_OFFSET,
    HEADER_SECTOR_COUNT_OFFSET = const stage2_header::SECTOR_COUNT_OFFSET,
    HEADER_SUMS_OFFSET = const stage2_header::SUMS_OFFSET,
    HEADER_CRC32_OFFSET = const stage2_header::CRC32_OFFSET,

    // Exceptions
    VECTORS = const exceptions::VECTORS,
    VECTORS_WITH_ERROR_CODE = const farjump_x86::VECTORS_WITH_ERROR_CODE,
    STUB_SIZE = const exceptions::STUB_SIZE,
    exception_handler = sym exceptions::exception_handler,

    // Selectors
    CODE32 = const gdt::CODE32,
    DATA = const gdt::DATA,
    CODE16 = const gdt::CODE16,
    DATA16 = const gdt::DATA16,
    CODE64 = const gdt::CODE64,

    // CPU
    EFLAGS_ID = const RFlags::ID.bits(),
    CPUID_HIGHEST_EXTENDED = const cpuid::HIGHEST_EXTENDED,
    CPUID_EXTENDED_FEATURES = const cpuid::EXTENDED_FEATURES,
    CPUID_LONG_MODE = const cpuid::LONG_MODE,
    CPUID_FEATURES = const cpuid::FEATURES,
    CPUID_FXSR = const cpuid::FXSR,
    CPUID_SSE2 = const cpuid::SSE2,
    CPUID_NO_EXECUTE = const cpuid::NO_EXECUTE,
    CR0_PROTECTED_MODE = const Cr0Flags::PROTECTED_MODE_ENABLE.bits(),
    CR0_PAGING = const Cr0Flags::PAGING.bits(),
    CR0_LOADER = const CR0_LOADER.bits(),
    CR4_LOADER = const CR4_LOADER.bits(),
    MXCSR_AT_RESET = const farjump_x86::MXCSR_DEFAULT,
    RFLAGS_CLEAR = const 1 << 1, // which is always 1
    EFER = const 0xC000_0080_u32,
    EFER_LONG_MODE = const EferFlags::LONG_MODE_ENABLE.bits(),
    EFER_NO_EXECUTE = const EferFlags::NO_EXECUTE_ENABLE.bits(),
    PAGE_SIZE = const PAGE_SIZE,
    HALF_ENTRY = const size_of::<u32>(),
    PAGE_DIRECTORY_COUNT = const 4,
    LARGE_PAGE_SIZE = const LARGE_PAGE_SIZE,
    TABLE_FLAGS = const PageTableFlags::PRESENT.union(PageTableFlags::WRITABLE).bits(),
    LARGE_PAGE_FLAGS = const PageTableFlags::PRESENT
        .union(PageTableFlags::WRITABLE)
        .union(PageTableFlags::HUGE_PAGE)
        .bits(),
    IVT_SIZE = const 256 * 4,
    HIGHEST_SEGMENT = const 0xFFFF_u16,
    HIGHEST_SEGMENT_WRAP = const 0x10,

    // BIOS services
    INT_VIDEO = const bios::INT_VIDEO,
    TELETYPE = const bios::TELETYPE,
    VIDEO_VECTOR_PAGE = const bios::VIDEO_VECTOR_PAGE,
    VIDEO_ROM_FIRST_PAGE = const bios::VIDEO_ROM_PAGES.start,
    VIDEO_ROM_PAGES = const bios::VIDEO_ROM_PAGES.end - bios::VIDEO_ROM_PAGES.start,
    INT_BASE_MEMORY = const bios::INT_BASE_MEMORY,
    BASE_MEMORY_KIB = const BASE_MEMORY_END / 1024,
    INT_SYSTEM = const bios::INT_SYSTEM,
    ENABLE_A20 = const 0x2401,

    // BIOS data area and screen
    BDA_VIDEO_MODE = const bios::data_area::VIDEO_MODE,
    BDA_COLUMNS = const bios::data_area::COLUMNS,
    BDA_CURSOR_COLUMN = const bios::data_area::CURSOR,
    BDA_CURSOR_ROW = const bios::data_area::CURSOR + 1,
    VIDEO_MODE_MONOCHROME = const bios::VIDEO_MODE_MONOCHROME,
    VGA_COLOR_TEXT = const vga::COLOR_TEXT,
    VGA_MONOCHROME_TEXT = const vga::MONOCHROME_TEXT,
    VGA_LIGHT_GREY = const vga::LIGHT_GREY,

    // Ports
    UART_DATA = const uart::DATA,
    UART_LINE_STATUS = const uart::LINE_STATUS,
    UART_TRANSMITTER_EMPTY = const uart::TRANSMITTER_EMPTY,
    UART_POLLS = const uart::MAX_POLLS,
    PORT_KBC_DATA = const 0x60,
    PORT_KBC_STATUS = const 0x64,
    PORT_DELAY = const 0x80,
    PORT_SYSTEM_CONTROL_A = const 0x92,
    SYSTEM_CONTROL_A20 = const 1 << 1,
    SYSTEM_CONTROL_RESET = const 1 << 0,
    KBC_OUTPUT_FULL = const 1 << 0,
    KBC_INPUT_FULL = const 1 << 1,
    KBC_A20 = const 1 << 1,
    KBC_MAX_PENDING = const 16,
    KBC_DISABLE_KEYBOARD = const 0xAD,
    KBC_ENABLE_KEYBOARD = const 0xAE,
    KBC_READ_OUTPUT_PORT = const 0xD0,
    KBC_WRITE_OUTPUT_PORT = const 0xD1,
    LOW_BYTE = const 0xFF,
    LINE_FEED = const b'\n',
    CARRIAGE_RETURN = const b'\r',
);

/// The value of CR0 in 64-bit code, also at the kernel's entry: paging, write protection for CPL 0, x87 errors as
/// exceptions.
///
/// Source: Intel SDM vol. 3A, "Control Registers".
const CR0_LOADER: Cr0Flags = Cr0Flags::PROTECTED_MODE_ENABLE
    .union(Cr0Flags::MONITOR_COPROCESSOR)
    .union(Cr0Flags::EXTENSION_TYPE)
    .union(Cr0Flags::NUMERIC_ERROR)
    .union(Cr0Flags::WRITE_PROTECT)
    .union(Cr0Flags::PAGING);

/// The value of CR4 in 64-bit code without MCE, which is set only while there is a gate for machine checks.
const CR4_LOADER: Cr4Flags =
    Cr4Flags::PHYSICAL_ADDRESS_EXTENSION.union(Cr4Flags::OSFXSR).union(Cr4Flags::OSXMMEXCPT_ENABLE);
