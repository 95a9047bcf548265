//! What is measured: kernels of several sizes, and the demo kernel, on two kinds of disk, and each way to verify them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use farjump_loader::config::Verify;

use crate::padded_elf::PaddedElf;
use farjump::qemu::Disk;

/// One boot to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) kernel: Kernel,
    pub(super) disk: Disk,
    pub(super) verify: Verify,
}

/// The kernel of a boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// A minimal kernel that prints its timestamps, padded: its counts stay comparable while the kernel library grows.
    Padded {
        /// KiB that are loaded.
        loaded_kib: u32,
        /// MiB of debug information beside them.
        debug_mib: u32,
    },
    /// The one in kernel/, as large as it is.
    Demo,
}

/// The files of the kernels that cases are made of.
#[derive(Debug)]
pub(super) struct Built<'a> {
    pub(super) smallest: &'a Path,
    pub(super) demo: &'a Path,
}

/// All that are measured.
pub(super) fn all() -> impl Iterator<Item = Case> {
    let sizes = [(64, 0), (64, 16), (1 << 10, 0), (16 << 10, 0), (64 << 10, 0)];
    let padded = sizes.map(|(loaded_kib, debug_mib)| Kernel::Padded { loaded_kib, debug_mib });
    let with_checksum = [Disk::Ide, Disk::Ahci].into_iter().flat_map(move |disk| {
        padded.into_iter().chain([Kernel::Demo]).map(move |kernel| Case {
            kernel,
            disk,
            verify: Verify::Checksum,
        })
    });
    let ways = [Verify::None, Verify::Sha256].into_iter().flat_map(|verify| {
        [64, 16 << 10].map(|loaded_kib| {
            let kernel = Kernel::Padded { loaded_kib, debug_mib: 0 };
            Case { kernel, disk: Disk::Ide, verify }
        })
    });
    with_checksum.chain(ways)
}

impl Case {
    /// The name in tables and budgets, such as `ide, 16 MiB`.
    pub(super) fn name(self) -> String {
        let disk = if self.disk == Disk::Ahci { "ahci" } else { "ide" };
        let Kernel::Padded { loaded_kib, debug_mib } = self.kernel else {
            return format!("{disk}, the demo kernel");
        };
        let size = match loaded_kib {
            kib if kib.is_multiple_of(1024) => format!("{} MiB", kib / 1024),
            kib => format!("{kib} KiB"),
        };
        let name = match debug_mib {
            0 => format!("{disk}, {size}"),
            mib => format!("{disk}, {size} + {mib} MiB debug"),
        };
        match self.verify {
            Verify::Checksum => name,
            verify => format!("{name}, verify = {}", verify.name()),
        }
    }

    /// Returns whether it has a budget: the demo kernel may grow, so its boot has none.
    pub(super) fn has_budget(self) -> bool {
        self.kernel != Kernel::Demo
    }

    /// The kernel's ELF file.
    pub(super) fn kernel(self, built: &Built<'_>) -> Result<Vec<u8>> {
        let read = |path: &Path| fs::read(path).with_context(|| format!("can't read {}", path.display()));
        let Kernel::Padded { loaded_kib, debug_mib } = self.kernel else { return read(built.demo) };
        let mut elf = PaddedElf::new(read(built.smallest)?)?;
        elf.grow_loaded_bytes_to(u64::from(loaded_kib) << 10)?;
        if debug_mib > 0 {
            elf.add_debug_section(usize::try_from(debug_mib)? << 20)?;
        }
        Ok(elf.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = all().map(Case::name).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.contains("ahci, 16 MiB"));
        assert!(names.contains("ide, 64 KiB + 16 MiB debug"));
        assert!(names.contains("ide, the demo kernel"));
        assert!(names.contains("ide, 16 MiB, verify = sha256"));
    }
}
