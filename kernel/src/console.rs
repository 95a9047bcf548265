//! The console: the serial port and the screen that the loader has found, where its lines end.
//!
//! Either may be absent. Neither can stop the kernel: a character that the serial port doesn't take in time
//! is lost.

use core::fmt::{self, Write};

use boot_protocol::BootInfo;
use spin::Mutex;
use text_screen::{Cursor, TextScreen};
use uart_16550::Uart16550;
use uart_16550::backend::PioBackend;
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::port::PortWriteOnly;

/// How often a character is offered to the serial port: some 65 ms on an ISA bus.
const TRIES: u32 = 0x1_0000;

struct Console {
    serial: Option<Uart16550<PioBackend>>,
    screen: Option<TextScreen<'static>>,
}

static CONSOLE: Mutex<Console> = Mutex::new(Console { serial: None, screen: None });

/// Takes the console over from the loader.
pub(crate) fn init(boot_info: &'static BootInfo) {
    let mut console = CONSOLE.lock();
    console.serial = serial(boot_info);
    console.screen = screen(boot_info);
}

/// For a panic before [`init`]: without a BootInfo there is only the first serial port to try.
pub(crate) fn fall_back_to_com1() {
    const COM1: u16 = 0x3F8;
    let mut console = CONSOLE.lock();
    if console.serial.is_none() && console.screen.is_none() {
        // SAFETY: COM1 or nothing: no other device is at this port, and no other driver in this kernel.
        console.serial = unsafe { Uart16550::new_port(COM1) }.ok();
    }
}

/// Whether what was interrupted is writing: who asks mustn't write then.
pub(crate) fn is_locked() -> bool {
    CONSOLE.is_locked()
}

/// For a handler that may have interrupted a line and doesn't return to it.
pub(crate) fn break_lock() {
    // SAFETY: there is one CPU, and the holder, if there is one, never runs again.
    unsafe { CONSOLE.force_unlock() };
}

/// Writes to serial port and screen. [`print!`](crate::print) and [`println!`](crate::println) call it.
pub fn write(text: fmt::Arguments<'_>) {
    // An interrupt's handler may print too.
    without_interrupts(|| {
        // Infallible: this Write never fails, and a Display that does has no better place to say so.
        let _ = CONSOLE.lock().write_fmt(text);
    });
}

fn serial(boot_info: &BootInfo) -> Option<Uart16550<PioBackend>> {
    let port = boot_info.console.serial_port;
    if port == 0 {
        return None;
    }
    // SAFETY: the loader has found a UART there, and has left it to the kernel, which has this one driver.
    unsafe { Uart16550::new_port(port) }.ok()
}

fn screen(boot_info: &BootInfo) -> Option<TextScreen<'static>> {
    let screen = boot_info.console.screen;
    if screen.physical_address == 0 {
        return None;
    }
    let address = boot_info.physical_memory_offset + screen.physical_address;
    let cells = usize::from(screen.columns) * usize::from(screen.rows);
    let first = core::ptr::with_exposed_provenance_mut(address as usize);
    // SAFETY: the adapter's memory, mapped with all physical memory; the loader is gone, and nothing else
    // in the kernel refers to it.
    let cells = unsafe { core::slice::from_raw_parts_mut(first, cells) };
    let cursor = Cursor { column: screen.cursor_column.into(), row: screen.cursor_row.into() };
    TextScreen::new(cells, screen.columns.into(), cursor)
}

/// Moves the blinking cursor to where the next character goes.
///
/// Source: VGA's CRT controller, registers 0Eh and 0Fh: the cursor's cell, upper and lower byte.
fn move_hardware_cursor(screen: &TextScreen<'_>) {
    const CRTC_INDEX: u16 = 0x3D4;
    const CRTC_DATA: u16 = 0x3D5;
    const CURSOR_HIGH: u8 = 0x0E;
    const CURSOR_LOW: u8 = 0x0F;
    let Cursor { column, row } = screen.cursor();
    let cell = u16::try_from(row * screen.columns() + column).unwrap_or(u16::MAX);
    let [low, high] = cell.to_le_bytes();
    for (register, value) in [(CURSOR_HIGH, high), (CURSOR_LOW, low)] {
        // SAFETY: selects one of the cursor's registers.
        unsafe { PortWriteOnly::<u8>::new(CRTC_INDEX).write(register) };
        // SAFETY: any cell may have the cursor; one outside the screen hides it.
        unsafe { PortWriteOnly::<u8>::new(CRTC_DATA).write(value) };
    }
}

impl Console {
    fn write_line_end(&mut self) {
        self.send(b'\r');
        self.send(b'\n');
        if let Some(screen) = &mut self.screen {
            screen.write("\r\n");
            move_hardware_cursor(screen);
        }
    }

    fn send(&mut self, byte: u8) {
        if let Some(serial) = &mut self.serial {
            // The last try's error is the byte's loss: there is nobody else to tell.
            let _sent = (0..TRIES).any(|_| serial.try_send_byte(byte).is_ok());
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

impl Console {
    fn write_part(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.send(byte));
        if let Some(screen) = &mut self.screen {
            screen.write(text);
        }
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
