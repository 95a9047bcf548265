//! What a BIOS's loader tells of the machine: the boot device, SMBIOS, and that there is no UEFI.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

use farjump_api::{BootInfo, KernelRequests, PartitionId, RequestFlags};
use farjump_kernel::println;
use test_kernels::test_kernel;

/// The first hard disk.
const DRIVE: u8 = 0x80;

/// Where SMBIOS has its entry point on a PC with a BIOS.
const BIOS_AREA: core::ops::Range<u64> = 0xF_0000..0x10_0000;

/// Bytes of the entry point with a 32-bit address, which is what QEMU's firmware has.
const ENTRY_POINT_SIZE: usize = 0x1F;

test_kernel!(
    requests = KernelRequests { flags: RequestFlags::SMBIOS, ..KernelRequests::DEFAULT },
    the_loader_is_of_this_version,
    the_boot_device_is_an_entry_of_the_mbr,
    the_smbios_entry_point_is_found_because_it_is_requested,
    there_are_neither_uefi_nor_a_framebuffer,
    the_console_is_a_text_screen_and_a_serial_port,
);

fn the_loader_is_of_this_version(boot_info: &'static BootInfo) {
    assert_eq!((boot_info.version, boot_info.size as usize), (2, size_of::<BootInfo>()));
    println!("TSC: {:?} Hz", boot_info.tsc_hz());
}

fn the_boot_device_is_an_entry_of_the_mbr(boot_info: &'static BootInfo) {
    let device = boot_info.boot_device;
    println!("boot device: {:x?}", device.partition());
    assert_eq!(device.bios_drive(), Some(DRIVE));
    assert_eq!((device.partition_lba, device.sector_size), (2048, 512));
    assert!(device.partition_sectors > 0);
    let Some(PartitionId::Mbr { disk_signature, entry, partition_type }) = device.partition() else {
        panic!("{device:x?}");
    };
    assert_eq!((disk_signature, entry), (device.disk_signature, 0));
    assert!(
        [0x01, 0x04, 0x06, 0x0C, 0x0E].contains(&partition_type),
        "{partition_type:#x} is no type of FAT"
    );
}

fn the_smbios_entry_point_is_found_because_it_is_requested(boot_info: &'static BootInfo) {
    let address = boot_info.smbios_address().expect("QEMU's firmware has one");
    println!("SMBIOS: {address:#x}");
    assert!(BIOS_AREA.contains(&address) && address.is_multiple_of(16));
    let place = core::ptr::with_exposed_provenance((boot_info.physical_memory_offset + address) as usize);
    // SAFETY: the firmware's read-only memory, which the loader has mapped there.
    let entry_point: [u8; ENTRY_POINT_SIZE] = unsafe { core::ptr::read(place) };
    assert!(entry_point.starts_with(b"_SM_"), "{entry_point:x?}");
    assert_eq!(entry_point.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
}

fn there_are_neither_uefi_nor_a_framebuffer(boot_info: &'static BootInfo) {
    assert_eq!((boot_info.efi_system_table(), boot_info.efi_memory_map()), (None, None));
    assert_eq!(boot_info.framebuffer(), None);
}

fn the_console_is_a_text_screen_and_a_serial_port(boot_info: &'static BootInfo) {
    let screen = boot_info.console.text_screen().expect("QEMU has a VGA adapter");
    assert_eq!((screen.physical_address, screen.columns, screen.rows), (0xB_8000, 80, 25));
    assert_eq!(boot_info.console.serial_port, 0x3F8);
}
