//! No raw numbers in assembly: hexadecimal ones nowhere, decimal ones only where they are counts that need no name.
//! All others arrive as named constants.

use anyhow::Result;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::assembly;
use super::exceptions::Exception;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "assembly-numbers",
    requires: "no raw hexadecimal numbers in assembly, no decimal ones above 16",
    check,
    exceptions: &[Exception {
        subject: "tests/kernels/src/bin/entry_state.rs",
        reason: "offsets of an array's elements, one after the other",
    }],
};

/// Up to here a decimal number may be a count of bits to shift, of bytes to skip or to align to.
const MAX_COUNT: u64 = 16;

/// Directives whose numbers are counts and positions, not data.
const COUNTING: [&str; 4] = [".if", ".org", ".rept", ".skip"];

/// The macros whose strings are assembly.
const MACROS: [&str; 3] = ["asm", "naked_asm", "global_asm"];

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in assembly::files(tree) {
        for line in assembly::lines(file) {
            let found = raw_numbers(line.statement).into_iter();
            findings.extend(found.map(|number| finding(&file.path, line.number, number)));
        }
    }
    for file in tree.with_extension("rs").filter(|file| MACROS.iter().any(|name| file.text.contains(name))) {
        let Ok(tokens) = file.text.parse::<TokenStream>() else { continue };
        in_macros(tokens, &mut |line, number| findings.push(finding(&file.path, line, number)));
    }
    Ok(findings)
}

fn finding(path: &str, line: usize, number: &str) -> Finding {
    Finding::new(
        path,
        line,
        format!("the raw number {number} in assembly: pass it as a named `const` operand"),
    )
}

/// Calls `found` for each number in the strings of assembly macros.
fn in_macros(tokens: TokenStream, found: &mut dyn FnMut(usize, &str)) {
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let is_assembly = match tokens.get(index.wrapping_sub(2)..index) {
            Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) => {
                mark.as_char() == '!' && MACROS.iter().any(|known| name == known)
            }
            _ => false,
        };
        if is_assembly && group.delimiter() != Delimiter::None {
            in_templates(group.stream(), found);
        } else {
            in_macros(group.stream(), found);
        }
    }
}

/// The strings among an assembly macro's arguments.
fn in_templates(arguments: TokenStream, found: &mut dyn FnMut(usize, &str)) {
    for token in arguments {
        let TokenTree::Literal(literal) = token else { continue };
        let text = literal.to_string();
        // A number by itself is the value of a `const` operand, which has a name.
        if !text.ends_with('"') {
            continue;
        }
        for number in raw_numbers(text.trim_start_matches(['b', 'r']).trim_matches('"')) {
            found(literal.span().start().line, number);
        }
    }
}

/// Returns the numbers of a statement that should have names.
fn raw_numbers(statement: &str) -> Vec<&str> {
    let statement = statement.trim();
    // Decimal data has its meaning beside it, and `.set` names a number.
    let is_data = statement.starts_with('.') && !COUNTING.iter().any(|name| statement.starts_with(name));
    numbers(statement).into_iter().filter(|number| !is_data || is_hex(number)).collect()
}

fn numbers(statement: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\\');
    let mut numbers = Vec::new();
    let mut depth = 0_usize;
    let mut is_text = false;
    let mut rest = statement;
    while let Some(c) = rest.chars().next() {
        let word_len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = &rest[..word_len];
        match c {
            '"' => is_text = !is_text,
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && !is_text && is_raw(word) => numbers.push(word),
            _ => {}
        }
        rest = &rest[word_len.max(c.len_utf8())..];
    }
    numbers
}

fn is_hex(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit() || c == '_');
    let is_suffixed =
        word.starts_with(|c: char| c.is_ascii_digit()) && word.strip_suffix(['h', 'H']).is_some_and(digits);
    word.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x")) && digits(&word[2..]) || is_suffixed
}

fn is_raw(word: &str) -> bool {
    is_hex(word) || word.parse::<u64>().is_ok_and(|number| number > MAX_COUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::planted([(path, text)])).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn raw_numbers_in_operands_are_found() {
        assert_eq!(
            found("a.S", "nop\n    movw $0x3F8, %dx\n    movb $80h, %al\n    addw $512, %bx\n"),
            [2, 3, 4]
        );
        assert_eq!(found("a.S", "    .word 0xAA55\n"), [1]);
    }

    #[test]
    fn raw_numbers_in_rusts_assembly_macros_are_found() {
        let text =
            "fn f() {\n    unsafe { asm!(\n        \"mov ecx, 0xC0000080\",\n        out(\"eax\") _) }\n}\n";
        assert_eq!(found("a.rs", text), [3]);
        assert_eq!(found("a.rs", "core::arch::global_asm!(\".code64\", \"mov $100, %eax\");"), [1]);
    }

    #[test]
    fn counts_names_labels_and_text_pass() {
        let text = "1:  movb ${NAME}, %al\n    shrl $4, %eax\n    jne 1b\n    xorl %r12d, %r15d\n    andq $-16, %rsp\n\
                    .set A, 512\n    .word 63, 255 // 0x10\n    .ascii \"0x1234\"\n";
        assert!(found("a.S", text).is_empty());
    }

    #[test]
    fn numbers_beside_the_assembly_pass() {
        assert!(
            found("a.rs", "global_asm!(\"mov ${A}, %eax\", A = const 0x1F80);\nconst B: u32 = 0x1F80;")
                .is_empty()
        );
    }
}
