//! Configurations on the pages are ones that the loader takes.

use anyhow::Result;
use farjump_loader::config::Config;

use super::markdown::{Block, Page};
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "doc-configs",
    requires: "each farjump.conf on a page is one that the loader takes",
    check,
    exceptions: &[],
};

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.with_extension("md") {
        for block in Page::read(file).blocks.into_iter().filter(is_config) {
            if let Err(error) = Config::parse(block.text.as_bytes()) {
                findings.push(Finding::new(
                    &file.path,
                    block.line,
                    format!("the loader refuses this: {error}"),
                ));
            }
        }
    }
    Ok(findings)
}

/// Returns whether a block has a line that says which kernel to boot.
fn is_config(block: &Block) -> bool {
    let is_kernel = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == "kernel");
    block.language() == "text" && block.text.lines().any(is_kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::planted([("a.md", text)])).unwrap().len()
    }

    #[test]
    fn a_configuration_with_an_unknown_key_is_found() {
        assert_eq!(found("```text\nkernel = /a\nkernle = /b\n```\n"), 1);
    }

    #[test]
    fn a_good_configuration_and_other_text_pass() {
        assert_eq!(found("```text\nkernel = /a\nmodule = /b\n```\n"), 0);
        assert_eq!(found("```text\nKernel: OK\n```\n"), 0);
    }
}
