//! Whole boots: reads the data that the kernel receives by page tables and addresses.

mod support;

use std::mem::offset_of;

use disk_image::FatKind;
use farjump_api::{
    BootDevice, BootInfo, ColorMask, Efi, EfiMemoryMap, Framebuffer, KernelImage, KernelRequests, MemoryKind,
    MemoryType, Phase, RequestFlags, SegmentFlags,
};
use farjump_loader::config::Verify;
use farjump_loader::policy::Policy;
use host_boot::{Entry, Firmware, HostDisk, Kernel, Ram};
use support::elf::{self, BASE, Elf, Segment};
use support::{Disk, boot, boot_with, snapshot, with_gpt};

/// Bytes of stack that the usual kernel requests.
const STACK_SIZE: u64 = 20 << 10;

#[test]
fn the_kernel_gets_its_segments_modules_and_command_line_byte_for_byte() {
    for kind in [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32] {
        for verify in [Verify::None, Verify::Checksum, Verify::Sha256] {
            let disk = Disk { kind, verify, ..Disk::new() };
            assert_eq!(snapshot(&disk.make()), disk.expected(), "{kind}, {verify:?}");
        }
    }
}

#[test]
fn contents_of_memory_from_earlier_boots_change_nothing() {
    let disk = Disk::new();
    let bytes = disk.make();
    let mut ram = Ram::new(support::MEMORY_MIB);
    for round in 0..3 {
        // Each boot has a different module, so that the previous contents of memory differ.
        let other = Disk { module: vec![0xEE; 30_000 * round], ..Disk::new() }.make();
        host_boot::boot(HostDisk::new(&other), &mut ram, Policy::ANY);
        let report = host_boot::boot(HostDisk::new(&bytes), &mut ram, Policy::ANY);
        assert_eq!(Kernel::new(&ram, report.entry.unwrap()).snapshot().unwrap(), disk.expected());
    }
}

#[test]
fn a_long_read_reports_each_4_mib_once() {
    let disk = Disk { module: vec![7; 9 << 20], ..Disk::new() };
    let lines = boot(&disk.make()).0.lines;
    let progress: Vec<_> = lines.iter().filter(|line| line.contains(" of 9 MiB")).collect();
    assert_eq!(
        progress,
        ["loader: /modules/numbers.bin: 4 of 9 MiB", "loader: /modules/numbers.bin: 8 of 9 MiB",]
    );
}

#[test]
fn the_same_volume_boots_from_a_gpt_from_its_backup_and_from_a_partition_of_type_ef() {
    let disk = Disk::new();
    let mut typed = disk.make();
    typed[446 + 4] = 0xEF;
    assert_eq!(snapshot(&typed), disk.expected());
    let mut bytes = with_gpt(disk.make());
    assert_eq!(snapshot(&bytes), disk.expected());
    assert!(boot(&bytes).0.lines.contains(&"loader: host disk, GPT partition 2, FAT16, 15 MiB".to_owned()));
    bytes[512..1024].fill(0);
    assert_eq!(snapshot(&bytes), disk.expected());
    let lines = boot(&bytes).0.lines;
    assert!(lines.iter().any(|line| line.starts_with("loader: the backup of the GPT is used: no header")));
}

#[test]
fn each_page_is_mapped_as_the_file_says_and_nothing_else_is() {
    let (report, ram) = boot(&Disk::new().make());
    let kernel = Kernel::new(&ram, report.entry.unwrap());
    for segment in Elf::usual().segments {
        let page = kernel.translate(segment.address).unwrap();
        assert_eq!(page.writable, segment.flags.contains(SegmentFlags::WRITE));
        assert_eq!(page.executable, segment.flags.contains(SegmentFlags::EXECUTE));
        assert!(!page.writable || !page.executable);
    }
    let (_, _, data) = Elf::usual().segments[2].in_memory();
    for unmapped in [0, 0x1000, 0x7FFF, 0x9000, BASE - 1, BASE + 0x3000 + data.len() as u64, u64::MAX] {
        assert_eq!(kernel.translate(unmapped), None, "{unmapped:#x}");
    }
    let trampoline = kernel.translate(0x8000).unwrap();
    assert!(trampoline.executable && !trampoline.writable && trampoline.physical == 0x8000);
}

#[test]
fn the_stack_is_as_large_as_requested_and_ends_below_with_nothing() {
    let (report, ram) = boot(&Disk::new().make());
    let kernel = Kernel::new(&ram, report.entry.unwrap());
    let Entry::LongMode { stack_pointer, .. } = kernel.entry;
    assert_eq!((stack_pointer + 8) % 16, 0, "as after a CALL");
    let top = stack_pointer + 8;
    let image = offset_of!(BootInfo, kernel);
    assert_eq!(kernel.field(image + offset_of!(KernelImage, stack_top)), Some(top));
    assert_eq!(kernel.field(image + offset_of!(KernelImage, stack_size)), Some(STACK_SIZE));
    for address in (top - STACK_SIZE..top).step_by(4096) {
        let page = kernel.translate(address).unwrap();
        assert!(page.writable && !page.executable);
    }
    assert_eq!(kernel.translate(top - STACK_SIZE - 1), None);
    assert_eq!(kernel.translate(top), None);
}

#[test]
fn all_physical_memory_is_mapped_writable_and_never_executable() {
    let (report, ram) = boot(&Disk::new().make());
    let kernel = Kernel::new(&ram, report.entry.unwrap());
    let offset = kernel.field(offset_of!(BootInfo, physical_memory_offset)).unwrap();
    let size = kernel.field(offset_of!(BootInfo, physical_memory_size)).unwrap();
    assert_eq!((offset, size), (KernelRequests::DEFAULT.physical_memory(), 4 << 30));
    for physical in (0..size).step_by(1 << 20).chain([size - 1]) {
        let page = kernel.translate(offset + physical).unwrap();
        assert_eq!(page.physical, physical);
        assert!(page.writable && !page.executable);
    }
    assert_eq!(kernel.translate(offset + size), None);
}

#[test]
fn the_memory_map_is_sorted_and_all_data_for_the_kernel_has_the_kernels_kind() {
    let (report, ram) = boot(&Disk::new().make());
    let kernel = Kernel::new(&ram, report.entry.unwrap());
    let map = kernel.memory_map().unwrap();
    assert!(map.windows(2).all(|pair| pair[0].end <= pair[1].start && pair[0].start < pair[0].end));
    let kind = |physical: u64| {
        map.iter().find(|region| (region.start..region.end).contains(&physical)).unwrap().kind
    };
    let Entry::LongMode { page_table, stack_pointer, .. } = kernel.entry;
    let physical = |address: u64| kernel.translate(address).unwrap().physical;
    let segments = kernel.segments().unwrap();
    let received = segments.iter().map(|segment| segment.physical_address).chain([
        page_table,
        physical(stack_pointer),
        physical(kernel.boot_info()),
    ]);
    assert!(received.into_iter().all(|address| kind(address) == MemoryKind::KERNEL));
    let ram_bytes: u64 =
        map.iter().filter(|region| region.kind.is_ram()).map(|region| region.end - region.start).sum();
    assert!(ram_bytes > 30 << 20);
}

#[test]
fn the_boot_info_says_what_the_platform_said() {
    let (report, ram) = boot(&Disk::new().make());
    let kernel = Kernel::new(&ram, report.entry.unwrap());
    assert_eq!(kernel.field(offset_of!(BootInfo, magic)), Some(BootInfo::MAGIC));
    let size = (size_of::<BootInfo>() as u64) << 32 | u64::from(BootInfo::VERSION);
    assert_eq!(kernel.field(offset_of!(BootInfo, version)), Some(size));
    assert_eq!(kernel.field(offset_of!(BootInfo, rsdp_address)), Some(0xE_0000));
    let phases =
        [Phase::MEMORY_MAP, Phase::VOLUME, Phase::CONFIG, Phase::KERNEL, Phase::MODULES, Phase::HANDOVER];
    assert_eq!(kernel.phases().unwrap(), phases.map(|phase| phase.0));
}

/// The BootInfo of a boot by this firmware, from its place for the boot device on.
fn boot_info_from(firmware: Firmware, kernel: Vec<u8>, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let disk = change(Disk { kernel, ..Disk::new() }.make());
    let mut ram = Ram::new(support::MEMORY_MIB);
    let report = host_boot::boot_on(firmware, HostDisk::new(&disk), &mut ram, Policy::ANY);
    let bytes = Kernel::new(&ram, report.entry.expect("it boots")).boot_info_bytes().expect("it is mapped");
    assert_eq!(bytes.len(), 376);
    bytes
}

fn number(bytes: &[u8], offset: usize, size: usize) -> u64 {
    bytes[offset..offset + size].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Offsets are those of docs/boot-protocol.md.
const BOOT_DEVICE: usize = 176;
const EXTENSION: usize = 296;

#[test]
fn a_boot_by_bios_from_an_mbr_is_described_as_one() {
    let bytes = boot_info_from(Firmware::BIOS, Elf::usual().to_bytes(), |disk| disk);
    let device = &bytes[BOOT_DEVICE..BOOT_DEVICE + 72];
    let disk = Disk::new().make();
    assert_eq!((number(device, 0, 4), number(device, 4, 4)), (1, 0), "entry 0 of an MBR");
    assert_eq!(device[8..12], disk[446 + 8..446 + 12], "first sector");
    assert_eq!(device[16..20], disk[446 + 12..446 + 16], "sectors");
    assert_eq!(number(device, 24, 4), 512);
    assert_eq!(device[28..32], disk[440..444], "disk signature");
    assert_eq!((number(device, 32, 2), device[34]), (0x80, disk[446 + 4]), "drive, type");
    assert_eq!(device[35..], [0; 37], "no GUIDs");
    assert_eq!(bytes[EXTENSION..], [0; 80], "no SMBIOS that wasn't requested, no framebuffer, no UEFI");
}

#[test]
fn a_partition_of_a_gpt_is_described_by_its_guids() {
    let bytes = boot_info_from(Firmware::BIOS, Elf::usual().to_bytes(), with_gpt);
    let device = &bytes[BOOT_DEVICE..BOOT_DEVICE + 72];
    let disk = with_gpt(Disk::new().make());
    assert_eq!((number(device, 0, 4), number(device, 4, 4)), (2, 1), "entry 1 of a GPT");
    assert_eq!((number(device, 32, 2), device[34]), (0x80, 0));
    // GUIDs are random, and the disk of this boot isn't kept: two disks have different ones.
    assert!(device[40..56] != [0; 16] && device[56..72] != [0; 16] && device[40..56] != device[56..72]);
    let again = boot_info_from(Firmware::BIOS, Elf::usual().to_bytes(), |_| disk.clone());
    // In the header at LBA 1, and in the second entry of the table at LBA 2.
    assert_eq!(again[BOOT_DEVICE + 40..BOOT_DEVICE + 56], disk[512 + 56..512 + 72]);
    assert_eq!(again[BOOT_DEVICE + 56..BOOT_DEVICE + 72], disk[1024 + 128 + 16..1024 + 128 + 32]);
}

#[test]
fn what_a_uefi_platform_says_is_handed_over_at_its_documented_offset() {
    let mask = |size, position| ColorMask { size, position };
    let firmware = Firmware {
        bios_drive: None,
        rsdp_address: 0x7F77_E014,
        smbios_address: 0x7F5A_0000,
        tsc_hz: 2_400_000_000,
        framebuffer: Framebuffer {
            physical_address: 0x40_8000_0000,
            width: 1280,
            height: 800,
            pitch: 5376,
            bits_per_pixel: 32,
            memory_type: MemoryType::WRITE_COMBINING,
            padding: 0,
            red: mask(8, 16),
            green: mask(7, 9),
            blue: mask(6, 1),
            reserved: mask(5, 24),
        },
        efi: Efi {
            system_table: 0x7F5E_C018,
            memory_map: EfiMemoryMap {
                physical_address: 0x12_3000,
                len_bytes: 119 * 48,
                descriptor_size: 48,
                descriptor_version: 1,
            },
        },
    };
    let flags = RequestFlags::SMBIOS;
    let note = elf::note(&KernelRequests { flags, ..KernelRequests::DEFAULT });
    let kernel = elf::with_notes_at_end(Elf::usual(), &[&note]);
    let bytes = boot_info_from(firmware, kernel, |disk| disk);
    assert_eq!(number(&bytes, BOOT_DEVICE + 32, 2), u64::from(BootDevice::NO_BIOS_DRIVE));
    assert_eq!(number(&bytes, 96, 8), 0x7F77_E014);
    assert_eq!((number(&bytes, 296, 8), number(&bytes, 304, 8)), (0x7F5A_0000, 2_400_000_000));
    assert_eq!(number(&bytes, 312, 8), 0x40_8000_0000);
    let sizes = [(320, 4, 1280), (324, 4, 800), (328, 4, 5376), (332, 2, 32), (334, 1, 1)];
    for (offset, size, expected) in sizes {
        assert_eq!(number(&bytes, offset, size), expected, "{offset}");
    }
    assert_eq!(bytes[335..344], [0, 8, 16, 7, 9, 6, 1, 5, 24]);
    assert_eq!((number(&bytes, 344, 8), number(&bytes, 352, 8)), (0x7F5E_C018, 0x12_3000));
    assert_eq!((number(&bytes, 360, 8), number(&bytes, 368, 4), number(&bytes, 372, 4)), (119 * 48, 48, 1));
}

#[test]
fn the_smbios_entry_point_is_looked_for_only_if_it_is_requested() {
    let smbios = |flags| {
        let note = elf::note(&KernelRequests { flags, ..KernelRequests::DEFAULT });
        let kernel = elf::with_notes_at_end(Elf::usual(), &[&note]);
        number(&boot_info_from(Firmware::BIOS, kernel, |disk| disk), EXTENSION, 8)
    };
    assert_eq!(smbios(RequestFlags::SMBIOS), 0xF_59F0);
    assert_eq!(smbios(RequestFlags::empty()), 0);
    assert_eq!(smbios(RequestFlags::from_bits_retain(!1)), 0, "requests of the future");
}

#[test]
fn the_lines_of_a_boot_are_these() {
    let lines = boot(&Disk::new().make()).0.lines;
    assert_eq!(
        lines,
        [
            "loader: 32376 KiB of memory (host)",
            "loader: host disk, partition 1, FAT16, 15 MiB",
            "loader: /kernel.elf: 3 segments, 24 KiB, 0 relocations, entry 0xffffffff80200045",
            "loader: /modules/numbers.bin: 5000 bytes at 0x100c000",
            "loader: starting the kernel",
        ]
    );
    let quiet = Disk { config: Some(b"kernel = /kernel.elf\nquiet = yes\n".to_vec()), ..Disk::new() };
    assert!(boot(&quiet.make()).0.lines.is_empty());
}

#[test]
fn a_position_independent_kernel_is_moved_and_relocated() {
    // Code, a table of relocations with one entry, and data that the entry is for.
    let dynamic = [(7u64, 0x1000u64), (8, 24), (9, 24), (0, 0)];
    let table = [0x2008u64, 8, 0x123].map(u64::to_le_bytes).concat();
    let mut data = vec![0xAA; 8];
    data.extend([0xBB; 8]);
    data.extend(dynamic.iter().flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()].concat()));
    let segment =
        |address, flags, bytes: Vec<u8>| Segment { address, flags, memory_size: bytes.len() as u64, bytes };
    let kernel = Elf {
        is_position_independent: true,
        entry: 0x10,
        segments: vec![
            segment(0, SegmentFlags::READ | SegmentFlags::EXECUTE, vec![0x90; 64]),
            segment(0x1000, SegmentFlags::READ, table),
            segment(0x2000, SegmentFlags::READ | SegmentFlags::WRITE, data),
        ],
        note: None,
        dynamic: Some((0x2010, 64)),
    };
    let disk = Disk { kernel: kernel.to_bytes(), ..Disk::new() };
    let snapshot = snapshot(&disk.make());
    let base = farjump_api::virtual_memory::KERNEL_BASE;
    assert_eq!(snapshot.entry, base + 0x10);
    let (address, _, bytes) = &snapshot.segments[2];
    assert_eq!(*address, base + 0x2000);
    assert_eq!(bytes[..8], [0xAA; 8]);
    assert_eq!(bytes[8..16], (base + 0x123).to_le_bytes());
}

#[test]
fn a_disk_whose_size_the_firmware_does_not_say_boots_too() {
    let bytes = Disk::new().make();
    assert!(boot_with(HostDisk::new(&bytes).of_unknown_size(), Policy::ANY).0.entry.is_some());
}

/// The stack that a kernel gets.
fn stack_size(kernel: Vec<u8>) -> Option<u64> {
    let (report, ram) = boot(&Disk { kernel, ..Disk::new() }.make());
    let kernel = Kernel::new(&ram, report.entry?);
    kernel.field(offset_of!(BootInfo, kernel) + offset_of!(KernelImage, stack_size))
}

#[test]
fn requests_count_wherever_in_the_file_the_note_is_and_without_one_the_defaults_do() {
    let note_of = |stack_size| elf::note(&KernelRequests { stack_size, ..KernelRequests::DEFAULT });
    assert!(Elf::usual().note_offset() > 4096, "past what is read with the headers");
    assert_eq!(stack_size(Elf::usual().to_bytes()), Some(STACK_SIZE));
    // In the first segment, and so in what is read with the headers.
    let mut early = Elf::usual();
    early.segments[0].bytes.splice(1000..1052, note_of(1 << 20));
    early.note = Some((early.segments[0].address + 1000, 52));
    assert!(early.note_offset() < 4000);
    assert_eq!(stack_size(early.to_bytes()), Some(1 << 20));
    // In no segment.
    assert_eq!(stack_size(elf::with_notes_at_end(Elf::usual(), &[&note_of(1 << 21)])), Some(1 << 21));
    // After a linker's own note; of two of farjump's the first counts.
    let linkers = [4u32, 4, 1, 0x0055_4E47, 7].map(u32::to_le_bytes).concat();
    let notes = [linkers, note_of(8 << 10), note_of(1 << 20)].concat();
    assert_eq!(stack_size(elf::with_notes_at_end(Elf::usual(), &[&notes])), Some(8 << 10));
    let two_headers = [&note_of(8 << 10)[..], &note_of(1 << 20)[..]];
    assert_eq!(stack_size(elf::with_notes_at_end(Elf::usual(), &two_headers)), Some(8 << 10));
    let without = Elf { note: None, ..Elf::usual() };
    assert_eq!(stack_size(without.to_bytes()), Some(64 << 10));
}

#[test]
fn thousands_of_segments_have_page_tables_of_their_own() {
    let mut kernel = Elf::usual();
    let note = elf::note(&KernelRequests::DEFAULT);
    let far = (0..3000u64).map(|index| Segment {
        address: 0x40_0000 + index * 0x20_1000,
        flags: SegmentFlags::READ,
        memory_size: 1,
        bytes: vec![u8::try_from(index % 251).unwrap()],
    });
    kernel.segments.splice(0..0, far);
    assert_eq!(note.len(), 52);
    let disk = Disk { kernel: kernel.to_bytes(), ..Disk::new() };
    let snapshot = snapshot(&disk.make());
    assert_eq!(snapshot.segments.len(), 3003);
    for (index, (_, _, bytes)) in snapshot.segments.iter().take(3000).enumerate() {
        assert_eq!((bytes.len(), usize::from(bytes[0])), (4096, index % 251));
    }
}
