//! Numbers as people write them.

use core::fmt;

/// Why a word is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// It has no digits.
    NoDigits,
    /// This is no digit of such a number.
    NotADigit(char),
    /// It doesn't fit 64 bits.
    TooLarge,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDigits => f.write_str("a number has digits: 4096, 0x1000 or 4K"),
            Self::NotADigit(character) => {
                write!(f, "{character:?} is in no number: write it like 4096, 0x1000 or 4K")
            }
            Self::TooLarge => f.write_str("a number has 64 bits at most"),
        }
    }
}

impl core::error::Error for NumberError {}

/// Reads a number: decimal, or hexadecimal after `0x`; `_` between digits; `K`, `M` or `G` at its end makes it that
/// many KiB, MiB or GiB.
///
/// # Errors
/// [`NumberError`].
pub fn parse(word: &str) -> Result<u64, NumberError> {
    let hexadecimal = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let (digits, radix) = hexadecimal.map_or((word, 10), |digits| (digits, 16));
    let (digits, unit) = without_unit(digits);
    let mut number = None;
    for character in digits.chars().filter(|character| *character != '_') {
        let digit = character.to_digit(radix).ok_or(NumberError::NotADigit(character))?;
        let shifted = number.unwrap_or(0_u64).checked_mul(radix.into());
        number = Some(shifted.and_then(|sum| sum.checked_add(digit.into())).ok_or(NumberError::TooLarge)?);
    }
    number.ok_or(NumberError::NoDigits)?.checked_mul(unit).ok_or(NumberError::TooLarge)
}

/// Returns the digits before a unit, and the unit's bytes.
fn without_unit(digits: &str) -> (&str, u64) {
    let units = [('K', 1 << 10), ('M', 1 << 20), ('G', 1 << 30)];
    let found = units.into_iter().find_map(|(name, bytes)| {
        let digits = digits.strip_suffix(|last: char| last.eq_ignore_ascii_case(&name))?;
        Some((digits, bytes))
    });
    found.unwrap_or((digits, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_or_hexadecimal_with_a_unit() {
        for (word, number) in [
            ("0", 0),
            ("4096", 4096),
            ("0x1000", 0x1000),
            ("0XfF", 0xFF),
            ("4K", 4096),
            ("3m", 3 << 20),
            ("0x1G", 1 << 30),
            ("0xFFFF_8000_0000_0000", 0xFFFF_8000_0000_0000),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse(word), Ok(number), "{word}");
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        for (word, error) in [
            ("", NumberError::NoDigits),
            ("0x", NumberError::NoDigits),
            ("K", NumberError::NoDigits),
            ("_", NumberError::NoDigits),
            ("-1", NumberError::NotADigit('-')),
            ("12a", NumberError::NotADigit('a')),
            ("0x1g2", NumberError::NotADigit('g')),
            ("1KK", NumberError::NotADigit('K')),
            ("٣", NumberError::NotADigit('٣')),
            ("18446744073709551616", NumberError::TooLarge),
            ("0x1_0000_0000_0000_0000", NumberError::TooLarge),
            ("17179869184G", NumberError::TooLarge),
        ] {
            assert_eq!(parse(word), Err(error), "{word}");
        }
    }
}
