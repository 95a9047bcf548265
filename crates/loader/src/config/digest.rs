//! Checksums and hashes in the configuration: hexadecimal digits, a space and a path.

use farjump_checksum::Checksum;

/// Digits of a checksum.
pub(super) const CHECKSUM_DIGITS: usize = Checksum::DIGITS;

/// Digits of the checksum of older versions, which was slower and detected fewer changes.
const OLD_CHECKSUM_DIGITS: usize = 32;

/// Digits of a SHA-256 hash.
pub(super) const SHA256_DIGITS: usize = 64;

/// Parses a digest of `N` bytes and a path.
pub(super) fn split<const N: usize>(value: &str) -> Option<([u8; N], &str)> {
    let (digits, rest) = value.split_at_checked(2 * N)?;
    let path = super::line::trim(rest);
    let is_apart = path.len() < rest.len() && path.starts_with('/');
    Some((parse(digits)?, path)).filter(|_| is_apart)
}

/// Returns whether this is a checksum of an older version, with or without a path.
pub(super) fn is_old_checksum(value: &str) -> bool {
    const BYTES: usize = OLD_CHECKSUM_DIGITS / 2;
    parse::<BYTES>(value).is_some() || split::<BYTES>(value).is_some()
}

/// Parses `N` bytes of two digits each.
pub(super) fn parse<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes, digits.as_bytes()).then_some(bytes)
}

/// Fills `bytes` from two digits each. Returns whether the number of digits is right.
fn fill(bytes: &mut [u8], digits: &[u8]) -> bool {
    let (pairs, rest) = digits.as_chunks::<2>();
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [Some(high), Some(low)] = pair.map(value) else { return false };
        *byte = high << 4 | low;
    }
    pairs.len() == bytes.len() && rest.is_empty()
}

/// Returns the value of a hexadecimal digit.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Parses a decimal number.
pub(super) fn number(digits: &str) -> Option<u64> {
    let append = |number: u64, digit: u8| {
        let digit = value(digit).filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    };
    if digits.is_empty() { None } else { digits.bytes().try_fold(0, append) }
}
