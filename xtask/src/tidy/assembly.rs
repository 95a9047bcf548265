//! Assembly files, line by line, without comments and strings.

use super::tree::{File, Tree};

/// A line of an assembly file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, counted from 1.
    pub(super) number: usize,
    /// The label it defines; not a local one such as `1:`.
    pub(super) label: Option<&'a str>,
    /// What it does: a directive, an instruction, or nothing.
    pub(super) statement: &'a str,
    /// The text after `//`.
    pub(super) comment: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn new(number: usize, line: &'a str) -> Self {
        let (code, comment) = match line.split_once("//") {
            Some((code, comment)) => (code, Some(comment)),
            None => (line, None),
        };
        let code = code.trim();
        let (label, statement) = match code.split_once(':') {
            Some((label, rest)) if is_name(label) => (Some(label), rest.trim()),
            _ => (None, code),
        };
        let label = label.filter(|label| !label.starts_with(|c: char| c.is_ascii_digit()));
        Self { number, label, statement, comment }
    }

    /// Returns the directive without its arguments, such as `.section`.
    pub(super) fn directive(&self) -> Option<&'a str> {
        self.statement.split_whitespace().next().filter(|word| word.starts_with('.'))
    }

    /// Returns the width of the code that follows `.code16`, `.code32` or `.code64`.
    pub(super) fn mode(&self) -> Option<&'a str> {
        self.directive()?.strip_prefix(".code")
    }

    /// Returns whether it has neither a label nor a statement.
    pub(super) fn is_empty(&self) -> bool {
        self.label.is_none() && self.statement.is_empty()
    }

    /// Returns whether it is an instruction, or a macro's name.
    pub(super) fn is_instruction(&self) -> bool {
        !self.statement.is_empty() && self.directive().is_none()
    }
}

/// Returns the assembly files.
pub(super) fn files(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.with_extension("S")
}

/// Returns the lines of an assembly file.
pub(super) fn lines(file: &File) -> Vec<Line<'_>> {
    file.text.lines().enumerate().map(|(index, line)| Line::new(index + 1, line)).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let line = Line::new(3, "start: movb $1, %al // one");
        assert_eq!((line.label, line.statement, line.comment), (Some("start"), "movb $1, %al", Some(" one")));
        assert_eq!(Line::new(1, "1:  ret").label, None);
        assert_eq!(Line::new(1, "1:  ret").statement, "ret");
        assert_eq!(Line::new(1, "    movw %ax, %es:{X}").label, None);
        assert_eq!(Line::new(1, ".code16").mode(), Some("16"));
    }
}
