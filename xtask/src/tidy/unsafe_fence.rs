//! The kernel's `unsafe` code stays inside a fence: the directories that touch the CPU, devices and page tables, the switch of
//! threads, and the call into a module.

use anyhow::Result;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::exceptions::Exception;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "unsafe-fence",
    requires: "kernel/src has unsafe blocks and implementations only in arch, device, memory and a few files",
    check,
    exceptions: EXCEPTIONS,
};

/// What is inside the fence: directories and files.
const FENCE: &[&str] = &[
    "kernel/src/arch",
    "kernel/src/device",
    "kernel/src/memory",
    // A thread's first instruction, and the end of its stack.
    "kernel/src/thread/builder.rs",
    // The call into a module, and what a module calls.
    "kernel/src/module/host.rs",
    "kernel/src/module/memory.rs",
    "kernel/src/module/registry.rs",
    "kernel/src/module/text.rs",
];

const LOCK: &str = "a lock lends what it protects";

const EXCEPTIONS: &[Exception] = &[
    Exception { subject: "kernel/src/sync.rs", reason: LOCK },
    Exception { subject: "kernel/src/thread/mutex.rs", reason: LOCK },
    Exception {
        subject: "kernel/src/monitor/modules.rs",
        reason: "the user of the monitor vouches for a module",
    },
];

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs").filter(|file| file.path.starts_with("kernel/src/")) {
        if FENCE.iter().any(|inside| is_inside(&file.path, inside)) {
            continue;
        }
        let Ok(tokens) = file.text.parse::<TokenStream>() else { continue };
        in_tokens(tokens, &mut |line| {
            let message = "unsafe code outside the fence: move it into arch, device or memory, and wrap it in a safe function";
            findings.push(Finding::new(&file.path, line, message));
        });
    }
    Ok(findings)
}

fn is_inside(path: &str, inside: &str) -> bool {
    path.strip_prefix(inside).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
}

/// Calls `found` with the line of each `unsafe { .. }`, `unsafe impl` and `unsafe extern { .. }`, in macros too. An
/// `unsafe fn` only passes its duty on to its callers.
fn in_tokens(tokens: TokenStream, found: &mut dyn FnMut(usize)) {
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => in_tokens(group.stream(), found),
            TokenTree::Ident(name) if name == "unsafe" && is_unchecked(&tokens[index + 1..]) => {
                found(name.span().start().line);
            }
            _ => {}
        }
    }
}

/// Returns whether what follows `unsafe` is code that the compiler doesn't check, or a claim about it.
fn is_unchecked(rest: &[TokenTree]) -> bool {
    let is_block =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    match rest {
        [TokenTree::Ident(name), ..] if name == "impl" => true,
        [TokenTree::Ident(name), TokenTree::Literal(_), block, ..] if name == "extern" => is_block(block),
        [first, ..] => is_block(first),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::planted([(path, text)])).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn unsafe_blocks_and_implementations_outside_the_fence_are_found() {
        assert_eq!(found("kernel/src/logger.rs", "fn f() {\n    unsafe { g() }\n}\n"), [2]);
        assert_eq!(found("kernel/src/logger.rs", "unsafe impl Send for S {}\n"), [1]);
        assert_eq!(found("kernel/src/logger.rs", "m!(unsafe { g() });\n"), [1]);
        assert_eq!(found("kernel/src/logger.rs", "unsafe extern \"C\" {\n    fn g();\n}\n"), [1]);
    }

    #[test]
    fn the_fence_other_crates_and_safe_code_pass() {
        assert!(found("kernel/src/arch/idt.rs", "fn f() { unsafe { g() } }\n").is_empty());
        assert!(found("kernel/src/memory.rs", "fn f() { unsafe { g() } }\n").is_empty());
        assert!(found("crates/a/src/lib.rs", "fn f() { unsafe { g() } }\n").is_empty());
        assert!(
            found("kernel/src/logger.rs", "/// Text.\nunsafe fn f() {}\n#[unsafe(no_mangle)]\nfn g() {}\n")
                .is_empty()
        );
    }

    #[test]
    fn names_with_the_same_beginning_are_outside() {
        assert_eq!(found("kernel/src/architecture.rs", "fn f() { unsafe { g() } }\n"), [1]);
    }
}
