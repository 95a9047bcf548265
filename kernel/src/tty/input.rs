//! Input: keys from keyboard and serial port, in one queue.
//!
//! Interrupt handlers fill it. What comes when it is full is lost, and counted: a storm of bytes takes time, and
//! nothing else.

use core::sync::atomic::{AtomicBool, Ordering};

use farjump_line_editor::InputQueue;
pub use farjump_line_editor::Key;

use crate::console;
use crate::device::{KeySink, keyboard};
use crate::sync::IrqMutex;
use crate::thread::{self, WaitChannel};

/// Keys that may wait: a few lines of text that is pasted.
const CAPACITY: usize = 512;

static QUEUE: IrqMutex<InputQueue<CAPACITY>> = IrqMutex::new(InputQueue::new());

/// Whether any device may fill it.
static HAS_SOURCE: AtomicBool = AtomicBool::new(false);

/// Has keyboard and serial port fill the queue.
pub(crate) fn init() {
    let keys = KeySink { push, can_push };
    let has_keyboard = keyboard::init(keys);
    let has_serial_port = console::start_interrupts(keys);
    HAS_SOURCE.store(has_keyboard || has_serial_port, Ordering::Relaxed);
}

/// Adds a key: for a driver's interrupt handler.
pub fn push(key: Key) {
    QUEUE.lock().push(key);
    thread::wake_one(WaitChannel::of(&QUEUE));
}

/// Whether a key can be added without waiting. It can't in the handler of an exception or of a
/// non-maskable interrupt that has interrupted the holder of the queue or of the threads.
fn can_push() -> bool {
    QUEUE.try_lock().is_some() && thread::can_wake()
}

/// The next key, if one waits.
#[must_use]
pub fn try_next() -> Option<Key> {
    QUEUE.lock().pop()
}

/// Waits for the next key; other threads run meanwhile, or the CPU is halted. `None` where there is no device that
/// could send one.
#[must_use]
pub fn next() -> Option<Key> {
    if !HAS_SOURCE.load(Ordering::Relaxed) {
        return None;
    }
    Some(thread::wait_until(WaitChannel::of(&QUEUE), try_next))
}

/// Whether Ctrl-C waits; if so, it is taken, with all that was typed before it. For a command that takes long.
#[must_use]
pub fn take_interrupt() -> bool {
    QUEUE.lock().take_up_to(Key::Interrupt)
}

/// Keys that were lost because the queue was full.
#[must_use]
pub fn lost() -> u64 {
    QUEUE.lock().lost()
}
