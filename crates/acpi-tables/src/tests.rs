//! Tables of real machines, and tables built here. Damaged ones are the crate `fuzz-targets`'s.

mod built;
mod real;

use crate::PhysicalMemory;

/// Physical memory with bytes at a few places; all else can't be read.
#[derive(Debug, Clone, Default)]
struct Memory {
    regions: Vec<(u64, Vec<u8>)>,
}

impl PhysicalMemory for Memory {
    fn bytes(&self, address: u64, size: usize) -> Option<&[u8]> {
        self.regions.iter().find_map(|(start, bytes)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(offset..offset.checked_add(size)?)
        })
    }
}

/// The tables of QEMU 7.2 for a guest of 64 MiB, saved with its monitor's `pmemsave`: 36 bytes from the RSDP on, then all
/// memory from the first table to the last one's end.
struct Machine {
    rsdp_address: u64,
    tables_address: u64,
    bytes: &'static [u8],
}

/// `-machine pc`: ACPI 1.0, one CPU.
const PC: Machine = Machine {
    rsdp_address: 0xF_59D0,
    tables_address: 0x3FE_0040,
    bytes: include_bytes!("../test-data/qemu-7.2-pc.bin"),
};

/// `-machine q35 -smp 4`: an FADT of ACPI 3.0, four CPUs.
const Q35: Machine = Machine {
    rsdp_address: 0xF_59E0,
    tables_address: 0x3FE_0040,
    bytes: include_bytes!("../test-data/qemu-7.2-q35.bin"),
};

impl Machine {
    fn memory(&self) -> Memory {
        let (rsdp, tables) = self.bytes.split_at(36);
        let regions = vec![(self.rsdp_address, rsdp.to_vec()), (self.tables_address, tables.to_vec())];
        Memory { regions }
    }
}
