//! The smallest kernel that `cargo xtask bench boot` can measure: it prints the loader's stamps and its own. It uses nothing
//! of the toolkit, which may grow.

#![no_std]
#![no_main]

#[cfg(not(farjump_boots))]
extern crate std;

use core::fmt::{self, Write as _};

use farjump_api::{BootInfo, entry_point};
use farjump_rt as _; // memcpy and its kin, by symbol
use farjump_x86::uart;
use x86_64::instructions::port::Port;

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    // SAFETY: the counter exists on every CPU with long mode.
    let started = unsafe { core::arch::x86_64::_rdtsc() };
    // Infallible: a serial port takes everything.
    let _ = print(boot_info, started);
    halt()
}

fn print(boot_info: &BootInfo, started: u64) -> fmt::Result {
    for entry in boot_info.timeline.get() {
        writeln!(SerialPort, "timeline: {} {}", entry.phase, entry.tsc)?;
    }
    writeln!(SerialPort, "timeline: kernel entry {started}")?;
    writeln!(SerialPort, "Kernel: OK")
}

/// COM1 as the loader leaves it.
struct SerialPort;

impl fmt::Write for SerialPort {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: a bench's machine has a UART there, and QEMU's takes bytes at any rate.
            unsafe { Port::new(uart::DATA).write(byte) };
        }
        Ok(())
    }
}

#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    // Infallible, as above.
    let _ = writeln!(SerialPort, "timeline: {info}");
    halt()
}

fn halt() -> ! {
    loop {
        x86_64::instructions::hlt();
    }
}
