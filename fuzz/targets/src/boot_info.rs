//! `BootInfo` as a kernel reads it: checked, then every pointer followed, the frame allocator and the symbol table made.
//!
//! ```text
//! input   0    BootInfo, all addresses in it relative to the input
//!         376  memory map, modules, timeline, segments, a signed file, texts, a module's bytes
//! ```
//!
//! The offsets of the addresses are fixed, so that a mutation of one affects no other: see [`ADDRESSES`].

use std::sync::{Mutex, PoisonError};

use farjump_api::{BootFlags, BootInfo, PartitionTable, ProtocolError};
use farjump_kernel_memory::frames::{FrameAllocator, Plan};
use farjump_symbol_table::{Symbol, SymbolTable};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "boot-info", what: "BootInfo", corpus, run };

/// Bytes of the memory that an input is put into: all of physical memory.
const MEMORY_SIZE: usize = 4096;

/// The maximum number of words of the frame allocator: a machine of 8 GiB.
const MAX_WORDS: usize = 1 << 16;

/// Offset and size of the mapping of physical memory.
const MAPPING: usize = 80;

/// Flags, and the slice of signed files.
const FLAGS: usize = 272;

/// What may be past the size: SMBIOS, the counter's frequency, the framebuffer, UEFI's tables.
const EXTENSION: usize = 296;

const MEMORY_MAP: usize = 376;
const MODULES: usize = 472;
const TIMELINE: usize = 512;
const SEGMENTS: usize = 544;
const SIGNED_FILES: usize = 576;
const TEXTS: usize = 624;
const MODULE: usize = 680;

/// Where addresses stand: memory map, modules, timeline, command line, offset of physical memory, segments, signed
/// files; a module's name and bytes; a signed file's path. See docs/boot-protocol.md.
const ADDRESSES: [usize; 10] = [16, 32, 48, 64, MAPPING, 112, FLAGS + 8, MODULES, MODULES + 16, SIGNED_FILES];

/// Returns what a loader leaves of a boot with one module, the symbols of the kernel.
fn corpus() -> Vec<Vec<u8>> {
    let symbols = [0x1000, 0x1020, 0x1100].map(|address| Symbol { address, size: 0x20, name: "main".into() });
    let symbols = farjump_symbol_table::build(0, symbols.to_vec());
    let mut bytes = vec![0; MODULE];
    bytes.extend(&symbols);
    let mut put = |place: usize, words: &[u64]| {
        let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes[place..place + words.len()].copy_from_slice(&words);
    };
    let version_and_size = u64::from(BootInfo::VERSION) | (size_of::<BootInfo>() as u64) << 32;
    let slices = [MEMORY_MAP as u64, 4, MODULES as u64, 1, TIMELINE as u64, 2, TEXTS as u64, 8];
    put(0, &[BootInfo::MAGIC, version_and_size]);
    put(16, &slices);
    put(MAPPING, &[0, MEMORY_SIZE as u64, 0xF_0000, 7, SEGMENTS as u64, 1, 0xFFFF_FFFF_8000_0000]);
    put(
        MEMORY_MAP,
        &[0, 0x1000, 2, 0x1000, 0x8_0000, 0x1000, 0x10_0000, 0x7FE_0000, 1, 0x7FE_0000, 0x800_0000, 2],
    );
    put(MODULES, &[TEXTS as u64 + 8, 19, MODULE as u64, symbols.len() as u64, 0x10_0000]);
    put(TIMELINE, &[1, 1000, 2, 2000]);
    put(FLAGS, &[BootFlags::SIGNED.bits(), SIGNED_FILES as u64, 1]);
    put(EXTENSION, &[0xF_59F0, 2_000_000_000, 0xFD00_0000, 800 << 32 | 1280, 32 << 32 | 5120, 0]);
    put(EXTENSION + 48, &[0x7F00_0018, 0x10_0000, 4800, 1 << 32 | 48]);
    put(SIGNED_FILES, &[TEXTS as u64 + 27, 19, 1, 2, 3, 4]);
    put(SEGMENTS, &[0xFFFF_FFFF_8000_0000, 0x10_0000, 0x1000, 5]);
    bytes[TEXTS..TEXTS + 46].copy_from_slice(b"log=info/modules/kernel.sym/modules/greeter.so");
    vec![bytes]
}

/// The memory, at an address that stays the same while the program runs.
#[repr(C, align(4096))]
struct Memory([u8; MEMORY_SIZE]);

static MEMORY: Mutex<Memory> = Mutex::new(Memory([0; MEMORY_SIZE]));

fn run(bytes: &[u8]) {
    with_boot_info(bytes, |boot_info| match boot_info {
        Ok(boot_info) => read(&boot_info),
        Err(error) => assert_one_line(&error),
    });
}

/// Calls `visit` with the input as a kernel would see it.
fn with_boot_info<T>(bytes: &[u8], visit: impl FnOnce(Result<BootInfo, ProtocolError>) -> T) -> T {
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    fill(&mut memory.0, bytes);
    // SAFETY: `MEMORY` is aligned to a page and larger than a BootInfo; nothing writes it while the lock is held, and
    // `visit` can keep nothing of it. The mapping that it speaks of is this memory, or empty.
    visit(unsafe { BootInfo::from_loader(memory.0.as_ptr().cast()) })
}

/// Copies the input into the memory, and relocates its addresses.
fn fill(memory: &mut [u8; MEMORY_SIZE], bytes: &[u8]) {
    let length = bytes.len().min(MEMORY_SIZE);
    memory.fill(0);
    memory[..length].copy_from_slice(&bytes[..length]);
    let base = memory.as_mut_ptr().expose_provenance() as u64;
    for place in ADDRESSES {
        let address = word(memory, place).wrapping_add(base);
        memory[place..place + 8].copy_from_slice(&address.to_le_bytes());
    }
    // What a loader says is mapped is mapped: of a mapping that isn't this memory, nothing.
    if word(memory, MAPPING) != base || word(memory, MAPPING + 8) != MEMORY_SIZE as u64 {
        memory[MAPPING..MAPPING + 16].fill(0);
    }
}

fn word(memory: &[u8; MEMORY_SIZE], place: usize) -> u64 {
    memory[place..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Reads all of it.
fn read(boot_info: &BootInfo) {
    let map = boot_info.memory_map.get();
    assert!(map.iter().map(|region| region.len_bytes()).sum::<u64>() >= boot_info.ram_bytes());
    assert!(boot_info.command_line.get().len() <= MEMORY_SIZE);
    for module in boot_info.modules.get() {
        assert!(module.name.get().len() <= MEMORY_SIZE);
        find_symbols(module.bytes.get());
    }
    for file in boot_info.signed_files.get() {
        let path = file.path.get();
        assert!(path.len() <= MEMORY_SIZE);
        assert!(!path.starts_with('/') || boot_info.signed_file(path).is_some());
    }
    read_extension(boot_info);
    // Their texts are what the monitor shows.
    assert!(!format!("{:?}{:?}", boot_info.timeline, boot_info.kernel.segments).is_empty());
    match Plan::new(map) {
        Ok(plan) if plan.words() <= MAX_WORDS => hand_out(plan),
        Ok(_) => {}
        Err(error) => assert_one_line(&error),
    }
}

/// What a loader has written is there, and nothing else is.
fn read_extension(boot_info: &BootInfo) {
    let size = boot_info.size as usize;
    assert!(size >= BootInfo::BASE_SIZE);
    assert!(boot_info.smbios_address().is_none_or(|address| address != 0 && size >= EXTENSION + 8));
    assert!(boot_info.tsc_hz().is_none_or(|hz| hz != 0 && size >= EXTENSION + 16));
    assert!(boot_info.framebuffer().is_none_or(|_| size >= EXTENSION + 48));
    let efi = (boot_info.efi_system_table(), boot_info.efi_memory_map());
    assert!(efi == (None, None) || size >= EXTENSION + 80);
    let device = &boot_info.boot_device;
    assert!(
        device.partition().is_none() || matches!(device.table, PartitionTable::MBR | PartitionTable::GPT)
    );
}

fn find_symbols(bytes: &[u8]) {
    let Some(table) = SymbolTable::parse(bytes) else { return };
    for address in [0, 0x1000, 0x1010, 0x2000, u64::MAX] {
        assert!(table.find(address).is_none_or(|found| found.name.len() <= bytes.len()));
    }
}

/// Allocates a few frames, and checks that each is usable and none is allocated twice.
fn hand_out(plan: Plan<'_>) {
    let mut words = vec![0; plan.words()];
    match FrameAllocator::new(plan, &mut words) {
        Ok(mut frames) => {
            let (first, second) = (frames.allocate(), frames.allocate());
            assert!(first.is_none() || first != second);
        }
        Err(error) => assert_one_line(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structure_to_begin_with_is_believed_and_has_all_its_parts() {
        with_boot_info(&corpus()[0], |boot_info| {
            let boot_info = boot_info.unwrap();
            assert_eq!(boot_info.memory_map.get().len(), 4);
            assert_eq!(boot_info.command_line.get(), "log=info");
            let module = boot_info.modules.get()[0];
            assert_eq!(module.name.get(), "/modules/kernel.sym");
            assert_eq!(SymbolTable::parse(module.bytes.get()).unwrap().find(0x1010).unwrap().name, "main");
            assert!(boot_info.flags.contains(BootFlags::SIGNED));
            let file = boot_info.signed_file("/modules/greeter.so").unwrap();
            assert_eq!((file.sha256[0], file.sha256[24]), (1, 4));
            assert_eq!(
                (boot_info.smbios_address(), boot_info.tsc_hz()),
                (Some(0xF_59F0), Some(2_000_000_000))
            );
            assert_eq!(boot_info.framebuffer().unwrap().len_bytes(), 5120 * 800);
            assert_eq!(boot_info.efi_system_table(), Some(0x7F00_0018));
            assert_eq!(boot_info.efi_memory_map().unwrap().descriptor_size, 48);
            assert!(Plan::new(boot_info.memory_map.get()).unwrap().words() <= MAX_WORDS);
        });
    }

    #[test]
    fn pointers_that_lead_elsewhere_and_maps_out_of_order_are_refused() {
        let refused = |place: usize, value: u64| {
            let mut bytes = corpus().remove(0);
            bytes[place..place + 8].copy_from_slice(&value.to_le_bytes());
            with_boot_info(&bytes, |boot_info| boot_info.map(|_| ()).unwrap_err().to_string())
        };
        assert_eq!(refused(24, 1000), "the memory map can't be where it says");
        assert_eq!(refused(24, u64::MAX), "the memory map can't be where it says");
        assert_eq!(refused(32, MODULES as u64 + 1), "the modules can't be where it says");
        assert_eq!(refused(MODULES + 24, 4096), "a module can't be where it says");
        assert_eq!(refused(MODULES, 4090), "a module's name can't be where it says");
        assert_eq!(refused(FLAGS + 16, 100), "the signed files can't be where it says");
        assert_eq!(refused(SIGNED_FILES + 8, 4096), "a signed file's path can't be where it says");
        assert_eq!(refused(MEMORY_MAP + 24, 0), "the memory map is out of order at 0x0");
        assert_eq!(refused(MEMORY_MAP + 8, 0x1001), "the memory map is out of order at 0x0");
    }
}
