//! What the test kernels share: running named tests, and looking into the page tables.
//!
//! A test fails by a panic: the panic handler prints where and why and ends the machine with the panic's
//! status.

#![no_std]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

pub mod page_table;

use boot_protocol::BootInfo;
use kernel::exit::{self, ExitCode};
use kernel::{print, println};

/// A named test.
pub type Test = (&'static str, fn(&'static BootInfo));

/// Runs all tests, says how each went, and ends the machine.
pub fn run(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    kernel::init(boot_info);
    for (name, test) in tests {
        print!("test {name} ... ");
        test(boot_info);
        println!("ok");
    }
    println!("{} passed, 0 failed", tests.len());
    exit::exit(ExitCode::Success)
}

/// Makes a kernel of tests: an entry point, with wishes where there are any, that runs them.
#[macro_export]
macro_rules! test_kernel {
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
