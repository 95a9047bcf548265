//! A module in which a thread runs isn't unloaded.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicBool, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::module::{self, ModuleError};
use farjump_kernel::thread::{self, Builder};
use test_kernels::test_kernel;

test_kernel!(a_module_in_which_a_thread_runs_is_not_unloaded);

static HAS_ENTERED: AtomicBool = AtomicBool::new(false);
static MAY_LEAVE: AtomicBool = AtomicBool::new(false);

/// Called by the module, in the thread.
extern "C" fn stay(_: *const u8, _: usize) {
    HAS_ENTERED.store(true, Ordering::Release);
    while !MAY_LEAVE.load(Ordering::Acquire) {
        thread::yield_now();
    }
}

fn run_in_the_module() {
    let calculator = module::find("calculator").expect("it is loaded");
    type EachOperation = extern "C" fn(extern "C" fn(*const u8, usize));
    // SAFETY: the type that modules/calculator says.
    let each_operation =
        unsafe { calculator.get::<EachOperation>(b"each_operation") }.expect("it is exported");
    each_operation(stay);
}

fn a_module_in_which_a_thread_runs_is_not_unloaded(_: &'static BootInfo) {
    thread::start(thread::default_policy()).expect("threads weren't started before");
    let file = module::in_memory("calculator").expect("the loader has put it into memory");
    // SAFETY: a module of the project's.
    unsafe { module::load("calculator", file) }.expect("it is good");
    let thread = Builder::new("caller").spawn(run_in_the_module).expect("there is memory");
    while !HAS_ENTERED.load(Ordering::Acquire) {
        thread::yield_now();
    }
    assert_eq!(module::unload("calculator"), Err(ModuleError::InUse(1)));
    MAY_LEAVE.store(true, Ordering::Release);
    thread.join();
    assert_eq!(module::unload("calculator"), Ok(()));
}
