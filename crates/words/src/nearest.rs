//! Which of some names was probably meant: commands, keys of a configuration, mnemonics.
//!
//! A slip is a letter that is changed, missing, too many, or that has changed places with its neighbour. Upper and
//! lower case are the same. Refuses to guess where too much is different: a wrong guess is worse than none. Needs no
//! memory but the stack; of the libraries for it, those that are kept well (`strsim`) allocate.

/// Names of more bytes than this are never proposed.
pub const MAX_NAME_LEN: usize = 31;

/// Slips at most.
const MAX_SLIPS: usize = 2;

/// The name that `word` probably stands for: one with at most two slips in it, of short names fewer, or the one that
/// it is the beginning of. Of several the one with the fewest slips, of those the first.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = names.into_iter().filter_map(|name| Some((slips(word, name)?, name)));
    near.min_by_key(|(slips, _)| *slips).map(|(_, name)| name)
}

/// Returns how far `word` is from `name`; `None`: too far. A beginning counts as one slip.
fn slips(word: &str, name: &str) -> Option<usize> {
    let most = MAX_SLIPS.min(name.len() / 2);
    let begins = word.len() >= MAX_SLIPS && name.get(..word.len()) == Some(word);
    if name.len() > MAX_NAME_LEN || (word.len().abs_diff(name.len()) > most && !begins) {
        return None;
    }
    if begins {
        return Some(word.len().abs_diff(name.len()).min(1));
    }
    Some(distance(word.as_bytes(), name.as_bytes())).filter(|distance| *distance <= most)
}

/// Changes, insertions, removals and swaps of neighbours that lead from `word` to `name`, which has at most
/// [`MAX_NAME_LEN`] bytes.
///
/// Source: Damerau, "A technique for computer detection and correction of spelling errors", in the restricted form
/// (optimal string alignment): by the table of Wagner and Fischer, of which three rows are kept.
fn distance(word: &[u8], name: &[u8]) -> usize {
    let same = |left: u8, right: u8| left.eq_ignore_ascii_case(&right);
    let mut row: [usize; MAX_NAME_LEN + 1] = core::array::from_fn(|column| column);
    let mut above = row;
    let mut before = None;
    for (index, &letter) in word.iter().enumerate() {
        let two_above = core::mem::replace(&mut above, row);
        row[0] = index + 1;
        for (column, &wanted) in name.iter().enumerate() {
            let changed = above[column] + usize::from(!same(letter, wanted));
            let mut fewest = changed.min(above[column + 1] + 1).min(row[column] + 1);
            if let (Some(before), Some(left)) = (before, column.checked_sub(1))
                && same(before, wanted)
                && same(letter, name[left])
            {
                fewest = fewest.min(two_above[left] + 1);
            }
            row[column + 1] = fewest;
        }
        before = Some(letter);
    }
    row[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 8] = ["help", "mem", "bt", "cpu", "reboot", "poweroff", "peek", "poke"];

    #[test]
    fn each_kind_of_slip_is_one() {
        for (word, name) in [("xpu", "cpu"), ("cp", "cpu"), ("cppu", "cpu"), ("mme", "mem"), ("CPU", "cpu")] {
            assert_eq!(nearest(word, NAMES), Some(name), "{word}");
            assert!(distance(word.as_bytes(), name.as_bytes()) <= 1);
        }
    }

    #[test]
    fn distances_are_those_of_the_literature() {
        for (left, right, expected) in [
            ("kitten", "sitting", 3),
            ("ca", "abc", 3), // the restricted form: the unrestricted one has 2
            ("", "abc", 3),
            ("abc", "", 3),
            ("abcdef", "abcdef", 0),
            ("teh", "the", 1),
        ] {
            assert_eq!(distance(left.as_bytes(), right.as_bytes()), expected, "{left} {right}");
        }
    }

    #[test]
    fn the_fewest_slips_win_and_then_the_first() {
        assert_eq!(nearest("peke", NAMES), Some("peek"));
        assert_eq!(nearest("pkoe", NAMES), Some("poke"));
        assert_eq!(nearest("poek", NAMES), Some("peek"));
        assert_eq!(nearest("ax", ["ab", "ac"]), Some("ab"));
    }

    #[test]
    fn a_beginning_is_near_however_much_is_missing() {
        assert_eq!(nearest("power", NAMES), Some("poweroff"));
        assert_eq!(nearest("p", NAMES), None);
    }

    #[test]
    fn what_is_too_different_is_no_guess() {
        for word in ["ls", "", "xyz", "größe", "helicopter"] {
            assert_eq!(nearest(word, NAMES), None, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), NAMES), None);
        assert_eq!(nearest("x", ["x".repeat(MAX_NAME_LEN + 1).as_str()]), None);
    }
}
