//! Which of some names a person meant who wrote another: `did you mean ...`.
//!
//! Near is what a slip of the hand makes: a letter more, less or other, or two neighbours exchanged; one such slip
//! in a short word, one in three letters in a long one. Upper and lower case are the same. Gives nothing for
//! words of more than [`MAX_LEN`] bytes. The crates for this (`strsim`, `edit-distance`) need std, and the kernel
//! asks too.
//!
//! Source: the optimal string alignment distance, as in Boytsov, *Indexing methods for approximate dictionary
//! searching*, section 2.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// Bytes of the longest word that is compared.
pub const MAX_LEN: usize = 32;

/// Distances from a beginning of the one word to each beginning of the other.
type Row = [usize; MAX_LEN + 1];

/// The name that `word` was most likely meant to be: the first of the nearest, if any is near.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = names.into_iter().filter_map(|name| Some((distance(word, name)?, name)));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    let allowed = (word.len().max(name.len()) / 3).max(1);
    (distance <= allowed && distance < word.len()).then_some(name)
}

/// Slips between two words.
fn distance(from: &str, to: &str) -> Option<usize> {
    let (from, to) = (from.as_bytes(), to.as_bytes());
    if from.len() > MAX_LEN || to.len() > MAX_LEN {
        return None;
    }
    let mut rows: [Row; 2] = [[0; MAX_LEN + 1], core::array::from_fn(|index| index)];
    for index in 0..from.len() {
        let next = next_row(&rows, from, to, index);
        rows = [rows[1], next];
    }
    rows[1].get(to.len()).copied()
}

/// The row for one letter more of `from`: letter `index`.
fn next_row([older, old]: &[Row; 2], from: &[u8], to: &[u8], index: usize) -> Row {
    let same = |left: usize, right: usize| from[left].eq_ignore_ascii_case(&to[right]);
    let mut row = [index + 1; MAX_LEN + 1];
    for column in 0..to.len() {
        let other = old[column] + usize::from(!same(index, column));
        row[column + 1] = other.min(old[column + 1] + 1).min(row[column] + 1);
        if index > 0 && column > 0 && same(index, column - 1) && same(index - 1, column) {
            row[column + 1] = row[column + 1].min(older[column - 1] + 1);
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (from, to, slips) in [
            ("PUSH", "push", 0),
            ("PSH", "PUSH", 1),
            ("PUHS", "PUSH", 1),
            ("kitten", "sitting", 3),
            ("", "ab", 2),
        ] {
            assert_eq!((distance(from, to), distance(to, from)), (Some(slips), Some(slips)), "{from} {to}");
        }
    }

    #[test]
    fn the_first_of_the_nearest_names_is_given_if_it_is_near() {
        let names = ["JMP", "JZ", "JNZ", "SETPRIO", "SLEEP"];
        assert_eq!(nearest("jnp", names), Some("JMP"));
        assert_eq!(nearest("SETPRIORITY", names), None);
        assert_eq!(nearest("slep", names), Some("SLEEP"));
        assert_eq!(nearest("MUL", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("x", ["y"]), None, "all of it is another word");
        assert_eq!(nearest(&"J".repeat(33), names), None);
    }
}
