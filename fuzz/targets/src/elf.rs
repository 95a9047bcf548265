//! A kernel's ELF file, through all that the loader does with it: plan, requests, segments, relocation.

use farjump_api::{KernelRequests, NOTE_NAME, NOTE_TYPE_REQUESTS, SegmentFlags};
use farjump_loader::PAGE_SIZE;
use farjump_loader::elf_plan::{
    ElfError, KernelHeader, KernelMemory, KernelPlan, Segment, find_requests, relocate,
};

use crate::requests::{descriptor, note};
use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "elf", what: "a kernel's ELF file", corpus, run };

/// Pages that a machine has for a kernel here: what asks for more is refused by the allocator, not by the plan.
const MACHINE_PAGES: u64 = 256;

/// `PT_LOAD`, `PT_DYNAMIC`, `PT_NOTE`. Source: System V ABI, "Program Header".
const LOAD: u64 = 1;
const DYNAMIC: u64 = 2;
const NOTE: u64 = 4;

/// `PF_X`, `PF_W`, `PF_R`, in the upper half of a program header's first word.
const X: u64 = 1 << 32;
const W: u64 = 2 << 32;
const R: u64 = 4 << 32;

/// Returns a position-independent kernel with a note and relocations; and one at a fixed address with a `.bss`.
fn corpus() -> Vec<Vec<u8>> {
    let pie = file(
        3,
        4,
        &[
            [LOAD | R | X, 0x400, 0, 0, 0x100, 0x100, 4096],
            [NOTE | R, 0x440, 0x40, 0x40, 0x34, 0x34, 4],
            [LOAD | R | W, 0x500, 0x1100, 0x1100, 0x200, 0x1000, 4096],
            [DYNAMIC | R | W, 0x500, 0x1100, 0x1100, 0x80, 0x80, 8],
        ],
    );
    let base = 0xFFFF_FFFF_8010_0000;
    let fixed = file(
        2,
        base,
        &[
            [LOAD | R | X, 0x400, base, base, 0x100, 0x100, 4096],
            [LOAD | R, 0x500, base + 0x1500, base + 0x1500, 0x20, 0x20, 4096],
            [LOAD | R | W, 0x600, base + 0x2600, base + 0x2600, 0, 0x5000, 4096],
        ],
    );
    vec![pie, fixed]
}

/// An ELF file: its header, program headers, and 2 KiB with the note at 0x440, the dynamic section at 0x500 and two
/// relocations at 0x580, which the headers may refer to.
fn file(kind: u16, entry: u64, headers: &[[u64; 7]]) -> Vec<u8> {
    let mut bytes = b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend([kind, 62, 1, 0].map(u16::to_le_bytes).as_flattened());
    bytes.extend([entry, 64, 0].map(u64::to_le_bytes).as_flattened());
    let count = u16::try_from(headers.len()).unwrap_or(u16::MAX);
    bytes.extend([0, 0, 64, 56, count, 64, 0, 0].map(u16::to_le_bytes).as_flattened());
    bytes.extend(headers.as_flattened().iter().flat_map(|word| word.to_le_bytes()));
    bytes.resize(0x800, 0);
    let requests = note(&NOTE_NAME, NOTE_TYPE_REQUESTS, &descriptor(KernelRequests::DEFAULT));
    bytes[0x440..][..requests.len()].copy_from_slice(&requests);
    // DT_RELA, DT_RELASZ, DT_RELAENT, DT_NULL; then offset, R_X86_64_RELATIVE, addend, twice.
    let dynamic: [u64; 8] = [7, 0x1180, 8, 48, 9, 24, 0, 0];
    let relocations: [u64; 6] = [0x1200, 8, 0x10, 0x120C, 8, 0x20];
    let words = [(0x500, &dynamic[..]), (0x580, &relocations)];
    for (place, words) in words {
        let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes[place..][..words.len()].copy_from_slice(&words);
    }
    bytes
}

fn run(bytes: &[u8]) {
    if let Err(error) = load(bytes) {
        assert_one_line(&error);
    }
}

/// Loads a kernel as stage 2 does; returns the number of relocations and the requests.
fn load(file: &[u8]) -> Result<Option<(usize, Option<KernelRequests>)>, ElfError> {
    let size = file.len() as u64;
    let header = KernelHeader::parse(file, size)?;
    let table = header.program_headers();
    let table = usize::try_from(table.start).ok().and_then(|start| file.get(start..)).unwrap_or_default();
    let plan = KernelPlan::new(&header, table, size)?;
    assert_sound(&plan, size);
    let requests = requests(&plan, file)?;
    if plan.page_count() > MACHINE_PAGES {
        return Ok(None);
    }
    let segments = plan.segments().map(|segment| LoadedSegment::new(&segment, file)).collect();
    let mut memory = Memory { segments };
    let relocations = relocate(&plan, &mut memory)?;
    Ok(Some((relocations, requests)))
}

fn requests(plan: &KernelPlan<'_>, file: &[u8]) -> Result<Option<KernelRequests>, ElfError> {
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    for range in plan.notes() {
        if let Some(requests) = find_requests(&file[place(range.start)..place(range.end)])? {
            return Ok(Some(requests));
        }
    }
    Ok(None)
}

/// What stage 2 takes for granted of a plan.
fn assert_sound(plan: &KernelPlan<'_>, file_size: u64) {
    let mut end = PAGE_SIZE;
    let mut pages = 0;
    for segment in plan.segments() {
        let range = segment.page_range();
        assert!(end <= range.start && range.start < range.end, "ascending, on pages of their own");
        assert!(segment.file_range.start <= segment.file_range.end && segment.file_range.end <= file_size);
        assert!(segment.file_range.end - segment.file_range.start <= segment.memory_size);
        assert!(!segment.flags.contains(SegmentFlags::WRITE | SegmentFlags::EXECUTE));
        pages += (range.end - range.start) / PAGE_SIZE;
        end = range.end;
    }
    assert_eq!(pages, plan.page_count());
}

/// A segment's pages.
struct LoadedSegment {
    start: u64,
    bytes: Vec<u8>,
}

impl LoadedSegment {
    fn new(segment: &Segment, file: &[u8]) -> Self {
        let pages = segment.page_range();
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let mut bytes = vec![0; place(pages.end - pages.start)];
        let contents = &file[place(segment.file_range.start)..place(segment.file_range.end)];
        bytes[place(segment.virtual_address - pages.start)..][..contents.len()].copy_from_slice(contents);
        Self { start: pages.start, bytes }
    }

    fn range(&self, address: u64, length: u64) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(address.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.bytes.len()).then_some(start..end)
    }
}

/// The loaded segments.
struct Memory {
    segments: Vec<LoadedSegment>,
}

impl Memory {
    fn bytes(&self, address: u64, length: u64) -> Option<&[u8]> {
        self.segments.iter().find_map(|segment| segment.bytes.get(segment.range(address, length)?))
    }
}

impl KernelMemory for Memory {
    fn read_words<const N: usize>(&self, virtual_address: u64) -> Option<[u64; N]> {
        let (words, _) = self.bytes(virtual_address, 8 * N as u64)?.as_chunks();
        words.first_chunk().map(|words: &[[u8; 8]; N]| words.map(u64::from_le_bytes))
    }

    fn write_u64(&mut self, virtual_address: u64, value: u64) -> Option<()> {
        let word = self.segments.iter_mut().find_map(|segment| {
            let range = segment.range(virtual_address, 8)?;
            segment.bytes.get_mut(range)
        });
        word.map(|word| word.copy_from_slice(&value.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_to_begin_with_are_loaded_relocated_and_granted_their_requests() {
        let [pie, fixed] = corpus().try_into().unwrap();
        assert_eq!(load(&pie), Ok(Some((2, Some(KernelRequests::DEFAULT)))));
        assert_eq!(load(&fixed), Ok(Some((0, None))));
    }
}
