//! The package that is made of a page's blocks: each is an example of its own, without a `main`.
//!
//! A block's lines have the same numbers in its file as on its page, so that what the compiler says leads there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::super::markdown::Block;
use super::super::tree::Tree;

/// What a block is compiled for, and so what it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// The kernel: the libraries that boot.
    Kernel,
    /// A program of the host.
    Host,
    /// Nothing but `core`, `alloc` and `std`.
    #[cfg(test)]
    Nothing,
}

impl Where {
    fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Host => "host",
            #[cfg(test)]
            Self::Nothing => "nothing",
        }
    }

    /// Its dependencies: where the packages are, and their features.
    fn dependencies(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Kernel => &[
                ("kernel", &[]),
                ("crates/api", &[]),
                ("crates/module", &["rt"]),
                ("crates/rt", &[]),
                ("tests/kernels", &[]),
            ],
            Self::Host => &[("tools/farjump", &[])],
            #[cfg(test)]
            Self::Nothing => &[],
        }
    }
}

/// Statements are the body of a function that takes every error. The name avoids those of the blocks.
const BEFORE_STATEMENTS: &str = "#![allow(unused)] extern crate alloc; use alloc::{boxed::Box, string::String, vec::Vec}; \
    struct __Any; impl<T: core::fmt::Debug> From<T> for __Any { fn from(_: T) -> Self { Self } } \
    fn __statements() -> Result<(), __Any> {";
const AFTER_STATEMENTS: &str = "; Ok(()) }";

/// A package of blocks.
#[derive(Debug)]
pub(super) struct Package {
    place: Where,
    blocks: Vec<Example>,
}

#[derive(Debug)]
struct Example {
    page: String,
    name: String,
    source: String,
}

impl Package {
    /// Returns a package without blocks.
    pub(super) fn new(place: Where) -> Self {
        Self { place, blocks: Vec::new() }
    }

    /// Adds a block of a page.
    pub(super) fn add(&mut self, page: &str, block: &Block) {
        let stem = page.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let name = format!("{stem}_{}", block.line);
        self.blocks.push(Example { page: page.to_owned(), name, source: source(block) });
    }

    /// Returns whether it has no blocks.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Returns the page of each file.
    pub(super) fn pages(&self) -> BTreeMap<String, String> {
        self.blocks.iter().map(|block| (format!("{}.rs", block.name), block.page.clone())).collect()
    }

    /// Writes it below the target directory, and returns where.
    ///
    /// # Errors
    /// A file can't be written.
    pub(super) fn write(&self, tree: &Tree) -> Result<PathBuf> {
        let directory = tree.target.join("tidy").join(self.place.name());
        let examples = directory.join("examples");
        if examples.exists() {
            fs::remove_dir_all(&examples).with_context(|| format!("can't delete {}", examples.display()))?;
        }
        for block in &self.blocks {
            write(&examples.join(format!("{}.rs", block.name)), &block.source)?;
        }
        write(&directory.join("src").join("lib.rs"), "")?;
        write(&directory.join("Cargo.toml"), &self.manifest(tree)?)?;
        // The same versions as everywhere; cargo drops what isn't needed.
        if let Ok(lock) = fs::read_to_string(tree.root.join("Cargo.lock")) {
            write(&directory.join("Cargo.lock"), &lock)?;
        }
        Ok(directory)
    }

    fn manifest(&self, tree: &Tree) -> Result<String> {
        let mut manifest = MANIFEST.to_owned();
        for (path, features) in self.place.dependencies() {
            let (name, path) = (package_name(tree, path)?, tree.root.join(path));
            manifest += &format!("{name} = {{ path = {path:?}, features = {features:?} }}\n");
        }
        for Example { name, .. } in &self.blocks {
            manifest += &format!("\n[[example]]\nname = \"{name}\"\ncrate-type = [\"lib\"]\n");
        }
        Ok(manifest)
    }
}

/// A workspace of its own: the repository's isn't the place for it. Without std, a panic has to abort.
const MANIFEST: &str =
    "[package]\nname = \"pages\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautoexamples = false\n
[workspace]\n
[profile.dev]\npanic = \"abort\"\n
[dependencies]\n";

/// Returns the name of the package in a directory.
fn package_name(tree: &Tree, directory: &str) -> Result<String> {
    let path = format!("{directory}/Cargo.toml");
    let manifest = tree.file(&path).with_context(|| format!("there is no {path}"))?;
    let manifest: toml::Table = manifest.text.parse().with_context(|| format!("can't read {path}"))?;
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    name.map(str::to_owned).with_context(|| format!("{path} names no package"))
}

/// Returns a block as a file, its lines at the same numbers as on the page.
fn source(block: &Block) -> String {
    let above = "\n".repeat(block.line - 1);
    if syn::parse_file(&block.text).is_ok() {
        format!("{above}\n{}", block.text)
    } else {
        format!("{above}{BEFORE_STATEMENTS}\n{}{AFTER_STATEMENTS}\n", block.text)
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let directory = path.parent().context("a file is in a directory")?;
    fs::create_dir_all(directory).with_context(|| format!("can't make {}", directory.display()))?;
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}
