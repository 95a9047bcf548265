//! Limits of size: files of 400 lines, functions of 60.

use anyhow::Result;
use syn::visit::{self, Visit};

use super::exceptions::Exception;
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "limits",
    requires: "files of at most 400 lines, functions of at most 60",
    check,
    exceptions: EXCEPTIONS,
};

const EXCEPTIONS: &[Exception] = &[Exception {
    subject: "tools/host-boot/tests/faults.rs",
    reason: "one table of faults: each test is a part of it",
}];

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs").chain(tree.with_extension("S")) {
        let lines = file.text.lines().count();
        if lines > MAX_FILE_LINES {
            let message = format!("{lines} lines, and {MAX_FILE_LINES} is the limit: split it");
            findings.push(Finding::new(&file.path, lines, message));
        }
    }
    for file in tree.with_extension("rs") {
        let mut functions = Functions { file, findings: Vec::new() };
        functions.visit_file(file.syntax()?);
        findings.append(&mut functions.findings);
    }
    Ok(findings)
}

struct Functions<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let lines = block.brace_token.span.close().end().line + 1 - line;
        if lines > MAX_FUNCTION_LINES {
            let name = &signature.ident;
            let message =
                format!("`{name}` has {lines} lines, and {MAX_FUNCTION_LINES} is the limit: split it");
            self.findings.push(
                Finding::new(&self.file.path, line, message).about(format!("{}: {name}", self.file.path)),
            );
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        check(&Tree::planted([("a.rs", text)])).unwrap().into_iter().map(|finding| finding.subject).collect()
    }

    fn function(lines: usize) -> String {
        format!("/// Text.\nfn long() {{\n{}}}\n", "    f();\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(found(&"//\n".repeat(401)), ["a.rs"]);
        assert!(found(&"//\n".repeat(400)).is_empty());
    }

    #[test]
    fn a_long_function_is_found_wherever_it_is() {
        assert_eq!(found(&function(61)), ["a.rs: long"]);
        assert_eq!(found(&format!("struct S;\nimpl S {{\n{}}}\n", function(61))), ["a.rs: long"]);
        assert_eq!(found(&format!("trait T {{\n{}}}\n", function(61))), ["a.rs: long"]);
        assert_eq!(found(&format!("mod m {{\n{}}}\n", function(61))), ["a.rs: long"]);
        assert!(found(&function(60)).is_empty());
    }
}
