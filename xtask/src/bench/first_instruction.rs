//! The TSC at the boot sector's first instruction.
//!
//! The boot sector takes no timestamp: it has no space for that, and it can't know yet that the CPU has a TSC. Stopping
//! the machine there to read it from outside would move its clock: without `sleep`, QEMU sets the virtual
//! time forward to the next timer whenever the CPU halts. So the measured image gets a few additional
//! instructions, in the bytes of the boot sector that hold a BPB and never code:
//!
//! ```text
//! 7C00  jmp  ──▶ 7C03  timestamp: push, rdtsc, mov, mov, pop, jmp ──▶ where the first jump led
//! ```
//!
//! Their number is known and taken off again, so the count is that of the image without them. EAX is lost,
//! which holds nothing that a boot sector may rely on.

use anyhow::{Result, bail, ensure};
use boot_layout::disk::{BPB, SECTOR_SIZE};

/// Where the timestamp is stored: above the BIOS's data, below all that the loader uses, in a page that the
/// loader never allocates.
pub(super) const TIMESTAMP_ADDRESS: u16 = 0x0600;

/// The instructions that take the timestamp, without the jump at their end.
///
/// Source: Intel SDM vol. 2, the instructions named.
const TIMESTAMP_CODE: [u8; 17] = {
    let [low, high] = TIMESTAMP_ADDRESS.to_le_bytes();
    let [upper_low, upper_high] = (TIMESTAMP_ADDRESS + 4).to_le_bytes();
    [
        0x66, 0x52, // push %edx
        0x0F, 0x31, // rdtsc
        0x66, 0x2E, 0xA3, low, high, // mov %eax, %cs:TIMESTAMP_ADDRESS
        0x66, 0x2E, 0x89, 0x16, upper_low, upper_high, // mov %edx, %cs:TIMESTAMP_ADDRESS + 4
        0x66, 0x5A, // pop %edx
    ]
};

/// Instructions of [`TIMESTAMP_CODE`] after RDTSC, and the jump at its end.
const INSTRUCTIONS_AFTER_RDTSC: u64 = 4;

/// The first of these bytes is the jump that every boot sector starts with.
const FIRST_JUMP_END: usize = BPB.start;

const NEAR_JUMP: u8 = 0xE9;
const SHORT_JUMP: u8 = 0xEB;

/// Adds the timestamp to a boot sector.
pub(super) fn instrument(sector: &mut [u8; SECTOR_SIZE]) -> Result<()> {
    let target = match sector[..FIRST_JUMP_END] {
        [SHORT_JUMP, distance, _] => 2 + usize::from(distance),
        [NEAR_JUMP, low, high] => FIRST_JUMP_END + usize::from(u16::from_le_bytes([low, high])),
        _ => bail!("the boot sector doesn't start with a jump"),
    };
    let jump = BPB.start + TIMESTAMP_CODE.len();
    let end = jump + 3;
    ensure!(end <= BPB.end && target >= BPB.end, "the boot sector's first jump leads to byte {target}");
    sector[BPB.start..jump].copy_from_slice(&TIMESTAMP_CODE);
    sector[jump] = NEAR_JUMP;
    sector[jump + 1..end].copy_from_slice(&u16::try_from(target - end)?.to_le_bytes());
    sector[..2].copy_from_slice(&[SHORT_JUMP, 1]);
    Ok(())
}

/// Returns where a count must start, by the timestamp that was taken, so that the added instructions don't count.
///
/// Before RDTSC came two instructions: the first jump, which every image has, and the push. Added were the
/// push, RDTSC itself and what follows it.
pub(super) const fn start(timestamp: u64) -> u64 {
    const BEFORE_RDTSC: u64 = 2;
    const ADDED: u64 = 2 + INSTRUCTIONS_AFTER_RDTSC;
    timestamp - BEFORE_RDTSC + ADDED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timestamp_leads_on_to_where_the_first_jump_led() {
        for jump in [[SHORT_JUMP, 60, 0x90], [NEAR_JUMP, 59, 0]] {
            let mut sector = [0; SECTOR_SIZE];
            sector[..3].copy_from_slice(&jump);
            instrument(&mut sector).unwrap();
            // jmp 0x03, over the third byte; jmp from the 23rd byte to the 62nd.
            assert_eq!(sector[..3], [SHORT_JUMP, 1, jump[2]]);
            assert_eq!(sector[20..23], [NEAR_JUMP, 62 - 23, 0]);
        }
    }

    #[test]
    fn the_code_and_the_tables_stay_as_they_are() {
        let mut sector = [0xAB; SECTOR_SIZE];
        sector[..3].copy_from_slice(&[SHORT_JUMP, 60, 0x90]);
        instrument(&mut sector).unwrap();
        assert!(sector[BPB.end..].iter().all(|byte| *byte == 0xAB));
    }

    #[test]
    fn a_sector_without_a_jump_over_the_bpb_is_refused() {
        assert!(instrument(&mut [0; SECTOR_SIZE]).is_err());
        let mut sector = [0; SECTOR_SIZE];
        sector[..2].copy_from_slice(&[SHORT_JUMP, 8]);
        assert!(instrument(&mut sector).is_err());
    }

    #[test]
    fn the_count_is_that_of_an_image_without_the_timestamp() {
        // Cold, with the jump as instruction 0, RDTSC reads 2; the jump's target is then instruction 7,
        // where without the timestamp it would be instruction 1: six less.
        let target_at = 7;
        assert_eq!(target_at - start(2), 1);
    }
}
