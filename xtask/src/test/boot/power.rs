//! Boot tests of ACPI's tables, of power-off and of resets: all methods in turn, and each one alone if a
//! machine has it.

use crate::test::scenario::{Emulator, Kernel, Scenario};
use farjump::qemu::{Disk, Machine, Outcome};

const BEFORE: &str = "power: before the end";

pub(super) fn cases() -> Vec<Scenario> {
    let mut cases = vec![Scenario::tests("ACPI's tables are read, and those that lie are refused", "acpi")];
    cases.extend(power_off());
    cases.extend(reset());
    cases
}

/// A kernel that ends the machine in one way. A reset boots again and doesn't end QEMU, so that only switching
/// off ends with status 0.
fn end(name: &str, way: &str) -> Scenario {
    let command_line = format!("exit end={way}");
    Scenario::boot(name, Kernel::Test("power"))
        .command_line(command_line)
        .lines(&[BEFORE])
        .machine(|machine| option(machine, "-action", "reboot=reset"))
}

fn option(machine: &mut Machine, name: &str, value: &str) {
    machine.extra.extend([name.to_owned(), value.to_owned()]);
}

fn q35(machine: &mut Machine) {
    machine.disk = Disk::Ahci;
}

/// QEMU then provides no tables. On a pc there are none; on a q35 SeaBIOS makes its own.
fn without_acpi(machine: &mut Machine) {
    option(machine, "-machine", "acpi=off");
}

fn power_off() -> Vec<Scenario> {
    let by_acpi =
        [BEFORE, "[*] INFO  farjump_kernel::power::soft_off: power off by ACPI: sleep type 0, port 0x604"];
    let no_acpi =
        [BEFORE, "[*] WARN  farjump_kernel::power: power off by ACPI: the firmware has no ACPI tables"];
    let by_hand = [&no_acpi[..], &["This machine can't switch itself off: it may be switched off now."]];
    vec![
        end("poweroff ends QEMU with status 0", "poweroff").lines(&by_acpi).outcome(Outcome::PoweredOff),
        end("poweroff ends a q35 with status 0", "poweroff")
            .lines(&by_acpi)
            .machine(q35)
            .outcome(Outcome::PoweredOff),
        end("poweroff takes the tables that the BIOS made itself", "poweroff")
            .lines(&[
                BEFORE,
                "[*] INFO  farjump_kernel::power::soft_off: power off by ACPI: sleep type 0, port 0xb004",
            ])
            .machine(q35)
            .machine(without_acpi)
            .outcome(Outcome::PoweredOff),
        end("QEMU's port alone switches off", "off-by-qemu").outcome(Outcome::PoweredOff),
        end("QEMU's port is left alone where no hypervisor says that it is one", "off-by-qemu")
            .lines(&[
                BEFORE,
                "[*] INFO  farjump_kernel::power::soft_off: port 0x604 is left alone: this isn't a virtual machine",
                "power: still running",
            ])
            .machine(|machine| machine.cpu = Some("qemu64,-hypervisor".into()))
            .outcome(Outcome::Failed),
        end("a machine that can't be switched off says so", "poweroff")
            .lines(&by_hand.concat())
            .machine(without_acpi)
            .outcome(Outcome::Stopped),
        end("poweroff ends Bochs", "poweroff").emulator(Emulator::Bochs).outcome(Outcome::PoweredOff),
        end("Bochs' port alone switches off", "off-by-bochs")
            .emulator(Emulator::Bochs)
            .outcome(Outcome::PoweredOff),
    ]
}

fn reset() -> Vec<Scenario> {
    let again = |line| [BEFORE, line, "Booting ...", BEFORE];
    let by_acpi = again("[*] INFO  farjump_kernel::power::reset: reset by ACPI: 0xf to Port(cf9)");
    let by_controller =
        again("[*] INFO  farjump_kernel::power::reset: reset by the keyboard controller: 0xfe to port 0x64");
    let by_triple_fault = again("[*] INFO  farjump_kernel::power::reset: reset by a triple fault");
    vec![
        end("reboot boots again, by the keyboard controller where ACPI has no register", "reboot")
            .lines(&by_controller)
            .outcome(Outcome::Stopped),
        end("reboot boots a q35 again, by ACPI's register", "reboot")
            .lines(&by_acpi)
            .machine(q35)
            .outcome(Outcome::Stopped),
        end("ACPI's reset register alone resets", "reset-by-acpi")
            .lines(&by_acpi)
            .machine(q35)
            .outcome(Outcome::Stopped),
        end("the keyboard controller alone resets", "reset-by-keyboard-controller")
            .lines(&by_controller)
            .machine(without_acpi)
            .outcome(Outcome::Stopped),
        end("a triple fault alone resets", "reset-by-triple-fault")
            .lines(&by_triple_fault)
            .outcome(Outcome::Stopped),
        end("reboot without ACPI and keyboard controller ends in a triple fault", "reboot")
            .lines(&by_triple_fault)
            .machine(without_acpi)
            .machine(|machine| option(machine, "-machine", "i8042=off"))
            .outcome(Outcome::Stopped),
    ]
}
