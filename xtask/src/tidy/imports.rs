//! The import graph of `kernel/src` has no circle: between its modules, a file with the directory of its name, imports
//! point one way, which is down through [`LAYERS`].
//!
//! An import is a path: in a `use`, in code, or among a macro's arguments. A macro of the kernel's own, such as
//! `println!`, is none.

mod graph;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::tree::{File, Tree};
use super::{Finding, Rule};
use graph::Graph;

pub(super) const RULE: Rule = Rule {
    name: "imports",
    requires: "the modules of kernel/src import only those of their own layer or below, and in no circle",
    check,
    exceptions: &[],
};

/// Imports that close a circle and are still to be cut, each as who imports whom. There are none left: keep it so.
const ALLOWED: &[(&str, &str)] = &[];

/// The modules of the kernel, the highest layer first. A module may import those of its own layer and below.
const LAYERS: &[&[&str]] = &[
    &[ROOT],
    &["monitor"],
    &["fault"],
    &["module", "volume"],
    &["program", "tty", "block"],
    &["thread"],
    &["power", "exit", "logger"],
    &["console"],
    &["time"],
    &["device"],
    &["interrupts", "acpi"],
    &["memory"],
    &["arch"],
    &["boot", "command_line", "sync", "timeline"],
];

const SOURCES: &str = "kernel/src/";

/// What is in `lib.rs` itself.
const ROOT: &str = "lib";

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let graph = graph(tree)?;
    let cut = graph.without(ALLOWED);
    let mut findings = Vec::new();
    for ((from, to), (path, line)) in cut.edges() {
        if let Some(way) = cut.way(to, from) {
            let message =
                format!("`{from}` imports `{to}`, which leads back to it: {}; cut one", way.join(" -> "));
            findings.push(Finding::new(path, *line, message));
        }
    }
    findings.extend(graph.edges().filter_map(|((from, to), (path, line))| {
        let is_upward = layer(from)? > layer(to)?;
        let message =
            || format!("`{from}` imports `{to}`, which is in a layer above it: register a function instead");
        is_upward.then(|| Finding::new(path, *line, message()))
    }));
    let nodes = graph.edges().flat_map(|((from, to), _)| [from, to]).collect::<BTreeSet<_>>();
    findings.extend(nodes.into_iter().filter(|name| layer(name).is_none()).map(|name| {
        Finding::new("xtask/src/tidy/imports.rs", 1, format!("the kernel's module `{name}` is in no layer"))
    }));
    for (from, to) in ALLOWED.iter().filter(|(from, to)| !graph.has(from, to) || cut.way(to, from).is_none())
    {
        let message = format!("{from} -> {to} closes no circle any more: delete it from the allowed imports");
        findings.push(Finding::new("xtask/src/tidy/imports.rs", 1, message));
    }
    Ok(findings)
}

/// Returns the layer of a module, counted from the top.
fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Returns who imports whom among the modules of the kernel.
fn graph(tree: &Tree) -> Result<Graph> {
    let files = tree.with_extension("rs").filter(|file| file.path.starts_with(SOURCES));
    // `main.rs` is another crate: the demo kernel, which has the library as a dependency.
    let files = files.filter(|file| module_path(file) != ["main"]).collect::<Vec<_>>();
    let modules =
        files.iter().filter_map(|file| module_path(file).into_iter().next()).collect::<BTreeSet<_>>();
    let macros = files.iter().flat_map(|file| own_macros(file)).collect::<BTreeSet<_>>();
    let mut graph = Graph::default();
    for file in files {
        let module = module_path(file);
        let from = module.first().cloned().unwrap_or_else(|| ROOT.to_owned());
        let mut imports = Imports { module, modules: &modules, found: BTreeMap::new() };
        imports.visit_file(file.syntax()?);
        for (to, line) in imports.found.into_iter().filter(|(to, _)| *to != from && !macros.contains(to)) {
            let to = if modules.contains(&to) { to } else { ROOT.to_owned() };
            if to != from {
                graph.add(&from, &to, &file.path, line);
            }
        }
    }
    Ok(graph)
}

/// Returns the path of a file's module, without `crate`.
fn module_path(file: &File) -> Vec<String> {
    let path = file.path.trim_start_matches(SOURCES).trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == ROOT { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// Returns the names of the macros that a file defines: all are visible as the crate's.
fn own_macros(file: &File) -> Vec<String> {
    let lines = file.text.lines().filter_map(|line| line.trim_start().strip_prefix("macro_rules! "));
    lines.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
}

/// Collects what a file imports of its crate: the first name after `crate`, and the line.
struct Imports<'a> {
    /// The module that is being read.
    module: Vec<String>,
    /// The top-level modules, which `lib.rs` names without `crate`.
    modules: &'a BTreeSet<String>,
    found: BTreeMap<String, usize>,
}

impl Imports<'_> {
    fn add(&mut self, path: &[&Ident]) {
        let mut absolute = match path.first() {
            Some(first) if *first == "crate" => Vec::new(),
            Some(first) if *first == "self" || *first == "super" => self.module.clone(),
            Some(first) if self.module.is_empty() && self.modules.contains(&first.to_string()) => Vec::new(),
            _ => return,
        };
        let ups = path.iter().filter(|name| **name == "super").count();
        absolute.truncate(absolute.len().saturating_sub(ups));
        let names = path.iter().filter(|name| !["crate", "self", "super"].iter().any(|key| *name == key));
        absolute.extend(names.map(ToString::to_string));
        if let (Some(top), Some(last)) = (absolute.into_iter().next(), path.last()) {
            self.found.entry(top).or_insert_with(|| last.span().start().line);
        }
    }

    fn add_tree<'t>(&mut self, tree: &'t syn::UseTree, path: &mut Vec<&'t Ident>) {
        match tree {
            syn::UseTree::Path(inner) => {
                path.push(&inner.ident);
                self.add_tree(&inner.tree, path);
                path.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, path)),
            syn::UseTree::Name(syn::UseName { ident, .. })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                path.push(ident);
                self.add(path);
                path.pop();
            }
            syn::UseTree::Glob(_) => self.add(path),
        }
    }

    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens = tokens.into_iter().collect::<Vec<_>>();
        let mut path: Vec<&Ident> = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(name) if follows_colons(&tokens[..index]) => path.push(name),
                TokenTree::Ident(name) => {
                    self.add(&path);
                    path = vec![name];
                }
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                _ => {}
            }
        }
        self.add(&path);
    }
}

fn follows_colons(before: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':');
    matches!(before, [.., a, b] if is_colon(a) && is_colon(b))
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| &segment.ident).collect::<Vec<_>>();
        // `self` alone is a value, and `crate` or `super` alone a visibility.
        if names.len() > 1 {
            self.add(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges<const N: usize>(files: [(&str, &str); N]) -> Vec<(String, String)> {
        let graph = graph(&Tree::planted(files)).unwrap();
        graph.edges().map(|((from, to), _)| (from.clone(), to.clone())).collect()
    }

    fn pairs(edges: &[(&str, &str)]) -> Vec<(String, String)> {
        edges.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_circle_is_found_on_both_sides() {
        let tree = Tree::planted([
            ("kernel/src/a.rs", "use crate::b::f;\n"),
            ("kernel/src/b/c.rs", "fn g() {\n    crate::a::h();\n}\n"),
            ("kernel/src/b.rs", "use crate::d;\n"),
            ("kernel/src/d.rs", ""),
        ]);
        let found = check(&tree).unwrap().into_iter().filter(|finding| finding.path.starts_with(SOURCES));
        let places = found.map(|finding| (finding.path, finding.line)).collect::<Vec<_>>();
        assert_eq!(places, [("kernel/src/a.rs".to_owned(), 1), ("kernel/src/b/c.rs".to_owned(), 2)]);
    }

    #[test]
    fn imports_that_point_one_way_pass() {
        let tree =
            Tree::planted([("kernel/src/a.rs", "use crate::b;"), ("kernel/src/b.rs", "use core::fmt;")]);
        assert!(check(&tree).unwrap().iter().all(|finding| !finding.path.starts_with(SOURCES)));
    }

    #[test]
    fn an_import_of_a_higher_layer_and_a_module_in_no_layer_are_found() {
        let tree = Tree::planted([
            ("kernel/src/memory.rs", "use crate::thread;"),
            ("kernel/src/thread.rs", "use crate::arch;"),
            ("kernel/src/arch.rs", "use crate::stray;"),
            ("kernel/src/stray.rs", ""),
        ]);
        let found = check(&tree).unwrap().into_iter().map(|finding| finding.path).collect::<Vec<_>>();
        assert_eq!(found, ["kernel/src/memory.rs", "xtask/src/tidy/imports.rs"]);
    }

    #[test]
    fn groups_supers_and_macro_arguments_are_imports() {
        assert_eq!(
            edges([
                ("kernel/src/a.rs", "use crate::{b::{self, X}, c::*};"),
                ("kernel/src/b.rs", ""),
                ("kernel/src/c.rs", "")
            ]),
            pairs(&[("a", "b"), ("a", "c")])
        );
        assert_eq!(
            edges([("kernel/src/a/x.rs", "use super::super::b::X;"), ("kernel/src/b.rs", "")]),
            pairs(&[("a", "b")])
        );
        assert_eq!(
            edges([("kernel/src/a.rs", "m!(crate::b::f(1));"), ("kernel/src/b.rs", "")]),
            pairs(&[("a", "b")])
        );
        assert_eq!(
            edges([("kernel/src/a.rs", "mod t { use super::super::b::f; }"), ("kernel/src/b.rs", "")]),
            pairs(&[("a", "b")])
        );
    }

    #[test]
    fn lib_imports_what_it_names_and_its_own_items_are_imported_from_it() {
        let files = [
            ("kernel/src/lib.rs", "mod a; mod b; fn f() { a::g(); }"),
            ("kernel/src/a.rs", ""),
            ("kernel/src/b.rs", "use crate::f;"),
        ];
        assert_eq!(edges(files), pairs(&[("b", "lib"), ("lib", "a")]));
    }

    #[test]
    fn what_stays_within_a_module_and_macros_of_the_kernel_are_no_imports() {
        let files = [
            ("kernel/src/a.rs", "macro_rules! print { () => {} }\nmod x;"),
            ("kernel/src/a/x.rs", "use super::Y; pub(super) fn f() { self::g(); }"),
            ("kernel/src/b.rs", "use crate::print; fn f() { crate::print!(); }"),
        ];
        assert!(edges(files).is_empty());
    }
}
