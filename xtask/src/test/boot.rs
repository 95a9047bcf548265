//! The table of boot tests. To add one, add a row: [`Case`] lists what a row can say.

mod apic;
mod devices;
mod disk;
mod faults;
mod in_kernel;
mod interrupts;
mod large_memory;
mod modules;
mod monitor;
mod power;
mod signed;
mod threads;
mod traps;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;
use disk_image::{FLOPPY_SIZE, FatKind};

use super::case::{Case, Emulator, Kernel};
use farjump::image::Args;
use farjump::qemu::{Disk, Machine, MemorySize, Outcome, SerialPort};
use farjump::smoke::{KERNEL_OK, expectation};

/// All boot tests, in the order in which they start.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![stages(), copied()];
    // They take longest: at the end the other cores would have nothing else to do.
    cases.extend(sizes());
    cases.extend(promises());
    cases.extend(faults::cases());
    cases.extend(power::cases());
    cases.extend(traps::cases());
    cases.extend(monitor::cases());
    cases.extend(in_kernel::cases());
    cases.extend(interrupts::cases());
    cases.extend(threads::cases());
    cases.extend(apic::cases());
    cases.extend(devices::cases());
    cases.extend(memory_of_the_kernel());
    cases.extend(large_memory::cases());
    cases.extend(modules::cases());
    cases.extend(signed::cases());
    cases.extend(disks());
    cases.extend(volumes());
    cases.extend(disk::cases());
    cases.extend(machines());
    cases.push(bochs());
    cases
}

fn shown(name: &str) -> Case {
    Case::new(name, Kernel::Shown).lines(&[KERNEL_OK])
}

fn stages() -> Case {
    shown("the stages' lines come in order and to the letter").expected(expectation())
}

/// What the loader promises a kernel: each has a kernel of its own in tests/kernels, which checks it and
/// reports by its exit.
fn promises() -> Vec<Case> {
    vec![
        Case::new("the CPU is in the state that the protocol says", Kernel::Test("entry_state"))
            .lines(&["8 passed, 0 failed"]),
        Case::new("the memory map is sorted, disjoint and page-aligned", Kernel::Test("memory_map"))
            .lines(&["4 passed, 0 failed"]),
        Case::new("segments have their own rights and .bss is zero", Kernel::Test("segments"))
            .lines(&["5 passed, 0 failed"]),
        Case::new("the stack has its size and a guard page", Kernel::Test("stack"))
            .lines(&["3 passed, 0 failed"]),
        Case::new("modules and the command line arrive whole", Kernel::Test("modules"))
            .lines(&["3 passed, 0 failed"])
            .module("numbers.bin", 1_000_003)
            .module("empty.bin", 0)
            .image(|args| args.no_symbols = true)
            .image(|args| args.cmdline = Some("exit name=\"größe\" # no comment".into())),
        Case::new("a position-independent kernel is relocated", Kernel::TestPie("pie"))
            .lines(&["2 passed, 0 failed"]),
        Case::new("a kernel without requests gets the defaults", Kernel::Test("no_requests"))
            .lines(&["1 passed, 0 failed"]),
        Case::new("a kernel of another workspace boots", Kernel::Example("own-kernel"))
            .lines(&["Hello from a kernel of your own: *"]),
        Case::new(
            "a kernel of another workspace adds commands to the monitor",
            Kernel::Example("toolkit-kernel"),
        )
        .image(|args| args.cmdline = Some("run=\"help beats; beats 3; ps; beats three; quit\"".into()))
        .lines(&[
            "Hello from a kernel on the library",
            "> help beats",
            "beats    COUNT * wait for so many beats of the heart",
            "> beats 3",
            "the heart has beaten 3 times or more",
            "> ps",
            "* heart *",
            "> beats three",
            "beats: \"three\": *",
            "> quit",
        ]),
        Case::new(
            "the boot device, SMBIOS and the console are as the machine has them",
            Kernel::Test("boot_info"),
        )
        .lines(&["* boot device: Some(Mbr *", "* SMBIOS: 0xf*0", "5 passed, 0 failed"]),
        Case::new("physical memory is mapped where a kernel requests it", Kernel::Test("requests"))
            .lines(&["2 passed, 0 failed"]),
        Case::new("a panic is reported as one", Kernel::Test("panic"))
            .lines(&["test panics_with_a_message ... *", "panicked at *", "this panic is wanted"])
            .outcome(Outcome::Panicked),
    ]
}

/// What the kernel's toolkit does with memory.
fn memory_of_the_kernel() -> Vec<Case> {
    let frames = |size: &str, mib| {
        Case::new(
            &format!("every usable frame is handed out once and only once, of {size}"),
            Kernel::Test("frames"),
        )
        .lines(&["frames handed out: *", "5 passed, 0 failed"])
        .machine(|machine| machine.memory = MemorySize::of_mib(mib))
    };
    vec![
        frames("32 MiB", 32),
        frames("512 MiB", 512),
        frames("6 GiB", 6 << 10).seconds(180),
        Case::new(
            "pages are mapped, guarded, and never both writable and executable",
            Kernel::Test("paging"),
        )
        .lines(&["13 passed, 0 failed"]),
        Case::new("the heap grows to 64 MiB and back, and its end is an error", Kernel::Test("heap"))
            .lines(&["heap at most: *", "5 passed, 0 failed"]),
        Case::new("the newest CPU has SMEP, SMAP and UMIP switched on", Kernel::Test("cpu_protections"))
            .lines(&["3 passed, 0 failed"])
            .machine(|machine| machine.cpu = Some("max".to_owned())),
        Case::new("a CPU without no-execute pages maps what it can", Kernel::Test("paging"))
            .lines(&["13 passed, 0 failed"])
            .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        Case::new("out of memory panics only where nobody can be told", Kernel::Test("out_of_memory"))
            .lines(&["panicked at *", "memory allocation of 1099511627776 bytes failed"])
            .outcome(Outcome::Panicked),
        // All its tests pass; but a kernel whose start has failed doesn't report success.
        Case::new(
            "a request that takes the kernel's area leaves it without a heap",
            Kernel::Test("area_taken"),
        )
        .lines(&["[*] ERROR farjump_kernel: no heap, and nothing can be mapped: *", "2 passed, 0 failed"])
        .outcome(Outcome::Failed),
    ]
}

fn disks() -> impl Iterator<Item = Case> {
    Disk::value_variants().iter().map(|disk| {
        let name = disk.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let change = |args: &mut Args| args.size = (*disk == Disk::Floppy).then_some(FLOPPY_SIZE);
        shown(&format!("disk {name}")).image(change).machine(|machine| machine.disk = *disk)
    })
}

/// Images are FAT12 up to 128 MiB: the others have to be asked for.
fn volumes() -> [Case; 2] {
    [FatKind::Fat16, FatKind::Fat32].map(|kind| {
        shown(&format!("a {kind} volume")).image(|args| {
            args.fat = Some(kind);
            args.size = Some(64 << 20);
        })
    })
}

fn machines() -> Vec<Case> {
    vec![
        memory("16 MiB", 16),
        memory("6 GiB", 6 << 10),
        cpu("max"),
        cpu("Nehalem"),
        shown("four CPUs").machine(|machine| machine.smp = 4),
        shown("a machine with no VGA adapter").machine(|machine| machine.vga = false),
        Case::new("a machine with no serial port", Kernel::Shown)
            .machine(|machine| machine.serial = SerialPort::Absent),
        Case::new("a machine with neither serial port nor VGA adapter", Kernel::Shown).machine(deaf_and_mute),
    ]
}

fn memory(size: &str, mib: u32) -> Case {
    shown(&format!("{size} of memory")).machine(|machine| machine.memory = MemorySize::of_mib(mib))
}

fn cpu(model: &str) -> Case {
    shown(&format!("CPU {model}")).machine(|machine| machine.cpu = Some(model.to_owned()))
}

fn deaf_and_mute(machine: &mut Machine) {
    machine.serial = SerialPort::Absent;
    machine.vga = false;
}

/// By DMA: of programmed I/O an emulator's threads take turns at each sector, which on a busy host takes minutes.
fn sizes() -> Vec<Case> {
    vec![
        Case::new("a kernel of 64 MiB", Kernel::ShownOfMib(64)).lines(&[KERNEL_OK]),
        Case::new("a kernel of 200 MiB", Kernel::ShownOfMib(200))
            .lines(&[KERNEL_OK])
            .machine(|machine| machine.memory = MemorySize::of_mib(512)),
        shown("a module of 100 MiB").module("large.bin", 100 << 20),
    ]
    .into_iter()
    .map(|case| case.machine(|machine| machine.disk = Disk::Ahci).seconds(180))
    .collect()
}

fn copied() -> Case {
    shown("a copy of the image by dd boots the same").expected(expectation()).finish(copy_by_dd)
}

fn copy_by_dd(image: &Path) -> Result<PathBuf> {
    let copy = image.with_extension("dd.img");
    if cfg!(unix) {
        let (from, to) = (format!("if={}", image.display()), format!("of={}", copy.display()));
        let output = Command::new("dd").args([from, to, "bs=1048576".into()]).output();
        let output = output.context("can't start dd")?;
        ensure!(output.status.success(), "dd: {}", String::from_utf8_lossy(&output.stderr));
    } else {
        std::fs::copy(image, &copy)?;
    }
    Ok(copy)
}

fn bochs() -> Case {
    shown("Bochs boots it as QEMU does").expected(expectation()).emulator(Emulator::Bochs)
}
