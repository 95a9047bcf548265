//! CPUs that lack something, little and much memory, and every way to plug the disk in.

use clap::ValueEnum as _;

use super::{Expected, Fault};
use crate::qemu::{Disk, MemorySize};
use crate::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = cpus();
    faults.extend(memory());
    faults.extend(drives());
    faults
}

fn cpus() -> Vec<Fault> {
    let none = |model: &'static str| {
        Fault::halts(&format!("CPU {model}"), "stage2: CPU: it has no ", super::Maker::sealed)
            .machine(|machine| machine.cpu = Some(model.to_owned()))
    };
    let boots = |model: &'static str| {
        Fault::boots(&format!("CPU {model}"), KERNEL_OK, super::Maker::sealed)
            .machine(|machine| machine.cpu = Some(model.to_owned()))
    };
    vec![
        none("486"),
        none("pentium3"),
        none("qemu32"),
        boots("qemu64,-nx"),
        boots("qemu64,-pse,-pse36"),
        boots("qemu64,-pdpe1gb"),
        boots("max"),
    ]
}

fn memory() -> Vec<Fault> {
    let little = [2, 4, 8, 16, 24].map(|mib| {
        Fault::new(&format!("{mib} MiB of memory"), Expected::FoundOrHarmless, super::Maker::sealed)
            .machine(|machine| machine.memory = MemorySize::of_mib(mib))
    });
    let much = [1, 3, 4, 6].map(|gib: u32| {
        Fault::boots(&format!("{gib} GiB of memory"), KERNEL_OK, super::Maker::sealed)
            .machine(|machine| machine.memory = MemorySize::of_mib(gib << 10))
    });
    little.into_iter().chain(much).collect()
}

fn drives() -> Vec<Fault> {
    let mut faults: Vec<_> = Disk::value_variants()
        .iter()
        .filter(|disk| **disk != Disk::Floppy)
        .map(|disk| {
            let name = disk.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            Fault::boots(&format!("disk {name}"), KERNEL_OK, super::Maker::sealed)
                .machine(|machine| machine.disk = *disk)
        })
        .collect();
    faults.push(Fault::boots("a second disk besides", KERNEL_OK, super::Maker::sealed).machine(|machine| {
        machine.extra.extend(["-drive", "if=ide,index=2,driver=null-co,size=16M"].map(str::to_owned));
    }));
    faults.push(
        Fault::boots("a BIOS that writes into the parameter block of a USB stick", KERNEL_OK, |maker| {
            let mut disk = maker.sealed()?;
            disk[boot_layout::disk::BPB].fill(0xFF);
            Ok(disk)
        })
        .machine(|machine| machine.disk = Disk::Usb),
    );
    faults
}
