//! Boot tests of what interrupts come through: APICs, or the 8259s where those can't be used.

use super::interrupts::on_virtual_time;
use crate::test::scenario::{Emulator, Kernel, Scenario};
use farjump::qemu::{Disk, Machine};

const BY_APIC: &str = "*interrupts come through the I/O APIC";
const BY_PIC: &str = "*interrupts come through the 8259 PIC";

pub(super) fn cases() -> Vec<Scenario> {
    vec![
        interrupts("the I/O APIC of a pc", "exit", &[BY_APIC]),
        interrupts("the 8259s, by irq=pic", "exit irq=pic", &[BY_PIC]),
        interrupts("the I/O APIC of a q35", "exit", &[BY_APIC]).machine(|machine| machine.disk = Disk::Ahci),
        interrupts("the I/O APIC, with four CPUs", "exit", &[BY_APIC]).machine(|machine| machine.smp = 4),
        interrupts(
            "the 8259s of a CPU without an APIC",
            "exit",
            &["*no I/O APIC: the CPU has no local APIC", BY_PIC],
        )
        .machine(|machine| machine.cpu = Some("qemu64,-apic".into())),
        interrupts(
            "the 8259s, without ACPI",
            "exit",
            &["*no I/O APIC: the firmware has no ACPI tables", BY_PIC],
        )
        .machine(without_acpi),
        interrupts(
            "the I/O APIC, where irq= names no controller",
            "exit irq=fast",
            &["*irq=fast: no such interrupt controller; use apic or pic", BY_APIC],
        ),
        choice("an I/O APIC where memory is isn't written to", "memory").lines(&[
            "*no I/O APIC: an I/O APIC: 0x* is memory, and no device's register",
            BY_PIC,
            "interrupts come",
        ]),
        choice("tables without an I/O APIC leave the 8259s", "none").lines(&[
            "*no I/O APIC: ACPI names no I/O APIC with the timer's line",
            BY_PIC,
            "interrupts come",
        ]),
        choice("an I/O APIC that isn't there leaves the 8259s", "absent").lines(&[
            "*no I/O APIC: an I/O APIC: nothing answers at 0xfec10000",
            BY_PIC,
            "interrupts come",
        ]),
        choice("what the firmware has left unmasked in the local APIC blocks nothing", "leftovers").lines(&[
            BY_APIC,
            "leftovers are masked",
            "interrupts come",
        ]),
        choice("what the firmware has left unmasked blocks no 8259 either", "leftovers irq=pic").lines(&[
            BY_PIC,
            "leftovers are masked",
            "interrupts come",
        ]),
        choice("an x2APIC that the firmware has switched on stays one", "x2apic")
            .emulator(Emulator::Bochs)
            .lines(&["*interrupts come through the I/O APIC, x2APIC", "interrupts come"]),
    ]
}

/// All that has to hold of interrupts, through this controller.
fn interrupts(through: &str, command_line: &str, lines: &[&str]) -> Scenario {
    let command_line = command_line.to_owned();
    Scenario::tests(&format!("interrupts come through {through}"), "interrupts")
        .command_line(command_line)
        .lines(lines)
        .machine(on_virtual_time)
}

fn choice(name: &str, firmware: &str) -> Scenario {
    let command_line = format!("exit firmware={firmware}");
    Scenario::boot(name, Kernel::Test("apic_choice")).command_line(command_line)
}

fn without_acpi(machine: &mut Machine) {
    machine.extra.extend(["-machine", "acpi=off"].map(String::from));
}
