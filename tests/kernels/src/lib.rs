//! What the test kernels share: running named tests, looking into the page tables, a firmware's tables,
//! exceptions on purpose.
//!
//! ```text
//! test list: NAME NAME        all tests of the kernel, before the first one runs
//! test NAME ... ok            a line a test; what the test prints comes in between
//! test NAME ... FAILED        then the report of the panic or exception that it ended by
//! 2 passed, 1 failed, 4 not run
//! ```
//!
//! A test fails by a panic or an exception, and is the last one then: without unwinding nobody can go on after it.
//! | end | QEMU's status |
//! |---|--:|
//! | all tests passed | 33 |
//! | a test failed | 39 |
//! | a panic outside of any test | 35 |
//! | an exception outside of any test | 37 |

#![no_std]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

pub mod firmware;
pub mod fixed_text;
pub mod page_table;
pub mod raise;

use core::sync::atomic::{AtomicUsize, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::fault::{self, Observer};
use farjump_kernel::{print, println};

/// A named test.
pub type Test = (&'static str, fn(&'static BootInfo));

/// Tests that have passed, and tests in all: what is left of a run when one of them doesn't return.
static PASSED: AtomicUsize = AtomicUsize::new(0);
static ALL: AtomicUsize = AtomicUsize::new(0);

/// Runs all tests, says how each went, and ends the machine.
pub fn run(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    farjump_kernel::init(boot_info);
    run_started(boot_info, tests)
}

/// The same on a CPU that is as the loader has left it.
pub fn run_as_entered(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    farjump_kernel::init_console(boot_info);
    run_started(boot_info, tests)
}

/// Runs one test whose panic or exception is what it is to show: the machine ends as any kernel's would.
pub fn run_to_its_end(boot_info: &'static BootInfo, (name, test): Test) -> ! {
    farjump_kernel::init(boot_info);
    print!("test {name} ... ");
    test(boot_info);
    println!("FAILED\nit has returned, and was to end by a panic or an exception\n0 passed, 1 failed");
    exit::exit(ExitCode::Failed)
}

fn run_started(boot_info: &'static BootInfo, tests: &[Test]) -> ! {
    ALL.store(tests.len(), Ordering::Relaxed);
    print!("test list:");
    for (name, _) in tests {
        print!(" {name}");
    }
    println!();
    fault::observe(Observer { before: begin_failure, after: end_failure });
    for (name, test) in tests {
        print!("test {name} ... ");
        test(boot_info);
        println!("ok");
        PASSED.fetch_add(1, Ordering::Relaxed);
    }
    println!("{} passed, 0 failed", tests.len());
    exit::exit(ExitCode::Success)
}

/// Whether the end comes in the midst of a test, and not after the last one.
fn is_testing() -> bool {
    PASSED.load(Ordering::Relaxed) < ALL.load(Ordering::Relaxed)
}

fn begin_failure() {
    if is_testing() {
        println!("FAILED");
    }
}

fn end_failure() {
    if !is_testing() {
        return;
    }
    let passed = PASSED.load(Ordering::Relaxed);
    match ALL.load(Ordering::Relaxed) - passed - 1 {
        0 => println!("{passed} passed, 1 failed"),
        left => println!("{passed} passed, 1 failed, {left} not run"),
    }
    exit::exit(ExitCode::Failed)
}

/// Makes a kernel of tests: an entry point, with requests where there are any, that runs them; `as_entered`,
/// if the toolkit isn't to touch CPU and page tables before; `ends`, for the one test of a kernel that is to end by a
/// panic or an exception.
#[macro_export]
macro_rules! test_kernel {
    (as_entered, $($test:ident),+ $(,)?) => {
        farjump_api::entry_point!(main);

        fn main(boot_info: &'static farjump_api::BootInfo) -> ! {
            $crate::run_as_entered(boot_info, &[$((stringify!($test), $test)),+])
        }
    };
    (ends, $test:ident $(,)?) => {
        farjump_api::entry_point!(main);

        fn main(boot_info: &'static farjump_api::BootInfo) -> ! {
            $crate::run_to_its_end(boot_info, (stringify!($test), $test))
        }
    };
    (requests = $requests:expr, $($test:ident),+ $(,)?) => {
        farjump_api::entry_point!(main, requests = $requests);

        fn main(boot_info: &'static farjump_api::BootInfo) -> ! {
            $crate::run(boot_info, &[$((stringify!($test), $test)),+])
        }
    };
    ($($test:ident),+ $(,)?) => {
        $crate::test_kernel!(requests = farjump_api::KernelRequests::DEFAULT, $($test),+);
    };
}
