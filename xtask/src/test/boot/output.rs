//! Boots in which the loader prints less than usual, or the BIOS more.

use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::Disk;
use farjump::smoke::{KERNEL_OK, expectation};

pub(super) fn cases() -> Vec<Scenario> {
    vec![
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
