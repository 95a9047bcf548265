//! The plan itself: all program headers checked once, then read again whenever a part is asked for.

use core::ops::Range;

use elf::abi::{PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NOTE, PT_TLS};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::segment::{ProgramHeader, SegmentTable};
use farjump_api::SegmentFlags;
use farjump_api::virtual_memory::KERNEL_BASE;

use super::segment::is_higher_half;
use super::{ElfError, KernelHeader, Segment, SegmentError};
use crate::PAGE_SIZE;

/// Largest alignment of a segment that is kept when the kernel is moved: the largest page there is.
const MAX_ALIGNMENT: u64 = 1 << 30;

/// Virtual addresses that the loader needs for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedRange {
    /// What for: ends the error's sentence.
    pub name: &'static str,
    /// The addresses.
    pub range: Range<u64>,
}

/// Where everything of a kernel goes. It borrows the file's program headers.
#[derive(Debug, Clone, Copy)]
pub struct KernelPlan<'a> {
    headers: SegmentTable<'a, LittleEndian>,
    load_bias: u64,
    entry: u64,
    page_count: u64,
}

impl<'a> KernelPlan<'a> {
    /// The plan for the kernel with this header. `program_headers` are the file's bytes at
    /// [`KernelHeader::program_headers`].
    ///
    /// # Errors
    /// The first thing found that can't be loaded, or wouldn't run.
    pub fn new(header: &KernelHeader, program_headers: &'a [u8], file_size: u64) -> Result<Self, ElfError> {
        let Range { start, end } = header.program_headers();
        let table = usize::try_from(end - start).ok().and_then(|size| program_headers.get(..size));
        let table = table.ok_or(SegmentError::Truncated(program_headers.len()))?;
        let mut plan = Self {
            headers: SegmentTable::new(LittleEndian, Class::ELF64, table),
            load_bias: 0,
            entry: header.entry,
            page_count: 0,
        };
        plan.check_needed_services()?;
        if header.is_position_independent {
            plan.load_bias = plan.choose_load_bias()?;
            plan.entry = header.entry.wrapping_add(plan.load_bias);
        }
        plan.page_count = plan.check_segments(file_size)?;
        plan.check_notes(file_size)?;
        Ok(plan)
    }

    /// What was added to the file's addresses, modulo 2^64; zero for a kernel that isn't moved.
    #[must_use]
    pub const fn load_bias(&self) -> u64 {
        self.load_bias
    }

    /// Virtual address of the first instruction.
    #[must_use]
    pub const fn entry(&self) -> u64 {
        self.entry
    }

    /// Pages that all segments need together.
    #[must_use]
    pub const fn page_count(&self) -> u64 {
        self.page_count
    }

    /// The segments that are to be loaded, ascending; none is empty, no two share a page.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + use<'a> {
        let load_bias = self.load_bias;
        self.loads().map(move |header| Segment::new(&header, load_bias))
    }

    /// Returns what of the file a loader reads, in the order in which it is verified: the ELF header, the program
    /// headers, the notes, each segment's bytes.
    pub fn file_parts(&self, header: &KernelHeader) -> impl Iterator<Item = Range<u64>> + use<'a> {
        let headers = [0..KernelHeader::SIZE as u64, header.program_headers()];
        headers.into_iter().chain(self.notes()).chain(self.segments().map(|segment| segment.file_range))
    }

    /// Virtual addresses of the dynamic section, where there is one.
    #[must_use]
    pub fn dynamic(&self) -> Option<Range<u64>> {
        let header = self.headers.iter().find(|header| header.p_type == PT_DYNAMIC)?;
        let start = header.p_vaddr.wrapping_add(self.load_bias);
        Some(start..start.saturating_add(header.p_memsz))
    }

    /// Returns where in the file the notes are; none of the ranges is empty. They needn't be in a segment that is
    /// loaded.
    pub fn notes(&self) -> impl Iterator<Item = Range<u64>> + use<'a> {
        let notes = self.headers.iter().filter(|header| header.p_type == PT_NOTE && header.p_filesz > 0);
        notes.map(|header| header.p_offset..header.p_offset.saturating_add(header.p_filesz))
    }

    /// Checks that no segment needs a page of addresses that are `reserved`.
    ///
    /// # Errors
    /// [`SegmentError::Reserved`] for the first that does.
    pub fn check_reserved(&self, reserved: &[ReservedRange]) -> Result<(), ElfError> {
        for segment in self.segments() {
            let pages = segment.page_range();
            let overlaps = |reserved: &&ReservedRange| {
                reserved.range.start < pages.end && pages.start < reserved.range.end
            };
            if let Some(reserved) = reserved.iter().find(overlaps) {
                let (address, start) = (segment.virtual_address, reserved.range.start);
                return Err(SegmentError::Reserved { address, name: reserved.name, start }.into());
            }
        }
        Ok(())
    }

    /// The headers of segments that have any bytes in memory.
    fn loads(&self) -> impl Iterator<Item = ProgramHeader> + use<'a> {
        self.headers.iter().filter(|header| header.p_type == PT_LOAD && header.p_memsz > 0)
    }

    /// Rejects a kernel that needs a program interpreter or thread local storage: there is neither.
    fn check_needed_services(&self) -> Result<(), SegmentError> {
        self.headers.iter().try_for_each(|header| match header.p_type {
            PT_INTERP => Err(SegmentError::Interpreter),
            PT_TLS if header.p_memsz > 0 => Err(SegmentError::ThreadLocal(header.p_memsz)),
            _ => Ok(()),
        })
    }

    /// Where a position-independent kernel goes: where it was linked, if that is in the higher half, else
    /// to [`KERNEL_BASE`], each segment as aligned as it asks.
    fn choose_load_bias(&self) -> Result<u64, SegmentError> {
        let mut alignment = PAGE_SIZE;
        for header in self.loads() {
            let wanted = header.p_align.max(1);
            if !wanted.is_power_of_two() || wanted > MAX_ALIGNMENT {
                return Err(SegmentError::Alignment { address: header.p_vaddr, align: wanted });
            }
            alignment = alignment.max(wanted);
        }
        let lowest = self.loads().map(|header| header.p_vaddr).next().ok_or(SegmentError::NoSegments)?;
        if is_higher_half(lowest) {
            return Ok(0);
        }
        Ok(KERNEL_BASE.wrapping_sub(lowest & !(alignment - 1)))
    }

    /// Checks that all notes are in the file.
    fn check_notes(&self, file_size: u64) -> Result<(), SegmentError> {
        match self.notes().find(|notes| notes.end > file_size) {
            Some(notes) => Err(SegmentError::NotesPastFileEnd { offset: notes.start, file_size }),
            None => Ok(()),
        }
    }

    /// Checks each segment, also against the one before it, and the entry. Returns the number of pages.
    fn check_segments(&self, file_size: u64) -> Result<u64, SegmentError> {
        let mut page_count = 0;
        let mut entry_is_code = false;
        let mut previous: Option<Segment> = None;
        for header in self.loads() {
            let segment = Segment::new(&header, self.load_bias);
            segment.check(&header, file_size)?;
            if let Some(previous) = previous {
                check_order(&previous, &segment)?;
            }
            let pages = segment.page_range();
            page_count += (pages.end - pages.start) / PAGE_SIZE;
            entry_is_code |=
                segment.flags.contains(SegmentFlags::EXECUTE) && segment.file_backed().contains(&self.entry);
            previous = Some(segment);
        }
        match previous {
            None => Err(SegmentError::NoSegments),
            Some(_) if !entry_is_code => Err(SegmentError::Entry(self.entry)),
            Some(_) => Ok(page_count),
        }
    }
}

/// Whether `second` may follow `first`: on pages of its own, further up.
fn check_order(first: &Segment, second: &Segment) -> Result<(), SegmentError> {
    let (lower, upper) = (first.virtual_address, second.virtual_address);
    if upper < lower {
        return Err(SegmentError::Descending { first: lower, second: upper });
    }
    if second.page_range().start < first.page_range().end {
        return Err(SegmentError::SharedPage { first: lower, second: upper });
    }
    Ok(())
}
