//! Boots that must fail, each with its own message, and machines that lack a device and boot anyway.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::{Disk, Outcome};
use farjump::smoke::{KERNEL_OK, expectation};

/// The offset of the first partition's status byte on the disk.
const FIRST_PARTITION_STATUS: usize = 446;

/// A byte in the middle of stage 2, far from its header.
const INSIDE_STAGE2: usize = 20_000;

pub(super) fn cases() -> Vec<Scenario> {
    vec![
        fails("a flipped bit in stage 2 is found by its first sector", &["stage2: checksum: damaged*"])
            .finish(flip_a_bit_of_stage2),
        fails("a disk without an active partition is refused", &["loader: error: partition table: *"])
            .finish(deactivate_the_partition),
        fails(
            "a typing error in the configuration is named with its place",
            &["loader: error: /farjump.conf: line 2, column 1: *"],
        )
        .config("kernel = /kernel.elf\nmodul = /x\n"),
        fails(
            "for a file that isn't there, what is there is listed",
            &[
                "loader: error: / holds:",
                "loader: error:     kernel.elf, *",
                "loader: error: /nothing.elf: *",
            ],
        )
        .config("kernel = /nothing.elf\n"),
        fails("a CPU without long mode is told", &["stage2: CPU: it has no long mode*"])
            .machine(|machine| machine.cpu = Some("qemu32".to_owned())),
        Scenario::boot("a CPU without no-execute pages boots", Kernel::Demo)
            .lines(&[KERNEL_OK])
            .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        redirected("a board pc", Disk::Ide),
        redirected("a board q35", Disk::Ahci),
        Scenario::boot("a quiet loader boots", Kernel::Demo)
            .lines(&["64-bit Long mode: Enabled", "memory: *", KERNEL_OK])
            .config("kernel = /kernel.elf\ncmdline = exit\nquiet = yes\n"),
    ]
}

/// SeaBIOS then shows its screen on COM1, as servers and coreboot boards do: what is printed by way of INT 10h and on COM1
/// comes twice. `qemu -nographic` is such a machine.
fn redirected(board: &str, disk: Disk) -> Scenario {
    Scenario::boot(
        &format!("a BIOS that shows its screen on COM1 leaves each line as it is, {board}"),
        Kernel::Demo,
    )
    .expected(expectation())
    .machine(|machine| {
        machine.disk = disk;
        machine.extra.extend(["-machine", "graphics=off"].map(str::to_owned));
    })
}

/// A boot that ends with `lines`, the last of them the loader's last word.
fn fails(name: &str, lines: &[&str]) -> Scenario {
    Scenario::boot(name, Kernel::Demo).lines(lines).outcome(Outcome::Stopped)
}

fn flip_a_bit_of_stage2(image: &Path) -> Result<PathBuf> {
    patch(image, INSIDE_STAGE2, |byte| byte ^ 1)
}

fn deactivate_the_partition(image: &Path) -> Result<PathBuf> {
    patch(image, FIRST_PARTITION_STATUS, |_| 0)
}

/// Changes one byte of a copy.
fn patch(image: &Path, position: usize, change: fn(u8) -> u8) -> Result<PathBuf> {
    let mut bytes = fs::read(image).with_context(|| format!("can't read {}", image.display()))?;
    let byte = bytes.get_mut(position).context("the image is shorter than stage 2")?;
    *byte = change(*byte);
    let patched = image.with_extension("patched.img");
    fs::write(&patched, bytes).with_context(|| format!("can't write {}", patched.display()))?;
    Ok(patched)
}
