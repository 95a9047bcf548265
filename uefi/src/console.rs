//! The loader's console: each line goes to the serial port. Where there is none, it goes to the firmware's console, until
//! boot services end: a line of it takes some 300,000 instructions.
//!
//! Either may be absent, and neither can stop a boot.

use core::fmt::{self, Write};

use farjump_api::{Console as ConsoleInfo, TextScreen};
use farjump_x86::uart;
use x86_64::instructions::port::Port;

use crate::boot_services;
use crate::serial::Serial;

static SERIAL: spin::Mutex<Option<Serial>> = spin::Mutex::new(None);

/// Finds the serial port, and sets it to 115200 8N1.
pub(crate) fn install() {
    set_up_port();
    *SERIAL.lock() = Serial::probe();
}

/// Makes the lock available to a panic that may have interrupted a line and doesn't return to it.
pub(crate) fn break_lock() {
    // SAFETY: one CPU runs the loader, and the code that holds the lock never runs again.
    unsafe { SERIAL.force_unlock() };
}

/// Describes the console for the kernel.
pub(crate) fn describe() -> ConsoleInfo {
    let serial_port = SERIAL.lock().as_ref().map_or(0, Serial::port);
    ConsoleInfo { serial_port, reserved: [0; 3], screen: TextScreen::NONE }
}

/// Prints a line.
pub(crate) fn print_line(line: fmt::Arguments<'_>) {
    // Infallible: this Write never fails, and there is no better place to report a Display that does.
    let _ = write!(Output, "{line}\r\n");
}

/// Both kinds of output.
struct Output;

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut serial = SERIAL.lock();
        if let Some(port) = &mut *serial {
            if port.write(text.as_bytes()).is_none() {
                *serial = None; // or each character would wait as long
            }
        } else if boot_services::are_available() {
            // A console that fails is as good as none.
            let _ = uefi::system::with_stdout(|console| console.write_str(text));
        }
        Ok(())
    }
}

/// Sets rate and format. Where there is no port, nothing listens.
fn set_up_port() {
    let settings = [
        (uart::LINE_CONTROL, uart::DIVISOR_LATCH),
        (uart::DATA, uart::DIVISOR),
        (uart::DATA + 1, 0),
        (uart::LINE_CONTROL, uart::LINE_8N1),
        (uart::MODEM_CONTROL, uart::DTR_RTS),
    ];
    for (port, value) in settings {
        // SAFETY: the registers of the first serial port, which only this program uses while it prints.
        unsafe { Port::<u8>::new(port).write(value) };
    }
}
