//! Where the digests stand in a configuration, by their paths.
//!
//! A hash table of fixed size, filled while the lines are parsed. Without it each file is looked for in all lines, and
//! thousands of modules take minutes.
//!
//! Of several lines with the same path, the first is found: it was put in first.

use core::fmt;

use super::{MAX_SIZE, digest, line};

/// Slots of the table: a power of two.
const SLOTS: usize = 2048;

/// Bytes of the shortest line with a digest: key, digits, a blank and a slash.
const SHORTEST_LINE: usize = "checksum=".len() + digest::CHECKSUM_DIGITS + " /".len();

// So there is always an empty slot, at which a search ends, and an offset fits into a slot.
const _: () = assert!(SLOTS.is_power_of_two() && MAX_SIZE / SHORTEST_LINE < SLOTS);
const _: () = assert!(MAX_SIZE - 1 <= u16::MAX as usize);

/// An empty slot: a key stands before every value.
const EMPTY: [u8; 2] = [0; 2];

/// Memory for an index, 4 KiB: offsets of values in the text, little-endian.
pub type IndexSlots = [[u8; 2]; SLOTS];

/// An index that is being filled.
pub(super) struct IndexBuilder<'a>(&'a mut IndexSlots);

/// An index that is complete.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct DigestIndex<'a>(&'a IndexSlots);

impl<'a> IndexBuilder<'a> {
    /// An empty index.
    pub(super) fn new(slots: &'a mut IndexSlots) -> Self {
        slots.fill(EMPTY);
        Self(slots)
    }

    /// Adds a value, which is a piece of `text`: digits, a blank and a path.
    pub(super) fn add(&mut self, text: &str, value: &str) {
        let offset = value.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let (Some(path), Ok(offset)) = (path(value), u16::try_from(offset)) else { return };
        let empty = probes(path).find(|slot| self.0.get(*slot) == Some(&EMPTY));
        if let Some(slot) = empty.and_then(|slot| self.0.get_mut(slot)) {
            *slot = offset.to_le_bytes();
        }
    }

    /// All values are added.
    pub(super) fn finish(self) -> DigestIndex<'a> {
        DigestIndex(self.0)
    }
}

impl DigestIndex<'_> {
    /// The values of `text` and this key that may be of this path, in the order in which they were added. Nearly always there is one.
    pub(super) fn candidates<'a>(
        &self,
        text: &'a str,
        key: line::Key,
        path: &str,
    ) -> impl Iterator<Item = &'a str> {
        let offsets =
            probes(path).map_while(|slot| self.0.get(slot).copied().filter(|offset| *offset != EMPTY));
        offsets.filter_map(move |offset| line::value_at(text, u16::from_le_bytes(offset).into(), key))
    }
}

impl fmt::Debug for DigestIndex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestIndex").finish_non_exhaustive()
    }
}

/// The path in a value.
fn path(value: &str) -> Option<&str> {
    value.split_once([' ', '\t']).map(|(_, path)| line::trim(path))
}

/// The slots in which a path's value may be, in order: all, from the one that its hash names.
///
/// The hash is FNV-1a, over the path in lower case.
fn probes(path: &str) -> impl Iterator<Item = usize> + use<> {
    let hash = path.bytes().fold(0x811C_9DC5_u32, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    let first = (hash ^ hash >> 16) as usize;
    (0..SLOTS).map(move |step| (first + step) % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of so many lines with digests; its index is in `slots`.
    fn filled(count: usize, slots: &mut IndexSlots) -> (String, DigestIndex<'_>) {
        let text: String = (0..count).map(|number| format!("checksum={number:064x} /{number}\n")).collect();
        let mut index = IndexBuilder::new(slots);
        for line in text.lines() {
            index.add(&text, &line["checksum=".len()..]);
        }
        (text, index.finish())
    }

    #[test]
    fn as_many_as_fit_into_a_configuration_are_found_by_looking_at_few_lines() {
        let count = MAX_SIZE / (SHORTEST_LINE + "1000\n".len());
        let mut slots = [EMPTY; SLOTS];
        let (text, index) = filled(count, &mut slots);
        assert!(text.len() <= MAX_SIZE);
        let mut looked_at = 0;
        for number in 0..count {
            let wanted = format!("{number:064x} /{number}");
            let place = index
                .candidates(&text, line::Key::Checksum, &format!("/{number}"))
                .position(|value| value == wanted);
            looked_at += place.unwrap() + 1;
        }
        assert!(looked_at < 4 * count, "{looked_at} lines for {count} files");
    }

    #[test]
    fn a_path_that_has_no_line_costs_few_and_the_end_of_the_table_is_no_end() {
        let mut slots = [EMPTY; SLOTS];
        let (text, index) = filled(1300, &mut slots);
        let misses =
            |name: usize| index.candidates(&text, line::Key::Checksum, &format!("/missing {name}")).count();
        let looked_at: usize = (0..1300).map(misses).sum();
        assert!(looked_at < 6 * 1300, "{looked_at} lines for 1300 files");
        let first = probes("/a").next().unwrap();
        assert_eq!(probes("/a").nth(SLOTS - first), Some(0));
    }
}
