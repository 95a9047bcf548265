//! What is measured: kernels of several sizes on two kinds of disk.

use anyhow::Result;

use crate::padded_elf::PaddedElf;
use crate::qemu::Disk;

/// One boot to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    /// Bytes of the kernel that are loaded.
    pub(super) loaded_kib: u32,
    /// Debug information beside them.
    pub(super) debug_mib: u32,
    pub(super) disk: Disk,
}

/// All that are measured.
pub(super) fn all() -> impl Iterator<Item = Case> {
    let kernels = [(64, 0), (64, 16), (1 << 10, 0), (16 << 10, 0), (64 << 10, 0)];
    [Disk::Ide, Disk::Ahci]
        .into_iter()
        .flat_map(move |disk| kernels.map(|(loaded_kib, debug_mib)| Case { loaded_kib, debug_mib, disk }))
}

impl Case {
    /// The name in tables and budgets, such as `ide, 16 MiB`.
    pub(super) fn name(self) -> String {
        let disk = if self.disk == Disk::Ahci { "ahci" } else { "ide" };
        let size = match self.loaded_kib {
            kib if kib.is_multiple_of(1024) => format!("{} MiB", kib / 1024),
            kib => format!("{kib} KiB"),
        };
        match self.debug_mib {
            0 => format!("{disk}, {size}"),
            mib => format!("{disk}, {size} + {mib} MiB debug"),
        }
    }

    /// The kernel, made of the shown one.
    pub(super) fn kernel(self, shown: &[u8]) -> Result<Vec<u8>> {
        let mut elf = PaddedElf::new(shown.to_vec())?;
        let wanted = u64::from(self.loaded_kib) << 10;
        let has = elf.loaded_bytes()?;
        if has > wanted {
            eprintln!("{}: the shown kernel has {} KiB already", self.name(), has.div_ceil(1024));
        }
        elf.grow_loaded_bytes_to(wanted)?;
        if self.debug_mib > 0 {
            elf.add_debug_section(usize::try_from(self.debug_mib)? << 20)?;
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
    }
}
