//! Rust code on the pages compiles: each block becomes a crate of its own, with the kernel's library and what else boots
//! as its dependencies, and `cargo check` checks all of them for the target of what boots.
//!
//! | fence | the block is |
//! |---|---|
//! | `rust` | items, or statements of a function that may use `?` |
//! | `rust,host` | the same for a program of the host, with `farjump` and `std` |
//! | `rust,ignore (REASON)` | not compiled |
//!
//! A README that its package takes in as documentation is left to `cargo test`.

mod package;

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use farjump::build::TARGET;
use farjump::workspace::{cant_start_cargo, cargo};

use super::markdown::{Block, Page};
use super::tree::{File, Tree};
use super::{Finding, Rule};
use package::{Package, Where};

pub(super) const RULE: Rule =
    Rule { name: "doc-code", requires: "Rust code on a page compiles", check, exceptions: &[] };

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut kernel = Package::new(Where::Kernel);
    let mut host = Package::new(Where::Host);
    for file in tree.with_extension("md").filter(|file| !is_doctest(tree, file)) {
        for block in Page::read(file).blocks.into_iter().filter(|block| block.language() == "rust") {
            match attribute(&block.info) {
                Attribute::None => kernel.add(&file.path, &block),
                Attribute::Host => host.add(&file.path, &block),
                Attribute::IgnoredWithReason => {}
                Attribute::Other => findings.push(unknown_attribute(file, &block)),
            }
        }
    }
    for package in [kernel, host].into_iter().filter(|package| !package.is_empty()) {
        findings.extend(compile(tree, &package)?);
    }
    Ok(findings)
}

/// Returns whether a page is a README whose examples are tests of its package.
fn is_doctest(tree: &Tree, page: &File) -> bool {
    let package = page.path.strip_suffix("README.md");
    let library = package.and_then(|package| tree.file(&format!("{package}src/lib.rs")));
    library.is_some_and(|library| library.text.contains("include_str!(\"../README.md\")"))
}

/// What is on a fence after `rust`.
enum Attribute {
    None,
    Host,
    IgnoredWithReason,
    Other,
}

fn attribute(info: &str) -> Attribute {
    match info.trim().strip_prefix("rust").unwrap_or_default() {
        "" => Attribute::None,
        ",host" => Attribute::Host,
        other => match other.strip_prefix(",ignore (").and_then(|rest| rest.strip_suffix(')')) {
            Some(reason) if !reason.trim().is_empty() => Attribute::IgnoredWithReason,
            _ => Attribute::Other,
        },
    }
}

fn unknown_attribute(file: &File, block: &Block) -> Finding {
    let message = format!("`{}`: write `rust`, `rust,host`, or `rust,ignore (REASON)`", block.info);
    Finding::new(&file.path, block.line, message)
}

/// Returns what the compiler says against a package's blocks, at their lines on their pages.
fn compile(tree: &Tree, package: &Package) -> Result<Vec<Finding>> {
    let directory = package.write(tree)?;
    let mut command = Command::new(cargo());
    // The root's toolchain file counts, so cargo starts there.
    command.current_dir(&tree.root).args([
        "check",
        "--quiet",
        "--lib",
        "--examples",
        "--message-format",
        "short",
    ]);
    command.arg("--manifest-path").arg(directory.join("Cargo.toml"));
    command.arg("--target-dir").arg(tree.target.join("tidy").join("build"));
    command.args(["--keep-going", "--target", TARGET]).args(tree.offline.then_some("--offline"));
    let output = command.output().with_context(cant_start_cargo)?;
    let diagnostics = String::from_utf8_lossy(&output.stderr);
    let findings = errors(&diagnostics, &package.pages());
    ensure!(
        output.status.success() || !findings.is_empty(),
        "the pages' code can't be compiled:\n{diagnostics}"
    );
    Ok(findings)
}

/// Returns the errors among the lines `file:line:column: error...` of a compiler, by the page that a file is made of.
fn errors(diagnostics: &str, pages: &BTreeMap<String, String>) -> Vec<Finding> {
    let error = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let (path, number, _column) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let message = parts.next()?.trim().strip_prefix("error")?;
        let message = message.split_once(": ").map_or(message, |(_, message)| message);
        let (_, page) = pages.iter().find(|(name, _)| path.ends_with(name.as_str()))?;
        Some(Finding::new(page, number, format!("the code doesn't compile: {message}")))
    };
    diagnostics.lines().filter_map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    #[test]
    fn a_block_that_is_ignored_without_a_reason_is_found() {
        for fence in ["rust,ignore", "rust,ignore ()", "rust,no_run"] {
            let tree = Tree::planted([("a.md", &format!("```{fence}\nf()\n```\n"))]);
            assert_eq!(check(&tree).unwrap().len(), 1, "{fence}");
        }
    }

    #[test]
    fn a_readme_is_left_to_the_tests_of_a_package_that_takes_it_in() {
        let page = ("a/README.md", "```rust,no_run\nf()\n```\n");
        let library = ("a/src/lib.rs", "#[doc = include_str!(\"../README.md\")]\nstruct Readme;\n");
        assert!(check(&Tree::planted([page, library])).unwrap().is_empty());
        assert_eq!(check(&Tree::planted([page, ("a/src/lib.rs", "")])).unwrap().len(), 1);
    }

    #[test]
    fn a_block_that_is_ignored_with_a_reason_passes() {
        let tree = Tree::planted([("a.md", "```rust,ignore (a part of x.rs)\nf()\n```\n")]);
        assert!(check(&tree).unwrap().is_empty());
    }

    #[test]
    fn errors_are_found_at_their_line_on_the_page() {
        let diagnostics = "examples/docs_a_md_3.rs:5:11: error[E0609]: no field `rax` on type `&mut TrapFrame`\n\
                           examples/docs_a_md_3.rs:6:1: warning: unused\nerror: could not compile\n";
        let pages = BTreeMap::from([("docs_a_md_3.rs".to_owned(), "docs/a.md".to_owned())]);
        let found = errors(diagnostics, &pages);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("docs/a.md", 5));
        assert!(found[0].message.contains("no field `rax`"));
    }

    /// Compiles, so it takes a while; what it checks needs no dependency.
    #[test]
    fn a_block_that_does_not_compile_is_found_and_a_good_one_passes() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let target = tempfile::tempdir().unwrap();
        let page = "```rust\nlet a: u32 = \"text\";\n```\n\n```rust\nlet a: u32 = \"1\".parse::<u32>()?;\n```\n\n\
                    ```rust\n#![no_std]\nfn f() -> u32 {\n    \"text\"\n}\n```\n";
        let mut tree = Tree::planted([("a.md", page)]);
        tree.root = root.to_owned();
        tree.target = target.path().to_owned();
        let mut package = Package::new(Where::Nothing);
        Page::read(&tree.files[0]).blocks.iter().for_each(|block| package.add("a.md", block));
        let findings = compile(&tree, &package).unwrap();
        let lines =
            findings.into_iter().map(|finding| finding.line).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(lines, [2, 12].into());
    }
}
