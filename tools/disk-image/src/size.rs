//! Sizes as people write them: `64M`, `1440K`, `1G`, or plain bytes.

/// Bytes of a 3.5-inch high-density floppy disk. An image of this size is a floppy image.
pub const FLOPPY_SIZE: u64 = 1440 << 10;

const UNITS: [(char, u32); 3] = [('K', 10), ('M', 20), ('G', 30)];

/// A size that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no size; write 64M, 1440K, 2G, or a number of bytes")]
pub struct InvalidSize(String);

/// Reads a size: a number, and `K`, `M` or `G` (powers of 1024, either case) or nothing for bytes.
///
/// # Errors
/// Anything else, zero, and what doesn't fit 64 bits.
pub fn parse_size(text: &str) -> Result<u64, InvalidSize> {
    let invalid = || InvalidSize(text.to_owned());
    let unit = UNITS.iter().find(|(letter, _)| text.to_ascii_uppercase().ends_with(*letter));
    let (digits, shift) = match unit {
        Some((_, shift)) => (&text[..text.len() - 1], *shift),
        None => (text, 0),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(invalid());
    }
    let number: u64 = digits.parse().map_err(|_| invalid())?;
    number.checked_mul(1 << shift).filter(|size| *size > 0).ok_or_else(invalid)
}

/// Returns the shortest exact way to write a size: `64M`, `1440K`, or `1234 bytes`.
#[must_use]
pub fn format_size(size: u64) -> String {
    for (letter, shift) in UNITS.iter().rev() {
        if size > 0 && size.trailing_zeros() >= *shift {
            return format!("{}{letter}", size >> shift);
        }
    }
    format!("{size} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_may_be_bytes_or_carry_a_unit_in_either_case() {
        let read = ["1048576", "64M", "64m", "1440K", "2G"].map(|text| parse_size(text).unwrap());
        assert_eq!(read, [1 << 20, 64 << 20, 64 << 20, 1_474_560, 2 << 30]);
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "M", "-1", "+1M", "0", "1.5G", "12Q", "99999999999G", "1 M", "é", "1é"] {
            assert_eq!(parse_size(text), Err(InvalidSize(text.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn a_size_that_is_written_out_can_be_read_again() {
        for size in [1 << 30, 3 << 20, FLOPPY_SIZE] {
            assert_eq!(parse_size(&format_size(size)).unwrap(), size);
        }
        assert_eq!(format_size(1234), "1234 bytes");
    }
}
