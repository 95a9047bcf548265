//! The timestamps that were taken on the way to the kernel, printed for people and for `cargo xtask bench boot`.

use farjump_api::BootInfo;

use crate::println;

/// Prints a line for each phase of the boot, and one for the kernel's first instruction, `started`.
pub fn print(boot_info: &BootInfo, started: u64) {
    for entry in boot_info.timeline.get() {
        println!("timeline: {} {}", entry.phase, entry.tsc);
    }
    println!("timeline: kernel entry {started}");
}
