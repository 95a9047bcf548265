//! Ends the machine in the way that the command line names: `end=WAY`.
//!
//! Whatever comes after it is a failure: the way was to be the last. `reboot` and `poweroff` go through all ways.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, entry_point};
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::power::{self, reset, soft_off};
use farjump_kernel::{command_line, println};

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    farjump_kernel::init(boot_info);
    println!("power: before the end");
    match command_line::value(boot_info.command_line.get(), "end") {
        Some("reboot") => power::reboot(),
        Some("poweroff") => power::power_off(),
        Some("reset-by-acpi") => println!("{:?}", reset::by_acpi()),
        Some("reset-by-keyboard-controller") => reset::by_keyboard_controller(),
        Some("reset-by-triple-fault") => reset::by_triple_fault(),
        Some("off-by-acpi") => println!("{:?}", soft_off::by_acpi()),
        Some("off-by-qemu") => soft_off::by_qemu(),
        Some("off-by-bochs") => soft_off::by_bochs(),
        other => println!("end={other:?} isn't known"),
    }
    println!("power: still running");
    exit::exit(ExitCode::Failed)
}
