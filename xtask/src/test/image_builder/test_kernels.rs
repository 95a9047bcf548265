//! The kernels of tests/kernels: which there are, how each is linked, and their ELF files.
//!
//! | directory | kernels are |
//! |---|---|
//! | `src/bin` | linked to fixed addresses |
//! | `src/position_independent` | position independent |

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use farjump::build::{self, Profile};
use farjump::workspace::Workspace;

/// The package of the test kernels.
const PACKAGE: &str = "test-kernels";

/// Where the kernels of each kind are.
const FIXED: &str = "tests/kernels/src/bin";
const POSITION_INDEPENDENT: &str = "tests/kernels/src/position_independent";

/// Test kernels that are built.
#[derive(Debug)]
pub(in crate::test) struct TestKernels {
    built: BTreeMap<String, PathBuf>,
}

impl TestKernels {
    /// Builds the kernels with these names, each crate that they share once.
    ///
    /// # Errors
    /// There is no such kernel, or one doesn't build.
    pub(in crate::test) fn build(
        workspace: &Workspace,
        names: impl IntoIterator<Item = &'static str>,
        offline: bool,
    ) -> Result<Self> {
        let names: BTreeSet<_> = names.into_iter().collect();
        Self::check(workspace, names.iter().copied())?;
        let all_fixed = sources(workspace, FIXED)?;
        let (fixed, movable): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| all_fixed.contains(*name));
        // None would be all of them.
        let mut built = match &fixed[..] {
            [] => BTreeMap::new(),
            fixed => build::kernels(workspace, PACKAGE, fixed, offline)?,
        };
        for name in movable {
            let kernel = build::Kernel::new(&workspace.path("Cargo.toml"), PACKAGE, name);
            let kernel = build::Kernel { pie: true, profile: Profile::Test, offline, ..kernel };
            built.insert(name.to_owned(), kernel.build(workspace)?);
        }
        Ok(Self { built })
    }

    /// Checks that there are kernels with these names.
    ///
    /// # Errors
    /// One is missing.
    pub(in crate::test) fn check<'a>(
        workspace: &Workspace,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let mut known = sources(workspace, FIXED)?;
        known.extend(sources(workspace, POSITION_INDEPENDENT)?);
        for name in names {
            ensure!(known.contains(name), "there is no test kernel `{name}`: {FIXED} has no {name}.rs");
        }
        Ok(())
    }

    /// Returns a kernel's ELF file.
    pub(super) fn path(&self, name: &str) -> Result<&Path> {
        let path = self.built.get(name).with_context(|| format!("the test kernel `{name}` wasn't built"))?;
        Ok(path)
    }
}

/// Returns the names of the Rust files in a directory.
fn sources(workspace: &Workspace, directory: &str) -> Result<BTreeSet<String>> {
    let path = workspace.path(directory);
    let entries = fs::read_dir(&path).with_context(|| format!("can't read {}", path.display()))?;
    let mut names = BTreeSet::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        names.extend(stem.filter(|_| path.extension().is_some_and(|end| end == "rs")).map(str::to_owned));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_that_is_not_there_is_named_before_anything_is_built() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let workspace = Workspace { target: root.join("target"), root };
        TestKernels::check(&workspace, ["entry_state", "pie"]).unwrap();
        let error = TestKernels::build(&workspace, ["entry_stat"], true).unwrap_err();
        assert!(error.to_string().starts_with("there is no test kernel `entry_stat`: "), "{error}");
    }
}
