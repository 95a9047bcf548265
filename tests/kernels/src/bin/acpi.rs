//! The firmware's tables, and the registers that they lead to: whatever a table says, nothing is read that isn't the
//! firmware's, and no memory is taken for a register.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

use farjump_api::{BootInfo, MemoryKind};
use farjump_kernel::acpi::{self, Error, Signature, fadt::Fadt, madt::Madt};
use farjump_kernel::memory::device::{DeviceError, DeviceMemory};
use farjump_kernel::memory::{PAGE_SIZE, frames, pages, paging};
use test_kernels::firmware::{RSDP, RSDT, TABLE, put_rsdp, put_table};
use test_kernels::{page_table, test_kernel};
use x86_64::VirtAddr;
use x86_64::structures::paging::PageTableFlags as Flags;

test_kernel!(
    the_machines_tables_are_found,
    an_rsdp_is_never_read_where_no_firmware_has_memory,
    tables_that_lie_about_addresses_and_lengths_are_refused,
    registers_are_mapped_without_a_cache_and_unmapped,
    memory_is_no_register,
);

/// The I/O APIC of QEMU's boards, and how many bytes of registers it has.
const IO_APIC: u64 = 0xFEC0_0000;
const IO_APIC_SIZE: u64 = 0x20;

fn the_machines_tables_are_found(_: &'static BootInfo) {
    let tables = acpi::tables().expect("QEMU has tables");
    assert_eq!(Fadt::find(&tables).expect("an FADT too").pm1a_control(), Ok(0x604));
    let madt = Madt::find(&tables).expect("and an MADT");
    assert_eq!(madt.io_apics().next().map(|io_apic| u64::from(io_apic.address)), Some(IO_APIC));
}

fn an_rsdp_is_never_read_where_no_firmware_has_memory(boot_info: &'static BootInfo) {
    let end = boot_info.physical_memory_size;
    let kinds = [MemoryKind::USABLE, MemoryKind::LOADER_RECLAIMABLE, MemoryKind::KERNEL, MemoryKind::MODULE];
    let regions = boot_info.memory_map.get().iter().filter(|region| kinds.contains(&region.kind));
    let edges = regions.flat_map(|region| [region.start - 19, region.start, region.end - 1]);
    for address in edges.chain([end, end - 19, u64::MAX, u64::MAX - 19, 1 << 52]) {
        assert_eq!(acpi::tables_from(address).err(), Some(Error::Unreadable(Signature::RSDP, address)));
    }
    assert_eq!(acpi::tables_from(0).err(), Some(Error::NoAcpi));
    assert_eq!(acpi::tables_from(end - 20).err(), Some(Error::NotThere(Signature::RSDP, end - 20)));
}

fn tables_that_lie_about_addresses_and_lengths_are_refused(boot_info: &'static BootInfo) {
    let end = boot_info.physical_memory_size as u32;
    for address in [0, u32::MAX, end.wrapping_sub(35), boot_info.kernel.page_table as u32] {
        put_rsdp(boot_info, address);
        let error = acpi::tables_from(RSDP).expect_err("no table is there");
        let expected = [Error::Unreadable, Error::NotThere].map(|why| why(Signature::RSDT, address.into()));
        assert!(expected.contains(&error), "{error}");
    }
    put_rsdp(boot_info, RSDT as u32);
    for length in [0, 35, u32::MAX] {
        put_table(boot_info, RSDT, b"RSDT", length, &[]);
        assert_eq!(acpi::tables_from(RSDP).err(), Some(Error::Length(Signature::RSDT, length)));
    }
    // As long as is allowed: it reaches into usable memory.
    put_table(boot_info, RSDT, b"RSDT", 1 << 20, &[]);
    assert_eq!(acpi::tables_from(RSDP).err(), Some(Error::Unreadable(Signature::RSDT, RSDT)));
    let entries = [RSDT as u32, u32::MAX, TABLE as u32, boot_info.kernel.page_table as u32];
    put_table(boot_info, RSDT, b"RSDT", 36 + 16, &entries);
    put_table(boot_info, TABLE, b"APIC", 44, &[0, 0]);
    let tables = acpi::tables_from(RSDP).expect("the list is whole");
    assert_eq!(Madt::find(&tables).expect("it is whole").entries().count(), 0);
    assert_eq!(tables.find(Signature::FADT).err(), Some(Error::Missing(Signature::FADT)));
}

fn registers_are_mapped_without_a_cache_and_unmapped(boot_info: &'static BootInfo) {
    let free_before = frames::free_count();
    // SAFETY: an I/O APIC, that no interrupt comes from; only its version is read.
    let device = unsafe { DeviceMemory::map("a device", IO_APIC, IO_APIC_SIZE) }.expect("it isn't memory");
    device.write_u32(0, 1);
    assert_eq!(device.read_u32(0x10) & 0xFF, 0x20, "its version");
    let page = device.start();
    let flags = paging::translate(VirtAddr::new(page)).expect("it is mapped").flags;
    assert!(flags.contains(Flags::NO_CACHE | Flags::WRITE_THROUGH | Flags::WRITABLE), "{flags:?}");
    assert_eq!(pages::owner(page).map(|(name, _)| name), Some("a device"));
    drop(device);
    assert_eq!(page_table::find(boot_info, page), None);
    assert_eq!(pages::owner(page), None);
    assert_eq!(frames::free_count(), free_before, "the tables are back");
}

fn memory_is_no_register(boot_info: &'static BootInfo) {
    let refused = |address, size| {
        // SAFETY: it is refused.
        unsafe { DeviceMemory::map("memory", address, size) }.expect_err("it is refused")
    };
    let usable = boot_info.memory_map.get().iter().find(|region| region.kind == MemoryKind::USABLE);
    let usable = usable.expect("there is memory");
    for (address, size) in [(usable.start, 1), (usable.end - 1, 1), (usable.start - 1, PAGE_SIZE)] {
        assert_eq!(refused(address, size), DeviceError::IsMemory(address));
    }
    assert_eq!(refused(u64::MAX, 1), DeviceError::NoAddress(u64::MAX));
    assert_eq!(refused(1 << 60, 1), DeviceError::NoAddress(1 << 60));
}
