//! IDENTIFY DEVICE: the 256 words in which a drive describes itself.
//!
//! Source: ATA/ATAPI-7 vol. 1, "IDENTIFY DEVICE", whose table numbers the words.

use crate::{AtaError, SECTOR_SIZE, Sector};

/// Bytes of the model's name: words 27 to 46.
const MODEL_BYTES: usize = 40;

/// A drive's IDENTIFY data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    model: [u8; MODEL_BYTES],
    /// Sectors of 512 bytes; at least 1, fewer than 2^48.
    pub sectors: u64,
    /// Whether it takes addresses of 48 bits.
    pub has_lba48: bool,
}

impl Identity {
    /// Reads the data of IDENTIFY DEVICE.
    ///
    /// # Errors
    /// [`AtaError::IdentifyChecksum`], [`AtaError::PacketDevice`], [`AtaError::NoLba`], [`AtaError::SectorSize`],
    /// [`AtaError::NoSectors`].
    pub fn parse(data: &Sector) -> Result<Self, AtaError> {
        check_sum(data)?;
        let (words, _) = data.as_chunks::<2>();
        let word = |index: usize| words.get(index).map_or(0, |bytes| u16::from_le_bytes(*bytes));
        let number = |first: usize, count: usize| {
            (first..first + count).rev().fold(0, |number, index| number << 16 | u64::from(word(index)))
        };
        if word(0) & 1 << 15 != 0 {
            return Err(AtaError::PacketDevice);
        }
        if word(49) & 1 << 9 == 0 {
            return Err(AtaError::NoLba);
        }
        // Words 83 and 106 hold something if their upper two bits are 01.
        let is_valid = |word: u16| word >> 14 == 0b01;
        if is_valid(word(106)) && word(106) & 1 << 12 != 0 && number(117, 2) * 2 != SECTOR_SIZE as u64 {
            return Err(AtaError::SectorSize(number(117, 2) * 2));
        }
        let has_lba48 = is_valid(word(83)) && word(83) & 1 << 10 != 0;
        let sectors = if has_lba48 { number(100, 4) & LBA48_MASK } else { number(60, 2) };
        if sectors == 0 {
            return Err(AtaError::NoSectors);
        }
        Ok(Self { model: model(words), sectors, has_lba48 })
    }

    /// Returns the model's name, as far as it is ASCII.
    #[must_use]
    pub fn model(&self) -> &str {
        core::str::from_utf8(self.model.trim_ascii()).unwrap_or_default()
    }
}

/// Bits of a 48-bit address.
const LBA48_MASK: u64 = (1 << 48) - 1;

/// Returns the last word, in drives that have one: A5h, and what makes the sum of all bytes zero.
fn check_sum(data: &Sector) -> Result<(), AtaError> {
    const SIGNATURE: u8 = 0xA5;
    if data[SECTOR_SIZE - 2] != SIGNATURE {
        return Ok(());
    }
    match data.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) {
        0 => Ok(()),
        sum => Err(AtaError::IdentifyChecksum(sum)),
    }
}

/// Words 27 to 46: each has the earlier letter in its upper byte.
fn model(words: &[[u8; 2]]) -> [u8; MODEL_BYTES] {
    let mut model = [b' '; MODEL_BYTES];
    let (pairs, _) = model.as_chunks_mut::<2>();
    for (pair, [low, high]) in pairs.iter_mut().zip(words.iter().skip(27)) {
        *pair = [*high, *low].map(|byte| if byte == b' ' || byte.is_ascii_graphic() { byte } else { b'?' });
    }
    model
}
