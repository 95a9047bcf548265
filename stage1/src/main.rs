//! The boot sector: reads stage 2, checks its first sector and jumps to it. All of its code is in `stage1.S`.
//!
//! It stops with a message if the drive can't be read or stage 2's first sector is damaged; `docs/errors.md` lists the
//! messages.

#![no_std]
#![no_main]

#[cfg(not(farjump_boots))]
extern crate std;

use boot_layout::{REAL_STACK, STAGE1, STAGE2, bios, disk, stage2_header};
use farjump_x86::uart;

core::arch::global_asm!(
    include_str!("stage1.S"),
    include_str!("console.S"),
    ".code64",
    options(att_syntax),
    BPB_END = const disk::BPB.end,
    SECTOR_SIZE = const disk::SECTOR_SIZE,
    MEDIA_FIXED_DISK = const disk::MEDIA_FIXED_DISK,
    STAGE2_LBA = const disk::STAGE2_LBA,
    REAL_STACK_TOP = const REAL_STACK.end,
    STAGE1_START = const STAGE1.start,
    STAGE2_START = const STAGE2.start,
    CRC32_POLYNOMIAL = const stage2_header::CRC32_POLYNOMIAL,
    BITS_PER_BYTE = const u8::BITS,
    CHUNK_SECTORS = const CHUNK_SECTORS,
    STAGE2_SECTOR_COUNT_OFFSET = const stage2_header::SECTOR_COUNT_OFFSET,
    INT_TIMER = const bios::INT_TIMER,
    INT_VIDEO = const bios::INT_VIDEO,
    TELETYPE = const bios::TELETYPE,
    VIDEO_VECTOR_PAGE = const bios::VIDEO_VECTOR_PAGE,
    VIDEO_ROM_FIRST_PAGE = const bios::VIDEO_ROM_PAGES.start,
    VIDEO_ROM_PAGES = const bios::VIDEO_ROM_PAGES.end - bios::VIDEO_ROM_PAGES.start,
    INT_DISK = const bios::INT_DISK,
    CHS_READ = const bios::CHS_READ,
    GET_DRIVE_PARAMETERS = const bios::GET_DRIVE_PARAMETERS,
    GEOMETRY_SECTOR_MASK = const bios::GEOMETRY_SECTOR_MASK,
    EDD_INSTALLATION_CHECK = const bios::EDD_INSTALLATION_CHECK,
    EDD_SIGNATURE_IN = const bios::EDD_SIGNATURE_IN,
    EDD_SIGNATURE_OUT = const bios::EDD_SIGNATURE_OUT,
    EDD_FIXED_DISK_ACCESS = const bios::EDD_FIXED_DISK_ACCESS,
    EDD_READ = const bios::EDD_READ,
    DAP_SIZE = const bios::DAP_SIZE,
    READ_TRIES = const bios::READ_TRIES,
    FIRST_HARD_DISK = const bios::FIRST_HARD_DISK,
    INVALID_DRIVE_BITS = const bios::INVALID_DRIVE_BITS,
    UART_DATA = const uart::DATA,
    UART_LINE_CONTROL = const uart::LINE_CONTROL,
    UART_LINE_STATUS = const uart::LINE_STATUS,
    UART_DIVISOR_LATCH = const uart::DIVISOR_LATCH,
    UART_DIVISOR = const uart::DIVISOR,
    UART_8N1 = const uart::LINE_8N1,
    UART_TRANSMITTER_EMPTY = const uart::TRANSMITTER_EMPTY,
    PARAGRAPHS_TO_SECTORS = const (disk::SECTOR_SIZE / 16).ilog2(),
    LINE_FEED = const b'\n',
    HEXADECIMAL = const 16,
    DECIMAL_DIGITS = const 10,
    DIGIT_ADJUST = const 0x69,
    LOW_BYTE = const 0xFF,
);

/// The maximum number of sectors that stage 1 reads at once: 32 KiB. Stage 2 begins at a multiple of 32 KiB, so chunks
/// that end at such multiples cross no 64 KiB boundary, where a floppy's DMA would wrap around.
const CHUNK_SECTORS: u16 = 64;
const _: () = assert!(CHUNK_SECTORS <= disk::MAX_SECTORS_PER_READ);
const _: () = assert!(STAGE2.start.is_multiple_of(CHUNK_SECTORS as u64 * disk::SECTOR_SIZE as u64));
const _: () = assert!(uart::MAX_POLLS == 1 << 16);
const _: () = assert!(uart::LINE_8N1 == uart::DTR_RTS && uart::DIVISOR == 1);
const _: () = assert!(disk::STAGE2_LBA == 1 && bios::RESET_DISK == 0 && bios::EDD_FIXED_DISK_ACCESS == 1);

/// Required by the compiler of a program without std. There is no Rust code here that could panic.
#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is used instead"))]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
