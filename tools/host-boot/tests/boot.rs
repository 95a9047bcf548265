//! Whole boots: reads the data that the kernel receives by page tables and addresses.

mod support;

use std::mem::offset_of;

use disk_image::FatKind;
use farjump_api::{BootInfo, KernelImage, MemoryKind, Phase, SegmentFlags, Wishes};
use farjump_loader::config::Verify;
use farjump_loader::policy::Policy;
use host_boot::{Entry, HostDisk, Kernel, Ram};
use support::elf::{self, BASE, Elf, Segment};
use support::{Disk, boot, boot_with, snapshot, with_gpt};

/// Bytes of stack that the usual kernel wishes for.
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
fn the_stack_is_as_large_as_wished_and_ends_below_with_nothing() {
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
    assert_eq!((offset, size), (Wishes::DEFAULT.physical_memory(), 4 << 30));
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

#[test]
fn the_lines_of_a_boot_are_these() {
    let lines = boot(&Disk::new().make()).0.lines;
    assert_eq!(
        lines,
        [
            "loader: 32376 KiB of memory (host)",
            "loader: host disk, partition 1, FAT16, 15 MiB",
            "loader: /kernel.elf: 3 segments, 24 KiB, 0 relocations, entry 0xffffffff80200045",
            "loader: /modules/numbers.bin: 5000 bytes at 0x100b000",
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
    let base = boot_layout::virtual_memory::KERNEL_BASE;
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

#[test]
fn thousands_of_segments_have_page_tables_of_their_own() {
    let mut kernel = Elf::usual();
    let note = elf::note(&Wishes::DEFAULT);
    let far = (0..3000u64).map(|index| Segment {
        address: 0x40_0000 + index * 0x20_1000,
        flags: SegmentFlags::READ,
        memory_size: 1,
        bytes: vec![u8::try_from(index % 251).unwrap()],
    });
    kernel.segments.splice(0..0, far);
    assert_eq!(note.len(), 44);
    let disk = Disk { kernel: kernel.to_bytes(), ..Disk::new() };
    let snapshot = snapshot(&disk.make());
    assert_eq!(snapshot.segments.len(), 3003);
    for (index, (_, _, bytes)) in snapshot.segments.iter().take(3000).enumerate() {
        assert_eq!((bytes.len(), usize::from(bytes[0])), (4096, index % 251));
    }
}
