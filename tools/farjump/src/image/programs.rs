//! The programs of `programs/`, assembled for the image: `/programs/NAME.bin`, which the kernel's threads run.

use std::fs;

use anyhow::{Context as _, Result, bail};
use farjump_bytecode::assembler::assemble;

use crate::workspace::Workspace;

/// Names in the image and bytes, in the order of the names.
pub(super) fn all(workspace: &Workspace) -> Result<Vec<(String, Vec<u8>)>> {
    let directory = workspace.path("programs");
    let context = || format!("can't read {}", directory.display());
    let mut programs = Vec::new();
    for entry in fs::read_dir(&directory).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.extension().is_none_or(|extension| extension != "asm") {
            continue;
        }
        let source = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        let name = path.file_stem().context("it has an extension")?.to_string_lossy().into_owned();
        let Ok(assembled) = assemble(&source) else {
            bail!("{}: has errors; `cargo xtask asm` shows them", path.display());
        };
        programs.push((format!("/programs/{name}.bin"), assembled.program.to_file()));
    }
    programs.sort_unstable();
    Ok(programs)
}
