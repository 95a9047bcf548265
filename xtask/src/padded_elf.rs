//! Kernels of any size: an ELF file plus a loadable segment, or plus a section that isn't loaded.
//!
//! ```text
//! the original file, its header changed | program headers, one more | padding | the segment's bytes
//! the original file, its header changed | the section's bytes | section headers, one more
//! ```
//!
//! Assumes a little-endian ELF64 with program headers, as the loader takes. The bytes added look random:
//! nothing can compress them.
//! Source: ELF-64 Object File Format, version 1.5, figures 2, 6 and 3.

use anyhow::{Context as _, Result, bail, ensure};
use object::elf::{PF_R, PT_LOAD, SHT_PROGBITS};

const PAGE: u64 = 4096;
const HEADER_SIZE: usize = 64;
const PROGRAM_HEADER_SIZE: usize = 56;
const SECTION_HEADER_SIZE: usize = 64;

/// Offsets in the file header.
mod header {
    pub(super) const PROGRAM_HEADERS: usize = 0x20;
    pub(super) const SECTION_HEADERS: usize = 0x28;
    pub(super) const PROGRAM_HEADER_COUNT: usize = 0x38;
    pub(super) const SECTION_HEADER_COUNT: usize = 0x3C;
}

/// An ELF file that grows.
#[derive(Debug, Clone)]
pub struct PaddedElf {
    bytes: Vec<u8>,
}

impl PaddedElf {
    /// Starts from the ELF file `bytes`.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        ensure!(
            bytes.len() >= HEADER_SIZE && bytes.starts_with(b"\x7FELF\x02\x01"),
            "no little-endian ELF64"
        );
        Ok(Self { bytes })
    }

    /// The file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes of the file that its PT_LOAD segments hold.
    pub fn loaded_bytes(&self) -> Result<u64> {
        Ok(self.segments()?.iter().map(|segment| segment.file_size).sum())
    }

    /// Adds a read-only segment after all others, so that the loaded bytes come to `total`.
    ///
    /// # Errors
    /// The file has more already.
    pub fn grow_loaded_bytes_to(&mut self, total: u64) -> Result<()> {
        let loaded = self.loaded_bytes()?;
        let missing = total.checked_sub(loaded);
        let missing =
            missing.with_context(|| format!("the kernel has {loaded} bytes to load, not {total}"))?;
        if missing == 0 {
            return Ok(());
        }
        let end = self.segments()?.iter().map(|segment| segment.address_end).max();
        let address = end.context("the ELF file has no PT_LOAD segment")?.next_multiple_of(PAGE);
        let table =
            self.moved_table(header::PROGRAM_HEADERS, header::PROGRAM_HEADER_COUNT, PROGRAM_HEADER_SIZE)?;
        let offset = (self.len() + PROGRAM_HEADER_SIZE as u64).next_multiple_of(PAGE);
        let fields = [offset, address, address, missing, missing, PAGE];
        self.bytes.extend_from_slice(&PT_LOAD.0.to_le_bytes());
        self.bytes.extend_from_slice(&PF_R.0.to_le_bytes());
        self.bytes.extend(fields.into_iter().flat_map(u64::to_le_bytes));
        self.put_u64(header::PROGRAM_HEADERS, table);
        self.bytes.resize(usize::try_from(offset)?, 0);
        self.bytes.extend(noise(usize::try_from(missing)?));
        Ok(())
    }

    /// Adds a section of `size` bytes that is in the file only, as debug information is.
    pub fn add_debug_section(&mut self, size: usize) -> Result<()> {
        let offset = self.len();
        self.bytes.extend(noise(size));
        let table =
            self.moved_table(header::SECTION_HEADERS, header::SECTION_HEADER_COUNT, SECTION_HEADER_SIZE)?;
        let mut section = [0; SECTION_HEADER_SIZE];
        section[0x04..0x08].copy_from_slice(&SHT_PROGBITS.0.to_le_bytes());
        section[0x18..0x20].copy_from_slice(&offset.to_le_bytes());
        section[0x20..0x28].copy_from_slice(&(size as u64).to_le_bytes());
        section[0x30] = 1;
        self.bytes.extend_from_slice(&section);
        self.put_u64(header::SECTION_HEADERS, table);
        Ok(())
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Copies a table of headers to the end, where it can grow by one entry, and counts that entry. Returns
    /// the copy's offset.
    fn moved_table(&mut self, offset_at: usize, count_at: usize, entry_size: usize) -> Result<u64> {
        let count = self.u16(count_at)?;
        let start = usize::try_from(self.u64(offset_at)?)?;
        let entries = self.bytes.get(start..start + usize::from(count) * entry_size);
        let entries = entries.context("the ELF file is cut off")?.to_vec();
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.len();
        self.bytes.extend(entries);
        self.bytes[count_at..count_at + 2].copy_from_slice(&(count + 1).to_le_bytes());
        Ok(offset)
    }

    fn segments(&self) -> Result<Vec<Segment>> {
        let table = usize::try_from(self.u64(header::PROGRAM_HEADERS)?)?;
        let count = usize::from(self.u16(header::PROGRAM_HEADER_COUNT)?);
        let mut segments = Vec::new();
        for start in (0..count).map(|index| table + index * PROGRAM_HEADER_SIZE) {
            if self.u32(start)? == PT_LOAD.0 {
                let address_end = self.u64(start + 0x10)?.checked_add(self.u64(start + 0x28)?);
                let address_end = address_end.context("a segment ends beyond the address space")?;
                segments.push(Segment { file_size: self.u64(start + 0x20)?, address_end });
            }
        }
        Ok(segments)
    }

    fn field<const SIZE: usize>(&self, offset: usize) -> Result<[u8; SIZE]> {
        match self.bytes.get(offset..).and_then(|rest| rest.first_chunk()) {
            Some(field) => Ok(*field),
            None => bail!("the ELF file is cut off at byte {offset}"),
        }
    }

    fn u16(&self, offset: usize) -> Result<u16> {
        self.field(offset).map(u16::from_le_bytes)
    }

    fn u32(&self, offset: usize) -> Result<u32> {
        self.field(offset).map(u32::from_le_bytes)
    }

    fn u64(&self, offset: usize) -> Result<u64> {
        self.field(offset).map(u64::from_le_bytes)
    }

    fn put_u64(&mut self, offset: usize, value: u64) {
        self.bytes[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
    }
}

/// What matters of a PT_LOAD segment.
#[derive(Debug)]
struct Segment {
    file_size: u64,
    address_end: u64,
}

/// `size` bytes that look random and are the same each time: Marsaglia's xorshift64.
fn noise(size: usize) -> impl Iterator<Item = u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let words = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and one segment with this file size and memory size at 1 MiB.
    fn small(file_size: u64, memory_size: u64) -> PaddedElf {
        let mut bytes = vec![0; HEADER_SIZE + PROGRAM_HEADER_SIZE + 3];
        bytes[..6].copy_from_slice(b"\x7FELF\x02\x01");
        bytes[header::PROGRAM_HEADER_COUNT] = 1;
        let mut elf = PaddedElf { bytes };
        elf.put_u64(header::PROGRAM_HEADERS, HEADER_SIZE as u64);
        elf.bytes[HEADER_SIZE] = 1;
        elf.put_u64(HEADER_SIZE + 0x10, 0x10_0000);
        elf.put_u64(HEADER_SIZE + 0x20, file_size);
        elf.put_u64(HEADER_SIZE + 0x28, memory_size);
        elf
    }

    #[test]
    fn the_loaded_bytes_come_to_the_size_that_was_asked_for() {
        let mut elf = small(100, 5000);
        elf.grow_loaded_bytes_to(10_000).unwrap();
        assert_eq!(elf.loaded_bytes().unwrap(), 10_000);
    }

    #[test]
    fn the_new_segment_stands_after_the_others_and_is_in_the_file() {
        let mut elf = small(100, 5000);
        elf.grow_loaded_bytes_to(10_000).unwrap();
        let new = usize::try_from(elf.u64(header::PROGRAM_HEADERS).unwrap()).unwrap() + PROGRAM_HEADER_SIZE;
        let (offset, address) = (elf.u64(new + 8).unwrap(), elf.u64(new + 0x10).unwrap());
        assert_eq!(address, 0x10_2000);
        assert_eq!(offset % PAGE, 0);
        assert_eq!(elf.len(), offset + 9900);
    }

    #[test]
    fn a_file_that_is_large_enough_stays_as_it_is() {
        let mut elf = small(100, 100);
        elf.grow_loaded_bytes_to(100).unwrap();
        assert_eq!(elf.bytes, small(100, 100).bytes);
    }

    #[test]
    fn a_file_that_is_too_large_is_an_error() {
        let error = small(101, 101).grow_loaded_bytes_to(100).unwrap_err();
        assert_eq!(error.to_string(), "the kernel has 101 bytes to load, not 100");
    }

    #[test]
    fn a_debug_section_is_in_the_file_and_not_loaded() {
        let mut elf = small(100, 100);
        elf.add_debug_section(1 << 16).unwrap();
        assert_eq!(elf.loaded_bytes().unwrap(), 100);
        assert!(elf.len() > 1 << 16);
        assert_eq!(elf.u16(header::SECTION_HEADER_COUNT).unwrap(), 1);
    }

    #[test]
    fn what_is_no_elf_file_is_refused() {
        assert!(PaddedElf::new(b"MZ".to_vec()).is_err());
        let mut elf = small(100, 100);
        elf.bytes.truncate(HEADER_SIZE + 8);
        assert!(elf.loaded_bytes().is_err());
    }
}
