//! A contract above each code label that another file uses: what it takes, returns and overwrites, and what comes next.

use anyhow::Result;

use super::assembly::{self, Line};
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "assembly-contracts",
    requires: "a contract (in, out, clobbers, next) above each code label that another file uses",
    check,
    exceptions: &[],
};

/// The first words of a contract's lines.
const KEYS: [&str; 5] = ["in", "out", "clobbers", "waits", "next"];

/// Directives that only place or export what follows them: a contract may stand above them.
const PLACING: [&str; 10] =
    [".global", ".globl", ".balign", ".section", ".code16", ".code32", ".code64", ".set", ".rept", ".type"];

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    Ok(assembly::files(tree).flat_map(|file| of_file(file, tree)).collect())
}

fn of_file(file: &File, tree: &Tree) -> Vec<Finding> {
    let lines = assembly::lines(file);
    let labels = lines.iter().enumerate().filter_map(|(index, line)| Some((index, line.label?)));
    labels
        .filter(|(index, label)| is_code(&lines[*index..]) && is_used_elsewhere(label, &lines, file, tree))
        .filter(|(index, _)| !has_contract(&lines[..*index]))
        .map(|(index, label)| {
            let message =
                format!("another file uses `{label}`, which has no contract: add in, out, clobbers or next");
            Finding::new(&file.path, lines[index].number, message).about(label)
        })
        .collect()
}

/// Returns whether a label leads to instructions, not to data.
fn is_code(lines: &[Line<'_>]) -> bool {
    lines
        .iter()
        .find(|line| {
            !line.statement.is_empty() && !line.directive().is_some_and(|name| PLACING.contains(&name))
        })
        .is_some_and(Line::is_instruction)
}

fn is_used_elsewhere(label: &str, lines: &[Line<'_>], file: &File, tree: &Tree) -> bool {
    let exports = |line: &Line<'_>| {
        let mut words = line.statement.split_whitespace();
        matches!(words.next(), Some(".global" | ".globl")) && words.next() == Some(label)
    };
    let mentions = |other: &File| {
        // Two programs may each have a label of that name.
        let is_macro = |line: &Line<'_>| {
            let mut words = line.statement.split_whitespace();
            words.next() == Some(".macro") && words.next() == Some(label)
        };
        let defines_its_own =
            assembly::lines(other).iter().any(|line| line.label == Some(label) || is_macro(line));
        !defines_its_own && assembly::lines(other).iter().any(|line| has_name(line.statement, label))
    };
    let others = assembly::files(tree).filter(|other| other.path != file.path);
    lines.iter().any(exports) || others.into_iter().any(mentions)
}

fn has_name(statement: &str, name: &str) -> bool {
    statement.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// Returns whether the comment at the end of `above`, or the one that opens the file, is a contract.
fn has_contract(above: &[Line<'_>]) -> bool {
    let is_placing = |line: &Line<'_>| {
        let places = line.directive().is_some_and(|name| PLACING.contains(&name));
        places || line.statement.is_empty() && line.comment.is_none()
    };
    let from_comment = above.iter().rev().skip_while(|line| is_placing(line));
    let mut block = from_comment.take_while(|line| line.is_empty() || is_placing(line));
    block.any(|line| line.comment.is_some_and(is_contract_line))
}

fn is_contract_line(comment: &str) -> bool {
    comment.trim_start().split_once("  ").is_some_and(|(key, _)| KEYS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        check(&Tree::planted(files)).unwrap().into_iter().map(|finding| finding.subject).collect()
    }

    #[test]
    fn an_exported_label_without_a_contract_is_found() {
        assert_eq!(found([("a.S", "// Jumps.\n.global start\nstart:\n    ret\n")]), ["start"]);
    }

    #[test]
    fn a_label_that_another_file_calls_is_found() {
        assert_eq!(found([("a.S", "start:\n    ret\n"), ("b.S", "    call start\n")]), ["start"]);
        assert!(found([("a.S", "start:\n    ret\n"), ("b.S", "    call start_again\n")]).is_empty());
    }

    #[test]
    fn another_labels_contract_does_not_count() {
        let text = "//   in        AL\none:\n    ret\n\n.global two\ntwo:\n    ret\n";
        assert_eq!(found([("a.S", text)]), ["two"]);
    }

    #[test]
    fn a_contract_above_the_label_or_at_the_top_of_the_file_passes() {
        assert!(
            found([("a.S", "//   in        AL\n//\n// Source: RBIL\n.global a\na:\n    ret\n")]).is_empty()
        );
        assert!(
            found([("a.S", "//   next      b\n\n.section .text\n.code16\n.global a\na:\n    ret\n")])
                .is_empty()
        );
    }

    #[test]
    fn data_needs_none() {
        assert!(found([("a.S", ".global a\na:\n    .word 0\n")]).is_empty());
    }
}
