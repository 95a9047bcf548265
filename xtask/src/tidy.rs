//! `cargo xtask tidy`: the house rules that no compiler checks, one file a rule.
//!
//! A rule reads the [`Tree`] and returns its findings. Where the tree has a reason to break a rule, the rule's table of
//! exceptions names the place and the reason; an exception that is no longer needed is a finding too, so the tables
//! only shrink.

mod assembly;
mod assembly_contracts;
mod assembly_modes;
mod assembly_numbers;
mod constants;
mod decisions;
mod doc_code;
mod doc_commands;
mod doc_configs;
mod exceptions;
mod glossary;
mod imports;
mod leftovers;
mod limits;
mod links;
mod markdown;
mod text;
mod tree;
mod unsafe_fence;
mod vocabulary;

use std::process::ExitCode;

use anyhow::{Result, bail};

use exceptions::Exception;
use farjump::output::{noteln, outln};
use farjump::workspace::Workspace;
use tree::Tree;

const RULES: &[Rule] = &[
    assembly_contracts::RULE,
    assembly_modes::RULE,
    assembly_numbers::RULE,
    constants::RULE,
    decisions::RULE,
    doc_code::RULE,
    doc_commands::RULE,
    doc_configs::RULE,
    imports::RULE,
    leftovers::RULE,
    limits::RULE,
    links::RULE,
    unsafe_fence::RULE,
    vocabulary::RULE,
];

/// Options of `cargo xtask tidy`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Check only this rule
    pub rule: Option<String>,
    /// List the rules; with RULE, its exceptions and their reasons
    #[arg(long)]
    pub list: bool,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
}

/// A house rule.
struct Rule {
    /// Its name on the command line and in front of each finding.
    name: &'static str,
    /// What it requires, in one line.
    requires: &'static str,
    check: fn(&Tree) -> Result<Vec<Finding>>,
    exceptions: &'static [Exception],
}

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    /// The file, relative to the root of the tree.
    path: String,
    /// The line, counted from 1.
    line: usize,
    /// The name by which an [`Exception`] allows it: a file, a function, an edge.
    subject: String,
    /// What is wrong, and what to do.
    message: String,
}

/// Checks the rules and prints `path:line: rule: message` for each finding, or lists the rules.
///
/// # Errors
/// There is no such rule, or the tree can't be read. Findings are status 1.
pub fn run(args: &Args) -> Result<ExitCode> {
    let rules = match &args.rule {
        None => RULES.iter().collect(),
        Some(name) => vec![find(name)?],
    };
    if args.list {
        list(&rules, args.rule.is_some());
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::locate()?;
    let tree = Tree::read(&workspace.root, &workspace.target, args.offline)?;
    let mut count = 0;
    for rule in &rules {
        for Finding { path, line, message, .. } in rule.findings(&tree)? {
            outln!("{path}:{line}: {}: {message}", rule.name);
            count += 1;
        }
    }
    if count == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    noteln!("error: {count} findings; `cargo xtask tidy --list` lists the rules");
    Ok(ExitCode::FAILURE)
}

fn list(rules: &[&Rule], with_exceptions: bool) {
    for rule in rules {
        outln!("{:20} {}", rule.name, rule.requires);
        for exception in rule.exceptions.iter().filter(|_| with_exceptions) {
            outln!("    except {}: {}", exception.subject, exception.reason);
        }
    }
}

fn find(name: &str) -> Result<&'static Rule> {
    match RULES.iter().find(|rule| rule.name == name) {
        Some(rule) => Ok(rule),
        None => bail!("there is no rule `{name}`; `cargo xtask tidy --list` lists the rules"),
    }
}

impl Rule {
    /// Returns what it finds, without what its exceptions allow, in the order of the files.
    fn findings(&self, tree: &Tree) -> Result<Vec<Finding>> {
        let mut findings = exceptions::apply((self.check)(tree)?, self.exceptions);
        findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        Ok(findings)
    }
}

impl Finding {
    /// Returns a finding that an exception allows by the name of its file.
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, subject: path.to_owned(), message: message.into() }
    }

    /// Names what an exception has to name to allow it.
    fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_rule_is_an_error() {
        assert!(find("no-such-rule").is_err());
    }

    #[test]
    fn each_exception_has_a_reason() {
        for exception in RULES.iter().flat_map(|rule| rule.exceptions) {
            assert!(!exception.reason.is_empty(), "{}", exception.subject);
        }
    }

    /// 61 lines, most of them empty.
    const LONG_FUNCTION: &str = concat!(
        "fn f() {\n",
        "\n\n\n\n\n\n\n\n\n\n",
        "\n\n\n\n\n\n\n\n\n\n",
        "\n\n\n\n\n\n\n\n\n\n",
        "\n\n\n\n\n\n\n\n\n\n",
        "\n\n\n\n\n\n\n\n\n\n",
        "\n\n\n\n\n\n\n\n\n",
        "}\n"
    );

    /// For each rule a file that breaks it.
    const PLANTED: &[(&str, &str, &str)] = &[
        ("assembly-contracts", "a.S", ".global start\nstart:\n    ret\n"),
        ("assembly-modes", "a.S", ".section .text\n.code16\n    ret\n"),
        ("assembly-numbers", "a.S", "    movw $0x3F8, %dx\n"),
        ("constants", "a.rs", "const PAGE_SIZE: u32 = 4096;\nmod m {\n    const PAGE_SIZE: u64 = 4096;\n}\n"),
        ("decisions", concat!("docs/", "decisions/0002-second.md"), "# 2. Second\n"),
        ("doc-code", "a.md", "```rust,ignore\nf()\n```\n"),
        ("doc-commands", "a.md", "```sh\ncargo xtask rnu\n```\n"),
        ("doc-configs", "a.md", "```text\nkernel = /a\nkernle = /b\n```\n"),
        ("imports", "kernel/src/a.rs", "use crate::f;\n"),
        ("leftovers", "a.rs", concat!("// FIX", "ME\n")),
        ("limits", "a.rs", LONG_FUNCTION),
        ("links", "a.md", "[a](b.md)\n"),
        ("unsafe-fence", "kernel/src/a.rs", "fn f() { unsafe { g() } }\n"),
        ("vocabulary", "a.md", "wibble\n"),
    ];

    /// What a rule may need beside the planted file.
    const AROUND: &[(&str, &str)] = &[
        ("kernel/src/lib.rs", "mod a;\nfn f() { a::g(); }\n"),
        (
            glossary::PAGE,
            "## Words that are not used here\n\n| not | write | except |\n|---|---|---|\n| wibble | x | |\n",
        ),
    ];

    #[test]
    fn each_rule_finds_a_planted_example() {
        for rule in RULES {
            let planted = PLANTED.iter().filter(|(name, ..)| *name == rule.name).collect::<Vec<_>>();
            assert_eq!(planted.len(), 1, "{} has one planted example", rule.name);
            let (_, path, text) = *planted[0];
            let clean = Tree::planted([AROUND[0], AROUND[1]]);
            let tree = Tree::planted([AROUND[0], AROUND[1], (path, text)]);
            let count =
                |tree: &Tree| (rule.check)(tree).unwrap().iter().filter(|found| found.path == path).count();
            assert!(count(&clean) == 0 && count(&tree) > 0, "{}", rule.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let names = RULES.iter().map(|rule| rule.name).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(names.len(), RULES.len());
    }
}
