//! `boot`: how the kernel came here.

use farjump_api::BootInfo;

use super::Monitor;
use super::command::{Command, CommandError};
use super::time::tsc_rate;
use crate::println;

/// In a second.
const MICROSECONDS: u64 = 1_000_000;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "boot",
    synopsis: "",
    help: "drive, command line, modules, and how long each step of the boot took",
    run: boot,
}];

fn boot<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    let boot_info = crate::boot::info().ok_or(CommandError::Rejected("there is no BootInfo"))?;
    print_device(boot_info);
    println!("command line: {:?}", boot_info.command_line.get());
    for module in boot_info.modules.get() {
        println!("module {}, {} bytes", module.name.get(), module.bytes.get().len());
    }
    print_timeline(boot_info);
    Ok(())
}

fn print_device(boot_info: &BootInfo) {
    let device = &boot_info.boot_device;
    println!(
        "drive {:02X}h, disk signature {:08x}, partition {} of type {:02X}h at sector {}, {} sectors",
        device.drive,
        device.disk_signature,
        device.partition + 1,
        device.partition_type,
        device.partition_lba,
        device.partition_sectors
    );
}

/// The steps since the first that is known, in microseconds; in cycles of the time stamp counter where its rate isn't
/// known yet.
fn print_timeline(boot_info: &BootInfo) {
    let entries = boot_info.timeline.get();
    let Some(first) = entries.first() else { return };
    let (cycles_per_unit, unit) = match tsc_rate() {
        Some((hertz, _)) if hertz >= MICROSECONDS => (hertz / MICROSECONDS, "us"),
        _ => (1, "cycles"),
    };
    let mut last = first.tsc;
    println!("{:16}{unit:>12}{:>16}", "reached", "since the last");
    for entry in entries {
        let since = |earlier| entry.tsc.saturating_sub(earlier) / cycles_per_unit;
        println!("{:16}{:>12}{:>16}", entry.phase, since(first.tsc), since(last));
        last = entry.tsc;
    }
}
