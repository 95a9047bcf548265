//! The program headers: what is loaded where, and with which rights; what isn't supported at all.
//!
//! Addresses here are those that the file's linker has assigned. The loader adds one number to all of them.

use alloc::vec::Vec;
use core::ops::Range;

use elf::abi::{PF_W, PF_X, PT_DYNAMIC, PT_GNU_RELRO, PT_GNU_STACK, PT_INTERP, PT_LOAD, PT_TLS};
use elf::segment::ProgramHeader;
use farjump_kernel_memory::PAGE_SIZE;
use farjump_kernel_memory::protection::Protection;

use crate::header::ProgramHeaders;
use crate::limits;
use crate::rule::Rule;
use crate::validation_error::Rejected;

/// A `PT_LOAD`.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    /// Offset of its bytes in the file.
    pub(crate) offset: u64,
    /// How many of its bytes are in the file; the others are zero.
    pub(crate) file_size: u64,
    pub(crate) addresses: Range<u64>,
    pub(crate) protection: Protection,
}

/// All segments of a file, checked.
#[derive(Debug)]
pub(crate) struct Segments<'a> {
    file: &'a [u8],
    /// Ascending, on pages of their own; one at least.
    loaded: Vec<Segment>,
    /// Whole pages that are read-only once relocations are done; may be empty.
    pub(crate) relro: Range<u64>,
    /// Addresses of the dynamic section.
    pub(crate) dynamic: Range<u64>,
}

/// Headers of the kinds that there may be one of.
#[derive(Default)]
struct Special {
    relro: Option<(u64, ProgramHeader)>,
    dynamic: Option<(u64, ProgramHeader)>,
}

impl<'a> Segments<'a> {
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, Rejected<'a>> {
        let headers = ProgramHeaders::find(file)?;
        let (mut loaded, mut special) = (Vec::new(), Special::default());
        for (index, header) in headers.table.iter().enumerate() {
            let at = headers.offset_of(index);
            match header.p_type {
                PT_LOAD => add(&mut loaded, check_load(&header, at, file)?, at)?,
                PT_DYNAMIC => only_one(&mut special.dynamic, header, at, Rule::DynamicCount)?,
                PT_GNU_RELRO => only_one(&mut special.relro, header, at, Rule::RelroCount)?,
                PT_INTERP => return Err(Rule::Interpreter.at_offset(at)),
                PT_TLS => return Err(Rule::Tls.at_offset(at)),
                PT_GNU_STACK if header.p_flags & PF_X != 0 => return Err(Rule::ExecutableStack.at_offset(at)),
                _ => {}
            }
        }
        loaded.retain(|segment| !segment.addresses.is_empty());
        if loaded.is_empty() {
            return Err(Rule::SegmentCount.broken().number(0_u64));
        }
        let mut segments = Self { file, loaded, relro: 0..0, dynamic: 0..0 };
        let span = segments.span();
        if span.end - span.start > limits::IMAGE_SIZE {
            return Err(Rule::ImageSize.broken().number(span.end - span.start));
        }
        segments.dynamic = segments.find_dynamic(special.dynamic)?;
        segments.relro = special.relro.map_or(Ok(0..0), |(at, header)| segments.find_relro(at, &header))?;
        Ok(segments)
    }

    pub(crate) fn loaded(&self) -> &[Segment] {
        &self.loaded
    }

    /// Returns the pages from the first segment's to the last one's.
    pub(crate) fn span(&self) -> Range<u64> {
        let start = self.loaded.first().map_or(0, |first| page_start(first.addresses.start));
        let end = self.loaded.last().map_or(0, |last| page_end(last.addresses.end));
        start..end
    }

    /// Returns the bytes in the file of a loaded segment.
    pub(crate) fn contents(&self, segment: &Segment) -> &'a [u8] {
        let end = segment.offset + segment.file_size;
        self.file.get(segment.offset as usize..end as usize).unwrap_or_default()
    }

    /// Returns the bytes in the file from `address` to the end of its segment's part of the file.
    pub(crate) fn bytes_from(&self, address: u64) -> Option<&'a [u8]> {
        let segment = self.containing(address, 0)?;
        self.contents(segment).get((address - segment.addresses.start) as usize..)
    }

    /// `size` bytes of the file from `address`.
    pub(crate) fn bytes(&self, address: u64, size: u64) -> Option<&'a [u8]> {
        self.bytes_from(address)?.get(..usize::try_from(size).ok()?)
    }

    /// Returns the segment with all of these bytes; `size` may be zero, then its end counts too.
    pub(crate) fn containing(&self, address: u64, size: u64) -> Option<&Segment> {
        let end = address.checked_add(size)?;
        let index = self.loaded.partition_point(|segment| segment.addresses.end < end);
        let segment = self.loaded.get(index)?;
        (segment.addresses.start <= address).then_some(segment)
    }

    /// Returns whether all of these bytes may be written while the module is relocated.
    pub(crate) fn is_writable(&self, address: u64, size: u64) -> bool {
        self.containing(address, size).is_some_and(|segment| segment.protection == Protection::ReadWrite)
    }

    /// Returns whether the byte at `address` is code.
    pub(crate) fn is_code(&self, address: u64) -> bool {
        self.containing(address, 1).is_some_and(|segment| segment.protection == Protection::ReadExecute)
    }

    fn find_dynamic(&self, found: Option<(u64, ProgramHeader)>) -> Result<Range<u64>, Rejected<'a>> {
        let (at, header) = found.ok_or_else(|| Rule::DynamicCount.broken())?;
        let bytes = self.bytes(header.p_vaddr, header.p_filesz);
        let same_in_file = self.containing(header.p_vaddr, header.p_filesz).is_some_and(|segment| {
            header.p_offset.checked_sub(segment.offset) == header.p_vaddr.checked_sub(segment.addresses.start)
        });
        if bytes.is_none() || !same_in_file {
            return Err(Rule::DynamicRange.at_offset(at).number(header.p_vaddr));
        }
        Ok(header.p_vaddr..header.p_vaddr + header.p_filesz)
    }

    /// Returns the whole pages of `PT_GNU_RELRO`: those before it are its segment's first, and what follows its end
    /// on the same page stays writable.
    fn find_relro(&self, at: u64, header: &ProgramHeader) -> Result<Range<u64>, Rejected<'a>> {
        let broken = || Rule::RelroRange.at_offset(at).number(header.p_vaddr);
        let Some(segment) = self.containing(header.p_vaddr, 0) else { return Err(broken()) };
        let end = header.p_vaddr.checked_add(header.p_memsz);
        match end.filter(|end| *end <= page_end(segment.addresses.end)) {
            Some(end) if segment.protection == Protection::ReadWrite => {
                let start = page_start(header.p_vaddr);
                Ok(start..page_start(end).max(start))
            }
            _ => Err(broken()),
        }
    }
}

/// Returns the segment of a `PT_LOAD`, if it can be loaded by itself.
fn check_load<'a>(header: &ProgramHeader, at: u64, file: &[u8]) -> Result<Segment, Rejected<'a>> {
    if header.p_filesz > header.p_memsz {
        return Err(Rule::SegmentFileSize.at_offset(at).number(header.p_filesz));
    }
    let end = header.p_offset.checked_add(header.p_filesz);
    if end.is_none_or(|end| end > file.len() as u64) {
        return Err(Rule::SegmentRange.at_offset(at).number(header.p_offset));
    }
    let end = header.p_vaddr.checked_add(header.p_memsz);
    let Some(end) = end.filter(|end| end.checked_next_multiple_of(PAGE_SIZE).is_some()) else {
        return Err(Rule::SegmentWraps.at_offset(at).number(header.p_vaddr));
    };
    if header.p_align > PAGE_SIZE || !header.p_align.max(1).is_power_of_two() {
        return Err(Rule::SegmentAlignment.at_offset(at).number(header.p_align));
    }
    if header.p_offset % PAGE_SIZE != header.p_vaddr % PAGE_SIZE {
        return Err(Rule::SegmentCongruence.at_offset(at).number(header.p_vaddr));
    }
    let protection = match (header.p_flags & PF_W != 0, header.p_flags & PF_X != 0) {
        (false, false) => Protection::ReadOnly,
        (true, false) => Protection::ReadWrite,
        (false, true) => Protection::ReadExecute,
        (true, true) => return Err(Rule::WriteExecute.at_offset(at).number(header.p_vaddr)),
    };
    let (offset, file_size) = (header.p_offset, header.p_filesz);
    Ok(Segment { offset, file_size, addresses: header.p_vaddr..end, protection })
}

/// Adds a segment after the others.
fn add<'a>(loaded: &mut Vec<Segment>, segment: Segment, at: u64) -> Result<(), Rejected<'a>> {
    if loaded.len() == limits::SEGMENTS {
        return Err(Rule::SegmentCount.at_offset(at).number(limits::SEGMENTS as u64 + 1));
    }
    if let Some(last) = loaded.last() {
        if segment.addresses.start < last.addresses.start {
            return Err(Rule::SegmentOrder.at_offset(at).number(segment.addresses.start));
        }
        if page_start(segment.addresses.start) < page_end(last.addresses.end) {
            return Err(Rule::SegmentOverlap.at_offset(at).number(segment.addresses.start));
        }
    }
    loaded.push(segment);
    Ok(())
}

fn only_one<'a>(
    found: &mut Option<(u64, ProgramHeader)>,
    header: ProgramHeader,
    at: u64,
    rule: Rule,
) -> Result<(), Rejected<'a>> {
    if found.replace((at, header)).is_some() { Err(rule.at_offset(at)) } else { Ok(()) }
}

/// Returns the start of the page that `address` is in.
pub(crate) const fn page_start(address: u64) -> u64 {
    address - address % PAGE_SIZE
}

/// Returns the end of the page that the byte before `end` is in. Ends of segments don't wrap: that is checked.
pub(crate) const fn page_end(end: u64) -> u64 {
    end.next_multiple_of(PAGE_SIZE)
}
