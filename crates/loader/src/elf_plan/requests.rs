//! The kernel's requests: found among its notes, and checked.
//!
//! Refuses a request that can't be served. The protocol's version is the one thing that must be the same on
//! both sides; fields that one side doesn't know get their defaults.

use farjump_api::{BootInfo, KernelRequests, NOTE_NAME, NOTE_TYPE_REQUESTS};

use super::segment::is_higher_half;
use super::{ElfError, RequestError};

/// Bytes of stack that may be requested.
const STACK_SIZE: core::ops::RangeInclusive<u32> = 4 << 10..=16 << 20;

/// What the mapping of physical memory must be aligned to: the largest page.
const PHYSICAL_MEMORY_ALIGNMENT: u64 = 1 << 30;

/// Returns the requests among the notes of one `PT_NOTE` segment, `None` if none of the notes is farjump's.
///
/// # Errors
/// Requests that can't be served.
#[inline(never)] // or the loader has it twice
pub fn find_requests(notes: &[u8]) -> Result<Option<KernelRequests>, ElfError> {
    let mut rest = notes;
    while !rest.is_empty() {
        // Padding, or notes of another alignment: other people's, and no reason to refuse a kernel.
        let Some((note, following)) = Note::split(rest) else { break };
        if note.name == NOTE_NAME && note.kind == NOTE_TYPE_REQUESTS {
            return Ok(Some(parse(note.descriptor)?));
        }
        rest = following;
    }
    Ok(None)
}

/// Reads the requests, and checks that they can be served.
fn parse(descriptor: &[u8]) -> Result<KernelRequests, RequestError> {
    if !descriptor.starts_with(&KernelRequests::MAGIC) {
        return Err(RequestError::Magic);
    }
    let requests = KernelRequests::from_descriptor(descriptor);
    let requests = requests.ok_or(RequestError::Short(descriptor.len()))?;
    if requests.version != BootInfo::VERSION {
        return Err(RequestError::Version(requests.version));
    }
    if !STACK_SIZE.contains(&requests.stack_size) {
        return Err(RequestError::StackSize(requests.stack_size));
    }
    let offset = requests.physical_memory();
    if !is_higher_half(offset) || !offset.is_multiple_of(PHYSICAL_MEMORY_ALIGNMENT) {
        return Err(RequestError::PhysicalMemoryOffset(offset));
    }
    Ok(requests)
}

/// One note, 4-byte aligned, as the ABI has it and as all x86-64 linkers make it.
struct Note<'a> {
    kind: u32,
    name: &'a [u8],
    descriptor: &'a [u8],
}

impl<'a> Note<'a> {
    /// Returns the first note, and the bytes after it; `None` if it continues past the end.
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (name_size, rest) = split_word(bytes)?;
        let (descriptor_size, rest) = split_word(rest)?;
        let (kind, rest) = split_word(rest)?;
        let (name, rest) = split_padded(rest, name_size)?;
        let (descriptor, rest) = split_padded(rest, descriptor_size)?;
        Some((Self { kind, name, descriptor }, rest))
    }
}

fn split_word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*word), rest))
}

/// Returns the first `size` bytes, and those after their padding, which may be missing at the end.
fn split_padded(bytes: &[u8], size: u32) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(size).ok()?;
    let padded = size.checked_next_multiple_of(4)?;
    Some((bytes.get(..size)?, bytes.get(padded..).unwrap_or_default()))
}
