//! CPUs that lack something, little and much memory, and every way to plug the disk in.

use boot_shim::Setting;
use clap::ValueEnum as _;

use super::maker::Maker;
use super::shim::Shim;
use super::{Disk as Image, Expected, Fault};
use farjump::qemu::{Disk, MemorySize};
use farjump::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = cpus();
    faults.extend(memory());
    faults.extend(drives());
    faults
}

fn cpus() -> Vec<Fault> {
    let none = |model: &'static str| {
        Fault::halts(&format!("CPU {model}"), "stage2: CPU: it has no long mode", Maker::sealed)
            .machine(|machine| machine.cpu = Some(model.to_owned()))
    };
    let boots = |model: &'static str| {
        Fault::boots(&format!("CPU {model}"), KERNEL_OK, Maker::sealed)
            .machine(|machine| machine.cpu = Some(model.to_owned()))
    };
    vec![
        none("486"),
        none("pentium3"),
        none("qemu32"),
        Fault::boots("CPU qemu64,-nx", "loader: the CPU has no no-execute pages", Maker::sealed)
            .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        boots("qemu64,-pse,-pse36"),
        boots("qemu64,-pdpe1gb"),
        boots("max"),
        without_sse2("qemu64,-sse2"),
        without_sse2("qemu64,-fxsr"),
        odd_registers(),
        machine_check(),
    ]
}

fn without_sse2(model: &'static str) -> Fault {
    Fault::halts(&format!("CPU {model}"), "stage2: CPU: it has no SSE2 or no FXSAVE", Maker::sealed)
        .machine(|machine| machine.cpu = Some(model.to_owned()))
}

/// Firmware that leaves OSXSAVE and LA57 on, say: the kernel must find the registers that it is promised, and the BIOS its
/// own at each service.
fn odd_registers() -> Fault {
    Fault::passes("firmware that leaves bits in control registers and flags", "8 passed, 0 failed", |maker| {
        Shim::new().with(Setting::OddRegisters, 1).before(maker, maker.test_kernel("entry_state")?)
    })
    .machine(|machine| machine.cpu = Some("max".to_owned()))
}

/// In the loader's 64-bit code, which many BIOS services have left and come back to: after an error it stands still there.
fn machine_check() -> Fault {
    const UNCORRECTED: &str = "mce 0 1 0xbd00000000000000 0x5 0x12345000 0x8c";
    let line = "loader: error: machine check: bank 1: status 0xbd00000000000000: uncorrected error, code 0x0, \
                address 0x12345000, misc 0x8c";
    let no_kernel = |maker: &Maker| maker.disk().config("kernel = /nothing.elf\n").make();
    Fault::halts("a machine check in the loader", line, no_kernel).told_when_halted(UNCORRECTED)
}

fn memory() -> Vec<Fault> {
    let little = [2, 4, 8, 16, 24].map(|mib| {
        Fault::new(&format!("{mib} MiB of memory"), Expected::FoundOrHarmless, Maker::sealed)
            .machine(|machine| machine.memory = MemorySize::of_mib(mib))
    });
    let much = [1, 3, 4, 6].map(|gib: u32| {
        let kib = (gib << 20) - FIRMWARES_KIB;
        Fault::boots(
            &format!("{gib} GiB of memory"),
            &format!("loader: {kib} KiB of memory (E820)"),
            Maker::sealed,
        )
        .machine(move |machine| machine.memory = MemorySize::of_mib(gib << 10))
    });
    little.into_iter().chain(much).chain(large_files()).collect()
}

/// Of its memory QEMU's firmware keeps this much: the first page, 9F000h to FFFFFh, and the last 128 KiB below 4 GiB.
const FIRMWARES_KIB: u32 = 520;

/// A module of 256 MiB. AHCI reads it without the CPU.
fn large_files() -> [Fault; 2] {
    let large = |name: &str, expected: Expected, mib: u32| {
        Fault::of(name, expected, |maker| Ok(Image::File(maker.large()?))).machine(move |machine| {
            machine.disk = Disk::Ahci;
            machine.memory = MemorySize::of_mib(mib);
        })
    };
    let refused = Expected::Halt("loader: error: memory: no 268435456 free bytes in one piece".to_owned());
    let taken = Expected::Boot("loader: /modules/numbers.bin: 268435456 bytes at 0x".to_owned());
    [
        large("a module of 256 MiB", taken, 512),
        large("a module of 256 MiB, and 128 MiB of memory", refused, 128),
    ]
}

fn drives() -> Vec<Fault> {
    let mut faults: Vec<_> = Disk::value_variants()
        .iter()
        .filter(|disk| **disk != Disk::Floppy)
        .map(|disk| {
            let name = disk.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            Fault::boots(&format!("disk {name}"), KERNEL_OK, Maker::sealed)
                .machine(|machine| machine.disk = *disk)
        })
        .collect();
    for disk in [Disk::Virtio, Disk::Usb, Disk::Scsi] {
        faults.push(Fault::boots(&format!("a read-only disk, {disk:?}"), KERNEL_OK, Maker::sealed).machine(
            move |machine| {
                machine.disk = disk;
                let read_only =
                    ["-set", "drive.boot-disk.snapshot=off", "-set", "drive.boot-disk.readonly=on"];
                machine.extra.extend(read_only.map(str::to_owned));
            },
        ));
    }
    faults.push(Fault::boots("a second disk besides", KERNEL_OK, Maker::sealed).machine(|machine| {
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
