//! Where things are on a disk with a FAT16 volume.

use anyhow::{Context as _, Result};

/// Where things are on a disk with a FAT16 volume, in bytes.
pub(in crate::test) struct Places {
    pub(in crate::test) fat: std::ops::Range<usize>,
    pub(in crate::test) root: std::ops::Range<usize>,
    data: usize,
    cluster: usize,
}

impl Places {
    /// Those of `disk`, by its boot record.
    ///
    /// Source: Microsoft FAT specification, "BPB".
    pub(in crate::test) fn of(disk: &[u8]) -> Self {
        let volume = boot_layout::disk::PARTITION_LBA as usize * 512;
        let word = |at: usize| usize::from(u16::from_le_bytes([disk[volume + at], disk[volume + at + 1]]));
        let fat = volume + word(14) * 512;
        let fat_size = word(22) * 512;
        let root = fat + fat_size * usize::from(disk[volume + 16]);
        let data = root + word(17) * 32;
        Self {
            fat: fat..fat + fat_size,
            root: root..data,
            data,
            cluster: usize::from(disk[volume + 13]) * 512,
        }
    }

    /// The directory entry of this short name, as 11 characters.
    pub(in crate::test) fn entry(&self, disk: &[u8], name: &[u8; 11]) -> Result<usize> {
        let entries = disk.get(self.root.clone()).unwrap_or_default().chunks(32);
        let index = entries.enumerate().find(|(_, entry)| entry.starts_with(name)).map(|(index, _)| index);
        let name = String::from_utf8_lossy(name);
        Ok(self.root.start + index.with_context(|| format!("the root directory has no {name}"))? * 32)
    }

    /// The module's entry in its directory.
    pub(in crate::test) fn module_entry(&self, disk: &[u8]) -> Result<usize> {
        let directory = self.bytes(Self::first_cluster(disk, self.entry(disk, b"MODULES    ")?));
        let mut entries = disk.get(directory..).unwrap_or_default().chunks(32);
        let index = entries.position(|entry| entry.starts_with(b"NUMBERS BIN"));
        Ok(directory + index.context("there is no module")? * 32)
    }

    /// The first cluster of the file or directory with this entry.
    pub(in crate::test) fn first_cluster(disk: &[u8], entry: usize) -> usize {
        usize::from(u16::from_le_bytes([disk[entry + 26], disk[entry + 27]]))
    }

    /// All clusters of the file or directory with this entry, in order.
    pub(in crate::test) fn chain(&self, disk: &[u8], entry: usize) -> Vec<usize> {
        let link = |cluster: usize| {
            let at = self.link(cluster);
            usize::from(u16::from_le_bytes([disk[at], disk[at + 1]]))
        };
        let first = Self::first_cluster(disk, entry);
        std::iter::successors(Some(first), |cluster| Some(link(*cluster)).filter(|next| *next < 0xFFF8))
            .collect()
    }

    /// The number that follows the last cluster's.
    pub(in crate::test) fn cluster_limit(&self, disk: &[u8]) -> usize {
        let volume = boot_layout::disk::PARTITION_LBA as usize * 512;
        let total = u32::from_le_bytes(std::array::from_fn(|index| disk[volume + 32 + index]));
        let total = match u16::from_le_bytes([disk[volume + 19], disk[volume + 20]]) {
            0 => total as usize,
            small => usize::from(small),
        };
        2 + (volume + total * 512 - self.data) / self.cluster
    }

    /// The bytes of the file with this entry, whose clusters follow one another.
    pub(in crate::test) fn file(&self, disk: &[u8], entry: usize) -> std::ops::Range<usize> {
        let start = self.bytes(Self::first_cluster(disk, entry));
        let size = u32::from_le_bytes(std::array::from_fn(|index| disk[entry + 28 + index]));
        start..start + size as usize
    }

    /// Returns the offset of a cluster's link.
    pub(in crate::test) fn link(&self, cluster: usize) -> usize {
        self.fat.start + cluster * 2
    }

    /// Where a cluster's bytes are.
    pub(in crate::test) fn bytes(&self, cluster: usize) -> usize {
        self.data + (cluster - 2) * self.cluster
    }
}
