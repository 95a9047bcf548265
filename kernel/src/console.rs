//! The console: the serial port and the screen that the loader has found, where its lines end.
//!
//! Either may be absent. Neither can stop the kernel: a character that the serial port doesn't take in time
//! is lost. Anyone may print, in any handler: the console is held with interrupts off, and what comes all the same
//! while it is held is printed behind it.

mod deferred;
mod read_line;
mod screen;

use core::fmt::{self, Write};

use boot_layout::uart;
use boot_protocol::BootInfo;

use crate::arch::trap::TrapFrame;
use crate::device::serial::SerialPort;
use crate::interrupts;
use crate::logger;
use crate::sync::IrqMutex;
use screen::Screen;

pub use read_line::{Input, Line, read_line};

struct Console {
    serial: Option<SerialPort>,
    screen: Option<Screen>,
}

static CONSOLE: IrqMutex<Console> = IrqMutex::new(Console { serial: None, screen: None });

/// Takes the console over from the loader.
pub(crate) fn init(boot_info: &'static BootInfo) {
    let mut console = CONSOLE.lock();
    console.serial = serial(boot_info);
    console.screen = Screen::of_loader(boot_info);
}

/// For a panic before [`init`]: without a BootInfo there is only the first serial port to try.
pub(crate) fn fall_back_to_com1() {
    let mut console = CONSOLE.lock();
    if console.serial.is_none() && console.screen.is_none() {
        // SAFETY: COM1 or nothing: no other device is at this port, and no other driver in this kernel.
        console.serial = unsafe { SerialPort::at(uart::DATA) };
    }
}

/// For a report of the end, which may have interrupted a line and doesn't return to it: takes away all locks that
/// printing and logging need.
pub(crate) fn break_locks() {
    // SAFETY: there is one CPU, and the holder, if there is one, never runs again. What it leaves is a line that
    // isn't finished.
    unsafe { CONSOLE.break_lock() };
    deferred::break_lock();
    logger::break_lock();
}

/// Writes to serial port and screen. [`print!`](crate::print) and [`println!`](crate::println) call it.
pub fn write(text: fmt::Arguments<'_>) {
    let Some(mut console) = CONSOLE.try_lock() else { return deferred::keep(text) };
    // Infallible: this Write never fails, and a Display that does has no better place to say so.
    let _ = console.write_fmt(text);
    let _ = deferred::flush(&mut *console);
    if let Some(screen) = &console.screen {
        screen.show_cursor();
    }
}

/// Has the serial port's bytes come as keys. False where there is none.
pub(crate) fn start_receiving() -> bool {
    let Some(irq) = CONSOLE.lock().serial.as_ref().map(SerialPort::irq) else { return false };
    interrupts::set_handler(irq, receive);
    interrupts::unmask(irq);
    let mut console = CONSOLE.lock();
    console.serial.as_mut().map(SerialPort::start_receiving).is_some()
}

/// The serial port's interrupt. Nobody holds the console now: interrupts would be off.
fn receive(_: &mut TrapFrame) {
    if let Some(serial) = &mut CONSOLE.lock().serial {
        serial.receive();
    }
}

fn serial(boot_info: &BootInfo) -> Option<SerialPort> {
    let port = boot_info.console.serial_port;
    if port == 0 {
        return None;
    }
    // SAFETY: the loader has found a UART there, and has left it to the kernel, which has this one driver.
    unsafe { SerialPort::at(port) }
}

impl Console {
    fn write_line_end(&mut self) {
        self.send(b'\r');
        self.send(b'\n');
        if let Some(screen) = &mut self.screen {
            screen.write("\r\n");
        }
    }

    fn send(&mut self, byte: u8) {
        if let Some(serial) = &mut self.serial {
            serial.send(byte);
        }
    }

    fn write_part(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.send(byte));
        if let Some(screen) = &mut self.screen {
            screen.write(text);
        }
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.write_part(first);
        }
        for line in lines {
            self.write_line_end();
            self.write_part(line);
        }
        Ok(())
    }
}

/// Prints to the console.
#[macro_export]
macro_rules! print {
    ($($text:tt)*) => { $crate::console::write(format_args!($($text)*)) };
}

/// Prints a line to the console.
#[macro_export]
macro_rules! println {
    () => { $crate::console::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::console::write(format_args!("{}\n", format_args!($($text)*))) };
}
