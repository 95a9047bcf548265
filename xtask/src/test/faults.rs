//! Faults: each must be reported in its own message within two seconds of guest time, and end in a
//! halt with interrupts off; or else it must be harmless, and the kernel boots.
//!
//! | file | faults of |
//! |---|---|
//! | faults/machine.rs | CPU, memory, unusual disks |
//! | faults/disk.rs | reads, partition table, a disk that was cut off |
//! | faults/volume.rs | FAT, directories, configuration |
//! | faults/kernel.rs | the kernel's ELF file |
//! | faults/a20.rs | address line 20 |
//! | faults/memory_map.rs | the BIOS's memory map |
//! | faults/bios_reads.rs | reads by the BIOS: too short, or only by CHS |
//! | faults/signed.rs | signed images |
//! | faults/flips.rs | single bits, anywhere |
//!
//! Most that the loader's core finds without the machine's help are booted on the host as well, by
//! `tools/host-boot/tests/faults.rs`. One of each kind boots in QEMU every day; the others are left out, for
//! [`LeftOut::HostBoots`](super::scenario::LeftOut).

mod a20;
mod bios_reads;
mod disk;
pub(super) mod flips;
mod injector;
mod kernel;
mod machine;
mod memory_map;
mod signed;
mod volume;

use super::scenario::{LeftOut, Scenario};

/// Leaves out, for `reason`, all of `faults` every day but those with these names.
fn keep(kept: &[&str], reason: LeftOut, faults: Vec<Scenario>) -> Vec<Scenario> {
    for name in kept {
        let is_there = faults.iter().any(|fault| fault.name == format!("faults: {name}"));
        assert!(is_there, "there is no `{name}` to keep");
    }
    let is_kept = |fault: &Scenario| kept.contains(&fault.name.trim_start_matches("faults: "));
    let mark = |fault: Scenario| if is_kept(&fault) { fault } else { fault.left_out(reason) };
    faults.into_iter().map(mark).collect()
}

/// All faults; `flips` is how many bits are flipped in each part of the disk.
pub(super) fn scenarios(flips: Option<u32>) -> Vec<Scenario> {
    let mut faults = machine::faults();
    faults.extend(disk::faults());
    faults.extend(volume::faults());
    faults.extend(kernel::faults());
    faults.extend(a20::faults());
    faults.extend(memory_map::faults());
    faults.extend(bios_reads::faults());
    faults.extend(signed::faults());
    faults.extend(flips::faults(flips));
    faults
}
