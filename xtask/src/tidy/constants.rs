//! Each constant is defined once: no two packages have one of the same name and value, and numbers that the hardware
//! fixes are in one file.
//!
//! Tests are left out: they may repeat a number as a second source.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::exceptions::Exception;
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "constants",
    requires: "no constant twice with the same name and value, each hardware number in one file",
    check,
    exceptions: EXCEPTIONS,
};

const HOMONYM: &str = "different things that share a name and a value";
const ELF: &str = "still to be merged into one reader of ELF structures";

const EXCEPTIONS: &[Exception] = &[
    Exception { subject: "HEADER_SIZE", reason: HOMONYM },
    Exception { subject: "LINES", reason: HOMONYM },
    Exception { subject: "NO_DEVICE", reason: HOMONYM },
    Exception { subject: "POLLS", reason: HOMONYM },
    Exception { subject: "STUB_SIZE", reason: HOMONYM },
    Exception { subject: "VERSION", reason: HOMONYM },
    Exception { subject: "BUFFER_SECTORS", reason: HOMONYM },
    Exception { subject: "DT_RELR", reason: ELF },
    Exception { subject: "PROGRAM_HEADER_SIZE", reason: ELF },
    Exception { subject: "RELA_SIZE", reason: ELF },
];

/// Constants that the hardware fixes: one definition in the whole tree, whatever the package.
const HARDWARE_NAMES: &[&str] = &["PAGE_SIZE", "SECTOR_SIZE"];

/// Numbers that the hardware fixes, each in one file.
const HARDWARE_NUMBERS: &[(u128, &str)] = &[
    (0xC000_0080, "the MSR IA32_EFER"),
    (0xC000_0100, "the MSR IA32_FS_BASE"),
    (0xC000_0101, "the MSR IA32_GS_BASE"),
    (0x8000_0001, "CPUID's leaf of extended features"),
    (0x1F80, "MXCSR after a reset"),
    (0x3F8, "the port of COM1"),
    (0x3D4, "the port of the VGA's CRT controller"),
    (0xCF9, "the port of the reset control register"),
    (0xB8000, "the VGA's colour text screen"),
    (0xB0000, "the VGA's monochrome text screen"),
    (0xFEE0_0000, "the local APIC"),
    (0xFEC0_0000, "the I/O APIC"),
];

/// This file, which has every hardware number.
const OWN_FILE: &str = "xtask/src/tidy/constants.rs";

/// A place where a constant or a number is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Site {
    package: String,
    path: String,
    line: usize,
}

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut constants: BTreeMap<(String, u128), BTreeSet<Site>> = BTreeMap::new();
    let mut numbers: BTreeMap<u128, BTreeMap<String, usize>> = BTreeMap::new();
    for file in tree.with_extension("rs").filter(|file| !is_left_out(file)) {
        let mut found = Found::default();
        found.visit_file(file.syntax()?);
        for (name, value, line) in found.constants {
            let place = Site { package: package(tree, file), path: file.path.clone(), line };
            constants.entry((name, value)).or_default().insert(place);
        }
        for (value, line) in found.numbers {
            numbers.entry(value).or_default().entry(file.path.clone()).or_insert(line);
        }
    }
    let twice = constants.iter().filter(|((name, _), places)| is_twice(name, places));
    let twice = twice.flat_map(|((name, value), places)| defined_twice(name, *value, places));
    let hardware = HARDWARE_NUMBERS.iter().flat_map(|(value, what)| {
        let places = numbers.get(value).filter(|places| places.len() > 1);
        places.into_iter().flat_map(move |places| written_twice(*value, what, places))
    });
    Ok(twice.chain(hardware).collect())
}

/// Returns whether a file may repeat constants: a test, an example, and this file's own table.
fn is_left_out(file: &File) -> bool {
    file.is_test() || file.top() == "examples" || file.path == OWN_FILE
}

/// Returns the directory of the package that a file belongs to.
fn package(tree: &Tree, file: &File) -> String {
    let mut directory = file.path.as_str();
    while let Some((parent, _)) = directory.rsplit_once('/') {
        directory = parent;
        if tree.file(&format!("{directory}/Cargo.toml")).is_some() {
            break;
        }
    }
    directory.to_owned()
}

fn is_twice(name: &str, places: &BTreeSet<Site>) -> bool {
    let packages = places.iter().map(|place| &place.package).collect::<BTreeSet<_>>();
    packages.len() > 1 || places.len() > 1 && HARDWARE_NAMES.contains(&name)
}

fn defined_twice(name: &str, value: u128, places: &BTreeSet<Site>) -> Vec<Finding> {
    let finding = |place: &Site| {
        let others = places
            .iter()
            .filter(|other| *other != place)
            .map(|other| format!("{}:{}", other.path, other.line));
        let others = others.collect::<Vec<_>>().join(", ");
        let message =
            format!("`{name}` = {value:#X} is also defined in {others}: define it once, and use that");
        Finding::new(&place.path, place.line, message).about(name)
    };
    places.iter().map(finding).collect()
}

fn written_twice(value: u128, what: &str, places: &BTreeMap<String, usize>) -> Vec<Finding> {
    let finding = |(path, line): (&String, &usize)| {
        let others = places.keys().filter(|other| *other != path).cloned().collect::<Vec<_>>().join(", ");
        let message =
            format!("{value:#X}, {what}, is also written in {others}: define it once, and use that");
        Finding::new(path, *line, message).about(what)
    };
    places.iter().map(finding).collect()
}

#[derive(Default)]
struct Found {
    constants: Vec<(String, u128, usize)>,
    numbers: Vec<(u128, usize)>,
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, constant: &'ast syn::ItemConst) {
        if let Some(value) = value(&constant.expr) {
            self.constants.push((constant.ident.to_string(), value, constant.ident.span().start().line));
        }
        visit::visit_item_const(self, constant);
    }

    fn visit_lit_int(&mut self, literal: &'ast syn::LitInt) {
        self.numbers.extend(literal.base10_parse().ok().map(|value| (value, literal.span().start().line)));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        in_tokens(call.tokens.clone(), &mut self.numbers);
    }
}

fn in_tokens(tokens: TokenStream, numbers: &mut Vec<(u128, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => in_tokens(group.stream(), numbers),
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let syn::Lit::Int(number) = syn::Lit::new(literal) {
                    numbers.extend(number.base10_parse().ok().map(|value| (value, line)));
                }
            }
            _ => {}
        }
    }
}

/// Returns the value of an expression of literals.
fn value(expression: &syn::Expr) -> Option<u128> {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => number.base10_parse().ok(),
        syn::Expr::Paren(inner) => value(&inner.expr),
        syn::Expr::Cast(cast) => value(&cast.expr),
        syn::Expr::Binary(binary) => {
            let (left, right) = (value(&binary.left)?, value(&binary.right)?);
            match binary.op {
                syn::BinOp::Add(_) => left.checked_add(right),
                syn::BinOp::Sub(_) => left.checked_sub(right),
                syn::BinOp::Mul(_) => left.checked_mul(right),
                syn::BinOp::Shl(_) => left.checked_shl(u32::try_from(right).ok()?),
                syn::BinOp::BitOr(_) => Some(left | right),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFESTS: [(&str, &str); 2] = [("a/Cargo.toml", ""), ("b/Cargo.toml", "")];

    fn found(a: &str, b: &str) -> Vec<String> {
        let [first, second] = MANIFESTS;
        let tree = Tree::planted([first, second, ("a/src/lib.rs", a), ("b/src/lib.rs", b)]);
        check(&tree).unwrap().into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn the_same_name_and_value_in_two_packages_is_found() {
        assert_eq!(found("const A: u32 = 64 << 10;", "mod m { const A: u64 = 0x1_0000; }").len(), 2);
        assert!(found("const A: u32 = 1;", "const A: u32 = 2;").is_empty());
        assert!(found("const A: u32 = 1;", "const B: u32 = 1;").is_empty());
    }

    #[test]
    fn a_hardware_constant_twice_in_one_package_is_found() {
        assert_eq!(
            found("const PAGE_SIZE: u32 = 4096; mod m { const PAGE_SIZE: u64 = 4 << 10; }", "").len(),
            0
        );
        assert_eq!(
            found("const PAGE_SIZE: u32 = 4096;\nmod m { const PAGE_SIZE: u64 = 4 << 10; }", "").len(),
            2
        );
    }

    #[test]
    fn a_hardware_number_in_two_files_is_found_whatever_its_name() {
        assert_eq!(
            found("const EFER: u32 = 0xC000_0080;", "fn f() { asm!(\"\", X = const 0xC0000080_u32) }").len(),
            2
        );
    }

    #[test]
    fn tests_may_repeat_a_number() {
        assert!(found("const A: u32 = 5;", "#[cfg(test)] mod tests { const A: u32 = 5; }").is_empty());
    }
}
