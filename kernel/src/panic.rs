//! The panic handler: says where and why, then ends.

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::exit::{self, ExitCode};
use crate::{console, println};

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    static PANICKING: AtomicBool = AtomicBool::new(false);
    // A panic while this one is printed: nothing that prints can be trusted any more.
    if !PANICKING.swap(true, Ordering::Relaxed) {
        console::break_lock();
        console::fall_back_to_com1();
        println!("\n{info}");
    }
    exit::finish(ExitCode::Panic)
}
