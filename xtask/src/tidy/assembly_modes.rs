//! Each `.S` file opens with its section and the width of its code, and ends in 64-bit code.
//!
//! Several files are assembled one after the other. One that ends in `.code16` makes what follows it 16-bit code, even
//! the compiler's naked functions, and no assembler warns.

use anyhow::Result;

use super::assembly::{self, Line};
use super::exceptions::Exception;
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "assembly-modes",
    requires: "a .S file opens with .section and .codeNN, and ends in .code64",
    check,
    exceptions: EXCEPTIONS,
};

const EXCEPTIONS: &[Exception] = &[Exception {
    subject: "stage1/src/console.S: section",
    reason: "both stages include it, each into the section of the file before it",
}];

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    Ok(assembly::files(tree).flat_map(of_file).collect())
}

fn of_file(file: &File) -> Vec<Finding> {
    let lines = assembly::lines(file);
    let mut code =
        lines.iter().filter(|line| !line.is_empty() && line.directive() != Some(".set")).peekable();
    let mut findings = Vec::new();
    if code.next_if(|line| line.directive() == Some(".section")).is_none() {
        let finding =
            Finding::new(&file.path, 1, "it doesn't open with its section: start with `.section NAME`");
        findings.push(finding.about(format!("{}: section", file.path)));
    }
    if code.next_if(|line| line.mode().is_some()).is_none() {
        findings.push(Finding::new(
            &file.path,
            1,
            "no `.codeNN` follows its section: say the width of its code",
        ));
    }
    let last = lines.iter().rev().find_map(Line::mode);
    if last.is_some_and(|mode| mode != "64") {
        let message =
            "it ends in 16-bit or 32-bit code, and so would what is assembled next: end with `.code64`";
        findings.push(Finding::new(&file.path, lines.len(), message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::planted([("a.S", text)])).unwrap().len()
    }

    #[test]
    fn a_file_without_section_or_mode_is_found() {
        assert_eq!(found(".code64\nret\n"), 1);
        assert_eq!(found(".section .text, \"ax\"\nret\n"), 1);
        assert_eq!(found("ret\n"), 2);
    }

    #[test]
    fn a_file_that_ends_in_16_bit_code_is_found() {
        assert_eq!(found(".section .text, \"ax\"\n.code64\nret\n.code16\nret\n"), 1);
    }

    #[test]
    fn a_good_file_passes() {
        assert_eq!(found("// Text.\n.set A, 1\n\n.section .text, \"ax\"\n.code16\nret\n\n.code64\n"), 0);
        assert_eq!(found(".section .text, \"ax\"\n.code64\nret\n"), 0);
    }
}
