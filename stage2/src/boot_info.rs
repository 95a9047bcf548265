//! Writes the BootInfo and all that it points to into frames that the kernel keeps.

use boot_layout::virtual_memory::KERNEL_STACK_TOP;
use farjump_api::{
    BootDevice, BootFlags, BootInfo, CpuFeatures, KernelImage, KernelSegment, MemoryKind, MemoryRegion,
    Module, Phase, SignedFile, Slice, Str, TimelineEntry,
};
use farjump_loader::config::Config;
use farjump_loader::memory_map::{MapError, MemoryMap};

use crate::arena::Arena;
use crate::kernel::Kernel;
use crate::modules::LoadedModule;
use crate::physical_memory::allocate;
use crate::timeline::Timeline;
use crate::{acpi, console};

/// What the loader knows at the end.
pub(crate) struct Facts<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) config: &'a Config<'static>,
    pub(crate) modules: &'a [LoadedModule],
    pub(crate) boot_device: BootDevice,
    pub(crate) features: CpuFeatures,
    pub(crate) physical_memory: u64,
    pub(crate) physical_memory_size: u64,
    pub(crate) stack_size: u64,
    pub(crate) page_table: u64,
    pub(crate) trampoline_page: u64,
}

/// How many regions the allocation of the BootInfo itself may add to the memory map.
const REGIONS_TO_COME: usize = 2;

/// Writes it, and gives the kernel's address of it. Nothing may be allocated after this.
pub(crate) fn write(map: &mut MemoryMap, facts: &Facts<'_>, mut timeline: Timeline) -> Result<u64, MapError> {
    let frames = allocate(map, room(map, facts) as u64, MemoryKind::KERNEL)?;
    let mut arena = Arena::new(frames, facts.physical_memory);
    let memory_map = arena.slice(map.regions().len(), map.regions().iter().copied());
    let modules = put_modules(&mut arena, facts);
    let signed_files = put_signed_files(&mut arena, facts);
    let command_line = arena.text(facts.config.command_line);
    let rsdp_address = acpi::find_rsdp();
    timeline.stamp(Phase::HANDOVER);
    let timeline = arena.slice(timeline.entries().len(), timeline.entries().iter().copied());
    Ok(arena.put(BootInfo {
        magic: BootInfo::MAGIC,
        version: BootInfo::VERSION,
        #[expect(clippy::cast_possible_truncation, reason = "some 200 bytes")]
        size: size_of::<BootInfo>() as u32,
        memory_map,
        modules,
        timeline,
        command_line,
        physical_memory_offset: facts.physical_memory,
        physical_memory_size: facts.physical_memory_size,
        rsdp_address,
        cpu_features: facts.features,
        kernel: kernel_image(facts),
        boot_device: facts.boot_device,
        console: console::describe(),
        flags: if cfg!(feature = "signed") { BootFlags::SIGNED } else { BootFlags::empty() },
        signed_files,
    }))
}

/// Bytes for everything that `write` puts into the arena.
fn room(map: &MemoryMap, facts: &Facts<'_>) -> usize {
    let room_for_paths = |paths: &mut dyn Iterator<Item = &str>| {
        paths.map(|path| Arena::room_for::<u8>(path.len())).sum::<usize>()
    };
    Arena::room_for::<MemoryRegion>(map.regions().len() + REGIONS_TO_COME)
        + Arena::room_for::<Module>(facts.modules.len())
        + room_for_paths(&mut facts.config.modules())
        + Arena::room_for::<SignedFile>(signed_files(facts).count())
        + room_for_paths(&mut signed_files(facts).map(|(path, _)| path))
        + Arena::room_for::<u8>(facts.config.command_line.len())
        + Arena::room_for::<TimelineEntry>(Timeline::CAPACITY)
        + Arena::room_for::<BootInfo>(1)
}

/// Puts the modules' paths in, then the table that points to them.
fn put_modules(arena: &mut Arena, facts: &Facts<'_>) -> Slice<Module> {
    let mut next_path = arena.next_address();
    for path in facts.config.modules() {
        arena.text(path);
    }
    let modules = facts.config.modules().zip(facts.modules).map(|(path, module)| {
        // SAFETY: the paths lie one behind the other from the first on, and nobody writes them any more.
        let name = unsafe { Str::new(next_path, path.len() as u64) };
        next_path += Arena::room_for::<u8>(path.len()) as u64;
        // SAFETY: the module's own frames, seen through the mapping of physical memory.
        let bytes = unsafe { Slice::new(facts.physical_memory + module.physical_address, module.len_bytes) };
        Module { name, bytes, physical_address: module.physical_address }
    });
    arena.slice(facts.modules.len(), modules)
}

/// The files that the configuration lists, where it is a signed one.
fn signed_files(facts: &Facts<'_>) -> impl Iterator<Item = (&'static str, [u8; 32])> + use<> {
    cfg!(feature = "signed").then(|| facts.config.hashed_files()).into_iter().flatten()
}

/// Puts their paths in, then the table that points to them.
fn put_signed_files(arena: &mut Arena, facts: &Facts<'_>) -> Slice<SignedFile> {
    let mut next_path = arena.next_address();
    for (path, _) in signed_files(facts) {
        arena.text(path);
    }
    let files = signed_files(facts).map(|(path, sha256)| {
        // SAFETY: the paths follow one another from the first on, and nothing writes them any more.
        let text = unsafe { Str::new(next_path, path.len() as u64) };
        next_path += Arena::room_for::<u8>(path.len()) as u64;
        SignedFile { path: text, sha256 }
    });
    arena.slice(signed_files(facts).count(), files)
}

fn kernel_image(facts: &Facts<'_>) -> KernelImage {
    let Kernel { plan, segments, .. } = facts.kernel;
    let address = facts.physical_memory + segments.as_ptr().addr() as u64;
    // SAFETY: the table lies in frames of the kernel's, seen there through its mapping of physical memory.
    let segments: Slice<KernelSegment> = unsafe { Slice::new(address, segments.len() as u64) };
    KernelImage {
        segments,
        entry: plan.entry(),
        load_bias: plan.load_bias(),
        stack_top: KERNEL_STACK_TOP,
        stack_size: facts.stack_size,
        page_table: facts.page_table,
        trampoline_page: facts.trampoline_page,
    }
}
