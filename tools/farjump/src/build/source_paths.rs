//! The names of this machine's directories in what boots: always the same, so that the same sources make the same bytes
//! wherever they are. `cargo xtask gdb` tells gdb which directories are meant.

use std::env;
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// A directory and its name in debug information and panic messages.
pub(crate) type SourcePath = (PathBuf, &'static str);

/// Returns farjump's tree, cargo's directory with the sources of other crates, and the directory of a kernel outside
/// the tree.
pub fn all(workspace: &Workspace, manifest: &Path) -> Vec<SourcePath> {
    let kernel = manifest.parent().filter(|directory| !directory.starts_with(&workspace.root));
    let kernel = kernel.map(|directory| (directory.to_owned(), "/kernel"));
    let cargo = cargo_home().map(|directory| (directory, "/cargo"));
    // Of several that fit, rustc takes the last one.
    kernel.into_iter().chain(cargo).chain([(workspace.root.clone(), "/farjump")]).collect()
}

/// Source: The Cargo Book, "Cargo Home".
fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_has_a_name_of_its_own_only_outside_the_tree() {
        let workspace = Workspace { root: "/src/farjump".into(), target: "/target".into() };
        let names = |manifest: &str| -> Vec<_> {
            all(&workspace, Path::new(manifest)).into_iter().map(|(_, name)| name).collect()
        };
        assert!(!names("/src/farjump/Cargo.toml").contains(&"/kernel"));
        assert!(names("/src/kernel/Cargo.toml").contains(&"/kernel"));
        assert_eq!(names("/src/kernel/Cargo.toml").last(), Some(&"/farjump"));
    }
}
