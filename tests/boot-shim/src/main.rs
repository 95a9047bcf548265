//! The shim: all of it is assembly.

#![no_std]
#![no_main]

#[cfg(not(farjump_boots))]
extern crate std;

use boot_layout::{BASE_MEMORY_END, BOUNCE_BUFFER, STAGE1, bios, disk};
use boot_shim::Setting;
use farjump_x86::uart;

core::arch::global_asm!(
    include_str!("shim.S"),
    include_str!("int13.S"),
    include_str!("registers.S"),
    include_str!("int15.S"),
    ".org shim_start + {FILE_SIZE}",
    ".code64",
    options(att_syntax),

    // Places
    STAGE1_START = const STAGE1.start,
    BODY_SEGMENT = const (BASE_MEMORY_END - STAGE1.start) >> 4,
    BOUNCE_BUFFER_SEGMENT = const BOUNCE_BUFFER.start >> 4,
    SECTOR_SIZE = const disk::SECTOR_SIZE,
    PARTITION_LBA = const disk::PARTITION_LBA,
    OURS_LBA = const boot_shim::OURS_LBA,
    BODY_SECTORS = const boot_shim::SECTORS - 1,
    FILE_SIZE = const boot_shim::SECTORS * disk::SECTOR_SIZE,
    ENTRIES = const boot_shim::ENTRIES,
    ENTRY_SIZE = const boot_shim::ENTRY_SIZE,
    A20_PROBE = const 0x500,
    HIGHEST_SEGMENT = const 0xFFFF_u16,
    HIGHEST_SEGMENT_WRAP = const 0x10,

    // Settings
    SETTINGS = const boot_shim::SETTINGS,
    SETTING_COUNT = const boot_shim::SETTING_COUNT,
    DRIVE = const Setting::Drive as u8,
    A20_OFF = const Setting::A20Off as u8,
    A20_OFF_BY_92 = const boot_shim::a20::PORT_92,
    A20_OFF_BY_8042 = const boot_shim::a20::KEYBOARD_CONTROLLER,
    A20_SERVICE = const Setting::A20Service as u8,
    A20_SERVICE_FAILS = const boot_shim::a20_service::FAILS,
    A20_SERVICE_LIES = const boot_shim::a20_service::LIES,
    E820 = const Setting::E820 as u8,
    E820_FAILS = const boot_shim::e820::FAILS,
    E820_ENTRIES = const boot_shim::e820::ENTRIES,
    COPIED_ENTRY_SIZE = const Setting::EntrySize as u8,
    ENTRY_COUNT = const Setting::EntryCountLow as u8,
    END = const Setting::End as u8,
    END_CARRY = const boot_shim::end::CARRY,
    END_NO_SIGNATURE = const boot_shim::end::NO_SIGNATURE,
    NO_E801 = const Setting::NoE801 as u8,
    NO_88 = const Setting::No88 as u8,
    NO_EDD = const Setting::NoEdd as u8,
    MAX_SECTORS = const Setting::MaxSectors as u8,
    READS = const Setting::Reads as u8,
    READS_SHORT_WITH_CARRY = const boot_shim::reads::SHORT_WITH_CARRY,
    READS_NOTHING = const boot_shim::reads::NOTHING,
    VOLUME_ALONE = const Setting::VolumeAlone as u8,
    DX_IS_LOST = const Setting::DxIsLost as u8,
    COUNT_IS_NONSENSE = const Setting::CountIsNonsense as u8,
    UNUSUAL_REGISTERS = const Setting::UnusualRegisters as u8,

    // Registers: AM and TS; DE, PGE, LA57 and OSXSAVE; SCE; NT and AC
    UNUSUAL_CR0 = const 1 << 18 | 1 << 3,
    UNUSUAL_CR4 = const 1 << 3 | 1 << 7 | 1 << 12 | 1 << 18,
    UNUSUAL_EFER = const 1 << 0,
    UNUSUAL_FLAGS = const 1 << 14 | 1 << 18,
    EFER = const 0xC000_0080_u32,
    XCR0 = const 0,
    X87_SSE_AVX = const 0b111,
    OTHER_REGISTERS = const 0xEE,

    // BIOS services
    INT_DISK = const bios::INT_DISK,
    INT_SYSTEM = const bios::INT_SYSTEM,
    VECTOR_SIZE = const 4,
    EDD_INSTALLATION_CHECK = const bios::EDD_INSTALLATION_CHECK,
    EDD_READ = const bios::EDD_READ,
    CHS_READ = const bios::CHS_READ,
    GET_DRIVE_PARAMETERS = const bios::GET_DRIVE_PARAMETERS,
    DAP_SIZE = const bios::DAP_SIZE,
    DAP_SECTOR_COUNT = const 2,
    DAP_LBA = const 8,
    NONSENSE_COUNT = const 0xFF00_u16,
    LOST = const 0xFFFF_u16,
    SECTOR_NOT_FOUND = const 0x04,
    INVALID_FUNCTION = const 0x01,
    FUNCTION_NOT_SUPPORTED = const 0x86,
    ENABLE_A20 = const 0x2401,
    QUERY_SYSTEM_ADDRESS_MAP = const 0xE820,
    GET_LARGE_MEMORY_SIZE = const 0xE801,
    GET_EXTENDED_MEMORY_SIZE = const 0x88,
    SIGNATURE = const u32::from_be_bytes(*b"SMAP"),

    // Ports
    UART_DATA = const uart::DATA,
    UART_LINE_STATUS = const uart::LINE_STATUS,
    UART_TRANSMITTER_EMPTY = const uart::TRANSMITTER_EMPTY,
    LINE_FEED = const b'\n',
    PORT_SYSTEM_CONTROL_A = const 0x92,
    SYSTEM_CONTROL_A20_AND_RESET = const 0b11,
    PORT_KBC_DATA = const 0x60,
    PORT_KBC_STATUS = const 0x64,
    KBC_INPUT_FULL = const 1 << 1,
    KBC_WRITE_OUTPUT_PORT = const 0xD1,
    KBC_OUTPUT_WITHOUT_A20 = const 0xDD,
);

/// What the compiler asks of a program without std. There is no Rust here that could panic.
#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
