//! Tables built here: each thing that can be wrong with them, by itself.

use super::Memory;
use crate::fadt::{Fadt, Register};
use crate::madt::{Entry, Line, Madt, Signal};
use crate::soft_off::SleepType;
use crate::table::{HEADER_SIZE, MAX_SIZE};
use crate::{Error, Signature, Table, Tables};

const RSDP: u64 = 0xE_0000;
const RSDT: u64 = 0x1000;
const XSDT: u64 = 0x2000;
const FIRST: u64 = 0x3000;
const SECOND: u64 = 0x4000;

/// Sets the byte at `checksum` so that all add up to zero.
fn checked(mut bytes: Vec<u8>, checksum: usize) -> Vec<u8> {
    bytes[checksum] = 0;
    bytes[checksum] = 0u8.wrapping_sub(bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
    bytes
}

fn table(signature: Signature, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_SIZE];
    bytes[..4].copy_from_slice(&signature.0);
    bytes.extend(body);
    let length = u32::try_from(bytes.len()).unwrap();
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    checked(bytes, 9)
}

/// Returns an address as ACPI 1.0 writes it.
fn narrow(address: u64) -> [u8; 4] {
    u32::try_from(address).unwrap().to_le_bytes()
}

/// Returns an RSDP of ACPI 1.0, or 2.0 where there is an XSDT.
fn rsdp(rsdt: u64, xsdt: u64) -> Vec<u8> {
    let mut bytes = b"RSD PTR \0OEMID \0".to_vec();
    bytes[15] = if xsdt == 0 { 0 } else { 2 };
    bytes.extend(narrow(rsdt));
    let mut bytes = checked(bytes, 8);
    bytes.extend(36u32.to_le_bytes());
    bytes.extend(xsdt.to_le_bytes());
    bytes.extend([0; 4]);
    checked(bytes, 32)
}

/// RSDP and RSDT, and these tables at [`FIRST`] and [`SECOND`].
fn memory(tables: &[Vec<u8>]) -> Memory {
    let addresses = [FIRST, SECOND];
    let list = addresses.iter().take(tables.len()).flat_map(|address| narrow(*address));
    let mut regions = vec![(RSDP, rsdp(RSDT, 0)), (RSDT, table(Signature::RSDT, &list.collect::<Vec<_>>()))];
    regions.extend(addresses.into_iter().zip(tables.iter().cloned()));
    Memory { regions }
}

fn error_of(memory: &Memory) -> Error {
    Tables::open(memory, RSDP).unwrap_err()
}

#[test]
fn a_firmware_without_acpi_is_no_bad_firmware() {
    assert_eq!(Tables::open(&Memory::default(), 0).unwrap_err(), Error::NoAcpi);
}

#[test]
fn an_rsdp_that_is_wrong_is_refused() {
    let mut memory = memory(&[]);
    memory.regions[0].1[10] ^= 1;
    assert_eq!(error_of(&memory), Error::Checksum(Signature::RSDP, RSDP));
    memory.regions[0].1[0] = b'X';
    assert_eq!(error_of(&memory), Error::NotThere(Signature::RSDP, RSDP));
    memory.regions[0].1.truncate(19);
    assert_eq!(error_of(&memory), Error::Unreadable(Signature::RSDP, RSDP));
    assert_eq!(Tables::open(&memory, u64::MAX).unwrap_err(), Error::Unreadable(Signature::RSDP, u64::MAX));
}

#[test]
fn a_list_that_is_wrong_is_refused() {
    let mut memory = memory(&[]);
    memory.regions[1].1[8] ^= 1;
    assert_eq!(error_of(&memory), Error::Checksum(Signature::RSDT, RSDT));
    memory.regions[1].0 += 4;
    assert_eq!(error_of(&memory), Error::Unreadable(Signature::RSDT, RSDT));
}

#[test]
fn a_length_that_lies_is_refused() {
    let too_long = u32::try_from(MAX_SIZE).unwrap() + 1;
    for length in [0, 35, too_long, u32::MAX] {
        let mut memory = memory(&[]);
        memory.regions[1].1[4..8].copy_from_slice(&length.to_le_bytes());
        assert_eq!(error_of(&memory), Error::Length(Signature::RSDT, length));
    }
    let mut memory = memory(&[]);
    memory.regions[1].1[4..8].copy_from_slice(&37u32.to_le_bytes());
    assert_eq!(error_of(&memory), Error::Unreadable(Signature::RSDT, RSDT), "it ends where memory ends");
}

#[test]
fn a_good_xsdt_is_taken_and_a_bad_one_left() {
    let mut memory = memory(&[table(Signature::SSDT, &[1]), table(Signature::SSDT, &[2])]);
    memory.regions[0].1 = rsdp(RSDT, XSDT);
    memory.regions.push((XSDT, table(Signature::XSDT, &SECOND.to_le_bytes())));
    let bodies = |memory: &Memory| -> Vec<u8> {
        let tables = Tables::open(memory, RSDP).unwrap();
        tables.all(Signature::SSDT).map(|table| table.unwrap().body()[0]).collect()
    };
    assert_eq!(bodies(&memory), [2]);
    memory.regions[4].1[9] ^= 1;
    assert_eq!(bodies(&memory), [1, 2], "the RSDT's");
}

#[test]
fn the_second_of_two_tables_serves_where_the_first_is_damaged() {
    let mut memory = memory(&[table(Signature::MADT, &[1]), table(Signature::MADT, &[2])]);
    memory.regions[2].1[36] = 7;
    let tables = Tables::open(&memory, RSDP).unwrap();
    assert_eq!(tables.find(Signature::MADT).unwrap().body(), [2]);
    memory.regions[3].1[36] = 7;
    let tables = Tables::open(&memory, RSDP).unwrap();
    assert_eq!(tables.find(Signature::MADT).unwrap_err(), Error::Checksum(Signature::MADT, SECOND));
}

#[test]
fn a_list_that_names_itself_ends() {
    let mut memory = memory(&[]);
    memory.regions[1].1 = table(Signature::RSDT, &[narrow(RSDT); 9].concat());
    let tables = Tables::open(&memory, RSDP).unwrap();
    assert_eq!(tables.find(Signature::FADT).unwrap_err(), Error::Missing(Signature::FADT));
    assert_eq!(tables.all(Signature::RSDT).count(), 9);
}

/// Returns what the entries of an MADT say.
fn entries(entries: &[&[u8]]) -> Vec<Entry> {
    let memory = memory(&[table(Signature::MADT, &[&[0; 8], &entries.concat()[..]].concat())]);
    let tables = Tables::open(&memory, RSDP).unwrap();
    Madt::find(&tables).unwrap().entries().collect()
}

#[test]
fn entries_end_where_a_length_lies() {
    let cpu: &[u8] = &[0, 8, 0, 5, 1, 0, 0, 0];
    let known = Entry::LocalApic { id: 5, enabled: true };
    assert_eq!(entries(&[cpu, cpu]), [known; 2]);
    assert_eq!(entries(&[cpu, &[0, 0], cpu]), [known], "a length of nothing");
    assert_eq!(entries(&[cpu, &[0, 1], cpu]), [known], "a length shorter than itself");
    assert_eq!(entries(&[cpu, &[0, 9, 0, 0, 1, 0, 0, 0]]), [known], "a length beyond the end");
    assert_eq!(entries(&[&[0, 4, 0, 0], cpu]), [known], "an entry too short for its kind");
    assert_eq!(entries(&[&[99, 3, 0], cpu]), [known], "an unknown kind");
}

#[test]
fn each_kind_of_entry_is_read() {
    let x2apic = entries(&[&[9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]]);
    assert_eq!(x2apic, [Entry::LocalApic { id: 256, enabled: true }]);
    let line = Line { number: 9, signal: Signal { active_low: true, level_triggered: true } };
    assert_eq!(entries(&[&[2, 10, 0, 9, 9, 0, 0, 0, 0x0F, 0]]), [Entry::IsaOverride { irq: 9, line }]);
    assert_eq!(entries(&[&[3, 8, 0x0F, 0, 9, 0, 0, 0]]), [Entry::NmiSource(line)]);
    assert!(
        matches!(entries(&[&[10, 12, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]])[..], [Entry::LocalNmi(nmi)] if nmi.pin == 1)
    );
}

/// Returns what is read of a register in an FADT as long as ACPI 3.0's.
fn reset_register(space: u8, address: u64) -> Result<(Register, u8), Error> {
    let mut fadt = vec![0; 244 - HEADER_SIZE];
    fadt[112 - HEADER_SIZE + 1] = 1 << 2;
    fadt[116 - HEADER_SIZE] = space;
    fadt[120 - HEADER_SIZE..128 - HEADER_SIZE].copy_from_slice(&address.to_le_bytes());
    fadt[128 - HEADER_SIZE] = 6;
    let memory = memory(&[table(Signature::FADT, &fadt)]);
    let tables = Tables::open(&memory, RSDP).unwrap();
    Fadt::find(&tables).unwrap().reset()
}

#[test]
fn a_reset_register_is_a_port_an_address_or_in_pci() {
    let none = Err(Error::NoRegister("reset register"));
    assert_eq!(reset_register(1, 0x64), Ok((Register::Port(0x64), 6)));
    assert_eq!(reset_register(0, 0xFED0_0000), Ok((Register::Memory(0xFED0_0000), 6)));
    let pci = Register::PciConfiguration { device: 31, function: 2, offset: 0x44 };
    assert_eq!(reset_register(2, 0x001F_0002_0044), Ok((pci, 6)));
    for (space, address) in [(1, 0), (1, 0x1_0000), (2, 32 << 32), (2, 8 << 16), (2, 256), (3, 1), (0x7F, 1)]
    {
        assert_eq!(reset_register(space, address), none, "space {space}, {address:#x}");
    }
}

#[test]
fn an_fadt_cut_off_has_no_registers() {
    let memory = memory(&[table(Signature::FADT, &[])]);
    let tables = Tables::open(&memory, RSDP).unwrap();
    let fadt = Fadt::find(&tables).unwrap();
    assert_eq!(fadt.pm1a_control(), Err(Error::NoRegister("port of PM1a control")));
    assert_eq!(fadt.acpi_enable(), None);
    assert_eq!(fadt.century_register(), None);
    assert_eq!(fadt.dsdt(&tables).unwrap_err(), Error::Missing(Signature::DSDT));
}

#[test]
fn a_century_is_in_a_register_of_the_clock_or_in_none() {
    for (byte, register) in [(0, None), (0x32, Some(0x32)), (0x7F, Some(0x7F)), (0x80, None), (0xFF, None)] {
        let mut fadt = vec![0; 116 - HEADER_SIZE];
        fadt[108 - HEADER_SIZE] = byte;
        let memory = memory(&[table(Signature::FADT, &fadt)]);
        let tables = Tables::open(&memory, RSDP).unwrap();
        assert_eq!(Fadt::find(&tables).unwrap().century_register(), register);
    }
}

/// Returns what is found where the byte code is the DSDT's, and where it is an SSDT's beside an empty DSDT.
fn sleep_types(aml: &[u8]) -> [Result<SleepType, Error>; 2] {
    [(aml, &[][..]), (&[][..], aml)].map(|(dsdt, ssdt)| {
        let mut fadt = vec![0; 116 - HEADER_SIZE];
        fadt[40 - HEADER_SIZE..44 - HEADER_SIZE].copy_from_slice(&narrow(XSDT));
        let mut memory = memory(&[table(Signature::FADT, &fadt), table(Signature::SSDT, ssdt)]);
        memory.regions.push((XSDT, table(Signature::DSDT, dsdt)));
        let tables = Tables::open(&memory, RSDP).unwrap();
        SleepType::find(&tables, &Fadt::find(&tables).unwrap())
    })
}

#[test]
fn the_sleep_type_is_read_as_compilers_write_it() {
    let cases: [(&[u8], (u8, u8)); 6] = [
        (b"\x08_S5_\x12\x06\x04\x00\x00\x00\x00", (0, 0)),
        (b"\x10\x05\x5C_S5_\x08\x5C_S5_\x12\x08\x04\x0A\x05\x01\x00\x00", (5, 1)),
        (b"\x08_S5_\x12\x07\x02\x0B\x07\x00\x0A\x06", (7, 6)),
        (b"\x08_S5_\x12\x0A\x02\x0C\x03\x00\x00\x00\x00", (3, 0)),
        (b"\x08_S5_\x12\x45\x01\x02\x01\x01", (1, 1)),
        (b"\x08_S5_\x12\x05\x01\x0B\x05\x06", (5, 6)),
    ];
    for (aml, (a, b)) in cases {
        assert_eq!(sleep_types(aml), [Ok(SleepType { a, b }); 2], "{aml:02x?}");
    }
}

#[test]
fn what_only_looks_like_a_sleep_type_is_left() {
    let cases: [&[u8]; 8] = [
        b"",
        b"_S5_",
        b"_S5_\x12\x06\x04\x00\x00\x00\x00",
        b"\x08_S5_",
        b"\x08_S5_\x11\x06\x04\x00\x00",
        b"\x08_S5_\x12\x06\x00\x00",
        b"\x08_S5_\x12\x06\x04\x0A\x08\x00",
        b"\x08_S5_\x12\xFF",
    ];
    for aml in cases {
        assert_eq!(sleep_types(aml), [Err(Error::NoSoftOff); 2], "{aml:02x?}");
    }
    let twice = b"\x08_S5_\x0A\x01\x08_S5_\x12\x06\x02\x01\x00";
    assert_eq!(sleep_types(twice), [Ok(SleepType { a: 1, b: 0 }); 2]);
}

#[test]
fn a_damaged_dsdt_is_named_unless_an_ssdt_serves() {
    let mut fadt = vec![0; 116 - HEADER_SIZE];
    fadt[40 - HEADER_SIZE..44 - HEADER_SIZE].copy_from_slice(&narrow(XSDT));
    let memory = memory(&[table(Signature::FADT, &fadt)]);
    let tables = Tables::open(&memory, RSDP).unwrap();
    let found = SleepType::find(&tables, &Fadt::find(&tables).unwrap());
    assert_eq!(found, Err(Error::Unreadable(Signature::DSDT, XSDT)));
    assert!(Table::read(&memory, XSDT, Signature::DSDT).is_err());
}
