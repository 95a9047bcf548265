//! `boot`: how the kernel came here.

use farjump_api::{BootDevice, BootInfo, PartitionId};
use farjump_fs::gpt::Guid;

use super::Monitor;
use super::command::{Command, CommandError};
use super::time::tsc_rate;
use crate::{print, println};

/// In a second.
const MICROSECONDS: u64 = 1_000_000;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "boot",
    synopsis: "",
    help: "drive, command line, modules, and how long each step of the boot took",
    run: boot,
}];

fn boot<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    let boot_info = crate::boot::info().ok_or(CommandError::Refused("there is no BootInfo"))?;
    print_device(&boot_info.boot_device);
    println!("command line: {:?}", boot_info.command_line.get());
    for module in boot_info.modules.get() {
        println!("module {}, {} bytes", module.name.get(), module.bytes.get().len());
    }
    print_timeline(boot_info);
    Ok(())
}

fn print_device(device: &BootDevice) {
    if let Some(drive) = device.bios_drive() {
        print!("drive {drive:02X}h, ");
    }
    match device.partition() {
        Some(PartitionId::Mbr { disk_signature, entry, partition_type }) => {
            print!(
                "disk signature {disk_signature:08x}, partition {} of type {partition_type:02X}h",
                entry + 1
            );
        }
        Some(PartitionId::Gpt { disk, partition, entry }) => {
            print!("disk {}, GPT partition {}, {}", Guid(disk), entry + 1, Guid(partition));
        }
        None => print!("a partition table of unknown kind"),
    }
    println!(" at sector {}, {} sectors", device.partition_lba, device.partition_sectors);
}

/// The steps since the first that is known, in microseconds; in cycles of the time-stamp counter where its rate isn't
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
