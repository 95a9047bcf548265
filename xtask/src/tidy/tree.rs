//! The files of the repository: those that git tracks, or, without git, all but hidden and built ones.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow};

/// The repository.
pub(super) struct Tree {
    /// The directory it is in.
    pub(super) root: PathBuf,
    /// Cargo's target directory, for rules that compile something.
    pub(super) target: PathBuf,
    /// Whether such rules must not use the network.
    pub(super) offline: bool,
    /// Its files, sorted by path.
    pub(super) files: Vec<File>,
}

/// A file.
pub(super) struct File {
    /// Its path relative to the root, with `/`.
    pub(super) path: String,
    /// What it contains; empty if that isn't text.
    pub(super) text: String,
    syntax: OnceCell<std::result::Result<syn::File, String>>,
}

impl Tree {
    /// Reads the files of the repository at `root`.
    ///
    /// # Errors
    /// A directory or a file can't be read.
    pub(super) fn read(root: &Path, target: &Path, offline: bool) -> Result<Self> {
        let mut paths = match tracked(root) {
            Some(paths) => paths,
            None => below(root, target)?,
        };
        paths.sort();
        let files = paths.into_iter().map(|path| File::read(root, path)).collect::<Result<Vec<_>>>()?;
        Ok(Self {
            root: root.to_owned(),
            target: target.to_owned(),
            offline,
            files: files.into_iter().flatten().collect(),
        })
    }

    /// Makes a tree of these files, for tests.
    #[cfg(test)]
    pub(super) fn planted<const N: usize>(files: [(&str, &str); N]) -> Self {
        let files = files.map(|(path, text)| File::new(path.to_owned(), text.to_owned()));
        let mut files = Vec::from(files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { root: PathBuf::new(), target: PathBuf::new(), offline: true, files }
    }

    /// Returns the files whose name ends in `.extension`.
    pub(super) fn with_extension(&self, extension: &str) -> impl Iterator<Item = &File> {
        let suffix = format!(".{extension}");
        self.files.iter().filter(move |file| file.path.ends_with(&suffix))
    }

    /// Returns the file at `path`.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Returns whether there is a file or a directory at `path`.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let in_directory =
            |file: &File| file.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        path.is_empty() || self.files.iter().any(|file| file.path == path || in_directory(file))
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        Self { path, text, syntax: OnceCell::new() }
    }

    /// Reads it; `None` if it is deleted, but not yet in git.
    fn read(root: &Path, path: String) -> Result<Option<Self>> {
        let file = root.join(&path);
        if !file.is_file() {
            return Ok(None);
        }
        let bytes = fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
        Ok(Some(Self::new(path, String::from_utf8(bytes).unwrap_or_default())))
    }

    /// Returns the syntax tree of a Rust source file.
    ///
    /// # Errors
    /// It isn't Rust.
    pub(super) fn syntax(&self) -> Result<&syn::File> {
        self.syntax
            .get_or_init(|| syn::parse_file(&self.text).map_err(|error| error.to_string()))
            .as_ref()
            .map_err(|error| anyhow!("{}: {error}", self.path))
    }

    /// Returns the top-level directory it is in.
    pub(super) fn top(&self) -> &str {
        self.path.split_once('/').map_or("", |(top, _)| top)
    }

    /// Returns whether it is a test, not a part of the product.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "test" | "fuzz"))
    }
}

/// Returns the paths of the files that git tracks; `None` without git.
fn tracked(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git").arg("-C").arg(root).args(["ls-files", "-z"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let paths = text.split_terminator('\0').map(str::to_owned).collect::<Vec<_>>();
    Some(paths).filter(|paths| !paths.is_empty())
}

/// Returns the paths of all files below `root`, without hidden ones and Cargo's targets.
fn below(root: &Path, target: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        let cant_read = || format!("can't read {}", directory.display());
        for entry in fs::read_dir(&directory).with_context(cant_read)? {
            let entry = entry.with_context(cant_read)?;
            let (path, name) = (entry.path(), entry.file_name());
            if name == "target" || path == target || name.to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                directories.push(path);
            } else if let Ok(relative) = path.strip_prefix(root) {
                paths.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_hidden_and_built_files_are_left_out() {
        let root = tempfile::tempdir().unwrap();
        for directory in ["docs", "target", ".git"] {
            fs::create_dir(root.path().join(directory)).unwrap();
            fs::write(root.path().join(directory).join("a.md"), "text").unwrap();
        }
        let paths = below(root.path(), &root.path().join("target")).unwrap();
        assert_eq!(paths, ["docs/a.md"]);
    }

    #[test]
    fn directories_are_found_by_what_is_in_them() {
        let tree = Tree::planted([("docs/a.md", "")]);
        assert!(tree.has("docs") && tree.has("docs/") && tree.has("docs/a.md"));
        assert!(!tree.has("doc") && !tree.has("docs/a"));
    }
}
