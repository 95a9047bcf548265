//! A BootInfo that the loader's half writes, read by the kernel's.

use super::*;
use crate::boot_info::tests::full;
use crate::{BootInfo, MemoryKind, Phase, SegmentFlags};

/// Physical address of the memory that is written.
const PHYSICAL: u64 = 0x10_0000;

/// Where in that memory the loader has put the table of segments.
const SEGMENTS: usize = 0x1F00;

const MEMORY_MAP: [MemoryRegion; 2] = [
    MemoryRegion::new(0x1000..0x9_F000, MemoryKind::USABLE),
    MemoryRegion::new(PHYSICAL..0x40_0000, MemoryKind::KERNEL),
];
const MODULES: [ModulePart<'static>; 2] = [
    ModulePart { path: "/a", physical_address: PHYSICAL + 0x1800, len_bytes: 5 },
    ModulePart { path: "/modules/greeter.so", physical_address: PHYSICAL + 0x1000, len_bytes: 1 },
];
const SIGNED_FILES: [(&str, [u8; 32]); 2] =
    [("/modules/greeter.so", [7; 32]), ("/programs/primes.bin", [8; 32])];
const TIMELINE: [TimelineEntry; 2] = [
    TimelineEntry { phase: Phase::MEMORY_MAP, reserved: 0, tsc: 3000 },
    TimelineEntry { phase: Phase::HANDOVER, reserved: 0, tsc: 8000 },
];
const SEGMENT: KernelSegment = KernelSegment {
    virtual_address: 0xFFFF_FFFF_8000_0000,
    physical_address: 0x20_0000,
    size: 0x3000,
    flags: SegmentFlags::READ.union(SegmentFlags::EXECUTE),
    reserved: 0,
};

/// Memory as a loader takes it: whole pages.
#[repr(C, align(4096))]
struct Frames([u8; 8192]);

type Modules = std::array::IntoIter<ModulePart<'static>, 2>;
type Files = std::array::IntoIter<(&'static str, [u8; 32]), 2>;

/// The writer for a kernel that sees the memory at `base`.
fn writer(base: u64) -> BootInfoWriter<'static, Modules, Files> {
    BootInfoWriter {
        memory_map: &MEMORY_MAP,
        modules: MODULES.into_iter(),
        command_line: "log=info",
        timeline: &TIMELINE,
        physical_memory_offset: base - PHYSICAL,
        physical_memory_size: PHYSICAL + size_of::<Frames>() as u64,
        rsdp_address: 0xF_59D0,
        cpu_features: CpuFeatures::SSE,
        segments: (PHYSICAL + SEGMENTS as u64, 1),
        entry: 1,
        load_bias: 2,
        stack_top: 3,
        stack_size: 4,
        page_table: 5,
        trampoline_page: 6,
        boot_device: full().boot_device,
        console: full().console,
        flags: BootFlags::SIGNED,
        signed_files: SIGNED_FILES.into_iter(),
        smbios_address: 7,
        tsc_hz: 8,
        framebuffer: full().framebuffer,
        efi: full().efi,
    }
}

/// Writes it; returns what a kernel reads, and the address of the memory.
fn written() -> (BootInfo, u64) {
    let frames = Box::leak(Box::new(Frames([0xFF; 8192])));
    frames.0[SEGMENTS..SEGMENTS + 32].copy_from_slice(&SEGMENT.to_bytes());
    let base = frames.0.as_mut_ptr().expose_provenance() as u64;
    let (modules, files) = (MODULES.into_iter(), SIGNED_FILES.into_iter());
    let room = BootInfoWriter::room(MEMORY_MAP.len(), modules, files, "log=info", TIMELINE.len());
    let address = writer(base).write(&mut frames.0[..room], PHYSICAL);
    assert!((base..base + room as u64).contains(&address) && room <= 0x1000);
    // SAFETY: just written, mapped where it says, and never written again.
    let read = unsafe { BootInfo::from_loader(core::ptr::with_exposed_provenance(address as usize)) };
    (read.unwrap(), base)
}

#[test]
fn a_kernel_reads_the_lists_that_the_loader_has_written() {
    let (read, base) = written();
    assert_eq!((read.memory_map.get(), read.timeline.get()), (&MEMORY_MAP[..], &TIMELINE[..]));
    assert_eq!(read.kernel.segments.get(), [SEGMENT]);
    assert_eq!(read.command_line.get(), "log=info");
    for (module, expected) in read.modules.get().iter().zip(MODULES) {
        assert_eq!((module.name.get(), module.physical_address), (expected.path, expected.physical_address));
        let bytes = module.bytes.get();
        let physical = bytes.as_ptr().addr() as u64 - base + PHYSICAL;
        assert_eq!((physical, bytes.len() as u64), (expected.physical_address, expected.len_bytes));
    }
    assert_eq!(read.modules.get().len(), MODULES.len());
    let files = read.signed_files.get().iter().map(|file| (file.path.get(), file.sha256));
    assert!(files.eq(SIGNED_FILES));
}

#[test]
fn a_kernel_reads_the_fields_that_the_loader_has_written() {
    let (read, base) = written();
    let expected = writer(base);
    assert_eq!((read.magic, read.version, read.size), (BootInfo::MAGIC, 2, 376));
    assert_eq!(read.physical_memory_offset, expected.physical_memory_offset);
    assert_eq!(read.physical_memory_size, expected.physical_memory_size);
    let KernelImage { entry, load_bias, stack_top, stack_size, page_table, trampoline_page, .. } =
        read.kernel;
    assert_eq!([entry, load_bias, stack_top, stack_size, page_table, trampoline_page], [1, 2, 3, 4, 5, 6]);
    assert_eq!((read.rsdp_address, read.smbios_address(), read.tsc_hz()), (0xF_59D0, Some(7), Some(8)));
    assert_eq!((read.cpu_features, read.flags), (CpuFeatures::SSE, BootFlags::SIGNED));
    assert_eq!((read.boot_device, read.console), (expected.boot_device, expected.console));
    assert_eq!((read.framebuffer, read.efi), (expected.framebuffer, expected.efi));
}
