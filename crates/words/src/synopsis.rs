//! How many words a command takes, by what its usage says: `ADDRESS [COUNT]` is one or two, `FILE...` one or more.

/// Whether a command with this synopsis takes so many words, its name not counted. A word in brackets may be left
/// out, one that ends in `...` may stand more often.
#[must_use]
pub fn takes(synopsis: &str, count: usize) -> bool {
    let words = synopsis.split_ascii_whitespace();
    let needed = words.clone().filter(|word| !word.starts_with('[')).count();
    let repeats = words.clone().any(|word| word.trim_end_matches(']').ends_with("..."));
    (needed <= count) && (repeats || count <= words.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_may_be_left_out_and_dots_repeat() {
        let taken = |synopsis| (0..5).filter(|count| takes(synopsis, *count)).collect::<Vec<_>>();
        assert_eq!(taken(""), [0]);
        assert_eq!(taken("ADDRESS [COUNT]"), [1, 2]);
        assert_eq!(taken("[map|heap]"), [0, 1]);
        assert_eq!(taken("FILE..."), [1, 2, 3, 4]);
        assert_eq!(taken("[WORD...]"), [0, 1, 2, 3, 4]);
    }
}
