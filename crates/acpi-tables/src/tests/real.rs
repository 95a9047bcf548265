//! What is read from the tables of QEMU's machines.

use super::{PC, Q35};
use crate::fadt::{AcpiEnable, Fadt, Register};
use crate::madt::{Entry, IoApic, Line, LocalNmi, Madt, Signal};
use crate::soft_off::SleepType;
use crate::{Error, Signature, Tables};

const HIGH_LEVEL: Signal = Signal { active_low: false, level_triggered: true };

#[test]
fn a_pc_switches_off_by_port_604_and_has_no_reset_register() {
    let memory = PC.memory();
    let tables = Tables::open(&memory, PC.rsdp_address).unwrap();
    let fadt = Fadt::find(&tables).unwrap();
    assert_eq!(fadt.pm1a_control(), Ok(0x604));
    assert_eq!(fadt.pm_timer(), Some(0x608));
    assert_eq!(fadt.pm1b_control(), None);
    assert_eq!(fadt.acpi_enable(), Some(AcpiEnable { port: 0xB2, value: 0xF1 }));
    assert_eq!(fadt.reset(), Err(Error::NoRegister("reset register")));
    assert_eq!(fadt.century_register(), Some(0x32));
    assert_eq!(SleepType::find(&tables, &fadt), Ok(SleepType { a: 0, b: 0 }));
}

#[test]
fn a_q35_resets_by_port_cf9() {
    let memory = Q35.memory();
    let tables = Tables::open(&memory, Q35.rsdp_address).unwrap();
    let fadt = Fadt::find(&tables).unwrap();
    assert_eq!(fadt.reset(), Ok((Register::Port(0xCF9), 0x0F)));
    assert_eq!(fadt.pm1a_control(), Ok(0x604));
    assert_eq!(fadt.pm_timer(), Some(0x608));
    assert_eq!(fadt.acpi_enable(), Some(AcpiEnable { port: 0xB2, value: 2 }));
    assert_eq!(SleepType::find(&tables, &fadt), Ok(SleepType { a: 0, b: 0 }));
}

#[test]
fn the_timer_comes_on_line_2_and_pci_by_level() {
    let memory = PC.memory();
    let tables = Tables::open(&memory, PC.rsdp_address).unwrap();
    let madt = Madt::find(&tables).unwrap();
    let io_apics: Vec<_> = madt.io_apics().collect();
    assert_eq!(io_apics, [IoApic { id: 0, address: 0xFEC0_0000, first_line: 0 }]);
    assert_eq!(madt.isa_line(0), Some(Line { number: 2, signal: Signal::default() }));
    assert_eq!(madt.isa_line(1), Some(Line { number: 1, signal: Signal::default() }));
    assert_eq!(madt.isa_line(2), None, "its line is the timer's");
    assert_eq!(madt.isa_line(11), Some(Line { number: 11, signal: HIGH_LEVEL }));
}

#[test]
fn each_cpu_has_an_entry_and_pin_1_is_the_nmi() {
    let memory = Q35.memory();
    let tables = Tables::open(&memory, Q35.rsdp_address).unwrap();
    let entries: Vec<_> = Madt::find(&tables).unwrap().entries().collect();
    for id in 0..4 {
        assert!(entries.contains(&Entry::LocalApic { id, enabled: true }), "{entries:?}");
    }
    let nmi = LocalNmi { pin: 1, signal: Signal::default() };
    assert_eq!(entries.last(), Some(&Entry::LocalNmi(nmi)));
}

#[test]
fn a_table_that_is_not_there_is_named() {
    let memory = PC.memory();
    let tables = Tables::open(&memory, PC.rsdp_address).unwrap();
    let error = tables.find(Signature(*b"MCFG")).unwrap_err();
    assert_eq!(error.to_string(), "ACPI has no table MCFG");
}
