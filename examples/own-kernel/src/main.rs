//! A minimal kernel: prints a line on the first serial port and stops the machine.
//!
//! Assumes QEMU's exit device, and a serial port that the boot sector has set up.

#![no_std]
#![no_main]

use core::arch::asm;
use core::fmt::{self, Write as _};
use core::hint::spin_loop;
use core::panic::PanicInfo;

use farjump_api::{BootInfo, entry_point};
use farjump_rt as _;

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    let kib = boot_info.ram_bytes() / 1024;
    // Writing to the serial port can't fail.
    let _ = writeln!(Serial, "Hello from a kernel of your own: {kib} KiB of memory");
    end_machine(SUCCESS)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Serial, "{info}");
    end_machine(FAILURE)
}

/// COM1's data register; the line status register is five ports above it.
const COM1: u16 = 0x3F8;
const COM1_LINE_STATUS: u16 = COM1 + 5;

/// Line status: the port accepts another byte.
const TRANSMITTER_EMPTY: u8 = 1 << 5;

/// The maximum number of polls: a missing port never becomes ready.
const MAX_POLLS: u32 = 100_000;

/// The first serial port.
struct Serial;

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            let mut polls = 0..MAX_POLLS;
            // SAFETY: reading a UART's line status changes nothing but its error bits.
            while polls.next().is_some() && unsafe { read_port(COM1_LINE_STATUS) } & TRANSMITTER_EMPTY == 0 {
                spin_loop();
            }
            // SAFETY: a byte for the UART's data register is sent and has no other effect.
            unsafe { write_port(COM1, byte) };
        }
        Ok(())
    }
}

/// QEMU's device `isa-debug-exit`: a byte written here ends QEMU with status `byte * 2 + 1`.
const EXIT_PORT: u16 = 0xF4;
const SUCCESS: u8 = 0x10;
const FAILURE: u8 = 0x11;

fn end_machine(code: u8) -> ! {
    // SAFETY: the port ends QEMU, and on a PC that has no such device nothing listens to it.
    unsafe { write_port(EXIT_PORT, code) };
    loop {
        // SAFETY: stopping the CPU is what is left to do; an interrupt just brings the loop around.
        unsafe { asm!("hlt", options(nomem, nostack)) };
    }
}

/// # Safety
/// Reading `port` must have no effect that other code relies on not happening.
unsafe fn read_port(port: u16) -> u8 {
    let value;
    // SAFETY: guaranteed by the caller.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack)) };
    value
}

/// # Safety
/// What the device at `port` does with `value` must leave this program's memory sound.
unsafe fn write_port(port: u16, value: u8) {
    // SAFETY: guaranteed by the caller.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack)) };
}
