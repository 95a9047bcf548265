//! The kernel: from its ELF file into frames of its own.

use core::cell::Cell;

use farjump_api::{KernelSegment, MemoryKind, Wishes};
use farjump_loader::PAGE_SIZE;
use farjump_loader::config::Config;
use farjump_loader::elf_plan::{
    ElfError, KernelHeader, KernelMemory, KernelPlan, Segment, find_wishes, relocate,
};
use farjump_loader::memory_map::MemoryMap;

use crate::boot_error::BootError;
use crate::console;
use crate::memory::{self, Frames, to_usize};
use crate::physical_memory::allocate;
use crate::verify::Verifier;
use crate::volume::{BootVolume, OpenFile};

/// Bytes of the file that are read at once: in nearly every kernel, these hold all program headers.
const FIRST_READ: u64 = PAGE_SIZE;

/// A kernel in memory, not yet mapped.
pub(crate) struct Kernel {
    pub(crate) path: &'static str,
    pub(crate) plan: KernelPlan<'static>,
    pub(crate) segments: &'static [KernelSegment],
    pub(crate) wishes: Wishes,
}

/// Reads the kernel: its headers, then what its segments map and nothing else. That much is verified, too.
pub(crate) fn load(
    volume: &mut BootVolume,
    map: &mut MemoryMap,
    config: &Config<'static>,
) -> Result<Kernel, BootError<'static>> {
    let path = config.kernel;
    let refuse = |cause| BootError::Kernel { path, cause };
    let unverified = |cause| BootError::Unverified { path, cause };
    let mut file = volume.open_file(path)?;
    let mut verifier = Verifier::new(config, path).map_err(unverified)?;
    let plan = read_plan(volume, map, &mut file, &mut verifier)?;
    let segments = load_segments(volume, map, &mut file, &plan, &mut verifier)?;
    verifier.finish(path).map_err(unverified)?;
    let mut loaded = LoadedKernel { segments, last: Cell::new(0) };
    let relocations = relocate(&plan, &mut loaded).map_err(refuse)?;
    let wishes = loaded.wishes(&plan).map_err(refuse)?;
    console::info!(
        "{path}: {} segments, {} KiB, {relocations} relocations, entry {:#x}",
        segments.len(),
        (plan.page_count() * PAGE_SIZE) >> 10,
        plan.entry()
    );
    Ok(Kernel { path, plan, segments, wishes })
}

/// Reads the headers. They stay in memory: the plan borrows them.
fn read_plan(
    volume: &mut BootVolume,
    map: &mut MemoryMap,
    file: &mut OpenFile,
    verifier: &mut Verifier,
) -> Result<KernelPlan<'static>, BootError<'static>> {
    let path = file.path();
    let refuse = |cause| BootError::Kernel { path, cause };
    let first_size = file.size().min(FIRST_READ);
    let mut first = allocate(map, FIRST_READ, MemoryKind::LOADER_RECLAIMABLE)?;
    volume.read(file, 0..first_size, first.bytes_mut(), &mut Verifier::nothing())?;
    let first = &first.leak()[..to_usize(first_size)];
    let header = KernelHeader::parse(first, file.size()).map_err(refuse)?;
    verifier.part(&first[..KernelHeader::SIZE]);

    let range = header.program_headers();
    let program_headers = match first.get(to_usize(range.start)..to_usize(range.end)) {
        Some(program_headers) => program_headers,
        None => {
            let size = range.end - range.start;
            let mut table = allocate(map, size, MemoryKind::LOADER_RECLAIMABLE)?;
            volume.read(file, range, table.bytes_mut(), &mut Verifier::nothing())?;
            &table.leak()[..to_usize(size)]
        }
    };
    verifier.part(program_headers);
    KernelPlan::new(&header, program_headers, file.size()).map_err(refuse)
}

/// Reads every segment into frames of its own and lists them.
fn load_segments(
    volume: &mut BootVolume,
    map: &mut MemoryMap,
    file: &mut OpenFile,
    plan: &KernelPlan<'_>,
    verifier: &mut Verifier,
) -> Result<&'static [KernelSegment], BootError<'static>> {
    let count = plan.segments().count();
    let table = allocate(map, (count * size_of::<KernelSegment>()) as u64, MemoryKind::KERNEL)?;
    // SAFETY: the frames are this table's from here on.
    let table: &'static mut [KernelSegment] = unsafe { memory::slice_mut(table.start(), count) };
    for (entry, segment) in table.iter_mut().zip(plan.segments()) {
        *entry = load_segment(volume, map, file, &segment, verifier)?;
    }
    Ok(table)
}

/// Reads one segment: zeros up to its first byte, the file's bytes, zeros behind them.
fn load_segment(
    volume: &mut BootVolume,
    map: &mut MemoryMap,
    file: &mut OpenFile,
    segment: &Segment,
    verifier: &mut Verifier,
) -> Result<KernelSegment, BootError<'static>> {
    let pages = segment.page_range();
    let size = pages.end - pages.start;
    let mut frames: Frames = allocate(map, size, MemoryKind::KERNEL)?;
    let (before, rest) = frames.bytes_mut().split_at_mut(to_usize(segment.virtual_address - pages.start));
    let (contents, behind) = rest.split_at_mut(to_usize(segment.file_range.end - segment.file_range.start));
    before.fill(0);
    volume.read(file, segment.file_range.clone(), contents, verifier)?;
    behind.fill(0);
    Ok(KernelSegment {
        virtual_address: pages.start,
        physical_address: frames.start(),
        size,
        flags: segment.flags,
        reserved: 0,
    })
}

/// The loaded segments, by virtual address.
struct LoadedKernel {
    segments: &'static [KernelSegment],
    /// The segment that was used last is nearly always the next one, too.
    last: Cell<usize>,
}

impl LoadedKernel {
    /// Physical address of `len` bytes that lie in one segment.
    fn physical(&self, virtual_address: u64, len: u64) -> Option<u64> {
        let within = |segment: &KernelSegment| {
            let offset = virtual_address.checked_sub(segment.virtual_address)?;
            (offset.checked_add(len)? <= segment.size).then(|| segment.physical_address + offset)
        };
        if let Some(address) = self.segments.get(self.last.get()).and_then(within) {
            return Some(address);
        }
        let (index, address) =
            self.segments.iter().enumerate().find_map(|(index, segment)| Some((index, within(segment)?)))?;
        self.last.set(index);
        Some(address)
    }

    /// The wishes in the kernel's notes, or the defaults.
    fn wishes(&self, plan: &KernelPlan<'_>) -> Result<Wishes, ElfError> {
        for note in plan.notes() {
            let len = note.end - note.start;
            let Some(address) = self.physical(note.start, len) else { continue };
            // SAFETY: the kernel's own frames, which nobody writes while this slice lives.
            let bytes: &[u8] = unsafe { memory::slice(address, to_usize(len)) };
            if let Some(wishes) = find_wishes(bytes)? {
                return Ok(wishes);
            }
        }
        Ok(Wishes::DEFAULT)
    }
}

impl KernelMemory for LoadedKernel {
    fn read_words<const N: usize>(&self, virtual_address: u64) -> Option<[u64; N]> {
        Some(memory::read(self.physical(virtual_address, (N * size_of::<u64>()) as u64)?))
    }

    fn write_u64(&mut self, virtual_address: u64, value: u64) -> Option<()> {
        let address = self.physical(virtual_address, size_of::<u64>() as u64)?;
        // SAFETY: the kernel's own frames; no other slice of them is alive.
        unsafe { memory::slice_mut(address, size_of::<u64>()) }.copy_from_slice(&value.to_le_bytes());
        Some(())
    }
}
