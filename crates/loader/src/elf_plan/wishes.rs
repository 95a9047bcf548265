//! The kernel's wishes: found among its notes, and checked.
//!
//! Refuses a wish that can't be granted. The protocol's version is the one thing that must be the same on
//! both sides; fields that one side doesn't know get their defaults.

use farjump_api::{BootInfo, NOTE_NAME, NOTE_TYPE_WISHES, Wishes};

use super::segment::is_higher_half;
use super::{ElfError, WishError};

/// Bytes of stack that may be wished for.
const STACK_SIZE: core::ops::RangeInclusive<u32> = 4 << 10..=16 << 20;

/// What the mapping of physical memory must be aligned to: the largest page.
const PHYSICAL_MEMORY_ALIGNMENT: u64 = 1 << 30;

/// The wishes among the notes of one `PT_NOTE` segment, `None` where none of them is ours.
///
/// # Errors
/// Wishes that can't be granted.
#[inline(never)] // or the loader has it twice
pub fn find_wishes(notes: &[u8]) -> Result<Option<Wishes>, ElfError> {
    let mut rest = notes;
    while !rest.is_empty() {
        // Padding, or notes of another alignment: other people's, and no reason to refuse a kernel.
        let Some((note, behind)) = Note::split(rest) else { break };
        if note.name == NOTE_NAME && note.kind == NOTE_TYPE_WISHES {
            let wishes = Wishes::from_descriptor(note.descriptor);
            let wishes = wishes.ok_or(WishError::Short(note.descriptor.len()))?;
            check(&wishes)?;
            return Ok(Some(wishes));
        }
        rest = behind;
    }
    Ok(None)
}

/// Whether the wishes can be granted.
fn check(wishes: &Wishes) -> Result<(), WishError> {
    if wishes.protocol_version != BootInfo::VERSION {
        return Err(WishError::ProtocolVersion(wishes.protocol_version));
    }
    if !STACK_SIZE.contains(&wishes.stack_size) {
        return Err(WishError::StackSize(wishes.stack_size));
    }
    let offset = wishes.physical_memory();
    if !is_higher_half(offset) || !offset.is_multiple_of(PHYSICAL_MEMORY_ALIGNMENT) {
        return Err(WishError::PhysicalMemoryOffset(offset));
    }
    Ok(())
}

/// One note, 4-byte aligned, as the ABI has it and as all x86-64 linkers make it.
struct Note<'a> {
    kind: u32,
    name: &'a [u8],
    descriptor: &'a [u8],
}

impl<'a> Note<'a> {
    /// The first note, and the bytes behind it. `None`: it goes on behind the end.
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

/// The first `size` bytes, and those behind the padding that follows them; the last one may lack it.
fn split_padded(bytes: &[u8], size: u32) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(size).ok()?;
    let padded = size.checked_next_multiple_of(4)?;
    Some((bytes.get(..size)?, bytes.get(padded..).unwrap_or_default()))
}
