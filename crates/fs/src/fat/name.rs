//! Names: each directory entry has a short name; the entries before it may contain a long name.
//!
//! ```text
//! entry  3 | 0x40: the last part, first on the disk  | checksum | characters 27..39
//! entry  2                                           | checksum | characters 14..26
//! entry  1                                           | checksum | characters  1..13
//! entry    "FARJUM~1CON"                               <- must have this checksum
//! ```
//!
//! A long name whose parts don't match is ignored: the entry then has only its short name.
//!
//! Source: Microsoft FAT 1.03, "FAT Long Directory Entries".

/// UTF-16 units of one part.
const PART_UNITS: usize = 13;

/// The maximum number of parts of a long name.
const MAX_PARTS: usize = 20;

/// UTF-16 units of the longest name.
const MAX_UNITS: usize = 255;

/// The maximum size of a name in UTF-8, in bytes.
pub(super) const MAX_NAME_BYTES: usize = MAX_UNITS * 3;

/// Collects the parts of a long name.
#[derive(Debug)]
pub(super) struct LongName {
    units: [u16; MAX_PARTS * PART_UNITS],
    /// Units of the name, without a final zero.
    length: usize,
    checksum: u8,
    /// Number of parts that are still missing; `None` if there is no long name.
    missing: Option<usize>,
}

impl LongName {
    pub(super) const fn new() -> Self {
        Self { units: [0; _], length: 0, checksum: 0, missing: None }
    }

    /// Discards the collected parts.
    pub(super) const fn clear(&mut self) {
        self.missing = None;
    }

    /// Adds one part, a directory entry with the attributes of a long name.
    pub(super) fn add(&mut self, raw: &[u8; 32]) {
        const LAST_PART: u8 = 0x40;
        let ordinal = usize::from(raw[0] & !LAST_PART);
        let is_last = raw[0] & LAST_PART != 0;
        let fits = is_last || (self.missing == Some(ordinal) && self.checksum == raw[13]);
        self.missing = None;
        if !fits || !(1..=MAX_PARTS).contains(&ordinal) {
            return;
        }
        let start = (ordinal - 1) * PART_UNITS;
        let Some(part) = self.units.get_mut(start..start + PART_UNITS) else { return };
        let bytes =
            raw[1..11].as_chunks().0.iter().chain(raw[14..26].as_chunks().0).chain(raw[28..32].as_chunks().0);
        for (unit, bytes) in part.iter_mut().zip(bytes) {
            *unit = u16::from_le_bytes(*bytes);
        }
        if is_last {
            self.checksum = raw[13];
            self.length = start + part.iter().position(|unit| *unit == 0).unwrap_or(PART_UNITS);
        }
        self.missing = Some(ordinal - 1);
    }

    /// Returns the name, if it is complete and belongs to the entry with this short name.
    pub(super) fn complete(&self, short: &ShortName) -> Option<&[u16]> {
        if self.missing != Some(0) || self.checksum != short.checksum() || self.length > MAX_UNITS {
            return None;
        }
        self.units.get(..self.length)
    }
}

/// An entry's short name: eight characters and three, padded with spaces.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShortName {
    bytes: [u8; 11],
    /// Windows NT's byte with the case of base and extension.
    case: u8,
}

impl ShortName {
    pub(super) fn new(raw: &[u8; 32]) -> Self {
        let [bytes @ .., _, case] = *raw.first_chunk::<13>().unwrap_or(&[0; 13]);
        Self { bytes, case }
    }

    /// Returns whether it is one of the two entries at the start of a directory: `.` or `..`.
    pub(super) fn is_dots(&self) -> bool {
        matches!(&self.bytes, b".          " | b"..         ")
    }

    /// Returns the checksum that connects a long name with its short one.
    fn checksum(&self) -> u8 {
        self.bytes.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
    }

    /// Returns the characters. Those outside ASCII are unknown, because the volume doesn't tell its code page.
    pub(super) fn chars(&self) -> impl Iterator<Item = char> {
        const LOWER_BASE: u8 = 0x08;
        const LOWER_EXTENSION: u8 = 0x10;
        let (base, extension) = self.bytes.split_at(8);
        let dot = if extension.trim_ascii_end().is_empty() { "" } else { "." };
        short_chars(base, self.case & LOWER_BASE != 0)
            .chain(dot.chars())
            .chain(short_chars(extension, self.case & LOWER_EXTENSION != 0))
    }
}

/// Returns the characters of a short name's base or extension.
fn short_chars(bytes: &[u8], is_lower: bool) -> impl Iterator<Item = char> {
    bytes.trim_ascii_end().iter().map(move |byte| match byte {
        byte if !byte.is_ascii_graphic() && *byte != b' ' => char::REPLACEMENT_CHARACTER,
        byte if is_lower => char::from(byte.to_ascii_lowercase()),
        byte => char::from(*byte),
    })
}

/// Returns the characters of a long name; unpaired surrogates are replaced.
pub(super) fn long_chars(units: &[u16]) -> impl Iterator<Item = char> {
    char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Returns whether these characters are `name`, ignoring the case of ASCII letters.
///
/// Like [`write_name`], it takes a trait object, so that a loader contains only one copy of the function for both kinds of
/// names.
pub(super) fn is_name(chars: &mut dyn Iterator<Item = char>, name: &str) -> bool {
    name.chars().all(|c| chars.next().is_some_and(|other| other.eq_ignore_ascii_case(&c)))
        && chars.next().is_none()
}

/// Writes the characters into `buffer` as printable text, as many as fit. Control characters are replaced, because a
/// terminal would execute them.
pub(super) fn write_name<'a>(
    chars: &mut dyn Iterator<Item = char>,
    buffer: &'a mut [u8; MAX_NAME_BYTES],
) -> &'a str {
    let mut length = 0;
    for c in chars.map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }) {
        let Some(destination) = buffer.get_mut(length..length + c.len_utf8()) else { break };
        length += c.encode_utf8(destination).len();
    }
    core::str::from_utf8(buffer.get(..length).unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_may_have_any_character_and_unpaired_surrogates_are_replaced() {
        let units: Vec<u16> = "gr\u{fc}n \u{1F600}".encode_utf16().chain([0xD83D]).collect();
        let mut buffer = [0; MAX_NAME_BYTES];
        assert_eq!(write_name(&mut long_chars(&units), &mut buffer), "gr\u{fc}n \u{1F600}\u{FFFD}");
        assert!(is_name(&mut long_chars(&units[..7]), "GR\u{fc}N \u{1F600}"));
        assert!(!is_name(&mut long_chars(&units[..7]), "GR\u{fc}N "));
        assert!(!is_name(&mut long_chars(&units[..5]), "GR\u{fc}N \u{1F600}"));
    }

    #[test]
    fn the_longest_name_fits_its_buffer_and_a_longer_one_is_truncated() {
        let mut buffer = [0; MAX_NAME_BYTES];
        assert_eq!(write_name(&mut long_chars(&[0x20AC; MAX_UNITS]), &mut buffer).chars().count(), 255);
        assert_eq!(write_name(&mut long_chars(&[0x20AC; MAX_UNITS + 5]), &mut buffer).chars().count(), 255);
    }

    /// `expected` is computed like the specification's C routine.
    #[test]
    fn the_checksum_rotates_and_adds() {
        let mut expected = 0u32;
        for byte in b"FOO     BAR" {
            expected =
                ((if expected & 1 != 0 { 0x80 } else { 0 }) + (expected >> 1) + u32::from(*byte)) & 0xFF;
        }
        let short = ShortName { bytes: *b"FOO     BAR", case: 0 };
        assert_eq!(u32::from(short.checksum()), expected);
    }
}
