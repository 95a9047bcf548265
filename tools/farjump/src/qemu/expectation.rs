//! Lines that must come, in order, and lines that must not come.

/// Lines that must come in order, each to the letter, but for `*`, which stands for any text.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    lines: Vec<String>,
    /// So many lines from the first on allow no other line between them.
    adjacent: usize,
    found: usize,
    stranger: Option<String>,
    /// Lines that must not come.
    forbidden: Vec<String>,
    /// The first of them that has come.
    trespasser: Option<String>,
}

impl Expectation {
    /// Expects `lines`; others may come before, between and after.
    pub fn new<Line: Into<String>>(lines: impl IntoIterator<Item = Line>) -> Self {
        Self { lines: lines.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Returns the lines that are expected.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Allows no other line between the first `count`.
    #[must_use]
    pub fn with_first_lines_adjacent(self, count: usize) -> Self {
        Self { adjacent: count, ..self }
    }

    /// Allows none of `lines` anywhere; a `*` stands for any text in them, too. A boot that is stopped early is judged
    /// by the lines until then.
    #[must_use]
    pub fn without<Line: Into<String>>(mut self, lines: impl IntoIterator<Item = Line>) -> Self {
        self.forbidden.extend(lines.into_iter().map(Into::into));
        self
    }

    /// Takes the next line that came. True if it is one that was waited for.
    pub fn take(&mut self, line: &str) -> bool {
        if self.trespasser.is_none() && self.forbidden.iter().any(|pattern| matches(pattern, line)) {
            self.trespasser = Some(line.to_owned());
        }
        let Some(expected) = self.lines.get(self.found) else { return false };
        if matches(expected, line) && self.stranger.is_none() {
            self.found += 1;
            return true;
        }
        if (1..self.adjacent).contains(&self.found) && self.stranger.is_none() {
            self.stranger = Some(line.to_owned());
        }
        false
    }

    /// Whether any lines are waited for at all, and all of them have come.
    #[must_use]
    pub fn is_fulfilled(&self) -> bool {
        !self.lines.is_empty() && self.found == self.lines.len()
    }

    /// What is wrong, or `None` if every line has come, and none that must not.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        if let Some(trespasser) = &self.trespasser {
            return Some(format!("the line `{trespasser}` came, which must not come"));
        }
        let line = self.lines.get(self.found)?;
        let after = match self.found.checked_sub(1) {
            Some(previous) => format!(" after `{}`", self.lines[previous]),
            None => String::new(),
        };
        Some(match &self.stranger {
            Some(stranger) => format!("the line `{stranger}` came where `{line}` was to come{after}"),
            None => format!("the line `{line}` didn't come{after}"),
        })
    }
}

/// Whether `line` is what `pattern` says.
pub fn matches(pattern: &str, line: &str) -> bool {
    let Some((beginning, mut pattern)) = pattern.split_once('*') else { return pattern == line };
    let Some(mut rest) = line.strip_prefix(beginning) else { return false };
    // Each text between two `*` at the first place where it stands leaves most to those after it.
    while let Some((text, following)) = pattern.split_once('*') {
        let Some(at) = rest.find(text) else { return false };
        (rest, pattern) = (&rest[at + text.len()..], following);
    }
    rest.ends_with(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(expectation: &mut Expectation, lines: &[&str]) -> Vec<bool> {
        lines.iter().map(|line| expectation.take(line)).collect()
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, line) in
            [("a*", "a"), ("a*", "abc"), ("*c", "abc"), ("[*] b*d", "[1] bcd"), ("*b*", "abab")]
        {
            assert!(matches(pattern, line), "{pattern} {line}");
        }
        for (pattern, line) in
            [("a", "ab"), ("a*b", "ab c"), ("[*] b", "[1]b"), ("ab*b", "ab"), ("*x*", "abc")]
        {
            assert!(!matches(pattern, line), "{pattern} {line}");
        }
    }

    #[test]
    fn lines_in_order_fulfil_it_whatever_comes_between() {
        let mut expectation = Expectation::new(["a", "b"]);
        assert_eq!(feed(&mut expectation, &["x", "a", "y", "b", "b"]), [false, true, false, true, false]);
        assert!(expectation.is_fulfilled());
        assert_eq!(expectation.failure(), None);
    }

    #[test]
    fn a_missing_line_is_named_with_the_one_before_it() {
        let mut expectation = Expectation::new(["a", "b"]);
        feed(&mut expectation, &["b", "a"]);
        assert_eq!(expectation.failure().unwrap(), "the line `b` didn't come after `a`");
    }

    #[test]
    fn a_line_counts_to_the_letter_and_from_its_start() {
        let mut expectation = Expectation::new(["Kernel: OK"]);
        assert_eq!(feed(&mut expectation, &["Kernel: OK!", "xKernel: OK", "kernel: ok"]), [false; 3]);
    }

    #[test]
    fn a_star_stands_for_the_rest_of_the_line() {
        let mut expectation = Expectation::new(["Memory: *"]);
        assert!(expectation.take("Memory: 261120 KiB usable"));
    }

    #[test]
    fn a_stranger_between_adjacent_lines_is_named() {
        let mut expectation = Expectation::new(["a", "b", "c"]).with_first_lines_adjacent(2);
        feed(&mut expectation, &["before", "a", "x", "b", "c"]);
        assert!(expectation.failure().unwrap().starts_with("the line `x` came where `b`"));
    }

    #[test]
    fn strangers_are_welcome_after_the_adjacent_lines() {
        let mut expectation = Expectation::new(["a", "b", "c"]).with_first_lines_adjacent(2);
        feed(&mut expectation, &["a", "b", "x", "c"]);
        assert!(expectation.is_fulfilled());
    }

    #[test]
    fn a_line_that_must_not_come_is_named_wherever_it_comes() {
        for lines in [["x 1", "a", "b"], ["a", "x 1", "b"], ["a", "b", "x 1"]] {
            let mut expectation = Expectation::new(["a", "b"]).without(["never", "x *"]);
            feed(&mut expectation, &lines);
            let failure = expectation.failure().unwrap();
            assert_eq!(failure, "the line `x 1` came, which must not come", "{lines:?}");
        }
        let mut expectation = Expectation::new(["a"]).without(["never", "x *"]);
        feed(&mut expectation, &["nevermore", "a", "xx"]);
        assert_eq!(expectation.failure(), None);
    }

    #[test]
    fn lines_may_be_forbidden_where_none_is_expected() {
        let mut expectation = Expectation::default().without(["a"]);
        feed(&mut expectation, &["b"]);
        assert_eq!(expectation.failure(), None);
        feed(&mut expectation, &["a"]);
        assert!(expectation.failure().is_some());
    }

    #[test]
    fn nothing_expected_is_nothing_to_wait_for() {
        assert!(!Expectation::default().is_fulfilled());
        assert_eq!(Expectation::default().failure(), None);
    }
}
