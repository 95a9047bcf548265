//! ACPI's tables, as the kernel reads them from the firmware's memory.

use farjump_acpi_tables::fadt::Fadt;
use farjump_acpi_tables::madt::Madt;
use farjump_acpi_tables::soft_off::SleepType;
use farjump_acpi_tables::{Error, PhysicalMemory, Signature, Tables};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "acpi", what: "ACPI's tables", corpus, run };

/// Physical address of an input's first byte, where the RSDP is.
const START: u64 = 0xE_0000;

/// QEMU's q35: RSDP, then all tables, which it had at [`Q35_TABLES`].
const Q35: &[u8] = include_bytes!("../../../crates/acpi-tables/test-data/qemu-7.2-q35.bin");
const Q35_TABLES: u64 = 0x3FE_0040;

/// Bytes of the RSDP; where in it, in RSDT and XSDT, and in the FADT addresses of tables are.
const RSDP_SIZE: usize = 36;
const RSDT_ADDRESS: usize = 16;
const XSDT_ADDRESS: usize = 24;
const LIST: usize = 36;
const DSDT_ADDRESS: usize = 40;
const X_DSDT_ADDRESS: usize = 140;

/// `Name (_S5_, Package () { 5, 1, 0, 0 })`.
const SOFT_OFF: &[u8] = b"\x08_S5_\x12\x08\x04\x0A\x05\x01\x00\x00";

/// Memory that has an input and nothing else.
struct Memory<'a>(&'a [u8]);

impl PhysicalMemory for Memory<'_> {
    fn bytes(&self, address: u64, size: usize) -> Option<&[u8]> {
        let offset = usize::try_from(address.checked_sub(START)?).ok()?;
        self.0.get(offset..offset.checked_add(size)?)
    }
}

/// Returns the q35's FADT and MADT with a small DSDT and an SSDT, by RSDT alone and by XSDT.
fn corpus() -> Vec<Vec<u8>> {
    let memory = Original;
    let tables = Tables::open(&memory, 0x1_0000).expect("the original is whole");
    let [fadt, madt] = [Signature::FADT, Signature::MADT]
        .map(|signature| tables.find(signature).expect("the original has it").bytes().to_vec());
    let with_code = [Signature::SSDT, Signature::DSDT].map(|signature| table(signature, SOFT_OFF));
    let tables = [vec![fadt, madt], with_code.to_vec()].concat();
    vec![machine(&tables, size_of::<u32>()), machine(&tables, size_of::<u64>())]
}

/// QEMU's memory, with the RSDP at a fixed address.
struct Original;

impl PhysicalMemory for Original {
    fn bytes(&self, address: u64, size: usize) -> Option<&[u8]> {
        let (rsdp, tables) = Q35.split_at(RSDP_SIZE);
        let (bytes, start) = if address == 0x1_0000 { (rsdp, address) } else { (tables, Q35_TABLES) };
        let offset = usize::try_from(address.checked_sub(start)?).ok()?;
        bytes.get(offset..offset.checked_add(size)?)
    }
}

fn table(signature: Signature, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; LIST];
    bytes[..4].copy_from_slice(&signature.0);
    bytes.extend(body);
    put(&mut bytes, 4, (LIST + body.len()) as u64, 4);
    bytes
}

/// RSDP, list and tables one after the other; the last is the DSDT, which the first one names.
fn machine(tables: &[Vec<u8>], entry_size: usize) -> Vec<u8> {
    let list_size = (tables.len() - 1) * entry_size;
    let signature = if entry_size == 4 { Signature::RSDT } else { Signature::XSDT };
    let list = table(signature, &vec![0; list_size]);
    let mut bytes = [b"RSD PTR \0OEMID \0".to_vec(), vec![0; 20], list].concat();
    bytes[15] = if entry_size == 4 { 0 } else { 2 };
    let address = if entry_size == 4 { RSDT_ADDRESS } else { XSDT_ADDRESS };
    put(&mut bytes, address, START + RSDP_SIZE as u64, entry_size);
    let fadt = bytes.len();
    for (index, table) in tables.iter().enumerate() {
        let start = START + bytes.len() as u64;
        if index + 1 == tables.len() {
            put(&mut bytes, fadt + DSDT_ADDRESS, start, 4);
            put(&mut bytes, fadt + X_DSDT_ADDRESS, start, 8);
        } else {
            put(&mut bytes, RSDP_SIZE + LIST + index * entry_size, start, entry_size);
        }
        bytes.extend(table);
    }
    repair(&mut bytes);
    bytes
}

fn put(bytes: &mut [u8], position: usize, value: u64, size: usize) {
    bytes[position..position + size].copy_from_slice(&value.to_le_bytes()[..size]);
}

/// Corrects the checksums that can be found, so that damage reaches the code after those checks.
fn repair(bytes: &mut [u8]) {
    repair_sum(bytes, 0, 20, 8);
    repair_sum(bytes, 0, RSDP_SIZE, 32);
    for (root, entry_size) in [(RSDT_ADDRESS, 4), (XSDT_ADDRESS, 8)] {
        let Some(list) = offset_at(bytes, root, entry_size) else { continue };
        for index in 0..5 {
            let Some(table) = offset_at(bytes, list + LIST + index * entry_size, entry_size) else {
                continue;
            };
            for (field, size) in [(DSDT_ADDRESS, 4), (X_DSDT_ADDRESS, 8)] {
                if let Some(dsdt) = offset_at(bytes, table + field, size) {
                    repair_table(bytes, dsdt);
                }
            }
            repair_table(bytes, table);
        }
        repair_table(bytes, list);
    }
}

/// Returns the offset of what the address at `position` points to.
fn offset_at(bytes: &[u8], position: usize, size: usize) -> Option<usize> {
    let field = bytes.get(position..position.checked_add(size)?)?;
    let address = field.iter().rev().fold(0, |address: u64, byte| address << 8 | u64::from(*byte));
    usize::try_from(address.checked_sub(START)?).ok().filter(|offset| *offset < bytes.len())
}

fn repair_table(bytes: &mut [u8], start: usize) {
    if let Some(length) = bytes.get(start + 4..).and_then(|rest| rest.first_chunk()) {
        repair_sum(bytes, start, u32::from_le_bytes(*length) as usize, 9);
    }
}

fn repair_sum(bytes: &mut [u8], start: usize, size: usize, checksum: usize) {
    let Some(table) = bytes.get_mut(start..start.saturating_add(size)) else { return };
    let sum = table.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    if let Some(byte) = table.get_mut(checksum) {
        *byte = byte.wrapping_sub(sum);
    }
}

fn run(bytes: &[u8]) {
    read(bytes);
    let mut repaired = bytes.to_vec();
    repair(&mut repaired);
    read(&repaired);
}

fn read(bytes: &[u8]) {
    let memory = Memory(bytes);
    if let Err(error) = read_tables(&memory) {
        assert_one_line(&error);
    }
}

/// Reads everything that the kernel reads.
fn read_tables(memory: &Memory<'_>) -> Result<(), Error> {
    let tables = Tables::open(memory, START)?;
    if let Ok(madt) = Madt::find(&tables) {
        // Each entry has two bytes at least.
        assert!(madt.entries().count() + madt.io_apics().count() <= memory.0.len());
        assert!((0..=u8::MAX).filter_map(|irq| madt.isa_line(irq)).count() <= 256);
    }
    let fadt = Fadt::find(&tables)?;
    assert!(fadt.pm1a_control() != Ok(0) && fadt.pm1b_control() != Some(0));
    assert!(fadt.acpi_enable().is_none_or(|enable| enable.port != 0 && enable.value != 0));
    let _ = fadt.reset();
    let sleep_type = SleepType::find(&tables, &fadt)?;
    assert!(sleep_type.a < 8 && sleep_type.b < 8);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_to_begin_with_are_read_to_their_last() {
        for bytes in corpus() {
            let memory = Memory(&bytes);
            let tables = Tables::open(&memory, START).unwrap();
            assert_eq!(Madt::find(&tables).unwrap().entries().count(), 11);
            let fadt = Fadt::find(&tables).unwrap();
            assert!(fadt.reset().is_ok());
            assert_eq!(SleepType::find(&tables, &fadt), Ok(SleepType { a: 5, b: 1 }));
        }
    }
}
