//! A thread that faults or, with `panic` on the command line, panics while it holds an `IrqMutex`: it can't end alone,
//! for nothing releases the lock.

#![no_std]
#![no_main]

use farjump_api::BootInfo;
use farjump_kernel::command_line;
use farjump_kernel::sync::IrqMutex;
use farjump_kernel::thread::{self, Builder, ExitReason};
use test_kernels::test_kernel;

test_kernel!(ends, a_thread_ends_under_a_lock);

static LOCK: IrqMutex<()> = IrqMutex::new(());

fn a_thread_ends_under_a_lock(boot_info: &'static BootInfo) {
    let panics = command_line::has_word(boot_info.command_line.get(), "panic");
    assert_eq!(thread::start(thread::default_policy()), Ok(()));
    let holder = Builder::new("holder").spawn(move || {
        let _guard = LOCK.lock();
        if panics {
            panic!("this panic is wanted");
        }
        // SAFETY: raises an exception, and does nothing else.
        unsafe { core::arch::asm!("ud2") };
    });
    let end = holder.expect("there is room for a thread").join_for(100);
    assert_ne!(end, Some(ExitReason::Exited));
    farjump_kernel::println!("the thread has ended alone, with the lock: {end:?}");
}
