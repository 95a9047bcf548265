//! An index of a configuration's digests, by their paths.
//!
//! It is a hash table of fixed size, filled while the lines are parsed. Without it, each file would be searched in all
//! lines, which takes minutes with thousands of modules.
//!
//! If several lines have the same path, the first one is found, because it was inserted first.

use core::fmt;

use super::{MAX_SIZE, digest, line};

/// Number of slots in the table: a power of two.
const SLOTS: usize = 2048;

/// Bytes of the shortest line with a digest: key, digits, a space and a slash.
const MIN_LINE_LENGTH: usize = "checksum=".len() + digest::CHECKSUM_DIGITS + " /".len();

// Therefore there is always an empty slot, at which a search ends, and an offset fits into a slot.
const _: () = assert!(SLOTS.is_power_of_two() && MAX_SIZE / MIN_LINE_LENGTH < SLOTS);
const _: () = assert!(MAX_SIZE - 1 <= u16::MAX as usize);

/// An empty slot. No value has offset 0, because a key comes before it.
const EMPTY: [u8; 2] = [0; 2];

/// Memory for an index, 4 KiB: offsets of values in the text, little-endian.
pub type IndexSlots = [[u8; 2]; SLOTS];

/// An index under construction.
pub(super) struct IndexBuilder<'a>(&'a mut IndexSlots);

/// A complete index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct DigestIndex<'a>(&'a IndexSlots);

impl<'a> IndexBuilder<'a> {
    /// Returns an empty index.
    pub(super) fn new(slots: &'a mut IndexSlots) -> Self {
        slots.fill(EMPTY);
        Self(slots)
    }

    /// Adds a value, which is a part of `text`: digits, a space and a path.
    pub(super) fn add(&mut self, text: &str, value: &str) {
        let offset = value.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let (Some(path), Ok(offset)) = (path(value), u16::try_from(offset)) else { return };
        let empty = probes(path).find(|slot| self.0.get(*slot) == Some(&EMPTY));
        if let Some(slot) = empty.and_then(|slot| self.0.get_mut(slot)) {
            *slot = offset.to_le_bytes();
        }
    }

    /// Returns the index when all values have been added.
    pub(super) fn finish(self) -> DigestIndex<'a> {
        DigestIndex(self.0)
    }
}

impl DigestIndex<'_> {
    /// Returns the values in `text` that have this key and may have this path, in the order in which they were added. There
    /// is nearly always only one.
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

/// Returns the path in a value.
fn path(value: &str) -> Option<&str> {
    value.split_once([' ', '\t']).map(|(_, path)| line::trim(path))
}

/// Returns the slots that may hold a path's value, in order: all of them, beginning with that of its hash.
///
/// The hash is FNV-1a of the path in lower case.
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

    /// Returns a text of `count` lines with digests, and its index in `slots`.
    fn filled(count: usize, slots: &mut IndexSlots) -> (String, DigestIndex<'_>) {
        let text: String = (0..count).map(|number| format!("checksum={number:064x} /{number}\n")).collect();
        let mut index = IndexBuilder::new(slots);
        for line in text.lines() {
            index.add(&text, &line["checksum=".len()..]);
        }
        (text, index.finish())
    }

    #[test]
    fn in_the_largest_configuration_few_lines_are_examined() {
        let count = MAX_SIZE / (MIN_LINE_LENGTH + "1000\n".len());
        let mut slots = [EMPTY; SLOTS];
        let (text, index) = filled(count, &mut slots);
        assert!(text.len() <= MAX_SIZE);
        let mut examined = 0;
        for number in 0..count {
            let wanted = format!("{number:064x} /{number}");
            let position = index
                .candidates(&text, line::Key::Checksum, &format!("/{number}"))
                .position(|value| value == wanted);
            examined += position.unwrap() + 1;
        }
        assert!(examined < 4 * count, "{examined} lines for {count} files");
    }

    #[test]
    fn for_a_missing_path_few_lines_are_examined_and_the_search_wraps_around() {
        let mut slots = [EMPTY; SLOTS];
        let (text, index) = filled(1300, &mut slots);
        let misses =
            |name: usize| index.candidates(&text, line::Key::Checksum, &format!("/missing {name}")).count();
        let examined: usize = (0..1300).map(misses).sum();
        assert!(examined < 6 * 1300, "{examined} lines for 1300 files");
        let first = probes("/a").next().unwrap();
        assert_eq!(probes("/a").nth(SLOTS - first), Some(0));
    }
}
