//! The smallest kernel that `cargo xtask bench boot` can measure: it prints the loader's stamps and its own.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, entry_point};
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::{cpu, println, timeline};

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    let started = cpu::time_stamp();
    farjump_kernel::init_console(boot_info);
    timeline::print(boot_info, started);
    println!("Kernel: OK");
    exit::finish(ExitCode::Success)
}
