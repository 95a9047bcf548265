use super::*;
use crate::{MemoryKind, SegmentFlags, TextScreen};

/// One without anything in it, which is believed.
pub(crate) fn boot_info() -> BootInfo {
    BootInfo {
        magic: BootInfo::MAGIC,
        version: BootInfo::VERSION,
        size: 248,
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
            drive: 0x80,
            partition: 0,
            partition_type: 0,
            reserved: 0,
            disk_signature: 0,
            partition_lba: 0,
            partition_sectors: 0,
        },
        console: Console { serial_port: 0, reserved: [0; 3], screen: TextScreen::NONE },
        flags: BootFlags::empty(),
        signed_files: Slice::EMPTY,
    }
}

pub(crate) fn verdict(boot_info: &BootInfo) -> Result<(), ProtocolError> {
    // SAFETY: a whole BootInfo that outlives the call.
    unsafe { BootInfo::from_loader(boot_info) }.map(|_| ())
}

#[test]
fn a_boot_info_of_this_version_is_taken() {
    assert_eq!(verdict(&boot_info()), Ok(()));
    assert_eq!(verdict(&BootInfo { size: 300, ..boot_info() }), Ok(()), "a newer loader writes more");
}

#[test]
fn what_is_not_our_boot_info_is_refused_by_name() {
    assert_eq!(verdict(&BootInfo { magic: 7, ..boot_info() }), Err(ProtocolError::Magic(7)));
    assert_eq!(verdict(&BootInfo { version: 3, ..boot_info() }), Err(ProtocolError::Version(3)));
    assert_eq!(verdict(&BootInfo { size: 100, ..boot_info() }), Err(ProtocolError::Size(100)));
    assert_eq!(
        verdict(&BootInfo { size: 224, ..boot_info() }),
        Err(ProtocolError::Size(224)),
        "an older loader"
    );
    // SAFETY: a null pointer is refused before it is read.
    let null = unsafe { BootInfo::from_loader(core::ptr::null()) };
    assert_eq!(null.map(|_| ()), Err(ProtocolError::Address(0)));
    let misaligned = core::ptr::from_ref(&boot_info()).cast::<u8>().wrapping_add(4).cast();
    // SAFETY: a misaligned pointer is refused before it is read.
    let verdict = unsafe { BootInfo::from_loader(misaligned) };
    assert_eq!(verdict.map(|_| ()), Err(ProtocolError::Address(misaligned.addr())));
}

#[test]
fn a_size_of_one_byte_less_is_too_small() {
    let size = size_of::<BootInfo>() as u32;
    assert_eq!(verdict(&BootInfo { size, ..boot_info() }), Ok(()));
    assert_eq!(verdict(&BootInfo { size: size - 1, ..boot_info() }), Err(ProtocolError::Size(size - 1)));
}

#[test]
fn each_error_says_what_was_found_and_what_was_to_be() {
    let expected_size = size_of::<BootInfo>();
    for (error, text) in [
        (ProtocolError::Address(0x1004), "0x1004 is no BootInfo's address".to_owned()),
        (ProtocolError::Magic(7), "magic 0x7, not 0x504d554a524146".to_owned()),
        (ProtocolError::Version(3), "version 3, not 2".to_owned()),
        (ProtocolError::Size(100), format!("100 bytes of BootInfo, not {expected_size}")),
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

/// `PF_X`, `PF_W`, `PF_R` as the System V ABI gives them.
mod elf_pf {
    pub(super) const X: u32 = 0x1;
    pub(super) const W: u32 = 0x2;
    pub(super) const R: u32 = 0x4;
}
