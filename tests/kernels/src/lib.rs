//! What the test kernels share: running named tests, looking into the page
//! tables,
//! a timer, exceptions on purpose.
//!
//! A test fails by a panic: the panic handler prints where and why and ends the machine with the panic's
//! status.

#![no_std]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

pub mod fixed_text;
pub mod page_table;
pub mod pit;
pub mod raise;

use boot_protocol::BootInfo;
use kernel::exit::{self, ExitCode};
use kernel::{print, println};

/// A named test.
pub type Test = (&'static str, fn(&'static BootInfo));

/// Runs all tests, says how each went, and ends the machine.
pub fn run(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    kernel::init(boot_info);
    run_started(boot_info, tests)
}

/// The same on a CPU that is as the loader has left it.
pub fn run_as_entered(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    kernel::init_console(boot_info);
    run_started(boot_info, tests)
}

fn run_started(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    for (name, test) in tests {
        print!("test {name} ... ");
        test(boot_info);
        println!("ok");
    }
    println!("{} passed, 0 failed", tests.len());
    exit::exit(ExitCode::Success)
}

/// Makes a kernel of tests: an entry point, with wishes where there are any, that runs them; `as_entered`,
/// if the toolkit isn't to touch CPU and page tables before.
#[macro_export]
macro_rules! test_kernel {
    (as_entered, $($test:ident),+ $(,)?) => {
        boot_protocol::entry_point!(main);

        fn main(boot_info: &'static boot_protocol::BootInfo) -> ! {
            $crate::run_as_entered(boot_info, &[$((stringify!($test), $test)),+])
        }
    };
    (wishes = $wishes:expr, $($test:ident),+ $(,)?) => {
        boot_protocol::entry_point!(main, wishes = $wishes);

        fn main(boot_info: &'static boot_protocol::BootInfo) -> ! {
            $crate::run(boot_info, &[$((stringify!($test), $test)),+])
        }
    };
    ($($test:ident),+ $(,)?) => {
        $crate::test_kernel!(wishes = boot_protocol::Wishes::DEFAULT, $($test),+);
    };
}
