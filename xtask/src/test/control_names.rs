//! A long file name with control characters, which a terminal would obey: for tests that list directories.

/// The name as the image builder takes it: characters from U+E000 on represent the control characters.
pub(super) const NAME: &str =
    "\u{E01B}[2J\u{E01B}[31mOWNED\u{E01B}]0;title\u{E007}\u{E09B}5m\u{E00D}\u{E07F}.txt";

/// The name as it must be shown. Nothing in it moves a cursor or rings a bell.
pub(super) const SHOWN: &str =
    "\u{FFFD}[2J\u{FFFD}[31mOWNED\u{FFFD}]0;title\u{FFFD}\u{FFFD}5m\u{FFFD}\u{FFFD}.txt";

/// Puts the control characters into every long name on a disk.
///
/// Source: Microsoft FAT specification, "Long Directory Entries".
pub(super) fn put_into(disk: &mut [u8]) {
    const UNITS: [std::ops::Range<usize>; 3] = [1..11, 14..26, 28..32];
    let is_long_name = |entry: &&mut [u8]| entry[11] == 0x0F && entry[12] == 0 && entry[26..28] == [0, 0];
    for entry in disk.chunks_exact_mut(32).filter(is_long_name) {
        for unit in UNITS.into_iter().flat_map(|units| units.step_by(2)) {
            if entry[unit + 1] == 0xE0 {
                entry[unit + 1] = 0;
            }
        }
    }
}
