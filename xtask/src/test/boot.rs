//! The table of boot tests. To add one, add a row: [`Scenario`] lists what a row can say.

mod apic;
mod devices;
mod disk;
mod in_kernel;
mod interrupts;
mod large_memory;
mod modules;
mod monitor;
mod output;
mod power;
mod signed;
mod threads;
mod traps;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;
use disk_image::{FLOPPY_SIZE, FatKind};

use super::scenario::{Emulator, Firmware, Kernel, Scenario};
use farjump::qemu::{Disk, Machine, MemorySize, Outcome, SerialPort};
use farjump::smoke::{KERNEL_OK, expectation};

/// All boot tests, in the order in which they start.
pub(super) fn scenarios() -> Vec<Scenario> {
    let mut cases = vec![stages(), copied()];
    cases.extend(sizes());
    cases.extend(guarantees());
    cases.extend(output::cases());
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
    cases.extend(Firmware::ALL.into_iter().flat_map(disks));
    cases.extend(volumes());
    cases.extend(disk::cases());
    cases.extend(machines());
    cases.push(bochs());
    cases
}

fn shown(name: &str) -> Scenario {
    Scenario::boot(name, Kernel::Demo).lines(&[KERNEL_OK])
}

fn stages() -> Scenario {
    shown("the stages' lines come in order and to the letter").expected(expectation())
}

/// What the loader guarantees to a kernel: each guarantee has a test kernel in tests/kernels, which checks it and
/// reports the result by its exit status.
fn guarantees() -> Vec<Scenario> {
    vec![
        Scenario::tests("the CPU is in the state that the protocol says", "entry_state"),
        Scenario::tests("the memory map is sorted, disjoint and page-aligned", "memory_map"),
        Scenario::tests("segments have their own rights and .bss is zero", "segments"),
        Scenario::tests("the stack has its size and a guard page", "stack"),
        Scenario::tests("modules and the command line arrive whole", "modules")
            .module("numbers.bin", 1_000_003)
            .module("empty.bin", 0)
            .without_symbols()
            .command_line("exit name=\"größe\" # no comment"),
        Scenario::tests("a position-independent kernel is relocated", "pie"),
        Scenario::tests("a kernel without requests gets the defaults", "no_requests"),
        Scenario::boot("a kernel of another workspace boots", Kernel::Example("own-kernel"))
            .lines(&["Hello from a kernel of your own: *"]),
        Scenario::boot(
            "a kernel of another workspace adds commands to the monitor",
            Kernel::Example("toolkit-kernel"),
        )
        .command_line("run=\"help beats; beats 3; ps; beats three; quit\"")
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
        Scenario::tests("the boot device, SMBIOS and the console are as the machine has them", "boot_info")
            .lines(&["* boot device: Some(Mbr *", "* SMBIOS: 0xf*0"]),
        Scenario::tests("physical memory is mapped where a kernel requests it", "requests"),
        Scenario::boot("a panic is reported as one", Kernel::Test("panic"))
            .lines(&["test panics_with_a_message ... *", "panicked at *", "this panic is wanted"])
            .outcome(Outcome::Panicked),
    ]
}

/// How the kernel library manages memory.
fn memory_of_the_kernel() -> Vec<Scenario> {
    let frames = |size: &str, mib| {
        Scenario::tests(&format!("every usable frame is handed out once and only once, of {size}"), "frames")
            .lines(&["frames handed out: *"])
            .machine(|machine| machine.memory = MemorySize::of_mib(mib))
    };
    vec![
        frames("32 MiB", 32),
        frames("512 MiB", 512),
        frames("6 GiB", 6 << 10).seconds(180),
        Scenario::tests("pages are mapped, guarded, and never both writable and executable", "paging"),
        Scenario::tests("the heap grows to 64 MiB and back, and its end is an error", "heap")
            .lines(&["heap at most: *"]),
        Scenario::tests("the newest CPU has SMEP, SMAP and UMIP switched on", "cpu_protections")
            .machine(|machine| machine.cpu = Some("max".to_owned())),
        Scenario::tests("a CPU without no-execute pages maps what it can", "paging")
            .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        Scenario::boot(
            "out of memory panics only where no error can be returned",
            Kernel::Test("out_of_memory"),
        )
        .lines(&["panicked at *", "memory allocation of 1099511627776 bytes failed"])
        .outcome(Outcome::Panicked),
        // All its tests pass; but a kernel whose start has failed doesn't report success.
        Scenario::tests("a request that takes the kernel's area leaves it without a heap", "area_taken")
            .lines(&["[*] ERROR farjump_kernel: no heap, and nothing can be mapped: *"])
            .outcome(Outcome::Failed),
    ]
}

fn disks(firmware: Firmware) -> impl Iterator<Item = Scenario> {
    Disk::value_variants().iter().map(move |disk| {
        let name = disk.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let scenario = shown(&format!("disk {name}")).machine(|machine| machine.disk = *disk).with(firmware);
        if *disk == Disk::Floppy { scenario.size(FLOPPY_SIZE) } else { scenario }
    })
}

/// Images are FAT12 up to 128 MiB: the others have to be asked for.
fn volumes() -> [Scenario; 2] {
    [FatKind::Fat16, FatKind::Fat32].map(|kind| shown(&format!("a {kind} volume")).fat(kind).size(64 << 20))
}

fn machines() -> Vec<Scenario> {
    vec![
        memory("16 MiB", 16),
        cpu("max"),
        cpu("Nehalem"),
        shown("four CPUs").machine(|machine| machine.smp = 4),
        shown("a machine with no VGA adapter").machine(|machine| machine.vga = false),
        Scenario::boot("a machine with no serial port", Kernel::Demo)
            .machine(|machine| machine.serial = SerialPort::Absent),
        Scenario::boot("a machine with neither serial port nor VGA adapter", Kernel::Demo)
            .machine(no_console),
    ]
}

fn memory(size: &str, mib: u32) -> Scenario {
    shown(&format!("{size} of memory")).machine(|machine| machine.memory = MemorySize::of_mib(mib))
}

fn cpu(model: &str) -> Scenario {
    shown(&format!("CPU {model}")).machine(|machine| machine.cpu = Some(model.to_owned()))
}

fn no_console(machine: &mut Machine) {
    machine.serial = SerialPort::Absent;
    machine.vga = false;
}

/// By DMA: of programmed I/O an emulator's threads take turns at each sector, which on a busy host takes minutes.
fn sizes() -> Vec<Scenario> {
    vec![
        Scenario::boot("a kernel of 64 MiB", Kernel::DemoOfMib(64)).lines(&[KERNEL_OK]),
        Scenario::boot("a kernel of 200 MiB", Kernel::DemoOfMib(200))
            .lines(&[KERNEL_OK])
            .machine(|machine| machine.memory = MemorySize::of_mib(512)),
        shown("a module of 100 MiB").module("large.bin", 100 << 20),
    ]
    .into_iter()
    .map(|case| case.machine(|machine| machine.disk = Disk::Ahci).seconds(180))
    .collect()
}

fn copied() -> Scenario {
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

fn bochs() -> Scenario {
    shown("Bochs boots it as QEMU does").expected(expectation()).emulator(Emulator::Bochs)
}
