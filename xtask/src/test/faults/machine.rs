//! CPUs that lack something, little and much memory, and unusual disks.

use boot_shim::Setting;

use super::injector::Injector;
use super::keep;
use crate::test::expected::Expected;
use crate::test::image_builder::ImageBuilder;
use crate::test::scenario::{Bytes, LeftOut, Scenario};
use farjump::qemu::{Disk, MemorySize};
use farjump::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Scenario> {
    let mut faults = cpus();
    faults.extend(memory());
    faults.extend(drives());
    faults
}

fn cpus() -> Vec<Scenario> {
    let none = |model: &'static str| {
        Scenario::halts(&format!("CPU {model}"), "stage2: CPU: it has no long mode", ImageBuilder::standard)
            .machine(|machine| machine.cpu = Some(model.to_owned()))
    };
    let boots = |model: &'static str| {
        Scenario::survives(&format!("CPU {model}"), KERNEL_OK, ImageBuilder::standard)
            .machine(|machine| machine.cpu = Some(model.to_owned()))
    };
    let old = vec![none("486"), none("pentium3"), none("qemu32")];
    let others = [
        Scenario::survives(
            "CPU qemu64,-nx",
            "loader: the CPU has no no-execute pages",
            ImageBuilder::standard,
        )
        .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        boots("qemu64,-pse,-pse36"),
        boots("qemu64,-pdpe1gb"),
        without_sse2("qemu64,-sse2"),
        without_sse2("qemu64,-fxsr"),
        unusual_registers(),
        machine_check(),
    ];
    let mut faults = keep(&["CPU qemu32"], LeftOut::Varies, old);
    faults.extend(others);
    faults
}

fn without_sse2(model: &'static str) -> Scenario {
    Scenario::halts(
        &format!("CPU {model}"),
        "stage2: CPU: it has no SSE2 or no FXSAVE",
        ImageBuilder::standard,
    )
    .machine(|machine| machine.cpu = Some(model.to_owned()))
}

/// Firmware that leaves OSXSAVE and LA57 on, say: the kernel must find the guaranteed registers, and the BIOS its
/// own at each service.
fn unusual_registers() -> Scenario {
    let name = "firmware that leaves bits in control registers and flags";
    Scenario::survives_tests(name, "entry_state", |builder, disk| {
        Injector::new().with(Setting::UnusualRegisters, 1).before(builder, disk)
    })
    .machine(|machine| machine.cpu = Some("max".to_owned()))
}

/// In the loader's 64-bit code, after many BIOS services: after an error the loader halts there.
fn machine_check() -> Scenario {
    const UNCORRECTED: &str = "mce 0 1 0xbd00000000000000 0x5 0x12345000 0x8c";
    let line = "loader: error: machine check: bank 1: status 0xbd00000000000000: uncorrected error, code 0x0, \
                address 0x12345000, misc 0x8c";
    let no_kernel = |builder: &ImageBuilder| builder.disk().config("kernel = /nothing.elf\n").make();
    Scenario::halts("a machine check in the loader", line, no_kernel).told_when_halted(UNCORRECTED)
}

fn memory() -> Vec<Scenario> {
    let little = [2, 4, 8, 24].map(|mib| {
        Scenario::boots_or_halts(&format!("{mib} MiB of memory"), ImageBuilder::standard)
            .machine(|machine| machine.memory = MemorySize::of_mib(mib))
    });
    let much = [1, 3, 4, 6].map(|gib: u32| {
        let kib = (gib << 20) - FIRMWARES_KIB;
        Scenario::survives(
            &format!("{gib} GiB of memory"),
            &format!("loader: {kib} KiB of memory (E820)"),
            ImageBuilder::standard,
        )
        .machine(move |machine| machine.memory = MemorySize::of_mib(gib << 10))
    });
    let kept = ["4 MiB of memory", "24 MiB of memory", "1 GiB of memory", "6 GiB of memory"];
    let faults = little.into_iter().chain(much).collect();
    keep(&kept, LeftOut::Varies, faults).into_iter().chain(large_files()).collect()
}

/// Of its memory QEMU's firmware keeps this much: the first page, 9F000h to FFFFFh, and the last 128 KiB below 4 GiB.
const FIRMWARES_KIB: u32 = 520;

/// A module of 256 MiB. AHCI reads it without the CPU.
fn large_files() -> [Scenario; 2] {
    let large = |name: &str, expected: Expected, mib: u32| {
        Scenario::fault(name, expected, |builder| Ok(Bytes::File(builder.large()?))).machine(move |machine| {
            machine.disk = Disk::Ahci;
            machine.memory = MemorySize::of_mib(mib);
        })
    };
    let refused = Expected::halt("loader: error: memory: no 268435456 contiguous free bytes below 4 GiB");
    let taken = Expected::boot("loader: /modules/numbers.bin: 268435456 bytes at 0x");
    [
        large("a module of 256 MiB", taken, 512),
        large("a module of 256 MiB, and 128 MiB of memory", refused, 128),
    ]
}

fn drives() -> Vec<Scenario> {
    let mut faults = Vec::new();
    for disk in [Disk::Virtio, Disk::Usb, Disk::Scsi] {
        faults.push(
            Scenario::survives(&format!("a read-only disk, {disk:?}"), KERNEL_OK, ImageBuilder::standard)
                .machine(move |machine| {
                    machine.disk = disk;
                    let read_only =
                        ["-set", "drive.boot-disk.snapshot=off", "-set", "drive.boot-disk.readonly=on"];
                    machine.extra.extend(read_only.map(str::to_owned));
                }),
        );
    }
    let mut faults = keep(&["a read-only disk, Virtio"], LeftOut::Varies, faults);
    faults.push(Scenario::survives("a second disk besides", KERNEL_OK, ImageBuilder::standard).machine(
        |machine| {
            machine.extra.extend(["-drive", "if=ide,index=2,driver=null-co,size=16M"].map(str::to_owned));
        },
    ));
    faults.push(
        Scenario::survives(
            "a BIOS that writes into the parameter block of a USB stick",
            KERNEL_OK,
            |builder| {
                let mut disk = builder.standard()?;
                disk[boot_layout::disk::BPB].fill(0xFF);
                Ok(disk)
            },
        )
        .machine(|machine| machine.disk = Disk::Usb),
    );
    faults
}
