use super::*;
use crate::{ColorMask, MemoryKind, MemoryType, PartitionTable, SegmentFlags, TextScreen};

/// One without anything in it, which is believed.
pub(crate) fn boot_info() -> BootInfo {
    BootInfo {
        magic: BootInfo::MAGIC,
        version: BootInfo::VERSION,
        size: 376,
        memory_map: Slice::EMPTY,
        modules: Slice::EMPTY,
        timeline: Slice::EMPTY,
        command_line: Str::EMPTY,
        physical_memory_offset: 0,
        physical_memory_size: 0,
        rsdp_address: 0,
        cpu_features: CpuFeatures::SSE,
        kernel: KernelImage {
            segments: Slice::EMPTY,
            entry: 0,
            load_bias: 0,
            stack_top: 0,
            stack_size: 0,
            page_table: 0,
            trampoline_page: 0,
        },
        boot_device: BootDevice {
            table: PartitionTable::MBR,
            entry: 0,
            partition_lba: 0,
            partition_sectors: 0,
            sector_size: 512,
            disk_signature: 0,
            bios_drive_or_none: 0x80,
            mbr_type: 0,
            reserved: [0; 5],
            disk_guid: [0; 16],
            partition_guid: [0; 16],
        },
        console: Console { serial_port: 0, reserved: [0; 3], screen: TextScreen::NONE },
        flags: BootFlags::empty(),
        signed_files: Slice::EMPTY,
        smbios_address: 0,
        tsc_hz: 0,
        framebuffer: Framebuffer::NONE,
        efi: Efi::NONE,
    }
}

/// One with every field of today set, each to something else.
pub(crate) fn full() -> BootInfo {
    let mask = |position| ColorMask { size: 8, position };
    BootInfo {
        smbios_address: 0xF_5990,
        tsc_hz: 2_000_000_000,
        framebuffer: Framebuffer {
            physical_address: 0xFD00_0000,
            width: 1280,
            height: 800,
            pitch: 5120,
            bits_per_pixel: 32,
            memory_type: MemoryType::WRITE_COMBINING,
            padding: 0,
            red: mask(16),
            green: mask(8),
            blue: mask(0),
            reserved: mask(24),
        },
        efi: Efi {
            system_table: 0x7F00_0018,
            memory_map: EfiMemoryMap {
                physical_address: 0x10_0000,
                len_bytes: 4800,
                descriptor_size: 48,
                descriptor_version: 1,
            },
        },
        ..boot_info()
    }
}

/// What of the fields past the base a kernel sees.
type Extension = (Option<u64>, Option<u64>, Option<Framebuffer>, Option<u64>, Option<EfiMemoryMap>);

fn extension(boot_info: &BootInfo) -> Extension {
    (
        boot_info.smbios_address(),
        boot_info.tsc_hz(),
        boot_info.framebuffer(),
        boot_info.efi_system_table(),
        boot_info.efi_memory_map(),
    )
}

/// What a kernel sees of a loader's structure of so many bytes: today's fields as far as they fit, then ones.
fn of_size(size: usize) -> Result<BootInfo, ProtocolError> {
    let whole = BootInfo { size: u32::try_from(size).unwrap(), ..full() };
    let from = core::ptr::from_ref(&whole).cast::<u8>();
    let mut memory = vec![u64::MAX; size.div_ceil(8)];
    // SAFETY: both have so many bytes.
    unsafe {
        core::ptr::copy_nonoverlapping(from, memory.as_mut_ptr().cast(), size.min(size_of::<BootInfo>()))
    };
    // SAFETY: `size` bytes, aligned to 8.
    unsafe { BootInfo::from_loader(memory.as_ptr().cast()) }
}

pub(crate) fn verdict(boot_info: &BootInfo) -> Result<(), ProtocolError> {
    // SAFETY: a whole BootInfo that outlives the call.
    unsafe { BootInfo::from_loader(boot_info) }.map(|_| ())
}

#[test]
fn a_boot_info_of_this_version_is_taken() {
    assert_eq!(verdict(&boot_info()), Ok(()));
    assert_eq!(extension(&boot_info()), (None, None, None, None, None), "a machine that has none of it");
    let Efi { system_table, memory_map } = full().efi;
    let all =
        (Some(0xF_5990), Some(2_000_000_000), Some(full().framebuffer), Some(system_table), Some(memory_map));
    assert_eq!(extension(&full()), all);
    let own = of_size(size_of::<BootInfo>()).unwrap();
    assert_eq!((extension(&own), own.size), (all, 376));
}

#[test]
fn a_newer_loader_writes_more_and_what_it_adds_is_ignored() {
    for size in [377, 384, 400, 4096] {
        let newer = of_size(size).unwrap();
        assert_eq!((newer.size as usize, extension(&newer)), (size, extension(&full())));
        assert_eq!(newer.command_line.get(), "");
    }
}

/// The size decides, to the byte: a field of which a part is missing isn't there.
#[test]
fn an_older_loader_writes_less_and_what_it_lacks_is_none() {
    for size in BootInfo::BASE_SIZE..size_of::<BootInfo>() {
        let (smbios, tsc, framebuffer, system_table, map) = extension(&of_size(size).unwrap());
        assert_eq!(smbios.is_some(), size >= 304, "{size}");
        assert_eq!(tsc.is_some(), size >= 312, "{size}");
        assert_eq!(framebuffer.is_some(), size >= 344, "{size}");
        assert_eq!((system_table, map), (None, None), "{size}");
    }
    let base = of_size(BootInfo::BASE_SIZE).unwrap();
    assert_eq!((base.size, base.boot_device.bios_drive()), (296, Some(0x80)));
}

#[test]
fn a_size_below_the_base_is_impossible() {
    assert_eq!(of_size(295).map(|_| ()), Err(ProtocolError::Size(295)));
    for size in [0, 16, 248, 295] {
        assert_eq!(verdict(&BootInfo { size, ..boot_info() }), Err(ProtocolError::Size(size)));
    }
}

#[test]
fn a_cell_keeps_the_copy() {
    static CELL: BootInfoCell = BootInfoCell::empty();
    let loaders = full();
    // SAFETY: a whole BootInfo, and the only call for this cell.
    let kept = unsafe { CELL.init(&raw const loaders) }.unwrap();
    assert!(!core::ptr::eq(kept, &raw const loaders));
    assert_eq!(extension(kept), extension(&loaders));
    static REFUSED: BootInfoCell = BootInfoCell::empty();
    let wrong = BootInfo { magic: 7, ..loaders };
    // SAFETY: as above.
    let refused = unsafe { REFUSED.init(&raw const wrong) };
    assert_eq!(refused.map(|_| ()), Err(ProtocolError::Magic(7)));
}

#[test]
fn the_framebuffer_ends_with_its_last_row() {
    assert_eq!(full().framebuffer.len_bytes(), 5120 * 800);
    let large = Framebuffer { pitch: u32::MAX, height: 2, ..Framebuffer::NONE };
    assert_eq!(large.len_bytes(), 2 * u64::from(u32::MAX));
}

#[test]
fn what_is_not_our_boot_info_is_refused_by_name() {
    assert_eq!(verdict(&BootInfo { magic: 7, ..boot_info() }), Err(ProtocolError::Magic(7)));
    assert_eq!(verdict(&BootInfo { version: 3, ..boot_info() }), Err(ProtocolError::Version(3)));
    assert_eq!(verdict(&BootInfo { version: 1, ..boot_info() }), Err(ProtocolError::Version(1)));
    // SAFETY: a null pointer is refused before it is read.
    let null = unsafe { BootInfo::from_loader(core::ptr::null()) };
    assert_eq!(null.map(|_| ()), Err(ProtocolError::Address(0)));
    let misaligned = core::ptr::from_ref(&boot_info()).cast::<u8>().wrapping_add(4).cast();
    // SAFETY: a misaligned pointer is refused before it is read.
    let verdict = unsafe { BootInfo::from_loader(misaligned) };
    assert_eq!(verdict.map(|_| ()), Err(ProtocolError::Address(misaligned.addr())));
}

#[test]
fn each_error_says_what_was_found_and_what_was_to_be() {
    for (error, text) in [
        (ProtocolError::Address(0x1004), "0x1004 is no BootInfo's address".to_owned()),
        (ProtocolError::Magic(7), "magic 0x7, not 0x504d554a524146".to_owned()),
        (ProtocolError::Version(3), "version 3, not 2".to_owned()),
        (ProtocolError::Size(100), "100 bytes of BootInfo, not 296 or more".to_owned()),
        (ProtocolError::Outside("a module"), "a module can't be where it says".to_owned()),
        (ProtocolError::MemoryMap(0x1000), "the memory map is out of order at 0x1000".to_owned()),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn ram_is_counted_by_kind() {
    let kinds = [1, 2, 3, 4, 5, 0x1000, 0x1001, 0x1002, 7];
    // Region N has 1 << N pages, so that a sum says which are in it.
    let mut start = 0;
    let map: Vec<MemoryRegion> = (0..)
        .zip(kinds)
        .map(|(index, kind)| {
            let end = start + (4096 << index);
            let region = MemoryRegion::new(start..end, MemoryKind(kind));
            start = end;
            region
        })
        .collect();
    let map: &'static [MemoryRegion] = map.leak();
    let address = map.as_ptr().expose_provenance() as u64;
    // SAFETY: leaked, and never written again.
    let memory_map = unsafe { Slice::new(address, map.len() as u64) };
    // Usable, ACPI reclaimable, the loader's, the kernel's, modules.
    assert_eq!(BootInfo { memory_map, ..boot_info() }.ram_bytes(), 4096 * 0b1110_0101);
    assert_eq!(boot_info().ram_bytes(), 0);
}

#[test]
fn cpu_features_are_the_bits_that_the_protocol_documents() {
    let features = [
        (CpuFeatures::NO_EXECUTE, 1),
        (CpuFeatures::SSE, 2),
        (CpuFeatures::WRITE_PROTECT, 4),
        (CpuFeatures::GIB_PAGES, 8),
    ];
    for (feature, bits) in features {
        assert_eq!(feature.bits(), bits, "{feature:?}");
    }
}

#[test]
fn a_signed_file_is_found_by_its_path_and_the_first_entry_counts() {
    let text = |text: &'static str| {
        // SAFETY: a static text.
        unsafe { Str::new(text.as_ptr().expose_provenance() as u64, text.len() as u64) }
    };
    let entries = [("/modules/a.so", 1), ("/a b", 2), ("/MODULES/A.SO", 3)];
    let files = entries.map(|(path, byte)| SignedFile { path: text(path), sha256: [byte; 32] });
    let files = Box::leak(Box::new(files));
    // SAFETY: leaked, and never written again.
    let signed_files = unsafe { Slice::new(files.as_ptr().expose_provenance() as u64, 3) };
    let boot_info = BootInfo { flags: BootFlags::SIGNED, signed_files, ..boot_info() };
    let found = |path: &str| boot_info.signed_file(path).map(|file| file.sha256[0]);
    for path in ["/modules/a.so", "/Modules/A.So", "//modules///a.so", "/modules/a.so/"] {
        assert_eq!(found(path), Some(1), "{path}");
    }
    assert_eq!(found("/A B"), Some(2));
    let others = [
        "",
        "/",
        "a b",
        "/a b ",
        "/modules",
        "/modules/a",
        "/a.so",
        "/modules/a.so/x",
        "/modules/./a.so",
        "/modules/../modules/a.so",
        "/modules/A~1.SO",
        "modules/a.so",
        "/modules\\a.so",
    ];
    for path in others {
        assert_eq!(found(path), None, "{path}");
    }
}

#[test]
fn below_4_gib_all_is_mapped_and_above_only_ram() {
    const GIB: u64 = 1 << 30;
    let map = [
        MemoryRegion::new(4096..GIB, MemoryKind::USABLE),
        MemoryRegion::new(4 * GIB..5 * GIB, MemoryKind::USABLE),
        MemoryRegion::new(5 * GIB..6 * GIB, MemoryKind::ACPI_NVS),
        MemoryRegion::new(6 * GIB..7 * GIB, MemoryKind::RESERVED),
        MemoryRegion::new(8 * GIB..9 * GIB, MemoryKind::USABLE),
    ];
    // SAFETY: the map outlives the slice.
    let memory_map = unsafe { Slice::new(map.as_ptr() as u64, map.len() as u64) };
    let boot_info = BootInfo { memory_map, physical_memory_size: 9 * GIB, ..boot_info() };
    let mapped = [0..1, 2 * GIB..4 * GIB, 3 * GIB..6 * GIB, 5 * GIB - 1..5 * GIB + 1, 8 * GIB..9 * GIB];
    for range in mapped {
        assert!(boot_info.maps(range.clone()), "{range:x?}");
    }
    let unmapped = [
        0..0,
        6 * GIB..6 * GIB + 1,
        4 * GIB..6 * GIB + 1,
        7 * GIB - 1..7 * GIB,
        8 * GIB - 1..8 * GIB + 1,
        4 * GIB..9 * GIB,
        8 * GIB..9 * GIB + 1,
        9 * GIB..9 * GIB + 1,
        u64::MAX - 1..u64::MAX,
    ];
    for range in unmapped {
        assert!(!boot_info.maps(range.clone()), "{range:x?}");
    }
}

#[test]
fn segment_flags_are_the_bits_of_an_elf_program_header() {
    assert_eq!(
        SegmentFlags::from_bits_retain(elf_pf::R | elf_pf::X),
        SegmentFlags::READ | SegmentFlags::EXECUTE
    );
    assert_eq!(SegmentFlags::from_bits_retain(elf_pf::W), SegmentFlags::WRITE);
}

/// `PF_X`, `PF_W`, `PF_R` as the System V ABI defines them.
mod elf_pf {
    pub(super) const X: u32 = 0x1;
    pub(super) const W: u32 = 0x2;
    pub(super) const R: u32 = 0x4;
}
