//! The last steps: the kernel's page tables, its stack, its BootInfo.

use core::ops::Range;

use farjump_api::virtual_memory::{KERNEL_STACK_AREA, KERNEL_STACK_TOP};
use farjump_api::{BootFlags, BootInfoWriter, CpuFeatures, MemoryKind, ModulePart, Phase, SegmentFlags};

use super::kernel::{Kernel, refuse};
use super::page_tables::{self, Mapping};
use crate::PAGE_SIZE;
use crate::boot_error::BootError;
use crate::config::Config;
use crate::console::{self, Failed, Log};
use crate::elf_plan::ReservedRange;
use crate::memory_map::MapError;
use crate::modules::LoadedModules;
use crate::physical_mapping::{self, LARGE_PAGE_SIZE};
use crate::platform::{HandoffData, Memory as _, Platform};
use crate::protocol::Entry;
use crate::story::{Machine, allocate};
use crate::timeline::{self, Timeline};

/// Virtual memory, as the kernel finds it.
struct Space {
    /// Where physical address zero is mapped, and how many bytes of physical memory are.
    physical_memory: u64,
    physical_memory_size: u64,
    stack_size: u64,
    page_table: u64,
}

/// Builds what the kernel finds when it starts.
pub(crate) fn prepare<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    platform: &mut P,
    kernel: &Kernel<'m>,
    config: &Config<'m>,
    modules: LoadedModules<'m>,
    timeline: Timeline<P::Clock>,
) -> Result<Entry, Failed> {
    let mut data = platform.facts(kernel.requests.flags);
    if !data.cpu_features.contains(CpuFeatures::NO_EXECUTE) {
        console::info!(machine.log, "the CPU has no no-execute pages: what is mapped can be executed");
    }
    let space = map_kernel(machine, kernel, &data)?;
    console::info!(machine.log, "starting the kernel");
    let boot_info = write_boot_info(machine, platform, &mut data, &space, kernel, config, modules, timeline)?;
    Ok(Entry::LongMode {
        entry: kernel.plan.entry(),
        // As after a CALL: the return address, zero, ends a backtrace, and RSP + 8 is a multiple of 16.
        stack_pointer: KERNEL_STACK_TOP - size_of::<u64>() as u64,
        page_table: space.page_table,
        argument: boot_info,
    })
}

/// Maps the kernel's segments, its stack, the trampoline and physical memory.
fn map_kernel<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    kernel: &Kernel<'m>,
    facts: &HandoffData,
) -> Result<Space, Failed> {
    let Machine { memory, log, .. } = machine;
    let physical_memory = kernel.requests.physical_memory();
    let physical_memory_size = physical_mapping::end(memory.map()).next_multiple_of(LARGE_PAGE_SIZE);
    let stack_size = u64::from(kernel.requests.stack_size).next_multiple_of(PAGE_SIZE);
    let trampoline = &facts.trampoline_page;
    check_places::<P>(log, kernel, trampoline, physical_memory, physical_memory_size)?;

    let stack = allocate::<P>(memory, log, stack_size, MemoryKind::KERNEL)?;
    let segments = kernel.segments.iter().map(|segment| {
        let pages = segment.virtual_address..segment.virtual_address + segment.size;
        Mapping::of_pages(pages, segment.physical_address, segment.flags)
    });
    let stack_pages = KERNEL_STACK_TOP - stack_size..KERNEL_STACK_TOP;
    let read_write = SegmentFlags::READ | SegmentFlags::WRITE;
    let read_execute = SegmentFlags::READ | SegmentFlags::EXECUTE;
    let others = [
        Mapping::of_pages(stack_pages, stack.start(), read_write),
        Mapping::of_pages(trampoline.clone(), trampoline.start, read_execute),
    ];
    let mappings = segments.chain(others);
    let page_table = page_tables::build(memory, facts.cpu_features, mappings, physical_memory)
        .map_err(|cause| log.fail::<P>(&BootError::Memory(cause)))?;
    Ok(Space { physical_memory, physical_memory_size, stack_size, page_table })
}

/// Whether the kernel leaves the loader the addresses that it needs.
fn check_places<'m, P: Platform<'m>>(
    log: &mut Log<P::Console>,
    kernel: &Kernel<'m>,
    trampoline: &Range<u64>,
    physical_memory: u64,
    size: u64,
) -> Result<(), Failed> {
    let end = physical_memory.checked_add(size).filter(|&end| end <= KERNEL_STACK_AREA);
    let Some(end) = end else {
        return Err(log.fail::<P>(&BootError::PhysicalMemory { address: physical_memory, size }));
    };
    let reserved = [
        ReservedRange { name: "the null page", range: 0..PAGE_SIZE },
        ReservedRange { name: "the loader's trampoline", range: trampoline.clone() },
        ReservedRange { name: "the mapping of physical memory", range: physical_memory..end },
        ReservedRange { name: "the stack", range: KERNEL_STACK_AREA..KERNEL_STACK_TOP },
    ];
    kernel.plan.check_reserved(&reserved).map_err(|cause| refuse::<P>(log, kernel.path, cause))
}

/// Leaves the firmware and writes the BootInfo; returns the kernel's address of it. Nothing may be allocated after this.
#[expect(clippy::too_many_arguments, reason = "everything that a kernel is told comes together here")]
fn write_boot_info<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    platform: &mut P,
    data: &mut HandoffData,
    space: &Space,
    kernel: &Kernel<'m>,
    config: &Config<'m>,
    modules: LoadedModules<'m>,
    mut timeline: Timeline<P::Clock>,
) -> Result<u64, Failed> {
    let modules = config.modules().zip(modules.iter()).map(|(path, module)| ModulePart {
        path,
        physical_address: module.physical_address,
        len_bytes: module.len_bytes,
    });
    let is_signed = machine.policy.requires_signature();
    let signed_files = is_signed.then(|| config.hashed_files()).into_iter().flatten();
    let regions = machine.memory.map().regions().len() + P::REGIONS_TO_COME;
    let room = BootInfoWriter::room(
        regions,
        modules.clone(),
        signed_files.clone(),
        config.command_line,
        timeline::CAPACITY,
    );
    let Machine { memory, log, .. } = machine;
    let mut frames = allocate::<P>(memory, log, room as u64, MemoryKind::KERNEL)?;
    timeline.record(Phase::HANDOVER);
    platform.leave(memory, data).map_err(|cause| log.fail::<P>(&BootError::Leave(cause)))?;
    if memory.map().regions().len() > regions {
        return Err(log.fail::<P>(&BootError::Memory(MapError::TooManyRegions)));
    }
    let writer = BootInfoWriter {
        memory_map: machine.memory.map().regions(),
        modules,
        command_line: config.command_line,
        timeline: timeline.entries(),
        physical_memory_offset: space.physical_memory,
        physical_memory_size: space.physical_memory_size,
        rsdp_address: data.rsdp_address,
        cpu_features: data.cpu_features,
        segments: kernel.segments.place(),
        entry: kernel.plan.entry(),
        load_bias: kernel.plan.load_bias(),
        stack_top: KERNEL_STACK_TOP,
        stack_size: space.stack_size,
        page_table: space.page_table,
        trampoline_page: data.trampoline_page.start,
        boot_device: machine.volume.describe(data.bios_drive),
        console: data.console,
        flags: if is_signed { BootFlags::SIGNED } else { BootFlags::empty() },
        signed_files,
        smbios_address: data.smbios_address,
        tsc_hz: data.tsc_hz,
        framebuffer: data.framebuffer,
        efi: data.efi,
    };
    let start = frames.start();
    Ok(writer.write(frames.bytes_mut(), start))
}
