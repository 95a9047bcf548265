//! The kernel: from its ELF file into frames of its own.

use core::ops::Range;

use farjump_api::{KernelRequests, KernelSegment, MemoryKind};

use super::segments::{Lookup, Segments};
use crate::PAGE_SIZE;
use crate::boot_error::BootError;
use crate::config::Config;
use crate::console::{self, Failed, Log};
use crate::elf_plan::{ElfError, KernelHeader, KernelMemory, KernelPlan, Segment, find_requests, relocate};
use crate::platform::{Platform, to_usize};
use crate::story::{Machine, allocate};
use crate::verify::Verifier;
use crate::volume::OpenFile;

/// Bytes of the file that are read at once: in nearly every kernel, these hold all program headers and
/// notes.
const FIRST_READ: u64 = PAGE_SIZE;

/// A kernel in memory, not yet mapped.
pub(crate) struct Kernel<'m> {
    pub(super) path: &'m str,
    pub(super) plan: KernelPlan<'m>,
    pub(super) segments: Segments<'m>,
    pub(super) requests: KernelRequests,
}

/// Reads the kernel: its headers and notes, then what its segments map and nothing else. That much is verified, too.
pub(crate) fn load<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    config: &Config<'m>,
) -> Result<Kernel<'m>, Failed> {
    let path = config.kernel;
    let mut file = machine.volume.open_file::<P>(machine.log, path)?;
    let mut verifier = Verifier::new(&machine.policy, config, path)
        .map_err(|cause| machine.log.fail::<P>(&BootError::VerificationFailed { path, cause }))?;
    let (plan, requests) = read_plan(machine, &mut file, &mut verifier)?;
    let mut loaded = load_segments(machine, &mut file, &plan, &mut verifier)?;
    verifier
        .finish(machine.log, path)
        .map_err(|cause| machine.log.fail::<P>(&BootError::VerificationFailed { path, cause }))?;
    let relocations = relocate(&plan, &mut loaded).map_err(|cause| refuse::<P>(machine.log, path, cause))?;
    let segments = loaded.segments;
    console::info!(
        machine.log,
        "{path}: {} segments, {} KiB, {relocations} relocations, entry {:#x}",
        segments.iter().count(),
        (plan.page_count() * PAGE_SIZE) >> 10,
        plan.entry()
    );
    Ok(Kernel { path, plan, segments, requests })
}

/// The kernel can't be loaded.
pub(super) fn refuse<'m, P: Platform<'m>>(
    log: &mut Log<P::Console>,
    path: &'m str,
    cause: ElfError,
) -> Failed {
    log.fail::<P>(&BootError::Kernel { path, cause })
}

/// Reads the headers, which stay in memory, because the plan borrows them, and the requests among the notes.
fn read_plan<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    file: &mut OpenFile<'m>,
    verifier: &mut Verifier,
) -> Result<(KernelPlan<'m>, KernelRequests), Failed> {
    let Machine { memory, volume, log, .. } = machine;
    let path = file.path();
    let first_size = file.size().min(FIRST_READ);
    let first = allocate::<P>(memory, log, FIRST_READ, MemoryKind::LOADER_RECLAIMABLE)?.into_bytes();
    volume.read::<P>(log, file, 0..first_size, first, &mut Verifier::nothing())?;
    let first = &first[..to_usize(first_size)];
    let header = KernelHeader::parse(first, file.size()).map_err(|cause| refuse::<P>(log, path, cause))?;
    verifier.part(&first[..KernelHeader::SIZE]);

    let program_headers = read_part(machine, file, first, header.program_headers())?;
    verifier.part(program_headers);
    let plan = KernelPlan::new(&header, program_headers, file.size())
        .map_err(|cause| refuse::<P>(machine.log, path, cause))?;
    let mut requests = None;
    for range in plan.notes() {
        let notes = read_part(machine, file, first, range)?;
        verifier.part(notes);
        if requests.is_none() {
            requests = find_requests(notes).map_err(|cause| refuse::<P>(machine.log, path, cause))?;
        }
    }
    Ok((plan, requests.unwrap_or(KernelRequests::DEFAULT)))
}

/// Returns the bytes of `range` of the file. Those that aren't in `first`, the file's first bytes, are read.
fn read_part<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    file: &mut OpenFile<'m>,
    first: &'m [u8],
    range: Range<u64>,
) -> Result<&'m [u8], Failed> {
    if let Some(part) = first.get(to_usize(range.start)..to_usize(range.end)) {
        return Ok(part);
    }
    let Machine { memory, volume, log, .. } = machine;
    let size = range.end - range.start;
    let part = allocate::<P>(memory, log, size, MemoryKind::LOADER_RECLAIMABLE)?.into_bytes();
    volume.read::<P>(log, file, range, part, &mut Verifier::nothing())?;
    Ok(&part[..to_usize(size)])
}

/// Reads all segments, each on pages of its own in one run of frames, and lists them.
fn load_segments<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    file: &mut OpenFile<'m>,
    plan: &KernelPlan<'_>,
    verifier: &mut Verifier,
) -> Result<LoadedKernel<'m>, Failed> {
    let Machine { memory, volume, log, .. } = machine;
    let table_size = Segments::table_size(plan.segments().count());
    let table = allocate::<P>(memory, log, table_size as u64, MemoryKind::KERNEL)?;
    let frames = allocate::<P>(memory, log, plan.page_count() * PAGE_SIZE, MemoryKind::KERNEL)?;
    let (start, table_address) = (frames.start(), table.start());
    let (bytes, table) = (frames.into_bytes(), table.into_bytes());
    let mut rest = &mut *bytes;
    let mut physical_address = start;
    for (entry, segment) in table.as_chunks_mut().0.iter_mut().zip(plan.segments()) {
        let pages = segment.page_range();
        let size = pages.end - pages.start;
        let place = rest.split_off_mut(..to_usize(size)).unwrap_or_default();
        let (before, contents, after) = split(place, &segment);
        before.fill(0);
        volume.read::<P>(log, file, segment.file_range.clone(), contents, verifier)?;
        after.fill(0);
        let (virtual_address, flags) = (pages.start, segment.flags);
        *entry = KernelSegment { virtual_address, physical_address, size, flags, reserved: 0 }.to_bytes();
        physical_address += size;
    }
    let segments = Segments::new(&table[..table_size], table_address);
    Ok(LoadedKernel { bytes, start, segments, lookup: Lookup::new(segments) })
}

/// A segment's pages: what comes before its first byte, the file's bytes, and what follows them.
fn split<'a>(pages: &'a mut [u8], segment: &Segment) -> (&'a mut [u8], &'a mut [u8], &'a mut [u8]) {
    let (before, rest) = pages.split_at_mut(to_usize(segment.virtual_address % PAGE_SIZE));
    let (contents, after) = rest.split_at_mut(to_usize(segment.file_range.end - segment.file_range.start));
    (before, contents, after)
}

/// The loaded segments, by virtual address.
struct LoadedKernel<'m> {
    bytes: &'m mut [u8],
    /// Physical address of the first byte.
    start: u64,
    segments: Segments<'m>,
    lookup: Lookup<'m>,
}

impl LoadedKernel<'_> {
    /// Where `len` bytes are that lie in one segment.
    fn place(&self, virtual_address: u64, len: u64) -> Option<Range<usize>> {
        let physical = self.lookup.physical(virtual_address, len)?;
        Some(to_usize(physical.start - self.start)..to_usize(physical.end - self.start))
    }
}

impl KernelMemory for LoadedKernel<'_> {
    fn read_words<const N: usize>(&self, virtual_address: u64) -> Option<[u64; N]> {
        let bytes = self.bytes.get(self.place(virtual_address, (N * size_of::<u64>()) as u64)?)?;
        let words: &[[u8; 8]; N] = bytes.as_chunks().0.first_chunk()?;
        Some(words.map(u64::from_le_bytes))
    }

    fn write_u64(&mut self, virtual_address: u64, value: u64) -> Option<()> {
        let place = self.place(virtual_address, size_of::<u64>() as u64)?;
        self.bytes.get_mut(place)?.copy_from_slice(&value.to_le_bytes());
        Some(())
    }
}
