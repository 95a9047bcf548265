//! The panic handler: says where and why and who called, then ends.

use core::panic::PanicInfo;

use crate::arch::backtrace::Backtrace;
use crate::ending::{self, Ending};
use crate::exit::{self, ExitCode};
use crate::{console, print, println};

#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(info: &PanicInfo<'_>) -> ! {
    match ending::begin() {
        Ending::First => {
            console::break_locks();
            console::fall_back_to_com1();
            ending::report(|| {
                println!("\n{info}");
                print!("{}", Backtrace::here());
            });
        }
        Ending::Second => {
            console::break_locks();
            // Its message may be what panics.
            if let Some(place) = info.location() {
                println!("\npanicked at {place} while the end was being reported");
            }
        }
        Ending::Later => {}
    }
    exit::finish(ExitCode::Panic)
}
