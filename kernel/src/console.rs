//! The console: the serial port and the screen that the loader has found, where its lines end.
//!
//! Either may be absent. Neither can stop the kernel: a serial line that takes nothing is waited for once, and then no
//! more until it moves. Anyone may print, in any handler: the console is held with interrupts off, and what comes all
//! the same while it is held is printed after it.
//!
//! | | what is sent leaves |
//! |---|---|
//! | until `start_interrupts` | at once |
//! | then | by the port's interrupt, and at each tick, should the interrupt not come |
//! | from `begin_last_words` or `wait_for_each_byte` on | at once, after all that was queued |

mod deferred;

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use farjump_api::BootInfo;
use x86_64::instructions::interrupts as cpu_interrupts;

use crate::device::KeySink;
use crate::device::screen::Screen;
use crate::device::serial::SerialPort;
use crate::interrupts;
use crate::sync::{IrqMutex, NeverReturns};
use crate::time::{self, Instant};

struct Console {
    serial: Option<SerialPort>,
    screen: Option<Screen>,
}

static CONSOLE: IrqMutex<Console> = IrqMutex::new(Console { serial: None, screen: None });

/// Takes the console over from the loader.
pub(crate) fn init(boot_info: &'static BootInfo) {
    let mut console = CONSOLE.lock();
    console.serial = SerialPort::of_loader(boot_info);
    console.screen = Screen::of_loader(boot_info);
}

/// For a panic before [`init`]: without a BootInfo there is only the first serial port to try.
pub(crate) fn fall_back_to_com1() {
    let mut console = CONSOLE.lock();
    if console.serial.is_none() && console.screen.is_none() {
        console.serial = SerialPort::com1();
    }
}

/// For a report of the end, which may have interrupted a line and doesn't return to it: takes away all locks that
/// printing needs, and has all that is printed leave at once.
pub(crate) fn begin_last_words(proof: &NeverReturns) {
    // What the holder leaves is a line that isn't finished.
    CONSOLE.break_lock(proof);
    deferred::break_lock(proof);
    wait_for_each_byte();
}

/// Sends what is queued, and has all that is printed from now on leave at once: the machine is about to end.
pub(crate) fn wait_for_each_byte() {
    with_serial(SerialPort::wait_for_each);
}

/// Waits until all is sent, if the line moves.
pub fn flush() {
    with_serial(SerialPort::flush);
}

fn with_serial<T>(what: impl FnOnce(&mut SerialPort) -> T) -> Option<T> {
    CONSOLE.try_lock()?.serial.as_mut().map(what)
}

/// Writes to serial port and screen. [`print!`](crate::print) and [`println!`](crate::println) call it.
pub fn write(text: fmt::Arguments<'_>) {
    wait_for_room();
    let Some(mut console) = CONSOLE.try_lock() else { return deferred::keep(text) };
    console.tell_what_is_lost();
    // Infallible: this Write never fails, and a Display that does has no better place to say so.
    let _ = console.write_fmt(text);
    let _ = deferred::flush(&mut *console);
    console.send_what_it_takes();
    if let Some(screen) = &console.screen {
        screen.show_cursor();
    }
}

/// Waits for room in the serial port's queue with interrupts on, where they are: others go on, and no tick is late.
/// With interrupts off, the queue itself waits for the line.
fn wait_for_room() {
    /// A line that has sent nothing for so long stands still.
    const PATIENCE: Duration = Duration::from_millis(200);
    if !HAS_REST.load(Ordering::Relaxed) || !cpu_interrupts::are_enabled() {
        return;
    }
    let (mut sent, mut since) = (0, Instant::now());
    while let Some(now_sent) = with_serial(|serial| (!serial.takes_lines()).then(|| serial.sent())).flatten()
    {
        if now_sent != sent {
            (sent, since) = (now_sent, Instant::now());
        } else if since.elapsed() > PATIENCE {
            with_serial(SerialPort::give_up);
        }
        time::rest();
    }
}

/// Whether the serial port's queue isn't empty.
static HAS_REST: AtomicBool = AtomicBool::new(false);

/// Has the serial port's bytes go to `keys`, and what is printed leave by its interrupt. False where there is no port.
pub(crate) fn start_interrupts(keys: KeySink) -> bool {
    let Some(irq) = CONSOLE.lock().serial.as_ref().map(SerialPort::irq) else { return false };
    interrupts::set_handler(irq, |_| handle());
    interrupts::unmask(irq);
    let sends_by_interrupt = time::ticks_come();
    if sends_by_interrupt {
        time::on_each_tick(send_rest);
    }
    with_serial(|serial| serial.start_interrupts(keys, sends_by_interrupt)).is_some()
}

/// The serial port's interrupt. Nobody holds the console now: interrupts would be off.
fn handle() {
    with_serial(SerialPort::handle);
}

/// At each tick: a port whose interrupts don't come sends all the same.
fn send_rest() {
    if HAS_REST.load(Ordering::Relaxed)
        && let Some(mut console) = CONSOLE.try_lock()
    {
        console.send_what_it_takes();
    }
}

impl Console {
    fn write_line_end(&mut self) {
        self.write_part("\r\n");
    }

    /// Says how much the serial line hasn't taken, as soon as it takes that.
    fn tell_what_is_lost(&mut self) {
        if let Some(lost @ 1..) = self.serial.as_mut().map(SerialPort::take_lost) {
            // Infallible, as above. The last line that was sent may lack its end.
            let _ = writeln!(self, "\nconsole: the serial line stood still, and {lost} bytes are lost");
        }
    }

    fn send_what_it_takes(&mut self) {
        let has_rest = self.serial.as_mut().is_some_and(SerialPort::advance);
        HAS_REST.store(has_rest, Ordering::Relaxed);
    }

    fn write_part(&mut self, text: &str) {
        if let Some(serial) = &mut self.serial {
            serial.write(text.bytes());
        }
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
