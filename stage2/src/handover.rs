//! The last steps: the kernel's page tables, its stack, its BootInfo, the jump.

use boot_layout::virtual_memory::{KERNEL_STACK_AREA, KERNEL_STACK_TOP};
use farjump_api::{CpuFeatures, MemoryKind, SegmentFlags};
use farjump_loader::PAGE_SIZE;
use farjump_loader::config::Config;
use farjump_loader::elf_plan::ReservedRange;
use farjump_loader::memory_map::MemoryMap;
use farjump_loader::physical_mapping::{self, LARGE_PAGE_SIZE};

use crate::boot_error::BootError;
use crate::boot_info::{self, Facts};
use crate::kernel::Kernel;
use crate::modules::LoadedModule;
use crate::page_tables::PageTables;
use crate::physical_memory::allocate;
use crate::timeline::Timeline;
use crate::volume::BootVolume;
use crate::{console, cpu};

/// All that the jump needs.
pub(crate) struct Handover {
    page_table: u64,
    stack_pointer: u64,
    entry: u64,
    boot_info: u64,
}

/// Builds what the kernel finds when it starts.
pub(crate) fn prepare(
    map: &mut MemoryMap,
    kernel: &Kernel,
    config: &Config<'static>,
    modules: &[LoadedModule],
    volume: &BootVolume,
    timeline: Timeline,
) -> Result<Handover, BootError<'static>> {
    let features = cpu::features();
    if !features.contains(CpuFeatures::NO_EXECUTE) {
        console::info!("the CPU has no no-execute pages: what is mapped can be executed");
    }
    let physical_memory = kernel.wishes.physical_memory();
    let physical_memory_size = physical_mapping::end(map).next_multiple_of(LARGE_PAGE_SIZE);
    let stack_size = u64::from(kernel.wishes.stack_size).next_multiple_of(PAGE_SIZE);
    check_places(kernel, physical_memory, physical_memory_size)?;

    let mut tables = PageTables::new(map, features)?;
    for segment in kernel.segments {
        let pages = segment.virtual_address..segment.virtual_address + segment.size;
        tables.map_pages(map, pages, segment.physical_address, segment.flags)?;
    }
    let stack = allocate(map, stack_size, MemoryKind::KERNEL)?;
    let stack_pages = KERNEL_STACK_TOP - stack_size..KERNEL_STACK_TOP;
    tables.map_pages(map, stack_pages, stack.start(), SegmentFlags::READ | SegmentFlags::WRITE)?;
    tables.map_pages(
        map,
        trampoline_page(),
        trampoline_page().start,
        SegmentFlags::READ | SegmentFlags::EXECUTE,
    )?;
    tables.map_physical_memory(map, physical_memory)?;

    console::info!("starting the kernel");
    let facts = Facts {
        kernel,
        config,
        modules,
        boot_device: volume.describe(),
        features,
        physical_memory,
        physical_memory_size,
        stack_size,
        page_table: tables.root(),
        trampoline_page: trampoline_page().start,
    };
    let boot_info = boot_info::write(map, &facts, timeline)?;
    Ok(Handover {
        page_table: tables.root(),
        // As after a CALL: the return address, zero, ends a backtrace, and RSP + 8 is a multiple of 16.
        stack_pointer: KERNEL_STACK_TOP - size_of::<u64>() as u64,
        entry: kernel.plan.entry(),
        boot_info,
    })
}

/// Whether the kernel leaves the loader the addresses that it needs.
fn check_places(kernel: &Kernel, physical_memory: u64, size: u64) -> Result<(), BootError<'static>> {
    let end = physical_memory.checked_add(size).filter(|&end| end <= KERNEL_STACK_AREA);
    let Some(end) = end else {
        return Err(BootError::PhysicalMemory { address: physical_memory, size });
    };
    let reserved = [
        ReservedRange { name: "the null page", range: 0..PAGE_SIZE },
        ReservedRange { name: "the loader's trampoline", range: trampoline_page() },
        ReservedRange { name: "the mapping of physical memory", range: physical_memory..end },
        ReservedRange { name: "the stack", range: KERNEL_STACK_AREA..KERNEL_STACK_TOP },
    ];
    kernel.plan.check_reserved(&reserved).map_err(|cause| BootError::Kernel { path: kernel.path, cause })
}

/// The page with the code that jumps, and with the GDT that the kernel starts on.
fn trampoline_page() -> core::ops::Range<u64> {
    unsafe extern "C" {
        static trampoline: [u8; 0];
    }
    let start = (&raw const trampoline).addr() as u64 & !(PAGE_SIZE - 1);
    start..start + PAGE_SIZE
}

impl Handover {
    /// Leaves the loader for good.
    pub(crate) fn jump(self) -> ! {
        unsafe extern "sysv64" {
            fn trampoline(boot_info: u64, entry: u64, stack_pointer: u64, page_table: u64) -> !;
        }
        // SAFETY: the tables map the trampoline, the kernel's entry and its stack, and the BootInfo.
        unsafe { trampoline(self.boot_info, self.entry, self.stack_pointer, self.page_table) }
    }
}
