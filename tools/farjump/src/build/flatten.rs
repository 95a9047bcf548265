//! ELF files of the stages to the flat bytes that stand on the disk.
//!
//! Assumes that the linker scripts place a stage's segments where boot-layout says. Refuses what isn't
//! so: a boot sector of more than 440 bytes, a stage 2 whose header doesn't agree with the file.

use anyhow::{Context as _, Result, ensure};
use boot_layout::disk::{BOOT_SIGNATURE, SECTOR_SIZE, STAGE1_CODE};
use boot_layout::stage2_header::{self, CRC32_OFFSET, MAGIC, MAGIC_OFFSET, SECTOR_COUNT_OFFSET, SUMS_OFFSET};
use boot_layout::{STAGE1, STAGE2};
use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

/// The boot sector: stage 1's code and data, 55 AA at the end, zero between.
pub(super) fn stage1(elf: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = flatten(elf, STAGE1.start)?;
    bytes.resize(bytes.len().max(SECTOR_SIZE), 0);
    let (code, tables) = bytes.split_at(STAGE1_CODE.end);
    ensure!(
        tables.len() == SECTOR_SIZE - code.len() && tables[..70].iter().all(|byte| *byte == 0),
        "stage 1 has more than {} bytes",
        STAGE1_CODE.end
    );
    bytes[SECTOR_SIZE - 2..].copy_from_slice(&BOOT_SIGNATURE);
    Ok(bytes)
}

/// Stage 2: whole sectors, with the sums and the CRC-32 that it is checked by.
pub(super) fn stage2(elf: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = flatten(elf, STAGE2.start)?;
    bytes.resize(bytes.len().next_multiple_of(SECTOR_SIZE), 0);
    let sectors = bytes.len() / SECTOR_SIZE;
    let has_magic = bytes.get(MAGIC_OFFSET..).is_some_and(|rest| rest.starts_with(&MAGIC.to_le_bytes()));
    ensure!(has_magic, "stage 2's header has no magic at byte {MAGIC_OFFSET}");
    let stated =
        usize::from(u16::from_le_bytes([bytes[SECTOR_COUNT_OFFSET], bytes[SECTOR_COUNT_OFFSET + 1]]));
    ensure!(stated == sectors, "stage 2's header says {stated} sectors, its file has {sectors}");
    let is_free = |place: &[u8]| place.iter().all(|byte| *byte == 0);
    let has_room =
        is_free(&bytes[SUMS_OFFSET..SUMS_OFFSET + 8]) && is_free(&bytes[CRC32_OFFSET..SECTOR_SIZE]);
    ensure!(has_room, "stage 2's first sector isn't zero where its checks go");
    stage2_header::update_checksums(&mut bytes);
    Ok(bytes)
}

/// What PT_LOAD segments have in the file, from the physical address `start` on, zero between them.
fn flatten(elf: &[u8], start: u64) -> Result<Vec<u8>> {
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(elf)?;
    let mut flat = Vec::new();
    for segment in header.program_headers(endian, elf)?.iter().filter(|s| s.p_type(endian) == PT_LOAD) {
        let data = segment.data(endian, elf).ok().context("a segment reaches past the end of its file")?;
        let address = segment.p_paddr(endian);
        let headers = if segment.p_offset(endian) == 0 { start.saturating_sub(address) } else { 0 };
        // lld maps the ELF headers in front of the first section where its page has room for them.
        let Some(data) = data.get(usize::try_from(headers)?..).filter(|data| !data.is_empty()) else {
            continue;
        };
        let offset = (address + headers).checked_sub(start).filter(|offset| *offset < MAX_FLAT);
        let offset = offset
            .with_context(|| format!("a segment is at {address:#x}; the stage starts at {start:#x}"))?;
        place(&mut flat, usize::try_from(offset)?, data);
    }
    ensure!(!flat.is_empty(), "nothing in it is loaded");
    Ok(flat)
}

/// Copies `data` to `offset` in `flat`, which grows as needed.
fn place(flat: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    flat.resize(flat.len().max(end), 0);
    flat[offset..end].copy_from_slice(data);
}

/// No stage is larger than base memory.
const MAX_FLAT: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file with these PT_LOAD segments: file offset, physical address, bytes in the file.
    fn elf(segments: &[(usize, u64, &[u8])]) -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..7].copy_from_slice(&[0x7F, b'E', b'L', b'F', 2, 1, 1]);
        file[32] = 64;
        file[54] = 56;
        file[56] = u8::try_from(segments.len()).unwrap();
        for (offset, address, bytes) in segments {
            let size = bytes.len() as u64;
            file.extend_from_slice(&[1, 0, 0, 0, 5, 0, 0, 0]);
            for field in [*offset as u64, *address, *address, size, size + 100, 1] {
                file.extend_from_slice(&field.to_le_bytes());
            }
        }
        for (offset, _, bytes) in segments.iter().filter(|(offset, ..)| *offset > 0) {
            file.resize(file.len().max(offset + bytes.len()), 0);
            file[*offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        file
    }

    /// A stage 2 of two sectors whose header says `sectors`.
    fn stage2_bytes(sectors: u8) -> Vec<u8> {
        let mut bytes = vec![0xC3; 600];
        bytes[SUMS_OFFSET..SUMS_OFFSET + 8].fill(0);
        bytes[CRC32_OFFSET..SECTOR_SIZE].fill(0);
        bytes[MAGIC_OFFSET..][..2].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[SECTOR_COUNT_OFFSET..][..2].copy_from_slice(&[sectors, 0]);
        bytes
    }

    #[test]
    fn segments_land_at_their_distance_from_the_start_with_zeros_between() {
        let flat = flatten(&elf(&[(0x400, 0x8010, b"second"), (0x500, 0x8000, b"first")]), 0x8000).unwrap();
        assert_eq!(flat, b"first\0\0\0\0\0\0\0\0\0\0\0second");
    }

    #[test]
    fn elf_headers_that_the_linker_mapped_are_left_out() {
        let headers = [0; 0x120];
        let flat = flatten(&elf(&[(0, 0x7000, &headers), (0x400, 0x7C00, b"code")]), 0x7C00).unwrap();
        assert_eq!(flat, b"code");
    }

    #[test]
    fn a_segment_below_the_start_or_far_above_is_refused() {
        assert!(flatten(&elf(&[(0x400, 0x7BFF, b"x")]), 0x7C00).is_err());
        assert!(flatten(&elf(&[(0x400, 0xFFFF_FFFF_8000_0000, b"x")]), 0x7C00).is_err());
        assert!(flatten(&elf(&[]), 0x7C00).is_err());
    }

    #[test]
    fn a_boot_sector_is_padded_and_signed_and_has_440_bytes_of_code_at_most() {
        let sector = stage1(&elf(&[(0x400, STAGE1.start, &[0x90; 440])])).unwrap();
        assert_eq!(
            (sector.len(), &sector[439..441], &sector[510..]),
            (512, &[0x90, 0][..], &[0x55, 0xAA][..])
        );
        assert!(stage1(&elf(&[(0x400, STAGE1.start, &[0x90; 441])])).is_err());
        assert!(stage1(&elf(&[(0x400, STAGE1.start, &[0; 513])])).is_err());
    }

    #[test]
    fn a_stage_2_is_whole_sectors_and_is_found_whole() {
        let image = stage2(&elf(&[(0x400, STAGE2.start, &stage2_bytes(2))])).unwrap();
        assert_eq!(image.len(), 1024);
        assert!(stage2_header::is_whole(&image));
    }

    #[test]
    fn a_stage_2_whose_header_does_not_fit_its_file_is_refused() {
        let rejection = |bytes: &[u8]| stage2(&elf(&[(0x400, STAGE2.start, bytes)])).unwrap_err().to_string();
        assert!(rejection(&stage2_bytes(3)).contains("says 3 sectors, its file has 2"));
        assert!(rejection(&[0; 600]).contains("no magic"));
        let mut occupied = stage2_bytes(2);
        occupied[CRC32_OFFSET] = 1;
        assert!(rejection(&occupied).contains("isn't zero"));
    }
}
