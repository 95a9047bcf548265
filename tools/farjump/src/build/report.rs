//! The table that `cargo xtask build` prints: bytes used and left.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use boot_layout::disk::STAGE1_CODE;
use boot_layout::{STAGE1, STAGE2};

use super::elf_size::{LoadedSize, symbol};
use super::{Boot, BuiltModule, elf_size};

/// A room, and how full it is.
struct Row {
    name: &'static str,
    used: u64,
    room: u64,
    what: String,
}

/// The table for the stages `boot`, the kernel's ELF file, and the modules.
pub(super) fn table(boot: &Boot, kernel: &Path, modules: &[BuiltModule]) -> Result<String> {
    let mut text = format!("{:8} {:>8} {:>8} {:>8}\n", "stage", "used", "room", "left");
    for Row { name, used, room, what } in [stage1(boot)?, stage2(boot)?] {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{name:8} {used:8} {room:8} {:8}  {what}", room.saturating_sub(used));
    }
    let kernel = read(kernel)?;
    let LoadedSize { file, memory } = elf_size::LoadedSize::of(&kernel)?;
    let _ = writeln!(
        text,
        "{:8} {file:8} {:>8} {:>8}  read from the disk; {memory} in memory; the ELF file has {}",
        "kernel",
        "-",
        "-",
        kernel.len()
    );
    for module in modules {
        let size = read(&module.path)?.len();
        let _ = writeln!(text, "{:8} {size:8} {:>8} {:>8}  {}", "module", "-", "-", module.path.display());
    }
    Ok(text)
}

fn stage1(boot: &Boot) -> Result<Row> {
    let end = symbol(&read(&boot.stage1_elf)?, "__stage1_end")?;
    let what = "code and data of the boot sector".to_owned();
    Ok(Row { name: "stage1", used: end - STAGE1.start, room: STAGE1_CODE.len() as u64, what })
}

fn stage2(boot: &Boot) -> Result<Row> {
    let end = symbol(&read(&boot.stage2_elf)?, "__stage2_end")?;
    let what = format!("in memory, .bss included; {} on the disk", boot.stage2.len());
    Ok(Row { name: "stage2", used: end - STAGE2.start, room: STAGE2.end - STAGE2.start, what })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("can't read {}", path.display()))
}
